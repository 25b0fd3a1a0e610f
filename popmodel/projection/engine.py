"""Many draws of one population at once: the step of every year with the draws as the last axis, one year's state kept.

Residents and registered people are run one after the other; what passes between them is given: births, and flows in persons.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
# Bytes of a line of the cache.
LINE = 64


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
    """How draws part from the course; each (year, draw), but start, first and cells.

    start: (draw,), factor on every cell of the starting stock; first: (sex, age, draw), the starting stock itself, where draws
    part in it by cell, or None. fertility: factor on births; timing: years by which births come
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
    first: Array | None = None

    def of(self, draws: slice | Sequence[int]) -> Shocks:
        """The shocks of some draws."""
        return Shocks._make(None if part is None else part[..., draws] for part in self)

    def of_years(self, years: int) -> Shocks:
        """The shocks of the first `years`."""
        return Shocks._make(
            part if part is None or name in ("start", "first") else part[:years] for name, part in self._asdict().items()
        )


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
    stock = aligned((course.years + 1, len(course.start), len(bands), draws), dtype)
    return Run(stock, *(np.empty(by_year) for _ in range(4)))


def aligned(shape: tuple[int, ...], dtype: npt.DTypeLike = np.float64) -> Array:
    """Room for an array that begins with a line of the cache: a vector that lies across two takes twice as long."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    room = np.empty(size + LINE, dtype=np.uint8)
    skipped = -room.ctypes.data % LINE
    return room[skipped : skipped + size].view(dtype).reshape(shape)


def run_numpy(
    course: Course,
    shocks: Shocks,
    out: Run,
    bands: Sequence[int] = EVERY_AGE,
    births: Array | None = None,
    draws: range | None = None,
) -> Run:
    """Run the draws of `shocks` through `course` with numpy, filling `out`, which is returned.

    bands: lowest ages of contiguous bands from 0 on. births: (year, draw), given births, instead of those by fertility. draws:
    those to run, where not all. The result of a draw is the same, bit for bit, whatever other draws are run with it.
    """
    some = range(out.births.shape[1]) if draws is None else draws
    for low in range(some.start, some.stop, BLOCK):
        block = slice(low, min(low + BLOCK, some.stop))
        if block.stop - low < LEAST:
            run_in_company(run_numpy, LEAST, course, shocks, out, bands, births, range(low, block.stop))
        else:
            part = Run(*(values[..., block] for values in out))
            _run_block(course, shocks.of(block), part, bands, None if births is None else births[:, block])
    return out


def run_in_company(
    run: Callable[..., Run],
    least: int,
    course: Course,
    shocks: Shocks,
    out: Run,
    bands: Sequence[int],
    births: Array | None,
    draws: range,
) -> None:
    """Have an engine run `draws` apart, filled up to `least` with the last of them, and put what they come to into `out`."""
    some = [*draws, *[draws[-1]] * (least - len(draws))]
    apart = empty_run(course, len(some), bands, out.stock.dtype)
    run(course, shocks.of(some), apart, bands, None if births is None else births[:, some])
    for values, found in zip(out, apart, strict=True):
        values[..., draws.start : draws.stop] = found[..., : len(draws)]


def chance_births(expected: Array, normal: Array) -> Array:
    """Births as chance has them, from `expected` births and standard `normal` numbers, of the same shape.

    Poisson by the second order of Cornish & Fisher's expansion, B + √B n + (n² − 1)/6, not below zero; not whole numbers. A
    number that is 0 stands for births that are known: they come as expected.
    Source: Johnson, Kemp & Kotz (2005), Univariate discrete distributions, section 4.5.

    >>> float(chance_births(np.array([100.0]), np.array([1.0]))[0])
    110.0
    """
    # The skewness of less than a birth is of no account, and where none is expected none comes.
    skewness = np.where(normal == 0, 0.0, (normal * normal - 1) / 6 * np.minimum(expected, 1.0))
    return np.maximum(expected + np.sqrt(expected) * normal + skewness, 0.0)


def fertile_ages(course: Course) -> slice:
    """The ages from 1 on with any fertility in any year, as one slice."""
    ages = np.flatnonzero(course.fertility[..., 1:].any(axis=(0, 1))) + 1
    return slice(int(ages[0]), int(ages[-1]) + 1) if len(ages) else slice(1, 1)


def _run_block(course: Course, shocks: Shocks, out: Run, bands: Sequence[int], births: Array | None) -> None:
    """A block of draws through the years, in two arrays that hold rates and persons in turn: more would not stay in the cache."""
    stock, alive = (np.empty((*course.start.shape, out.births.shape[1])) for _ in range(2))
    if shocks.first is None:
        np.multiply(course.start[..., None], shocks.start, out=stock)
    else:
        stock[:] = shocks.first
    _keep(stock, out.stock[0], bands)
    fertile = fertile_ages(course)
    total = stock.sum(axis=(0, 1))
    for year in range(course.years):
        cells = None if shocks.cells is None else shocks.cells[year]
        _survive(course.survival[year], shocks.mortality[year], cells, stock, alive)
        born = _births(course, shocks, year, fertile, stock, alive) if births is None else births[year]
        for sex, share in ((MALE, course.male_share[year]), (FEMALE, 1 - course.male_share[year])):
            alive[sex, 0] *= born * share
        living = alive.sum(axis=(0, 1))
        _move(course, shocks.migration[year], year, alive, stock, out.shortfall[year])
        _keep(stock, out.stock[year + 1], bands)
        out.births[year] = born
        np.subtract(total + born, living, out=out.deaths[year])
        total = stock.sum(axis=(0, 1))
        np.subtract(total, living, out=out.migration[year])


def _survive(survival: Array, z: Array, cells: Array | None, stock: Array, alive: Array) -> None:
    """Fill `alive` with the survivors of `stock` by age at the year's end, and its age 0 with the survival ratio of births."""
    np.multiply(survival[2][..., None], z, out=alive)
    alive += survival[1][..., None]
    alive *= z
    alive += survival[0][..., None]
    ratio = None if cells is None else alive[:, 1:].copy()
    open_age = alive[:, -1] * stock[:, -1]
    alive[:, 1:] *= stock[:, :-1]
    alive[:, -1] += open_age
    if ratio is not None and cells is not None:
        spread = np.sqrt(np.maximum(alive[:, 1:] * (1 - ratio), 0.0))
        # Not held below those there before: where a cell expects a fraction of a death, that would take away its mean.
        alive[:, 1:] = np.maximum(alive[:, 1:] + spread * cells[:, 1:], 0.0)


