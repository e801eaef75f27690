"""docs/nn.md does not lie: its examples run, and every argument of ours is told."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from torch import nn

from gatewise.nn import LSTM

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "nn.md").read_text(encoding="utf-8")


def test_examples_run():
    room: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(block, "nn.md", "exec"), room)
    assert room["h_n"].shape == (4, 3, 20)


def test_what_is_not_torchs_is_told():
    own = {*inspect.signature(LSTM).parameters, *inspect.signature(LSTM.forward).parameters}
    known = {*inspect.signature(nn.RNNBase).parameters, "input", "hx", "self"}
    for name in own - known:
        assert f"`{name}" in PAGE or f"{name}=" in PAGE, name
