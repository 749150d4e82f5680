"""Ridge logistic regression by iteratively reweighted least squares."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: the penalty on each squared coefficient of a standardised feature: a normal prior with standard deviation one half
RIDGE: Final = 4.0
_STEPS: Final = 60
_CLOSE: Final = 1e-7  # of the last step: convergence is quadratic, so what is left is of the order of its square


def fit(x: Floats, y: Floats, weight: float = 1.0, ridge: float = RIDGE, start: Floats | None = None) -> Floats | None:
    """The coefficients, constant first, that maximise weight * log-likelihood - ridge / 2 * sum of squared slopes.

    x: (rows, features), complete; y: (rows,) of 0 and 1. The constant is not penalised. None when y has one value only,
    as the constant has no bound then, or when the steps do not settle. Source: Le Cessie and Van Houwelingen (1992).
    """
    share = float(y.mean()) if len(y) else 0.0
    if not 0 < share < 1:
        return None
    design = np.asfortranarray(np.column_stack([np.ones(len(y)), x]))  # a column after the other, as they are read
    penalty = np.full(design.shape[1], ridge)
    penalty[0] = 0.0
    found = np.zeros(design.shape[1]) if start is None else start.copy()
    if start is None:
        found[0] = np.log(share / (1 - share))
    for _ in range(_STEPS):
        chance = probability(design, found)
        slope = weight * (design.T @ (y - chance)) - penalty * found
        curve = weight * ((design * (chance * (1 - chance))[:, None]).T @ design) + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        largest = float(np.abs(step).max())
        found = found + step * min(1.0, 4.0 / largest if largest > 0 else 1.0)
        if largest < _CLOSE:
            return found
    return None


def probability(design: Floats, coefficients: Floats) -> Floats:
    """1 / (1 + exp(-design @ coefficients)); design: (rows, 1 + features), constant first."""
    reach = design[:, 0] * coefficients[0]
    for at in range(1, design.shape[1]):  # so that a row's sum does not know how many rows there are
        reach += design[:, at] * coefficients[at]
    np.clip(reach, -30.0, 30.0, out=reach)
    out: Floats = 1.0 / (1.0 + np.exp(-reach))
    return out
