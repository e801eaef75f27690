"""Two models' answers mixed into one: how much of each, chosen on a development split."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gatewise.errors import ParameterError
from gatewise.metrics.calibration import fit_temperature, logit_columns, probabilities_from_logits
from gatewise.metrics.checks import Floats
from gatewise.metrics.scores import log_loss

WEIGHTS = tuple(number / 20 for number in range(21))
# A loss must be lower by more than rounding for the rival to get more weight.
_LESS = 1e-12
_NO_SPREAD = 1e-9  # what rounding leaves between answers that are all the same


@dataclass(frozen=True)
class Blend:
    """A mix of the log odds of a network and of its rival.

    With c(z) the logits of a text less their mean over the classes, and s the spread of c on the development split::

        z = (1 - weight) c(z_network) + weight (s_network / s_rival) c(z_rival)

    So both have the same spread, that of the network, and with weight 0 the blend is the network.

    Attributes:
        weight: Of the rival, 0 to 1.
        network_scale: s_network, above 0.
        rival_scale: s_rival, above 0.
    """

    weight: float
    network_scale: float
    rival_scale: float

    def logits(self, network: npt.ArrayLike, rival: npt.ArrayLike) -> Floats:
        """Logits of the blend, before its temperature.

        Args:
            network: ``[n, 1]`` for two classes, ``[n, K]`` otherwise; two columns will do for two classes.
            rival: ``[n]`` for two classes, ``[n, K]`` otherwise.

        Returns:
            As many columns as `network` has.

        Raises:
            ParameterError: The two do not have as many texts and classes.

        Example:
            >>> Blend(0.5, network_scale=2.0, rival_scale=1.0).logits([[4.0]], [1.0])
            array([[3.]])
        """
        ours, theirs = _centred_pair(network, rival)
        factor = self.weight * self.network_scale / self.rival_scale
        mixed: Floats = (1 - self.weight) * ours + factor * theirs
        return mixed if np.shape(network)[1:] == (mixed.shape[1],) else mixed[:, 1:] - mixed[:, :1]


def fit_blend(network: npt.ArrayLike, rival: npt.ArrayLike, y_index: npt.ArrayLike) -> tuple[Blend, float]:
    """The blend with the least log loss on these examples, and its temperature.

    The weight is one of 0, 0.05, ..., 1; for each the temperature is fitted anew. Of equal losses the smaller weight
    wins. Log loss and not accuracy, since on 2,500 examples accuracy moves in steps of noise, and the loss is smooth.
    As both ends are among the weights, the loss on these examples is never above that of either part.

    Args:
        network: Logits ``[n, 1]`` or ``[n]`` for two classes, ``[n, K]`` otherwise.
        rival: Logits of the rival, likewise.
        y_index: ``[n]`` class indices of the truth; at least one.

    Raises:
        ParameterError: No examples, or they do not match.

    Notes:
        The loss found is a little too good: the same examples chose weight, scales and temperature. A part that gives
        all texts the same answer has the scale 1.

    Example:
        >>> blend, temperature = fit_blend([3.0, 1.0, -1.0, -2.0], [1.0, -2.0, 1.0, -1.0], [1, 1, 0, 0])
        >>> blend.weight
        0.0
    """
    ours, theirs = _centred_pair(network, rival)
    scales = _spread(ours), _spread(theirs)
    best, least = (Blend(0.0, *scales), 1.0), np.inf
    for weight in WEIGHTS:
        blend = Blend(weight, *scales)
        logits = blend.logits(ours, theirs)
        temperature = fit_temperature(logits, y_index)
        loss = log_loss(y_index, probabilities_from_logits(logits, temperature))
        if loss is not None and loss < least - _LESS:
            best, least = (blend, temperature), loss
    return best


def _centred_pair(network: npt.ArrayLike, rival: npt.ArrayLike) -> tuple[Floats, Floats]:
    ours, theirs = _centred(network), _centred(rival)
    if ours.shape != theirs.shape:
        raise ParameterError(
            f"{len(ours)} texts of {ours.shape[1]} classes and {len(theirs)} of {theirs.shape[1]} do not make a blend"
        )
    return ours, theirs


def _centred(logits: npt.ArrayLike) -> Floats:
    """Log probabilities but for a constant a text: ``[n, K]``, each row of mean 0."""
    columns = logit_columns(logits)
    centred: Floats = columns - columns.mean(axis=1, keepdims=True)
    return centred


def _spread(centred: Floats) -> float:
    """Standard deviation over the texts, the mean square over the classes."""
    spread = float(np.sqrt(centred.var(axis=0).mean())) if len(centred) else 0.0
    return spread if spread > _NO_SPREAD else 1.0
