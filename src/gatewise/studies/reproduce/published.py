"""What the sources publish, what they state of how they got it, and what we chose where they state nothing.

G, S, K and A are the course documents; see docs/courses.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# `test` is the official test split; `films` a fifth of the training reviews, no film of which is trained on; `half` a
# random half of the training reviews, with as many of each class; `sample` as `films`, but trained on 4,000 alone.
Split = Literal["test", "films", "half", "sample"]
Curve = tuple[float | None, ...]


@dataclass(frozen=True)
class Curves:
    """Figures by epoch; None, or shorter, where the source prints none."""

    train_accuracy: Curve = ()
    held_out_accuracy: Curve = ()
    train_loss: Curve = ()
    held_out_loss: Curve = ()


@dataclass(frozen=True)
class Published:
    """A published result that training a network repeats.

    Attributes:
        title: What it is, in a few words.
        source: Who published it.
        setting: What the source states.
        chosen: What we chose, and why.
        recipes: Name of the recipe of each variant; a sole variant has the name ``""``.
        split: Where the accuracy that is compared comes from.
        minutes: Of one core of a 2026 server, for three seeds.
        accuracy: The published figure: of the last epoch on held-out texts, or in training (`of_training`).
        best: Published accuracy of the epoch that was best on the held-out texts, where that is what a source tells.
        loss, parameters: Of the last epoch on held-out texts; of the network. None where not stated.
        of_training: Whether the published figure is a training accuracy.
        curves: Published figures by epoch.
        notes: What else must be known to read the comparison.
    """

    title: str
    source: str
    setting: str
    chosen: str
    recipes: dict[str, str]
    split: Split
    minutes: int
    accuracy: float
    best: float | None = None
    loss: float | None = None
    parameters: int | None = None
    of_training: bool = False
    curves: Curves = Curves()
    notes: tuple[str, ...] = ()

    @property
    def figure(self) -> str:
        """The published figure in words.

        Example:
            >>> PUBLISHED["murthy"].figure
            'training accuracy 99.56 %'
        """
        kind = "validation" if self.split == "films" else "test"
        told = f"{'training' if self.of_training else kind} accuracy {100 * self.accuracy:.2f} %"
        return told if self.best is None else f"{told}, best epoch {100 * self.best:.2f} %"


_KERAS = "Keras does not say how it was seeded; its defaults are taken for all that is not stated."
_FILMS = (
    "It is not said which texts validated. We hold out a fifth of the training reviews, no film of which is trained "
    "on, so that the test split is not read; so 5,000 reviews fewer are trained on than if the source validated on "
    "the test split, as Keras's own examples do."
)
_OUR_SIZES = ("Sizes are ours: where they do not reach the figure, that does not say that the source's did not.",)
_KERAS_EXAMPLE = (
    "Sizes are not given. Two bidirectional layers and two epochs are those of Keras's example \"Bidirectional LSTM on "
    'IMDB", so its sizes are taken: 20,000 words, length 200, embedding 128, 64 units, batch 32'
)
_G_CHOSEN = (
    "Sizes other than the embedding are not given: 64 units, whole reviews, no padding; words are split as Keras does, "
    "which removes punctuation; words seen fewer than 5 times in the training half, and the markup 'br', are removed. "
    "Batches of 50: the printed losses are 1/50 of what the printed accuracies allow, as if divided by the batch."
)
_G_NOTES = (
    "G's losses are shown multiplied by 50: as printed (.010 at 75 %) no cross entropy could go with the accuracies.",
    "G's 85.40 % is the best of its epochs on the texts it is reported on. Our verdict asks for the last epoch and, "
    "beside it, for the best one chosen in the same way.",
)
_G_CURVES = Curves(
    train_accuracy=(0.7525, 0.8578, 0.8956, 0.9284, 0.9550, 0.9745, 0.9872, 0.9925),
    held_out_accuracy=(0.8203, 0.8434, 0.8502, 0.8507, 0.8540, 0.8477, 0.8450, 0.8455),
    train_loss=tuple(50 * loss for loss in (0.010, 0.007, 0.005, 0.004, 0.002, 0.002, 0.001, 0.000)),
    held_out_loss=tuple(50 * loss for loss in (0.008, 0.007, 0.008, 0.007, 0.009, 0.012, 0.016, 0.020)),
)


PUBLISHED: dict[str, Published] = {
    "a": Published(
        title="LSTM of 10 units on 300 tokens",
        source="A",
        setting="vocabulary 5,000, length 300, embedding 15, LSTM 10, dense 1; batch 128, Adam, 5 epochs, dev 20 %",
        chosen=_KERAS,
        recipes={"": "reproduce-a"},
        split="test",
        minutes=4,
        accuracy=0.85904,
        loss=0.34331,
        parameters=75_000 + 1_040 + 11,
        curves=Curves(train_accuracy=(0.6666,), train_loss=(0.6315, 0.4271, 0.3329, 0.2819, 0.2469)),
    ),
    "b": Published(
        title="LSTM of 100 units on 600 tokens",
        source="K",
        setting="vocabulary 5,000, length 600, embedding 32, LSTM 100, dense 1; batch 64, Adam, 10 epochs",
        chosen=_KERAS,
        recipes={"": "reproduce-b"},
        split="test",
        minutes=60,
        accuracy=0.8500,
        parameters=160_000 + 53_200 + 101,
        curves=Curves(
            train_accuracy=(0.7403, 0.8756, 0.9030, 0.9138, 0.9246, 0.9355, 0.9458, 0.9436, 0.9567, 0.9581),
        ),
    ),
    "c-lstm": Published(
        title="LSTM on reviews as Keras encodes them",
        source="S",
        setting="Keras's encoded IMDB, embedding, LSTM, dense; 3 epochs",
        chosen=f"{_KERAS_EXAMPLE}; one LSTM in the place of the two layers. {_FILMS}",
        recipes={"": "reproduce-c-lstm"},
        split="films",
        minutes=6,
        accuracy=0.8596,
        curves=Curves(train_accuracy=(None, None, 0.9312)),
        notes=_OUR_SIZES,
    ),
    "c-bilstm": Published(
        title="Two bidirectional LSTMs on reviews as Keras encodes them",
        source="S",
        setting="Keras's encoded IMDB, embedding, two bidirectional LSTMs, dense; 2 epochs",
        chosen=f"{_KERAS_EXAMPLE}. {_FILMS}",
        recipes={"": "reproduce-c-bilstm"},
        split="films",
        minutes=9,
        accuracy=0.8689,
        curves=Curves(train_accuracy=(None, 0.8998)),
        notes=_OUR_SIZES,
    ),
    "c-onehot": Published(
        title="LSTM on a 'one-hot representation'",
        source="S",
        setting="IMDB reviews in 'one-hot representation', LSTM, dense; 15 epochs",
        chosen=(
            "Keras's function one_hot hashes words to numbers, so both readings are run: hashed numbers into an "
            "embedding (ids), and the hashed words as one-hot vectors into the LSTM (input). Length 80 as in Keras's "
            "example of an LSTM on IMDB, which has 15 epochs too; 5,000 numbers, embedding 32, 32 units, batch 64: "
            f"small, to train in minutes. {_FILMS}"
        ),
        recipes={"ids": "reproduce-c-onehot-ids", "input": "reproduce-c-onehot-input"},
        split="films",
        minutes=9,
        accuracy=0.8296,
        curves=Curves(train_accuracy=(*(None,) * 14, 0.9985)),
        notes=_OUR_SIZES,
    ),
    "d-last": Published(
        title="LSTM and softmax, trained on the answer after the last word",
        source="G",
        setting="25,000 reviews in two parts, rare words filtered; embedding 100, LSTM, softmax, Adam; 8 epochs told",
        chosen=_G_CHOSEN,
        recipes={"": "reproduce-d-last"},
        split="half",
        minutes=8,
        accuracy=0.8455,
        best=0.8540,
        curves=_G_CURVES,
        notes=_G_NOTES,
    ),
    "d-every": Published(
        title="LSTM and softmax, trained on the answer after every word",
        source="G",
        setting=(
            "as d-last, and 'an output at each time step … used to train', read as: the answer after every word must "
            "be right; what is counted is the answer after the last"
        ),
        chosen=_G_CHOSEN + " The loss is the mean over texts of the mean over words.",
        recipes={"": "reproduce-d-every"},
        split="half",
        minutes=9,
        accuracy=0.8455,
        best=0.8540,
        curves=_G_CURVES,
        notes=(*_G_NOTES, "Our training loss is that of every word, early ones too; it cannot fall as low."),
    ),
    "murthy": Published(
        title="LSTM of 128 units, 10 epochs",
        source="Murthy et al. 2020, in G",
        setting="embedding, LSTM 128, dense; 10 epochs",
        chosen=(
            "Length 80 as in Keras's example of an LSTM on IMDB, which has 128 units too; 10,000 words, embedding 64, "
            "batch 64, Adam: small, to train in minutes. A fifth of the training reviews, by films, is held out."
        ),
        recipes={"": "reproduce-murthy"},
        split="films",
        minutes=12,
        accuracy=0.9956,
        of_training=True,
        curves=Curves(
            train_accuracy=(0.5614, 0.7591, 0.8813, 0.9344, 0.9616, 0.9767, 0.9859, 0.9911, 0.9936, 0.9956),
        ),
        notes=(
            "G compares these figures with its own test accuracy. They are training accuracies: only ours on held-out "
            "texts can be compared with a test accuracy.",
        ),
    ),
}
