from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewise.data.examples import Examples
from gatewise.data.leaks import conflicts, find_repeats, overlap, text_keys
from gatewise.data.split import holdout, split_groups
from gatewise.data.survey import survey
from gatewise.errors import DataError, ParameterError


def test_keys_are_the_same_in_another_process_with_another_hash_seed() -> None:
    code = "from gatewise.data.leaks import text_keys; print(text_keys(['Ein  Text', 'é']).tolist())"
    env = {"PYTHONHASHSEED": "12345", "PYTHONPATH": ":".join(sys.path)}
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True).stdout
    assert found.strip() == str(text_keys(["Ein  Text", "é"]).tolist())


def test_keys_do_not_change_between_releases() -> None:
    # Models store the keys of their training texts; another way of hashing would make old models blind to leaks.
    assert text_keys(["A fine film"]).tolist() == [18019493876106606402]
    assert text_keys([]).shape == (0,)


def test_half_surrogates_have_a_key() -> None:
    assert text_keys(["a\ud800"])[0] != text_keys(["a"])[0]


def test_repeats_point_to_the_first() -> None:
    repeats = find_repeats(text_keys(["x", "y", "X ", "y", "z", "x"]))
    assert (repeats.unique, repeats.extra) == (3, 3)
    assert repeats.first.tolist() == [0, 1, 0, 1, 4, 0]


def test_overlap_marks_the_first_set() -> None:
    assert overlap(text_keys(["a", "b", "c"]), text_keys(["B", "d"])).tolist() == [False, True, False]


def test_conflicts_need_two_labels() -> None:
    assert conflicts(text_keys(["a", "a", "b", "b"]), [1, 1, 1, 2]).tolist() == [False, False, True, True]
    assert conflicts(text_keys([]), []).tolist() == []


def _films(count: int, per_film: int, seed: int = 0) -> Examples:
    random = np.random.default_rng(seed)
    n = count * per_film
    return Examples(
        [f"text {row}" for row in range(n)],
        ["pos" if chance < 0.3 else "neg" for chance in random.random(n)],
        groups=random.integers(0, count, n),
    )


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5, 0.9])
def test_split_keeps_groups_together_and_labels_mixed(share: float) -> None:
    examples = _films(300, 8)
    train, held = holdout(examples, share, seed=3)
    assert train.groups is not None
    assert held.groups is not None
    assert not set(train.groups.tolist()) & set(held.groups.tolist())
    assert abs(len(held) / len(examples) - share) < 0.01
    assert abs(held.labels.count("pos") / len(held) - examples.labels.count("pos") / len(examples)) < 0.03


def test_split_is_the_same_for_the_same_seed_and_differs_for_another() -> None:
    examples = _films(100, 5)
    first, again, other = (split_groups(examples, 0.2, seed)[1].tolist() for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_split_order_is_fixed_for_all_time() -> None:
    # A published figure names a seed; the rows behind it must not change.
    assert split_groups(Examples([str(n) for n in range(12)], [n % 2 for n in range(12)]), 0.25, 0)[1].tolist() == [
        2,
        3,
    ]


def test_equal_texts_stay_together_across_groups() -> None:
    texts = ["same", "a", "Same ", "b", "c", "d"]
    examples = Examples(texts, ["x"] * 6, groups=np.array([1, 1, 2, 2, 3, 4]))
    for seed in range(20):
        _, held = split_groups(examples, 0.4, seed)
        assert len({row in held for row in (0, 1, 2, 3)}) == 1


def test_split_without_groups_and_labels() -> None:
    train, held = holdout(Examples([f"t{n}" for n in range(100)], []), 0.1, 0)
    assert (len(train), len(held)) == (90, 10)
    assert train.labels == []


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4), st.booleans()), min_size=1, max_size=60), st.integers(0, 9)
)
def test_split_is_a_partition_that_ties_groups_and_texts(rows: list[tuple[int, int, bool]], seed: int) -> None:
    examples = Examples(
        [f"t{text}" for _, text, _ in rows],
        [int(label) for *_, label in rows],
        groups=np.array([g for g, _, _ in rows]),
    )
    try:
        train, held = split_groups(examples, 0.3, seed)
    except DataError:
        return
    assert sorted([*train.tolist(), *held.tolist()]) == list(range(len(rows)))
    assert len(train)
    assert len(held)
    for column in (0, 1):
        assert not {rows[row][column] for row in train.tolist()} & {rows[row][column] for row in held.tolist()}


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, float("nan")])
def test_impossible_share_is_named(share: float) -> None:
    with pytest.raises(ParameterError, match="share is"):
        split_groups(_films(3, 2), share, 0)


def test_impossible_seed_is_named() -> None:
    with pytest.raises(ParameterError, match="seed is -1"):
        split_groups(_films(3, 2), 0.5, -1)


def test_one_group_cannot_be_split() -> None:
    with pytest.raises(DataError, match="one text or one group"):
        split_groups(Examples(["a", "b"], ["x", "y"], groups=np.array([1, 1])), 0.5, 0)


def test_survey_warns_of_what_matters() -> None:
    found = survey(Examples(["a b", "c", "C"], ["Pos", "pos", "neg"], source="x"))
    assert found.conflicting == 2
    assert found.repeats == 1
    assert any("differ only in case: Pos, pos" in warning for warning in found.warnings())
    one = survey(Examples(["a"] * 20, ["x"] * 20))
    assert one.warnings() == ["only one class: nothing can be learned from it"]


def test_select_keeps_every_column_aligned() -> None:
    examples = Examples(
        ["a", "b", "c"], [1, 2, 3], np.array([1.0, np.nan, 3.0]), np.array([7, 8, 9]), ["i", "j", "k"], "s"
    )
    chosen = examples.select(np.array([2, 0]))
    assert (chosen.texts, chosen.labels, chosen.ids, chosen.source) == (["c", "a"], [3, 1], ["k", "i"], "s")
    assert chosen.stars.tolist() == [3.0, 1.0]
    assert chosen.groups.tolist() == [9, 7]


def test_classes_are_sorted_by_value_or_alphabet() -> None:
    assert Examples(["a"] * 3, [10, 9, -1]).classes() == (-1, 9, 10)
    assert Examples(["a"] * 3, ["b", "a", "B"]).classes() == ("B", "a", "b")
