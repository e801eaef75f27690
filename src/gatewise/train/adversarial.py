"""Learning from texts that are moved a little against the network, with labels and without.

With x the word vectors of a text as the layers read them (after all dropout on words), s_k(x) its logits, p(x) the
probabilities they give, and t a class, the log odds of t are

    m_t(x) = s_t(x) - log sum_(k != t) exp s_k(x)                                                              (1)

and the text is moved against t, over all its words together, by

    r_t = -e g / |g|,   g = dm_t(x)/dx,   e = perturbation * sqrt(mean of |x_n|^2 over the words n of the batch)   (2)

The gradient of the cross entropy for t is -(1 - p_t) g. So r_t points where that loss rises fastest, as in equation 1
of Miyato, Dai and Goodfellow; g, unlike it, does not vanish in float32 for a text of which the network is sure. Their
word vectors are normalized so that e has a unit; here e is measured by the vectors, which may have any length.

What is made small, with y the class of a labelled text, c the likeliest class of any and L(x) = -log p_y(x), is the
mean over the labelled texts of

    L(x) + adversarial_weight * L(x + r_y)                                                                     (3)

and the mean over all texts, labelled or not, of

    virtual_weight * KL(p(x) || p(x + r)) - entropy_weight * sum_k p_k(x) log p_k(x)                           (4)

In the divergence p(x) and r are constants. There r = r_c; where there is an adversarial term, a labelled text has
r = r_y, which is nearly always the same, and both terms share one reading. Where there are teachers, L is equation (1)
of `gatewise.train.distillation`, which every text has; y is its label, or else the class its teachers find likeliest.

The divergence is largest, to second order in r, along the first eigenvector of J' A J, with J = ds/dx and
A = diag(p) - p p'. Miyato and others look for it by a step of power iteration from random noise, for which the text is
read once more. The g of the likeliest class is p-weighted in the same way, g ~ J' A u_c with u_c the unit vector of c:
that step, begun with the one direction known to matter. For two classes J' A J has one eigenvector, and g is it, to
the sign, which (2) chooses so that the prediction moves towards the other class, where the divergence grows faster.

References: Miyato, Dai, Goodfellow (2017), arXiv 1605.07725, equations 1 to 6; Miyato, Maeda, Koyama, Ishii (2018),
arXiv 1704.03976, sections 3.2 and 3.3; Grandvalet and Bengio (2005), Semi-supervised learning by entropy minimization,
equation 7; Sachan, Zaheer, Salakhutdinov (2019), Revisiting LSTM networks for semi-supervised text classification via
mixed objective function, which has all terms together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from gatewise.models.classifier import Classifier
from gatewise.nn.lstm_function import inputs_only
from gatewise.text.ragged import Ragged
from gatewise.train.batch import Encoded, tensors_of
from gatewise.train.objective import classes_of, cross_entropy, log_probabilities, mean_of_texts
from gatewise.train.terms import Terms


class Reading:
    """A batch read by one network again and again with the same noise: every mask is that of the first time.

    Args:
        network: Its generator goes on from where it stands; it is left where the last reading left it.
        ids: ``[N]`` int64.
        offsets: ``[B + 1]`` int64.

    Attributes:
        vectors: ``[N, E]``, the words as the layers read them. A leaf: gradients end here, until `finish`.
    """

    def __init__(self, network: Classifier, ids: torch.Tensor, offsets: torch.Tensor) -> None:
        self.network, self.offsets = network, offsets
        self._words = network.vectors(ids, offsets)
        self.vectors = self._words.detach().requires_grad_()
        self._noise = network.noise.get_state()

    def logits(self, moved: torch.Tensor | None = None) -> torch.Tensor:
        """``[B, outputs]``, of the texts as they are, or `moved` by ``[N, E]``."""
        self.network.noise.set_state(self._noise)
        return self.network.from_vectors(self.vectors if moved is None else self.vectors + moved, self.offsets)

    def against(self, logits: torch.Tensor, classes: torch.Tensor, perturbation: float) -> torch.Tensor:
        """Equation (2): by how much each text is moved, ``[N, E]`` and constant.

        Args:
            logits: What `logits` gave; its graph is kept. No gradient of a parameter is made.
            classes: ``[B]`` int64, against which.
            perturbation: As in the recipe.
        """
        with inputs_only():
            (slope,) = torch.autograd.grad(log_odds(logits, classes).sum(), self.vectors, retain_graph=True)
        typical = self.vectors.detach().norm() / max(1, len(self.vectors)) ** 0.5
        moved: torch.Tensor = -_unit_by_text(slope, self.offsets) * (perturbation * typical)
        return moved

    def finish(self) -> None:
        """Hand the gradients gathered at `vectors` on to the word vectors' matrix, those of all readings at once."""
        if self._words.requires_grad and self.vectors.grad is not None:
            self._words.backward(self.vectors.grad)  # type: ignore[no-untyped-call]


# L of equation (3), averaged over a batch: of logits [B, outputs], targets [B] and what teachers say [B, K], if any.
TextLoss = Callable[[torch.Tensor, torch.Tensor, npt.NDArray[np.float32] | None], torch.Tensor]


def loss_of_labels(
    logits: torch.Tensor, targets: torch.Tensor, scores: npt.NDArray[np.float32] | None = None
) -> torch.Tensor:
    """The mean cross entropy of labelled texts; teachers are not heard."""
    return mean_of_texts(cross_entropy(logits, targets), targets)


