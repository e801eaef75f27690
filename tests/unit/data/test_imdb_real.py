"""The published figures of the IMDB data set, from the real files; skipped where these are absent."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from gatewise.data.examples import Examples
from gatewise.data.imdb import import_imdb, load_imdb
from gatewise.data.leaks import conflicts, find_repeats, overlap, text_keys
from gatewise.data.split import split_groups

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def splits(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Examples]:
    pytest.importorskip("pyarrow")
    if not (real_data / "imdb" / "unsup.parquet").is_file():
        pytest.skip("no IMDB Parquet files")
    folder = tmp_path_factory.mktemp("imdb")
    report = import_imdb(real_data / "imdb", folder=folder)
    assert report.rows == {"train": 25_000, "test": 25_000, "unsup": 50_000}
    assert report.altered == ()
    return {split: load_imdb(split, folder=folder) for split in report.rows} | {"folder": folder}


def test_stars_are_those_published(splits: dict[str, Examples]) -> None:
    expected = {
        "train": [5100, 2284, 2420, 2696, 2496, 3009, 2263, 4732],
        "test": [5022, 2302, 2541, 2635, 2307, 2850, 2344, 4999],
    }
    for split, counts in expected.items():
        stars, found = np.unique(splits[split].stars, return_counts=True)
        assert stars.tolist() == [1, 2, 3, 4, 7, 8, 9, 10]
        assert found.tolist() == counts
        assert splits[split].labels == ["neg"] * 12_500 + ["pos"] * 12_500


def test_repeats_and_leaks_are_those_published(splits: dict[str, Examples]) -> None:
    keys = {split: text_keys(splits[split].texts) for split in ("train", "test", "unsup")}
    assert {split: find_repeats(keys[split]).extra for split in keys} == {"train": 96, "test": 199, "unsup": 493}
    assert overlap(keys["test"], keys["train"]).sum() == 123
    assert overlap(keys["unsup"], keys["train"]).sum() == 371
    assert overlap(keys["unsup"], keys["test"]).sum() == 270
    both = np.concatenate([keys["train"], keys["test"]])
    assert not conflicts(both, splits["train"].labels + splits["test"].labels).any()


def test_movies_are_those_published(splits: dict[str, Examples]) -> None:
    movies = {split: set(splits[split].groups.tolist()) for split in ("train", "test", "unsup")}
    assert [len(movies[split]) for split in ("train", "test", "unsup")] == [3456, 3581, 7091]
    assert movies["train"] & movies["test"] == {406816}


def test_development_split_shares_no_movie_and_no_text(splits: dict[str, Examples]) -> None:
    train = splits["train"]
    kept, held = split_groups(train, 0.1, seed=0)
    assert len(kept) + len(held) == 25_000
    # Movies have up to 30 reviews, mostly of one label, so the wanted 2,500 and 1,250 cannot be met exactly.
    assert abs(len(held) - 2500) <= 100
    assert abs(sum(train.labels[row] == "pos" for row in held.tolist()) - 1250) <= 75
    assert not set(train.groups[kept].tolist()) & set(train.groups[held].tolist())
    keys = text_keys(train.texts)
    assert not overlap(keys[kept], keys[held]).any()


def test_labelled_reviews_load_in_two_seconds(splits: dict[str, Examples]) -> None:
    started = time.process_time()
    load_imdb("train", folder=splits["folder"])
    assert time.process_time() - started < 2.0
