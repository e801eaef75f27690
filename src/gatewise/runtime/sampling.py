"""The next word drawn from a language model's belief: temperature, the likeliest k, the likeliest share p."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gatewise.errors import ParameterError

LogProbabilities = npt.NDArray[np.float64]

HIGHEST_TEMPERATURE = 100.0
LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True)
class Sampling:
    """How words are drawn; the steps follow one another in this order.

    Attributes:
        temperature: Log probabilities are divided by it: below 1 the likely becomes likelier, above 1 less so; at 0
            always the likeliest word is taken. Up to 100.
        top_k: Only so many of the likeliest words are drawn from; 0 for all.
        top_p: Only the likeliest words that together have at least this probability are drawn from; 1 for all.

    Raises:
        ParameterError: A value is impossible; it is named.

    Reference:
        The likeliest k: Fan, Lewis and Dauphin (2018), arXiv 1805.04833, section 5.4; the likeliest share:
        Holtzman et al. (2020), arXiv 1904.09751, equations 2 and 3.

    Example:
        >>> log_probabilities = np.log([0.5, 0.3, 0.2])
        >>> Sampling(temperature=1.0, top_p=0.6).shares(log_probabilities).round(4).tolist()
        [0.625, 0.375, 0.0]
        >>> Sampling(temperature=0.0).draw(log_probabilities, np.random.default_rng(0))
        0
    """

    temperature: float = 0.8
    top_k: int = 0
    top_p: float = 0.95

    def __post_init__(self) -> None:
        if not _is_number(self.temperature) or not 0 <= self.temperature <= HIGHEST_TEMPERATURE:
            limits = f"from 0 to {HIGHEST_TEMPERATURE:g}"
            raise ParameterError(f"temperature={self.temperature!r} is not a number {limits}")
        if type(self.top_k) is not int or self.top_k < 0:
            raise ParameterError(f"top_k={self.top_k!r} is not a whole number from 0, which is for all words")
        if not _is_number(self.top_p) or not 0 < self.top_p <= 1:
            raise ParameterError(f"top_p={self.top_p!r} is not a number above 0 and up to 1")

    def shares(self, log_probabilities: LogProbabilities) -> npt.NDArray[np.float64]:
        """The probabilities that words are drawn with.

        Args:
            log_probabilities: ``[V]`` float64; minus infinity for a word that must not be drawn, but not for all.

        Returns:
            ``[V]`` float64, which sum to 1. Of equally likely words the first counts as the likelier.
        """
        shares = np.zeros(len(log_probabilities))
        if self.temperature == 0:
            shares[np.argmax(log_probabilities)] = 1.0
            return shares
        with np.errstate(over="ignore"):  # Next to temperature 0 all but the likeliest become minus infinity.
            scaled = (log_probabilities - log_probabilities.max()) / self.temperature
        order = np.argsort(-scaled, kind="stable")
        kept = order[: self.top_k or None]
        likelihood = np.exp(scaled[kept])
        likelihood /= likelihood.sum()
        if self.top_p < 1:
            # A word belongs to them while those before it have less than the share wanted.
            count = int(np.searchsorted(likelihood.cumsum(), self.top_p)) + 1
            kept, likelihood = kept[:count], likelihood[:count] / likelihood[:count].sum()
        shares[kept] = likelihood
        return shares

    def draw(self, log_probabilities: LogProbabilities, random: np.random.Generator) -> int:
        """One word, by one number of `random`; see `shares`."""
        upto = self.shares(log_probabilities).cumsum()
        # Scaled by the sum, which rounding can leave below 1: what is drawn then has a share for certain.
        return int(np.searchsorted(upto, random.random() * upto[-1], side="right"))


def generator(seed: int) -> np.random.Generator:
    """The generator of a seed from 0 to 2**63 - 1; `ParameterError` for any other."""
    if type(seed) is not int or not 0 <= seed <= LARGEST_SEED:
        raise ParameterError(f"seed={seed!r} is not a whole number from 0 to {LARGEST_SEED}")
    return np.random.Generator(np.random.PCG64(seed))


def _is_number(value: object) -> bool:
    return type(value) in (int, float)
