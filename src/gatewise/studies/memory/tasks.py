"""The tasks: fresh sequences from a generator, with the answers that are wanted.

Section numbers are those of Hochreiter and Schmidhuber (1997), Long short-term memory, Neural Computation 9(8). They
fix lengths; here each task takes a lag, which all its lengths follow: at the lags of the paper they are the paper's.
"""

from __future__ import annotations

import numpy as np

from gatewise.studies.memory.batch import (
    Batch,
    Places,
    Task,
    all_legal_first,
    classes_within,
    likeliest,
    one_hot,
    ragged,
    values_within,
)
from gatewise.studies.memory.reber import SYMBOLS, embedded_strings, legal_next

DISTRACTORS = 8  # p of task 2c. The paper takes 50 to 1,000 and finds fewer to be harder.
COPIED, CATEGORIES = 5, 8  # Arjovsky et al. (2016) copy ten out of eight; five are learnt in a minute.


def long_lag(generator: np.random.Generator, count: int, lag: int) -> Batch:
    """Task 2c, section 5.2: b, then x or y, then at least `lag` random distractors, then e; was it x or y?

    After `lag` distractors, each further symbol is e with probability 1/10, which ends the sequence.
    """
    e, b, x = DISTRACTORS, DISTRACTORS + 1, DISTRACTORS + 2
    answers = generator.integers(0, 2, count)
    offsets = ragged(lag + generator.geometric(0.1, count) + 2)
    symbols = generator.integers(0, DISTRACTORS, offsets[-1])
    symbols[offsets[:-1]], symbols[offsets[:-1] + 1], symbols[offsets[1:] - 1] = b, x + answers, e
    return Batch(one_hot(symbols, DISTRACTORS + 4), offsets, offsets[1:] - 1, answers)


def adding(generator: np.random.Generator, count: int, lag: int) -> Batch:
    """Section 5.4: of pairs (value in [-1, 1], marker), 0.5 + (X1 + X2) / 4 of the two that are marked by 1.

    T = 2 `lag` pairs at least, T + T/10 at most; the first marked one is among the first ten, the second among the
    first T/2 − 1 others. First and last have marker −1; where the first was to be marked, its X counts as zero.
    """
    rows, offsets, marked = _marked_pairs(generator, count, lag, low=-1.0)
    total = np.where(rows[marked, 1] > 0, rows[marked, 0], 0.0).sum(1)
    return Batch(rows, offsets, offsets[1:] - 1, (0.5 + total / 4)[:, None].astype(np.float32))


def multiplication(generator: np.random.Generator, count: int, lag: int) -> Batch:
    """Section 5.5: as `adding` with values in [0, 1] and their product; a first pair that was to be marked counts 1."""
    rows, offsets, marked = _marked_pairs(generator, count, lag, low=0.0)
    product = np.where(rows[marked, 1] > 0, rows[marked, 0], 1.0).prod(1)
    return Batch(rows, offsets, offsets[1:] - 1, product[:, None].astype(np.float32))


