"""Sums to be worked out symbol by symbol, in the form of the Grid LSTM paper (arXiv:1507.01526, addition)."""

from __future__ import annotations

from dataclasses import dataclass

import torch

DASH, SYMBOLS = 10, 11  # The ten digits are 0 to 9.


@dataclass(frozen=True)
class Sums:
    """A ragged batch of sums, ordered by their number of digits.

    Attributes:
        symbols: ``[N]``: what is read.
        offsets: ``[B + 1]``.
        at: ``[M]``: the rows after which a symbol of the answer is wanted.
        answers: ``[M]``: that symbol.
    """

    symbols: torch.Tensor
    offsets: torch.Tensor
    at: torch.Tensor
    answers: torch.Tensor


def draw_sums(lengths: torch.Tensor, generator: torch.Generator, *, is_reversed: bool = False) -> Sums:
    """Draw sums of two numbers that do not begin with 0 (numbers of one digit may be 0).

    Of n digits, 3n + 4 symbols are read: a dash, a number, a dash, a number, and dashes; the answer begins at the first
    of these and is n + 2 symbols long: the sum, and dashes to its right.

    Args:
        lengths: ``[B]``: digits of the numbers.
        generator: Source of randomness.
        is_reversed: All numbers last digit first.

    Example:
        >>> draw_sums(torch.tensor([2, 1]), torch.Generator().manual_seed(0)).offsets.tolist()
        [0, 7, 17]
    """
    read, at, answers, sizes, begin = [], [], [], [0], 0
    for digits, count in zip(*(found.tolist() for found in torch.unique(lengths, return_counts=True)), strict=True):
        size = 3 * digits + 4
        rows, wanted = _of_length(digits, count, generator, is_reversed)
        places = torch.arange(2 * digits + 2, size) + size * torch.arange(count)[:, None]
        read.append(rows.flatten())
        at.append(begin + places.flatten())
        answers.append(wanted.flatten())
        sizes += [size] * count
        begin += size * count
    return Sums(torch.cat(read), torch.tensor(sizes).cumsum(0), torch.cat(at), torch.cat(answers))


def _of_length(
    digits: int, count: int, generator: torch.Generator, is_reversed: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """What is read ``[count, 3n + 4]`` and answered ``[count, n + 2]``."""
    least = 10 ** (digits - 1) if digits > 1 else 0
    first, second = torch.randint(least, 10**digits, (2, count), generator=generator)
    read = torch.full((count, 3 * digits + 4), DASH)
    read[:, 1 : digits + 1] = _written(first, digits, is_reversed)
    read[:, digits + 2 : 2 * digits + 2] = _written(second, digits, is_reversed)
    total = first + second
    is_long = (total >= 10**digits)[:, None]
    answer = torch.full((count, digits + 2), DASH)
    answer[:, :digits] = _written(total, digits, is_reversed)
    answer[:, : digits + 1] = torch.where(is_long, _written(total, digits + 1, is_reversed), answer[:, : digits + 1])
    return read, answer


def _written(numbers: torch.Tensor, digits: int, is_reversed: bool) -> torch.Tensor:
    powers = 10 ** torch.arange(digits)
    return numbers[:, None] // (powers if is_reversed else powers.flip(0)) % 10
