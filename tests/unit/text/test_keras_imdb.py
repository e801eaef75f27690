"""KerasTokenizer reproduces keras.datasets.imdb, of which outputs printed in public are quoted here."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatewise.text.keras import KerasTokenizer

# imdb.load_data(num_words=10000): x_train[0]
FIRST_TRAIN = [
    *[1, 14, 22, 16, 43, 530, 973, 1622, 1385, 65, 458, 4468, 66, 3941, 4, 173, 36, 256, 5, 25, 100, 43, 838, 112],
    *[50, 670, 2, 9, 35, 480, 284, 5, 150, 4, 172, 112, 167, 2, 336, 385, 39, 4, 172, 4536, 1111, 17, 546, 38, 13],
    *[447, 4, 192, 50, 16, 6, 147, 2025, 19, 14, 22, 4, 1920, 4613, 469, 4, 22, 71, 87, 12, 16, 43, 530, 38, 76, 15],
    *[13, 1247, 4, 22, 17, 515, 17, 12, 16, 626, 18, 2, 5, 62, 386, 12, 8, 316, 8, 106, 5, 4, 2223, 5244, 16, 480],
    *[66, 3785, 33, 4, 130, 12, 16, 38, 619, 5, 25, 124, 51, 36, 135, 48, 25, 1415, 33, 6, 22, 12, 215, 28, 77, 52],
    *[5, 14, 407, 16, 82, 2, 8, 4, 107, 117, 5952, 15, 256, 4, 2, 7, 3766, 5, 723, 36, 71, 43, 530, 476, 26, 400],
    *[317, 46, 7, 4, 2, 1029, 13, 104, 88, 4, 381, 15, 297, 98, 32, 2071, 56, 26, 141, 6, 194, 7486, 18, 4, 226, 22],
    *[21, 134, 476, 26, 480, 5, 144, 30, 5535, 18, 51, 36, 28, 224, 92, 25, 104, 4, 226, 65, 16, 38, 1334, 88, 12],
    *[16, 283, 5, 16, 4472, 113, 103, 32, 15, 16, 5345, 19, 178, 32],
]
# imdb.load_data(num_words=20000): x_test[0]
FIRST_TEST = [
    *[1, 591, 202, 14, 31, 6, 717, 10, 10, 18142, 10698, 5, 4, 360, 7, 4, 177, 5760, 394, 354, 4, 123, 9, 1035, 1035],
    *[1035, 10, 10, 13, 92, 124, 89, 488, 7944, 100, 28, 1668, 14, 31, 23, 27, 7479, 29, 220, 468, 8, 124, 14, 286],
    *[170, 8, 157, 46, 5, 27, 239, 16, 179, 15387, 38, 32, 25, 7944, 451, 202, 14, 6, 717],
]


class Imdb:
    """The texts in the order of load_data, and the index."""

    def __init__(self, folder: Path) -> None:
        parquet = pytest.importorskip("pyarrow.parquet", reason="the real data are Parquet files")
        self.order = np.load(folder / "keras_order.npz")
        self.raw = {
            split: parquet.read_table(folder / f"{split}.parquet", columns=["text"]).column(0).to_pylist()
            for split in ("train", "test")
        }
        self.texts = {split: [self.raw[split][row] for row in self.order[f"{split}_rows"]] for split in self.raw}
        packed = (folder / "keras_imdb_word_index.json.gz").read_bytes()
        self.index: dict[str, int] = json.loads(gzip.decompress(packed))


@pytest.fixture(scope="module")
def imdb(real_data: Path) -> Imdb:
    if not (real_data / "imdb").is_dir():
        pytest.skip(f"no imdb in {real_data}")
    return Imdb(real_data / "imdb")


def _as_keras_does(text: str, index: dict[str, int], num_words: int, maxlen: int | None) -> list[int]:
    """Tokenizer.texts_to_sequences, load_data and pad_sequences, step by step as their sources have them."""
    lowered = "".join(chr(ord(letter) + 32) if "A" <= letter <= "Z" else letter for letter in text)
    blanks = dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', " ")
    words = [word for word in lowered.translate(str.maketrans(blanks)).split(" ") if word]
    shifted = [1] + [index[word] + 3 for word in words if word in index]
    ids = [id if id < num_words else 2 for id in shifted]
    if maxlen is None:
        return ids
    return [0] * (maxlen - len(ids)) + ids[-maxlen:]


def _encoded(tokenizer: KerasTokenizer, texts: list[str]) -> list[list[int]]:
    batch: Any = tokenizer.encode_batch(texts)
    return [batch[place].tolist() for place in range(len(batch))]


def test_first_reviews_are_those_keras_prints(imdb: Imdb) -> None:
    for split, num_words, printed in (("train", 10_000, FIRST_TRAIN), ("test", 20_000, FIRST_TEST)):
        tokenizer = KerasTokenizer.from_index(imdb.index, num_words=num_words)
        assert tokenizer.encode(imdb.texts[split][0]).ids.tolist() == printed


@pytest.mark.parametrize("maxlen", [None, 300])
def test_sample_of_reviews_is_encoded_as_keras_does(imdb: Imdb, maxlen: int | None) -> None:
    tokenizer = KerasTokenizer.from_index(imdb.index, num_words=5000, maxlen=maxlen)
    sample = imdb.texts["train"][::250] + imdb.texts["test"][::250]
    assert _encoded(tokenizer, sample) == [_as_keras_does(text, imdb.index, 5000, maxlen) for text in sample]


@pytest.mark.slow
def test_all_reviews_are_encoded_as_keras_does(imdb: Imdb) -> None:
    tokenizer = KerasTokenizer.from_index(imdb.index, num_words=5000)
    lengths = {}
    for split, texts in imdb.texts.items():
        ids = _encoded(tokenizer, texts)
        assert ids == [_as_keras_does(text, imdb.index, 5000, None) for text in texts]
        lengths[split] = [len(review) for review in ids]
    # as published for load_data()
    assert (np.mean(lengths["train"]), min(lengths["train"]), max(lengths["train"])) == (238.71364, 11, 2494)
    assert (np.mean(lengths["test"]), min(lengths["test"]), max(lengths["test"])) == (230.8042, 7, 2315)


@pytest.mark.slow
def test_training_finds_the_index_but_for_the_order_of_equally_frequent_words(imdb: Imdb) -> None:
    texts = [imdb.raw["train"][row] for row in imdb.order["train_npz_rows"]]
    trained = KerasTokenizer.train(texts, num_words=100_000, maxlen=None)
    ours = trained.vocabulary[4 : 4 + len(imdb.index)]
    theirs = sorted(imdb.index, key=lambda word: imdb.index[word])
    assert set(ours) == set(theirs)
    counts = Counter(word for words in trained.words_batch(texts) for word in words)
    assert [counts[word] for word in ours] == [counts[word] for word in theirs]
    assert ours[:228] == theirs[:228]  # "anything" and "guy", both 2,944 times, are the first that differ
