"""Gates and cell of an LSTM on a sentence, and the course documents' examples put to the test.

With a sentence: what a stored model does at each of its words. Without: the examples, read by that model, by the same
network before it had learnt, and by a small language model trained in the study on sentences of their kind.
"""

from __future__ import annotations

from gatewise.studies.gates.examples import study_examples
from gatewise.studies.gates.own import study_sentence
from gatewise.studies.gates.reader import TextReader
from gatewise.studies.report import Report


def gates(
    sentence: str | None = None,
    *,
    model: str = "imdb",
    layer: int = 1,
    steps: int = 1600,
    texts: int = 200,
    seed: int = 0,
) -> Report:
    """Gates and cell on a sentence, or the course documents' examples.

    Args:
        sentence: What to read; the examples when not given.
        model: Name of a packaged model, or the folder of one: an LSTM that reads forwards only.
        layer: Layer of it to look at, from 1.
        steps: Training steps of the small language model of the examples.
        texts: Reviews read for claims about many texts.
        seed: Of the untrained network, of the language models (this and the next two) and of what is drawn.

    Raises:
        ModelError: There is no such model, or it is no LSTM that reads forwards only.
        ParameterError: The sentence has no words.

    Example:
        >>> report = gates("A good film.")
        >>> [row["word"] for row in report.numbers["words"]]
        ['a', 'good', 'film', '.']
    """
    reader = TextReader.load(model, layer)
    if sentence is not None:
        return study_sentence(reader, sentence, seed)
    return study_examples(reader, steps=steps, texts=texts, seed=seed)
