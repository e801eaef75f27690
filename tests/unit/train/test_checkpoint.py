"""Checkpoints: whole or not there, the last two kept, damage found and told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pytest
import torch

from gatewise.errors import TrainingError
from gatewise.train.checkpoint import Checkpoint, CheckpointFolder


def checkpoint(value: float) -> Checkpoint:
    return Checkpoint({"w": torch.full((3, 2), value), "n": torch.tensor(7)}, {"step": value, "loss": 0.1 + 0.2})


def unheard(text: str) -> None:
    raise AssertionError(text)


def test_what_is_saved_comes_back_bit_for_bit(tmp_path):
    folder = CheckpointFolder(tmp_path / "c")
    folder.save(5, checkpoint(1.5))
    found = folder.newest(unheard)
    assert found.state == {"step": 1.5, "loss": 0.1 + 0.2}
    assert torch.equal(found.tensors["w"], torch.full((3, 2), 1.5))
    assert found.tensors["n"].dtype == torch.int64


def test_the_last_two_and_the_best_are_kept(tmp_path):
    folder = CheckpointFolder(tmp_path)
    for step in (1, 2, 3):
        folder.save(step, checkpoint(step))
    folder.save_best(checkpoint(9))
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "best.safetensors",
        "step-000000002.safetensors",
        "step-000000003.safetensors",
    ]


@pytest.mark.parametrize("damage", ["cut", "flip", "empty"])
def test_a_damaged_newest_is_told_and_the_one_before_used(tmp_path, damage):
    folder = CheckpointFolder(tmp_path)
    folder.save(1, checkpoint(1))
    path = folder.save(2, checkpoint(2))
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[-3] ^= 1
    path.write_bytes({"cut": content[: len(content) // 2], "flip": content, "empty": b""}[damage])
    told: list[str] = []
    assert folder.newest(told.append).state["step"] == 1
    assert len(told) == 1
    assert "step-000000002" in told[0]


def test_nothing_readable_is_an_error_and_never_a_fresh_start(tmp_path):
    folder = CheckpointFolder(tmp_path)
    folder.save(1, checkpoint(1)).write_bytes(b"x")
    with pytest.raises(TrainingError, match="no checkpoint of this run can be read"):
        folder.newest(lambda text: None)


def test_an_empty_folder_has_no_checkpoint(tmp_path):
    assert CheckpointFolder(tmp_path / "new").newest(unheard) is None


SAVE_FOR_EVER = """
    import sys, torch
    from pathlib import Path
    from gatewise.train.checkpoint import Checkpoint, CheckpointFolder
    folder = CheckpointFolder(Path(sys.argv[1]))
    for step in range(1, 10**6):
        folder.save(step, Checkpoint({"w": torch.full((200_000,), float(step))}, {"step": step}))
        print(step, flush=True)
"""


@pytest.mark.slow
def test_kill_while_saving_never_costs_a_checkpoint(tmp_path):
    for attempt in range(30):
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(SAVE_FOR_EVER), str(tmp_path / str(attempt))], stdout=subprocess.PIPE
        )
        # Kill at a place in the loop that differs each time: after so many saves, somewhere in the next.
        for _ in range(2 + attempt % 5):
            last = int(process.stdout.readline())
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        folder = CheckpointFolder(tmp_path / str(attempt))
        found = folder.newest(unheard)
        assert found.state["step"] >= last
        assert all(p.name.startswith("step-") for p in folder.folder.iterdir())
