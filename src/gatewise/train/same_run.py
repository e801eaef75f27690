"""What makes a resumed run the same run: noise keyed by its place, and the check that nothing else differs."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from gatewise.errors import TrainingError


def noise_key(seed: int, step: int) -> int:
    """Seed of the noise of one step.

    Example:
        >>> noise_key(0, 1) == noise_key(0, 1) != noise_key(1, 0)
        True
    """
    high, low = np.random.SeedSequence([seed, step]).generate_state(2).tolist()
    return int(high << 31 ^ low)


def under(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    """The tensors whose names begin with `prefix`, without it."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def check_identity(saved: dict[str, Any], now: dict[str, Any]) -> None:
    """Raise `TrainingError`, which tells the differences, unless a checkpoint's identity is that of the run."""
    differing = _differences(saved, now)
    if differing:
        raise TrainingError(
            f"the checkpoint belongs to another run: {'; '.join(differing)}",
            hint="use the options and data the run began with, or --overwrite it, or choose another --out folder",
        )


# Of these only a digest is known.
_DIFFERS = {
    "data": "the texts or labels differ",
    "unlabelled": "the unlabelled texts differ",
    "teachers": "what the teachers say differs",
    "source": "the model or encoder it began with differs",
    "start": "the encoder it goes on from differs",
    "vocabulary": "the words differ",
}


def _differences(saved: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What differs, with both values where a person can read them."""
    found: list[str] = []
    for name in sorted({*saved, *now}):
        was, is_now = saved.get(name), now.get(name)
        if isinstance(was, dict) and isinstance(is_now, dict):
            found += _differences(was, is_now)
        elif was != is_now:
            found.append(_DIFFERS.get(name, f"{name} was {was}, is {is_now}"))
    return found