def _marked_pairs(
    generator: np.random.Generator, count: int, lag: int, *, low: float
) -> tuple[np.ndarray, Places, Places]:
    """Rows, offsets and the two marked rows ``[B, 2]`` of each sequence."""
    shortest = 2 * lag
    offsets = ragged(generator.integers(shortest, shortest + shortest // 10 + 1, count))
    values = generator.uniform(low, 1.0, offsets[-1])
    first = generator.integers(0, min(10, lag), count)
    second = generator.integers(0, lag - 1, count)
    second += second >= first  # One of those that are still unmarked.
    markers = np.zeros(offsets[-1])
    marked = offsets[:-1, None] + np.stack([first, second], 1)
    markers[marked] = 1
    markers[offsets[:-1]] = markers[offsets[1:] - 1] = -1
    return np.stack([values, markers], 1).astype(np.float32), offsets, marked


def temporal_order(generator: np.random.Generator, count: int, lag: int) -> Batch:
    """Task 6a, section 5.6: E, letters a to d at random, X or Y at two places, B; which of XX, XY, YX, YY?

    At T = 5/2 `lag`: length T to 1.1 T, places from T/10 to T/5 and from T/2 to 3T/5, so that at least 2/5 T = `lag`
    letters lie between the second and the end. The paper has T = 100.
    """
    T = 5 * lag // 2
    offsets = ragged(generator.integers(T, T + T // 10 + 1, count))
    symbols = generator.integers(0, 4, offsets[-1])
    answers = generator.integers(0, 4, count)
    X, start, trigger = 4, 6, 7
    symbols[offsets[:-1]], symbols[offsets[1:] - 1] = start, trigger
    symbols[offsets[:-1] + generator.integers(T // 10, T // 5 + 1, count)] = X + answers // 2
    symbols[offsets[:-1] + generator.integers(T // 2, 3 * T // 5 + 1, count)] = X + answers % 2
    return Batch(one_hot(symbols, 8), offsets, offsets[1:] - 1, answers)


def copy(generator: np.random.Generator, count: int, lag: int) -> Batch:
    """Five symbols out of eight, `lag` − 1 blanks, a delimiter, five blanks in which the five are to be given again.

    The copying memory problem of Arjovsky, Shah and Bengio (2016), arXiv:1511.06464, with five symbols in the place of
    ten; after Graves, Wayne and Danihelka (2014), arXiv:1410.5401, section 4.1, who copy without the blanks.
    """
    blank, delimiter = CATEGORIES, CATEGORIES + 1
    data = generator.integers(0, CATEGORIES, (count, COPIED))
    symbols = np.full((count, lag + 2 * COPIED), blank)
    symbols[:, :COPIED], symbols[:, COPIED + lag - 1] = data, delimiter
    offsets = ragged(np.full(count, symbols.shape[1]))
    at = (offsets[1:, None] - COPIED + np.arange(COPIED)).ravel()
    return Batch(one_hot(symbols.ravel(), CATEGORIES + 2), offsets, at, data.ravel())


def parity(generator: np.random.Generator, count: int, lag: int) -> Batch:
    """`lag` bits, one at a time as 1 or −1: is the number of ones odd? Asked after the last."""
    return _bits(generator, np.full(count, lag))


def parity_up_to(generator: np.random.Generator, count: int, lag: int) -> Batch:
    """As `parity` with 1 to `lag` bits: what the networks are trained on."""
    return _bits(generator, generator.integers(1, lag + 1, count))


def _bits(generator: np.random.Generator, lengths: Places) -> Batch:
    offsets = ragged(lengths)
    bits = generator.integers(0, 2, offsets[-1])
    ones = np.concatenate([[0], np.cumsum(bits)])
    answers = (ones[offsets[1:]] - ones[offsets[:-1]]) % 2
    return Batch((2.0 * bits - 1)[:, None].astype(np.float32), offsets, offsets[1:] - 1, answers)


def reber(generator: np.random.Generator, count: int, lag: int) -> Batch:
    """Section 5.1: strings of the embedded Reber grammar of at least `lag` symbols; after each, what may come next?

    The symbol before the last is the second one again. The shortest strings have nine symbols.
    """
    strings: list[str] = []
    while len(strings) < count:
        strings += [one for one in embedded_strings(generator, count) if len(one) >= lag]
    strings = strings[:count]
    lengths = np.array([len(one) for one in strings])
    symbols = np.array([SYMBOLS.index(letter) for letter in "".join(strings)])
    read, ends = ragged(lengths - 1), ragged(lengths)
    # The last symbol is only asked for, the first one only read.
    is_read, is_asked = np.ones(len(symbols), bool), np.ones(len(symbols), bool)
    is_read[ends[1:] - 1], is_asked[ends[:-1]] = False, False
    legal = np.concatenate([legal_next(one) for one in strings])
    return Batch(one_hot(symbols[is_read], len(SYMBOLS)), read, np.arange(read[-1]), symbols[is_asked], legal)


_HS = "Hochreiter & Schmidhuber 1997"
_EACH = "the error of each output is below"

TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task(
            name="long-lag noise",
            source=f"{_HS}, 5.2, task 2c",
            inputs=DISTRACTORS + 4,
            outputs=2,
            kind="classes",
            lag="least number of distractors after the symbol that is asked for",
            criterion=f"{_EACH} 0.2",
            draw=long_lag,
            judge=classes_within(0.2),
        ),
        Task(
            name="adding",
            source=f"{_HS}, 5.4",
            inputs=2,
            outputs=1,
            kind="values",
            lag="least number of steps after the second marked value, T/2",
            criterion="the error is below 0.04",
            draw=adding,
            judge=values_within(0.04),
        ),
        Task(
            name="multiplication",
            source=f"{_HS}, 5.5",
            inputs=2,
            outputs=1,
            kind="values",
            lag="least number of steps after the second marked value, T/2",
            criterion="the error is below 0.04",
            draw=multiplication,
            judge=values_within(0.04),
        ),
        Task(
            name="temporal order",
            source=f"{_HS}, 5.6, task 6a",
            inputs=8,
            outputs=4,
            kind="classes",
            lag="least number of steps after the second X or Y, 2/5 T",
            criterion=f"{_EACH} 0.3",
            draw=temporal_order,
            judge=classes_within(0.3),
        ),
        Task(
            name="copy",
            source="Arjovsky et al. 2016",
            inputs=CATEGORIES + 2,
            outputs=CATEGORIES,
            kind="classes",
            lag="number of steps from the last symbol to the delimiter",
            criterion="the likeliest symbols are right (ours)",
            draw=copy,
            judge=likeliest,
        ),
        Task(
            name="parity, bit by bit",
            source="Kalchbrenner et al. 2016, 4.1, there all bits at once",
            inputs=1,
            outputs=2,
            kind="classes",
            lag="number of bits",
            criterion="the likelier class is right (ours)",
            draw=parity,
            judge=likeliest,
            practise=parity_up_to,
        ),
        Task(
            name="embedded Reber",
            source=f"{_HS}, 5.1",
            inputs=len(SYMBOLS),
            outputs=len(SYMBOLS),
            kind="classes",
            lag="least length of a string",
            criterion="at every place all legal symbols are above all others",
            draw=reber,
            judge=all_legal_first,
        ),
    )
}
