"""Names of known data sets, as they are typed in place of a file."""

from __future__ import annotations

from dataclasses import replace

from gatewise.data.examples import Examples
from gatewise.errors import DataError, ParameterError

# A model must never be trained, selected or calibrated on these; every score on them goes to the test ledger.
TEST_SPLITS = frozenset({"imdb:test"})
KNOWN = ("imdb", "imdb:train", "imdb:test", "imdb:unsup")


def is_named(name: str) -> bool:
    """Whether `name` means a known data set; anything with a path separator, like ``./imdb``, is a file or folder.

    Example:
        >>> is_named("imdb:test"), is_named("./imdb"), is_named("reviews.csv")
        (True, False, False)
    """
    return name.partition(":")[0] == "imdb" and "/" not in name and "\\" not in name


def load_named(name: str) -> Examples:
    """Load a known data set from the cache; plain ``imdb`` means ``imdb:train``.

    Raises:
        ParameterError: If `name` is no known data set.
        DataError: If it is not in the cache yet; the hint says which command brings it.
    """
    if name not in KNOWN:
        raise ParameterError(f"{name!r} is not a known data set", hint=f"known are: {', '.join(KNOWN)}")
    from gatewise.data.imdb import load_imdb

    return load_imdb(name.partition(":")[2] or "train")


def labelled_by(examples: Examples, name: str | None) -> Examples:
    """Examples of a known data set with other labels: its ``stars`` as whole numbers; None or ``label`` are its own.

    Raises:
        ParameterError: There are no labels of that name.
        DataError: The examples have no stars.

    Example:
        >>> import numpy as np
        >>> examples = Examples(["fine", "dull"], ["pos", "neg"], stars=np.array([7.0, 2.0]))
        >>> labelled_by(examples, "stars").labels
        [7, 2]
    """
    if name in (None, "label"):
        return examples
    if name != "stars":
        raise ParameterError(f"--label {name!r} is not there in {examples.source}", hint="it has: label, stars")
    if examples.stars is None:
        raise DataError("the texts have no stars", where=examples.source)
    return replace(examples, labels=[int(value) for value in examples.stars])
