"""What the benchmarks of the accuracy ladder draw, compare and type."""

from __future__ import annotations

import importlib
import json
import shlex
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from gatewise.data.examples import Examples
from gatewise.text.ragged import Ragged
from gatewise.text.tokenizer import WordTokenizer
from gatewise.train.recipe import Recipe

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"


@pytest.fixture(autouse=True)
def benchmarks_on_the_path(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))


def load(name):
    return importlib.import_module(name)


class TestBags:
    def test_penalty_is_chosen_without_rows_that_hang_together(self):
        # A film's own name tells its label, so that only whole films left out show that names are worth nothing.
        bags = load("bags")
        words, films = [], np.repeat(np.arange(30), 4)
        for film in films:
            words.append([f"name{film}", f"other{film}", "good" if film % 2 else "bad", "film"])
        fitted = bags.Tfidf.fit(words, films % 2, films)
        probabilities = fitted.predict_proba([["good", "film"], ["bad", "film"], ["name99", "good"]])
        assert probabilities.argmax(axis=1).tolist() == [1, 0, 1]
        assert fitted.regression.C in bags.PENALTIES

    def test_a_fold_learns_no_column_that_only_its_other_rows_have_often_enough(self):
        bags = load("bags")
        from scipy.sparse import csr_matrix

        counts = csr_matrix(np.array([[1, 1, 0], [2, 0, 0], [0, 0, 5]]))
        assert bags._weigh(counts)[1].tolist() == [True, False, False]

    def test_rows_are_tied_by_film_or_else_by_text(self):
        bags = load("bags")
        texts = ["A film", "a  FILM", "another"]
        first, same, other = bags.tied_rows(Examples(texts, [0, 1, 0]))
        assert first == same != other
        assert bags.tied_rows(Examples(texts, [0, 1, 0], groups=np.array([7, 8, 7]))).tolist() == [0, 1, 0]

    def test_both_bags_answer_in_the_order_of_the_labels(self):
        bags = load("bags")
        examples = Examples(["fine good"] * 6 + ["poor bad"] * 6, ["pos"] * 6 + ["neg"] * 6, groups=np.arange(12))
        for answers in bags.fit_bags(examples, ("neg", "pos")).values():
            assert answers(["good", "bad"]).argmax(axis=1).tolist() == [1, 0]


class TestFewLabels:
    def test_draws_are_balanced_and_the_smaller_begins_the_larger(self):
        draw = load("few_labels").draw
        examples = Examples([str(i) for i in range(100)], ["neg"] * 60 + ["pos"] * 40)
        large, small = draw(examples, 20, seed=1), draw(examples, 6, seed=1)
        assert Counter(large.labels) == {"neg": 10, "pos": 10}
        assert len(set(large.texts)) == 20
        assert large.texts[:6] == small.texts
        assert draw(examples, 20, seed=2).texts != large.texts

    @pytest.mark.parametrize("count", [7, 90])
    def test_a_draw_that_cannot_be_balanced_is_refused(self, count):
        examples = Examples([str(i) for i in range(100)], ["neg"] * 60 + ["pos"] * 40)
        with pytest.raises(ValueError, match="cannot be drawn"):
            load("few_labels").draw(examples, count, seed=0)

    def test_no_film_judged_is_drawn_from_and_the_test_split_stays_closed(self, monkeypatch):
        few_labels = load("few_labels")
        groups = np.repeat(np.arange(3000), 10)
        labels = ["neg", "pos"] * 15000

        def load_named(name):
            assert name == "imdb:train"
            return Examples([f"text {i}" for i in range(30000)], labels, groups=groups, source=name)

        monkeypatch.setattr(few_labels, "load_named", load_named)
        rest, judged = few_labels.parts(test=False)
        assert len(judged) == 5000
        assert not set(rest.groups.tolist()) & set(judged.groups.tolist())

    def test_a_read_of_the_test_split_is_a_line_of_the_ledger(self, monkeypatch, tmp_path):
        monkeypatch.setenv("GATEWISE_LEDGER", str(tmp_path / "ledger.jsonl"))
        key = {"labels": 100, "encoder": "mine", "weights": "0123", "recipe": {}, "seed": 2}
        found = {"accuracy": {"network": 0.7, "nbsvm": 0.6, "tfidf": 0.5}, "development_accuracy": None}
        assert load("few_labels").record(key, found, 25000) == 1
        line = json.loads((tmp_path / "ledger.jsonl").read_text())
        assert (line["data"], line["accuracy"], line["baseline_accuracy"]) == ("imdb:test", 0.7, 0.6)

    def test_the_difference_is_to_the_rival_with_the_better_mean(self):
        run = {"labels": 100, "accuracy": {"network": 0.8, "nbsvm": 0.9, "tfidf": 0.6}}
        other = {"labels": 100, "accuracy": {"network": 0.9, "nbsvm": 0.5, "tfidf": 0.9}}
        (line,) = load("few_labels").summary([run, other])
        assert line["rival"] == "tfidf"
        assert line["difference"]["mean"] == pytest.approx(0.1)
        assert line["difference"]["values"] == pytest.approx([0.2, 0.0])


