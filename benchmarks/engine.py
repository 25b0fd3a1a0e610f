"""The engines over draws, as ratios taken in one run: pandas as an analyst writes it, numpy, numba, what the processor can do.

All run one random county of 202 cells (2 sexes, 101 ages) through 30 years. A cell-update is a year of one cell of one draw, with
its share of births, deaths, net migrants and their totals; rates are in million a second of processor time, on one thread.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.timing import ROOT, Figure, Seconds, figure, time_call

if TYPE_CHECKING:
    import pandas as pd

    from popmodel.projection.engine import Course, Run, Shocks

YEARS, AGES, DRAWS = 30, 101, 1000
CELLS = 2 * AGES
EVERY_AGE, BY_FIVE = tuple(range(AGES)), tuple(range(0, AGES, 5))
RUNS = 25
# So many draws are enough to time what is a hundred or a thousand times slower.
PANDAS_DRAWS, PLAIN_DRAWS = 2, 20
BOUND_LANES, BOUND_ROUNDS = 64, 500
FERTILE = 36
PROCESSES = 3

FIRST_USE = """
import sys, time
import numpy as np
import popmodel.projection.project
from popmodel.projection.engine import Course, empty_run, no_shocks
from popmodel.projection.engines import run

shapes = (2, 101), (1, 3, 2, 101), (1, 2, 101), (1,), (1,), (1, 2, 101), (1, 2, 101), (1, 2, 101)
course, shocks = Course(*map(np.zeros, shapes)), no_shocks(1, 1000)
clock, processor = time.perf_counter(), time.process_time()
run(course, shocks, empty_run(course, 1000, range(101)), engine="numba")
print(time.perf_counter() - clock, time.process_time() - processor)
"""


def run_default() -> Figure:
    """Cell-updates a second of numpy, every age kept in double precision."""
    course, shocks = _course(), _shocks(DRAWS)
    every = _timed(_engine("numpy", course, shocks, EVERY_AGE, np.float64))
    by_five = _timed(_engine("numpy", course, shocks, BY_FIVE, np.float32))
    rates = [_rate(one, DRAWS) for one in every]
    return Figure(
        median=statistics.median(rates),
        lowest=min(rates),
        processor=statistics.median(rates),
        unit="million",
        notes=(f"ages by five in single precision: {_typical(by_five, DRAWS):.0f} million",),
    )


def run_pandas() -> Figure:
    """numpy over all draws as a multiple of a loop over draws and years in pandas, and of the plain step a draw at a time."""
    course, shocks = _course(), _shocks(DRAWS)
    rates = _rates_frame(course)
    numpy = _engine("numpy", course, shocks, EVERY_AGE, np.float64)
    _agree(numpy().stock[1:], _pandas_loop(rates, course, shocks, 1), _plain_steps(course, shocks, 1))
    fast: list[Seconds] = []
    slow: list[Seconds] = []
    plain: list[Seconds] = []
    for _ in range(5):
        fast.append(time_call(numpy))
        slow.append(time_call(lambda: _pandas_loop(rates, course, shocks, PANDAS_DRAWS)))
        plain.append(time_call(lambda: _plain_steps(course, shocks, PLAIN_DRAWS)))
    return _multiple(
        "pandas", ("numpy over draws", fast, DRAWS), ("pandas", slow, PANDAS_DRAWS), ("plain step", plain, PLAIN_DRAWS)
    )


def run_fast() -> Figure:
    """numba as a multiple of numpy, every age kept in double precision."""
    course, shocks = _course(), _shocks(DRAWS)
    timed = _in_turn(
        *(_engine(name, course, shocks, EVERY_AGE, np.float64) for name in ("numba", "numpy")),
        *(_engine(name, course, shocks, EVERY_AGE, np.float32) for name in ("numba", "numpy")),
        *(_engine(name, course, shocks, BY_FIVE, np.float32) for name in ("numba", "numpy")),
    )
    names = [f"{name}, {kept}" for kept in ("every age", "in single precision", "by five in it") for name in ("numba", "numpy")]
    return _multiple("numpy", *((name, one, DRAWS) for name, one in zip(names, timed, strict=True)))


def run_bound() -> Figure:
    """numba, ages kept by five in single precision, as a share of the operation bound (`_bound_kernel`)."""
    from popmodel.projection.engine import aligned

    course, shocks = _course(), _shocks(DRAWS)
    state, after, held = (aligned((rows * BOUND_LANES,)) for rows in (CELLS, CELLS, 8))
    for array in (state, after, held):
        array.fill(1.0)
    rates = np.full((CELLS, 6), 1e-3)
    bound, products = (_bound_kernel(all_of_it=all_of_it) for all_of_it in (True, False))
    timed = _in_turn(
        _engine("numba", course, shocks, BY_FIVE, np.float32),
        lambda: bound(state, after, rates, held, BOUND_ROUNDS),
        lambda: products(state, after, rates, held, BOUND_ROUNDS),
        _engine("numba", course, shocks, EVERY_AGE, np.float64),
    )
    of_bound = BOUND_ROUNDS * BOUND_LANES / YEARS
    return _multiple(
        "bound",
        ("numba, by five", timed[0], DRAWS),
        ("operation bound", timed[1], of_bound),
        ("rates and persons alone", timed[2], of_bound),
        ("numba, every age in double precision", timed[3], DRAWS),
    )


def run_quantiles() -> Figure:
    """Seven quantiles of every age of the draws in single precision, as nanoseconds a number, with other ways to have them."""
    from popmodel.projection.quantiles import QUANTILES, quantiles

    drawn = np.random.default_rng(4).lognormal(size=(YEARS * CELLS // 4, DRAWS))
    kept = {precision: drawn.astype(precision) for precision in (np.float32, np.float64)}

    def nanoseconds(function: Callable[[np.ndarray], object], precision: type) -> list[Seconds]:
        timed = []
        for _ in range(7):
            values = kept[precision].copy()
            timed.append(time_call(lambda values=values: function(values)))
        return [Seconds(*(part / drawn.size * 1e9 for part in one)) for one in timed]

    ways = {
        "single": nanoseconds(quantiles, np.float32),
        "double": nanoseconds(quantiles, np.float64),
        "np.quantile, double": nanoseconds(lambda values: np.quantile(values, QUANTILES, axis=-1), np.float64),
    }
    notes = tuple(f"{name}: {figure(one).processor:.3g} ns a number" for name, one in ways.items())
    return figure(ways["single"])._replace(unit="ns", notes=notes)


def run_first_use() -> Figure:
    """The first call of the fast engine in a fresh process that finds an empty cache: numba is imported and compiles."""
    timings = []
    for _ in range(PROCESSES):
        with tempfile.TemporaryDirectory() as folder:
            timings.append(_use(folder))
    return figure(timings)


def run_later_use() -> Figure:
    """The same with a filled cache."""
    with tempfile.TemporaryDirectory() as folder:
        _use(folder)
        return figure([_use(folder) for _ in range(PROCESSES)])


def _course() -> Course:
    from popmodel.projection.engine import Course

    rng, ages = np.random.default_rng(1), np.arange(AGES)
    survival = np.empty((YEARS, 3, 2, AGES))
    survival[:, 0] = 1 - np.minimum(0.0004 * np.exp(0.075 * ages), 0.6)
    survival[:, 1] = 0.1 * (1 - survival[:, 0])
    survival[:, 2] = -0.004 * (1 - survival[:, 0])
    fertility = np.zeros((YEARS, 2, AGES))
    fertility[:, 0, 15:50] = 0.08 * np.exp(-(((ages[15:50] - 28) / 6) ** 2))
    fertility[:, 1] = -np.gradient(fertility[:, 0], axis=1)
    growth = rng.normal(0.0, 0.02, (YEARS, 2, AGES))
    return Course(
        start=rng.uniform(1000.0, 5000.0, (2, AGES)) * np.minimum(1.0, (105 - ages) / 60),
        survival=survival,
        fertility=fertility,
        held_births=np.full(YEARS, 12.0),
        male_share=np.full(YEARS, 0.52),
        growth=growth,
        mobility=np.abs(growth),
        flow=rng.normal(0.0, 10.0, (YEARS, 2, AGES)),
    )


def _shocks(draws: int) -> Shocks:
    from popmodel.projection.engine import Shocks

    rng = np.random.default_rng(2)
    sds = {"timing": 0.3, "mortality": 0.5, "migration": 0.3, "sampling": 1.0}
    normal = {name: rng.normal(0.0, sd, (YEARS, draws)) for name, sd in sds.items()}
    factors = (np.exp(rng.normal(0.0, sd, shape)) for sd, shape in ((0.02, draws), (0.1, (YEARS, draws))))
    return Shocks(*factors, **normal)


def _engine(name: str, course: Course, shocks: Shocks, bands: Sequence[int], precision: type) -> Callable[[], Run]:
    """A call of an engine into room made beforehand, after one that compiles and touches what is to be touched."""
    from popmodel.projection.engine import empty_run
    from popmodel.projection.engines import run

    room = empty_run(course, DRAWS, bands, precision)
    run(course, shocks, room, bands, engine=name)
    return lambda: run(course, shocks, room, bands, engine=name)


def _plain_steps(course: Course, shocks: Shocks, draws: int) -> np.ndarray:
    """The plain step, a draw at a time, on rates worked out for each year of each draw: stocks (year, sex, age, draw)."""
    from popmodel.projection.engine import chance_births
    from popmodel.projection.step import finish_year, survive

    stocks = np.empty((YEARS, 2, AGES, draws))
    for draw in range(draws):
        stock = course.start * shocks.start[draw]
        for year in range(YEARS):
            z, moved, level = (part[year, draw] for part in (shocks.mortality, shocks.migration, shocks.fertility))
            c0, c1, c2 = course.survival[year]
            survival = c0 + c1 * z + c2 * z**2
            fertility = course.fertility[year, 0] + shocks.timing[year, draw] * course.fertility[year, 1]
            survivors = survive(stock, survival)
            expected = ((survivors.women_years * fertility).sum() - course.held_births[year]) * level
            born = chance_births(expected, shocks.sampling[year, draw])
            births = born * np.array([[course.male_share[year], 1 - course.male_share[year]]])
            alive = survivors.persons.copy()
            alive[:, 0] = births[0] * survival[:, 0]
            migration = alive * (course.growth[year] + course.mobility[year] * moved) + course.flow[year]
            stock = finish_year(stock, survivors.persons, births, survival, np.full_like(survival, 0.5), migration).population
            stocks[year, ..., draw] = stock
    return stocks


def _rates_frame(course: Course) -> pd.DataFrame:
    """The course as an analyst has it: a row a year, sex and age."""
    import pandas as pd

    index = pd.MultiIndex.from_product([range(YEARS), ["male", "female"], range(AGES)], names=["year", "sex", "age"])
    columns = {f"c{power}": course.survival[:, power] for power in range(3)}
    columns |= {"growth": course.growth, "mobility": course.mobility, "flow": course.flow}
    women_only = np.array([[0.0], [1.0]])
    columns |= {name: course.fertility[:, place, None] * women_only for place, name in enumerate(("fertility", "later"))}
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()}, index=index).reset_index()


def _pandas_loop(rates: pd.DataFrame, course: Course, shocks: Shocks, draws: int) -> np.ndarray:
    """A loop over draws and years in pandas: join the year's rates to the people, shift the ages on, add up. Stocks as above."""
    import pandas as pd

    from popmodel.projection.engine import chance_births

    stocks = []
    start = rates.loc[rates["year"] == 0, ["sex", "age"]].assign(people=course.start.ravel())
    of_year = {year: group for year, group in rates.groupby("year")}
    for draw in range(draws):
        people = start.assign(people=start["people"] * shocks.start[draw])
        totals = []
        for year in range(YEARS):
            z, moved = shocks.mortality[year, draw], shocks.migration[year, draw]
            now = of_year[year].merge(people, on=["sex", "age"])
            survival = now["c0"] + now["c1"] * z + now["c2"] * z**2
            younger = now.groupby("sex")["people"].shift(fill_value=0.0)
            there = younger + now["people"].where(now["age"] == AGES - 1, 0.0)
            now["alive"] = there * survival
            fertility = now["fertility"] + shocks.timing[year, draw] * now["later"]
            women_years = (now["people"] + now["alive"]) / 2
            expected = ((women_years * fertility).sum() - course.held_births[year]) * shocks.fertility[year, draw]
            born = chance_births(expected, shocks.sampling[year, draw])
            boys = course.male_share[year]
            share = now["sex"].map({"male": boys, "female": 1 - boys})
            now["alive"] = now["alive"].where(now["age"] > 0, born * share * survival)
            before, living = now["people"].sum(), now["alive"].sum()
            now["people"] = (now["alive"] * (1 + now["growth"] + now["mobility"] * moved) + now["flow"]).clip(lower=0.0)
            totals.append(
                {"year": year, "births": born, "deaths": before + born - living, "migration": now["people"].sum() - living}
            )
            people = now[["sex", "age", "people"]]
            stocks.append(people.assign(draw=draw, year=year))
        pd.DataFrame(totals)
    kept = pd.concat(stocks)
    return np.moveaxis(kept["people"].to_numpy().reshape(draws, YEARS, 2, AGES), 0, -1)


