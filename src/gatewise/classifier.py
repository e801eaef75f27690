"""The front door: train, judge and use a text classifier in a few lines, shaped like a scikit-learn estimator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from gatewise.data.given import plain, plain_texts
from gatewise.errors import GatewiseError, ModelError, ParameterError, require_extra
from gatewise.metrics.selective import OperatingPoint
from gatewise.runtime.predictor import Predictor
from gatewise.store.folder import StoredModel, read_model, write_model
from gatewise.store.locate import find_model

if TYPE_CHECKING:
    from gatewise.explain.explanation import Explanation

Label = str | int


class NotFittedError(GatewiseError, ValueError, AttributeError):
    """A classifier was used before it was fitted or loaded."""


class TextClassifier:
    """A recurrent text classifier: ``fit`` trains with torch, everything after needs NumPy only.

    Args:
        network: ``lstm``, ``gru``, ``rnn``, ``peephole_lstm``, ``lstm_1997``, ``qrnn``, ``grid_lstm``, ``echo_state``,
            ``mlp`` or ``perceptron``; docs/networks.md compares them.
        epochs: Passes over the training texts; None chooses them by their number.
        seed: Seeds weights, order, noise and the development split; the same seed gives the same model.
        bidirectional: Read from both ends; such a model cannot stream.
        layers: Layers, one above the other; None is as many as the network's own recipe has, one for most.
        highway: Highway gates around the layers above the first.
        start_from: Name or folder of a model or a pre-trained encoder whose words and layers to begin with, or None.
        options: Further entries of `gatewise.train.recipe.Recipe` by name, e.g. ``{"hidden_size": 64}``.
        verbose: Report progress on stderr.

    Attributes:
        classes_: Class labels in the order of the columns of `predict_proba`; set by `fit` and by `load`.

    Example:
        >>> from gatewise import load
        >>> clf = load("imdb")
        >>> clf.classes_
        ['neg', 'pos']
        >>> clf.predict(["A wonderful film, moving and funny.", "Dull, badly acted and far too long."])
        ['pos', 'neg']
    """

    _estimator_type = "classifier"

    def __init__(
        self,
        network: str = "lstm",
        *,
        epochs: int | None = None,
        seed: int = 0,
        bidirectional: bool = False,
        layers: int | None = None,
        highway: bool = False,
        start_from: str | None = None,
        options: dict[str, Any] | None = None,
        verbose: bool = False,
    ) -> None:
        self.network = network
        self.epochs = epochs
        self.seed = seed
        self.bidirectional = bidirectional
        self.layers = layers
        self.highway = highway
        self.start_from = start_from
        self.options = options
        self.verbose = verbose

    # -- scikit-learn's contract -------------------------------------------------------------------------------------

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The constructor's arguments by name."""
        return {name: getattr(self, name) for name in _PARAMETERS}

    def set_params(self, **params: Any) -> TextClassifier:
        """Set constructor arguments by name; an unknown one is a `ParameterError`."""
        for name, value in params.items():
            if name not in _PARAMETERS:
                raise ParameterError(f"there is no parameter {name!r}", hint=f"one of: {', '.join(_PARAMETERS)}")
            setattr(self, name, value)
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_predictor")

    def __sklearn_tags__(self) -> Any:
        """Tags for scikit-learn, which asks for them only when it is there."""
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True, one_d_labels=True),
            classifier_tags=ClassifierTags(),
            input_tags=InputTags(string=True, two_d_array=False, one_d_array=True),
        )

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.get_params().items())
        return f"TextClassifier({shown})"

    # -- training ----------------------------------------------------------------------------------------------------

    def fit(
        self,
        texts: Iterable[str],
        labels: Iterable[Label],
        *,
        groups: Sequence[int] | None = None,
        unlabelled: Iterable[str] | None = None,
        teachers: Iterable[TextClassifier | str | Path] = (),
    ) -> TextClassifier:
        """Train on labelled texts; a tenth of them is held out to select, calibrate and stop.

        Args:
            texts: B texts: a list, a NumPy array or a column of a data frame.
            labels: B class labels, str or int (bool counts as int).
            groups: B group numbers; texts of a group are never on both sides of the development split.
            unlabelled: Texts without labels, for ``options={"objective": "mixed"}`` or ``"virtual-adversarial"``, or
                for teachers.
            teachers: Fitted classifiers, or names or folders of models, of the same classes, whose averaged answers are
                learnt beside the labels; `gatewise.train.distillation` has the equation.

        Returns:
            The classifier itself.

        Raises:
            MissingExtraError: torch is not installed.
            DataError: Fewer than two classes, or texts and labels do not match.
            TrainingError: Training cannot go on.
        """
        require_extra("train", "torch", "training")
        from gatewise.data.given import examples_of
        from gatewise.store.source import read_source
        from gatewise.train.fit import fit
        from gatewise.train.progress import QuietReporter, default_reporter
        from gatewise.train.teachers import Teacher, read_teacher

        stored = fit(
            examples_of(texts, labels, groups=groups),
            self._recipe(),
            unlabelled=plain_texts(unlabelled) if unlabelled is not None else None,
            teachers=[
                Teacher(one.network, one._fitted) if isinstance(one, TextClassifier) else read_teacher(one)
                for one in teachers
            ],
            source=read_source(self.start_from) if self.start_from is not None else None,
            reporter=default_reporter() if self.verbose else QuietReporter(),
        )
        self._use(stored)
        return self

    def _recipe(self) -> Any:
        from gatewise.train.starting import starting_recipe

        names = ("network", "seed", "bidirectional", "layers", "highway", "epochs")
        chosen = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        chosen |= self.options or {}
        return starting_recipe(chosen["network"], self.start_from).with_options(**chosen)

    def _use(self, stored: StoredModel) -> None:
        self._stored, self._predictor = stored, Predictor(stored)
        self.classes_: list[Label] = Classes(stored.config.labels)

    # -- use ---------------------------------------------------------------------------------------------------------

    @property
    def predictor(self) -> Predictor:
        """The fitted model in NumPy; `NotFittedError` before `fit`."""
        if not hasattr(self, "_predictor"):
            raise _not_fitted()
        return self._predictor

    @property
    def _fitted(self) -> StoredModel:
        if not hasattr(self, "_stored"):
            raise _not_fitted()
        return self._stored

    def predict_proba(self, texts: Iterable[str]) -> npt.NDArray[np.float64]:
        """Probability of every class, ``[B, K]`` float64, columns in the order of `classes_`."""
        return self.predictor.predict_proba(plain_texts(texts))

    @overload
    def predict(self, texts: Iterable[str]) -> list[Label]: ...

    @overload
    def predict(self, texts: Iterable[str], *, abstain: float | None) -> list[Label | None]: ...

    def predict(self, texts: Iterable[str], *, abstain: float | None = None) -> Any:
        """The likeliest class of every text.

        Args:
            texts: B texts.
            abstain: Give None where the highest probability is below this (0 to 1); `operating_point` chooses one.

        Raises:
            ParameterError: `abstain` is no probability.

        Example:
            >>> load("imdb").predict(["A wonderful film, moving and funny.", "It has a beginning."], abstain=0.9)
            ['pos', None]
        """
        return self.predictor.predict(plain_texts(texts), abstain=abstain)

    def operating_point(self, risk: float) -> OperatingPoint:
        """The threshold, for `predict`, that kept the error among the answered development examples at most at `risk`.

        Returns:
            ``threshold``, with ``coverage``, ``answered``, ``errors`` and ``risk`` on the development split.

        Raises:
            ParameterError: `risk` is not from 0 to 1, or no threshold kept it.
            ModelError: The model keeps no record to choose by: it was trained without a development split, or by a
                version that noted none.
        """
        return self.predictor.operating_point(risk)

    def predict_expected(self, texts: Iterable[str]) -> npt.NDArray[np.float64]:
        """Mean of the label under the probabilities, ``[B]`` float64, of a model with ``objective="ordinal"``.

        Raises:
            ModelError: The model is not ordinal.
        """
        return self.predictor.predict_expected(plain_texts(texts))

    def score(self, texts: Iterable[str], labels: Iterable[Label]) -> float:
        """Accuracy: the share of texts whose class is predicted right."""
        predicted = self.predict(texts)
        truth = [plain(label) for label in labels]
        if len(truth) != len(predicted) or not truth:
            raise ParameterError(f"{len(predicted)} texts and {len(truth)} labels do not make a test")
        return float(np.mean([a == b for a, b in zip(predicted, truth, strict=True)]))

    def evaluate(
        self, texts: Iterable[str], labels: Iterable[Label], *, abstain: float | None = None
    ) -> dict[str, Any]:
        """All scores of `gatewise evaluate` as a JSON-able dictionary, the bag-of-words rival beside them.

        Args:
            texts: B texts.
            labels: Their classes.
            abstain: Also tell what abstaining below this highest probability does.
        """
        from gatewise.data.given import examples_of
        from gatewise.evaluate.evaluation import evaluate

        return evaluate(self.predictor, examples_of(texts, labels), name="given texts", abstain=abstain)

    def stream(self, text: str) -> Iterator[tuple[str, npt.NDArray[np.float64]]]:
        """Read `text` word by word: each word with the probabilities ``[K]`` after it.

        Raises:
            ModelError: The model is bidirectional, so that it has to see the end first.
        """
        return self.predictor.stream(text)

    def explain(self, text: str, *, label: Label | None = None, method: str | None = None) -> Explanation:
        """Why `text` gets its answer: what each word contributes, in log odds of a class.

        Args:
            text: Any str.
            label: Class to explain; the predicted one when not given.
            method: ``running``, ``integrated`` or ``occlusion``; docs/explain.md compares them. When not given, running
                for a model that reads forwards only, else integrated.

        Returns:
            Contributions beside the characters of each word; printed, and shown by notebooks, as the command does.

        Raises:
            ParameterError: There is no such class or method.
            ModelError: The method does not go with the model.

        Example:
            >>> found = load("imdb").explain("A wonderful film, moving and funny.")
            >>> found.label, abs(found.gap) < 1e-6
            ('pos', True)
            >>> found.words.words[found.contributions.argmax()]
            'wonderful'
        """
        from gatewise.explain.explain import explain

        return explain(self.predictor, text, label=label, method=method)

    # -- storage -----------------------------------------------------------------------------------------------------

    def save(self, folder: str | Path) -> None:
        """Write the model folder: config, weights, tokenizer, rival, metrics, card."""
        from gatewise.store.card import model_card
        from gatewise.store.rounding import fewest_bits, is_word_vectors

        stored = self._fitted
        words = [array for name, array in stored.tensors.items() if is_word_vectors(name)]
        # Training has rounded them to the bits they are to be stored in.
        bits = fewest_bits(words)
        write_model(Path(folder), stored, model_card(stored.config, stored.metrics), embedding_bits=bits)

    @classmethod
    def from_folder(cls, name_or_path: str | Path) -> TextClassifier:
        """See `load`."""
        stored = read_model(find_model(str(name_or_path)))
        network = stored.config.network
        classifier = cls(
            network=network.network,
            bidirectional=network.bidirectional,
            layers=network.layers,
            highway=network.highway,
        )
        classifier._use(stored)
        return classifier


def load(name_or_path: str | Path) -> TextClassifier:
    """Open a model: ``"imdb"`` comes with the package, anything else is a model folder.

    Raises:
        ModelError: There is no such model, or it is damaged.
    """
    return TextClassifier.from_folder(name_or_path)


def _not_fitted() -> NotFittedError:
    return NotFittedError("this classifier is not fitted", hint="call fit(texts, labels), or gatewise.load(...)")


_PARAMETERS = ("network", "epochs", "seed", "bidirectional", "layers", "highway", "start_from", "options", "verbose")


class Classes(list[Label]):
    """The labels in order: a list, except that ``classes == label`` marks the place of one label.

    scikit-learn's scorers ask an array of labels that question; lists compare as lists always do.
    """

    def __eq__(self, other: object) -> Any:
        if isinstance(other, str | int):
            return np.array([label == other for label in self])
        return super().__eq__(other)


__all__ = ["ModelError", "NotFittedError", "TextClassifier", "load"]