class TestOutOfDomain:
    def test_each_measure_has_its_own_better_rival(self):
        truth = np.array([0, 0, 1, 1] * 10)
        columns = {
            "model": np.where(truth, 0.9, 0.1),
            "nbsvm": np.where(truth, 0.4, 0.1),  # orders all, calls everything negative
            "tfidf": np.tile([0.9, 0.2, 0.8, 0.85], 10),  # wrong once in four, and then very sure
        }
        found = load("out_of_domain").judge({n: np.stack([1 - p, p], 1) for n, p in columns.items()}, truth)
        assert found["accuracy"]["better_rival"] == "tfidf"
        assert found["accuracy"]["difference"] == pytest.approx(0.25)
        low, high = found["accuracy"]["interval"]
        assert low < 0.25 < high
        assert found["auc"]["better_rival"] == "nbsvm"
        assert found["auc"]["difference"] == 0.0


class TestSets:
    def test_rows_of_other_classes_are_left_out(self, monkeypatch, tmp_path):
        import pyarrow
        import pyarrow.parquet as parquet

        table = pyarrow.table({"title": ["a", "b", "c"], "body": ["x", "y", "z"], "stars": [1, 3, 5]})
        parquet.write_table(table, tmp_path / "set.parquet")
        monkeypatch.setenv("GATEWISE_DATA", str(tmp_path))
        found = load("sets").read_set("set.parquet", "stars", text=("title", "body"), classes={1: "neg", 5: "pos"})
        assert (found.texts, found.labels) == (["a. x", "c. z"], ["neg", "pos"])

    def test_a_large_set_is_drawn_from_the_same_each_time(self):
        fixed_draw = load("sets").fixed_draw
        examples = Examples([str(i) for i in range(50)], [i % 2 for i in range(50)])
        drawn = fixed_draw(examples, 10)
        assert drawn.texts == fixed_draw(examples, 10).texts
        assert drawn.texts == sorted(drawn.texts, key=int)
        assert len(fixed_draw(examples, 50)) == 50


def test_example_reviews_are_strung_together_to_the_length_asked_for():
    found = load("packaged_speed").strung_together(["a b", "c", "d e f", "g"], lambda text: len(text.split()), 3)
    assert list(found) == ["a b c", "d e f"]


class TestWordVectors:
    def test_long_documents_are_read_in_pieces_and_rare_words_as_the_unknown_one(self):
        tokenizer = WordTokenizer(["<unk>", "a", "b"])
        tokens = tokenizer.encode_batch(["a b rare a b", "b"])
        assert isinstance(tokens, Ragged)
        found = list(load("word_vectors").Sentences(tokens, tokenizer.vocabulary, 3))
        assert found == [["a", "b", "<unk>"], ["a", "b"], ["b"]]

    def test_the_vectors_are_spread_as_new_ones_are(self):
        vectors = load("word_vectors").scaled(np.random.default_rng(0).normal(3, 7, (500, 4)), 0.2)
        assert vectors.std() == pytest.approx(0.2 / 3**0.5, rel=1e-5)
        assert np.abs(vectors.mean(axis=0)).max() < 1e-6  # of float32 sums of 500 numbers of 0.1

    def test_the_encoder_has_the_vectors_and_can_be_stored(self, tmp_path):
        from gatewise.store.encoder import read_encoder, write_encoder

        vectors = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
        encoder = load("word_vectors").make_encoder(WordTokenizer(["<unk>", "a", "b"]), vectors, 6, seed=0)
        write_encoder(tmp_path / "encoder", encoder, "# card\n")
        read = read_encoder(tmp_path / "encoder").tensors
        assert (read["forward.embedding.weight"] == vectors).all()
        assert np.abs(read["forward.encoder.weight_hh_l0"]).min() > 0


