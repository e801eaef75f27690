"""Texts to ids exactly as `keras.datasets.imdb` has them, for models that must be comparable with Keras ones."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.errors import DataError, ParameterError
from gatewise.text.encoding import Encoding, clean, clean_all
from gatewise.text.ragged import Ragged
from gatewise.text.vocabulary import MAX_WORD_CHARACTERS, MAX_WORDS, by_number, check_range, check_words

KERAS_FORMAT = "gatewise-keras-words"
KERAS_FORMAT_VERSION = 1
PAD, START, OOV, FIRST_WORD = 0, 1, 2, 4
MAX_LENGTH = 100_000
"""Longest `maxlen`: every text, however short, would take that many tokens."""

_SPECIAL = ("<pad>", "<start>", "<unk>", "<unused>")
# A word is what lies between these characters; the apostrophe is not among them, nor is any white space but three.
WORD = re.compile(r'[^\t\n !"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~]+')
# imdb.npz was made from byte strings, whose lower() knows A to Z only: É stays É.
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


class KerasTokenizer:
    """Words as the Keras Tokenizer splits them, numbered as `keras.datasets.imdb.load_data` does.

    Id 0 is padding, 1 the start of every text, 2 stands for words whose id would reach `num_words`, 3 is never used,
    and 4 is the most frequent word. Words that are not in the index at all are dropped, not replaced by 2, as Keras
    does. With `maxlen`, texts have exactly that many ids: zeros before the shorter ones (real tokens, which the network
    reads), and the first ids of the longer ones cut off, the start among them.

    Args:
        ranked: The words of the index, the most frequent first.
        num_words: Number of ids, at least 5; each id is smaller.
        maxlen: Ids in every text, or None for as many as it has.

    Raises:
        ParameterError: A bound is out of range, or `ranked` holds a word twice or an impossible one.

    Notes:
        Immutable and thread-safe; linear in the characters of the text.

    Example:
        >>> tokenizer = KerasTokenizer(["the", "film", "good"], num_words=6, maxlen=6)
        >>> tokenizer.encode("The good, GOOD film").ids.tolist()
        [0, 1, 4, 2, 2, 5]
        >>> tokenizer.encode("unheard-of film").words
        ['<pad>', '<pad>', '<pad>', '<pad>', '<start>', 'film']
    """

    kind = "keras"
    unknown_id = OOV

    def __init__(self, ranked: Sequence[str], *, num_words: int = 5000, maxlen: int | None = None) -> None:
        check_range("num_words", num_words, FIRST_WORD + 1, MAX_WORDS)
        if maxlen is not None:
            check_range("maxlen", maxlen, 1, MAX_LENGTH)
        check_words(ranked)
        self._ranked = list(ranked)
        self.num_words = num_words
        self.maxlen = maxlen
        self._ids = {word: id if id < num_words else OOV for id, word in enumerate(self._ranked, FIRST_WORD)}

    def without_maxlen(self) -> KerasTokenizer:
        """The same words with neither padding nor cutting."""
        return KerasTokenizer(self._ranked, num_words=self.num_words)

    @classmethod
    def train(cls, texts: Iterable[str], *, num_words: int = 5000, maxlen: int | None = 300) -> KerasTokenizer:
        """Rank the words of texts by frequency, equally frequent ones in the order they first occur, as Keras does.

        Words of more than 100 characters are left out of the index.

        Raises:
            ParameterError: A bound is out of range, or a text is not a str.
            DataError: The texts hold no word.

        Notes:
            The index that Keras distributes for IMDB orders equally frequent words in a way of its own; `from_index`
            takes it.
        """
        counts: Counter[str] = Counter()
        for text in clean_all(texts):
            counts.update(_split(text))
        ranked = [word for word, _ in counts.most_common() if len(word) <= MAX_WORD_CHARACTERS]
        if not ranked:
            raise DataError("the texts hold no word")
        return cls(ranked[:MAX_WORDS], num_words=num_words, maxlen=maxlen)

    @classmethod
    def from_index(
        cls, word_index: Mapping[str, int], *, num_words: int = 5000, maxlen: int | None = None
    ) -> KerasTokenizer:
        """Take the ranks from an index as `keras.datasets.imdb.get_word_index` gives it: word to rank, from 1.

        Raises:
            ParameterError: The ranks are not 1, 2, ... each once, or a bound is out of range.
        """
        return cls(by_number(dict(word_index), first=1), num_words=num_words, maxlen=maxlen)

    def encode(self, text: str) -> Encoding:
        """One text as ids, words and offsets; padding and start have the offsets ``[0, 0]``.

        Args:
            text: Any str. A lone surrogate counts as U+FFFD.

        Raises:
            ParameterError: `text` is not a str.
        """
        found = list(WORD.finditer(clean(text)))
        words = [match.group().translate(_LOWER) for match in found]
        known = [place for place, word in enumerate(words) if word in self._ids]
        ids = self._fit([START, *(self._ids[words[place]] for place in known)])
        begin = len(ids) - len(known)  # negative where words are cut off
        kept = known[max(0, -begin) :]
        specials = [_SPECIAL[id] for id in ids[: len(ids) - len(kept)].tolist()]
        spans = [(0, 0)] * len(specials) + [found[place].span() for place in kept]
        offsets = np.array(spans, dtype=np.int64).reshape(len(ids), 2)
        return Encoding(ids, specials + [words[place] for place in kept], offsets)

    def encode_batch(self, texts: Iterable[str]) -> Ragged:
        """The ids of many texts, equal to those of `encode`, without words and offsets and faster.

        Raises:
            ParameterError: `texts` is one str, or holds something else than str (its number is named).
        """
        ids = self._ids
        return Ragged.from_lists(
            [self._fit([START, *(ids[word] for word in _split(text) if word in ids)]) for text in clean_all(texts)]
        )

    def words(self, text: str) -> list[str]:
        """The words of a text, known or not, without start and padding.

        Example:
            >>> KerasTokenizer(["film"]).words("Don't watch this FILM!")
            ["don't", 'watch', 'this', 'film']
        """
        return _split(clean(text))

    def words_batch(self, texts: Iterable[str]) -> list[list[str]]:
        """The words of many texts, known or not, without start and padding."""
        return [_split(text) for text in clean_all(texts)]

    @property
    def vocabulary_size(self) -> int:
        """Number of ids: `num_words`, also where the index is too short to use them all."""
        return self.num_words

    @property
    def vocabulary(self) -> list[str]:
        """The words by id: the special ones, then the most frequent, then ``<unused>`` for ids without a word."""
        listed = [*_SPECIAL, *self._ranked][: self.num_words]
        return listed + ["<unused>"] * (self.num_words - len(listed))

    def word(self, id: int) -> str:
        """The word with this id.

        Raises:
            ParameterError: `id` is not in ``range(vocabulary_size)``.
        """
        check_range("id", int(id), 0, self.num_words - 1)
        if id < FIRST_WORD:
            return _SPECIAL[id]
        return self._ranked[id - FIRST_WORD] if id - FIRST_WORD < len(self._ranked) else "<unused>"

    def id_of(self, word: str) -> int:
        """The id of a word as `words` gives it, 2 for one that has none.

        `encode` drops words that are not in the index; only rare words of the index become 2 there.
        """
        return self._ids.get(word, OOV)

    def to_json(self) -> str:
        """The content of tokenizer.json; `gatewise.text.tokenizer.tokenizer_from_json` reads it."""
        document = {
            "format": KERAS_FORMAT,
            "format_version": KERAS_FORMAT_VERSION,
            "num_words": self.num_words,
            "maxlen": self.maxlen,
            "words": self._ranked,
        }
        return json.dumps(document, ensure_ascii=False, indent=1)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> KerasTokenizer:
        """Check and take the parsed content of `to_json`.

        Raises:
            ParameterError: It is something else.
        """
        if set(document) != {"format", "format_version", "num_words", "maxlen", "words"}:
            raise ParameterError("it is not a tokenizer this version can read")
        if (document["format"], document["format_version"]) != (KERAS_FORMAT, KERAS_FORMAT_VERSION):
            raise ParameterError("it is not a tokenizer this version can read")
        if not isinstance(document["words"], list):
            raise ParameterError("words is not a list")
        return cls(document["words"], num_words=document["num_words"], maxlen=document["maxlen"])

    def _fit(self, ids: list[int]) -> npt.NDArray[np.int32]:
        return fitted(ids, self.maxlen)


def fitted(ids: list[int], maxlen: int | None) -> npt.NDArray[np.int32]:
    """Pad with zeros and cut at the front to `maxlen`, if there is one, as Keras's ``pad_sequences`` does.

    Example:
        >>> fitted([7, 8], 3).tolist(), fitted([7, 8], 1).tolist(), fitted([7, 8], None).tolist()
        ([0, 7, 8], [8], [7, 8])
    """
    whole = np.array(ids, dtype=np.int32)
    if maxlen is None:
        return whole
    padded = np.zeros(maxlen, dtype=np.int32)
    kept = min(maxlen, len(ids))
    padded[maxlen - kept :] = whole[len(ids) - kept :]
    return padded


def _split(text: str) -> list[str]:
    return WORD.findall(text.lower() if text.isascii() else text.translate(_LOWER))
