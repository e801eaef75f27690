"""One service a worker for all that attack it."""

from __future__ import annotations

import pytest
from hostile_requests import LIMITS

from server_process import running


@pytest.fixture(scope="session")
def server():
    with running("imdb", **LIMITS) as process:
        yield process
