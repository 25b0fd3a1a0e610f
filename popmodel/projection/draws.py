"""Draws of a projection: both populations run through their years under the shocks of every draw.

The course of each population is taken from the central path, so that a draw without shocks is the projection itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import xarray as xr

from popmodel.areas import Place
from popmodel.demography import MALE, SEXES
from popmodel.demography.arrays import Array, Number, areas_first
from popmodel.forecast import Deviations, deviations, known_years, spreads
from popmodel.forecast.streams import standard_normals
from popmodel.parameters import AssumptionBook
from popmodel.projection.engine import EVERY_AGE, Course, Run, Shocks, empty_run
from popmodel.projection.engines import run
from popmodel.projection.pair import EVERYBODY, Pair, PairYear, mobility
from popmodel.projection.quantiles import QUANTILES, quantiles
from popmodel.projection.step import YearEnd, survive

POPULATIONS = ("resident", "registered")
FLOWS = ("births", "deaths", "migration")


class Courses(NamedTuple):
    """The courses of both populations, and what passes between them; of areas side by side on the last axis of every array.

    away_births: (year,), registered births to mothers living away; outside_share: residents registered elsewhere; deaths:
    (year,), residents' deaths of the central path; deaths_change: (year,), by what share they change with a year of e0;
    published_births: (published year,), residents' births of the first years, which are published.
    """

    resident: Course
    registered: Course
    away_births: Array
    outside_share: Number
    deaths: Array
    deaths_change: Array
    published_births: Array

    def split(self) -> Iterator[Courses]:
        """The courses of each of the areas that stand side by side, every array whole in memory."""
        # Both populations have the same survival, which is most of what there is to copy.
        kept = {id(values): areas_first(values, values.ndim - 1) for values in (*self.resident, *self.registered)}
        parts = [[kept[id(values)] for values in course] for course in (self.resident, self.registered)]
        others = [areas_first(np.asarray(values), np.ndim(values) - 1) for values in self[2:]]
        for resident, registered, rest in zip(
            zip(*parts[0], strict=True), zip(*parts[1], strict=True), zip(*others, strict=True), strict=True
        ):
            yield Courses(Course(*resident), Course(*registered), *rest)


@dataclass(frozen=True, repr=False)
class Draws:
    """Draws 0, 1, … of both populations of one area, stocks by single age.

    years: the years run through; stocks stand at the end of the year before and of each of them. seed and engine say how to
    have the same draws again.
    """

    years: Sequence[int]
    seed: int
    engine: str
    resident: Run
    registered: Run

    def __repr__(self) -> str:
        return f"Draws({self.count}, {self.years[0]}-{self.years[-1]}, seed {self.seed}, {self.engine})"

    @property
    def count(self) -> int:
        """Number of draws."""
        return int(self.resident.births.shape[-1])

    def run(self, population: str = "resident") -> Run:
        """The run of `resident` or `registered`."""
        return {"resident": self.resident, "registered": self.registered}[population]

    def persons(self, low: int, high: int, population: str = "resident", sex: str | None = None) -> Array:
        """Persons aged `low` to `high` (completed years, 100 open), (year + 1, draw), from the base's year end on."""
        stock = self.run(population).stock[:, :, low : high + 1]
        chosen = stock[:, SEXES.index(sex)] if sex else stock.sum(axis=1)
        return np.asarray(chosen.sum(axis=1))


def cell_quantiles(draws: Draws, population: str = "resident", wanted: Sequence[float] = QUANTILES) -> xr.Dataset:
    """Quantiles of one population: population (quantile, year, sex, age); births, deaths, migration (quantile, flow_year).

    Persons; of the stocks to seven digits, the draws being sorted in single precision. Each cell has its own quantiles, and those
    of a sum are not their sum.
    """
    run = draws.run(population)

    def of_year(stock: Array) -> Array:
        return quantiles(stock.astype(np.float32), wanted)

    with ThreadPoolExecutor() as pool:
        stocks = np.stack(list(pool.map(of_year, run.stock)), axis=1)
    flows = {name: (("quantile", "flow_year"), quantiles(getattr(run, name).copy(), wanted)) for name in FLOWS}
    years = [draws.years[0] - 1, *draws.years]
    return xr.Dataset(
        {"population": (("quantile", "year", "sex", "age"), stocks), **flows},
        coords={"quantile": list(wanted), "year": years, "flow_year": list(draws.years), "sex": list(SEXES)},
        attrs={"units": "persons"},
    )


