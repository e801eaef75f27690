"""Adam that leaves alone what a batch did not meet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, overload

import torch

from gatewise.errors import ParameterError
from gatewise.nn.sparse_rows import AdamSettings, adam_on_rows

# A row of the native core's has no more.
_MOST_NUMBERS = 2**20


class LazyAdam(torch.optim.AdamW):
    """``torch.optim.AdamW`` that changes, where a gradient is sparse, the rows it has and no others.

    A parameter's gradients must be of one kind throughout. State, state dict and parameter groups are those of
    ``torch.optim.AdamW``; ``step`` counts the steps in which a parameter had a gradient. On the CPU dense gradients go
    the same way, elsewhere they are torch's.

    Args:
        params: Parameters or groups of them, as for any optimizer of torch.
        lr: Learning rate, a float.
        betas: Shares of the first and the second moment that are kept.
        eps: Keeps quotients finite.
        weight_decay: Of AdamW; with sparse gradients on the rows they have.

    Raises:
        ParameterError: A learning rate that is a tensor; when a step is taken, an impossible setting, or a sparse
            gradient of a parameter that is not on the CPU or not contiguous.

    Notes:
        By the native core (see `gatewise.ops.lazy_adam`): the same bits for any number of its threads, and no parallel
        region of torch's, which on a machine with other work takes longer than the step.

    Reference:
        Kingma and Ba (2015), arXiv:1412.6980; Loshchilov and Hutter (2019), arXiv:1711.05101.

    Example:
        >>> from gatewise.nn.sparse_embedding import SparseEmbedding
        >>> embedding = SparseEmbedding(5, 2)
        >>> before, optimizer = embedding.weight.detach().clone(), LazyAdam(embedding.parameters(), lr=0.1)
        >>> embedding(torch.tensor([3, 3])).sum().backward()
        >>> optimizer.step()
        >>> (embedding.weight.detach() - before)[:, 0].mul(10).round().tolist()
        [0.0, 0.0, 0.0, -1.0, 0.0]
    """

    def __init__(
        self,
        params: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        if isinstance(lr, torch.Tensor):
            raise ParameterError("lr is a tensor, wanted a float")
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, fused=True)

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Change all parameters that have a gradient.

        Args:
            closure: Makes the gradients and returns the loss, which is then returned; as in torch.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        seen_to = []
        try:
            for group in self.param_groups:
                for parameter in group["params"]:
                    gradient = parameter.grad
                    if gradient is not None and (gradient.is_sparse or _is_ours(parameter)):
                        self._change(parameter, group)
                        seen_to.append((parameter, gradient))
                        parameter.grad = None
            super().step()  # the others
        finally:
            for parameter, gradient in seen_to:
                parameter.grad = gradient
        return loss

    def _change(self, parameter: torch.Tensor, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        if not state:
            state["step"] = torch.zeros((), dtype=torch.float32)
            state["exp_avg"] = torch.zeros_like(parameter)
            state["exp_avg_sq"] = torch.zeros_like(parameter)
        state["step"] += 1
        beta1, beta2 = group["betas"]
        settings = AdamSettings(float(group["lr"]), beta1, beta2, group["eps"], group["weight_decay"])
        moments = (state["exp_avg"], state["exp_avg_sq"])
        adam_on_rows(parameter, moments, step=int(state["step"]), settings=settings)


def _is_ours(parameter: torch.Tensor) -> bool:
    """Whether a dense gradient can go the way of sparse ones."""
    is_known = parameter.dtype in (torch.float32, torch.float64) and 0 < parameter.numel() <= _MOST_NUMBERS
    return is_known and parameter.device.type == "cpu" and parameter.is_contiguous()
