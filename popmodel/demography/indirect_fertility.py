"""Fertility where births are not registered, or not by the mother's age: from parities, from children by age, from age groups.

Ages are single completed years from 0 on the last axis, the last one open, unless a docstring says otherwise. Years count back
from the census: year 0 is the one that ends with it, children of completed age k were born in year k.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array
from popmodel.demography.checks import (
    checked_above_zero,
    checked_counts,
    checked_fertility_rates,
    checked_probabilities,
    checked_together,
)
from popmodel.messages import InputError, Problem, Term

# United Nations (1983), Manual X, table 7: a, b, c by age group, 15-19 to 45-49. In the last group b is for the group before.
_EQUIVALENTS_AT_END = np.array(
    [
        [2.531, 3.321, 3.265, 3.442, 3.518, 3.862, 3.828],
        [-0.188, -0.754, -0.627, -0.563, -0.763, -2.481, 0.016],
        [0.0024, 0.0161, 0.0145, 0.0029, 0.0006, -0.0001, -0.0002],
    ]
)
_EQUIVALENTS_AT_BIRTH = np.array(
    [
        [2.147, 2.838, 2.760, 2.949, 3.029, 3.419, 3.535],
        [-0.244, -0.758, -0.594, -0.566, -0.823, -2.966, -0.007],
        [0.0034, 0.0162, 0.0133, 0.0025, 0.0006, -0.0001, -0.0002],
    ]
)
# Ibid., table 8: x, y, z of the share of the next group's rate that half a year brings down into this group, 15-19 to 40-44.
_HALF_YEAR = np.array(
    [
        [0.031, 0.068, 0.094, 0.120, 0.162, 0.270],
        [2.287, 0.999, 1.219, 1.139, 1.739, 3.454],
        [0.114, -0.233, -0.977, -1.531, -3.592, -21.497],
    ]
)
_GROUPS = 7
# The groups whose P/F ratios make the correction: 20-24, 25-29, 30-34.
_CORRECTING = slice(1, 4)


class BrassPF(NamedTuple):
    """Result of the P/F ratio method, age groups 15-19 to 45-49 on the last axis.

    equivalents: F, the parities the reported rates would give; ratios: P/F; factor: K, the mean ratio of 20-34; rates: the rates
    by age at birth times K; total: their total fertility. Ratios are NaN where F is not above zero.
    """

    equivalents: Array
    ratios: Array
    factor: Array
    rates: Array
    total: Array


class ReverseSurvival(NamedTuple):
    """Total fertility and births of the years before a census (..., year), year 0 the last one."""

    total: Array
    births: Array


class OwnChildren(NamedTuple):
    """Fertility rates (..., year, age) and their totals (..., year) of the years before a census, year 0 the last one."""

    rates: Array
    total: Array


class ChildWomanTotals(NamedTuple):
    """Total fertility implied by the child-woman ratio, without and with regard to the women's ages (...)."""

    implied: Array
    extended: Array


def brass_pf(parities: npt.ArrayLike, rates5: npt.ArrayLike, *, ages_at_end: bool) -> BrassPF:
    """Fertility of the reported age pattern at the level of the parities of women of 20-34 (Brass P/F ratio).

    parities: mean children ever born by age of women, 15-19 to 45-49 (..., 7); rates5: births of the last year per woman of the
    same groups (..., 7); ages_at_end: whether they are by the mother's age at the end of that year (a census question) and not at
    the birth. F(i) = 5 (f(1) + ... + f(i−1)) + a(i) f(i) + b(i) f(i+1) + c(i) 5 (f(1) + ... + f(7)).
    Raises InputError on other than seven groups, negative or missing values, rates of zero, or an F of 20-34 that is not above 0.
    Limits: fertility constant over the last fifteen years or so (falling fertility gives ratios that rise with age, and K is too
    high); the same omission of births at every age; a and b are for early childbearing: F of 15-19 is poor where it is late.
    Source: Brass (1964); United Nations (1983), Manual X, chapter II, tables 7 and 8.

    >>> f, p = [0.1063, 0.2296, 0.2154, 0.1825, 0.1339, 0.0644, 0.0336], [0.385, 1.847, 3.485, 4.917, 5.861, 6.194, 6.084]
    >>> round(float(brass_pf(p, f, ages_at_end=True).factor), 2)
    1.5
    """
    parity, f = checked_counts(parities, what="parities"), checked_fertility_rates(rates5)
    _check_length(parity, _GROUPS, "parities")
    _check_length(f, _GROUPS, "fertility_rates")
    a, b, c = _EQUIVALENTS_AT_END if ages_at_end else _EQUIVALENTS_AT_BIRTH
    total = 5 * f.sum(axis=-1, keepdims=True)
    if np.any(total <= 0):
        raise InputError([Problem("births_none", {"count": int(np.sum(total <= 0))})])
    neighbour = np.concatenate([f[..., 1:], f[..., -2:-1]], axis=-1)
    equivalents = 5 * (np.cumsum(f, axis=-1) - f) + a * f + b * neighbour + c * total
    checked_above_zero(np.maximum(equivalents[..., _CORRECTING], 0.0), "parity_equivalents")  # below zero by b, not by a slip
    parity, equivalents = checked_together(parity, equivalents)
    ratios = np.divide(parity, equivalents, out=np.full(parity.shape, np.nan), where=equivalents > 0)
    factor = ratios[..., _CORRECTING].mean(axis=-1)
    rates = factor[..., None] * (_half_a_year_younger(f, total) if ages_at_end else f)
    return BrassPF(equivalents, ratios, factor, rates, 5 * rates.sum(axis=-1))