def courses(pair: Pair, years: Sequence[PairYear], survival: Array, published: int) -> Courses:
    """The courses of both populations from the central path.

    pair: both stocks at the start of the first of `years`, of which the first `published` have published births; survival: their
    polynomials (year, 3, sex, age, …).
    """
    held = np.stack([_held_women_years(pair, ratios) for ratios in survival[:, 0]])
    fertility = np.stack([year.fertility.sum(axis=0) for year in years])
    born, born_registered = (
        np.stack([getattr(year, population).births.sum(axis=0) for year in years]) for population in POPULATIONS
    )
    growth = np.stack([year.moves.growth + year.moves.balance_rate * mobility(year.moves.growth) for year in years])
    zeros = np.zeros_like(growth)
    births = born.sum(axis=1)
    resident = Course(
        start=pair.resident,
        survival=survival,
        fertility=np.stack([fertility, -np.gradient(fertility, axis=1)], axis=1),
        held_births=(fertility * held).sum(axis=1),
        male_share=_male_share(born),
        growth=growth,
        mobility=np.stack([_mobility_by_person(year) for year in years]),
        flow=np.stack([year.resident.migration - _alive(year.resident) * rate for year, rate in zip(years, growth, strict=True)]),
    )
    registration = np.array([year.moves.registration_rate for year in years]).reshape(-1, *[1] * (zeros.ndim - 1))
    registered = resident._replace(
        start=pair.registered,
        fertility=np.zeros_like(resident.fertility),
        held_births=np.zeros_like(births),
        male_share=_male_share(born_registered),
        growth=zeros + registration,
        mobility=zeros,
        flow=np.stack([zeros[0] if year.corrected is None else year.corrected for year in years]),
    )
    deaths, change = _deaths(years, survival)
    away = born_registered.sum(axis=1) - births * (1 - pair.outside_share)
    return Courses(resident, registered, away, pair.outside_share, deaths, change, births[:published])


def run_draws(
    paths: Courses,
    deviations: Deviations,
    *,
    bands: Sequence[int] = EVERY_AGE,
    dtype: npt.DTypeLike = np.float64,
    cells: Array | None = None,
    engine: str = "numpy",
    threads: int = 1,
) -> tuple[Run, Run]:
    """Both populations under the `deviations` of every draw: the residents, then the registered people.

    Registered births are the residents' but for those registered elsewhere, and those of mothers living away, whose fertility
    has the same shocks. cells: standard normal numbers (year, sex, age, draw) of the chance in deaths of each cell. engine,
    threads: those of `engines.run`.
    """
    draws = deviations.fertility.shape[1]
    resident = run_residents(paths, deviations, bands=bands, dtype=dtype, cells=cells, engine=engine, threads=threads)
    births = resident.births * (1 - paths.outside_share) + paths.away_births[:, None] * deviations.fertility
    shocks = shocks_of(deviations, paths.deaths, paths.deaths_change, cells)
    still = shocks._replace(first=_registered_start(paths, deviations), cells=None)
    room = empty_run(paths.registered, draws, bands, dtype)
    return resident, run(paths.registered, still, room, bands, births, engine=engine, threads=threads)


def run_residents(
    paths: Courses,
    deviations: Deviations,
    *,
    bands: Sequence[int] = EVERY_AGE,
    dtype: npt.DTypeLike = np.float64,
    cells: Array | None = None,
    engine: str = "numpy",
    threads: int = 1,
) -> Run:
    """The residents of `run_draws` alone."""
    draws = deviations.fertility.shape[1]
    shocks = held_to_births(paths, shocks_of(deviations, paths.deaths, paths.deaths_change, cells), engine)
    return run(paths.resident, shocks, empty_run(paths.resident, draws, bands, dtype), bands, engine=engine, threads=threads)


