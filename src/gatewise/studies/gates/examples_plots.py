"""The plots of the examples."""

from __future__ import annotations

from collections.abc import Sequence

from gatewise.studies.gates.drawing import draw_gates, draw_histograms, draw_lines, draw_pairs, draw_score
from gatewise.studies.gates.grammar import LANGUAGES, MEANS, PEOPLE, SERVICES, Sentence
from gatewise.studies.gates.guesser import Guesser, held_out
from gatewise.studies.gates.guessing import BOB_AND_DAN, BRAVE, FRANCE, NAVY, trace_of
from gatewise.studies.gates.many import histogram
from gatewise.studies.gates.measuring import country_trace
from gatewise.studies.gates.pairs import Pairs
from gatewise.studies.gates.reader import TextReader
from gatewise.studies.gates.reading import Reading
from gatewise.studies.gates.texts import CEREAL, CLOUDS
from gatewise.studies.gates.texts import FRANCE as FRANCE_TEXT
from gatewise.studies.report import Plot

_SENTENCES = 200
_SHORT_FRANCE = Sentence("france", tuple(FRANCE_TEXT.lower().replace(".", " .").split()), source=4)


def draw_examples(
    readers: Sequence[TextReader],
    guesser: Guesser,
    name: str,
    readings: Sequence[Sequence[Reading]],
    pairs: Sequence[Pairs],
) -> tuple[Plot, ...]:
    """All plots of the examples.

    Args:
        readers: The stored model and the untrained one.
        guesser: The language model of the first seed.
        name: What to call it.
        readings: What each reader did in many texts.
        pairs: Of the stored model and of the language model.
    """
    reader = readers[0]
    kinds = {one.name: histogram(done) for one, done in zip(readers, readings, strict=True)}
    kinds[name] = histogram(guesser.read_many(held_out(_SENTENCES)))
    return (
        Plot(
            "clouds",
            f"The clouds, read by {reader.name}: mean over the units (line) and quartiles (band) of each gate.",
            draw_gates({reader.name: reader.read(CLOUDS)}),
        ),
        _forgetting(readers, guesser, name),
        _remembering(guesser, name),
        _example(
            "full-stop", "Bob and Dan: does the forget gate close at the full stop?", reader, guesser, name, BOB_AND_DAN
        ),
        _example("input-gate", "Phone and navy: does the input gate tell them apart?", reader, guesser, name, NAVY),
        _example("output-gate", "Brave: does the output gate open before the name?", reader, guesser, name, BRAVE),
        Plot(
            "pairs",
            "KING after QUEEN: the mean forget gate at a word, read after its nearest neighbour and after a random "
            "word.",
            draw_pairs({one: (p.cosine, p.forget) for one, p in zip((reader.name, name), pairs, strict=True)}),
        ),
        Plot("ends", "How the values of the gates are distributed, over many texts.", draw_histograms(kinds)),
        _cereal(reader),
    )


def _forgetting(readers: Sequence[TextReader], guesser: Guesser, name: str) -> Plot:
    """One sentence, three networks: how long France is remembered."""
    trained = trace_of(guesser, _SHORT_FRANCE, "france", tuple(LANGUAGES)).cell
    lines = {name: trained / trained[0]}
    for reader in readers:
        found = country_trace(reader)
        if found is not None:
            lines[reader.name] = found[:-1]
    return Plot(
        "france",
        "How much the cell still differs between France and another country, relative to the word itself. The language "
        "model is asked for French next, the others for nothing.",
        draw_lines([(_SHORT_FRANCE.words[4:-1], lines)], "trace, relative", logarithmic=True),
    )


def _remembering(guesser: Guesser, name: str) -> Plot:
    """What the language model holds of words that count and of words that do not."""

    def cells(sentence: Sentence, *words: tuple[str, Sequence[str]]) -> dict[str, Sequence[float]]:
        return {word: trace_of(guesser, sentence, word, kind).cell.tolist() for word, kind in words}

    brave = trace_of(guesser, BRAVE, "bob", PEOPLE)
    panels = [
        (FRANCE.words[:-1], cells(FRANCE, ("france", tuple(LANGUAGES)), ("spain", tuple(LANGUAGES)))),
        (BOB_AND_DAN.words[:-1], cells(BOB_AND_DAN, ("dan", PEOPLE), ("bob", PEOPLE))),
        (NAVY.words[:-1], cells(NAVY, ("navy", SERVICES), ("phone", MEANS))),
        (BRAVE.words[:-1], {"bob, in the cell": brave.cell.tolist(), "bob, in h": brave.hidden.tolist()}),
    ]
    return Plot(
        "traces",
        f"Traces of words in the cell of the {name}. The word that the last one depends on is written again and grows; "
        "another of its kind is kept, at most, as it was. Below, the name in the cell and in what the output gate "
        "shows.",
        draw_lines(panels, "trace", logarithmic=False),
    )


def _example(name: str, caption: str, reader: TextReader, guesser: Guesser, called: str, sentence: Sentence) -> Plot:
    reading, rows = reader.read(" ".join(sentence.words[:-1])), {}
    # Another tokenizer may cut otherwise; then the words below would be wrong for one of the two.
    if reading.words == sentence.words[:-1]:
        rows[reader.name] = reading
    rows[called] = guesser.read(sentence)
    return Plot(name, f"{caption} Mean over the units (line) and quartiles (band) of each gate.", draw_gates(rows))


def _cereal(reader: TextReader) -> Plot:
    label, scores = reader.scores(reader.encode(CEREAL)[0])
    return Plot(
        "cereal",
        f"The cereal review: log odds of {label} as if it ended at each word, and how far each word moves them.",
        draw_score(reader.read(CEREAL), scores, label),
    )
