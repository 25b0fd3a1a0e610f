"""Areas known from one census only: what it tells of their births and moves, carried ahead by single years, with draws.

Nothing later than the census is used: it is the way to see how wrong a forecast would have been.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from popmodel.areas import Place
from popmodel.areas.reference import COUNTRY
from popmodel.demography import (
    FEMALE,
    SEXES,
    RogersCastro,
    brass_to_e0,
    close_at,
    graduate_counts,
    life_table,
    reverse_survival_tfr,
    rogers_castro,
)
from popmodel.demography.arrays import Array, areas_first
from popmodel.forecast import (
    Census,
    Known,
    Spreads,
    area_censuses,
    around,
    census_rates,
    counted_deaths,
    deaths_source,
    deviations_of,
    national_pattern,
    sex_ratio_of_census,
    survival_parabola,
    yearly,
)
from popmodel.messages import InputError, Problem
from popmodel.projection.draws import shocks_of
from popmodel.projection.engine import EVERY_AGE, Course, empty_run, no_shocks, run_numpy
from popmodel.projection.pair import EVERYBODY, mobility
from popmodel.projection.registered import leaving_strength, recent_moves
from popmodel.projection.step import survive

OPEN_AGE = 100
CHILDREN = 5
# Moves by age where one census cannot tell them: the standard schedule of Rogers & Castro (1981), Model Migration Schedules.
MOVES_BY_AGE = RogersCastro(a1=0.02, alpha1=0.1, a2=0.06, alpha2=0.1, mu2=20, lambda2=0.4, c=0.003)
# How much of the moves of the fifteen years before a census goes on after it: moves of a decade carry over by half at the best
# (Smith, Tayman & Swanson 2013, A Practitioner's Guide to State and Local Population Projections, chapter 6).
MOVES_GO_ON = 0.5


class Then(NamedTuple):
    """What was known at a census: survival of the years after it as polynomials (year, 3, sex, age), and without further gains.

    pattern: births per woman (age), adding up to 1; sex_ratio: boys per girl; national_fertility: total fertility of the nation
    by its children; deaths, births: censuses they were taken from.
    """

    improving: Array
    constant: Array
    pattern: Array
    sex_ratio: float
    national_fertility: float
    deaths: int
    births: int


class Start(NamedTuple):
    """Areas side by side at their census, each array with the areas on the last axis.

    population: persons (sex, age, …); fertility: total fertility (…) that bore its children under five, and of all the areas
    together (a number); moves: log growth a year (sex, age, …), by which the registered people became the residents.
    """

    population: Array
    fertility: Array
    of_all: float
    moves: Array


def known_at(place: Place, census: int, years: int) -> Then:
    """What the reference data have of the province, or of the nation, up to the year of a census, for `years` years ahead.

    Death rates: those counted at the census, with the e0 published for the nation; e0 goes on by as much a year as in the decade
    before. Raises InputError where the reference has none so early.
    """
    tables, needed = place.reference.tables, []
    source = deaths_source(place)
    deaths = _latest(tables["deaths"].loc[tables["deaths"]["area"] == source, "census"], census)
    births = _latest(tables["fertility"]["census"], census)
    by_place = tables["births_by_order"]
    published = {sex: yearly(tables["series"], f"e0_{sex}", COUNTRY).loc[:census] for sex in SEXES}
    if deaths is None:
        needed.append("deaths")
    if births is None or births not in set(by_place["census"]):
        needed.append("fertility")
    if any(len(series) < 2 for series in published.values()):
        needed.append("series")
    if deaths is None or births is None or needed:
        given = {"tables": ", ".join(needed), "census": census, "reference": place.reference.folder}
        raise InputError([Problem("reference_too_late", given)])
    pattern = national_pattern(place, "total", births).sum(axis=0)
    improving: list[Array] = []
    constant: list[Array] = []
    for sex in SEXES:
        years_known, values = published[sex].index.to_numpy(dtype=float), published[sex].to_numpy(dtype=float)
        pace = (values[-1] - values[-2]) / (years_known[-1] - years_known[-2])
        level = values[-1] + pace * (census - years_known[-1])
        rates = census_rates(tables["deaths"], source, sex, census=deaths)
        for found, e0 in ((improving, level + pace * np.arange(1, years + 1)), (constant, np.full(years, level))):
            found.append(survival_parabola(close_at(life_table(brass_to_e0(rates, sex, around(e0)), sex), OPEN_AGE)))
    then = Then(
        np.stack(improving, axis=2),
        np.stack(constant, axis=2),
        pattern / pattern.sum(),
        sex_ratio_of_census(place, births),
        np.nan,
        deaths,
        births,
    )
    nation = [counted_deaths(tables["deaths"], COUNTRY, sex, census=deaths) for sex in SEXES]
    by_age = np.stack([graduate_counts(persons, lowest.tolist(), open_group=True) for lowest, _, persons in nation])
    return then._replace(national_fertility=float(_fertility(by_age, then)))


def start_of(place: Place, then: Then) -> Start:
    """Where areas with one census stand at it.

    Fertility by reverse survival of the children under five. Moves: as many as made the residents of the registered people over
    fifteen years, at the ages of `MOVES_BY_AGE`; none where the table does not say how many are registered.
    Source of the first: Timaeus & Moultrie (2012), Tools for Demographic Estimation, fertility by reverse survival.
    """
    census: Census = area_censuses(place, then.deaths)[-1]
    population = census.population
    fertility = _fertility(areas_first(population, 2), then)
    together = float(_fertility(population.reshape(*population.shape[:2], -1).sum(axis=2), then))
    residents = population.sum(axis=EVERYBODY)
    registered = np.asarray(place.facts.counts[-1].registered)
    by_age = rogers_castro(np.arange(population.shape[1]), MOVES_BY_AGE).reshape(1, -1, *[1] * residents.ndim)
    schedule = np.broadcast_to(by_age, population.shape)
    away = np.where(np.isnan(registered), 0.0, registered - residents)
    return Start(population, fertility, together, -leaving_strength(population, recent_moves(schedule), away) * schedule)


def ahead(start: Start, then: Then, years: int, persistence: float) -> Iterator[Course]:
    """The course of each area for `years` years: improving mortality, fertility on its way back to that of all, moves by half.

    persistence: how much of an area's distance (in logarithms) from the fertility of all the areas is left a year later.
    """
    kept = persistence ** np.arange(1, years + 1)
    apart = np.log(np.maximum(start.fertility, 1e-9) / start.of_all)
    levels = start.of_all * np.exp(np.multiply.outer(kept, apart))
    yield from _courses(start, then.improving, levels, MOVES_GO_ON * start.moves, then)


def unchanged(start: Start, then: Then, years: int) -> Iterator[Course]:
    """The course of each area at the rates of its census, nobody moving."""
    levels = np.multiply.outer(np.ones(years), start.fertility)
    yield from _courses(start, then.constant, levels, np.zeros_like(start.moves), then)


def central(course: Course) -> Array:
    """The stock (sex, age) at the end of a course without shocks."""
    run = run_numpy(course, no_shocks(course.years, 1), empty_run(course, 1, EVERY_AGE))
    return np.asarray(run.stock[-1, ..., 0])


def draws_of(
    course: Course,
    then: Then,
    code: str,
    province: str,
    census: int,
    spread: Spreads,
    bands: Sequence[int],
    draws: range,
    seed: int,
) -> Array:
    """Stocks (sex, band, draw) at the end of a course, by bands of ages, the lowest age of each given.

    Nothing is known after the census: every deviation of nation, province and area starts there.
    """
    years = list(range(census + 1, census + 1 + course.years))
    known = Known(nation=census, province=census, area=census, census=census, residents=census)
    national = np.full(course.years, then.national_fertility)
    found = deviations_of(code, province, spread, known, national, years, draws, seed)
    shocks = shocks_of(found, *_deaths(course))
    run = run_numpy(course, shocks, empty_run(course, len(draws), bands), bands)
    return np.asarray(run.stock[-1])


def _latest(censuses: Iterable[int], until: int) -> int | None:
    early = [int(year) for year in censuses if int(year) <= until]
    return max(early) if early else None


def _fertility(population: Array, then: Then) -> Array:
    """Total fertility (…) of the five years before a census with `population` (…, sex, age)."""
    ratios = then.constant[0, 0]
    born = (np.array([then.sex_ratio, 1.0]) / (1 + then.sex_ratio))[:, None]
    surviving = (np.cumprod(ratios[:, :CHILDREN], axis=1) * born).sum(axis=0)
    children = population[..., :CHILDREN].sum(axis=-2)
    found = reverse_survival_tfr(
        children,
        population[..., FEMALE, :],
        child_survival=surviving,
        female_survival=ratios[FEMALE][None],
        asfr_shape=then.pattern[None],
    )
    return np.asarray(found.total.mean(axis=-1))


def _courses(start: Start, survival: Array, levels: Array, moves: Array, then: Then) -> Iterator[Course]:
    """A course an area: `levels` total fertility (year, area), `moves` log growth a year (sex, age, area)."""
    years = len(levels)
    later = -np.gradient(then.pattern)
    shape = np.stack([then.pattern, later])
    population, growth = areas_first(start.population, 2), np.expm1(areas_first(moves, 2))
    same = np.ascontiguousarray(survival)
    for stock, rate, level in zip(population, growth, levels.T, strict=True):
        weights = mobility(rate)
        by_person = weights * stock.sum() / (weights * stock).sum()
        yield Course(
            start=np.ascontiguousarray(stock),
            survival=same,
            fertility=level[:, None, None] * shape,
            held_births=np.zeros(years),
            male_share=np.full(years, then.sex_ratio / (1 + then.sex_ratio)),
            growth=np.repeat(rate[None], years, axis=0),
            mobility=np.repeat(by_person[None], years, axis=0),
            flow=np.zeros((years, *stock.shape)),
        )


def _deaths(course: Course) -> tuple[Array, Array]:
    """Deaths (year,) of a course without shocks, and by what share they change with a year of e0."""
    run = run_numpy(course, no_shocks(course.years, 1), empty_run(course, 1, EVERY_AGE))
    change = np.empty(course.years)
    for year in range(course.years):
        begun = survive(run.stock[year, ..., 0], np.ones_like(course.survival[year, 0])).persons
        begun[:, 0] = run.births[year, 0] * np.array([course.male_share[year], 1 - course.male_share[year]])
        change[year] = -(begun * course.survival[year, 1]).sum()
    deaths = run.deaths[:, 0]
    return deaths, change / np.maximum(deaths, 1.0)
