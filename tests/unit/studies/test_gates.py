"""What the study of gates shows is what the equations give, and its claims are measured as it says."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from gatewise.cli.main import build
from gatewise.errors import ModelError, ParameterError
from gatewise.ops.lstm import pack_lstm
from gatewise.store.config import ModelConfig, NetworkConfig, TextConfig
from gatewise.store.folder import StoredModel
from gatewise.studies.gates import gates, grammar, guesser, guessing
from gatewise.studies.gates.few import heaviest, measure_few, share_of_the_way
from gatewise.studies.gates.many import at_full_stops, half_lives, near_the_ends
from gatewise.studies.gates.own import MOST_DRAWN
from gatewise.studies.gates.pairs import measure_pairs
from gatewise.studies.gates.reader import Reader, TextReader
from gatewise.studies.gates.reading import Reading
from gatewise.studies.gates.traces import entry, trace
from gatewise.text.tokenizer import WordTokenizer

SENTENCE = "I grew up in France. I speak fluent French"


def stored(classes: int = 2, **shape) -> StoredModel:
    """A small model with weights by chance."""
    words = WordTokenizer(["<unk>", "a", "good", "bad", "film", "."])
    known = {"vocabulary_size": words.vocabulary_size, "classes": classes, "embedding_size": 3, "hidden_size": 4}
    config = NetworkConfig(**{**known, **shape})
    random = np.random.default_rng(0)
    tensors = {name: random.normal(size=at).astype(np.float32) for name, at in config.tensor_shapes().items()}
    labels = ("neg", "pos", "so-so")[:classes]
    return StoredModel(ModelConfig(config, TextConfig(0, "none"), labels, 1.0), tensors, words.to_json())


@pytest.fixture(scope="module")
def imdb() -> TextReader:
    return TextReader.load("imdb")


@pytest.fixture(scope="module")
def small() -> guesser.Guesser:
    return guesser.train_guesser(seed=0, steps=3)


def logistic(x):
    return 1 / (1 + np.exp(-x))


def by_hand(tensors, ids):
    """The six equations, one word after the other, in float64."""
    w, u, b = (tensors[f"encoder.{kind}_l0"].astype(float) for kind in ("weight_ih", "weight_hh", "bias_ih"))
    d = tensors.get("encoder.bias_hh_l0", np.zeros(len(b)))
    size = u.shape[1]
    h, c, rows = np.zeros(size), np.zeros(size), []
    for id in ids:
        z = w @ tensors["embedding.weight"][id].astype(float) + b + u @ h + d
        i, f, g, o = logistic(z[:size]), logistic(z[size : 2 * size]), np.tanh(z[2 * size : 3 * size]), None
        o = logistic(z[3 * size :])
        c = f * c + i * g
        h = o * np.tanh(c)
        rows.append((i, f, g, o, c, h))
    return [np.stack(column) for column in zip(*rows, strict=True)]


def test_gates_and_cell_are_those_of_the_equations(imdb):
    reading = imdb.read(SENTENCE)
    wanted = by_hand(imdb.stored.tensors, imdb.encode(SENTENCE)[0])
    names = ("input", "forget", "candidate", "output", "cell", "hidden")
    for name, values in zip(names, wanted, strict=True):
        # float32 against float64 over 11 steps.
        np.testing.assert_allclose(getattr(reading, name), values, atol=2e-6)


def test_what_is_kept_is_the_derivative_of_the_cell_by_an_earlier_one_with_gates_held(imdb):
    reading = imdb.read(SENTENCE)
    since, until, step = 4, 9, 1e-3

    def later(cell):
        for t in range(since + 1, until + 1):
            cell = reading.forget[t].astype(float) * cell + reading.written[t].astype(float)
        return cell

    start = reading.cell[since].astype(float)
    slope = (later(start + step) - later(start - step)) / (2 * step)
    # Linear in the cell, so that differences are exact but for rounding.
    # Where nearly nothing is kept, the rounding of a cell of size 1 over the step is all there is: 1e-16 / 1e-3.
    np.testing.assert_allclose(reading.kept(since, until), slope, rtol=1e-5, atol=1e-12)
    np.testing.assert_allclose(later(start), reading.cell[until], atol=1e-6)


def test_the_cell_is_the_sum_of_what_each_word_wrote_and_is_left(imdb):
    reading = imdb.read(SENTENCE)
    for until in (0, 5, len(reading) - 1):
        np.testing.assert_allclose(reading.parts(until).sum(0), reading.cell[until], atol=2e-6)
    left = reading.left(len(reading) - 1)
    assert left[-1] == 1
    assert (left >= 0).all()
    assert (left <= 1).all()


def test_erased_and_written_are_the_change_of_the_cell(imdb):
    reading = imdb.read(SENTENCE)
    change = np.diff(reading.cell, axis=0, prepend=0)
    np.testing.assert_allclose(reading.written - reading.erased, change, atol=2e-6)


def test_second_layer_reads_what_the_first_gives():
    model = stored(layers=2)
    first, second = (TextReader(model, "small", layer).read("a good film") for layer in (1, 2))
    weights = [model.tensors[f"encoder.{kind}_l1"] for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
    output = pack_lstm(*weights).forward(first.hidden.copy(), np.array([0, 3]))
    np.testing.assert_array_equal(output.hidden, second.hidden)


@pytest.mark.parametrize(("classes", "softmax"), [(2, False), (2, True), (3, False)])
def test_running_score_ends_at_the_answer(classes, softmax):
    reader = TextReader(stored(classes, softmax=softmax), "small")
    ids, _ = reader.encode("a good film .")
    label, scores = reader.scores(ids)
    probabilities = reader.predictor.predict_proba(["", "a good film ."])
    place = [str(one) for one in reader.predictor.classes_].index(label)
    # The stored temperature is 1, so that log odds are those of the probabilities.
    np.testing.assert_allclose(logistic(scores[[0, -1]]), probabilities[:, place], rtol=1e-6)
    assert len(scores) == 5


def test_report_of_a_sentence_names_unknown_words_and_ends_at_the_answer(imdb):
    report = gates("This box of quuxberry is xyzzyqu")
    assert report.numbers["unknown_words"] == ["quuxberry", "xyzzyqu"]
    assert any("quuxberry, xyzzyqu" in paragraph for paragraph in report.advice)
    rows = report.numbers["words"]
    assert [row["word"] for row in rows if not row["is_known"]] == ["quuxberry", "xyzzyqu"]
    whole, nothing = imdb.predictor.network_logits(["This box of quuxberry is xyzzyqu", ""])[:, 0]
    assert rows[-1]["score"] == pytest.approx(whole)
    assert sum(row["moved"] for row in rows) == pytest.approx(rows[-1]["score"] - nothing)
    assert [plot.name for plot in report.plots] == ["gates", "units", "score"]
    assert "quuxberry*" in report.plots[0].svg
    # Pages allow drawings only: a bitmap inside one would not be shown.
    assert all("<image" not in plot.svg for plot in report.plots)


def test_a_long_text_is_read_whole_and_its_end_drawn(imdb):
    report = gates("good " * 70 + "end")
    assert len(report.numbers["words"]) == 71
    assert len(report.tables[0].rows) == MOST_DRAWN
    assert report.tables[0].rows[-1][-1] == report.numbers["words"][-1]["score"]
    assert "71 words" in report.method[0]


@pytest.mark.parametrize("nothing", ["", "  \n"])
def test_a_sentence_without_words_is_refused(nothing):
    with pytest.raises(ParameterError, match="no word"):
        gates(nothing)


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ({"network": "gru"}, "is a gru"),
        ({"network": "rnn"}, "is a rnn"),
        ({"bidirectional": True}, "bidirectional"),
        ({"layers": 2, "highway": True}, "highway"),
    ],
)
def test_a_model_that_is_no_lstm_reading_forwards_is_refused(shape, said):
    with pytest.raises(ModelError, match=said) as problem:
        TextReader(stored(**shape), "small")
    assert problem.value.hint


def test_a_layer_that_is_not_there_is_refused():
    with pytest.raises(ModelError, match="no layer 2"):
        TextReader(stored(), "small", 2)


def test_untrained_network_has_the_sizes_and_depends_on_the_seed(imdb):
    one, same, other = (imdb.untrained(seed).reader.embedding for seed in (0, 0, 1))
    assert one.shape == imdb.reader.embedding.shape
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def reading(forget, words, **others) -> Reading:
    forget = np.asarray(forget, float)
    rest = {name: np.ones_like(forget) for name in ("input", "candidate", "output", "cell", "hidden")}
    return Reading(tuple(words), np.ones(len(words), bool), forget=forget, **{**rest, **others})


def test_full_stops_are_compared_within_each_text():
    dips = [reading([[0.9], [0.5], [0.9]], "a.b"), reading([[0.8], [0.4], [0.8]], "a.b"), reading([[0.1]], "a")]
    found = at_full_stops(dips)
    assert found["texts"] == 2
    assert found["difference"] == pytest.approx(-0.4)
    assert found["share_lower"] == 1


def test_shares_near_the_ends_and_half_lives():
    done = [reading([[0.05, 0.5], [0.95, 0.5]], "ab")]
    assert near_the_ends(done)["forget"] == {"near_0": 0.25, "near_1": 0.25, "mean": pytest.approx(0.5)}
    # A gate that is always one half loses half with every word.
    assert half_lives([reading([[0.5], [0.5]], "ab")])["median"] == pytest.approx(1)


def test_trace_is_the_distance_of_the_cells_and_nothing_between_equal_vectors(small):
    number = small.reader.vocabulary.index
    ids = [number(word) for word in guessing.NAVY.words[:-1]]
    place, other = 9, number("radio")
    found = trace(small.reader, ids, place, [ids[place], other])
    changed = small.reader.read([*ids[:place], other, *ids[place + 1 :]], ())
    distance = np.linalg.norm(small.reader.read(ids, ()).cell - changed.cell, axis=1)
    np.testing.assert_allclose(found.cell, distance[place:], rtol=1e-5)
    embedding = small.reader.embedding.copy()
    embedding[other] = embedding[ids[place]]
    same = Reader("same", embedding, small.reader.layers, small.reader.vocabulary)
    # Weights of zero make the mean of the gate undefined, which is not asked for here.
    with np.errstate(invalid="ignore"):
        assert not trace(same, ids, place, [other]).cell.any()


def test_how_open_the_input_gate_is_weighs_units_by_their_candidates(small):
    number = small.reader.vocabulary.index
    ids = [number(word) for word in guessing.NAVY.words[:-1]]
    base, changed = (small.reader.read([*ids[:9], id, *ids[10:]], ()) for id in (ids[9], number("river")))
    weights = np.abs(changed.candidate[9] - base.candidate[9])
    wanted = np.average(base.input[9], weights=weights)
    assert entry(small.reader, ids, 9, [number("river")]).let_in == pytest.approx(wanted, rel=1e-5)


def test_pairs_are_a_nearest_neighbour_and_another_word(imdb):
    found = measure_pairs(imdb.reader, count=50, seed=0)
    assert (found.cosine[:, 0] >= found.cosine[:, 1]).all()
    assert (found.cosine < 1 - 1e-6).all()
    numbers = found.numbers()
    assert numbers["difference"] == pytest.approx((found.forget[:, 0] - found.forget[:, 1]).mean())
    assert -1 <= numbers["correlation"] <= 1


def test_few_words_are_the_heaviest_fifth_in_the_order_of_the_text(imdb):
    moved = np.array([0.0, 5.0, -1.0, 0.0, -7.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    assert heaviest(moved).tolist() == [1, 4]
    assert share_of_the_way(moved) == pytest.approx(12 / 13)
    found = measure_few(imdb, ["A wonderful film.", "A dull, awful film."], words=50, seed=0)
    assert found["same_answer_by_heaviest"] == 1
    assert 0 < found["share_of_the_way"] < 1


@pytest.mark.parametrize("kind", grammar.KINDS)
def test_the_last_word_of_a_sentence_follows_from_its_source(kind):
    random, words = np.random.default_rng(0), set(grammar.vocabulary())
    for _ in range(30):
        sentence = grammar.draw(random, kind)
        source, last = sentence.words[sentence.source], sentence.words[-1]
        assert set(sentence.words) <= words
        assert {**grammar.PLACES, **grammar.LANGUAGES}.get(source, source) == last
        assert sentence.gap == len(sentence.words) - sentence.source - 2


def test_another_seed_is_another_guesser(small):
    same, other = (guesser.train_guesser(seed=seed, steps=3).reader.embedding for seed in (0, 1))
    np.testing.assert_array_equal(small.reader.embedding, same)
    assert (same != other).any()


def test_training_makes_guesses_better():
    before, after = (guesser.train_guesser(seed=0, steps=60, trained=trained) for trained in (False, True))
    asked = guesser.held_out(100, "clouds")
    assert np.mean(before.is_right(asked)) < 0.5 < np.mean(after.is_right(asked))


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GATEWISE_CACHE", str(tmp_path_factory.mktemp("empty")))
        return [gates(steps=2, texts=5) for _ in range(2)]


def test_examples_are_the_same_from_the_same_seed(examples):
    one, same = (json.dumps(report.to_json()) for report in examples)
    assert one == same
    assert [plot.svg for plot in examples[0].plots] == [plot.svg for plot in examples[1].plots]


def test_every_claim_has_a_verdict_and_without_imdb_the_texts_are_named(examples):
    report = examples[0]
    assert [finding.source for finding in report.findings] == ["G", "G", "G", "W", "W", "W", "A", "S, W"]
    # Two steps teach nothing.
    assert report.findings[1].verdict == "false"
    assert "come with the study" in report.numbers["texts"]
    assert len({plot.name for plot in report.plots}) == len(report.plots) == 9
    assert all("<image" not in plot.svg for plot in report.plots)


def test_a_model_that_knows_none_of_the_words_still_has_a_report(monkeypatch, tmp_path):
    monkeypatch.setenv("GATEWISE_CACHE", str(tmp_path))
    monkeypatch.setattr(TextReader, "load", classmethod(lambda cls, model, layer: cls(stored(), model, layer)))
    report = gates(steps=2)
    assert report.numbers["reader"]["king"] is None
    assert report.numbers["reader"]["france"] is None
    assert "does not know the word" in report.findings[1].evidence


def test_command_writes_the_page_and_prints_json(tmp_path):
    out = tmp_path / "out"
    done = CliRunner().invoke(build("study"), ["study", "gates", "A good film.", "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["numbers"]["scored_class"] == "pos"
    assert {file.name for file in out.iterdir()} == {"index.html", "result.json", "gates.svg", "units.svg", "score.svg"}


def test_a_lower_layer_does_not_see_the_one_above():
    model = stored(layers=2)
    changed = replace(model, tensors={**model.tensors, "encoder.weight_hh_l1": model.tensors["encoder.weight_hh_l0"]})
    first, other = (TextReader(one, "small", 1).read("a good film") for one in (model, changed))
    np.testing.assert_array_equal(first.cell, other.cell)
