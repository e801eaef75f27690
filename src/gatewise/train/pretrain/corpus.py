"""The texts of a run as word ids in files, of which only what is read is in memory."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.errors import DataError, TrainingError
from gatewise.store.atomic import sha256_file, write_bytes
from gatewise.text.rules import UNKNOWN
from gatewise.text.tokenizer import WordTokenizer, tokenizer_from_json
from gatewise.text.vocabulary import most_frequent
from gatewise.train.pretrain.held_out import held_out
from gatewise.train.pretrain.reading import Ids, NumberedTexts, Numbers, number_texts
from gatewise.train.pretrain.recipe import PretrainRecipe
from gatewise.train.progress import Reporter
from gatewise.train.same_run import check_identity

_FORMAT = 1
_DESCRIPTION, _TOKENIZER, _COUNTS = "corpus.json", "tokenizer.json", "counts.bin"
_TRAIN, _HELD_OUT = "train", "held_out"
_FILES = (_TOKENIZER, _COUNTS, *(f"{part}_{kind}.bin" for part in (_TRAIN, _HELD_OUT) for kind in ("ids", "offsets")))


@dataclass(frozen=True)
class Part:
    """Documents as word ids.

    Attributes:
        ids: ``[M]`` int32, one document after the other.
        offsets: ``[D + 1]`` int64, where each begins.
    """

    ids: Ids
    offsets: Numbers

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def predicted(self) -> int:
        """Words to predict: all but the first one of each document."""
        return int(self.offsets[-1]) - len(self)

    def reversed(self) -> Part:
        """The same documents, each from its last word to its first, in reversed order.

        Example:
            >>> part = Part(np.array([1, 2, 3, 4, 5], np.int32), np.array([0, 2, 5])).reversed()
            >>> part.ids.tolist(), part.offsets.tolist()
            ([5, 4, 3, 2, 1], [0, 3, 5])
        """
        return Part(self.ids[::-1], self.offsets[-1] - self.offsets[::-1])


@dataclass(frozen=True)
class PretrainCorpus:
    """What a run reads.

    Attributes:
        tokenizer: Its vocabulary comes from the training documents alone, or from another encoder.
        train: Documents to learn from.
        held_out: Documents to measure on; no copy of one of them is in `train`.
        counts: ``[V]`` int64, how often each word occurs in `train`.
        facts: Figures for metrics.json.
        digest: SHA-256 of all files.
    """

    tokenizer: WordTokenizer
    train: Part
    held_out: Part
    counts: Numbers
    facts: dict[str, Any]
    digest: str


def make_corpus(
    documents: Iterable[str],
    recipe: PretrainRecipe,
    folder: Path,
    *,
    made_from: dict[str, Any],
    tokenizer: WordTokenizer | None = None,
    reporter: Reporter,
) -> PretrainCorpus:
    """Number the words, hold documents out, learn the vocabulary from the others, and write all to `folder`.

    Args:
        documents: Texts, read once.
        recipe: Says what to hold out, how long a document may be, and how many words to know.
        folder: Made anew; what it held is removed.
        made_from: JSON values that tell this corpus from others, for `open_corpus`.
        tokenizer: One to use instead of counting a vocabulary.
        reporter: Hears of the progress.

    Raises:
        DataError: No document is left to learn from, or no word is frequent enough.
        TrainingError: The folder cannot be written.

    Notes:
        Memory grows with the different words and by some 30 bytes a document; the disk holds 8 bytes a word for a
        while, then 4.
    """
    with _writing(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        texts = number_texts(
            documents, folder / "words.bin", longest=recipe.longest, tokenizer=tokenizer, tell=reporter.message
        )
        is_held_out = held_out(texts.lengths, texts.keys, share=recipe.held_out, words=recipe.held_out_words)
        _check_enough(is_held_out)
        ids, tokenizer = _ids_of_numbers(texts, is_held_out, tokenizer, recipe)
        counts = _write_part(folder, _TRAIN, texts, ~is_held_out, ids, tokenizer.vocabulary_size)
        _write_part(folder, _HELD_OUT, texts, is_held_out, ids, tokenizer.vocabulary_size)
        texts.path.unlink()
        counts.astype("<i8").tofile(folder / _COUNTS)
        (folder / _TOKENIZER).write_text(tokenizer.to_json(), encoding="utf-8")
        facts = {
            "documents": int((~is_held_out).sum()),
            "words": int(counts.sum()),
            "unknown_share": float(counts[tokenizer.unknown_id] / counts.sum()),
            "held_out_documents": int(is_held_out.sum()),
            "held_out_words": int(texts.lengths[is_held_out].sum()),
        }
        content = {"format": _FORMAT, "made_from": made_from, "facts": facts, "sha256": _digests(folder)}
        write_bytes(folder / _DESCRIPTION, json.dumps(content).encode())
    return _opened(folder, content)


def open_corpus(folder: Path, *, made_from: dict[str, Any]) -> PretrainCorpus | None:
    """The corpus in `folder`; None where there is no whole one.

    Raises:
        TrainingError: It is damaged, or was made from something else.
    """
    try:
        content = json.loads((folder / _DESCRIPTION).read_bytes())
        if content["format"] != _FORMAT:
            raise ValueError("its format is unknown")
        check_identity(content["made_from"], made_from)
        differing = [name for name, digest in _digests(folder).items() if content["sha256"][name] != digest]
        if differing:
            raise ValueError(f"{differing[0]} is not what was written")
        return _opened(folder, content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise TrainingError(
            f"the texts kept for --resume are damaged: {problem}", where=str(folder), hint="--overwrite begins anew"
        ) from problem


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise TrainingError(
            f"the texts cannot be kept for training: {problem.strerror or problem}",
            where=str(folder),
            hint="choose an --out folder with room for 8 bytes a word",
        ) from problem


def _check_enough(is_held_out: npt.NDArray[np.bool_]) -> None:
    if is_held_out.all():
        what = "all documents are copies of one" if len(is_held_out) > 1 else "there is but one document"
        raise DataError(
            f"nothing is left to learn from: {what}" if len(is_held_out) else "no document has two words",
            hint="some documents are held out to measure on; those of a .txt file are separated by blank lines",
        )


def _ids_of_numbers(
    texts: NumberedTexts, is_held_out: npt.NDArray[np.bool_], tokenizer: WordTokenizer | None, recipe: PretrainRecipe
) -> tuple[Ids, WordTokenizer]:
    """The id of each number, ``[numbers]``, and the tokenizer that gives these ids."""
    if tokenizer is not None:
        return np.arange(tokenizer.vocabulary_size, dtype=np.int32), tokenizer
    counts = np.zeros(len(texts.words), np.int64)
    for documents, numbers in texts.blocks():
        is_out = np.repeat(is_held_out[documents], texts.lengths[documents])
        counts += np.bincount(numbers[~is_out], minlength=len(counts))
    found = Counter(dict(zip(texts.words, counts.tolist(), strict=True)))
    known = WordTokenizer([UNKNOWN, *most_frequent(found, max_words=recipe.max_words, min_count=recipe.min_count)])
    return np.array([known.id_of(word) for word in texts.words], np.int32), known


def _write_part(
    folder: Path, name: str, texts: NumberedTexts, is_chosen: npt.NDArray[np.bool_], ids: Ids, vocabulary: int
) -> Numbers:
    """Write the documents chosen, and count their words, ``[V]``."""
    counts = np.zeros(vocabulary, np.int64)
    with (folder / f"{name}_ids.bin").open("wb") as file:
        for documents, numbers in texts.blocks():
            chosen = ids[numbers[np.repeat(is_chosen[documents], texts.lengths[documents])]]
            counts += np.bincount(chosen, minlength=vocabulary)
            file.write(chosen.astype("<i4").tobytes())
    offsets = np.concatenate([[0], texts.lengths[is_chosen].cumsum()])
    offsets.astype("<i8").tofile(folder / f"{name}_offsets.bin")
    return counts


def _digests(folder: Path) -> dict[str, str]:
    return {name: sha256_file(folder / name) for name in _FILES}


def _opened(folder: Path, content: dict[str, Any]) -> PretrainCorpus:
    tokenizer = tokenizer_from_json((folder / _TOKENIZER).read_text(encoding="utf-8"))
    if not isinstance(tokenizer, WordTokenizer):
        raise TypeError("its tokenizer is none of words")
    return PretrainCorpus(
        tokenizer,
        _part(folder, _TRAIN),
        _part(folder, _HELD_OUT),
        np.fromfile(folder / _COUNTS, "<i8"),
        content["facts"],
        hashlib.sha256(json.dumps(content["sha256"], sort_keys=True).encode()).hexdigest(),
    )


def _part(folder: Path, name: str) -> Part:
    ids, offsets = folder / f"{name}_ids.bin", folder / f"{name}_offsets.bin"
    return Part(np.memmap(ids, "<i4", mode="r"), np.fromfile(offsets, "<i8"))