@dataclass(frozen=True)
class _Texts:
    """A batch; without `targets`, of texts that have neither label nor teachers."""

    ids: torch.Tensor
    offsets: torch.Tensor
    targets: torch.Tensor | None = None
    scores: npt.NDArray[np.float32] | None = None

    @property
    def classes(self) -> torch.Tensor | None:
        """``[B]``, y of each text: its label, or what its teachers find likeliest; None where nobody says."""
        if self.targets is None or self.scores is None:
            return self.targets
        return torch.where(self.targets < 0, torch.from_numpy(self.scores).argmax(1), self.targets)


@dataclass(frozen=True)
class MovedTexts:
    """Equations (3) and (4), and their gradients.

    Args:
        network: What is trained; of two whose logits are averaged each learns by its own.
        terms: Weights.
        perturbation: As in the recipe.
        loss: L of equation (3).

    Notes:
        Each reading goes back at once, so that one is held in memory at a time. For N words a reading forwards is
        made twice, one back to the words, and one back to the weights twice: about 2.4 times the work of plain training
        on as many words. Deterministic, given the state of the network's generator.
    """

    network: Classifier
    terms: Terms
    perturbation: float
    loss: TextLoss = loss_of_labels

    def learn(self, labelled: Encoded, unlabelled: Ragged | None) -> tuple[torch.Tensor, torch.Tensor]:
        """Add the gradients of one batch to those of the parameters.

        Args:
            labelled: Texts with labels; where there are teachers, texts without may be among them.
            unlabelled: Texts of which nobody says anything.

        Returns:
            Logits of `labelled` ``[B, outputs]``, and the mean of its L.
        """
        batches = [_Texts(*labelled.tensors(), labelled.scores)]
        if unlabelled is not None:
            batches.append(_Texts(*tensors_of(unlabelled)))
        share = 1 / max(1, sum(len(texts.offsets) - 1 for texts in batches))
        said = []
        for network in self.network.readers:
            said.append(self._learn(network, batches[0], share))
            for texts in batches[1:]:
                self._learn(network, texts, share)
        losses = [self._told(one, batches[0]) for one in said]
        return torch.stack(said).mean(0), torch.stack(losses).mean()

    def _told(self, logits: torch.Tensor, texts: _Texts) -> torch.Tensor:
        """L, or 0 for texts of which nobody says anything."""
        return logits.new_zeros(()) if texts.targets is None else self.loss(logits, texts.targets, texts.scores)

    def _learn(self, network: Classifier, texts: _Texts, share: float) -> torch.Tensor:
        """Gradients of one network by one batch; its logits."""
        reading = Reading(network, texts.ids, texts.offsets)
        learns_as_it_is = texts.targets is not None or self.terms.entropy
        with nullcontext() if learns_as_it_is else _kept(network):
            logits = reading.logits()
        said = logits.detach()
        moved = self._moved(reading, logits, texts)
        if learns_as_it_is:
            loss = self._told(logits, texts) + self.terms.entropy * share * entropy(logits).sum()
            loss.backward()  # type: ignore[no-untyped-call]
        if moved is not None:
            self._loss_moved(said, reading.logits(moved), texts, share).backward()  # type: ignore[no-untyped-call]
        reading.finish()
        return said

    def _moved(self, reading: Reading, logits: torch.Tensor, texts: _Texts) -> torch.Tensor | None:
        if not self.terms.virtual and (texts.targets is None or not self.terms.adversarial):
            return None
        classes = texts.classes if self.terms.adversarial else None
        return reading.against(logits, classes_of(logits.detach()) if classes is None else classes, self.perturbation)

    def _loss_moved(self, said: torch.Tensor, logits: torch.Tensor, texts: _Texts, share: float) -> torch.Tensor:
        virtual = self.terms.virtual * share * divergence(said, logits).sum()
        return virtual + self.terms.adversarial * self._told(logits, texts)


def log_odds(logits: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """Equation (1).

    Args:
        logits: ``[B, 1]`` of a logistic function, or ``[B, K]``.
        classes: ``[B]`` int64.

    Returns:
        ``[B]``.

    Example:
        >>> log_odds(torch.tensor([[2.0], [2.0]]), torch.tensor([1, 0])).tolist()
        [2.0, -2.0]
    """
    if logits.shape[1] == 1:
        return logits[:, 0] * (2 * classes - 1).to(logits.dtype)
    own = classes[:, None]
    return logits.gather(1, own)[:, 0] - logits.scatter(1, own, -torch.inf).logsumexp(1)


def divergence(said: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
    """KL(p || q) of each row, ``[B]``, with p by the logits `said` and q by `logits`; both as for `log_odds`.

    Example:
        >>> divergence(torch.tensor([[1.5]]), torch.tensor([[1.5]])).item()
        0.0
    """
    log_p = log_probabilities(said)
    return (log_p.exp() * (log_p - log_probabilities(logits))).sum(1)


def entropy(logits: torch.Tensor) -> torch.Tensor:
    """-sum_k p_k log p_k of each row, ``[B]``, in nats; logits as for `log_odds`.

    Example:
        >>> entropy(torch.tensor([[0.0]])).item()  # log 2
        0.6931471824645996
    """
    log_p = log_probabilities(logits)
    return -(log_p.exp() * log_p).sum(1)


def _unit_by_text(rows: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    """The rows of each text, divided by their joint norm; those of a text whose rows are all zero stay so."""
    text = torch.arange(len(offsets) - 1).repeat_interleave(offsets.diff())
    norms = rows.new_zeros(len(offsets) - 1).index_add_(0, text, rows.square().sum(1)).sqrt_()
    return rows * torch.where(norms > 0, 1 / norms, 0.0)[text, None]


@contextmanager
def _kept(network: Classifier) -> Iterator[None]:
    """Within the block the parameters are constants, so that no gradient of theirs is prepared for."""
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    for parameter in learning:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in learning:
            parameter.requires_grad_(True)
