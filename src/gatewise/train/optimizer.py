"""Adam, AdamW or plain gradient descent with two groups of parameters, and the moments as named tensors."""

from __future__ import annotations

import torch
from torch import nn

from gatewise.train.recipe import Recipe


def make_optimizer(network: nn.Module, recipe: Recipe, transferred: frozenset[str]) -> torch.optim.Optimizer:
    """What the recipe names; `transferred` parameters learn at `transfer_rate` times the rate."""
    groups: dict[float, list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        groups.setdefault(recipe.transfer_rate if name in transferred else 1.0, []).append(parameter)
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}[recipe.optimizer]
    own = {} if recipe.optimizer == "sgd" else {"eps": recipe.adam_epsilon, "fused": True}
    optimizer: torch.optim.Optimizer = kind(
        [{"params": parameters, "factor": factor} for factor, parameters in sorted(groups.items())],
        lr=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        **own,
    )
    return optimizer


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of every group to `rate` times the group's own factor."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["factor"]


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """Step counts and moments as ``optimizer.{parameter}.{entry}``; plain gradient descent has none."""
    state = optimizer.state_dict()["state"]
    return {f"optimizer.{index}.{entry}": tensor for index, own in state.items() for entry, tensor in own.items()}


def load_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]) -> None:
    """Take back what `optimizer_tensors` gave."""
    content = optimizer.state_dict()
    content["state"] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer."):
            _, index, entry = name.split(".")
            content["state"].setdefault(int(index), {})[entry] = tensor
    optimizer.load_state_dict(content)