def _agree(every_draw: np.ndarray, *few: np.ndarray) -> None:
    """Ends the benchmarks where two ways do not come to the same people: their times could not be compared."""
    for one in few:
        if not np.allclose(every_draw[..., : one.shape[-1]], one, rtol=1e-9):
            raise SystemExit("the engine, the plain step and the pandas loop come to different people")


def _bound_kernel(*, all_of_it: bool) -> Callable[..., None]:
    """The arithmetic of a year on state that stays in the cache, and nothing else: ages do not pass on, no shocks, no output.

    It counts, for each cell and draw, five multiplications and four additions of rates and persons (survival as a parabola,
    survivors, growth, migrants) and, with `all_of_it`, the stop at zero, the additions of four totals (living, staying,
    shortfall, five-year ages), and for women of 36 ages two multiplications and three additions of women-years. Cells go by
    twos as in the engine; arithmetic is strict as there. Rounds are years of BOUND_LANES draws.
    """
    from numba import njit

    lanes = BOUND_LANES

    @njit
    def arithmetic(state, after, rates, held, rounds):
        for _ in range(rounds):
            for cell in range(0, CELLS, 2):
                c0, c1, c2, g, m, f = rates[cell]
                d0, d1, d2, h, n, e = rates[cell + 1]
                there, to = state[cell * lanes : (cell + 2) * lanes], after[cell * lanes : (cell + 2) * lanes]
                for lane in range(lanes):
                    z, moved = held[lane], held[lanes + lane]
                    one = there[lane] * ((c2 * z + c1) * z + c0)
                    two = there[lanes + lane] * ((d2 * z + d1) * z + d0)
                    left, right = one * (m * moved + g) + f, two * (n * moved + h) + e
                    if all_of_it:
                        held[2 * lanes + lane] += one + two
                        one, two = left, right
                        left, right = left if left > 0.0 else 0.0, right if right > 0.0 else 0.0
                        held[3 * lanes + lane] += (left - one) + (right - two)
                        held[4 * lanes + lane] += left + right
                        held[5 * lanes + lane] += left + right
                    to[lane] = left
                    to[lanes + lane] = right
            if all_of_it:
                for cell in range(FERTILE):
                    level, later = rates[cell, 0], rates[cell, 1]
                    first, last = state[cell * lanes : (cell + 1) * lanes], after[cell * lanes : (cell + 1) * lanes]
                    for lane in range(lanes):
                        women = first[lane] + last[lane]
                        held[6 * lanes + lane] += women * level
                        held[7 * lanes + lane] += women * later

    return arithmetic


