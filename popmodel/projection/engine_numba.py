"""The engine over draws compiled by numba: some draws side by side, as the lanes of a vector, in the first caches of a core.

An optional extra, `pip install "popmodel[fast]"`; `popmodel.projection.engines` imports it when it is asked for. Arithmetic is
strict (nothing fused or reordered), so that a draw has the same bits whatever is run with it, on whatever machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from popmodel.demography import FEMALE, MALE
from popmodel.demography.arrays import Array
from popmodel.projection.engine import EVERY_AGE, Course, Run, Shocks, fertile_ages, run_in_company

# Known when the kernels are compiled and a multiple of every vector's length, so that the loops over lanes become vectors without
# a remainder. By measurement: 32 lanes are a fifth slower than 64, and 128 no faster, in twice the cache.
LANES = 64
AGES = len(EVERY_AGE)
CELLS = 2 * AGES

# Rows of the scratch: one number a lane.
Z, MOVED, LIVING, TOTAL, SHORT, LEVEL, LATER, BORN, BEFORE, BAND = range(10)
ROWS = 10

# `_nrt`: no counting of references, whose atomic operations would cost more than the copying of a row; so kernels make no arrays.
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False}


def run_numba(
    course: Course,
    shocks: Shocks,
    out: Run,
    bands: Sequence[int] = EVERY_AGE,
    births: Array | None = None,
    draws: range | None = None,
) -> Run:
    """Run the draws of `shocks` through `course` with compiled kernels, filling `out`, which is returned.

    Arguments are those of `run_numpy`, with which it agrees to 1e-9. The result of a draw is the same, bit for bit, whatever
    other draws are run with it. Raises ValueError for arrays that are not of the shapes of the course and of `out`.
    """
    some = range(out.births.shape[1]) if draws is None else draws
    if len(some) < LANES or not all(part.flags.c_contiguous for part in out):
        run_in_company(run_numba, LANES, course, shocks, out, bands, births, some)
        return out
    years, every = course.years, out.births.shape[1]
    by_draw, fertile = (years, every), fertile_ages(course)
    # The kernel takes ages by twos: one more where they are odd.
    odd = (fertile.stop - fertile.start) % 2
    down = odd if fertile.stop == AGES else 0
    arguments = (
        _plain(course.start, 2, AGES).reshape(CELLS),
        _plain(course.survival, years, 3, 2, AGES),
        _plain(course.fertility, years, 2, AGES),
        _plain(course.held_births, years),
        _plain(course.male_share, years),
        *(_plain(part, years, 2, AGES).reshape(years, CELLS) for part in (course.growth, course.mobility, course.flow)),
        _plain(shocks.start, every),
        *(_plain(part, *by_draw) for part in (shocks.fertility, shocks.timing, shocks.mortality, shocks.migration)),
        _optional(shocks.sampling, *by_draw),
        _optional(shocks.cells, years, 2, AGES, every),
        _optional(births, *by_draw),
        _stocks(out, years, bands),
        *out[1:],
        np.array([*bands, AGES], dtype=np.int64),
        fertile.start - down,
        fertile.stop + odd - down,
        some.start,
        some.stop,
        *(np.empty(rows * LANES) for rows in (CELLS, CELLS, ROWS)),
    )
    try:
        _run(*arguments)
    except OSError:
        # The folder of compiled kernels cannot be read or written (a full disk, say).
        _run_unkept()(*arguments)
    return out


def cache_folder() -> str | None:
    """Where the kernels are kept for later processes; None where no folder can be written."""
    folder = _run.stats.cache_path
    return folder if folder and any(Path(folder).glob(f"*{_run.py_func.__name__}-*.nbi")) else None


def compiled_here() -> bool:
    """Whether this process compiled the kernels, rather than finding them in the cache."""
    return bool(sum(_run.stats.cache_misses.values()))


def _plain(array: Array, *shape: int) -> Array:
    """The array as the kernels are compiled for: float64, C order, writable; of just this shape, since they do not look."""
    if array.shape != shape:
        raise ValueError(f"an array of the shape {array.shape} where {shape} is wanted")
    return np.require(array, np.float64, ["C", "W"])


def _optional(array: Array | None, *shape: int) -> Array:
    """The array, or an empty one of as many dimensions for none: a kernel is compiled for one type of each argument."""
    return np.empty((0,) * len(shape)) if array is None else _plain(array, *shape)


def _stocks(out: Run, years: int, bands: Sequence[int]) -> Array:
    """The stocks with a row for each sex and band, after a look at everything that the kernels write to."""
    by_draw = (years, out.births.shape[1])
    if any(part.shape != by_draw for part in out[1:]) or out.stock.shape != (years + 1, 2, len(bands), by_draw[1]):
        raise ValueError(
            f"no room for {by_draw[0]} years, {len(bands)} bands and {by_draw[1]} draws in {[part.shape for part in out]}"
        )
    if list(bands) != sorted({*bands, 0}) or bands[-1] >= AGES:
        raise ValueError(f"bands must go up from 0 to below {AGES}, not {list(bands)}")
    return out.stock.reshape(years + 1, 2 * len(bands), by_draw[1])


@cache
def _run_unkept() -> Any:
    return njit(**OPTIONS)(_run.py_func)


def _kernel(function: Callable[..., None]) -> Any:
    """Compile a kernel that only kernels call."""
    return njit(**OPTIONS)(function)


def _kept(function: Callable[..., None]) -> Any:
    """Compile a kernel when it is first called; keep it, with all it calls, for later processes where a folder can be written."""
    try:
        return njit(**OPTIONS, cache=True)(function)
    except RuntimeError:
        return njit(**OPTIONS)(function)


@_kept
def _run(
    start, survival, fertility, held_births, male_share, growth, mobility, flow,
    start_shock, fertility_shock, timing, mortality, migration, sampling, cells, given,
    stock, births, deaths, migrants, shortfall, edges, youngest, oldest, first, last, now, after, scratch,
):  # fmt: skip
    men, women = slice(MALE * AGES * LANES, (MALE + 1) * AGES * LANES), slice(FEMALE * AGES * LANES, (FEMALE + 1) * AGES * LANES)
    every_age = len(edges) == AGES + 1
    for block in range(first, last, LANES):
        # The last block reaches back to be whole: what it does again comes out the same.
        low = min(block, last - LANES)
        _start(start, start_shock[low : low + LANES], now, scratch)
        _keep(now, edges, low, stock[0], scratch)
        for year in range(len(survival)):
            _load(mortality[year, low : low + LANES], scratch, Z)
            _load(migration[year, low : low + LANES], scratch, MOVED)
            _survive(survival[year, :, MALE], now[men], after[men], scratch)
            _survive(survival[year, :, FEMALE], now[women], after[women], scratch)
            if len(cells):
                _chance_in_deaths(survival[year, :, MALE], cells[year, MALE], low, after[men], scratch)
                _chance_in_deaths(survival[year, :, FEMALE], cells[year, FEMALE], low, after[women], scratch)
            if len(given):
                _load(given[year, low : low + LANES], scratch, BORN)
            else:
                _women(fertility[year], youngest, oldest, now[women], after[women], scratch)
                _expect(held_births[year], timing[year, low : low + LANES], fertility_shock[year, low : low + LANES], scratch)
                if len(sampling):
                    _chance_in_births(sampling[year, low : low + LANES], scratch)
            _infants(survival[year, :, MALE, 0], male_share[year], after[men], scratch)
            _infants(survival[year, :, FEMALE, 0], 1 - male_share[year], after[women], scratch)
            _move(growth[year], mobility[year], flow[year], after, scratch, every_age, stock[year + 1], low)
            if not every_age:
                _keep(after, edges, low, stock[year + 1], scratch)
            _report(low, scratch, births[year], deaths[year], migrants[year], shortfall[year])
            now, after = after, now


@_kernel
def _load(values, scratch, row):
    to = scratch[row * LANES : (row + 1) * LANES]
    for lane in range(LANES):
        to[lane] = values[lane]


@_kernel
def _start(start, shock, now, scratch):
    total = scratch[BEFORE * LANES : (BEFORE + 1) * LANES]
    for lane in range(LANES):
        total[lane] = 0.0
    for cell in range(CELLS):
        persons, to = start[cell], now[cell * LANES : (cell + 1) * LANES]
        for lane in range(LANES):
            to[lane] = persons * shock[lane]
            total[lane] += to[lane]


@_kernel
def _survive(survival, before, after, scratch):
    """Survivors of one sex by age at the year's end, but for age 0; ages by twos, which share what they load."""
    for age in range(1, AGES, 2):
        c0, c1, c2 = survival[0, age], survival[1, age], survival[2, age]
        d0, d1, d2 = survival[0, age + 1], survival[1, age + 1], survival[2, age + 1]
        there, to = before[(age - 1) * LANES : (age + 1) * LANES], after[age * LANES : (age + 2) * LANES]
        for lane in range(LANES):
            z = scratch[Z * LANES + lane]
            to[lane] = there[lane] * ((c2 * z + c1) * z + c0)
            to[LANES + lane] = there[LANES + lane] * ((d2 * z + d1) * z + d0)
    c0, c1, c2 = survival[0, AGES - 1], survival[1, AGES - 1], survival[2, AGES - 1]
    open_before, open_after = before[(AGES - 1) * LANES :], after[(AGES - 1) * LANES :]
    for lane in range(LANES):
        z = scratch[Z * LANES + lane]
        open_after[lane] += open_before[lane] * ((c2 * z + c1) * z + c0)


