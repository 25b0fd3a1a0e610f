"""Ranges of many counties of one census table: each county's residents in every draw, and the quantiles of what is asked of them.

The model is that of a single area; only what is kept of it is less. Nothing passes between counties.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from popmodel.areas import Place, Reference
from popmodel.assessment.ranges import FLOWS, GROUPS, column
from popmodel.demography import FEMALE
from popmodel.demography.arrays import Array
from popmodel.messages import InputError, Problem
from popmodel.parameters import AssumptionBook
from popmodel.projection.draws import Courses, random_inputs, run_residents
from popmodel.projection.engine import Run, empty_run, no_shocks
from popmodel.projection.engines import chosen_engine, run
from popmodel.projection.many import courses_of, launch_many
from popmodel.projection.quantiles import QUANTILES, quantiles
from popmodel.scenarios import Scenario

INDICATORS = (*GROUPS, "women_15_49", *FLOWS, "required_norm_resident", "dependency_ratio")
AGES = tuple(range(0, 101, 5))
COLUMNS = ("central", *(column(share) for share in QUANTILES))

# A norm is asked for in some years only.
_EVERY_YEAR = [name != "required_norm_resident" for name in INDICATORS]
_YOUNG, _WORKING, _OLD, _FERTILE = (0, 14), (15, 64), (65, 100), (15, 49)
# Lowest ages of the bands that the engine keeps: those between which no group of an indicator has a bound, and, where ages are
# asked for, those from which AGES can be put together too.
INDICATOR_BANDS = tuple(sorted({age for low, high in (*GROUPS.values(), _YOUNG, _FERTILE) for age in (low, high + 1)} - {101}))
AGE_BANDS = tuple(sorted({*INDICATOR_BANDS, *AGES}))


@dataclass(frozen=True)
class Asked:
    """What is asked of every county: the scenario to 31 December of `to` in `draws` drawn by `seed`, run by `engine`.

    norm: places per 1,000 residents by year, in years that have one. ages: whether quantiles by sex and age are wanted.
    """

    reference: Reference
    book: AssumptionBook
    scenario: Scenario
    to: int
    draws: int
    seed: int
    engine: str
    norm: Mapping[int, float]
    ages: bool = False


class CountyRanges(NamedTuple):
    """The ranges of one county, a number for each of COLUMNS on the last axis.

    years: those after the census. indicators: (indicator, year, column), persons, places, or dependants per 100; NaN in years
    without a norm. ages: (sex, age, year, column), persons at the year's end by AGES, or None.
    """

    code: str
    years: Sequence[int]
    indicators: Array
    ages: Array | None


class Found(NamedTuple):
    """The ranges of the counties that have them, and why the others have none, by code."""

    counties: tuple[CountyRanges, ...]
    refused: Mapping[str, tuple[Problem, ...]]


def county_ranges(places: Sequence[Place], asked: Asked) -> Found:
    """The ranges of every one of `places`: the same to the bit in whatever company, and none stopped by another."""
    # Where a worker lacks the engine, that is no fault of the counties.
    chosen_engine(asked.engine, asked.draws)
    found: dict[str, CountyRanges] = {}
    refused: dict[str, tuple[Problem, ...]] = {}
    with np.errstate(all="ignore"):
        for one in _by_halves(places, asked, refused):
            if np.isfinite(one.indicators[_EVERY_YEAR]).all():
                found[one.code] = one
            else:
                refused[one.code] = (Problem("area_not_projectable", {"code": one.code}),)
    codes = [place.facts.codes[0] for place in places]
    done = tuple(found[code] for code in codes if code in found)
    return Found(done, {code: refused[code] for code in codes if code in refused})


def indicator_draws(drawn: Run, bands: Sequence[int], norm: Array) -> Array:
    """INDICATORS (indicator, year, draw) of a run kept by `bands`, in the years after its start; norm: (year,), as in `Asked`."""
    stock, lowest = drawn.stock[1:], INDICATOR_BANDS
    edges = [bands.index(low) for low in lowest] + [len(bands)]
    persons = np.stack([_sum(stock[:, :, low:high], (1, 2)) for low, high in pairwise(edges)])
    found = np.empty((len(INDICATORS), *drawn.births.shape))
    by_name = dict(zip(INDICATORS, found, strict=True))
    for name, (low, high) in GROUPS.items():
        _sum(persons[_between(lowest, low, high)], 0, by_name[name])
    _sum(stock[:, FEMALE, _between(bands, *_FERTILE)], 1, by_name["women_15_49"])
    for name in FLOWS:
        by_name[name][:] = getattr(drawn, name)
    np.multiply(by_name["residents"] / 1000, norm[:, None], out=by_name["required_norm_resident"])
    young, working, old = (_sum(persons[_between(lowest, *bounds)], 0) for bounds in (_YOUNG, _WORKING, _OLD))
    np.multiply((young + old) / working, 100, out=by_name["dependency_ratio"])
    return found


def age_draws(drawn: Run) -> Array:
    """Stocks (year, sex, age, draw) by AGES of a run kept by AGE_BANDS, in the years after its start; it is used up by this."""
    stock = drawn.stock[1:]
    kept = [AGE_BANDS.index(low) for low in AGES]
    for low, high in zip(kept, [*kept[1:], len(AGE_BANDS)], strict=True):
        for band in range(low + 1, high):
            stock[:, :, low] += stock[:, :, band]
    return stock[:, :, kept]


def _by_halves(places: Sequence[Place], asked: Asked, refused: dict[str, tuple[Problem, ...]]) -> Iterator[CountyRanges]:
    """The counties of a batch; where something unforeseen stops them, those of the halves that are not stopped.

    A country's counties must not wait for one of them; what stopped it is listed beside its code.
    """
    try:
        done = list(_together(places, asked, refused))
    except (MemoryError, OSError):
        raise
    except Exception as error:
        if len(places) == 1:
            code = places[0].facts.codes[0]
            unforeseen = Problem("area_failed", {"code": code, "name": type(error).__name__, "message": str(error)})
            refused[code] = tuple(error.problems) if isinstance(error, InputError) else (unforeseen,)
            return
        middle = len(places) // 2
        yield from _by_halves(places[:middle], asked, refused)
        yield from _by_halves(places[middle:], asked, refused)
        return
    yield from done


def _together(places: Sequence[Place], asked: Asked, refused: dict[str, tuple[Problem, ...]]) -> Iterator[CountyRanges]:
    many = launch_many(places, asked.book)
    refused.update(many.refused)
    book = asked.scenario.apply(asked.book)
    for batch in many.batches:
        for place, paths in courses_of(batch, asked.scenario, asked.to):
            yield _ranges_of(place, book, paths, asked)


def _ranges_of(place: Place, book: AssumptionBook, paths: Courses, asked: Asked) -> CountyRanges:
    years = range(asked.to - paths.resident.years + 1, asked.to + 1)
    norm = np.array([asked.norm.get(year, np.nan) for year in years])
    bands = AGE_BANDS if asked.ages else INDICATOR_BANDS
    shocks, cells = random_inputs(place, book, paths, years, range(asked.draws), asked.seed)
    drawn = run_residents(paths, shocks, bands=bands, cells=cells, engine=asked.engine)
    course = paths.resident
    path = run(course, no_shocks(course.years, 1), empty_run(course, 1, bands), bands, engine=asked.engine)
    indicators = _with_quantiles(indicator_draws(path, bands, norm), indicator_draws(drawn, bands, norm))
    if not asked.ages:
        return CountyRanges(place.facts.codes[0], years, indicators, None)
    ages = _with_quantiles(age_draws(path), age_draws(drawn))
    return CountyRanges(place.facts.codes[0], years, indicators, np.moveaxis(ages, 0, 2))


def _with_quantiles(central: Array, drawn: Array) -> Array:
    """COLUMNS on the last axis, from the central path (…, 1) and the draws (…, draw), which are sorted in place."""
    return np.concatenate([central, np.moveaxis(quantiles(drawn), 0, -1)], axis=-1)


def _sum(values: Array, axis: int | tuple[int, ...], out: Array | None = None) -> Array:
    return np.asarray(values.sum(axis=axis, out=out))


def _between(lowest: Sequence[int], low: int, high: int) -> slice:
    """The bands, of these lowest ages, from age `low` to `high`; 100 is open."""
    return slice(lowest.index(low), len(lowest) if high == 100 else lowest.index(high + 1))
