"""Slopes by the word vectors against differences, and what integrated gradients must add up to."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from explain_models import SHARE, TEXTS, model, rival, scorer

from gatewise.errors import ParameterError
from gatewise.explain import integrated as module
from gatewise.explain.bag_shares import bag_shares
from gatewise.explain.explain import explain
from gatewise.explain.quadrature import PLACES
from gatewise.explain.reading import Reading
from gatewise.explain.slopes import sloped_networks
from gatewise.store.config import TextConfig

POOLINGS = ("last", "max", "mean", "last+max+mean")
DIRECTIONS: tuple[dict[str, Any], ...] = ({}, {"bidirectional": True}, {"reads": "backward"}, {"reads": "both"})
HEADS: tuple[dict[str, Any], ...] = ({}, {"softmax": True}, {"classes": 3}, {"classes": 3, "ordinal": True})
LSTMS = [
    {"pooling": pooling, "layers": layers, **directions, **head}
    for pooling, layers, directions, head in product(POOLINGS, (1, 2), DIRECTIONS, HEADS)
]
BAGS: list[dict[str, Any]] = [
    {"network": "perceptron", "pooling": "mean", "classes": 3},
    {"network": "perceptron", "pooling": "mean", "ordinal": True, "classes": 3},
    *(
        {"network": "mlp", "pooling": "mean", "activation": name, "layers": 2}
        for name in ("tanh", "sigmoid", "relu", "leaky_relu", "softplus", "linear")
    ),
    {"network": "mlp", "pooling": "mean", "layers": 3, "highway": True},
]


@pytest.mark.parametrize("options", LSTMS + BAGS, ids=str)
def test_slopes_are_those_of_the_score(options: dict[str, Any]) -> None:
    predictor = model(**options, blend=SHARE, size=0.7)
    random = np.random.default_rng(5)
    offsets = np.array([0, 3, 7])
    ids = random.integers(0, 16, 7).astype(np.int32)
    judge, bags = scorer(predictor, 1), rival(predictor.config.network.classes).logits([["good"], ["not", "a"]])
    bags = bags.reshape(2, -1)
    networks = sloped_networks(predictor.network)
    rows = [network.rows(ids) for network in networks]

    def scores(given: list[np.ndarray]) -> np.ndarray:
        logits = [network.answer(own, offsets).logits for network, own in zip(networks, given, strict=True)]
        return judge.scores(np.mean(logits, axis=0), bags)

    answers = [network.answer(own, offsets) for network, own in zip(networks, rows, strict=True)]
    by_network, by_bag = judge.slopes(np.mean([answer.logits for answer in answers], axis=0), bags)
    slopes = [answer.slopes(by_network / len(networks)) for answer in answers]
    # Along a random direction, central differences of step h are right to h^2 times a third derivative of about 1,
    # and lose 1e-16 / h to rounding.
    h = 1e-5
    moves = [random.normal(size=own.shape) for own in rows]
    ahead, behind = (scores([own + sign * h * move for own, move in zip(rows, moves, strict=True)]) for sign in (1, -1))
    want = float((ahead - behind).sum()) / (2 * h)
    assert sum(float((own * move).sum()) for own, move in zip(slopes, moves, strict=True)) == pytest.approx(
        want, rel=1e-6, abs=1e-8
    )
    assert by_bag is not None
    logits = np.mean([answer.logits for answer in answers], axis=0)
    for column in range(bags.shape[1]):
        step = np.zeros(bags.shape)
        step[:, column] = h
        found = (judge.scores(logits, bags + step) - judge.scores(logits, bags - step)) / (2 * h)
        np.testing.assert_allclose(by_bag[:, column], found, atol=1e-8)


@pytest.mark.parametrize("options", [*HEADS, *DIRECTIONS, {"layers": 2}, *BAGS], ids=str)
@pytest.mark.parametrize("blend", [None, SHARE])
def test_parts_add_up_to_the_rise_of_the_score(options: dict[str, Any], blend: Any) -> None:
    predictor = model(**options, blend=blend, size=0.8)
    for text in TEXTS:
        found = explain(predictor, text, method="integrated")
        assert abs(found.gap) <= max(module.LEAST_GAP, module.LARGEST_SHARE * abs(found.score - found.baseline))


def test_of_a_linear_model_the_parts_are_exact() -> None:
    predictor = model(network="perceptron", pooling="mean")
    tensors = predictor.network.tensors
    found = explain(predictor, "this film is good", label="pos", method="integrated")
    ids = predictor.tokenizer.encode("this film is good").ids
    want = (
        (tensors["embedding.weight"][ids] - tensors["embedding.weight"][0])
        @ tensors["head.weight"][0]
        / 4
        / predictor.config.temperature
    )
    np.testing.assert_allclose(found.contributions, want, atol=1e-12)
    unknown = tensors["embedding.weight"][0] @ tensors["head.weight"][0] + tensors["head.bias"][0]
    assert found.baseline == pytest.approx(float(unknown) / 1.5, abs=1e-12)


def test_of_two_classes_the_rival_gets_its_shares_exactly() -> None:
    text = "not good, not good, not boring either"
    both = explain(model(blend=SHARE), text, label="pos", method="integrated")
    network = explain(model(), text, label="pos", method="integrated").contributions
    shares = bag_shares(rival(2), both.words.words)[:, 0]
    want = 0.6 * network + 0.4 * 1.5 / 2.5 / 1.5 * shares
    # The network's own part is an integral by as many steps in both, so that they differ by rounding alone.
    np.testing.assert_allclose(both.contributions, want, atol=1e-9)


def test_words_of_the_frame_stay_where_they_are() -> None:
    predictor = model(text=TextConfig(before="this film", after=". it is a"), size=0.8)
    (network,) = sloped_networks(predictor.network)
    words = [len(predictor.tokenizer.words(part)) for part in ("this film", "good", ". it is a")]
    ids = predictor.tokenizer.encode("this film good . it is a").ids
    ids[words[0] : words[0] + words[1]] = predictor.tokenizer.unknown_id
    rows = network.rows(ids)
    answer = network.answer(rows, np.array([0, len(ids)]))
    found = explain(predictor, "good", label="pos", method="integrated")
    assert found.baseline == pytest.approx(float(answer.logits[0, 0]) / 1.5, abs=1e-12)


def test_more_steps_are_taken_until_the_parts_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    predictor, text = model(size=1.5), TEXTS[4]
    monkeypatch.setattr(module, "FIRST_STEPS", PLACES)
    monkeypatch.setattr(module, "MOST_STEPS", PLACES)
    rough = explain(predictor, text, method="integrated")
    monkeypatch.setattr(module, "MOST_STEPS", 512)
    fine = explain(predictor, text, method="integrated")
    assert abs(rough.gap) > 0.01 * abs(rough.score - rough.baseline) > abs(fine.gap)


def test_blocks_of_the_path_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    predictor = model(blend=SHARE, layers=2)
    whole = explain(predictor, TEXTS[2], method="integrated").contributions
    monkeypatch.setattr(module, "_ROWS", 30)
    np.testing.assert_allclose(explain(predictor, TEXTS[2], method="integrated").contributions, whole, atol=1e-12)


def test_a_word_that_the_network_does_not_know_has_no_part() -> None:
    found = explain(model(size=0.8), "this 😀 is good", label="pos", method="integrated")
    assert found.contributions[1] == 0
    assert np.abs(found.contributions[[0, 2, 3]]).min() > 1e-6


@pytest.mark.parametrize("origin", module.ORIGINS)
def test_from_every_origin_the_parts_add_up(origin: str) -> None:
    predictor = model(blend=SHARE, size=0.8)
    reading, judge = Reading.of(predictor, TEXTS[0]), scorer(predictor, 1)
    score = explain(predictor, TEXTS[0], label="pos").score
    baseline, parts = module.integrated(predictor, reading, judge, score, origin=origin)
    assert parts.sum() == pytest.approx(score - baseline, abs=1e-3)


def test_an_unknown_origin_is_refused() -> None:
    predictor = model()
    with pytest.raises(ParameterError, match="unknown, zero, mean"):
        module.integrated(predictor, Reading.of(predictor, "a"), scorer(predictor, 1), 0.0, origin="noise")
