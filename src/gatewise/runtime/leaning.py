"""Which of two sets of words a language model would rather go on with: an opinion of texts that needs no label.

    s(text) = log sum_(w in towards) P(w | text, after) - log sum_(w in against) P(w | text, after)

A model of film reviews asked for "great" or "terrible" behind ". overall , a" tells good reviews from bad ones; words
so used are called verbalizers (Schick and Schuetze 2021, arXiv 2001.07676, section 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from gatewise.errors import ParameterError
from gatewise.runtime.language_model import LanguageModel
from gatewise.text.batches import ordered_batches
from gatewise.text.frame import Frame

_MAX_TEXTS = 4_096


def leaning(
    model: LanguageModel, texts: Iterable[str], *, after: str, towards: Sequence[str], against: Sequence[str]
) -> npt.NDArray[np.float64]:
    """The log odds s of each text.

    Args:
        model: It must read forwards.
        texts: B texts.
        after: Words put behind every text, at least one.
        towards: Words of the one side.
        against: Words of the other.

    Returns:
        ``[B]`` float64, in nats. Words are not equally frequent, so that 0 is not where the sides part: compare with
        the median of many texts.

    Raises:
        ParameterError: A word is not in the vocabulary, or there is none.
        ModelError: The encoder only reads backwards.

    Example:
        >>> from gatewise.store.encoder import EncoderConfig, StoredEncoder
        >>> from gatewise.text.tokenizer import WordTokenizer
        >>> config = EncoderConfig(4, embedding_size=2, hidden_size=2)
        >>> tensors = {name: np.zeros(shape, np.float32) for name, shape in config.tensor_shapes().items()}
        >>> tensors["forward.output.bias"][:] = np.log([1, 4, 2, 1])
        >>> words = WordTokenizer(["<unk>", "good", "bad", "a"])
        >>> model = LanguageModel(StoredEncoder(config, tensors, words.to_json()))
        >>> leaning(model, ["a", ""], after="a", towards=["good"], against=["bad"]).round(4).tolist()  # log 2
        [0.6931, 0.6931]
    """
    reader = model.reader()
    sides = [_ids(model, words) for words in (towards, against)]
    frame = Frame.of(model.tokenizer, "", after)
    if not frame.size:
        raise ParameterError("there is no word to put behind the texts", hint='after=". overall , a", for example')
    batch = frame(model.tokenizer.encode_batch(list(texts)))
    odds = np.zeros(len(batch))
    for indices in ordered_batches(batch.lengths, token_budget=reader.token_budget, max_texts=_MAX_TEXTS):
        told = reader.log_probabilities(reader.final(batch.select(indices)))
        one, other = (np.logaddexp.reduce(told[:, side], axis=1) for side in sides)
        odds[indices] = one - other
    return odds


def _ids(model: LanguageModel, words: Sequence[str]) -> list[int]:
    ids = [model.tokenizer.id_of(word) for word in words]
    for word, id in zip(words, ids, strict=True):
        if id == model.tokenizer.unknown_id:
            raise ParameterError(f"{word!r} is not in the encoder's vocabulary")
    if not ids:
        raise ParameterError("each side needs one word or more")
    return ids
