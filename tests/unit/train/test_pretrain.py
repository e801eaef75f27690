"""Pre-training: learns, is repeatable, resumes to the same bits, stops when asked, notices divergence."""

from __future__ import annotations

import io
import json
from itertools import count
from types import SimpleNamespace

import numpy as np
import pytest
from small_texts import QUIET, TINY, Recorder, assert_same_encoder, run, terminate, write_documents

from gatewise.data.documents import Documents
from gatewise.errors import Interrupted, ParameterError, TrainingError
from gatewise.ops import native
from gatewise.store.encoder import read_encoder
from gatewise.store.rounding import rounded
from gatewise.text.hashed import HashedTokenizer
from gatewise.text.tokenizer import tokenizer_from_json
from gatewise.train.pretrain import loop as loop_room
from gatewise.train.pretrain import run as run_room
from gatewise.train.pretrain.run import pretrain
from gatewise.train.progress import LineReporter, PerplexityReport

BOTH = TINY.with_options(direction="both")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A folder with documents, the encoder of a run without a stop, and what was heard of it."""
    folder, heard = tmp_path_factory.mktemp("undisturbed"), Recorder()
    return folder, run(folder, recipe=BOTH, reporter=heard), heard


def test_it_learns_what_follows_what(tmp_path):
    encoder = run(tmp_path, recipe=TINY.with_options(layers=1, hidden_size=12, learning_rate=0.06, **QUIET))
    figures = encoder.metrics["held_out"]["forward"]
    # Of 12 words most are told by the one before, some are one of three.
    assert figures["unigram_perplexity"] > 9
    assert figures["perplexity"] < 3.5


def test_what_it_stores_is_what_it_gives_and_its_record(undisturbed):
    folder, encoder, heard = undisturbed
    assert_same_encoder(encoder, read_encoder(folder / "out"))
    assert sorted(path.name for path in (folder / "out").iterdir()) == sorted(
        ["README.md", "config.json", "metrics.json", "model.safetensors", "tokenizer.json", "train.jsonl"]
    )
    assert [(epoch.part, epoch.epoch) for epoch in heard.epochs] == [
        ("forward", 1),
        ("forward", 2),
        ("backward", 1),
        ("backward", 2),
    ]
    assert encoder.metrics["history"]["backward"] == [epoch.to_json() for epoch in heard.epochs[2:]]


def test_what_is_judged_is_what_is_stored_in_few_bits(tmp_path):
    encoder = run(tmp_path, recipe=TINY.with_options(embedding_bits=8, matrix_bits=16))
    assert_same_encoder(encoder, read_encoder(tmp_path / "out"))
    for name, array in encoder.tensors.items():
        bits = 8 if name.endswith("embedding.weight") else 16 if array.ndim == 2 else 32
        np.testing.assert_array_equal(rounded(array, bits), array)


def test_same_seed_same_bits_and_another_seed_others(undisturbed):
    folder, encoder, _ = undisturbed
    forward = run(folder, "forward")
    other = run(folder, "other", TINY.with_options(seed=1))
    for name, array in forward.tensors.items():
        np.testing.assert_array_equal(array, encoder.tensors[name])
    assert not np.array_equal(other.tensors["forward.output.bias"], forward.tensors["forward.output.bias"])


# Forward: in the first epoch, at its end, after it, at the very end; backward: at the first step, in the second epoch.
@pytest.mark.parametrize("place", [("forward", share) for share in (0.2, 0.5, 0.55, 1.0)] + [("backward", 0.01)])
def test_resume_after_a_stop_gives_the_same_bits_as_no_stop(undisturbed, tmp_path, place):
    folder, encoder, heard = undisturbed
    reader, share = place
    steps = [report.step for report in heard.steps if report.part == reader]
    ends = [epoch.step for epoch in heard.epochs if epoch.part == reader]
    stop_at = ends[0] if share == 0.5 else max(1, round(share * len(steps)))
    with pytest.raises(Interrupted, match="saved") as stopped:
        run(folder, tmp_path / "out", BOTH, reporter=Recorder((reader, stop_at), terminate))
    assert stopped.value.exit_code == 130
    resumed = run(folder, tmp_path / "out", BOTH, resume=True)
    assert_same_encoder(encoder, resumed)
    timeless = [
        [
            {name: value for name, value in epoch.items() if name not in ("seconds", "tokens_per_second")}
            for epoch in one.metrics["history"]["forward"]
        ]
        for one in (encoder, resumed)
    ]
    assert timeless[0] == timeless[1]
    assert not (tmp_path / "out" / "checkpoints").exists()
    assert not (tmp_path / "out" / "corpus").exists()


def test_resume_after_a_crash_goes_on_from_the_last_checkpoint(undisturbed, tmp_path, monkeypatch):
    folder, encoder, _ = undisturbed

    def crash() -> None:
        raise MemoryError

    monkeypatch.setattr(loop_room, "_CHECKPOINT_SECONDS", 0.0)
    with pytest.raises(MemoryError):
        run(folder, tmp_path / "out", BOTH, reporter=Recorder(("forward", 11), crash))
    heard = Recorder()
    assert_same_encoder(encoder, run(folder, tmp_path / "out", BOTH, resume=True, reporter=heard))
    assert "forward: resumed at epoch 1, step 10" in heard.messages


def test_resume_in_bf16_is_exact_too(undisturbed, tmp_path):
    if not native.has_bf16():
        pytest.skip("no bf16 kernels here")
    folder, _, _ = undisturbed
    recipe = TINY.with_options(precision="auto", epochs=1)
    one = run(folder, tmp_path / "one", recipe)
    with pytest.raises(Interrupted):
        run(folder, tmp_path / "two", recipe, reporter=Recorder(("forward", 20), terminate))
    assert_same_encoder(one, run(folder, tmp_path / "two", recipe, resume=True))
    assert one.metrics["recipe"]["precision"] == "bf16"


def test_resume_refuses_other_texts_and_other_recipes(tmp_path):
    write_documents(tmp_path / "documents.txt")
    with pytest.raises(Interrupted):
        run(tmp_path, reporter=Recorder(("forward", 2), terminate))
    with pytest.raises(TrainingError, match=r"clip was 1\.0, is 0\.5"):
        run(tmp_path, recipe=TINY.with_options(clip=0.5), resume=True)
    write_documents(tmp_path / "documents.txt", count=9)
    with pytest.raises(TrainingError, match="texts was"):
        run(tmp_path, resume=True)


def test_damaged_texts_of_a_stopped_run_are_noticed(tmp_path):
    with pytest.raises(Interrupted):
        run(tmp_path, reporter=Recorder(("forward", 2), terminate))
    ids = tmp_path / "out" / "corpus" / "train_ids.bin"
    content = ids.read_bytes()
    ids.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    with pytest.raises(TrainingError, match=r"train_ids\.bin is not what was written"):
        run(tmp_path, resume=True)


def test_the_backward_reader_reads_from_the_last_word(tmp_path):
    # Forwards the second word is always the same; backwards it can be any of four, of which one is held out.
    path = tmp_path / "pairs.txt"
    path.write_text("\n\n".join(["north end", "south end", "east end", "west end"] * 30))
    recipe = TINY.with_options(direction="both", epochs=4, learning_rate=0.05, **QUIET)
    held_out = pretrain([Documents(str(path))], recipe, tmp_path / "out").metrics["held_out"]
    assert held_out["forward"]["perplexity"] < 1.5
    assert held_out["backward"]["perplexity"] > 3


def test_a_time_limit_sets_the_length_of_the_run(tmp_path, monkeypatch):
    # A clock by which every step takes a hundredth of a second.
    readings = count()
    monkeypatch.setattr(loop_room, "time", SimpleNamespace(monotonic=lambda: next(readings) / 100))
    heard = Recorder()
    encoder = run(tmp_path, recipe=TINY.with_options(epochs=1000), time_limit=2.0, reporter=heard)
    assert any("the time limit of 2 s allows" in message for message in heard.messages)
    assert 150 <= encoder.metrics["training"]["steps"]["forward"] <= 200
    assert heard.steps[-1].progress == 1
    assert heard.steps[-1].learning_rate < 0.01 * TINY.learning_rate


def test_words_of_another_encoder_are_taken_over(undisturbed, tmp_path):
    _, encoder, _ = undisturbed
    path = tmp_path / "more.txt"
    path.write_text("\n\n".join(f"the cat eats item{number} ." for number in range(20)))
    taken = pretrain([Documents(str(path))], TINY, tmp_path / "out", vocabulary=encoder.tokenizer)
    assert taken.tokenizer == encoder.tokenizer
    assert tokenizer_from_json(taken.tokenizer).id_of("eats") == 0
    # Of five words two are not among the known ones.
    assert taken.metrics["training"]["unknown_share"] == pytest.approx(0.4)
    with pytest.raises(ParameterError, match="words are of kind 'hashed'"):
        pretrain([Documents(str(path))], TINY, tmp_path / "hashed", vocabulary=HashedTokenizer(9).to_json())


def test_divergence_stops_at_its_step_and_names_the_tensor(tmp_path, monkeypatch):
    models = []

    class Watched(run_room.LanguageModel):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            models.append(self)

    def poison() -> None:
        models[0].projection.weight.data[0, 0] = float("nan")

    monkeypatch.setattr(run_room, "LanguageModel", Watched)
    with pytest.raises(TrainingError, match=r"step 6: the tensor projection\.weight is no longer finite") as stopped:
        run(tmp_path, reporter=Recorder(("forward", 5), poison))
    assert "learning_rate" in stopped.value.hint


def test_a_second_run_in_the_folder_is_refused(tmp_path):
    problems = []

    def begin_another() -> None:
        with pytest.raises(TrainingError, match="another run is writing") as refused:
            run(tmp_path)
        problems.append(refused.value)

    run(tmp_path, recipe=TINY.with_options(epochs=1), reporter=Recorder(("forward", 1), begin_another))
    assert len(problems) == 1


def test_an_epoch_reads_well_in_a_log_and_is_json_in_the_file(undisturbed):
    folder, _, heard = undisturbed
    stream = io.StringIO()
    LineReporter(stream).epoch(PerplexityReport("forward", 2, 700, 4.5, 87.25, 640.0, 93.0, 25_000.0))
    assert "held-out perplexity 87.2 (of words alone 640.0)  25,000 tokens/s" in stream.getvalue()
    lines = [json.loads(line) for line in (folder / "out" / "train.jsonl").read_text().splitlines()]
    assert [line["perplexity"] for line in lines if "perplexity" in line] == [one.perplexity for one in heard.epochs]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"hidden_size": 0}, "hidden_size=0 is outside 1 to 8,192"),
        ({"epochs": "3"}, "epochs='3' is not of type int"),
        ({"direction": "up"}, "direction='up' is not one of forward, backward, both"),
        ({"hiden_size": 3}, "no entry named hiden_size"),
    ],
)
def test_impossible_entries_are_refused_by_name(entries, message):
    with pytest.raises(ParameterError, match=message):
        TINY.with_options(**entries)
