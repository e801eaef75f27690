"""Names of known data sets, as they are typed in place of a file."""

from __future__ import annotations

from gatewise.data.examples import Examples
from gatewise.errors import ParameterError

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
