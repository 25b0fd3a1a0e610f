"""Grouped ages to single years: counts, rates and births, each keeping what was counted in a group.

The default is a monotone cubic through the cumulated totals (Fritsch & Carlson 1980, SIAM J. Numer. Anal. 17, in the form of
Fritsch & Butland 1984, as scipy's PCHIP has it): every group's total stays and nothing is negative. The osculatory multipliers
of the handbooks are there to reproduce published tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array
from popmodel.demography.checks import checked_above_zero, checked_ages, checked_counts, checked_numbers, checked_together
from popmodel.demography.multipliers import (
    BEERS_MODIFIED,
    BEERS_ORDINARY,
    GRABILL_MIDDLE,
    GROUPS_NEEDED,
    JOHNSON,
    SPRAGUE,
    middle_matrix,
    multiplier_matrix,
)
from popmodel.messages import InputError, Problem, Term

MONOTONE = "monotone"
GRABILL = "grabill"
_PANELS = {"sprague": SPRAGUE, "beers_ordinary": BEERS_ORDINARY, "beers_modified": BEERS_MODIFIED}
METHODS = (MONOTONE, *_PANELS, GRABILL)

# Grabill's weight against Sprague's rises e-fold a year over the first ten ages, to exp(-0.1), and falls so at the end.
_BLENDED_AGES = 10
_BLEND = np.exp(np.arange(_BLENDED_AGES) - (_BLENDED_AGES - 0.9))

# Ages that come out below zero are held at zero by this weight and the rest solved anew; always as many rounds, so that an area's
# rates do not depend on the areas it is computed with.
_HOLD = 1e9
_HOLDING_ROUNDS = 6


def graduate_counts(totals: npt.ArrayLike, bounds: Sequence[int], *, method: str = MONOTONE, open_group: bool = False) -> Array:
    """Single-year values of grouped counts.

    totals: (..., groups), not negative; bounds: groups + 1 rising ages, group g being bounds[g] .. bounds[g+1] - 1. With
    `open_group` the last total is of ages bounds[-1] and over, there are as many bounds as groups, and it comes back unchanged
    as the last value. Returns (..., bounds[-1] - bounds[0]), one more with an open group. Raises InputError on a negative
    total, bounds that do not fit, a method that is not known, or groups its multipliers do not take.

    method: "monotone" takes any groups, keeps every total and is never negative. "sprague" and "beers_ordinary" keep every total;
    "beers_modified" smooths, keeping the first group, the last and the sum; "grabill" smooths more, keeps only the sum, and is
    Sprague's at either end, passing over within ten ages. These four take at least five 5-year groups and may go below zero
    where totals fall steeply, as in old age: nothing is cut off. A first pair 0 and 1-4 is added up for them, and ages under ten
    are then refitted by Johnson's quartic, so that both totals stay: age 0 is the one given, age 1 and ages from 9 up are the
    formula's own.

    Source: Siegel & Swanson (2004), tables C.13-C.15; Shryock & Siegel (1973), appendix C; Stover et al. (2008) for ages under
    ten.

    >>> float(graduate_counts([10.0, 50.0], [0, 1, 6]).sum())
    60.0
    >>> graduate_counts([50.0] * 5 + [7.0], [0, 5, 10, 15, 20, 25], method="sprague", open_group=True).round(9)[-2:].tolist()
    [10.0, 7.0]
    """
    totals = checked_counts(totals, what="group_totals", axes=1)
    edges = _checked_bounds(bounds, totals, open_group=open_group)
    single = _graduated(totals[..., :-1] if open_group else totals, edges, method)
    return np.concatenate([single, totals[..., -1:]], axis=-1) if open_group else single


def graduate_rates(rates: npt.ArrayLike, bounds: Sequence[int], *, method: str = MONOTONE, open_group: bool = False) -> Array:
    """Single-year rates whose plain mean over each group is the group's rate (the cumulated rate is interpolated).

    rates: (..., groups), not negative; everything else as in `graduate_counts`; the rate of an open group comes back unchanged.
    The mean is kept by the methods that keep totals. It is that of a group's rate only where exposure is even within the group.

    Source: Jasilioniene et al. (2015), Human Fertility Database methods protocol, splitting of grouped rates.

    >>> graduate_rates([0.01, 0.01], [0, 1, 5]).round(9).tolist()
    [0.01, 0.01, 0.01, 0.01, 0.01]
    """
    rates = checked_counts(rates, what="rates", axes=1)
    edges = _checked_bounds(bounds, rates, open_group=open_group)
    single = _graduated((rates[..., :-1] if open_group else rates) * np.diff(edges), edges, method)
    return np.concatenate([single, rates[..., -1:]], axis=-1) if open_group else single


def graduate_births(births: npt.ArrayLike, women: npt.ArrayLike, bounds: Sequence[int]) -> Array:
    """The smoothest single-year fertility rates at which `women` bear the births counted in each group of mother's age.

    births: (..., groups) in a year; women: (..., ages) person-years by single age from bounds[0] to bounds[-1] - 1; bounds:
    groups + 1 ages. Leading dimensions broadcast. Returns (..., ages), births per woman-year, not negative. Rates times women add
    up to each group's births; among all such schedules that are zero just below bounds[0] and from bounds[-1] on, that with the
    least sum of squared second differences is taken, ages where it would fall below zero being held at zero.
    Limits: a peak sharper than the groups is rounded off; for very uneven women a small step may remain beside ages held at zero.
    Raises InputError on negative or missing numbers, axes that do not fit, or births in a group without women.

    Source: Michalski, Grigoriev & Gorlishchev (2018), MPIDR Technical Report 2018-002 (quadratic optimisation).

    >>> rates = graduate_births([40.0, 60.0], [100.0] * 10, [20, 25, 30])
    >>> float((rates[:5] * 100).sum().round(6))
    40.0
    """
    births, women = checked_counts(births, what="births", axes=1), checked_counts(women, what="women", axes=1)
    edges = _checked_bounds(bounds, births, open_group=False)
    if women.shape[-1:] != (edges[-1] - edges[0],):
        found = {"what": Term("demography.what.women"), "found": women.shape[-1], "expected": int(edges[-1] - edges[0])}
        raise InputError([Problem("axis_of_wrong_length", {**found, "axis": 1})])
    exposed = _group_sums(women, edges)
    births, exposed = checked_together(births, exposed)
    if (alone := (births > 0) & (exposed == 0)).any():
        place = int(edges[np.argwhere(alone)[0][-1]] - edges[0])
        raise InputError([Problem("births_without_women", {"place": place, "count": int(alone.sum())})])
    group_rates = np.divide(births, exposed, out=np.zeros(births.shape), where=exposed > 0)
    weights = np.repeat(np.where(group_rates > 0, exposed, 0.0), np.diff(edges), axis=-1)
    weights = np.divide(women, weights, out=np.ones(weights.shape), where=weights > 0)
    rates = _smoothest(group_rates, weights, edges)
    borne = _group_sums(rates * women, edges)
    correction = np.divide(births, borne, out=np.zeros(births.shape), where=borne > 0)
    return rates * np.repeat(correction, np.diff(edges), axis=-1)


def age_at_census_to_age_at_birth(schedule: npt.ArrayLike, *, shift: float = 0.5) -> Array:
    """Births or rates by mother's age at the census, moved `shift` years down to her age at the birth.

    schedule: (..., ages), single completed ages; births of the 12 months before the census, or rates from them. A mother was on
    average half a year younger at the birth. Returns (..., ages + 1) beginning one age lower, because mothers of the first age
    may have been a year younger; the total is kept: f'(x) = F(x + 1 + shift) - F(x + shift), F being the monotone cubic through
    the cumulated schedule.
    Limits: all mothers are taken to be `shift` younger, where birthdays spread that over a year, so the variance of the
    schedule stays 1/12 too high. Raises InputError on negative or missing values, or a shift that is not between 0 and 1 year.

    Source: United Nations (1983), Manual X, chapter II; Moultrie et al. (2013), Tools for Demographic Estimation, fertility.

    >>> age_at_census_to_age_at_birth([0.0, 0.2, 0.2, 0.0]).round(3).tolist()
    [0.0, 0.075, 0.25, 0.075, 0.0]
    """
    schedule = checked_counts(schedule, what="rates", axes=1)
    if not (isinstance(shift, Real) and 0 <= shift <= 1):
        raise InputError([Problem("shift_out_of_range", {"found": shift})])
    empty = np.zeros((*schedule.shape[:-1], 1))
    ages = np.arange(-1, schedule.shape[-1] + 2)
    fine = _monotone(np.concatenate([empty, schedule, empty], axis=-1), ages, at=ages[:-1] + shift)
    return np.maximum(fine, 0.0)


def split_open_group(total: npt.ArrayLike, person_years: npt.ArrayLike) -> Array:
    """An open group's `total` (...) over its single ages in proportion to the life table's `person_years` (..., ages).

    Raises InputError on negative or missing numbers, or person-years that are all zero.

    Source: stationary population; Preston, Heuveline & Guillot (2001), chapter 3.

    >>> split_open_group(100.0, [6.0, 3.0, 1.0]).round(9).tolist()
    [60.0, 30.0, 10.0]
    """
    weights = checked_counts(person_years, what="person_years", axes=1)
    lived = checked_above_zero(weights.sum(axis=-1, keepdims=True), "person_years")
    total, weights = checked_together(checked_counts(total, what="group_totals")[..., None], weights)
    return total * weights / lived


def _checked_bounds(bounds: Sequence[int], values: Array, *, open_group: bool) -> npt.NDArray[np.int_]:
    groups, found = values.shape[-1], checked_numbers(bounds, "ages", axes=1).size
    expected = groups + (0 if open_group else 1)
    if found != expected or expected < 2:
        raise InputError([Problem("bounds_do_not_match", {"groups": groups, "found": found, "expected": max(expected, 2)})])
    return checked_ages(bounds, expected, first=None)


def _graduated(totals: Array, edges: npt.NDArray[np.int_], method: str) -> Array:
    if not (isinstance(method, str) and method in METHODS):
        raise InputError([Problem("graduation_method_unknown", {"found": method, "known": ", ".join(METHODS)})])
    if method == MONOTONE:
        return _kept(np.maximum(_monotone(totals, edges, at=np.arange(edges[0], edges[-1] + 1)), 0.0), totals, edges)
    widths = np.diff(edges)
    abridged = len(widths) > 1 and edges[0] == 0 and (widths[0], widths[1]) == (1, 4)
    if abridged:
        widths = np.concatenate([[5], widths[2:]])
    if np.any(widths != 5) or len(widths) < GROUPS_NEEDED:
        found = ", ".join(str(edge) for edge in edges.tolist())
        raise InputError([Problem("groups_not_five_years", {"method": method, "found": found, "needed": GROUPS_NEEDED})])
    if not abridged:
        return _osculatory(totals, method)
    combined = np.concatenate([totals[..., :1] + totals[..., 1:2], totals[..., 2:]], axis=-1)
    return _johnson(_osculatory(combined, method), totals)


def _monotone(totals: Array, edges: npt.NDArray[np.int_], *, at: npt.ArrayLike) -> Array:
    """Differences at the ages `at` of the monotone cubic through the totals cumulated at the edges."""
    cumulated = np.concatenate([np.zeros((*totals.shape[:-1], 1)), np.cumsum(totals, axis=-1)], axis=-1)
    ages, widths = np.asarray(at, dtype=float), np.diff(edges).astype(float)
    rise = np.diff(cumulated, axis=-1) / widths
    slopes = _slopes(rise, widths)
    group = np.clip(np.searchsorted(edges, ages, side="right") - 1, 0, len(widths) - 1)
    width, beyond = widths[group], ages - edges[group]
    start, end, rise = slopes[..., group], slopes[..., group + 1], rise[..., group]
    cubic, square = (start + end - 2 * rise) / width**2, (3 * rise - 2 * start - end) / width
    return np.asarray(np.diff(cumulated[..., group] + beyond * (start + beyond * (square + beyond * cubic)), axis=-1))


def _slopes(rise: Array, widths: Array) -> Array:
    """Slopes at the edges (..., edges) of the monotone cubic that rises by `rise` (..., groups) a year in groups of `widths`.

    Inside the weighted harmonic mean of both sides, zero where they differ in sign or one is flat (Fritsch & Butland 1984); at
    the ends by a parabola, kept from turning back (Moler 2004, Numerical computing with MATLAB, section 3.6).
    """
    if len(widths) == 1:
        return np.repeat(rise, 2, axis=-1)
    slopes = np.zeros((*rise.shape[:-1], len(widths) + 1))
    left, right, before, after = widths[:-1], widths[1:], rise[..., :-1], rise[..., 1:]
    alike = before * after > 0
    with np.errstate(over="ignore"):  # a slope next to a vanishing one may overflow in its reciprocal, which is then rightly 0
        parts = [
            np.divide(weight, side, out=np.zeros(side.shape), where=alike)
            for weight, side in ((2 * right + left, before), (right + 2 * left, after))
        ]
        np.divide(3 * (left + right), parts[0] + parts[1], out=slopes[..., 1:-1], where=alike)
    slopes[..., 0] = _end_slope(widths[0], widths[1], rise[..., 0], rise[..., 1])
    slopes[..., -1] = _end_slope(widths[-1], widths[-2], rise[..., -1], rise[..., -2])
    return slopes


def _end_slope(width: float, next_width: float, rise: Array, next_rise: Array) -> Array:
    slope = ((2 * width + next_width) * rise - width * next_rise) / (width + next_width)
    slope = np.where(slope * rise <= 0, 0.0, slope)
    return np.where((rise * next_rise <= 0) & (np.abs(slope) > 3 * np.abs(rise)), 3 * rise, slope)


def _kept(single: Array, totals: Array, edges: npt.NDArray[np.int_]) -> Array:
    """`single` with each group's total exact: differences of large cumulated numbers lose digits of a small group."""
    sums = _group_sums(single, edges)
    factor = np.divide(totals, sums, out=np.zeros(totals.shape), where=sums > 0)
    even = np.where(sums > 0, 0.0, totals / np.diff(edges))  # a group so small that it vanished in the differences
    return single * np.repeat(factor, np.diff(edges), axis=-1) + np.repeat(even, np.diff(edges), axis=-1)


