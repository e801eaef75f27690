"""Two bags of words fitted on the rows a network is trained on: NBSVM, as `gatewise train` stores it, and TF-IDF.

NBSVM has n-grams up to three words (`gatewise.baseline.nbsvm`). The other is logistic regression (scikit-learn) over
words and pairs of words; its penalty is chosen by cross-validation within the same rows. Both read the words of the
package's own tokenizer, and both are fitted on all rows, of which a network holds some out to select and calibrate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from gatewise.baseline.nbsvm import NBSVM
from gatewise.data.examples import Examples
from gatewise.data.leaks import text_keys
from gatewise.text.rules import UNKNOWN
from gatewise.text.tokenizer import WordTokenizer
from gatewise.train.corpus import class_indices

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Answers = Callable[[Sequence[str]], Floats]
Counts = Any
"""A sparse matrix of SciPy, ``[n, features]``."""

PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
FOLDS = 5
FEWEST_TEXTS = 2  # a feature of one text only fits that text


def fit_bags(
    examples: Examples, labels: tuple[str | int, ...], names: Iterable[str] = ("nbsvm", "tfidf")
) -> dict[str, Answers]:
    """The bags of words of these names: functions from texts to probabilities ``[n, K]`` in the order of `labels`."""
    targets, words = class_indices(examples, labels), words_of(examples.texts)
    found: dict[str, Answers] = {}
    for name in names:
        if name == "nbsvm":
            nbsvm = NBSVM.fit(words, targets, len(labels))
            found[name] = lambda texts, fitted=nbsvm: fitted.predict_proba(words_of(texts))
        else:
            tfidf = Tfidf.fit(words, targets, tied_rows(examples))
            found[name] = lambda texts, fitted=tfidf: fitted.predict_proba(words_of(texts))
    return found


def words_of(texts: Iterable[str]) -> list[list[str]]:
    """The words of texts, known to any vocabulary or not."""
    return WordTokenizer([UNKNOWN]).words_batch(texts)


def tied_rows(examples: Examples) -> Rows:
    """``[n]`` int64: rows with the same number must not be on two sides of a split: one film, or one text."""
    keys = text_keys(examples.texts) if examples.groups is None else examples.groups
    return np.unique(keys, return_inverse=True)[1].reshape(-1).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Tfidf:
    """TF-IDF with logistic regression.

    Attributes:
        counter: Words and pairs of words to columns.
        weighting: Counts to TF-IDF.
        kept: ``[features]`` bool, columns in enough texts.
        regression: The classifier.
    """

    counter: CountVectorizer
    weighting: TfidfTransformer
    kept: npt.NDArray[np.bool_]
    regression: LogisticRegression

    @classmethod
    def fit(cls, words: list[list[str]], targets: Rows, tied: Rows) -> Tfidf:
        """Choose the penalty by accuracy on folds, of equal ones the stronger, and fit on all rows with it.

        Args:
            words: Words of each text.
            targets: ``[n]`` class numbers.
            tied: See `tied_rows`.
        """
        counter = CountVectorizer(analyzer=ones_and_pairs, min_df=FEWEST_TEXTS)
        counts = counter.fit_transform(words)
        right = dict.fromkeys(PENALTIES, 0)
        folds = StratifiedGroupKFold(min(FOLDS, int(np.bincount(targets).min())), shuffle=True, random_state=0)
        for train, rest in folds.split(counts, targets, tied):
            weighting, kept = _weigh(counts[train])
            known, unknown = (weighting.transform(counts[part][:, kept]) for part in (train, rest))
            for penalty in PENALTIES:
                answers = _regression(penalty).fit(known, targets[train]).predict(unknown)
                right[penalty] += int((answers == targets[rest]).sum())
        best = max(PENALTIES, key=lambda penalty: (right[penalty], -penalty))
        weighting, kept = _weigh(counts)
        regression = _regression(best).fit(weighting.transform(counts[:, kept]), targets)
        return cls(counter, weighting, kept, regression)

    def predict_proba(self, words: list[list[str]]) -> Floats:
        """Probabilities ``[n, K]``."""
        counts = self.counter.transform(words)[:, self.kept]
        probabilities: Floats = self.regression.predict_proba(self.weighting.transform(counts))
        return probabilities


def _weigh(counts: Counts) -> tuple[TfidfTransformer, npt.NDArray[np.bool_]]:
    """The weighting that these rows alone ask for, and the columns they know: nothing of a fold's other rows."""
    kept = np.asarray((counts > 0).sum(axis=0)).reshape(-1) >= FEWEST_TEXTS
    return TfidfTransformer(sublinear_tf=True).fit(counts[:, kept]), kept


def _regression(penalty: float) -> LogisticRegression:
    return LogisticRegression(C=penalty, max_iter=2000)


def ones_and_pairs(words: list[str]) -> list[str]:
    """Words and pairs of neighbours."""
    return [*words, *(" ".join(pair) for pair in pairwise(words))]


def better(scores: Mapping[str, float]) -> str:
    """Name of the highest score, of equal ones the first."""
    return max(scores, key=lambda name: scores[name])
