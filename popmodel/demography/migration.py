"""Net migration between two censuses by cohort, and the smooth annual rates by age that reproduce it.

Survival-ratio method: United Nations (1970), Manual VI; Siegel & Swanson (2004), chapter 19. Ages on the last axis.
"""

from __future__ import annotations

from functools import lru_cache
from numbers import Integral, Real
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array
from popmodel.demography.checks import (
    OLDEST,
    checked_ages,
    checked_between,
    checked_counts,
    checked_numbers,
    checked_shape,
    checked_together,
    checked_whole,
)
from popmodel.messages import InputError, Problem, Term

Method = Literal["forward", "reverse", "average"]

# Ratios of two censuses may pass one where ages are misreported; a percentage may not pass for a ratio.
LARGEST_SURVIVAL = 1.5
# A group of a day: what is narrower is a slip.
_NARROWEST = 1 / 366


class CohortMigration(NamedTuple):
    """Net migration of cohorts between two censuses, by age at the first.

    expected: survivors of the first census (persons); net: persons gained, or lost where negative, counted when the method
    says; rate: net as a share of those expected, the same by every method, nan where nobody was expected.
    """

    expected: Array
    net: Array
    rate: Array


class AnnualMigration(NamedTuple):
    """Net migrants a year (persons), and the yearly share of survivors that compounds to the rate of the whole interval."""

    net: Array
    rate: Array


def intercensal_migration(
    first: npt.ArrayLike, second: npt.ArrayLike, survival: npt.ArrayLike, *, method: Method = "forward"
) -> CohortMigration:
    """Net migration by cohort: those counted at the second census less the survivors of the first.

    first, second: persons of the same cohorts at both censuses (see `cohorts_between`; births stand first for cohorts born in
    between); survival: their survival ratio from one to the other; shapes broadcast. With N the first count, N′ the second
    and S the ratio, "forward" counts the migrants alive at the second census, N′ − S N; "reverse" counts them as if all had
    moved at the first, N′/S − N; "average" is their mean, for moves spread evenly.
    Raises InputError on negative counts, ratios not above 0 and at most 1.5, or shapes that do not go together.
    Limits: an error of either count or of mortality is taken for migration; those who come and go in between are not seen.
    Source: United Nations (1970), Manual VI, chapter III; Siegel & Swanson (2004), chapter 19, survival-rate methods.

    >>> intercensal_migration([200.0], [120.0], [0.8], method="reverse").net.tolist()
    [-50.0]
    """
    if not (isinstance(method, str) and method in get_args(Method)):
        raise InputError([Problem("migration_method_unknown", {"found": method, "known": ", ".join(get_args(Method))})])
    ratios = checked_survival(survival)
    start, end, ratios = checked_together(checked_counts(first), checked_counts(second), ratios, same=1)
    expected = start * ratios
    forward = end - expected
    net = {"forward": forward, "reverse": forward / ratios, "average": (forward + forward / ratios) / 2}[method]
    rate = np.divide(forward, expected, out=np.full_like(expected, np.nan), where=expected > 0)
    return CohortMigration(expected, net, rate)


def cohorts_between(
    first: npt.ArrayLike, second: npt.ArrayLike, *, steps: int, births: npt.ArrayLike | None = None
) -> tuple[Array, Array]:
    """Both counts of each cohort: two censuses of (..., groups) paired group by group, the last cohort ending in the open group.

    first, second: persons in groups of one width, the last open; steps: widths between the censuses. births: (..., steps), those
    of each span of one width, in order of time; with them the cohorts born in between come first.
    Returns two arrays of (..., groups − steps), or (..., groups) with births. Raises InputError where these do not fit.

    >>> [found.tolist() for found in cohorts_between([9.0, 8.0, 7.0, 6.0], [5.0, 4.0, 3.0, 2.0], steps=1, births=[10.0])]
    [[10.0, 9.0, 8.0, 13.0], [5.0, 4.0, 3.0, 2.0]]
    """
    start, end = checked_together(checked_counts(first, axes=1), checked_counts(second, axes=1), same=1)
    reaching_open = _reaching_open(start.shape[-1], steps)
    merged = np.concatenate([start[..., :reaching_open], start[..., reaching_open:].sum(-1, keepdims=True)], axis=-1)
    if births is None:
        return merged, end[..., steps:]
    born = checked_counts(births, what="births", axes=1)
    if born.shape[-1] != steps:
        facts = {"what": Term("demography.what.births"), "found": born.shape[-1], "expected": steps}
        raise InputError([Problem("axis_of_wrong_length", {**facts, "axis": 1})])
    born = checked_shape(born, (*start.shape[:-1], steps))
    return np.concatenate([born[..., ::-1], merged], axis=-1), end