def _smoothest(means: Array, weights: Array, edges: npt.NDArray[np.int_]) -> Array:
    """The values (..., ages), none negative, of least squared second differences whose weighted group sums are `means`."""
    ages, groups = int(edges[-1] - edges[0]), means.shape[-1]
    bending = np.diff(np.eye(ages + 2), n=2, axis=0)[:, 1:-1]  # with a zero before the first age and after the last
    inside = np.repeat(np.eye(groups), np.diff(edges), axis=1)
    system = np.zeros((*means.shape[:-1], ages + groups, ages + groups))
    system[..., ages:, :ages] = inside * weights[..., None, :]
    system[..., :ages, ages:] = np.swapaxes(system[..., ages:, :ages], -1, -2)
    wanted = np.concatenate([np.zeros((*means.shape[:-1], ages)), means], axis=-1)[..., None]
    held = np.repeat(means == 0, np.diff(edges), axis=-1)
    for _ in range(_HOLDING_ROUNDS):
        system[..., :ages, :ages] = bending.T @ bending + np.where(held, _HOLD, 0.0)[..., None] * np.eye(ages)
        values = np.linalg.solve(system, wanted)[..., :ages, 0]
        held = held | (values < 0)
    return np.where(held, 0.0, values)


def _osculatory(totals: Array, method: str) -> Array:
    groups = totals.shape[-1]
    if method != GRABILL:
        return totals @ multiplier_matrix(_PANELS[method], groups).T
    weight = np.ones(5 * groups)
    weight[:_BLENDED_AGES], weight[-_BLENDED_AGES:] = _BLEND, _BLEND[::-1]
    ends, middle = multiplier_matrix(SPRAGUE, groups), middle_matrix(GRABILL_MIDDLE, groups)
    blended = totals @ (ends + weight[:, None] * (middle - ends)).T
    # What the smoothing gained or lost in all is taken back in proportion, less so where Sprague rules.
    excess = (blended.sum(axis=-1) - totals.sum(axis=-1))[..., None]
    smoothed = (weight * blended).sum(axis=-1, keepdims=True)
    return blended * (1 - weight * np.divide(excess, smoothed, out=np.zeros_like(excess), where=smoothed != 0))


def _johnson(single: Array, totals: Array) -> Array:
    """Ages 0 .. 8 refitted so that the totals of 0, 1-4 and 5-9 stay, with a quartic from age 1 to age 10 of the formula."""
    one, nine, ten = single[..., 1], single[..., 9], single[..., 10]
    known = np.stack([one, totals[..., 1] - one, totals[..., 2] - nine, nine, ten], axis=-1)
    refitted = known @ JOHNSON.T / 10_000
    return np.concatenate([totals[..., :1], single[..., 1:2], refitted, single[..., 9:]], axis=-1)


def _group_sums(single: Array, edges: npt.NDArray[np.int_]) -> Array:
    return np.add.reduceat(single, (edges[:-1] - edges[0]).tolist(), axis=-1)
