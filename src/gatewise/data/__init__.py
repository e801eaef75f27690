"""A file or a known data set becomes labelled examples and a report."""

from gatewise.data.examples import Examples, ReadReport, Refused
from gatewise.data.names import is_named, load_named

__all__ = ["Examples", "ReadReport", "Refused", "is_named", "load_named"]
