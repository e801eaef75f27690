"""How many threads torch uses, set before it starts any."""

from __future__ import annotations

import os
import sys


def use_threads(count: int | None) -> None:
    """Have torch use `count` threads (None: all cores), for a process of our own such as the command line.

    Torch opens a parallel region for every step of a sequence. Between them its threads spin, and on a machine that
    other programs use too, that made training three times slower; asked to wait passively they sleep instead. The
    setting is read once, when torch is loaded.
    """
    if "torch" not in sys.modules:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    if count is not None:
        torch.set_num_threads(count)
