"""The two tasks that the Grid LSTM was shown on: parity of a whole string at once, and addition digit by digit.

Reference: Kalchbrenner, Danihelka and Graves (2015), arXiv:1507.01526: 250-bit parity by a 1-D grid and addition of
15-digit numbers by a 2-D grid, both tied. What differs here is said at each task. No clock and no global randomness:
the same seed gives the same numbers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import nn

from gatewise.errors import ParameterError
from gatewise.nn.grid_lstm import GridLSTM
from gatewise.studies.memory.sums import SYMBOLS, Sums, draw_sums

ParityNetwork = Literal["grid", "tanh"]
CLIP = 1.0  # Norm that gradients are cut to.
WARMUP = 100  # Steps over which the learning rate rises.
HELD = 0.5  # Share of the steps before the learning rate begins to fall.
CHECK_EVERY = 250  # Steps between two looks at fresh examples.
CHECKED, TESTED = 1_000, 10_000  # Fresh examples at each look, and at the end.
EARNED, LESSON = 0.06, 25  # A further digit is earned by this mean loss over so many steps.
EASIER = 0.15  # Weight of each number of digits below the most, whose weight is 1.
PARITY_SOLVED, ADDITION_SOLVED = 0.999, 0.99


class _Deep(nn.Module):
    """The rival of the 1-D grid: tied tanh layers, as deep and as wide."""

    def __init__(self, bits: int, hidden: int, layers: int, generator: torch.Generator) -> None:
        super().__init__()
        self.entry, self.layer, self.layers = nn.Linear(bits, hidden), nn.Linear(hidden, hidden), layers
        nn.init.xavier_uniform_(self.entry.weight, generator=generator)
        nn.init.orthogonal_(self.layer.weight, generator=generator)
        nn.init.zeros_(self.entry.bias)
        nn.init.zeros_(self.layer.bias)

    def forward(self, x: torch.Tensor, offsets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        h = torch.tanh(self.entry(x))
        for _ in range(self.layers):
            h = torch.tanh(self.layer(h))
        return h, h


def grid_parity(
    *,
    bits: int = 20,
    seed: int = 0,
    network: ParityNetwork = "grid",
    hidden: int = 64,
    layers: int = 20,
    steps: int = 9_000,
    batch: int = 64,
    rate: float = 1.5e-3,
    varied: float = 0.5,
) -> dict[str, Any]:
    """Parity of a string that is seen as a whole: one vector of -1 and 1 through the depth of a tied 1-D grid.

    As in the paper nothing is fed bit by bit. What we add: of half of the strings trained on, each has a share of ones
    of its own, uniform from 0 to 1/2, so that some are easy. The other half, and the test, are uniform strings, as many
    ones as zeros to be expected. Strings are drawn anew all the time and not kept apart: 5,000 steps draw 160,000
    uniform strings, so that about one in seven of the 20-bit strings of the test has been seen.

    Args:
        bits: Length of the strings.
        seed: Of weights and strings.
        network: ``grid``, or ``tanh``: a feed-forward network of tied tanh layers of the same width and depth.
        hidden, layers: Width and depth.
        steps: Most steps of Adam; training ends when two looks in a row at new uniform strings find no mistake.
        batch: Strings a step.
        rate: Peak learning rate; it falls to zero over the second half of the steps.
        varied: Share of the strings trained on that have a varied share of ones.

    Returns:
        ``solved`` (at least 99.9 % of 10,000 new uniform strings right), ``accuracy`` on them, ``steps``,
        ``samples``, ``parameters``, and ``curve``: pairs of step and accuracy.

    Raises:
        ParameterError: An unknown network.

    Example:
        >>> sorted(grid_parity(bits=2, steps=1, layers=1))
        ['accuracy', 'curve', 'parameters', 'samples', 'solved', 'steps']
    """
    if network not in ("grid", "tanh"):
        raise ParameterError(f"network={network!r} must be 'grid' or 'tanh'")
    generator = torch.Generator().manual_seed(seed)
    body: nn.Module
    if network == "grid":
        body = GridLSTM(bits, hidden, layers=layers, dimensions=1, tied=True)
        body.reset_parameters(generator)
    else:
        body = _Deep(bits, hidden, layers, generator)
    head = _head(hidden, 2, generator)

    def answers(count: int, varied_share: float) -> tuple[torch.Tensor, torch.Tensor]:
        share = torch.full((count, 1), 0.5)
        easy = round(count * varied_share)
        share[:easy] = torch.rand(easy, 1, generator=generator) / 2
        ones = (torch.rand(count, bits, generator=generator) < share).float()
        hidden_top, _ = body(2 * ones - 1, torch.arange(count + 1))
        return head(hidden_top), ones.sum(1).long() % 2

    def loss() -> torch.Tensor:
        return nn.functional.cross_entropy(*answers(batch, varied))

    def measure(count: int) -> float:
        outputs, wanted = answers(count, 0.0)
        return (outputs.argmax(1) == wanted).double().mean().item()

    weights = [*body.parameters(), *head.parameters()]
    curve = _train(weights, loss, measure, steps=steps, rate=rate)
    with torch.no_grad():
        accuracy = measure(TESTED)
    return _report(weights, curve, accuracy, PARITY_SOLVED, batch)


def grid_addition(
    *,
    digits: int = 5,
    seed: int = 0,
    hidden: int = 96,
    layers: int = 2,
    steps: int = 18_000,
    batch: int = 64,
    rate: float = 5e-3,
    embedding: int = 16,
    tied: bool = True,
    is_reversed: bool = False,
) -> dict[str, Any]:
    """Addition of two numbers, read and answered symbol by symbol by a 2-D grid.

    For 3 digits (the first digit first, as in the paper)::

        - 1 2 3 - 8 9 9 - - - - -
                        1 0 2 2 -

    The answer's first digit is wanted when the second number has ended; what has been answered is not fed back. Every
    step draws fresh sums. Unlike in the paper there is a curriculum: training begins with one digit, and each time the
    loss has fallen below `EARNED` the next number of digits is added; most sums have the most digits there are by then,
    the others fewer. Only the answer's symbols count in the loss. The test is on sums of the full length.

    Args:
        digits: Of both numbers; neither begins with 0.
        seed: Of weights and sums.
        hidden, layers: Width and depth.
        steps: Most steps of Adam; training ends when two looks in a row at fresh sums find no mistake.
        batch: Sums a step.
        rate: Peak learning rate; it falls to zero over the second half of the steps.
        embedding: Width of the vectors that stand for the symbols.
        tied: All layers share their weights.
        is_reversed: Numbers and answers are written last digit first, which is an easier task than the paper's.

    Returns:
        ``solved`` (at least 99 % of 10,000 fresh sums right), ``accuracy`` on whole sums, ``digit_accuracy`` on their
        symbols, ``steps``, ``samples``, ``parameters``, and ``curve``: pairs of step and accuracy.

    Example:
        >>> grid_addition(digits=1, steps=1, hidden=4, layers=1)["samples"]
        64
    """
    generator = torch.Generator().manual_seed(seed)
    symbols = nn.Embedding(SYMBOLS, embedding)
    nn.init.normal_(symbols.weight, generator=generator)
    body = GridLSTM(embedding, hidden, layers=layers, tied=tied)
    body.reset_parameters(generator)
    head = _head(hidden, SYMBOLS, generator)
    lesson = _Lesson(digits)

    def answers(sums: Sums) -> torch.Tensor:
        top, _ = body(symbols(sums.symbols), sums.offsets)
        outputs: torch.Tensor = head(top[sums.at])
        return outputs

    def loss() -> torch.Tensor:
        sums = draw_sums(lesson.lengths(batch, generator), generator, is_reversed=is_reversed)
        value = nn.functional.cross_entropy(answers(sums), sums.answers)
        lesson.hear(value.item())
        return value

    def right(count: int) -> torch.Tensor:
        """``[count, digits + 2]``: which symbols of fresh sums are right."""
        sums = draw_sums(torch.full((count,), digits), generator, is_reversed=is_reversed)
        return (answers(sums).argmax(1) == sums.answers).view(count, -1)

    weights = [*symbols.parameters(), *body.parameters(), *head.parameters()]
    curve = _train(weights, loss, lambda count: right(count).all(1).double().mean().item(), steps=steps, rate=rate)
    with torch.no_grad():
        tested = right(TESTED)
    report = _report(weights, curve, tested.all(1).double().mean().item(), ADDITION_SOLVED, batch)
    return report | {"digit_accuracy": tested.double().mean().item()}


class _Lesson:
    """The curriculum of additions: how many digits there are by now."""

    def __init__(self, digits: int) -> None:
        self.digits, self.reached = digits, 1
        self.recent: deque[float] = deque(maxlen=LESSON)

    def lengths(self, count: int, generator: torch.Generator) -> torch.Tensor:
        shares = torch.full((self.reached,), EASIER)
        shares[-1] = 1.0
        return shares.multinomial(count, replacement=True, generator=generator) + 1

    def hear(self, loss: float) -> None:
        self.recent.append(loss)
        if self.reached < self.digits and len(self.recent) == LESSON and sum(self.recent) < EARNED * LESSON:
            self.reached += 1
            self.recent.clear()


def _head(hidden: int, outputs: int, generator: torch.Generator) -> nn.Linear:
    head = nn.Linear(hidden, outputs)
    nn.init.xavier_uniform_(head.weight, generator=generator)
    nn.init.zeros_(head.bias)
    return head


def _train(
    weights: list[nn.Parameter],
    loss: Callable[[], torch.Tensor],
    measure: Callable[[int], float],
    *,
    steps: int,
    rate: float,
) -> list[tuple[int, float]]:
    """Adam until two looks at fresh examples find no mistake, or `steps` are done: pairs of step and accuracy."""
    optimizer = torch.optim.Adam(weights, lr=rate)
    curve = []
    for step in range(1, steps + 1):
        left = min(1.0, (1 - step / steps) / (1 - HELD))
        optimizer.param_groups[0]["lr"] = rate * min(step / WARMUP, left)
        optimizer.zero_grad()
        loss().backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(weights, CLIP)
        optimizer.step()
        if step % CHECK_EVERY == 0 or step == steps:
            with torch.no_grad():
                curve.append((step, measure(CHECKED)))
            if [accuracy for _, accuracy in curve[-2:]] == [1.0, 1.0]:
                break
    return curve


def _report(
    weights: list[nn.Parameter], curve: list[tuple[int, float]], accuracy: float, wanted: float, batch: int
) -> dict[str, Any]:
    steps = curve[-1][0]
    return {
        "solved": accuracy >= wanted,
        "accuracy": accuracy,
        "steps": steps,
        "samples": steps * batch,
        "parameters": sum(weight.numel() for weight in weights),
        "curve": curve,
    }
