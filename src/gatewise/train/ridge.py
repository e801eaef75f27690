"""Ridge regression in closed form: the linear readout of features that nothing else has to be learnt for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Features whose spread is below this share of their size are constant but for the rounding of float32.
_CONSTANT = 1e-6
# Rows that are standardised at a time, so that the features are never there twice.
_ROWS = 4_096


class RidgePath:
    """Readouts of the same examples for any penalty.

    W and b make smallest, with features z standardised to mean 0 and variance 1 over the weighted examples::

        sum_i c_i |W z_i + b - y_i|^2 / sum_i c_i  +  ridge |W|^2

    so that the penalty means the same for any number of examples, and any scale of the features. The intercept is not
    penalised. The scaling is folded into what `readout` gives, which takes the features as they are.

    Args:
        features: ``[n, F]`` float32 or float64.
        targets: ``[n, K]`` float64, y.
        weights: ``[n]`` positive, c; all alike when not given.

    Notes:
        One eigendecomposition of the correlations serves all penalties. Cost O(n F^2 + F^3), memory O(F^2). In float64.

    Reference: Hoerl and Kennard (1970), Ridge regression, Technometrics 12(1), 55-67; for echo state networks
        Lukosevicius (2012), section 4.

    Example:
        >>> path = RidgePath(np.array([[0.0], [1.0], [2.0]]), np.array([[1.0], [3.0], [5.0]]))
        >>> weight, bias = path.readout(1e-12)
        >>> weight.round(6).tolist(), bias.round(6).tolist()
        ([[2.0]], [1.0])
        >>> path.readout(1.0)[0].round(6).tolist()
        [[1.0]]
    """

    def __init__(self, features: npt.NDArray[np.floating], targets: Floats, weights: Floats | None = None) -> None:
        shares = np.full(len(features), 1.0) if weights is None else weights
        shares = shares / shares.sum()
        self._mean: Floats = _product(shares, features)
        self._centre: Floats = shares @ targets
        spread = np.sqrt(sum((shares[part] @ (features[part] - self._mean) ** 2 for part in _parts(features)), 0.0))
        varies = spread > _CONSTANT * np.abs(self._mean)
        self._scale: Floats = np.where(varies, spread, np.inf)
        correlations, link = np.zeros((len(self._mean),) * 2), np.zeros((len(self._mean), targets.shape[1]))
        for part in _parts(features):
            z = (features[part] - self._mean) / self._scale
            correlations += (shares[part, None] * z).T @ z
            link += z.T @ (shares[part, None] * (targets[part] - self._centre))
        values, self._axes = np.linalg.eigh(correlations)
        # Of features that depend on each other the smallest are zero, and by rounding a little below.
        self._values: Floats = np.maximum(values, 0.0)
        self._link: Floats = self._axes.T @ link

    def readout(self, ridge: float) -> tuple[Floats, Floats]:
        """Weights ``[K, F]`` and intercepts ``[K]`` for a penalty above 0."""
        standardised = self._axes @ (self._link / (self._values + ridge)[:, None])
        weight: Floats = (standardised / self._scale[:, None]).T
        return weight, self._centre - weight @ self._mean


def _parts(features: npt.NDArray[np.floating]) -> list[slice]:
    return [slice(begin, begin + _ROWS) for begin in range(0, len(features), _ROWS)]


def _product(shares: Floats, features: npt.NDArray[np.floating]) -> Floats:
    total: Floats = sum((shares[part] @ features[part] for part in _parts(features)), np.zeros(features.shape[1]))
    return total
