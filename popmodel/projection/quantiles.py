"""Quantiles and probabilities of finished quantities over their draws."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array

QUANTILES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)


def quantiles(values: npt.NDArray[np.floating], wanted: Sequence[float] = QUANTILES) -> Array:
    """Exact quantiles (quantile, …) of `values` (…, draw), which are sorted in place along their last axis.

    Between two draws by a straight line. Source: Hyndman & Fan (1996), Sample quantiles in statistical packages, type 7.

    >>> quantiles(np.array([3.0, 1.0, 2.0]), [0.5, 0.75])
    array([2. , 2.5])
    """
    values.sort(axis=-1)
    places = np.asarray(wanted) * (values.shape[-1] - 1)
    below = np.floor(places).astype(int)
    above = np.minimum(below + 1, values.shape[-1] - 1)
    weight = places - below
    found = values[..., below] + (values[..., above] - values[..., below]) * weight
    return np.moveaxis(np.asarray(found, dtype=np.float64), -1, 0)


def probability(met: npt.NDArray[np.bool_]) -> Array:
    """Share of draws, the last axis, in which a statement is `met`."""
    return np.asarray(met.mean(axis=-1))
