"""A head that begins with what the language model would say next: words for each class, of the user's choosing.

After the state h an encoder gives the word w the logit (see `gatewise.store.encoder.EncoderConfig`)

    l_w(h) = e_w . (P h + p) + o_w = (P^T e_w) . h + (e_w . p + o_w)

With the words W_k of class k the head begins as

    z_k(h) = a u_k(h) + b_k,   u_k(h) = mean of l_w(h) over w in W_k                                      (1)

Words are not equally frequent, and a model is not as sure of a word as it is of the class. So a and the b_k, which are
K + 1 numbers, are fitted to the labelled texts: the least log loss, each text having one vote, with one text's worth of
belief that a = 1 and b = 0. Then training begins. For two classes z = z_1 - z_0.

Words so used are called verbalizers (Schick and Schuetze 2021, arXiv 2001.07676, section 3; Gao et al. 2021, arXiv
2012.15723, section 5).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from gatewise.errors import ParameterError
from gatewise.models.classifier import Classifier
from gatewise.store.tensors import Tensors
from gatewise.train.answers import predict_logits
from gatewise.train.batch import Encoded
from gatewise.train.corpus import Tokenizer
from gatewise.train.objective import cross_entropy
from gatewise.train.recipe import Recipe

# For each class the numbers of its words.
Words = tuple[tuple[int, ...], ...]
# So many texts settle K + 1 numbers; more would only take longer.
_MOST_TEXTS = 2_000
_STEPS = 100
_EXAMPLE = 'for example "bad: terrible awful | good: great excellent"'


def words_of(entry: str, labels: Sequence[str | int], tokenizer: Tokenizer) -> Words:
    """The numbers of the words that the recipe's entry gives each class, in the order of `labels`.

    Raises:
        ParameterError: It is not of the form, a class is missing, unknown or twice there, or a word is not in the
            vocabulary.

    Example:
        >>> from gatewise.text.tokenizer import WordTokenizer
        >>> words_of("pos: good great | neg: bad", ["neg", "pos"], WordTokenizer(["<unk>", "good", "great", "bad"]))
        ((3,), (1, 2))
    """
    said, names = _parsed(entry), [str(label) for label in labels]
    for wrong in sorted(said.keys() ^ set(names)):
        what = f"has no words for the class {wrong!r}" if wrong in names else f"names {wrong!r}, which is no class"
        raise ParameterError(f"label_words {what}", hint=f"the classes are: {', '.join(names)}")
    return tuple(_ids(said[name], tokenizer) for name in names)


def _parsed(entry: str) -> dict[str, list[str]]:
    said: dict[str, list[str]] = {}
    for part in entry.split("|"):
        name, colon, words = part.rpartition(":")
        name = name.strip()
        if not colon or not name or not words.split():
            raise ParameterError(f"label_words: {part.strip()!r} is not a class and its words", hint=_EXAMPLE)
        if name in said:
            raise ParameterError(f"label_words: the class {name!r} is there twice")
        said[name] = words.split()
    return said


def _ids(words: Sequence[str], tokenizer: Tokenizer) -> tuple[int, ...]:
    ids = [tokenizer.id_of(word) for word in words]
    unknown = [word for word, id in zip(words, ids, strict=True) if id == tokenizer.unknown_id]
    if unknown:
        raise ParameterError(f"label_words: {unknown[0]!r} is not in the encoder's vocabulary")
    return tuple(ids)


def words_to_begin_with(
    recipe: Recipe, kind: str | None, tokenizer: Tokenizer | None, labels: Sequence[str | int]
) -> Words | None:
    """The words that the recipe gives each class; None where it gives none.

    Args:
        recipe: How to train; its pooling is settled.
        kind: What training begins with: ``model``, ``encoder``, or None for nothing.
        tokenizer: Of the encoder.
        labels: The classes, in the order of the logits.

    Raises:
        ParameterError: No head could begin with them, or `words_of` refuses them.
    """
    if not recipe.label_words:
        return None
    if kind != "encoder" or tokenizer is None:
        raise ParameterError("label_words are told by a language model", hint="begin with an encoder: --from ENCODER")
    if "last" not in recipe.pooling_parts.split("+"):
        raise ParameterError(f"label_words need the last state, and pooling={recipe.pooling!r}", hint="pooling=last")
    if recipe.objective == "ordinal":
        raise ParameterError("label_words do not go with objective='ordinal', whose head has one score")
    return words_of(recipe.label_words, labels, tokenizer)


def begin_head(network: Classifier, words: Words, told: Sequence[Tensors], texts: Encoded) -> None:
    """Set the head of a classifier, of two readers both, to equation (1).

    Args:
        network: Its word vectors and layers are those of the encoder.
        words: As `words_of` gives them.
        told: For each reader of `network` what told it the next word: ``projection.weight``, ``projection.bias``,
            ``output.bias``.
        texts: Labelled training texts; the first 2,000 are looked at.
    """
    heads = []
    for reader, tensors in zip(network.readers, told, strict=True):
        assert isinstance(reader.head, nn.Linear)
        _set(reader.head, *_directions(reader, words, tensors))
        heads.append(reader.head)
    few = texts.select(np.arange(min(len(texts), _MOST_TEXTS)))
    scale, shift = fit_scale(predict_logits(network, few.tokens), torch.from_numpy(few.targets))
    for head in heads:
        _set(head, scale * head.weight.detach(), scale * head.bias.detach() + shift)


def _directions(reader: Classifier, words: Words, told: Tensors) -> tuple[torch.Tensor, torch.Tensor]:
    """Weight ``[outputs, features]`` and bias ``[outputs]`` of the u_k; of two classes of u_1 - u_0."""
    vectors = reader.embedding.weight.detach().numpy()
    rows = [vectors[list(ids)].mean(axis=0) for ids in words]
    e = np.stack(rows)
    weight = e @ told["projection.weight"]
    bias = e @ told["projection.bias"] + np.array([told["output.bias"][list(ids)].mean() for ids in words])
    if reader.config.outputs == 1:
        weight, bias = weight[1:] - weight[:1], bias[1:] - bias[:1]
    whole = np.zeros((len(weight), reader.config.features), np.float32)
    begin = reader.config.pooling.split("+").index("last") * reader.config.encoded_size
    whole[:, begin : begin + weight.shape[1]] = weight
    return torch.from_numpy(whole), torch.from_numpy(bias.astype(np.float32))


@torch.no_grad()
def _set(head: nn.Linear, weight: torch.Tensor, bias: torch.Tensor) -> None:
    head.weight.copy_(weight)
    head.bias.copy_(bias)


def fit_scale(logits: torch.Tensor, targets: torch.Tensor) -> tuple[float, torch.Tensor]:
    """a and b of equation (1).

    Args:
        logits: ``[B, outputs]``, the u_k.
        targets: ``[B]`` int64.

    Returns:
        a, and b as ``[outputs]`` float32.

    Example:
        >>> scale, shift = fit_scale(torch.tensor([[3.0], [5.0], [4.5], [3.5]]), torch.tensor([0, 1, 1, 0]))
        >>> scale > 0, bool(-5 < shift / scale < -3)
        (True, True)
    """
    u = logits.double()
    centre = u.mean(dim=0)
    scale = torch.ones((), dtype=torch.float64, requires_grad=True)
    shift = torch.zeros(u.shape[1], dtype=torch.float64, requires_grad=True)
    search = torch.optim.LBFGS([scale, shift], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        search.zero_grad()
        z = scale * (u - centre) + shift
        belief = ((scale - 1) ** 2 + (shift**2).sum()) / 2
        total = (cross_entropy(z, targets).sum() + belief) / len(u)
        total.backward()  # type: ignore[no-untyped-call]
        return total

    search.step(loss)  # type: ignore[no-untyped-call]
    a, b = scale.detach(), shift.detach()
    return float(a), (b - a * centre).float()