@_kernel
def _chance_in_deaths(survival, normal, low, after, scratch):
    """Add the chance in each cell's deaths to those expected to survive; not held below those there before, as in numpy."""
    for age in range(1, AGES):
        c0, c1, c2 = survival[0, age], survival[1, age], survival[2, age]
        chance, to = normal[age, low : low + LANES], after[age * LANES : (age + 1) * LANES]
        for lane in range(LANES):
            z = scratch[Z * LANES + lane]
            die = to[lane] * (1 - ((c2 * z + c1) * z + c0))
            alive = to[lane] + np.sqrt(die if die > 0.0 else 0.0) * chance[lane]
            to[lane] = alive if alive > 0.0 else 0.0


@_kernel
def _women(fertility, youngest, oldest, before, after, scratch):
    """Twice the women-years, weighted by the fertility of their ages and by its change; an even number of ages, by twos."""
    sums = scratch[LEVEL * LANES : (LATER + 1) * LANES]
    for lane in range(2 * LANES):
        sums[lane] = 0.0
    for age in range(youngest, oldest, 2):
        rate, change = fertility[0, age], fertility[1, age]
        next_rate, next_change = fertility[0, age + 1], fertility[1, age + 1]
        first, last = before[age * LANES : (age + 2) * LANES], after[age * LANES : (age + 2) * LANES]
        for lane in range(LANES):
            one, two = first[lane] + last[lane], first[LANES + lane] + last[LANES + lane]
            sums[lane] += one * rate + two * next_rate
            sums[LANES + lane] += one * change + two * next_change


