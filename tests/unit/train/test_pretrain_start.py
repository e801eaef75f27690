"""Pre-training that goes on from an encoder: its weights, its words, its shape, the same bits after a stop."""

from __future__ import annotations

import numpy as np
import pytest
from small_texts import TINY, Recorder, assert_same_encoder, run, terminate

from gatewise.data.documents import Documents
from gatewise.errors import Interrupted, ParameterError, TrainingError
from gatewise.text.tokenizer import tokenizer_from_json
from gatewise.train.pretrain.run import pretrain

BOTH = TINY.with_options(direction="both", epochs=1)
# A rate at which no weight moves by more than some millionths.
STILL = TINY.with_options(learning_rate=1e-8, epochs=1, embedding_bits=32)


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A folder with documents, and the encoder that was trained on them."""
    folder = tmp_path_factory.mktemp("first")
    return folder, run(folder, "first", BOTH)


@pytest.mark.parametrize("reader", ["forward", "backward"])
def test_it_begins_with_the_weights_of_the_same_reader(first, reader):
    folder, encoder = first
    still = run(folder, f"still-{reader}", STILL.with_options(direction=reader), start=encoder)
    assert still.tensors.keys() == {name for name in encoder.tensors if name.startswith(reader)}
    for name, array in still.tensors.items():
        # Adam moves a weight by at most the rate a step, times a few in its first ones.
        np.testing.assert_allclose(array, encoder.tensors[name], atol=1e-5, err_msg=name)


def test_it_goes_on_to_a_lower_perplexity(first):
    folder, encoder = first
    before = encoder.metrics["held_out"]["forward"]["perplexity"]
    assert run(folder, "more", start=encoder).metrics["held_out"]["forward"]["perplexity"] < before


def test_its_words_are_those_of_the_encoder(first, tmp_path):
    path = tmp_path / "more.txt"
    path.write_text("\n\n".join(f"the cat eats item{number} ." for number in range(20)))
    more = pretrain([Documents(str(path))], TINY, tmp_path / "out", start=first[1])
    assert more.tokenizer == first[1].tokenizer
    assert tokenizer_from_json(more.tokenizer).id_of("eats") == 0


def test_a_stopped_run_goes_on_to_the_same_bits_and_from_no_other_encoder(first):
    folder, encoder = first
    undisturbed = run(folder, "whole", start=encoder)
    with pytest.raises(Interrupted):
        run(folder, "stopped", start=encoder, reporter=Recorder(("forward", 7), terminate))
    with pytest.raises(TrainingError, match="the encoder it goes on from differs"):
        run(folder, "stopped", start=undisturbed, resume=True)
    assert_same_encoder(run(folder, "stopped", start=encoder, resume=True), undisturbed)


def test_the_record_says_what_it_went_on_from(first):
    folder, encoder = first
    began = run(folder, "told", STILL, start=encoder).metrics["training"]["start"]
    assert began["passes"] == {"forward": 1, "backward": 1}
    assert len(began["sha256"]) == 64


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"hidden_size": 9}, "hidden_size=9, and the encoder to go on from has 8"),
        ({"layers": 1}, "layers=1, and the encoder to go on from has 2"),
    ],
)
def test_another_shape_is_refused(first, tmp_path, entries, message):
    with pytest.raises(ParameterError, match=message):
        run(tmp_path, recipe=TINY.with_options(**entries), start=first[1])


def test_a_direction_the_encoder_does_not_read_in_is_refused(first, tmp_path):
    folder, encoder = first
    forward = run(folder, "forward-alone", STILL, start=encoder)
    with pytest.raises(ParameterError, match="direction='both', and the encoder to go on from reads forward"):
        run(tmp_path, recipe=BOTH, start=forward)


def test_words_of_another_encoder_do_not_go_with_it(first, tmp_path):
    with pytest.raises(ParameterError, match="brings its words"):
        run(tmp_path, start=first[1], vocabulary=first[1].tokenizer)
