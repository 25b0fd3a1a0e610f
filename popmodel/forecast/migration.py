"""Net migration by age as the last two censuses show it, with one-time resettlements taken out first.

The rates are net of all ordinary moves of the decade; what the years since the census add is found in the projection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from popmodel.areas import Place
from popmodel.demography import (
    CohortMigration,
    Retirement,
    RogersCastro,
    annual_rates,
    intercensal_migration,
    rogers_castro,
    without_event,
)
from popmodel.demography.arrays import Array, areas_first, areas_last
from popmodel.forecast.base_population import AGES, Census, censuses, old_people
from popmodel.forecast.mortality import mortality_path
from popmodel.forecast.recent import Recent
from popmodel.messages import InputError, Problem
from popmodel.parameters import AssumptionBook

WIDTH = 5
# Younger children belong to no cohort counted twice; they are taken to stay. Where those counted at 0-4 are not relied on, no
# cohort tells of ages below ten, and the smoothest curve would let small children move in.
FIRST_AGE, FIRST_AGE_WITHOUT_SMALL_CHILDREN = 5, 10
# Ascent and descent of the retirement peak: half as many return some nine years before and after it.
RETIREMENT_ASCENT, RETIREMENT_DESCENT = 0.2, 0.15

_CENSUSES = Recent[list[Census]](64)


class MigrationProfile(NamedTuple):
    """Annual net rates by sex and age and what they were made from; areas side by side are on the last axis of every array.

    log_growth: (sex, age 0..100, …), log growth a year by completed age at year end; cohorts: (sex, cohort, …), net migration of
    the five-year cohorts; lowest_ages: theirs at the first census; resettled: persons (…) taken out beforehand; first: the
    earlier census with the children it missed; missed: their number (…); survival: (year, sex, age, …) of the years between;
    sources: code of the area whose censuses were used, one an area.
    """

    log_growth: Array
    cohorts: CohortMigration
    lowest_ages: npt.NDArray[np.int_]
    resettled: Array
    first: Census
    second: Census
    missed: Array
    survival: Array
    sources: tuple[str, ...]


def migration_profile(place: Place, book: AssumptionBook, own: Sequence[Census]) -> MigrationProfile:
    """The intercensal profile of the area, or of its prefecture or province where the area has one census only.

    own: its censuses (`area_censuses`). Each year between them has its own mortality. Resettlements are taken out unless
    `migration.exclude_resettlement` is 0.
    Raises InputError when the censuses are not whole years apart.
    """
    facts = place.facts
    excluded = bool(float(book.value("migration.exclude_resettlement")))
    resettled, sources = facts.resettled if excluded else np.zeros(facts.shape), facts.codes
    if len(own) < 2:
        resettled, sources, own = np.zeros(facts.shape), *_reference_censuses(place)
    second = own[-1]
    years = whole_years(own[0], second)
    survival = mortality_path(place, book, range(second.date.year - years + 1, second.date.year + 1)).survival
    last_age = int(book.value("migration.last_age"))
    lowest = _cohorts(years, last_age)
    before, after = _without_group_quarters(own[0], second)
    stayed = before
    if np.any(resettled):
        people = areas_first(before, 2)
        stayed = areas_last(without_event(people, resettled, people).population, 2)
    cohorts = _moved(stayed, after, survival, lowest)
    first, log_growth = own[0], _profile(cohorts.rate, lowest, years, last_age)
    if float(book.value("migration.correct_undercount")):
        first, log_growth = _with_missed_children(own[0], cohorts, lowest, log_growth, years, last_age)
    missed = np.asarray(first.population.sum(axis=(0, 1)) - own[0].population.sum(axis=(0, 1)))
    return MigrationProfile(log_growth, cohorts, lowest, resettled, first, second, missed, survival, sources)


def missed_children(first: Array, second: Array, survival: Array, last_age: int) -> Array:
    """Persons (…) by whom the children under five of an earlier census turn out too many, `years` later.

    first, second: stocks (sex, age, …) of two censuses; survival: (year, sex, age, …) of the years between; last_age: from which
    nobody moves. The profile of the older cohorts says how many children should have been left; none where fewer were found.
    """
    years = len(survival)
    lowest = _cohorts(years, last_age)
    cohorts = _moved(first, second, survival, lowest)
    left = _children_left(cohorts, lowest, years, last_age)[1]
    return np.maximum(((cohorts.expected + cohorts.net)[:, 0] - left).sum(axis=0), 0.0)


def return_pattern(book: AssumptionBook, away: Array) -> Array:
    """Weights (sex, age, …) of the returns of those `away` (sex, age, …), 1 on the average of them.

    `migration.returning_older` of them return by the retirement peak of Rogers and Castro's schedule, at its usual width, the
    others alike at all ages.
    """
    older = float(book.value("migration.returning_older"))
    even = np.ones_like(away)
    if older == 0:
        return even
    ascent, descent = RETIREMENT_ASCENT, RETIREMENT_DESCENT
    place = float(book.value("migration.return_peak_age")) - np.log(ascent / descent) / ascent
    peak = RogersCastro(0, 0, 0, 0, 0, 0, 0, retirement=Retirement(1.0, descent, place, ascent))
    retiring = rogers_castro(np.arange(away.shape[1]), peak).reshape(-1, *[1] * (away.ndim - 2))
    drawn = (away * retiring).sum(axis=(0, 1))
    level = np.divide(away.sum(axis=(0, 1)), drawn, out=np.zeros_like(drawn), where=drawn > 0)
    return np.where(drawn > 0, (1 - older) * even + older * retiring * level, even)


def whole_years(first: Census, second: Census) -> int:
    """Years between two censuses. Raises InputError when they are not whole years apart."""
    if (first.date.month, first.date.day) != (second.date.month, second.date.day):
        found = {"first": first.date, "second": second.date}
        raise InputError([Problem("censuses_not_whole_years_apart", found, file="census_population.csv", column="date")])
    return second.date.year - first.date.year


def survive_years(population: Array, survival: Array) -> Array:
    """Survivors of `population` (sex, age, …) after the years of `survival` (year, sex, age, …), no births and nobody moving."""
    for ratios in survival:
        aged = np.zeros_like(population)
        aged[:, 1:] = ratios[:, 1:] * population[:, :-1]
        aged[:, -1] += ratios[:, -1] * population[:, -1]
        population = aged
    return population


def _without_group_quarters(first: Census, second: Census) -> tuple[Array, Array]:
    """Both stocks without students and others in group quarters, who would pass for movers; whole, where one is not known."""
    told = first.held_out.any(axis=(0, 1)) & second.held_out.any(axis=(0, 1))
    return first.population - np.where(told, first.held_out, 0.0), second.population - np.where(told, second.held_out, 0.0)


def _profile(rates: Array, lowest: npt.NDArray[np.int_], years: int, last_age: int) -> Array:
    """Log growth (sex, age, …) from the rates of cohorts (sex, cohort, …)."""
    first_age = FIRST_AGE if lowest[0] == 0 else FIRST_AGE_WITHOUT_SMALL_CHILDREN
    found = annual_rates(
        areas_first(rates, 2), lowest, width=WIDTH, years=years, ages=AGES, first_age=first_age, last_age=last_age
    )
    return areas_last(found, 2)


def _with_missed_children(
    first: Census, cohorts: CohortMigration, lowest: npt.NDArray[np.int_], log_growth: Array, years: int, last_age: int
) -> tuple[Census, Array]:
    """The first census with the small children it missed, and the profile without relying on their count.

    Censuses miss children under five. The profile of the older cohorts says how many of them should have been left at the
    second census; where more were counted, the first is raised by as much. Where fewer were, nothing is changed.
    """
    without, left = _children_left(cohorts, lowest, years, last_age)
    found = (cohorts.expected + cohorts.net)[:, 0]
    more = found.sum(axis=0) > left.sum(axis=0)
    factor = np.divide(found, left, out=np.ones_like(left), where=more & (left > 0))
    population = first.population.copy()
    population[:, :WIDTH] *= factor[:, None]
    return replace(first, population=population), np.where(more, without, log_growth)


def _children_left(cohorts: CohortMigration, lowest: npt.NDArray[np.int_], years: int, last_age: int) -> tuple[Array, Array]:
    """The profile (sex, age, …) of the older cohorts, and the children under five (sex, …) it leaves at the second census."""
    without = _profile(cohorts.rate[:, 1:], lowest[1:], years, last_age)
    stayed = np.mean([np.exp(without[:, age + 1 : age + 1 + years].sum(axis=1)) for age in range(WIDTH)], axis=0)
    return without, cohorts.expected[:, 0] * stayed


def _reference_censuses(place: Place) -> tuple[tuple[str, ...], list[Census]]:
    """Codes of the prefectures, or of the province for one the reference lacks, and their censuses side by side as the areas."""
    table = place.reference.tables["census_population"]
    known = set(table["area"])
    codes = tuple(code if code is not None and code in known else place.province for code in place.facts.prefectures)

    def of(code: str) -> list[Census]:
        return _CENSUSES.of(place, code, lambda: censuses(table[table["area"] == code], old_people(place)))

    if not place.facts.shape:
        return codes, of(codes[0])
    together = []
    for same_date in zip(*(of(code) for code in codes), strict=True):
        stocks = (np.stack([getattr(one, name) for one in same_date], axis=-1) for name in ("population", "held_out"))
        together.append(Census(same_date[0].date, *stocks))
    return codes, together


def _cohorts(years: int, last_age: int) -> npt.NDArray[np.int_]:
    """Lowest ages at the first census of the cohorts that are below `last_age` at the second."""
    return np.arange(0, last_age - years - WIDTH + 1, WIDTH, dtype=np.int_)


def _moved(first: Array, second: Array, survival: Array, lowest: npt.NDArray[np.int_]) -> CohortMigration:
    """The net migration of cohorts between two stocks (sex, age, …)."""
    at_second = lowest + len(survival)
    return intercensal_migration(_grouped(survive_years(first, survival), at_second), _grouped(second, at_second), 1.0)


def _grouped(population: Array, lowest: npt.NDArray[np.int_]) -> Array:
    return np.stack([population[:, age : age + WIDTH].sum(axis=1) for age in lowest], axis=1)
