"""Grouped ages to single years: a monotone cubic through the cumulated totals keeps every group's total and is never negative.

The interpolant is the piecewise cubic Hermite of Fritsch & Carlson (1980), SIAM J. Numer. Anal. 17, as in scipy.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array


def graduate_counts(totals: npt.ArrayLike, bounds: Sequence[int]) -> Array:
    """Single-year values whose sums over the closed groups are `totals`.

    totals: (..., groups), not negative; bounds: groups + 1 rising ages, group g being bounds[g] .. bounds[g+1] − 1.
    Returns (..., bounds[-1] − bounds[0]). Raises ValueError on a negative total or bounds that do not fit.

    >>> float(graduate_counts([10.0, 50.0], [0, 1, 6]).sum())
    60.0
    """
    from scipy.interpolate import PchipInterpolator

    totals = np.asarray(totals, dtype=float)
    edges = np.asarray(bounds)
    if totals.shape[-1] != len(edges) - 1 or np.any(np.diff(edges) <= 0):
        raise ValueError(f"{totals.shape[-1]} groups need {totals.shape[-1] + 1} rising bounds, found {list(bounds)}")
    if np.any(totals < 0):
        raise ValueError("group totals must not be negative")
    cumulated = np.concatenate([np.zeros((*totals.shape[:-1], 1)), np.cumsum(totals, axis=-1)], axis=-1)
    with np.errstate(over="ignore"):  # a slope next to a vanishing one may overflow in its reciprocal, which is then rightly 0
        fine = PchipInterpolator(edges, cumulated, axis=-1)(np.arange(edges[0], edges[-1] + 1))
    return np.asarray(np.maximum(np.diff(fine, axis=-1), 0.0))


def graduate_rates(rates: npt.ArrayLike, bounds: Sequence[int]) -> Array:
    """Single-year rates whose plain mean over each group is the group's rate (the cumulated hazard is interpolated).

    rates: (..., groups); bounds and result as for `graduate_counts`.
    """
    return graduate_counts(np.asarray(rates, dtype=float) * np.diff(np.asarray(bounds)), bounds)


def split_open_group(total: npt.ArrayLike, person_years: npt.ArrayLike) -> Array:
    """An open group's `total` (...) over its single ages in proportion to the life table's `person_years` (..., ages)."""
    weights = np.asarray(person_years, dtype=float)
    return np.asarray(total, dtype=float)[..., None] * weights / weights.sum(axis=-1, keepdims=True)