def _births(course: Course, shocks: Shocks, year: int, fertile: slice, stock: Array, alive: Array) -> Array:
    twice_women_years = stock[FEMALE, fertile] + alive[FEMALE, fertile]
    level, later = course.fertility[year][:, fertile, None]
    born = (twice_women_years * level).sum(axis=0) / 2 - course.held_births[year]
    if later.any():
        born += shocks.timing[year] * ((twice_women_years * later).sum(axis=0) / 2)
    born = np.maximum(born, 0.0) * shocks.fertility[year]
    return born if shocks.sampling is None else chance_births(born, shocks.sampling[year])


def _move(course: Course, shock: Array, year: int, alive: Array, stock: Array, shortfall: Array) -> None:
    """Fill `stock` with those `alive` and their net migrants."""
    np.multiply(course.mobility[year][..., None], shock, out=stock)
    stock += 1 + course.growth[year][..., None]
    stock *= alive
    stock += course.flow[year][..., None]
    shortfall[:] = 0.0
    if stock.min() < 0:
        emptied = stock.min(axis=-1) < 0
        cells = stock[emptied]
        shortfall -= np.minimum(cells, 0.0).sum(axis=0)
        stock[emptied] = np.maximum(cells, 0.0)


def _keep(stock: Array, out: Array, bands: Sequence[int]) -> None:
    ages = stock.shape[1]
    if len(bands) == ages:
        out[:] = stock
        return
    # A sum at a time: `np.add.reduceat` takes four times as long.
    for band, (low, high) in enumerate(zip(bands, (*bands[1:], ages), strict=True)):
        out[:, band] = stock[:, low:high].sum(axis=1)
