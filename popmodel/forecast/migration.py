"""Net migration by age as the last two censuses show it, with one-time resettlements taken out first.

The rates are net of all ordinary moves of the decade; what the years since the census add is found in the projection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from popmodel.areas import Area
from popmodel.demography import (
    CohortMigration,
    Retirement,
    RogersCastro,
    annual_rates,
    intercensal_migration,
    rogers_castro,
    without_event,
)
from popmodel.demography.arrays import Array
from popmodel.forecast.base_population import AGES, Census, area_censuses, censuses, old_people
from popmodel.forecast.mortality import Level, mortality_path
from popmodel.messages import InputError, Problem
from popmodel.parameters import AssumptionBook

WIDTH = 5
# Younger children belong to no cohort counted twice; they are taken to stay. Where those counted at 0-4 are not relied on, no
# cohort tells of ages below ten, and the smoothest curve would let small children move in.
FIRST_AGE, FIRST_AGE_WITHOUT_SMALL_CHILDREN = 5, 10
# Ascent and descent of the retirement peak: half as many return some nine years before and after it.
RETIREMENT_ASCENT, RETIREMENT_DESCENT = 0.2, 0.15


class MigrationProfile(NamedTuple):
    """Annual net rates by sex and age and what they were made from.

    log_growth: (sex, age 0..100), log growth a year by completed age at year end; cohorts: by sex, net migration of the
    five-year cohorts (lowest age at the first census on the last axis); resettled: persons taken out beforehand;
    first: the earlier census with the children it missed; missed: their number; survival: (year, sex, age) of the years
    between; source: code of the area whose censuses were used.
    """

    log_growth: Array
    cohorts: CohortMigration
    lowest_ages: npt.NDArray[np.int_]
    resettled: float
    first: Census
    second: Census
    missed: float
    survival: Array
    source: str


def migration_profile(area: Area, book: AssumptionBook, level: Level) -> MigrationProfile:
    """The intercensal profile of `area`, or of its prefecture or province where the area has one census only.

    level: `mortality_level`, from which each year between the censuses has its own mortality. Resettlements are taken out unless
    `migration.exclude_resettlement` is 0.
    Raises InputError when the censuses are not whole years apart.
    """
    own = area_censuses(area)
    resettled = resettled_persons(area, own) if float(book.value("migration.exclude_resettlement")) else 0.0
    source = area.code
    if len(own) < 2:
        source, own, resettled = *_reference_censuses(area), 0.0
    second = own[-1]
    years = whole_years(own[0], second)
    survival = mortality_path(area, book, range(second.date.year - years + 1, second.date.year + 1), level).survival
    last_age = int(book.value("migration.last_age"))
    lowest = np.arange(0, last_age - years - WIDTH + 1, WIDTH, dtype=np.int_)
    before, after = _without_group_quarters(own[0], second)
    stayed = without_event(before, resettled, before).population
    expected = survive_years(stayed, survival)
    cohorts = intercensal_migration(_grouped(expected, lowest + years), _grouped(after, lowest + years), 1.0)
    first, log_growth = own[0], _profile(cohorts.rate, lowest, years, last_age)
    if float(book.value("migration.correct_undercount")):
        first, log_growth = _with_missed_children(own[0], cohorts, lowest, log_growth, years, last_age)
    missed = float(first.population.sum() - own[0].population.sum())
    return MigrationProfile(log_growth, cohorts, lowest, resettled, first, second, missed, survival, source)


def return_pattern(book: AssumptionBook, away: Array) -> Array:
    """Weights (sex, age) of the returns of those `away` (sex, age), 1 on the average of them.

    `migration.returning_older` of them return by the retirement peak of Rogers and Castro's schedule, at its usual width, the
    others alike at all ages.
    """
    older = float(book.value("migration.returning_older"))
    even = np.ones_like(away)
    if older == 0 or not away.any():
        return even
    ascent, descent = RETIREMENT_ASCENT, RETIREMENT_DESCENT
    place = float(book.value("migration.return_peak_age")) - np.log(ascent / descent) / ascent
    peak = RogersCastro(0, 0, 0, 0, 0, 0, 0, retirement=Retirement(1.0, descent, place, ascent))
    retiring = np.broadcast_to(rogers_castro(np.arange(away.shape[1]), peak), away.shape)
    return (1 - older) * even + older * retiring * away.sum() / (away * retiring).sum()


def resettled_persons(area: Area, stocks: Sequence[Census]) -> float:
    """Persons moved by the area's one-time events between its first and last census; 0 when it lists none."""
    events = area.tables.get("events")
    if events is None or events.empty or len(stocks) < 2:
        return 0.0
    start, end = pd.to_datetime(events["from_date"]), pd.to_datetime(events["to_date"])
    outside = (start < pd.Timestamp(stocks[0].date)) | (end > pd.Timestamp(stocks[-1].date))
    if outside.any():
        row = int(np.flatnonzero(outside.to_numpy())[0])
        raise InputError(
            [
                Problem(
                    "event_outside_censuses",
                    {"event": str(events["event"].iloc[row]), "first": stocks[0].date, "last": stocks[-1].date},
                    file="events.csv",
                    line=row + 2,
                    column="from_date",
                )
            ]
        )
    return float(events["persons"].sum())


