"""Many draws of one population at once: the step of every year with the draws as the last axis, one year's state kept.

Residents and registered people are run one after the other; what passes between them is given: births, and flows in persons.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from popmodel.demography import FEMALE, MALE
from popmodel.demography.arrays import Array

# Draws that go through the years together: their buffers stay in the cache of a core.
BLOCK = 256
# Fewer are filled up to as many, since numpy adds up a single draw in another order than one among several.
LEAST = 8
EVERY_AGE = tuple(range(101))


class Course(NamedTuple):
    """What a population goes through, year by year, before the shocks of a draw; float64, C order.

    start: (sex, age), persons at the start of the first year.
    survival: (year, 3, sex, age), the survival ratio as a polynomial c0 + c1 z + c2 z² in the deviation z of the mortality index.
    fertility: (year, 2, age), births per woman and year, and their change where births come a year of age later.
    held_births: (year,), births that the fertility would give to women who do not bear here (group quarters).
    male_share: (year,), boys among births.
    growth: (year, sex, age), net migrants as a share of survivors; mobility: (year, sex, age), what a migration shock of 1 adds
    to it; flow: (year, sex, age), further net migrants, persons, by age at the year's end.
    """

    start: Array
    survival: Array
    fertility: Array
    held_births: Array
    male_share: Array
    growth: Array
    mobility: Array
    flow: Array

    @property
    def years(self) -> int:
        """Number of years."""
        return len(self.survival)


class Shocks(NamedTuple):
    """How draws part from the course; each (year, draw), but start and cells.

    start: (draw,), factor on every cell of the starting stock. fertility: factor on births; timing: years by which births come
    later; mortality: deviation z of the index; migration: shock on `Course.mobility`; sampling: standard normal numbers of the
    chance in births (`chance_births`), or None. cells: (year, sex, age, draw), standard normal numbers of the chance in deaths of
    each cell, or None.
    """

    start: Array
    fertility: Array
    timing: Array
    mortality: Array
    migration: Array
    sampling: Array | None = None
    cells: Array | None = None

    def of(self, draws: slice | Sequence[int]) -> Shocks:
        """The shocks of some draws."""
        return Shocks._make(None if part is None else part[..., draws] for part in self)


class Run(NamedTuple):
    """Stocks and flows of all draws.

    stock: (year + 1, sex, band, draw), persons at the start and at each year's end, by bands of ages; births, deaths and
    migration: (year, draw), persons; shortfall: (year, draw), persons who could not leave because their cell was empty.
    """

    stock: Array
    births: Array
    deaths: Array
    migration: Array
    shortfall: Array


def no_shocks(years: int, draws: int) -> Shocks:
    """Shocks under which every draw is the course itself."""
    none = np.zeros((years, draws))
    return Shocks(np.ones(draws), np.ones((years, draws)), none, none, none)


def empty_run(course: Course, draws: int, bands: Sequence[int], dtype: npt.DTypeLike = np.float64) -> Run:
    """Room for a run of `draws` by `bands`, the lowest age of each; stocks as `dtype`."""
    by_year = (course.years, draws)
    stock = np.empty((course.years + 1, len(course.start), len(bands), draws), dtype=dtype)
    return Run(stock, *(np.empty(by_year) for _ in range(4)))


def run_numpy(course: Course, shocks: Shocks, out: Run, bands: Sequence[int] = EVERY_AGE, births: Array | None = None) -> Run:
    """Run all draws of `shocks` through `course` with numpy, filling `out`, which is returned.

    bands: lowest ages of contiguous bands from 0 on. births: (year, draw), given births, instead of those by fertility.
    The result of a draw is the same, bit for bit, whatever other draws are run with it.
    """
    draws = out.births.shape[1]
    for low in range(0, draws, BLOCK):
        high = min(low + BLOCK, draws)
        part = Run(*(values[..., low:high] for values in out))
        given = None if births is None else births[:, low:high]
        if high - low < LEAST:
            filled = [*range(high - low), *[high - low - 1] * (LEAST - high + low)]
            wide = empty_run(course, LEAST, bands, out.stock.dtype)
            _run_block(course, shocks.of(slice(low, high)).of(filled), wide, bands, None if given is None else given[:, filled])
            for values, found in zip(part, wide, strict=True):
                values[:] = found[..., : high - low]
        else:
            _run_block(course, shocks.of(slice(low, high)), part, bands, given)
    return out


def chance_births(expected: Array, normal: Array) -> Array:
    """Births as chance has them, from `expected` births and standard `normal` numbers, of the same shape.

    Poisson by the second order of Cornish & Fisher's expansion, B + √B n + (n² − 1)/6, not below zero; not whole numbers.
    Source: Johnson, Kemp & Kotz (2005), Univariate discrete distributions, section 4.5.

    >>> float(chance_births(np.array([100.0]), np.array([1.0]))[0])
    110.0
    """
    return np.maximum(expected + np.sqrt(expected) * normal + (normal * normal - 1) / 6, 0.0)


def _run_block(course: Course, shocks: Shocks, out: Run, bands: Sequence[int], births: Array | None) -> None:
    stock, alive, rate = (np.empty((*course.start.shape, out.births.shape[1])) for _ in range(3))
    np.multiply(course.start[..., None], shocks.start, out=stock)
    _keep(stock, out.stock[0], bands)
    fertile = _fertile_ages(course)
    total = stock.sum(axis=(0, 1))
    for year in range(course.years):
        _survive(course.survival[year], shocks, year, stock, alive, rate)
        born = _births(course, shocks, year, fertile, stock, alive) if births is None else births[year]
        for sex, share in ((MALE, course.male_share[year]), (FEMALE, 1 - course.male_share[year])):
            np.multiply(rate[sex, 0], born * share, out=alive[sex, 0])
        living = alive.sum(axis=(0, 1))
        _move(course, shocks.migration[year], year, alive, stock, rate, out.shortfall[year])
        _keep(stock, out.stock[year + 1], bands)
        out.births[year] = born
        np.subtract(total + born, living, out=out.deaths[year])
        total = stock.sum(axis=(0, 1))
        np.subtract(total, living, out=out.migration[year])


def _survive(survival: Array, shocks: Shocks, year: int, stock: Array, alive: Array, rate: Array) -> None:
    """Fill `rate` with survival ratios, and `alive` with the survivors of `stock` by age at the year's end, but for age 0."""
    z = shocks.mortality[year]
    np.multiply(survival[2][..., None], z, out=rate)
    rate += survival[1][..., None]
    rate *= z
    rate += survival[0][..., None]
    alive[:, 1:] = stock[:, :-1]
    alive[:, -1] += stock[:, -1]
    if shocks.cells is None:
        alive[:, 1:] *= rate[:, 1:]
        return
    alive[:, 1:] *= rate[:, 1:]
    spread = np.sqrt(np.maximum(alive[:, 1:] * (1 - rate[:, 1:]), 0.0))
    # Not held below those there before: where a cell expects a fraction of a death, that would take away its mean.
    alive[:, 1:] = np.maximum(alive[:, 1:] + spread * shocks.cells[year][:, 1:], 0.0)


