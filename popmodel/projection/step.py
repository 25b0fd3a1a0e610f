"""The cohort-component step of one year: survive, bear, move. Plain arrays in, plain arrays out; the oracle for every engine.

Arrays have the sex (male, female) first, the single ages 0..A next, A open, and any further dimensions (draws) last.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from popmodel.demography import FEMALE, checked_sex_ratio_at_birth
from popmodel.demography.arrays import Array


class Survivors(NamedTuple):
    """Those alive at year end before migration and births' survivors: persons by age at year end, and women's person-years."""

    persons: Array
    women_years: Array


class YearEnd(NamedTuple):
    """What a year ends with.

    population, cohort_deaths, migration: (sex, age, …) by completed age at year end, so that in every cell
    population = those a year younger at the start (births for age 0) − cohort_deaths + migration.
    deaths: (sex, age, …) by completed age at death. births: (order, sex, …).
    shortfall: persons by which migration out of a cell exceeded those there; it was cut by as much.
    """

    population: Array
    births: Array
    deaths: Array
    cohort_deaths: Array
    migration: Array
    shortfall: Array


def step_year(
    start: Array,
    survival: Array,
    fertility: Array,
    srb: npt.ArrayLike,
    migration: Array,
    *,
    deaths_before_birthday: Array | None = None,
    years: int = 1,
    timing: Literal["end", "even"] = "end",
) -> YearEnd:
    """A whole step of given rates and net migrants: survive, bear, move.

    start, survival: (sex, age, …); fertility: (order, age, …), births per woman and year; migration: (sex, age, …), persons in
    the step. years: the length of the step and of its age groups. deaths_before_birthday: half where it is not given.
    timing: "end", migrants of a completed age at the year's end, after births, as the United Nations do; "even", half of them
    at the start, by age then, bearing and dying like the others, and half at the end. `migration` of the result is by age at
    the year's end: with "even", half from the age below and half from the age itself.
    Source: United Nations (2022), World Population Prospects, methodology; Preston, Heuveline & Guillot (2001), box 6.2 (even).
    """
    at_end, moved, uncovered = migration, np.zeros_like(start), np.zeros(start.shape[2:])
    if timing == "even":
        at_end = migration / 2
        moved = np.maximum(at_end, -start)
        uncovered = (moved - at_end).sum(axis=(0, 1))
    there = start + moved
    survivors = survive(there, survival)
    women_years = survivors.women_years + (at_end[FEMALE] / 2 if timing == "even" else 0.0)
    births = split_by_sex(births_by_order(women_years * years, fertility), srb)
    before = np.full_like(survival, 0.5) if deaths_before_birthday is None else deaths_before_birthday
    done = finish_year(there, survivors.persons, births, survival, before, at_end)
    if timing == "end":
        return done
    arrived = done.migration.copy()
    arrived[:, 1:] += moved[:, :-1]
    arrived[:, -1] += moved[:, -1]
    return done._replace(migration=arrived, shortfall=done.shortfall + uncovered)


def survive(population: Array, survival: Array) -> Survivors:
    """E_x = S_x N_{x−1}, E_A = S_A (N_{A−1} + N_A), E_0 still empty; women_years (age, …) = (N_x + E_x)/2."""
    persons = np.empty_like(population)
    persons[:, 0] = 0.0
    persons[:, 1:-1] = survival[:, 1:-1] * population[:, :-2]
    persons[:, -1] = survival[:, -1] * (population[:, -2] + population[:, -1])
    return Survivors(persons, (population[FEMALE] + persons[FEMALE]) / 2)


def births_by_order(women_years: Array, fertility: Array) -> Array:
    """Births (order, …) of `women_years` (age, …) at `fertility` (order, age, …)."""
    return np.asarray((fertility * women_years).sum(axis=1))


def split_by_sex(births: Array, srb: npt.ArrayLike) -> Array:
    """Births (order, …) as (order, sex, …) at `srb` males per female, one for all orders or (order,)."""
    ratio = checked_sex_ratio_at_birth(srb)
    ratio = ratio.reshape(ratio.shape + (1,) * (births.ndim - ratio.ndim))
    male_share = ratio / (1 + ratio)
    return np.stack([births * male_share, births * (1 - male_share)], axis=1)


def finish_year(
    start: Array, survivors: Array, births: Array, survival: Array, deaths_before_birthday: Array, migration: Array
) -> YearEnd:
    """Close a year given its survivors without age 0 (`survive`), births (order, sex, …) and net migration (sex, age, …).

    deaths_before_birthday: (sex, age, …), the share of a cohort's deaths of the year that fall before its birthday:
    (L_x − l_{x+1}) / (L_x − L_{x+1}) for those aged x at the start.
    """
    newborn = births.sum(axis=0)
    alive = survivors.copy()
    alive[:, 0] = survival[:, 0] * newborn
    exposed = np.empty_like(start)
    exposed[:, 0] = newborn
    exposed[:, 1:] = start[:, :-1]
    exposed[:, -1] = start[:, -2] + start[:, -1]
    cohort_deaths = exposed - alive
    moved = np.maximum(migration, -alive)
    return YearEnd(
        population=alive + moved,
        births=births,
        deaths=_by_age_at_death(start, cohort_deaths, survival, deaths_before_birthday),
        cohort_deaths=cohort_deaths,
        migration=moved,
        shortfall=(moved - migration).sum(axis=(0, 1)),
    )


def _by_age_at_death(start: Array, cohort_deaths: Array, survival: Array, before: Array) -> Array:
    """Cohort deaths (by age at year end) shared between the two completed ages at which they happen."""
    deaths = np.zeros_like(cohort_deaths)
    deaths[:, 0] = cohort_deaths[:, 0]
    closed = cohort_deaths[:, 1:-1]
    deaths[:, :-2] += closed * before[:, :-2]
    deaths[:, 1:-1] += closed * (1 - before[:, :-2])
    reaching_open = (1 - survival[:, -1]) * start[:, -2]
    deaths[:, -2] += reaching_open * before[:, -2]
    deaths[:, -1] += cohort_deaths[:, -1] - reaching_open * before[:, -2]
    return deaths