def _registered_start(paths: Courses, deviations: Deviations) -> Array:
    """Registered people of the base in every draw, (sex, age, draw): residents as the census erred, and those living away.

    All of the error of the registered base beyond the census is of those living away, who may be many or few but never fewer
    than none.
    """
    here = paths.resident.start * (1 - paths.outside_share)
    away = np.maximum(paths.registered.start - here, 0.0)
    others = paths.registered.start - here - away
    wanted = paths.registered.start.sum() * (deviations.registered - 1)
    factor = np.maximum(1 + wanted / max(float(away.sum()), 1.0), 0.0)
    return (here + others)[..., None] * deviations.census + away[..., None] * factor


def held_to_births(paths: Courses, shocks: Shocks, engine: str = "numpy") -> Shocks:
    """The shocks with fertility such that the births of the published years are those published, times their shocks.

    It is births that are published: where a draw has more women than the central path, they bore as many children, at lower
    rates, and what the rates were in the last of these years they stay.
    """
    years, draws = len(paths.published_births), shocks.fertility.shape[1]
    first = Course(*(part if name == "start" else part[:years] for name, part in paths.resident._asdict().items()))
    plain = shocks.of_years(years)._replace(fertility=np.ones((years, draws)), sampling=None)
    borne = run(first, plain, empty_run(first, draws, (0,)), (0,), engine=engine).births
    factors = paths.published_births[:, None] / np.maximum(borne, 1e-300)
    later = np.repeat(factors[-1:], len(shocks.fertility) - years, axis=0)
    return shocks._replace(fertility=shocks.fertility * np.concatenate([factors, later]))


def random_inputs(
    place: Place, book: AssumptionBook, paths: Courses, years: Sequence[int], draws: range, seed: int
) -> tuple[Deviations, Array | None]:
    """What chance does to one area's `draws` in `years`, the first after its census; for `run_draws`, its cells the second.

    Cells are of chance of their own (year, sex, age, draw) in an area of few people only, by the assumption book.
    """
    found = deviations(place, book, known_years(place, years[0] - 1), years, draws, seed)
    if paths.resident.start.sum() >= spreads(book).cells_below:
        return found, None
    shape = paths.resident.start.shape
    return found, standard_normals(seed, place.facts.codes[0], "cells", years, draws, cells=shape)


def shocks_of(deviations: Deviations, deaths: Array, deaths_change: Array, cells: Array | None = None) -> Shocks:
    """Shocks of the engine; where chance does not work in each cell, it works on the year's deaths by way of e0.

    deaths: (year,), of the central path; deaths_change: (year,), by what share they change with a year of e0.
    """
    mortality = deviations.mortality
    if cells is None:
        of_one_death = 1 / (np.sqrt(np.maximum(deaths, 1.0)) * np.maximum(-deaths_change, 1e-3))
        mortality = mortality + of_one_death[:, None] * deviations.deaths
    return Shocks(
        start=deviations.census,
        fertility=deviations.fertility,
        timing=deviations.timing,
        mortality=mortality,
        migration=deviations.migration,
        sampling=deviations.sampling,
        cells=cells,
    )


def _mobility_by_person(year: PairYear) -> Array:
    """Weights (sex, age) by how much each age moves, whose mean over the people there is 1: a shock is a share of all."""
    weights = mobility(year.moves.growth)
    there = year.resident.population
    return np.asarray(weights * there.sum(axis=EVERYBODY) / (weights * there).sum(axis=EVERYBODY))


def _male_share(births: Array) -> Array:
    """Boys among births (year, sex, …), (year, …)."""
    return np.asarray(births[:, MALE] / np.maximum(births.sum(axis=1), 1e-300))


def _alive(year: YearEnd) -> Array:
    """Survivors (sex, age) by age at the year's end, before anybody moves."""
    return np.asarray(year.population - year.migration)


def _held_women_years(pair: Pair, ratios: Array) -> Array:
    return survive(pair.held_out, ratios).women_years


def _deaths(years: Sequence[PairYear], survival: Array) -> tuple[Array, Array]:
    """Residents' deaths (year,), and by what share they change where e0 is a year longer, which is below zero."""
    deaths = np.stack([year.resident.cohort_deaths for year in years])
    exposed = np.stack([_alive(year.resident) for year in years]) + deaths
    total = deaths.sum(axis=(1, 2))
    return total, -(exposed * survival[:, 1]).sum(axis=(1, 2)) / np.maximum(total, 1.0)
