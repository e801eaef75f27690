"""One text as a model reads it: which of its words become tokens, which are cut away, what stands around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gatewise.explain.explanation import Words
from gatewise.runtime.predictor import Predictor
from gatewise.text.encoding import clean
from gatewise.text.keras import PAD, WORD, fitted
from gatewise.text.ragged import Ragged
from gatewise.text.tokenizer import WordTokenizer
from gatewise.text.truncate import truncate

Ids = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]

# The place of a token that stands for no word of the text: a pad, a start, a word of the frame.
NO_WORD = -1


@dataclass(frozen=True, eq=False)
class Reading:
    """What the network reads of a text, in the order of the text.

    Attributes:
        words: The T words of the text.
        tokens: ``[M]`` ids before anything is cut away or padded.
        places: ``[M]`` which of the T words each token is; `NO_WORD` for one that is none.
        read: ``[S]`` ids that the network reads.
        read_places: ``[S]`` which of the T words each of them is, rising; `NO_WORD` for one that is none.
    """

    words: Words
    tokens: Ids
    places: Places
    read: Ids
    read_places: Places

    @classmethod
    def of(cls, predictor: Predictor, text: str) -> Reading:
        """The reading of a text.

        Raises:
            ParameterError: `text` is not a str.
        """
        text = clean(text)
        words, offsets, tokens, places = _tokens(predictor, text)
        read, read_places = what_is_read(predictor, tokens, places)
        is_read = np.zeros(len(words), np.bool_)
        is_read[read_places[read_places != NO_WORD]] = True
        tokenizer = predictor.tokenizer
        is_known = np.array([tokenizer.id_of(word) != tokenizer.unknown_id for word in words], np.bool_)
        return cls(Words(text, words, offsets, is_read, is_known), tokens, places, read, read_places)

    @property
    def batch(self) -> Ragged:
        """What is read, as a batch of one sequence."""
        return Ragged.from_lists([self.read])

    @property
    def span(self) -> tuple[int, int]:
        """Where in `read` the first word stands, and where what comes after the last one; both S where none is read."""
        own = np.flatnonzero(self.read_places != NO_WORD)
        if len(own):
            return int(own[0]), int(own[-1]) + 1
        # Nothing of the text is read: all of the words behind the text are behind this point.
        return len(self.read), len(self.read)


def what_is_read(predictor: Predictor, tokens: Ids, places: Places) -> tuple[Ids, Places]:
    """Tokens of a text after cutting, padding and framing, and the word that each is.

    Args:
        predictor: The model.
        tokens: ``[M]`` ids.
        places: ``[M]`` the word that each token is.
    """
    # Positions, from 1, are fitted and cut as ids would be, so that 0 is a pad.
    positions = np.arange(1, len(tokens) + 1, dtype=np.int32)
    if not isinstance(predictor.tokenizer, WordTokenizer):
        positions = fitted(positions.tolist(), predictor.tokenizer.maxlen)
    cut, config = Ragged.from_lists([positions]), predictor.config.text
    kept = truncate(cut, config.max_tokens, config.truncation)[0].ids
    before, after = predictor.frame.before, predictor.frame.after
    own = np.concatenate([np.array([PAD], np.int32), tokens])[kept]
    own_places = np.concatenate([np.array([NO_WORD]), places])[kept]
    around = np.full(len(before), NO_WORD), np.full(len(after), NO_WORD)
    return np.concatenate([before, own, after]), np.concatenate([around[0], own_places, around[1]])


def _tokens(predictor: Predictor, text: str) -> tuple[list[str], Places, Ids, Places]:
    """Words, their offsets, tokens, and the word that each token is."""
    if isinstance(predictor.tokenizer, WordTokenizer):
        encoding = predictor.tokenizer.encode(text)
        return encoding.words, encoding.offsets, encoding.ids, np.arange(len(encoding))
    # Keras drops words, and marks a text's start: offsets tell which word a token is.
    words = predictor.tokenizer.words(text)
    spans = [match.span() for match in WORD.finditer(text)]
    offsets = np.array(spans, np.int64).reshape(len(words), 2)
    encoding = predictor.tokenizer.without_maxlen().encode(text)
    begins = {begin: place for place, (begin, _) in enumerate(spans)}
    places = [begins[begin] if begin < end else NO_WORD for begin, end in encoding.offsets.tolist()]
    return words, offsets, encoding.ids, np.array(places, np.int64).reshape(-1)
