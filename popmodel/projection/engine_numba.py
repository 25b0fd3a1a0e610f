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
from popmodel.projection.engine import EVERY_AGE, Course, Run, Shocks, aligned, fertile_ages, run_in_company

# Known when the kernels are compiled and a multiple of every vector's length, so that the loops over lanes become vectors without
# a remainder. By measurement: 32 lanes are a fifth slower than 64, and 128 no faster, in twice the cache.
LANES = 64
AGES = len(EVERY_AGE)

# Rows of the scratch, one number a lane: sums over a year's cells, then what else is held for each draw.
LIVING, TOTAL, SHORT, LEVEL, LATER, Z, MOVED, BORN, BEFORE, BAND = range(10)
SUMS, ROWS = LATER + 1, BAND + 1

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
    by_draw, by_cell = (years, every), (years, 2, AGES)
    _check_room(out, years, bands)
    fertile = fertile_ages(course)
    arguments = (
        _plain(course.start, 2, AGES),
        _plain(course.survival, years, 3, 2, AGES),
        _plain(course.fertility, years, 2, AGES),
        _plain(course.held_births, years),
        _plain(course.male_share, years),
        *(_plain(part, *by_cell) for part in (course.growth, course.mobility, course.flow)),
        _plain(shocks.start, every),
        *(_plain(part, *by_draw) for part in (shocks.fertility, shocks.timing, shocks.mortality, shocks.migration)),
        _optional(shocks.sampling, *by_draw),
        _optional(shocks.cells, *by_cell, every),
        _optional(shocks.first, 2, AGES, every),
        _optional(births, *by_draw),
        *out,
        np.array([*bands, AGES], dtype=np.int64),
        fertile.start,
        fertile.stop,
        some.start,
        some.stop,
        *(aligned((rows * LANES,)) for rows in (2 * AGES, 2 * AGES, ROWS)),
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


def _check_room(out: Run, years: int, bands: Sequence[int]) -> None:
    """Raise ValueError where the kernels would write beyond `out`."""
    by_draw = (years, out.births.shape[1])
    if any(part.shape != by_draw for part in out[1:]) or out.stock.shape != (years + 1, 2, len(bands), by_draw[1]):
        raise ValueError(
            f"no room for {years} years, {len(bands)} bands and {by_draw[1]} draws in {[part.shape for part in out]}"
        )
    if list(bands) != sorted({*bands, 0}) or bands[-1] >= AGES:
        raise ValueError(f"bands must go up from 0 to below {AGES}, not {list(bands)}")


@cache
def _run_unkept() -> Any:
    return njit(**OPTIONS)(_run.py_func)


def _kernel(function: Callable[..., Any]) -> Any:
    """Compile a kernel that only kernels call."""
    return njit(**OPTIONS)(function)


def _inlined(function: Callable[..., Any]) -> Any:
    """Compile a kernel into those that call it: it is called for every row, and a call costs as much as its work."""
    return njit(**OPTIONS, forceinline=True)(function)


def _kept(function: Callable[..., Any]) -> Any:
    """Compile a kernel when it is first called; keep it, with all it calls, for later processes where a folder can be written."""
    try:
        return njit(**OPTIONS, cache=True)(function)
    except RuntimeError:
        return njit(**OPTIONS)(function)


@_kept
def _run(
    start, survival, fertility, held_births, male_share, growth, mobility, flow,
    start_shock, fertility_shock, timing, mortality, migration, sampling, cells, begun, given,
    stock, births, deaths, migrants, shortfall, edges, youngest, oldest, first, last, now, after, scratch,
):  # fmt: skip
    men, women = slice(MALE * AGES * LANES, (MALE + 1) * AGES * LANES), slice(FEMALE * AGES * LANES, (FEMALE + 1) * AGES * LANES)
    for block in range(first, last, LANES):
        # The last block reaches back to be whole: what it does again comes out the same.
        low = min(block, last - LANES)
        _start(start, start_shock[low : low + LANES], begun, low, now, scratch)
        for sex in range(2):
            _keep_all(now[men if sex == MALE else women], edges, stock[0, sex], low, scratch)
        for year in range(len(survival)):
            _load(mortality[year, low : low + LANES], scratch, Z)
            _load(migration[year, low : low + LANES], scratch, MOVED)
            _clear(scratch)
            if len(cells):
                for sex in range(2):
                    one = men if sex == MALE else women
                    _survive(survival[year, :, sex], 1, AGES, now[one], after[one], scratch)
                    _chance_in_deaths(survival[year, :, sex], cells[year, sex], low, after[one], scratch)
            if len(given):
                _load(given[year, low : low + LANES], scratch, BORN)
            else:
                if not len(cells):
                    _survive(survival[year, :, FEMALE], youngest, oldest, now[women], after[women], scratch)
                _women(fertility[year], youngest, oldest, now[women], after[women], scratch)
                _expect(held_births[year], timing[year, low : low + LANES], fertility_shock[year, low : low + LANES], scratch)
                if len(sampling):
                    _chance_in_births(sampling[year, low : low + LANES], scratch)
            for sex in range(2):
                one, share = (men, male_share[year]) if sex == MALE else (women, 1 - male_share[year])
                _infants(survival[year, :, sex, 0], share, after[one], scratch)
                if len(cells):
                    _move(growth[year, sex], mobility[year, sex], flow[year, sex], AGES, after[one], scratch)
                    _keep_all(after[one], edges, stock[year + 1, sex], low, scratch)
                else:
                    _move(growth[year, sex], mobility[year, sex], flow[year, sex], 1, after[one], scratch)
                    band = _keep(after[one], 0, edges, 0, stock[year + 1, sex], low, scratch)
                    _survive_and_move(
                        survival[year, :, sex], growth[year, sex], mobility[year, sex], flow[year, sex],
                        now[one], after[one], scratch, edges, band, stock[year + 1, sex], low,
                    )  # fmt: skip
            _report(low, scratch, births[year], deaths[year], migrants[year], shortfall[year])
            now, after = after, now


@_kernel
def _load(values, scratch, row):
    to = scratch[row * LANES : (row + 1) * LANES]
    for lane in range(LANES):
        to[lane] = values[lane]


@_kernel
def _load_into(values, to):
    for lane in range(LANES):
        to[lane] = values[lane]


@_kernel
def _clear(scratch):
    sums = scratch[: SUMS * LANES]
    for lane in range(SUMS * LANES):
        sums[lane] = 0.0


@_kernel
def _start(start, shock, begun, low, now, scratch):
    total = scratch[BEFORE * LANES : (BEFORE + 1) * LANES]
    for lane in range(LANES):
        total[lane] = 0.0
    for sex in range(2):
        for age in range(AGES):
            row = (sex * AGES + age) * LANES
            persons, to = start[sex, age], now[row : row + LANES]
            if len(begun):
                _load_into(begun[sex, age, low : low + LANES], to)
            else:
                for lane in range(LANES):
                    to[lane] = persons * shock[lane]
            for lane in range(LANES):
                total[lane] += to[lane]


@_kernel
def _survive(survival, least, top, before, after, scratch):
    """Survivors of one sex at the year's end by age, from `least`, which is 1 or more, to below `top`."""
    for age in range(least, top):
        c0, c1, c2 = survival[0, age], survival[1, age], survival[2, age]
        there, to = before[(age - 1) * LANES : age * LANES], after[age * LANES : (age + 1) * LANES]
        for lane in range(LANES):
            z = scratch[Z * LANES + lane]
            to[lane] = there[lane] * ((c2 * z + c1) * z + c0)
    if top == AGES:
        c0, c1, c2 = survival[0, AGES - 1], survival[1, AGES - 1], survival[2, AGES - 1]
        there, to = before[(AGES - 1) * LANES :], after[(AGES - 1) * LANES :]
        for lane in range(LANES):
            z = scratch[Z * LANES + lane]
            to[lane] += there[lane] * ((c2 * z + c1) * z + c0)


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
def _women(fertility, least, top, before, after, scratch):
    """Twice the women-years of some ages, weighted by their fertility and by the change of it."""
    for age in range(least, top):
        rate, change = fertility[0, age], fertility[1, age]
        first, last = before[age * LANES : (age + 1) * LANES], after[age * LANES : (age + 1) * LANES]
        for lane in range(LANES):
            twice = first[lane] + last[lane]
            scratch[LEVEL * LANES + lane] += twice * rate
            scratch[LATER * LANES + lane] += twice * change


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
        skewness = (chance * chance - 1) / 6 * (expected if expected < 1.0 else 1.0)
        born = expected + np.sqrt(expected) * chance + (skewness if chance != 0.0 else 0.0)
        scratch[BORN * LANES + lane] = born if born > 0.0 else 0.0


@_kernel
def _infants(survival, share, after, scratch):
    c0, c1, c2 = survival[0], survival[1], survival[2]
    for lane in range(LANES):
        z = scratch[Z * LANES + lane]
        after[lane] = ((c2 * z + c1) * z + c0) * (scratch[BORN * LANES + lane] * share)


@_kernel
def _move(growth, mobility, flow, top, state, scratch):
    """Net migrants of one sex below the age `top`, and the sums over cells."""
    for age in range(top):
        g, m, f = 1 + growth[age], mobility[age], flow[age]
        alive = state[age * LANES : (age + 1) * LANES]
        for lane in range(LANES):
            scratch[LIVING * LANES + lane] += alive[lane]
            there = alive[lane] * (m * scratch[MOVED * LANES + lane] + g) + f
            stay = there if there > 0.0 else 0.0
            scratch[SHORT * LANES + lane] += stay - there
            scratch[TOTAL * LANES + lane] += stay
            alive[lane] = stay


@_kernel
def _survive_and_move(survival, growth, mobility, flow, before, after, scratch, edges, band, out, low):
    """`_survive` and `_move` of one sex from age 1 on at one go, which is where the time goes.

    The state passes the caches once instead of twice, and ages by twos load and store the sums half as often. Age 0 has been
    moved and kept; `band` is that of age 1. Adds those of the open age to the age below in `before`.
    """
    for lane in range(LANES):
        before[(AGES - 2) * LANES + lane] += before[(AGES - 1) * LANES + lane]
    for age in range(1, AGES, 2):
        c0, c1, c2 = survival[0, age], survival[1, age], survival[2, age]
        d0, d1, d2 = survival[0, age + 1], survival[1, age + 1], survival[2, age + 1]
        g, m, f = 1 + growth[age], mobility[age], flow[age]
        h, n, e = 1 + growth[age + 1], mobility[age + 1], flow[age + 1]
        there, to = before[(age - 1) * LANES : (age + 1) * LANES], after[age * LANES : (age + 2) * LANES]
        for lane in range(LANES):
            z, moved = scratch[Z * LANES + lane], scratch[MOVED * LANES + lane]
            one = there[lane] * ((c2 * z + c1) * z + c0)
            two = there[LANES + lane] * ((d2 * z + d1) * z + d0)
            scratch[LIVING * LANES + lane] += one + two
            one, two = one * (m * moved + g) + f, two * (n * moved + h) + e
            left, right = one if one > 0.0 else 0.0, two if two > 0.0 else 0.0
            scratch[SHORT * LANES + lane] += (left - one) + (right - two)
            scratch[TOTAL * LANES + lane] += left + right
            to[lane] = left
            to[LANES + lane] = right
        # At once: waiting for memory goes on while the next ages are worked out.
        band = _keep(after, age, edges, band, out, low, scratch)
        band = _keep(after, age + 1, edges, band, out, low, scratch)


@_inlined
def _keep(state, age, edges, band, out, low, scratch):
    """Write an age, or add it to the others of its `band`, to be written with the oldest of it; ages come from 0 up.

    Returns the band of the next age.
    """
    one, to = state[age * LANES : (age + 1) * LANES], out[band, low : low + LANES]
    if edges[band + 1] - edges[band] == 1:
        for lane in range(LANES):
            # Plus nothing, or the compiler makes it a call of memcpy, which is slow for a row.
            to[lane] = one[lane] + 0.0
        return band + 1
    sums = scratch[BAND * LANES : (BAND + 1) * LANES]
    if age == edges[band]:
        for lane in range(LANES):
            sums[lane] = one[lane] + 0.0
    elif age + 1 < edges[band + 1]:
        for lane in range(LANES):
            sums[lane] += one[lane]
    else:
        for lane in range(LANES):
            to[lane] = sums[lane] + one[lane]
        return band + 1
    return band


@_kernel
def _keep_all(state, edges, out, low, scratch):
    band = 0
    for age in range(AGES):
        band = _keep(state, age, edges, band, out, low, scratch)


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
