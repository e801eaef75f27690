"""All texts of a run: those with labels, those without, and what teachers say of both."""

from __future__ import annotations

from dataclasses import dataclass

from gatewise.train.batch import Encoded
from gatewise.train.corpus import Corpus
from gatewise.train.teachers import Taught
from gatewise.train.unlabelled import Unlabelled


@dataclass(frozen=True)
class Material:
    """What is read in training.

    Attributes:
        corpus: Training and development texts with labels.
        unlabelled: Texts without, or None.
        taught: Of a run with teachers all training texts, labelled or not, with what they say; else None.
    """

    corpus: Corpus
    unlabelled: Unlabelled | None = None
    taught: Taught | None = None

    @property
    def train(self) -> Encoded:
        """What an epoch passes over."""
        return self.corpus.encoded_train if self.taught is None else self.taught.texts

    @property
    def beside(self) -> Unlabelled | None:
        """Of what further batches are drawn: texts that are taught are training texts like the labelled ones."""
        return self.unlabelled if self.taught is None else None