class TestLadder:
    def test_what_a_rung_stands_on_is_made_before_it(self):
        ladder = load("ladder")
        order = ladder.order_of("student")
        assert order[0] == "small"
        assert order[1:4] == ["encoder-6", "encoder", "backward"]
        assert order[-3:] == ["taught-backward", "blend", "student"]
        assert len(order) == len(set(order))
        assert ladder.order_of("scratch") == ["scratch"]

    def test_a_command_names_the_folders_of_its_own_seed_and_the_encoder_once(self, tmp_path):
        ladder = load("ladder")
        out = tmp_path / "a folder"
        argv = ladder.argv_of("language-model", 2, out, {}, ladder.DATA, ["--epochs", "1"])
        assert argv[:5] == ["gatewise", "train", "imdb", "--from", str(out / "encoder")]
        assert argv[-6:] == ["--out", str(out / "language-model" / "seed-2"), "--seed", "2", "--epochs", "1"]
        encoder = ladder.argv_of("encoder", 2, out, {}, ladder.DATA, ["--epochs", "1"])
        assert encoder[-4:] == ["--out", str(out / "encoder"), "--seed", "0"]
        used = ladder.argv_of("language-model", 2, out, {"encoder": "mine"}, ladder.DATA, [])
        assert used[4] == "mine"

    def test_a_program_without_options_gets_its_folder_where_it_wants_it(self, tmp_path):
        ladder = load("ladder")
        argv = ladder.argv_of("both", 2, tmp_path, {"adversarial": "mine"}, ladder.DATA, ["--epochs", "1"])
        folders = ["mine", *(str(tmp_path / name / "seed-2") for name in ("taught-backward", "both"))]
        assert argv == ["../scripts/join_models.py", *folders, "--data", "imdb"]
        assert (FOLDER / argv[0]).is_file()
        teacher = ladder.argv_of("teacher", 2, tmp_path, {}, ladder.DATA, [])
        assert "before=film ." in teacher

    @pytest.mark.parametrize(("steps", "kept"), [(3, 3), (201, 21)])
    def test_of_long_logs_one_step_in_ten_is_kept_and_every_other_line(self, tmp_path, monkeypatch, steps, kept):
        ladder = load("ladder")
        monkeypatch.setattr(ladder, "LOGS", tmp_path / "logs")
        lines = [{"message": "begun"}, *({"step": step, "seconds_left": 1.0} for step in range(steps)), {"epoch": 1}]
        (tmp_path / "train.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        ladder.keep_log(tmp_path, "scratch-0")
        found = [json.loads(line) for line in (tmp_path / "logs" / "scratch-0.jsonl").read_text().splitlines()]
        assert found[0] == lines[0]
        assert found[-1] == lines[-1]
        assert len(found) == kept + 2

    def test_no_rung_trains_on_the_test_split_and_every_recipe_is_there(self):
        ladder = load("ladder")
        for step in ladder.STEPS.values():
            assert "imdb:test" not in step.command
            words = shlex.split(step.command)
            if "--recipe" in words:
                name = words[words.index("--recipe") + 1]
                assert Recipe.load(name.replace("{recipes}", str(FOLDER / "recipes"))).transfer_rate == 1.0

    def test_a_finished_folder_is_left_alone_and_one_of_another_command_refused(self, tmp_path, monkeypatch):
        ladder = load("ladder")
        started = []

        def run(command, **_):
            started.append(command)
            return type("Done", (), {"returncode": 0})

        monkeypatch.setattr(ladder.subprocess, "run", run)
        folder = tmp_path / "seed-0"
        (folder / "checkpoints").mkdir(parents=True)
        ladder.make(folder, ["gatewise", "train"], 1)
        assert started == [[sys.executable, "-m", "gatewise", "train", "--threads", "1", "--resume"]]
        (folder / "checkpoints").rmdir()
        (folder / "config.json").write_text("{}")
        ladder.make(folder, ["gatewise", "train"], 1)
        assert len(started) == 1
        with pytest.raises(SystemExit, match="made by another command"):
            ladder.make(folder, ["gatewise", "train", "--blend"], 1)

    def test_a_judged_model_is_not_judged_again(self, tmp_path, monkeypatch):
        ladder = load("ladder")
        score = {"value": 0.9, "interval": [0.8, 1], "rival": 0.8, "difference": 0.1, "difference_interval": [0, 0.2]}
        answer = {"accuracy": score, "scores": {"roc_auc": {"value": 0.95}}, "ledger_line": 4}
        reads = []

        def run(command, **_):
            reads.append(command)
            return type("Done", (), {"returncode": 0, "stdout": json.dumps(answer)})

        monkeypatch.setattr(ladder.subprocess, "run", run)
        (tmp_path / "seed-0").mkdir()
        for weights, expected in (("one", 1), ("one", 1), ("others", 2)):
            (tmp_path / "seed-0" / "model.safetensors").write_text(weights)
            assert ladder.judge(tmp_path / "seed-0")["network"] == 0.9
            assert len(reads) == expected

    def test_figures_of_a_blend_tell_the_network_alone_too(self):
        blend = {"accuracy": 0.93, "network_accuracy": 0.92, "baseline_accuracy": 0.91, "blend": 0.4}
        ladder = load("ladder")
        assert ladder.development({"development": blend})["network"] == 0.92
        assert ladder.development({"development": {"accuracy": 0.9}}) == {
            "model": 0.9,
            "network": 0.9,
            "blend": None,
            "rival": None,
        }

    def test_floor_and_aim_are_judged_by_the_mean_of_the_test_figures(self):
        ladder = load("ladder")
        own = {"model": 0.9, "network": 0.9, "blend": None, "rival": None}
        tests = [{"accuracy": a, "network": a, "rival": None, "difference": None, "roc_auc": 0.9} for a in (0.89, 0.90)]
        runs = [{"development": own, "seconds": 1.0, "test": test} for test in tests]
        found = ladder.summary(runs, ladder.Step("", floor=89.0, aim=90.0))
        assert (found["is_floor_met"], found["is_aim_met"]) == (True, False)
        assert ladder.summary([{**runs[0], "test": None}], ladder.Step(""))["test"] is None
        assert "| 90.00 |" in ladder.shown({"scratch": ladder.summary([{**runs[0], "test": None}], ladder.Step(""))})