def whole_years(first: Census, second: Census) -> int:
    """Years between two censuses. Raises InputError when they are not whole years apart."""
    if (first.date.month, first.date.day) != (second.date.month, second.date.day):
        found = {"first": first.date, "second": second.date}
        raise InputError([Problem("censuses_not_whole_years_apart", found, file="census_population.csv", column="date")])
    return second.date.year - first.date.year


def survive_years(population: Array, survival: Array) -> Array:
    """Survivors of `population` (sex, age) after the years of `survival` (year, sex, age), no births and nobody moving."""
    for ratios in survival:
        aged = np.zeros_like(population)
        aged[:, 1:] = ratios[:, 1:] * population[:, :-1]
        aged[:, -1] += ratios[:, -1] * population[:, -1]
        population = aged
    return population


def _without_group_quarters(first: Census, second: Census) -> tuple[Array, Array]:
    """Both stocks without students and others in group quarters, who would pass for movers; whole, where one is not known."""
    if not (first.held_out.any() and second.held_out.any()):
        return first.population, second.population
    return first.population - first.held_out, second.population - second.held_out


def _profile(rates: Array, lowest: npt.NDArray[np.int_], years: int, last_age: int) -> Array:
    first_age = FIRST_AGE if lowest[0] == 0 else FIRST_AGE_WITHOUT_SMALL_CHILDREN
    return annual_rates(rates, lowest, width=WIDTH, years=years, ages=AGES, first_age=first_age, last_age=last_age)


def _with_missed_children(
    first: Census, cohorts: CohortMigration, lowest: npt.NDArray[np.int_], log_growth: Array, years: int, last_age: int
) -> tuple[Census, Array]:
    """The first census with the small children it missed, and the profile without relying on their count.

    Censuses miss children under five. The profile of the older cohorts says how many of them should have been left at the
    second census; where more were counted, the first is raised by as much. Where fewer were, nothing is changed.
    """
    without = _profile(np.asarray(cohorts.rate)[:, 1:], lowest[1:], years, last_age)
    stayed = np.mean([np.exp(without[:, age + 1 : age + 1 + years].sum(axis=1)) for age in range(WIDTH)], axis=0)
    found = np.asarray(cohorts.expected + cohorts.net)[:, 0]
    factor = found / (np.asarray(cohorts.expected)[:, 0] * stayed)
    if found.sum() <= (np.asarray(cohorts.expected)[:, 0] * stayed).sum():
        return first, log_growth
    population = first.population.copy()
    population[:, :WIDTH] *= factor[:, None]
    return replace(first, population=population), without


def _reference_censuses(area: Area) -> tuple[str, list[Census]]:
    table = area.reference.tables["census_population"]
    code = area.prefecture if area.prefecture in set(table["area"]) else area.province
    return str(code), censuses(table[table["area"] == code], old_people(area))


def _grouped(population: Array, lowest: npt.NDArray[np.int_]) -> Array:
    return np.stack([population[:, age : age + WIDTH].sum(axis=1) for age in lowest], axis=1)
