"""Age-specific fertility by birth order: rates, totals, mean ages, the tempo adjustment, and the level that gives known births.

Rates are births per woman and year by completed age, single ages on the last axis; the birth order, where there is one, is the
axis before, and the years the axis before that.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array
from popmodel.demography.checks import OLDEST, checked_counts, checked_fertility_rates, checked_together, checked_whole
from popmodel.messages import InputError, Problem


class TempoAdjusted(NamedTuple):
    """Total fertility without the effect of births put off or brought forward.

    total: (..., year); by_order and change: (..., year, order). `change` is the yearly change of the order's mean age at birth.
    """

    total: Array
    by_order: Array
    change: Array


def asfr_by_order(births_by_order: npt.ArrayLike, women: npt.ArrayLike) -> Array:
    """Births per woman and year by order and age: births of each order over all the women of the age, whatever their parity.

    births_by_order: (..., order, age); women: person-years (..., age); returns (..., order, age), zero where there are no women.
    Raises InputError on negative or missing values, or births at an age without women.
    Limit: these rates sum over orders to the fertility rate of the age; their risk set is not the women who could bear that order
    (see `parity_rates`).
    Source: Preston, Heuveline & Guillot (2001), chapter 5.

    >>> asfr_by_order([[10.0, 30.0], [0.0, 20.0]], [100.0, 200.0]).tolist()
    [[0.1, 0.15], [0.0, 0.1]]
    """
    births = checked_counts(births_by_order, what="births", axes=2)
    births, exposed = checked_together(births, checked_counts(women, what="women", axes=1)[..., None, :], same=1)
    alone = (exposed == 0) & (births > 0)
    if alone.any():
        raise InputError([Problem("births_without_women", {"place": int(np.argwhere(alone)[0][-1]), "count": int(alone.sum())})])
    return np.divide(births, exposed, out=np.zeros(births.shape), where=exposed > 0)


def total_fertility(rates: npt.ArrayLike) -> Array:
    """TFR, children per woman: the sum of single-year `rates` (..., age) over ages.

    Raises InputError on negative or missing rates, or rates per 1,000.
    Source: Preston, Heuveline & Guillot (2001), chapter 5.

    >>> float(total_fertility([0.0, 0.1, 0.2]).round(6))
    0.3
    """
    return np.asarray(checked_fertility_rates(rates).sum(axis=-1))


def total_fertility_by_order(rates_by_order: npt.ArrayLike) -> Array:
    """TFR of each birth order (..., order) from `rates_by_order` (..., order, age); they sum to the TFR.

    Raises InputError as `total_fertility`, or when there is no order axis.
    Limit: the TFR of the first order can exceed 1 while births are brought forward.

    >>> total_fertility_by_order([[0.1, 0.2], [0.0, 0.1]]).round(6).tolist()
    [0.3, 0.1]
    """
    return np.asarray(checked_fertility_rates(rates_by_order, axes=2).sum(axis=-1))


def mean_age_at_birth(rates: npt.ArrayLike, *, first_age: int = 0) -> Array:
    """Mean age of mothers in years, each completed age x counted as x + ½: sum of (x + ½) f(x) over the sum of f(x).

    rates: (..., age), single ages from `first_age` up; returns (...). Rates by order give the mean age of each order; their sum
    over orders gives that of all births.
    Raises InputError as `total_fertility`, where a schedule has no births, or where first_age is no age.
    Source: Human Fertility Database, Methods Protocol (Jasilioniene et al. 2015).

    >>> round(float(mean_age_at_birth([0.1, 0.1, 0.1], first_age=24)), 6)
    25.5
    """
    rates, first_age = checked_fertility_rates(rates), checked_whole(first_age, "first_age", 0, OLDEST)
    total = rates.sum(axis=-1)
    if np.any(total <= 0):
        raise InputError([Problem("births_none", {"count": int(np.sum(total <= 0))})])
    return np.asarray(rates @ (first_age + 0.5 + np.arange(rates.shape[-1])) / total)


def tempo_adjusted_fertility(rates_by_order_over_time: npt.ArrayLike, *, first_age: int = 0) -> TempoAdjusted:
    """Tempo-adjusted TFR of every year but the first and the last: the sum over orders of TFR_i / (1 − r_i).

    rates_by_order_over_time: (..., year, order, age), consecutive years; r_i(t) = (M_i(t+1) − M_i(t−1)) / 2, M_i the mean age at
    birth of the order. Returns fields over year − 2 years.
    Raises InputError with fewer than three years, an order without births in a year, or an r_i of 1 or more.
    Limits: supposes that postponement is the same at all ages of an order; the open order mixes orders, so that its mean age also
    moves with their mix; unstable from year to year (average several years); no forecast of completed fertility.
    Source: Bongaarts & Feeney (1998), Population and Development Review 24(2), 271-291; centred differences: (2000), ibid.
    26(3), 563.

    >>> steady = np.full((3, 1, 4), 0.1)
    >>> tempo_adjusted_fertility(steady).total.round(6).tolist()
    [0.4]
    """
    rates = checked_fertility_rates(rates_by_order_over_time, axes=3)
    if rates.shape[-3] < 3:
        raise InputError([Problem("years_too_few", {"found": rates.shape[-3], "expected": 3})])
    mean_age = mean_age_at_birth(rates, first_age=first_age)
    change = (mean_age[..., 2:, :] - mean_age[..., :-2, :]) / 2
    if np.any(change >= 1):
        raise InputError([Problem("tempo_too_fast", {"found": float(change.max()), "count": int(np.sum(change >= 1))})])
    by_order = total_fertility(rates)[..., 1:-1, :] / (1 - change)
    return TempoAdjusted(by_order.sum(axis=-1), by_order, change)


def scale_to_births(rates: npt.ArrayLike, women_years: npt.ArrayLike, births: npt.ArrayLike) -> Array:
    """Each schedule of `rates` times the one constant at which `women_years` bear its `births` in all.

    rates: (..., age); women_years: person-years (..., age); births: (...); they broadcast. Rates by order with births by order
    scale each order to its own. Raises InputError on negative or missing values, or births asked of women who bear none.

    >>> scale_to_births([[0.1, 0.2], [0.0, 0.1]], [10.0, 10.0], [6.0, 2.0]).round(6).tolist()
    [[0.2, 0.4], [0.0, 0.2]]
    """
    women = checked_counts(women_years, what="women", axes=1)
    rates, women = checked_together(checked_fertility_rates(rates), women, same=1)
    wanted, expected = checked_together(checked_counts(births, what="births"), (rates * women).sum(axis=-1))
    barren = (expected <= 0) & (wanted > 0)
    if barren.any():
        raise InputError([Problem("births_unreachable", {"count": int(barren.sum()), "found": float(wanted[barren][0])})])
    factor = np.divide(wanted, expected, out=np.zeros(wanted.shape), where=expected > 0)
    return np.asarray(rates * factor[..., None])