def cohort_survival(person_years: npt.ArrayLike, *, steps: int, width: float | None = None) -> Array:
    """Survival ratios of the cohorts of `cohorts_between`: L of the later group over L of the earlier; into the open one, of T.

    person_years: nLx (..., groups) of one width, the last open (join 1L0 and 4L1 beforehand); the sum of two tables of one
    radix gives the ratios of their mean. width: years of a group; with it (radix 1) the ratios of those born in between come
    first, L_x/width.
    Returns (..., groups − steps), or (..., groups) with `width`. Raises InputError where steps or width do not fit or
    L is not above 0.
    Limits: within a group people are taken to be spread as in the stationary population, which matters in the open group.
    Source: United Nations (1970), Manual VI, chapter III; Preston, Heuveline & Guillot (2001), section 6.3.

    >>> cohort_survival([5.0, 4.0, 2.0, 2.0], steps=1).tolist()
    [0.8, 0.5, 0.5]
    """
    lived = checked_counts(person_years, what="person_years", axes=1)
    reaching_open = _reaching_open(lived.shape[-1], steps)
    earlier = np.concatenate([lived[..., :reaching_open], lived[..., reaching_open:].sum(-1, keepdims=True)], axis=-1)
    if np.any(earlier <= 0):
        raise InputError([Problem("survival_out_of_range", {"found": 0.0, "high": LARGEST_SURVIVAL})])
    ratios = lived[..., steps:] / earlier
    if width is None:
        return ratios
    born = lived[..., :steps] / checked_shape(checked_between(width, "group_width", _NARROWEST, OLDEST), ())
    return np.concatenate([born, ratios], axis=-1)


def annualised(cohorts: CohortMigration, years: float) -> AnnualMigration:
    """Net migration of an interval of `years` per year: counts spread evenly, rates compounding, (1 + rate)^(1/years) − 1.

    The rate is a share of those surviving each year, as the projection step takes it; both have the shape of the cohorts.
    A cohort of which nobody was left has the rate −1. Raises InputError when `years` is not above zero.
    Limits: a cohort's annual rate belongs to all ages it passed; `annual_rates` shares the change out among them.

    >>> annualised(intercensal_migration([100.0], [121.0], 1.0), 2).rate.round(12).tolist()
    [0.1]
    """
    if not (isinstance(years, Real) and 0 < years < np.inf):
        raise InputError([Problem("interval_not_positive", {"found": years})])
    return AnnualMigration(cohorts.net / years, (1 + cohorts.rate) ** (1 / years) - 1)


def cohort_passage(lowest_ages: npt.ArrayLike, *, width: int, years: int, ages: int) -> Array:
    """Years that a member of each cohort spends at each age, (cohorts, ages), by completed age at year end.

    A cohort of ages a .. a+width−1 (a in lowest_ages) passes a+1 .. a+width−1+years, each of its single ages `years` of them.
    Raises InputError on ages that are not whole or do not rise, or width, years or ages that are no whole number above 0.

    >>> cohort_passage([0], width=2, years=2, ages=5).tolist()
    [[0.0, 0.5, 1.0, 0.5, 0.0]]
    """
    width, years = checked_whole(width, "width", 1, OLDEST), checked_whole(years, "years", 1, OLDEST)
    lowest = checked_ages(lowest_ages, first=None, lowest=-OLDEST)  # below 0: not born yet
    start = lowest[:, None, None] + np.arange(width)[None, :, None]
    age = np.arange(checked_whole(ages, "ages", 1, OLDEST))
    return np.asarray(((start < age) & (age <= start + years)).mean(axis=1))