def _births(course: Course, shocks: Shocks, year: int, fertile: slice, stock: Array, alive: Array) -> Array:
    twice_women_years = stock[FEMALE, fertile] + alive[FEMALE, fertile]
    level, later = course.fertility[year][:, fertile, None]
    born = (twice_women_years * level).sum(axis=0) / 2 - course.held_births[year]
    if later.any():
        born += shocks.timing[year] * ((twice_women_years * later).sum(axis=0) / 2)
    born = np.maximum(born, 0.0) * shocks.fertility[year]
    return born if shocks.sampling is None else chance_births(born, shocks.sampling[year])


def _move(course: Course, shock: Array, year: int, alive: Array, stock: Array, rate: Array, shortfall: Array) -> None:
    """Fill `stock` with those `alive` and their net migrants; `rate` is scratch."""
    np.multiply(course.mobility[year][..., None], shock, out=rate)
    rate += 1 + course.growth[year][..., None]
    np.multiply(alive, rate, out=stock)
    stock += course.flow[year][..., None]
    np.minimum(stock, 0.0, out=rate)
    shortfall[:] = -rate.sum(axis=(0, 1))
    np.maximum(stock, 0.0, out=stock)


def _keep(stock: Array, out: Array, bands: Sequence[int]) -> None:
    out[:] = stock if len(bands) == stock.shape[1] else np.add.reduceat(stock, list(bands), axis=1)


def _fertile_ages(course: Course) -> slice:
    """The ages with any fertility in any year, as one slice."""
    ages = np.flatnonzero(course.fertility.any(axis=(0, 1)))
    return slice(int(ages[0]), int(ages[-1]) + 1) if len(ages) else slice(0, 0)
