"""What the benchmarks of fine-tuning share: the encoder, the recipe, and a classifier trained from both."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gatewise.cli.running import entry_of
from gatewise.data.examples import Examples
from gatewise.errors import ParameterError
from gatewise.nn import use_threads
from gatewise.runtime.predictor import Predictor
from gatewise.store.atomic import sha256_file
from gatewise.store.encoder import StoredEncoder
from gatewise.store.folder import MODEL, StoredModel
from gatewise.store.locate import find_model
from gatewise.store.source import read_source
from gatewise.train.fit import fit
from gatewise.train.progress import QuietReporter
from gatewise.train.recipe import Recipe
from gatewise.train.starting import starting_recipe


@dataclass(frozen=True)
class Start:
    """What a classifier is trained from.

    Attributes:
        name: Name of the encoder's folder, without its path.
        digest: Beginning of the SHA-256 of its weights.
        encoder: Its content.
        recipe: How to train; the seed is still to be set.
    """

    name: str
    digest: str
    encoder: StoredEncoder
    recipe: Recipe

    def train(self, examples: Examples, seed: int, more: Mapping[str, Any] | None = None, **given: Any) -> StoredModel:
        """Train on labelled examples, without a rival.

        Args:
            examples: They.
            seed: Of the run.
            more: Entries that change the recipe.
            given: Further arguments of `gatewise.train.fit.fit`.
        """
        recipe = self.recipe.with_options(seed=seed, **(more or {}))
        return fit(examples, recipe, source=self.encoder, rival=False, reporter=QuietReporter(), **given)

    def fit(self, examples: Examples, seed: int) -> Predictor:
        """As `train`; ``metrics`` of the predictor say how it went."""
        return Predictor(self.train(examples, seed))

    def facts(self) -> dict[str, Any]:
        """What tells results of this start from those of another."""
        changed = {name: value for name, value in self.recipe.to_json().items() if value != getattr(Recipe(), name)}
        return {"encoder": self.name, "weights": self.digest, "recipe": changed}


def add_options(parser: argparse.ArgumentParser) -> None:
    """``--from``, ``--recipe``, ``--set``, ``--threads`` and ``--trial``."""
    parser.add_argument("--from", dest="start", required=True, metavar="ENCODER", help="folder of gatewise pretrain")
    parser.add_argument("--recipe", help="recipe file or name; that of gatewise train --from unless given")
    parser.add_argument("--set", dest="entries", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--trial", type=int, metavar="ROWS", help="few rows, to see that it runs; results are not kept")


def start_of(chosen: argparse.Namespace) -> Start:
    """Read what the options name.

    Raises:
        ParameterError: It is a model: that one has learnt from all labels of its task already.
    """
    use_threads(chosen.threads)
    encoder = read_source(chosen.start)
    if not isinstance(encoder, StoredEncoder):
        raise ParameterError(f"--from {chosen.start} is a model, not an encoder", hint="gatewise pretrain makes one")
    recipe = Recipe.load(chosen.recipe) if chosen.recipe else starting_recipe("lstm", chosen.start)
    recipe = recipe.with_options(**dict(map(entry_of, chosen.entries)))
    folder = find_model(chosen.start)
    return Start(folder.name, sha256_file(folder / MODEL)[:16], encoder, recipe)
