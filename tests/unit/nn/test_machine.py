"""One call sets the threads of torch and of the native core."""

from __future__ import annotations

import pytest
import torch

from gatewise.errors import ParameterError
from gatewise.nn import use_threads
from gatewise.ops import native


@pytest.fixture
def threads_as_before():
    of_torch, of_the_core = torch.get_num_threads(), native.threads()
    yield
    torch.set_num_threads(of_torch)
    native.use_threads(of_the_core)


@pytest.mark.usefixtures("threads_as_before")
def test_both_get_as_many_threads():
    for count in (3, 1):
        use_threads(count)
        assert torch.get_num_threads() == count
        assert native.threads() == (count if native.is_available() else 1)
    with pytest.raises(ParameterError, match="threads=0"):
        use_threads(0)
    assert torch.get_num_threads() == 1
