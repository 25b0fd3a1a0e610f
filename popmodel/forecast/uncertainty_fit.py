"""Where the spreads of the shared shocks come from: time series models fitted to what nation and province have been through.

The assumption book holds the results; they are fitted again only to check them or when the figures change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array


class FertilityFit(NamedTuple):
    """An autoregression of order 1 of the logarithm of total fertility: its persistence and the innovations' deviation."""

    persistence: float
    innovation_sd: float


def fit_fertility(total_fertility: npt.ArrayLike) -> FertilityFit:
    """The spread and persistence of shocks to `total_fertility` (year,), births per woman in consecutive years.

    ARIMA(1, 0, 0) with a mean, by maximum likelihood (statsmodels). Source: Alho & Spencer (2005), section 7.3.
    """
    from statsmodels.tsa.arima.model import ARIMA

    fitted = ARIMA(np.log(np.asarray(total_fertility, dtype=float)), order=(1, 0, 0), trend="c").fit()
    found = dict(zip(fitted.model.param_names, fitted.params, strict=True))
    return FertilityFit(float(found["ar.L1"]), float(np.sqrt(found["sigma2"])))


def random_walk_sd(levels: npt.ArrayLike) -> float:
    """Standard deviation of the yearly steps of `levels` (year,) about their mean: of a random walk with drift."""
    return float(np.diff(np.asarray(levels, dtype=float)).std(ddof=1))


def joint_correlation(total_fertility: npt.ArrayLike, life_expectancy: npt.ArrayLike) -> float:
    """Correlation of the yearly steps of log fertility and life expectancy, both (year,).

    The residuals of a vector autoregression of order 0 of the steps (statsmodels); higher orders do not pay at some twenty years.
    """
    from statsmodels.tsa.api import VAR

    steps = np.column_stack([np.diff(np.log(np.asarray(total_fertility, dtype=float))), np.diff(np.asarray(life_expectancy))])
    return float(np.corrcoef(VAR(steps).fit(0, trend="c").resid.T)[0, 1])


def mean_age(shares: npt.ArrayLike, ages: npt.ArrayLike) -> Array:
    """Mean age at childbearing (year,) from `shares` of fertility (year, group) and the middles of their `ages` (group,)."""
    weights = np.asarray(shares, dtype=float)
    return np.asarray((weights * np.asarray(ages, dtype=float)).sum(axis=1) / weights.sum(axis=1))


def walk_beside(own: Sequence[float], other: Sequence[float], years: Sequence[int]) -> float:
    """Standard deviation a year of log(own / other), taken as a random walk observed in some `years` only.

    Each step of k years has k times a year's variance. Without a mean: neither is expected to gain on the other.
    """
    beside = np.diff(np.log(np.asarray(own, dtype=float)) - np.log(np.asarray(other, dtype=float)))
    return float(np.sqrt(np.mean(beside**2 / np.diff(np.asarray(years)))))
