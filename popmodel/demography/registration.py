"""Completeness of death registration between two censuses, and rates corrected by it.

Counts are by age group on the last axis, the last group open; deaths and net migrants are totals of the time between.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array
from popmodel.demography.checks import (
    OLDEST,
    checked_above_zero,
    checked_age_range,
    checked_ages,
    checked_counts,
    checked_death_rates,
    checked_finite,
    checked_numbers,
    checked_shape,
    checked_together,
    checked_whole,
)
from popmodel.messages import InputError, Problem

# A completeness outside is a percentage or a slip: estimates somewhat above one do occur.
COMPLETENESS = (0.02, 2.0)
FEWEST_POINTS = 3
# Points that differ by less than this share of the largest differ by rounding.
_FLAT = 1e-9


class GrowthBalance(NamedTuple):
    """Completeness of deaths, coverages of the two censuses (the fuller is 1), and the line: (...); its points (..., point).

    Points are at exact `ages` (point); `fitted` (point) tells those the line was drawn through; correlation is over these.
    """

    completeness: Array
    first_coverage: Array
    second_coverage: Array
    intercept: Array
    slope: Array
    correlation: Array
    ages: npt.NDArray[np.int_]
    fitted: npt.NDArray[np.bool_]
    death_rate: Array
    entry_less_growth: Array


class ExtinctGenerations(NamedTuple):
    """Completeness of deaths and the standard deviation of the points' own (...); persons reaching age a year (..., point).

    Points are at exact `ages` (point); `fitted` (point) tells those averaged.
    """

    completeness: Array
    spread: Array
    ages: npt.NDArray[np.int_]
    fitted: npt.NDArray[np.bool_]
    from_deaths: Array
    from_censuses: Array


def growth_balance(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    deaths: npt.ArrayLike,
    ages: Sequence[int] | npt.ArrayLike,
    years: npt.ArrayLike,
    *,
    fit_ages: tuple[int, int] = (15, 75),
    net_migration: npt.ArrayLike | None = None,
) -> GrowthBalance:
    """Generalised growth balance: completeness of `deaths` and relative coverage of the censuses.

    first, second: persons counted (..., group); deaths, net_migration: registered and net arrivals in the `years` (...)
    between, of the same shape; ages: lowest ages of the groups. In those aged x and over, entries less growth plus net
    migration equal deaths; the line of these on the death rate registered, of slope sd(y)/sd(x), through exact ages
    fit_ages[0]..fit_ages[1], has slope √(k1 k2)/c and intercept ln(k1/k2)/years.
    Raises InputError on counts that do not fit, an empty old age, fewer than three ages to fit, or a death rate that is the
    same at all of them.
    Limits: completeness must be the same at all ages fitted, ages well stated, migration small or given. On exact
    populations, fitted 15-75, five-year groups read 2-3% high and single ages 0.1%; ten years with uneven cohorts cost 1-2%.
    Source: Hill (1987), Asian and Pacific Population Forum 1(3); United Nations (2002), Methods for Estimating Adult
    Mortality; Dorrington (2013) in Moultrie et al., Tools for Demographic Estimation, chapter 24.

    >>> counts = 90 - np.arange(0, 90, 5) - 2.5  # one in 90 of those born dies at each age; 4 of 5 deaths known
    >>> round(float(growth_balance(counts, counts, np.full(18, 4.0), np.arange(0, 90, 5), 5).completeness), 3)
    0.811
    """
    groups = _counts(first, second, deaths, ages, years, net_migration)
    time, points = groups.time, groups.ages[1:-1]
    before, after = _and_over(groups.first), _and_over(groups.second)
    lived = np.sqrt(checked_above_zero(before, "population") * checked_above_zero(after, "population"))
    x = checked_above_zero(_and_over(groups.deaths), "deaths") / time / lived
    y = _reaching(groups) / lived - np.log(after / before) / time + _and_over(groups.net_migration) / time / lived
    fitted = _fitted(points, fit_ages)
    slope = _spread(y[..., fitted]) / _spread(x[..., fitted])
    intercept = y[..., fitted].mean(axis=-1) - slope * x[..., fitted].mean(axis=-1)
    ratio = np.exp(intercept * time[..., 0])
    first_coverage, second_coverage = np.minimum(ratio, 1.0), np.minimum(1 / ratio, 1.0)
    completeness = np.sqrt(first_coverage * second_coverage) / slope
    return GrowthBalance(
        completeness, first_coverage, second_coverage, intercept, slope, _correlation(x, y, fitted), points, fitted, x, y
    )


def synthetic_extinct_generations(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    deaths: npt.ArrayLike,
    ages: Sequence[int] | npt.ArrayLike,
    years: npt.ArrayLike,
    *,
    open_expectation: npt.ArrayLike,
    fit_ages: tuple[int, int] = (25, 65),
    net_migration: npt.ArrayLike | None = None,
    balance: GrowthBalance | None = None,
) -> ExtinctGenerations:
    """Synthetic extinct generations: completeness of `deaths` as the mean of the persons reaching an age, by deaths over counted.

    Arguments as for `growth_balance`; open_expectation (...): years of life left at the lowest age of the open group.
    Those reaching x a year are all who die beyond it, at the growth of their age: N(x) = N(x+n) e^(nr) + D e^(nr/2), and
    in the open group D (e^(er) − (er)²/6). With `balance` the censuses are first made as full as the fuller one by its
    coverages (SEG-delta).
    Raises InputError on counts that do not fit, an empty group, no deaths, or fewer than three ages to fit.
    Limits: as for `growth_balance`; a census of another coverage than the first's tilts the points unless `balance` is given.
    Source: Bennett & Horiuchi (1981), Population Index 47(2), and (1984), Demography 21(2), pp. 217-233; Dorrington (2013) in
    Moultrie et al., Tools for Demographic Estimation, chapter 25.

    >>> ages, counts = np.arange(0, 90, 5), 90 - np.arange(0, 90, 5) - 2.5  # the population of growth_balance's example
    >>> result = synthetic_extinct_generations(counts, counts, np.full(18, 4.0), ages, 5, open_expectation=2.5)
    >>> round(float(result.completeness), 3)
    0.802
    """
    groups = _counts(first, second, deaths, ages, years, net_migration)
    checked_above_zero(groups.deaths.sum(axis=-1), "deaths")
    time = groups.time
    if balance is not None:
        groups = groups._replace(
            first=groups.first / balance.first_coverage[..., None], second=groups.second / balance.second_coverage[..., None]
        )
    left = checked_shape(checked_above_zero(open_expectation, "life_expectancy"), groups.first.shape[:-1])
    lived = np.sqrt(checked_above_zero(groups.first, "population") * checked_above_zero(groups.second, "population"))
    growth = (np.log(groups.second / groups.first) - groups.net_migration / lived) / time
    from_deaths = _reaching_by_deaths(groups.ages, groups.deaths / time, growth, left)
    from_censuses = _reaching(groups)
    points = groups.ages[1:-1]
    fitted = _fitted(points, fit_ages)
    each = (from_deaths / from_censuses)[..., fitted]
    return ExtinctGenerations(each.mean(axis=-1), each.std(axis=-1, ddof=1), points, fitted, from_deaths, from_censuses)


def corrected_rates(
    m: npt.ArrayLike,
    completeness: npt.ArrayLike,
    *,
    child_completeness: npt.ArrayLike,
    adult_age: int = 5,
    ages: Sequence[int] | npt.ArrayLike | None = None,
) -> Array:
    """Death rates `m` (..., age) divided by the completeness of registration: one below `adult_age`, one from it up.

    completeness, child_completeness: (...), shares from 0.02 to 2 (the methods here tell nothing of children: theirs comes
    from a survey of births or a neighbour); ages: lowest ages of the groups, 0, 1, 2, … when not given.
    Raises InputError on rates, completeness or an `adult_age` that cannot be.
    Source: Moultrie et al. (2013), Tools for Demographic Estimation, chapters 24-25.

    >>> corrected_rates([0.01, 0.002], 0.8, child_completeness=0.5, adult_age=1).round(6).tolist()
    [0.02, 0.0025]
    """
    m = checked_death_rates(m)
    lowest = checked_ages(np.arange(m.shape[-1]) if ages is None else ages, m.shape[-1])
    adults, children = _completeness(completeness)[..., None], _completeness(child_completeness)[..., None]
    m, adults, children = checked_together(m, adults, children)
    return np.asarray(m / np.where(lowest < checked_whole(adult_age, "adult_age", 0, OLDEST), children, adults))


class _Groups(NamedTuple):
    first: Array
    second: Array
    deaths: Array
    net_migration: Array
    time: Array
    ages: npt.NDArray[np.int_]


def _counts(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    deaths: npt.ArrayLike,
    ages: Sequence[int] | npt.ArrayLike,
    years: npt.ArrayLike,
    net_migration: npt.ArrayLike | None,
) -> _Groups:
    """All of one shape, (..., group), and the years (..., 1)."""
    before, after = (checked_counts(counts, what="population", axes=1) for counts in (first, second))
    died = checked_counts(deaths, what="deaths", axes=1)
    moved = np.zeros(before.shape) if net_migration is None else checked_finite(net_migration, what="migrants", axes=1)
    for given in (before, after, died, moved):
        lowest = checked_ages(ages, given.shape[-1], first=None)
    time = checked_above_zero(years, "years_between")[..., None]
    before, after, died, moved, time = checked_together(before, after, died, moved, time)
    return _Groups(before, after, died, moved, time[..., :1], lowest)


def _and_over(counts: Array) -> Array:
    """Sums of the groups from each of the inner ages up."""
    return np.flip(np.cumsum(np.flip(counts, -1), axis=-1), -1)[..., 1:-1]


def _reaching(groups: _Groups) -> Array:
    """Persons who reach each of the inner ages a year: the group below at the first census and the one above at the second."""
    widths = np.diff(groups.ages)
    return np.sqrt(groups.first[..., :-2] / widths[:-1] * groups.second[..., 1:-1] / widths[1:])


def _reaching_by_deaths(ages: npt.NDArray[np.int_], died: Array, growth: Array, left: Array) -> Array:
    """Persons who reach each of the inner ages a year: all deaths beyond, each grown over the ages between."""
    grown = np.diff(ages) * growth[..., :-1]
    grown_before = np.concatenate([np.zeros((*grown.shape[:-1], 1)), np.cumsum(grown, axis=-1)], axis=-1)
    exponent = left * growth[..., -1]
    last = died[..., -1] * (np.exp(exponent) - exponent**2 / 6)
    dying = died[..., :-1] * np.exp(grown_before[..., :-1] + grown / 2)
    beyond = np.concatenate([dying, last[..., None] * np.exp(grown_before[..., -1:])], axis=-1)
    return (np.flip(np.cumsum(np.flip(beyond, -1), axis=-1), -1) * np.exp(-grown_before))[..., 1:-1]


def _fitted(points: npt.NDArray[np.int_], fit_ages: tuple[int, int]) -> npt.NDArray[np.bool_]:
    low, high = checked_age_range(fit_ages, "fit_ages")
    fitted = (points >= low) & (points <= high)
    if fitted.sum() < FEWEST_POINTS:
        raise InputError([Problem("fit_ages_too_few", {"found": int(fitted.sum()), "low": low, "high": high})])
    return fitted


def _spread(values: Array) -> Array:
    """Standard deviation over the points, refused where there is none but rounding."""
    spread = values.std(axis=-1)
    flat = spread <= _FLAT * np.abs(values).max(axis=-1)
    if flat.any():
        raise InputError([Problem("death_rate_constant", {"count": int(flat.sum())})])
    return np.asarray(spread)


def _correlation(x: Array, y: Array, fitted: npt.NDArray[np.bool_]) -> Array:
    x = x[..., fitted] - x[..., fitted].mean(axis=-1, keepdims=True)
    y = y[..., fitted] - y[..., fitted].mean(axis=-1, keepdims=True)
    return np.asarray((x * y).sum(axis=-1) / np.sqrt((x**2).sum(axis=-1) * (y**2).sum(axis=-1)))


def _completeness(share: npt.ArrayLike) -> Array:
    share = checked_numbers(share, "completeness")
    low, high = COMPLETENESS
    bad = ~((share >= low) & (share <= high))
    if bad.any():
        raise InputError([Problem("completeness_out_of_range", {"found": float(share[bad].flat[0]), "low": low, "high": high})])
    return share
