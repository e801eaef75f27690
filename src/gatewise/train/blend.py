"""The network mixed with its bag-of-words rival, as far as the development split asks for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.errors import ParameterError
from gatewise.metrics.blend import fit_blend
from gatewise.metrics.checks import Floats
from gatewise.store.config import BlendConfig
from gatewise.train.corpus import Corpus
from gatewise.train.judging import judged
from gatewise.train.recipe import Recipe

# The log loss of 100 texts is uncertain by a tenth of itself and more, and a weight chosen by fewer is a guess.
FEWEST = 100


def check_blend(recipe: Recipe, corpus: Corpus, *, rival: bool) -> None:
    """Raise `ParameterError`, before any training, where the recipe asks for a blend that cannot be fitted."""
    if not recipe.blend:
        return
    if not rival:
        raise ParameterError("blend=True mixes the network with its rival, and rival=False leaves that out")
    count = len(corpus.dev) if corpus.dev is not None else 0
    if count < FEWEST:
        raise ParameterError(
            f"blend=True chooses its weight on the development split, which has {count} examples; {FEWEST} are needed",
            hint="give more texts, a larger share (--set dev_share=0.2) or a file (--dev FILE), or --no-blend",
        )


def blend_with(
    alone: Floats, bag: Floats, targets: npt.NDArray[np.int64], development: dict[str, Any]
) -> tuple[BlendConfig, float]:
    """Fit the blend and its temperature on the development split; `check_blend` comes before.

    Args:
        alone: Logits of the network there, ``[n, outputs]``.
        bag: Those of the rival, which was fitted on the training part alone.
        targets: ``[n]``.
        development: Figures of the network, which become those of the blend; its own go to ``network_...``.
    """
    blend, temperature = fit_blend(alone, bag, targets)
    own = {f"network_{name}": development[name] for name in ("accuracy", "log_loss", "temperature")}
    development |= own | judged(blend.logits(alone, bag), temperature, targets) | {"blend": blend.weight}
    return BlendConfig(blend.weight, blend.network_scale, blend.rival_scale), temperature
