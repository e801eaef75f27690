"""The score of a class: the log odds of the probability that users are shown, and its slopes."""

from __future__ import annotations

import numpy as np

from gatewise.baseline.nbsvm import NBSVM
from gatewise.explain.explanation import Floats
from gatewise.metrics.calibration import logit_columns
from gatewise.runtime.predictor import Predictor


class Scorer:
    r"""Log odds of one class, from the logits of the network and of the rival.

    With u the K logits of the model (of the blend, where it is one) over its temperature, and p their softmax,

    .. math::
        s = \log \frac{p_k}{1 - p_k} = u_k - \log \sum_{j \ne k} e^{u_j} \qquad
        \frac{\partial s}{\partial u_k} = 1 \qquad \frac{\partial s}{\partial u_j} = -\frac{p_j}{1 - p_k}

    For two classes s is linear in the logits.

    Args:
        predictor: The model.
        index: Of the class, k.

    Attributes:
        rival: The rival that takes part in the answer; None where none does.
    """

    def __init__(self, predictor: Predictor, index: int) -> None:
        self._index, self._temperature = index, predictor.config.temperature
        self.rival: NBSVM | None = predictor.rival if predictor.blend is not None else None
        self._network_share, self._rival_share = 1.0, 0.0
        if predictor.blend is not None:
            blend = predictor.blend
            self._network_share = 1 - blend.weight
            self._rival_share = blend.weight * blend.network_scale / blend.rival_scale

    def scores(self, network: Floats, rival: Floats | None) -> Floats:
        """Log odds ``[n]`` float64.

        Args:
            network: ``[n, outputs]`` logits of the network.
            rival: ``[n, 1]`` for two classes, else ``[n, K]``, logits of the rival; not read where it has no part.
        """
        columns = self._columns(network, rival)
        own, others = self._split(columns)
        scores: Floats = own - np.logaddexp.reduce(others, axis=1)
        return scores

    def slopes(self, network: Floats, rival: Floats | None) -> tuple[Floats, Floats | None]:
        """Slopes of the score by what `scores` takes, of the same shapes; None by a rival that has no part."""
        columns = self._columns(network, rival)
        _, others = self._split(columns)
        shares = np.exp(others - np.logaddexp.reduce(others, axis=1)[:, None])
        by_columns = np.insert(-shares, self._index, 1.0, axis=1) / self._temperature
        by_network = self._network_share * _by_logits(by_columns, network.shape[1])
        if self.rival is None or rival is None:
            return by_network, None
        return by_network, self._rival_share * _by_logits(by_columns, rival.shape[1])

    def _columns(self, network: Floats, rival: Floats | None) -> Floats:
        """The K logits over the temperature, but for a constant a row, which changes no probability."""
        columns = self._network_share * logit_columns(network)
        if self.rival is not None:
            assert rival is not None
            columns = columns + self._rival_share * logit_columns(rival)
        scaled: Floats = columns / self._temperature
        return scaled

    def _split(self, columns: Floats) -> tuple[Floats, Floats]:
        return columns[:, self._index], np.delete(columns, self._index, axis=1)


def _by_logits(by_columns: Floats, outputs: int) -> Floats:
    """Slopes by logits as a head gives them: one logit z stands for the columns 0, z."""
    return by_columns[:, 1:] if outputs == 1 else by_columns