@_kernel
def _expect(held, timing, shock, scratch):
    for lane in range(LANES):
        level, later = scratch[LEVEL * LANES + lane] / 2, scratch[LATER * LANES + lane] / 2
        born = level - held + timing[lane] * later
        scratch[BORN * LANES + lane] = (born if born > 0.0 else 0.0) * shock[lane]


@_kernel
def _chance_in_births(normal, scratch):
    for lane in range(LANES):
        chance, expected = normal[lane], scratch[BORN * LANES + lane]
        born = expected + np.sqrt(expected) * chance + (chance * chance - 1) / 6
        scratch[BORN * LANES + lane] = born if born > 0.0 else 0.0


@_kernel
def _infants(survival, share, after, scratch):
    c0, c1, c2 = survival[0], survival[1], survival[2]
    for lane in range(LANES):
        z = scratch[Z * LANES + lane]
        after[lane] = ((c2 * z + c1) * z + c0) * (scratch[BORN * LANES + lane] * share)


@_kernel
def _move(growth, mobility, flow, state, scratch, every_age, out, low):
    """Net migrants of every cell of both sexes, and the sums over cells; cells by twos."""
    sums = scratch[LIVING * LANES : (SHORT + 1) * LANES]
    for lane in range(3 * LANES):
        sums[lane] = 0.0
    for cell in range(0, CELLS, 2):
        g, m, f = 1 + growth[cell], mobility[cell], flow[cell]
        h, n, e = 1 + growth[cell + 1], mobility[cell + 1], flow[cell + 1]
        both = state[cell * LANES : (cell + 2) * LANES]
        for lane in range(LANES):
            moved = scratch[MOVED * LANES + lane]
            one, two = both[lane], both[LANES + lane]
            scratch[LIVING * LANES + lane] += one + two
            one = one * (m * moved + g) + f
            two = two * (n * moved + h) + e
            left = one if one > 0.0 else 0.0
            right = two if two > 0.0 else 0.0
            scratch[SHORT * LANES + lane] += (left - one) + (right - two)
            scratch[TOTAL * LANES + lane] += left + right
            both[lane] = left
            both[LANES + lane] = right
        if every_age:
            _copy(state, cell * LANES, out[cell], low)
            _copy(state, (cell + 1) * LANES, out[cell + 1], low)


@_kernel
def _keep(state, edges, low, out, scratch):
    for sex in range(2):
        for band in range(len(edges) - 1):
            first, last = (sex * AGES + edges[band]) * LANES, (sex * AGES + edges[band + 1]) * LANES
            if last - first == LANES:
                _copy(state, first, out[sex * (len(edges) - 1) + band], low)
            else:
                _add_up(state, first, last, out[sex * (len(edges) - 1) + band], low, scratch)


@_kernel
def _copy(state, first, out, low):
    one, to = state[first : first + LANES], out[low : low + LANES]
    for lane in range(LANES):
        to[lane] = one[lane]


@_kernel
def _add_up(state, first, last, out, low, scratch):
    sums, to = scratch[BAND * LANES : (BAND + 1) * LANES], out[low : low + LANES]
    odd = (last - first) // LANES % 2
    one = state[first : first + LANES]
    for lane in range(LANES):
        sums[lane] = odd * one[lane]
    for at in range(first + odd * LANES, last, 2 * LANES):
        two = state[at : at + 2 * LANES]
        for lane in range(LANES):
            sums[lane] += two[lane] + two[LANES + lane]
    for lane in range(LANES):
        to[lane] = sums[lane]


@_kernel
def _report(low, scratch, births, deaths, migrants, shortfall):
    for lane in range(LANES):
        draw = low + lane
        born, living, total = scratch[BORN * LANES + lane], scratch[LIVING * LANES + lane], scratch[TOTAL * LANES + lane]
        births[draw] = born
        deaths[draw] = scratch[BEFORE * LANES + lane] + born - living
        migrants[draw] = total - living
        shortfall[draw] = scratch[SHORT * LANES + lane]
        scratch[BEFORE * LANES + lane] = total