def reverse_survival_tfr(
    children: npt.ArrayLike,
    women: npt.ArrayLike,
    *,
    child_survival: npt.ArrayLike,
    female_survival: npt.ArrayLike,
    asfr_shape: npt.ArrayLike,
) -> ReverseSurvival:
    """Total fertility of each year before a census, from its children by single age, its women, and an age pattern of fertility.

    children: both sexes by completed age 0, 1, ... (..., year), one age a year; women: (..., age); child_survival: the share of
    those born in the year who are alive at the census, L_k / l_0 of their cohort (..., year); female_survival: S_x of the year
    (..., year, age), reaching x from x − 1; asfr_shape: the age pattern of the year (..., year, age), of any level. The last two
    may have one year that serves for all. Births are children over their survival; women are taken back a year at a time,
    N_{x−1} = N_x / S_x; TFR = births over the women-years (N_x at both ends of the year, halved) weighted by the pattern.
    Raises InputError on negative or missing values, survival of zero, axes that do not match, or women too young at the last age.
    Limits: closed to migration; shows misstated ages and missed infants as fertility (smooth over three to five years); the level
    hangs on child mortality, the age pattern matters little. It is the exact inverse of a projection step without migration.
    Source: Timaeus & Moultrie (2012), Tools for Demographic Estimation, chapter "Estimation of fertility by reverse survival";
    United Nations (1983), Manual X, chapter VIII; Spoorenberg (2014), Demographic Research 31(9), 217-246.

    >>> women, children = np.full(8, 100.0), [30.0, 30.0]
    >>> survival, shape = np.ones((1, 8)), [[0, 0, 1, 1, 0, 0, 0, 0]]
    >>> found = reverse_survival_tfr(children, women, child_survival=[1, 1], female_survival=survival, asfr_shape=shape)
    >>> found.total.tolist()
    [0.3, 0.3]
    """
    births = _births(children, child_survival)
    years = births.shape[-1]
    shape = _age_pattern(asfr_shape)
    exposed = _women_years(women, female_survival, years, highest=int(np.flatnonzero(np.any(_flat(shape) > 0, axis=0))[-1]))
    _check_length(shape, exposed.shape[-1], "age_pattern")
    _check_years(shape, years, "age_pattern")
    shape, exposed = checked_together(shape, exposed)
    bearing = np.where(shape > 0, exposed, 0.0)  # the highest ages cannot be taken back, and bear no children
    mothers = (bearing * shape).sum(axis=-1)
    checked_above_zero(mothers, "women")
    births, mothers = checked_together(births, mothers)
    return ReverseSurvival(births / mothers, births)


