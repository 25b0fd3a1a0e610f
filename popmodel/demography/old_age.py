"""Death rates of the oldest ages, and life tables closed at an age that published tables show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array
from popmodel.demography.checks import OLDEST, checked_age_range, checked_ages, checked_counts, checked_whole
from popmodel.demography.life_table import LifeTable, place_of_age
from popmodel.messages import InputError, Problem

IntArray = npt.NDArray[np.int_]


def kannisto(
    m: npt.ArrayLike, ages: Sequence[int] | npt.ArrayLike, *, fit: tuple[int, int] = (80, 98), to: int = 130
) -> tuple[Array, IntArray]:
    """Death rates with those above the ages of the fit replaced by the Kannisto model, up to `to`.

    m: (..., ages) per person-year; ages: their lowest ages, single or in groups of five, the last one open; fit: first and last
    lowest age of the regression, all of them closed. Returns the rates (..., ages up to `to`, the last one open) and their ages.
    logit m = c + b x is fitted by least squares, so that rates tend to 1. 80 to 98 is for single ages (80-84 .. 95-99 in groups
    of five); a small area fits where it has deaths.
    Raises InputError where fewer than two closed ages lie in `fit`, they differ in width, `to` is below the first age fitted
    anew, a rate of the fit is not strictly between 0 and 1, or the fitted rates fall with age.
    Source: Thatcher, Kannisto & Vaupel (1998), The Force of Mortality at Ages 80 to 120, chapter 3.

    >>> rates, ages = kannisto([0.05, 0.10, 0.18, 0.5], [80, 85, 90, 95], fit=(80, 90), to=105)
    >>> ages.tolist(), rates.round(3).tolist()
    ([80, 85, 90, 95, 100, 105], [0.05, 0.1, 0.18, 0.312, 0.481, 0.654])
    """
    m = checked_counts(m, what="death_rates", axes=1)
    lowest = checked_ages(ages, m.shape[-1], first=None)
    low, high = checked_age_range(fit, "fit")
    used = np.flatnonzero((lowest[:-1] >= low) & (lowest[:-1] <= high))
    if len(used) < 2:
        raise InputError([Problem("old_age_fit_too_few", {"low": low, "high": high, "found": len(used), "expected": 2})])
    widths = np.diff(lowest)[used]
    if np.any(widths != widths[0]):
        raise InputError([Problem("old_age_fit_uneven", {"low": low, "high": high})])
    intercept, slope = _logit_line(m[..., used], lowest[used], fit)
    kept = used[-1] + 1
    new_from = int(lowest[used[-1]] + widths[0])
    new_ages = np.arange(new_from, checked_whole(to, "to", new_from, OLDEST) + 1, widths[0])
    logits = intercept[..., None] + slope[..., None] * new_ages
    rates = np.concatenate([m[..., :kept], 1 / (1 + np.exp(-logits))], axis=-1)
    return rates, np.concatenate([lowest[:kept], new_ages])


def close_at(table: LifeTable, open_age: int = 100) -> LifeTable:
    """The same life table shown only up to an open age: there m = l/T, a = e = T/l and q = 1; all else stays.

    table: complete or abridged (..., ages), best made from rates to 130; open_age: one of its lowest ages. For output only: the
    rates of a projection keep their old ages.
    Raises InputError on an age at which no group of the table begins.
    Source: Preston, Heuveline & Guillot (2001), page 48.

    >>> from popmodel.demography.life_table import life_table
    >>> close_at(life_table([0.01, 0.2, 0.4, 0.5], "male"), 2).m.round(4).tolist()
    [0.01, 0.2, 0.4615]
    """
    last = place_of_age(table, open_age)
    m, a, q, alive, d, years, above, remaining = (np.array(column[..., : last + 1]) for column in table[:-1])
    m[..., -1] = 1 / remaining[..., -1]
    a[..., -1] = remaining[..., -1]
    q[..., -1] = 1.0
    d[..., -1] = alive[..., -1]
    years[..., -1] = above[..., -1]
    return LifeTable(m, a, q, alive, d, years, above, remaining, table.ages[: last + 1])


def _logit_line(m: Array, ages: IntArray, fit: tuple[int, int]) -> tuple[Array, Array]:
    """Intercept and slope of logit m on age by least squares; each of the leading shape."""
    outside = ~((m > 0) & (m < 1))
    if outside.any():
        place = int(np.argwhere(outside)[0][-1])
        raise InputError([Problem("old_age_rates_outside", {"age": int(ages[place]), "found": float(m[outside].flat[0])})])
    from_mean = ages - ages.mean()
    logits = np.log(m / (1 - m))
    slope = np.asarray((logits * from_mean).sum(axis=-1) / (from_mean**2).sum())
    if np.any(slope < 0):
        raise InputError([Problem("old_age_rates_falling", {"low": fit[0], "high": fit[1], "count": int(np.sum(slope < 0))})])
    return np.asarray(logits.mean(axis=-1) - slope * ages.mean()), slope
