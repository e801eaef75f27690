"""Every example in a docstring runs and gives what it says."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import gatewise

# The compiled library looks like a module of Python's, but is none.
NO_MODULES = ("__main__", "libgatewise")
MODULES = [
    name for _, name, _ in pkgutil.walk_packages(gatewise.__path__, "gatewise.") if not name.endswith(NO_MODULES)
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert not failed
