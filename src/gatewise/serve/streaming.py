"""``/v1/stream``: a text read word by word, as server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import islice

from gatewise.errors import ModelError
from gatewise.runtime.predictor import Probabilities
from gatewise.serve.refusal import Refusal, unprocessable
from gatewise.serve.served import Served
from gatewise.serve.service import Service

# Words read before other streams have their turn and what was read is sent; the first ones go out at once.
WORDS_AT_A_TIME = 64

Words = Iterator[tuple[str, Probabilities]]


async def events(service: Service, model: Served, text: str) -> AsyncIterator[bytes]:
    """Events ``word`` with a word and the probabilities after it, then ``end`` with what predict says.

    Raises:
        Refusal: 422: the model does not read forwards; 429: there are too many streams.
    """
    places = ExitStack()
    places.enter_context(service.streaming.place())
    try:
        words = await service.streaming.run(lambda: _begin(model, text))
    except BaseException:
        places.close()
        raise
    return _events(service, model, text, words, places)


def _begin(model: Served, text: str) -> Words:
    try:
        return iter(model.predictor.stream(text))
    except ModelError as problem:
        raise unprocessable("cannot_stream", problem.what) from None


async def _events(service: Service, model: Served, text: str, words: Words, places: ExitStack) -> AsyncIterator[bytes]:
    writer = service.writers[model.name]
    with places:
        count = 1
        while some := await service.streaming.run(partial(_next_words, words, count)):
            yield b"".join(
                _event("word", f'{{"word":{json.dumps(word)},"probabilities":{writer.probabilities(shares.tolist())}}}')
                for word, shares in some
            )
            count = min(4 * count, WORDS_AT_A_TIME)
        try:
            job = model.batcher.submit([text])
            yield _event("end", writer.answer((await job.future)[0]))
        except Refusal as refusal:
            yield _event("error", json.dumps({"code": refusal.code, "message": refusal.what}))


def _next_words(words: Words, count: int) -> list[tuple[str, Probabilities]]:
    return list(islice(words, count))


def _event(name: str, data: str) -> bytes:
    return f"event: {name}\ndata: {data}\n\n".encode()