def _in_turn(*calls: Callable[[], object]) -> list[list[Seconds]]:
    """Several timings of each call, taken in turn, so that a slow spell of the machine falls on all."""
    for call in calls:
        call()
    rounds = [[time_call(call) for call in calls] for _ in range(RUNS)]
    return [list(one) for one in zip(*rounds, strict=True)]


def _timed(call: Callable[[], object]) -> list[Seconds]:
    return _in_turn(call)[0]


def _rate(one: Seconds, draws: float) -> float:
    """Million cell-updates a second of processor time."""
    return YEARS * CELLS * draws / one.processor / 1e6


def _typical(timings: Sequence[Seconds], draws: float) -> float:
    return statistics.median(_rate(one, draws) for one in timings)


def _multiple(floor: str, *timed: tuple[str, Sequence[Seconds], float]) -> Figure:
    """The rate of the first as a multiple of the second's; each with a name, timings and the draws they ran."""
    (_, first, draws), (_, second, fewer) = timed[:2]
    ratios = [_rate(one, draws) / _rate(other, fewer) for one, other in zip(first, second, strict=True)]
    return Figure(
        median=statistics.median(ratios),
        lowest=min(ratios),
        processor=_typical(first, draws) / _typical(second, fewer),
        unit=f"x {floor}",
        notes=tuple(f"{name}: {_typical(one, of):.3g} million cell-updates a CPU second" for name, one, of in timed),
    )


def _use(folder: str) -> Seconds:
    """The first call of the fast engine in a fresh process, by its own clock."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
    done = subprocess.run([sys.executable, "-c", FIRST_USE], cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"the fast engine failed:\n{done.stderr}")
    return Seconds(*map(float, done.stdout.split()))
