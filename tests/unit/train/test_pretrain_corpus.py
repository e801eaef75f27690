"""The texts of a pre-training run: words by frequency, held-out documents apart, everything in files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_texts import TINY

from gatewise.data.leaks import text_keys
from gatewise.errors import DataError
from gatewise.train.pretrain import reading
from gatewise.train.pretrain.corpus import make_corpus, open_corpus
from gatewise.train.pretrain.held_out import held_out
from gatewise.train.pretrain.reading import number_texts
from gatewise.train.progress import QuietReporter

TEXTS = [f"word{number % 7} and word{number % 3} or other{number}" for number in range(60)]


def made(folder: Path, texts=TEXTS, **entries):
    recipe = TINY.with_options(**entries)
    return make_corpus(iter(texts), recipe, folder / "corpus", made_from={"texts": 1}, reporter=QuietReporter())


def documents(corpus, part) -> list[str]:
    return [
        " ".join(map(corpus.tokenizer.word, part.ids[begin:end]))
        for begin, end in zip(part.offsets[:-1], part.offsets[1:], strict=True)
    ]


def test_every_document_is_in_one_part_word_for_word(tmp_path):
    corpus = made(tmp_path)
    read = documents(corpus, corpus.train) + documents(corpus, corpus.held_out)
    unknown = [word for text in documents(corpus, corpus.held_out) for word in text.split() if word == "<unk>"]
    # Words of the held-out documents alone are not in the vocabulary.
    assert len(unknown) >= len(corpus.held_out) > 0
    assert len(read) == len(TEXTS)
    assert set(documents(corpus, corpus.train)) < set(TEXTS)
    assert corpus.counts.tolist() == np.bincount(corpus.train.ids, minlength=len(corpus.counts)).tolist()
    assert corpus.counts[0] == 0
    assert corpus.facts["held_out_words"] == len(corpus.held_out.ids)


def test_the_vocabulary_is_the_most_frequent_words_and_the_rest_is_unknown(tmp_path):
    corpus = made(tmp_path, max_words=3, min_count=2)
    counts: dict[str, int] = {}
    all_train = made(tmp_path / "whole", max_words=1000, min_count=1)
    for text in documents(all_train, all_train.train):
        for word in text.split():
            counts[word] = counts.get(word, 0) + 1
    best = sorted(counts, key=lambda word: (-counts[word], word))[:3]
    assert corpus.tokenizer.vocabulary == ["<unk>", *best]
    assert corpus.counts[1:].tolist() == [counts[word] for word in best]
    assert corpus.counts[0] == sum(counts.values()) - corpus.counts[1:].sum()


def test_what_is_in_memory_is_a_view_of_the_file(tmp_path):
    assert isinstance(made(tmp_path).train.ids, np.memmap)


def test_blocks_give_every_word_once_whatever_their_size(tmp_path, monkeypatch):
    texts = number_texts(iter(TEXTS), tmp_path / "words.bin", longest=4, tell=lambda told: None)
    whole = np.fromfile(texts.path, np.int32)
    for size in (1, 7, 1000):
        monkeypatch.setattr(reading, "_WORDS", size)
        blocks = list(texts.blocks())
        np.testing.assert_array_equal(np.concatenate([numbers for _, numbers in blocks]), whole)
        assert [texts.lengths[documents].sum() for documents, _ in blocks] == [len(numbers) for _, numbers in blocks]


def test_words_go_to_the_file_while_documents_come(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "_CHARACTERS", 1_000)
    path, sizes = tmp_path / "words.bin", []

    def documents_of_a_thousand_words():
        for number in range(20):
            sizes.append(path.stat().st_size)
            yield f"word{number} " * 1_000

    number_texts(documents_of_a_thousand_words(), path, longest=4_000, tell=lambda told: None)
    # All but the document before, and what the file's own buffer holds (8 kB).
    assert all(size >= 4_000 * (number - 1) - 8_192 for number, size in enumerate(sizes))
    assert sizes[-1] > 60_000


def test_long_documents_are_cut_into_pieces_of_about_equal_length(tmp_path):
    text = " ".join(f"w{number}" for number in range(11))
    texts = number_texts(iter([text, "a b", "alone", ""]), tmp_path / "words.bin", longest=4, tell=lambda told: None)
    assert texts.lengths.tolist() == [4, 4, 3, 2]
    assert len(set(texts.keys.tolist())) == 4
    assert texts.keys[0] == text_keys([text])[0]
    assert [texts.words[number] for number in np.fromfile(texts.path, np.int32)] == [*text.split(), "a", "b"]


def test_held_out_documents_are_those_of_the_smallest_keys_with_their_copies():
    keys = text_keys([f"text {number % 500}" for number in range(1000)])
    lengths = np.full(1000, 10)
    chosen = held_out(lengths, keys, share=0.1, words=10_000)
    # 500 different texts at 1/10: 50 expected, and 6 standard deviations are 40.
    assert 10 < len(set(keys[chosen])) < 90
    assert not set(keys[chosen]) & set(keys[~chosen])
    few = held_out(lengths, keys, share=0.1, words=100)
    assert 2 <= few.sum() <= 10
    assert chosen[few].all()
    # More text does not change the parts of the old.
    more = np.concatenate([keys, text_keys([f"other {number}" for number in range(1000)])])
    assert (held_out(np.full(2000, 10), more, share=0.1, words=100_000)[:1000] == chosen).all()


def test_one_document_is_held_out_of_a_few_however_long(tmp_path):
    assert held_out(np.array([50, 60, 70]), text_keys(["a", "b", "c"]), share=1e-6, words=2).sum() == 1
    assert len(made(tmp_path, TEXTS[:5], held_out=1e-6).held_out) == 1


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "no document has two words"),
        (["one", ""], "no document has two words"),
        (["one document alone"], "there is but one document"),
        (["the same text", "The  same text"], "all documents are copies of one"),
    ],
)
def test_too_little_text_is_refused_with_the_reason(tmp_path, texts, message):
    with pytest.raises(DataError, match=message):
        made(tmp_path, texts)


def test_a_corpus_that_was_not_finished_is_none(tmp_path):
    made(tmp_path)
    assert open_corpus(tmp_path / "corpus", made_from={"texts": 1}) is not None
    (tmp_path / "corpus" / "corpus.json").unlink()
    assert open_corpus(tmp_path / "corpus", made_from={"texts": 1}) is None
