"""Fixtures for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# An example is wrong, not slow: how long it takes depends on what else the machine does, and the first one imports.
settings.register_profile("gatewise", deadline=None)
settings.load_profile("gatewise")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the real data sets: ``$GATEWISE_DATA``, else ``../shared/data`` beside the checkout; skips without."""
    chosen = os.environ.get("GATEWISE_DATA")
    folder = Path(chosen) if chosen else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder}; GATEWISE_DATA can name another folder")
    return folder