def annual_rates(
    cohort_rates: npt.ArrayLike,
    lowest_ages: npt.ArrayLike,
    *,
    width: int,
    years: int,
    ages: int,
    first_age: int,
    last_age: int,
) -> Array:
    """The smoothest annual net rates by age (log growth a year) that reproduce each cohort's change over `years`.

    cohort_rates: (..., cohorts), share gained or lost by each over the interval (above −1); lowest_ages: (cohorts,), the lowest
    age of each at the first census; width: ages in a cohort; ages: length of the result. Rates are zero below `first_age`,
    where no cohort is seen long, and from `last_age` up.
    The mean over a cohort's single ages of the rates summed over the ages passed (`cohort_passage`) equals log(1 + rate). Among
    all such schedules that with the least sum of squared second differences is taken, so that no age carries a jump the data
    do not ask for. Returns (..., ages). Raises InputError when a cohort lost everybody or its rate is missing, on ages or years
    that do not fit, or when a cohort passes none of the ages that move.
    Limits: the interval's net moves are taken to be alike in all its years; peaks narrower than the cohorts are flattened.
    Source: the principle of graduation by least roughness of Whittaker (1923) and Henderson (1924), with exact constraints.

    >>> annual_rates([[0.0], [np.e - 1]], [0], width=1, years=1, ages=3, first_age=1, last_age=2).tolist()
    [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    change = checked_log_change(cohort_rates)
    whole = cohort_passage(lowest_ages, width=width, years=years, ages=ages)
    checked_cohorts(change, whole)
    last_age = checked_whole(last_age, "last_age", 1, ages)
    moving = slice(checked_whole(first_age, "first_age", 0, last_age - 1), last_age)
    rates = np.zeros((*change.shape[:-1], ages))
    # The schedule is linear in the cohorts' changes: one column of weights a cohort serves every sex and area.
    for place, of_cohort in enumerate(_weights(tuple(map(tuple, whole[:, moving].tolist())), ages, moving.start)):
        rates[..., moving] += change[..., place, None] * of_cohort
    return rates


@lru_cache(maxsize=16)
def _weights(passage_by_age: tuple[tuple[float, ...], ...], ages: int, first_age: int) -> Array:
    """Rates (cohort, age) of the moving ages, from `first_age` up, for a change of 1 in one cohort and none in the others."""
    passage = np.array(passage_by_age)
    cohorts, size = passage.shape
    second_differences = np.diff(np.eye(ages), n=2, axis=0)[:, first_age : first_age + size]
    system = np.block([[second_differences.T @ second_differences, passage.T], [passage, np.zeros((cohorts, cohorts))]])
    if np.linalg.matrix_rank(system) < len(system):
        facts = {"count": cohorts, "first": first_age, "last": first_age + size - 1}
        raise InputError([Problem("cohorts_do_not_fit", facts)])
    return np.ascontiguousarray(np.linalg.solve(system, np.eye(size + cohorts)[:, size:])[:size].T)


def checked_log_change(cohort_rates: npt.ArrayLike) -> Array:
    """log(1 + rate) of cohort rates that are finite and above −1."""
    rates = checked_numbers(cohort_rates, "cohort_rates", axes=1)
    bad = ~(np.isfinite(rates) & (rates > -1))
    if bad.any():
        place = int(np.argwhere(bad)[0][-1])
        found = {"found": float(rates[bad].flat[0]), "place": place, "count": int(bad.sum())}
        raise InputError([Problem("cohort_lost_everybody", found)])
    return np.log1p(rates)


def checked_cohorts(change: Array, passage: Array) -> None:
    """As many cohorts in `change` (..., cohorts) as in `passage` (cohorts, ages)."""
    if change.shape[-1] != len(passage):
        facts = {"what": Term("demography.what.cohort_rates"), "found": change.shape[-1], "expected": len(passage)}
        raise InputError([Problem("axis_of_wrong_length", {**facts, "axis": 1})])


def checked_survival(survival: npt.ArrayLike) -> Array:
    """Survival ratios above 0 and at most 1.5."""
    ratios = checked_numbers(survival, "survival_ratios")
    bad = ~((ratios > 0) & (ratios <= LARGEST_SURVIVAL))
    if bad.any():
        found = {"found": float(ratios[bad].flat[0]), "high": LARGEST_SURVIVAL}
        raise InputError([Problem("survival_out_of_range", found)])
    return ratios


def _reaching_open(groups: int, steps: int) -> int:
    """The youngest group of the first census whose survivors are in the open group at the second."""
    if not (isinstance(steps, Integral) and 1 <= steps < groups):
        raise InputError([Problem("interval_does_not_fit", {"found": steps, "high": groups - 1})])
    return groups - 1 - steps
