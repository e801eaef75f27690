"""How faithful explanations are: how far the score falls when the words they name first are taken away.

For each of some IMDB reviews of the model's development split (part of the training file; no test split is read) the
words are ranked by what a method says they do for the predicted class. The 5, 10, ... 50 % of the words that do most
are deleted, what is left is read anew, and the drop of the class's log odds is noted. The area of a method is the mean
drop over the ten steps and all texts; the same of the probability is there beside it. The order ``random`` is the mean
of three. Integrated gradients are also measured from other origins than zero, and each with the network alone as score.

The measure is the area over the perturbation curve of Samek et al. 2017 (arXiv 1509.06321), with words for regions of
an image.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.data.examples import Examples
from gatewise.data.names import load_named
from gatewise.data.split import split_groups
from gatewise.errors import DataError
from gatewise.explain.explain import explain
from gatewise.explain.integrated import ORIGINS, integrated
from gatewise.explain.occlusion import occlusion, scores_without
from gatewise.explain.reading import Reading
from gatewise.explain.running import running_scores
from gatewise.explain.scoring import Scorer
from gatewise.runtime.predictor import Predictor
from gatewise.store.folder import read_model
from gatewise.store.locate import find_model
from record import table, write
from sets import fixed_draw

Floats = npt.NDArray[np.float64]
Case = tuple[Predictor, Reading, Scorer, float]

SHARES = tuple(number / 20 for number in range(1, 11))
OTHERS = ("occlusion", "random", "integrated, from zero")
RANDOM_ORDERS = 3
RESAMPLES = 2_000


def development_texts(predictor: Predictor, most: int) -> Examples:
    """Reviews that the model was not fitted to, always the same."""
    train, recipe = load_named("imdb:train"), predictor.metrics["recipe"]
    rows = split_groups(train, recipe["dev_share"], recipe["seed"])[1]
    if len(rows) != predictor.metrics["development"]["examples"]:
        raise DataError("the split gives other rows than the model was developed with", where="imdb:train")
    return fixed_draw(train.select(rows), most)


METHODS: dict[str, Callable[[Case], Floats]] = {
    **{
        f"integrated, from {origin}": lambda case, origin=origin: integrated(*case, origin=origin)[1]
        for origin in ORIGINS
    },
    "running": lambda case: np.diff(running_scores(*case[:3])),
    "occlusion": lambda case: occlusion(*case),
}


def drops(case: Case, contributions: Floats) -> tuple[Floats, Floats]:
    """Fall of log odds and of probability at each of `SHARES`."""
    predictor, reading, scorer, score = case
    order = np.argsort(-contributions, kind="stable")
    masks = np.zeros((len(SHARES), len(order)), np.bool_)
    for row, share in enumerate(SHARES):
        masks[row, order[: int(np.ceil(share * len(order)))]] = True
    left = scores_without(predictor, reading, scorer, masks)
    return score - left, _probability(np.array([score])) - _probability(left)


def _probability(scores: Floats) -> Floats:
    return 1 / (1 + np.exp(-scores))


def measure(predictor: Predictor, texts: list[str], methods: list[str]) -> dict[str, Any]:
    """Mean drops of each method over texts."""
    random = np.random.default_rng(0)
    found: dict[str, list[tuple[Floats, Floats]]] = {name: [] for name in [*methods, "random"]}
    seconds = dict.fromkeys(methods, 0.0)
    for number, text in enumerate(texts):
        case = _case(predictor, text)
        for name in methods:
            begun = time.perf_counter()
            contributions = METHODS[name](case)
            seconds[name] += time.perf_counter() - begun
            found[name].append(drops(case, contributions))
        by_chance = [drops(case, random.normal(size=len(case[1].words))) for _ in range(RANDOM_ORDERS)]
        found["random"].append(tuple(np.mean([one[kind] for one in by_chance], axis=0) for kind in (0, 1)))  # type: ignore[arg-type]
        if number % 50 == 49:
            print(f"{number + 1} texts", flush=True)
    return {name: _summary(rows) | {"seconds": seconds.get(name)} for name, rows in found.items()} | _ratios(found)


def _case(predictor: Predictor, text: str) -> Case:
    answer = explain(predictor, text)
    index = predictor.classes_.index(answer.label)
    return predictor, Reading.of(predictor, text), Scorer(predictor, index), answer.score


def _summary(rows: list[tuple[Floats, Floats]]) -> dict[str, Any]:
    odds, probabilities = (np.stack([row[kind] for row in rows]) for kind in (0, 1))
    return {
        "area": float(odds.mean()),
        "area_probability": float(probabilities.mean()),
        "curve": odds.mean(axis=0).tolist(),
        "curve_probability": probabilities.mean(axis=0).tolist(),
    }


def _ratios(found: dict[str, list[tuple[Floats, Floats]]]) -> dict[str, Any]:
    """Area of each method over some others', with 95 % intervals by resampling texts."""
    areas = {name: np.array([row[0].mean() for row in rows]) for name, rows in found.items()}
    random = np.random.default_rng(1)
    size = len(areas["random"])
    draws = random.integers(0, size, (RESAMPLES, size))
    ratios: dict[str, Any] = {}
    for name in areas:
        for other in [one for one in OTHERS if one in areas and one != name]:
            spread = areas[name][draws].mean(axis=1) / areas[other][draws].mean(axis=1)
            low, high = np.quantile(spread, [0.025, 0.975]).tolist()
            ratios[f"{name} / {other}"] = {"value": areas[name].mean() / areas[other].mean(), "interval": [low, high]}
    return {"ratios": ratios}


def main() -> None:
    """Measure one model and write ``results/deletion.json``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="imdb")
    parser.add_argument("--texts", type=int, default=500)
    parser.add_argument("--methods", nargs="+", choices=list(METHODS), default=list(METHODS))
    parser.add_argument("--network-alone", action="store_true", help="leave the rival out of the score")
    parser.add_argument("--trial", action="store_true", help="print, and write nothing")
    chosen = parser.parse_args()
    stored = read_model(find_model(chosen.model))
    if chosen.network_alone:
        stored = replace(stored, config=replace(stored.config, blend=None))
    predictor = Predictor(stored)
    texts = development_texts(predictor, chosen.texts)
    figures = measure(predictor, texts.texts, chosen.methods)
    names = [*chosen.methods, "random"]
    lines = [[name, f"{figures[name]['area']:.3f}", f"{figures[name]['area_probability']:.3f}"] for name in names]
    print(table(["order", "mean drop of log odds", "of probability"], lines))
    name = "deletion-network" if chosen.network_alone else "deletion"
    write(name, {"model": chosen.model, "texts": len(texts), "shares": SHARES, **figures}, keep=not chosen.trial)


if __name__ == "__main__":
    main()
