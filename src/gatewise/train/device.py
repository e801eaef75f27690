"""Where training computes: on the CPU by our own kernels, on a GPU by torch's."""

from __future__ import annotations

from collections.abc import Iterable

import torch

from gatewise.errors import ParameterError
from gatewise.nn.machine import check_precision, fastest_precision, kernels
from gatewise.train.clip import clip_gradients

DEVICES = ("cpu", "cuda")


def device_of(name: str) -> torch.device:
    """The device of that name.

    Raises:
        ParameterError: There is no such device in this machine, or torch cannot use it.

    Example:
        >>> device_of("cpu")
        device(type='cpu')
    """
    if name not in DEVICES:
        raise ParameterError(f"device={name!r} is not one of {', '.join(DEVICES)}")
    if name == "cuda" and not torch.cuda.is_available():
        raise ParameterError(
            f"device='cuda', and torch {torch.__version__} finds no GPU",
            hint="leave it out to train on the CPU; a build of torch with CUDA and a driver are needed otherwise",
        )
    return torch.device(name)


def precision_on(device: torch.device, precision: str) -> str:
    """What ``auto`` means there, anything else as it is.

    Raises:
        ParameterError: The CPU has no kernels for it.
    """
    if device.type != "cpu":
        return "bf16" if precision == "auto" else precision
    chosen = fastest_precision() if precision == "auto" else precision
    check_precision("bf16" if chosen == "bf16" else "fp32")
    return chosen


def products(device: torch.device, precision: str) -> torch.autocast:
    """A context in which products are of bfloat16 on a GPU, when so asked; our kernels on the CPU need none."""
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type != "cpu" and precision == "bf16")


def clipped(parameters: Iterable[torch.Tensor], limit: float, device: torch.device) -> float:
    """Clip gradients by their joint norm, wherever they are, and return the norm before."""
    if device.type == "cpu":
        return clip_gradients(parameters, limit)
    return float(torch.nn.utils.clip_grad_norm_(parameters, limit))


def computed_by(device: torch.device) -> str:
    """What computes there, for the record: the native core's kernels, or the GPU's name."""
    return kernels() if device.type == "cpu" else torch.cuda.get_device_name(device)