def own_children_tfr(
    children_by_mother: npt.ArrayLike,
    women: npt.ArrayLike,
    *,
    child_survival: npt.ArrayLike,
    female_survival: npt.ArrayLike,
) -> OwnChildren:
    """Fertility rates by age of each year before a census whose children are linked to their mothers (own-children method).

    children_by_mother: both sexes by the child's completed age k and the mother's at the census (..., year, age); women,
    child_survival, female_survival: as for `reverse_survival_tfr`. The mother of a child of k was aged x − k − 1 or x − k at its
    birth, half of the births each. Returns rates (..., year, age) and their sums.
    Raises InputError as `reverse_survival_tfr`, or where births fall to ages without women.
    Limits: as there; children without a mother in the household must be spread over mothers' ages before; the halving spreads
    each rate over the ages next to it, which leaves the total all but unchanged.
    Source: Cho, Retherford & Choe (1986), The Own-Children Method of Fertility Estimation; United Nations (1983), chapter VIII.

    >>> linked = np.zeros((1, 6))
    >>> linked[0, 3] = 20.0
    >>> found = own_children_tfr(linked, np.full(6, 100.0), child_survival=[1.0], female_survival=np.ones((1, 6)))
    >>> found.rates[0].tolist()
    [0.0, 0.0, 0.1, 0.1, 0.0, 0.0]
    """
    linked = checked_counts(children_by_mother, what="children", axes=2)
    survival = _child_survival(child_survival)
    _check_length(survival, linked.shape[-2], "survival_ratios")
    exposed = np.nan_to_num(_women_years(women, female_survival, linked.shape[-2], highest=None), nan=0.0)
    _check_length(linked, exposed.shape[-1], "children")
    linked, survival = checked_together(linked, survival[..., None])
    births, exposed = checked_together(_by_age_at_birth(linked / survival), exposed)
    alone = (births > 0) & (exposed <= 0)
    if alone.any():
        raise InputError([Problem("births_without_women", {"place": int(np.argwhere(alone)[0][-1]), "count": int(alone.sum())})])
    rates = np.divide(births, exposed, out=np.zeros(births.shape), where=exposed > 0)
    return OwnChildren(rates, rates.sum(axis=-1))


def tfr_from_infants(
    infants: npt.ArrayLike, women: npt.ArrayLike, *, infant_survival: npt.ArrayLike, asfr_shape: npt.ArrayLike
) -> Array:
    """Total fertility (...) of the year before a census: the births behind its infants over its women weighted by an age pattern.

    infants: those of completed age 0, both sexes (...); women: (..., age), any single ages; infant_survival: L_0 / l_0 (...);
    asfr_shape: the age pattern on the women's ages, of any level (..., age).
    Raises InputError on negative or missing values, survival of zero, a pattern of zero, or no women where it is above zero.
    Limits: infants are the age most often missed by a census; women are those of the census, not of the year before it, which
    matters little where cohorts are alike (`reverse_survival_tfr` takes them back).
    Source: Timaeus & Moultrie (2012), as `reverse_survival_tfr`, for one year.

    >>> float(tfr_from_infants(98.0, [500.0, 500.0], infant_survival=0.98, asfr_shape=[0.3, 0.1]))
    0.2
    """
    births = checked_counts(infants, what="children") / _child_survival(infant_survival)
    exposed, shape = checked_counts(women, what="women", axes=1), _age_pattern(asfr_shape)
    _check_length(shape, exposed.shape[-1], "age_pattern")
    exposed, shape = checked_together(exposed, shape)
    births, mothers = checked_together(births, (exposed * shape).sum(axis=-1))
    return np.asarray(births / checked_above_zero(mothers, "women"))


def tfr_from_child_woman_ratio(
    children_under_5: npt.ArrayLike, women5: npt.ArrayLike, *, under_five_mortality: npt.ArrayLike = 0.0
) -> ChildWomanTotals:
    """Total fertility (...) of the last five years from children under 5 and women by five-year age: iTFR and xTFR.

    children_under_5: both sexes (...); women5: 15-19 to 45-49 (..., 7); under_five_mortality: q(5), 0 leaves it out (...).
    iTFR = 7 C/W; xTFR = (10.65 − 12.55 p) C/W, p the share of 25-34 among the women; with mortality C / (1 − ¾ q(5)) for C.
    Raises InputError on other than seven groups, negative or missing values, or no women.
    Limits: the median error was 0.09 children (iTFR) over 2,400 schedules; xTFR rests on a regression on the Human Fertility
    Database and presumes its age patterns; closed to migration of families.
    Source: Hauer & Schmertmann (2020), Demography 57(1), 221-241, equations for iTFR, xTFR, iTFR+ and xTFR+.

    >>> float(tfr_from_child_woman_ratio(200.0, [100.0] * 7).implied)
    2.0
    """
    women = checked_counts(women5, what="women")
    _check_length(women, _GROUPS, "women")
    total = women.sum(axis=-1)
    checked_above_zero(total, "women")
    dead = checked_probabilities(under_five_mortality)
    ratio = checked_counts(children_under_5, what="children") / (1 - 0.75 * dead) / total
    prime = women[..., 2:4].sum(axis=-1) / total
    return ChildWomanTotals(np.asarray(7 * ratio), np.asarray((10.65 - 12.55 * prime) * ratio))


