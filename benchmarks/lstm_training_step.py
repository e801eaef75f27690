"""A training step of one LSTM layer on sequences of equal length: ours in fp32 and bf16 beside ``torch.nn.LSTM``.

Forward, and backward from given gradients of the hidden states to all gradients, that of the input included.
Both sides read the same padded ``[B, T, E]`` tensor and leave ``[B, T, H]``: whatever they convert is in the timing.
Everything is measured twice: with the C library's memory as it comes, and asked to keep what is freed.
"""

from __future__ import annotations

import argparse

import torch
from torch import nn

from gatewise.nn import LSTM
from sidebyside import Figures, Way, conditions, finish, keep_memory, lstm_training_flops, our_sides, parser, take_turns

CASES = ((128, 300, 15, 10), (128, 600, 32, 100), (64, 400, 100, 128), (32, 250, 100, 256))
RIVALS, OURS = ("torch", "torch bf16 autocast"), ("ours", "ours bf16")


class Step:
    """A layer with an input and the gradient its output is given."""

    def __init__(self, layer: nn.Module, case: tuple[int, int, int, int], autocast: bool = False) -> None:
        batch, steps, inputs, hidden = case
        generator = torch.Generator().manual_seed(0)
        self.layer, self.autocast = layer, autocast
        self.x = torch.randn(batch, steps, inputs, generator=generator).requires_grad_()
        numbers = torch.randn(batch, steps, hidden, generator=generator) / 100
        # In the memory order of the side's own output, so that the loss costs neither side a transposition.
        self.numbers = torch.empty_like(self._forward()).copy_(numbers).detach()

    def _forward(self) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=self.autocast):
            hidden: torch.Tensor = self.layer(self.x)[0]
        return hidden.float()

    def __call__(self) -> None:
        """Forward and backward; gradients are new, not added to old ones."""
        self.layer.zero_grad(set_to_none=True)
        self.x.grad = None
        # Given the gradient of a loss, not a loss: torch's threads spin for a while after every small operation.
        self._forward().backward(self.numbers)  # type: ignore[no-untyped-call]

    def gradients(self) -> dict[str, torch.Tensor]:
        """Those of the last step, by name."""
        found = {name: parameter.grad for name, parameter in self.layer.named_parameters()}
        return {name: grad for name, grad in {**found, "x": self.x.grad}.items() if grad is not None}


def steps_of(case: tuple[int, int, int, int], options: argparse.Namespace) -> dict[str, Step]:
    """Every side with the same weights and input."""
    _, _, inputs, hidden = case
    torch.manual_seed(0)
    rival = nn.LSTM(inputs, hidden, batch_first=True)
    made = {"torch": Step(rival, case), "torch bf16 autocast": Step(rival, case, autocast=True)}
    for name, precision in our_sides(options).items():
        layer = LSTM(inputs, hidden, batch_first=True, precision=precision)
        layer.load_state_dict(rival.state_dict())
        made[name] = Step(layer, case)
    return made


def differences(steps: dict[str, Step]) -> Figures:
    """Largest difference of each side's gradients from torch's, as a share of the largest entry of that gradient."""
    gradients: dict[str, dict[str, torch.Tensor]] = {}
    for name, step in steps.items():
        step()
        gradients[name] = {key: grad.clone() for key, grad in step.gradients().items()}
    truth = gradients.pop("torch")
    return {
        name: max(((own[key] - grad).abs().max() / grad.abs().max()).item() for key, grad in truth.items())
        for name, own in gradients.items()
    }


def measure(case: tuple[int, int, int, int], options: argparse.Namespace) -> Figures:
    """One case: seconds, operations a second and ratios."""
    batch, length, inputs, hidden = case
    print(f"(B, T, E, H) = {case}", flush=True)
    steps = steps_of(case, options)
    off = differences(steps)
    ways = [Way(name, threads, step) for threads in options.threads for name, step in steps.items()]
    measured = take_turns(ways, options.rounds)
    flops = lstm_training_flops(batch * length, inputs, hidden)
    return {
        "batch_time_inputs_hidden": case,
        "seconds": measured.table(),
        "gigaflops_per_second": {name: flops / min(own) / 1e9 for name, own in measured.seconds.items()},
        "ratios": measured.ratios(RIVALS, OURS),
        "largest_relative_difference_of_gradients_from_torch": off,
    }


def measure_all(options: argparse.Namespace) -> list[Figures]:
    """Every case asked for."""
    return [measure(CASES[number], options) for number in options.case]


def main() -> None:
    """All cases with the memory as it comes, then with freed memory kept; the other order is not possible."""
    own = parser(__doc__, rounds=15)
    own.add_argument("--case", type=int, nargs="+", choices=range(len(CASES)), default=list(range(len(CASES))))
    own.add_argument("--once", action="store_true", help="only with the memory as it comes")
    options = own.parse_args()
    figures = conditions(options)
    if not options.keep_memory:
        figures["memory_as_it_comes"] = measure_all(options)
    if options.keep_memory or not options.once:
        figures["freed_memory_kept"] = keep_memory()
        figures["memory_kept"] = measure_all(options)
    finish("lstm_training_step", options, figures)


if __name__ == "__main__":
    main()
