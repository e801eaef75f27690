"""Adam, AdamW or plain gradient descent; what was taken from another model learns in groups, slower and later."""

from __future__ import annotations

import re
from collections.abc import Iterable

import torch
from torch import nn

from gatewise.train.recipe import Recipe

# Where the name of a parameter tells its layer: encoder.weight_hh_l1, encoder.layers.1.bias_ih_l0, hidden.gates.2.bias.
_LAYER = re.compile(r"\.(?:layers|gates)\.(\d+)\.|_l(\d+)(?:_reverse)?$")


def make_optimizer(network: nn.Module, recipe: Recipe, transferred: frozenset[str]) -> torch.optim.Optimizer:
    """What the recipe names, over groups of parameters by their depth below the head.

    What is new has depth 0 and learns at the rate itself; of what was `transferred` the highest layer has depth 1 and
    learns at `transfer_rate` times it, and each group below at `layer_decay` times the rate of the one above: eta^(l-1)
    = eta^l / 2.6 for a decay of 1/2.6.

    Args:
        network: What is trained.
        recipe: Optimizer and rates.
        transferred: Names of the parameters that came from another model.

    Reference:
        Howard and Ruder (2018), arXiv 1801.06146, section 3.2.
    """
    depths, groups = depths_below_head(transferred), dict[int, list[nn.Parameter]]()
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:  # What the network itself keeps as it is stays out of `thaw`'s hands.
            groups.setdefault(depths.get(name, 0), []).append(parameter)
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}[recipe.optimizer]
    own = {} if recipe.optimizer == "sgd" else {"eps": recipe.adam_epsilon, "fused": True}
    optimizer: torch.optim.Optimizer = kind(
        [
            {"params": parameters, "depth": depth, "factor": _factor(recipe, depth)}
            for depth, parameters in sorted(groups.items(), reverse=True)
        ],
        lr=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        **own,
    )
    return optimizer


def depths_below_head(names: Iterable[str]) -> dict[str, int]:
    """How far below the head each parameter is: the highest layer 1, the word vectors one more than the lowest layer.

    Example:
        >>> depths_below_head(["embedding.weight", "encoder.weight_hh_l0", "encoder.weight_hh_l1"])
        {'embedding.weight': 3, 'encoder.weight_hh_l0': 2, 'encoder.weight_hh_l1': 1}
        >>> depths_below_head(["embedding.weight"])
        {'embedding.weight': 1}
    """
    layers = {name: _layer(name) for name in names}
    highest = max(layers.values(), default=0)
    return {name: highest + 1 - layer for name, layer in layers.items()}


def _layer(name: str) -> int:
    """The layer of a parameter, from 0; -1 for word vectors."""
    if name.endswith("embedding.weight"):
        return -1
    found = _LAYER.search(name)
    return int(found[1] or found[2]) if found else 0


def _factor(recipe: Recipe, depth: int) -> float:
    return recipe.transfer_rate * recipe.layer_decay ** (depth - 1) if depth else 1.0


def thaw(optimizer: torch.optim.Optimizer, progress: float, unfreeze: float) -> None:
    """Let those groups learn whose time has come, and take the gradients of all others, which stay as they are.

    With D groups below the head, that at depth d learns from d/D of the share `unfreeze` of the run on; the head always
    does. No gradient is computed for the others, their weights do not move and no moments are gathered for them.

    Args:
        optimizer: What `make_optimizer` gave.
        progress: Steps done over steps in all, in [0, 1].
        unfreeze: As in the recipe.

    Reference:
        Howard and Ruder (2018), arXiv 1801.06146, section 3.3.
    """
    deepest = max(group["depth"] for group in optimizer.param_groups)
    for group in optimizer.param_groups:
        learns = progress * deepest >= unfreeze * group["depth"]
        for parameter in group["params"]:
            parameter.requires_grad_(learns)
            if not learns:
                parameter.grad = None


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