def _by_age_at_birth(linked: Array) -> Array:
    """Births by the mother's age now (..., year, age) by her age at the birth, half at each of the two ages it can be."""
    years, ages = linked.shape[-2:]
    births = np.zeros(linked.shape)
    for year in range(min(years, ages)):
        births[..., year, : ages - year] += linked[..., year, year:] / 2
        births[..., year, : ages - year - 1] += linked[..., year, year + 1 :] / 2
    return births


def _half_a_year_younger(f: Array, total: Array) -> Array:
    """Rates by age at the end of the year as rates by age at the birth; their sum stays."""
    x, y, z = _HALF_YEAR
    share = x + y * f[..., :-1] / total + z * f[..., 1:] / total
    younger = f.copy()
    younger[..., :-1] += share * f[..., 1:]
    younger[..., 1:] -= share * f[..., 1:]
    return younger


def _births(children: npt.ArrayLike, child_survival: npt.ArrayLike) -> Array:
    counted, survival = checked_counts(children, what="children", axes=1), _child_survival(child_survival)
    _check_length(survival, counted.shape[-1], "survival_ratios")
    counted, survival = checked_together(counted, survival)
    return np.asarray(counted / survival)


def _child_survival(child_survival: npt.ArrayLike) -> Array:
    survival = checked_probabilities(child_survival, what="survival_ratios")
    checked_above_zero(survival, "survival_ratios")
    return survival


def _age_pattern(asfr_shape: npt.ArrayLike) -> Array:
    shape = checked_counts(asfr_shape, what="age_pattern", axes=1)
    total = shape.sum(axis=-1, keepdims=True)
    if np.any(total <= 0):
        raise InputError([Problem("births_none", {"count": int(np.sum(total <= 0))})])
    return np.asarray(shape / total)


def _women_years(women: npt.ArrayLike, female_survival: npt.ArrayLike, years: int, *, highest: int | None) -> Array:
    """Women-years by completed age of each year before the census (..., year, age), NaN where the open age hides them.

    Raises where they are NaN at `highest` in the earliest year.
    """
    now = checked_counts(women, what="women", axes=1)
    # S of the open age can exceed 1 by rounding; it is not used here.
    survival = checked_counts(female_survival, what="survival_ratios", axes=1)
    _check_length(survival, now.shape[-1], "survival_ratios")
    _check_years(survival, years, "survival_ratios")
    open_age = now.shape[-1] - 1
    if highest is not None and highest + years >= open_age:
        facts = {"found": open_age, "years": years, "needed": highest + years}
        raise InputError([Problem("women_ages_too_low", facts)])
    checked_above_zero(survival[..., 1:-1], "survival_ratios")
    now = np.array(checked_together(now, survival[..., 0, :])[0])
    now[..., open_age] = np.nan
    lived = []
    for year in range(years):
        reached = survival[..., min(year, survival.shape[-2] - 1), :]
        before = np.full(np.broadcast_shapes(now.shape, reached.shape), np.nan)
        before[..., :-1] = now[..., 1:] / reached[..., 1:]
        lived.append((now + before) / 2)
        now = before
    return np.stack(np.broadcast_arrays(*lived), axis=-2)


def _flat(table: Array) -> Array:
    return table.reshape(-1, table.shape[-1])


def _check_length(values: Array, expected: int, what: str) -> None:
    found = values.shape[-1] if values.ndim else 0
    if found != expected:
        _refuse_axis(what, 1, found, expected)


def _check_years(values: Array, years: int, what: str) -> None:
    found = values.shape[-2] if values.ndim > 1 else 0
    if found not in (1, years):
        _refuse_axis(what, 2, found, years)


def _refuse_axis(what: str, axis: int, found: int, expected: int) -> None:
    name = Term(f"demography.what.{what}")
    raise InputError([Problem("axis_of_wrong_length", {"what": name, "axis": axis, "found": found, "expected": expected})])
