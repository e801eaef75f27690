"""The network mixed with its bag-of-words rival, as far as the development split asks for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.baseline.nbsvm import NBSVM
from gatewise.errors import ParameterError
from gatewise.metrics.blend import fit_blend
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
    rival: NBSVM, corpus: Corpus, alone: npt.NDArray[np.float64], development: dict[str, Any]
) -> tuple[BlendConfig, float]:
    """Fit the blend and its temperature on the development split.

    Args:
        rival: Fitted on the training part alone.
        corpus: The split; `check_blend` comes before.
        alone: Logits of the network on the development split, ``[n, outputs]``.
        development: Figures of the network, which become those of the blend; its own go to ``network_...``.
    """
    assert corpus.dev is not None
    assert corpus.encoded_dev is not None
    targets = corpus.encoded_dev.targets
    bag = rival.logits(corpus.tokenizer.words_batch(corpus.dev.texts))
    blend, temperature = fit_blend(alone, bag, targets)
    own = {f"network_{name}": development[name] for name in ("accuracy", "log_loss", "temperature")}
    development |= own | judged(blend.logits(alone, bag), temperature, targets) | {"blend": blend.weight}
    return BlendConfig(blend.weight, blend.network_scale, blend.rival_scale), temperature
