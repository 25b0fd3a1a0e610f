"""A set's age groups as single ages, which cohorts need, and back again."""

from __future__ import annotations

import numpy as np

from popmodel.demography import Array, graduate_counts
from popmodel.forecast.history import History

# Cohorts above this age are kept together.
_OLDEST = 100


def single_ages(history: History, years: int) -> Array:
    """The population of the last `years` year ends by single age 0 .. A, the last one open: (year, area, sex, age).

    Groups are split by monotone interpolation and keep their totals; A is where the open group begins, 100 at most.
    """
    recent = np.moveaxis(history.population[:, -years:], 1, 0)
    single = graduate_counts(recent, history.age_lo.tolist(), open_group=True)
    return np.concatenate([single[..., :_OLDEST], single[..., _OLDEST:].sum(axis=-1, keepdims=True)], axis=-1)


def grouped_like(history: History, forecast: Array) -> Array:
    """A forecast by single ages 0 .. A (…, area, sex, age) in the groups of the history.

    What lies above the age of 100 is shared as at the launch.
    """
    below = history.age_lo < forecast.shape[-1]
    grouped = np.add.reduceat(forecast, history.age_lo[below], axis=-1)
    above = history.population[:, -1][..., np.flatnonzero(below)[-1] :]
    shares = share_of(above, above.sum(axis=-1, keepdims=True))
    return np.concatenate([grouped[..., :-1], grouped[..., -1:] * shares], axis=-1)


def share_of(part: Array, whole: Array) -> Array:
    """The part over its whole; equal shares along the last axis where the whole is nothing."""
    return np.divide(part, whole, out=np.full(part.shape, 1 / part.shape[-1]), where=whole > 0)
