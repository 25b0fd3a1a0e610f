"""A set of areas run together: parts and whole, the same draws however asked for, and ranges that held in real history."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from popmodel.assessment.backtest import read_set
from popmodel.forecast import from_history
from popmodel.forecast.from_history import AGES, BOYS, CHILDBEARING, aged, rates_of, trend_left
from popmodel.forecast.history import OPEN_AGE, QUANTILES, History
from popmodel.projection.areas_together import area_courses, area_shocks, draw_areas, forecast_areas, region_shocks
from popmodel.projection.engine import EVERY_AGE, empty_run, no_shocks, run_numpy
from popmodel.projection.step import step_year

LAUNCH = 2012
HORIZONS = (1, 5, 10)


def made_history(sizes: dict[str, float]) -> History:
    """Areas of so many people at each age and sex, thirteen years, whose migration at 18-29 strays from year to year."""
    hazard = from_history._standard_hazard()
    rng = np.random.default_rng(8)
    population = np.empty((len(sizes), LAUNCH - 1999, 2, 101))
    population[:, 0] = np.array(list(sizes.values()))[:, None, None] * np.exp(-np.cumsum(hazard, axis=1) / 2)
    young = (AGES >= 18) & (AGES < 30)
    for year in range(1, population.shape[1]):
        before = population[:, year - 1]
        after = aged(before, hazard)
        women = (before[:, 1] + after[:, 1]) @ CHILDBEARING / 2
        rates = np.linspace(-0.02, 0.02, len(sizes)) + rng.normal(0, 0.004, len(sizes))
        after *= 1 + rates[:, None, None] * young
        after[..., 0] = (1.5 * np.exp(rng.normal(0, 0.01, len(sizes))) * women)[:, None] * [BOYS, 1 - BOYS]
        population[:, year] = after
    return as_history(tuple(sizes), population, AGES)


def as_history(areas: tuple[str, ...], population: np.ndarray, lowest: np.ndarray) -> History:
    years = np.arange(LAUNCH - population.shape[1] + 1, LAUNCH + 1)
    return History(areas, years, lowest, np.array([*lowest[1:], OPEN_AGE + 1]) - 1, population)


@pytest.fixture(scope="module")
def history() -> History:
    return made_history({"A": 1500.0, "B": 800.0, "C": 60.0})


def central(history: History, years: int) -> np.ndarray:
    """The central path of every area: (area, year, sex, age)."""
    courses = area_courses(rates_of(history), years)
    return np.stack(
        [run_numpy(c, no_shocks(years, 1), empty_run(c, 1, EVERY_AGE)).stock[1:, ..., 0] for c in courses],
    )


def test_parts_add_to_the_forecast_of_the_whole(history: History) -> None:
    """The set forecast as one area, in which nothing is held to anything, is the sum of its areas at every age."""
    whole = as_history(("all",), history.population.sum(axis=0, keepdims=True), history.age_lo)
    np.testing.assert_allclose(central(history, 12).sum(axis=0), central(whole, 12)[0], rtol=1e-9)


def test_first_year_of_one_area_is_the_plain_step(history: History) -> None:
    """Survivors by the hazard a year on, infants by the level and the damped trend, net migrants a share of survivors."""
    alone = history.of_areas(np.array([True, False, False]))
    rates = rates_of(alone)
    survival = np.exp(-rates.hazard * np.exp(-from_history.MORTALITY_DECLINE))
    survival[:, 0] = 1.0
    fertility = np.exp(rates.level + rates.trend * trend_left(np.array([1]))[0]) * CHILDBEARING
    male_per_female = rates.boys / (1 - rates.boys)
    plain = step_year(rates.start[0], survival, fertility[None], male_per_female, np.zeros((2, 101))).population
    migrants = plain * np.where(AGES > 0, rates.region_growth, 0.0)
    np.testing.assert_allclose(central(alone, 1)[0, 0], plain + migrants, rtol=1e-9)


def test_every_draw_balances(history: History) -> None:
    """Stock + births − deaths + migration = next stock."""
    rates = rates_of(history)
    region = region_shocks(rates, LAUNCH, 8, 40, seed=4)
    for place, course in enumerate(area_courses(rates, 8)):
        shocks = area_shocks(rates, place, history.areas[place], LAUNCH, region, seed=4)
        run = run_numpy(course, shocks, empty_run(course, 40, EVERY_AGE))
        total = run.stock.sum(axis=(1, 2))
        np.testing.assert_allclose(total[1:], total[:-1] + run.births - run.deaths + run.migration, rtol=1e-12)
        assert (run.shortfall == 0).all()


def test_same_seed_same_bytes_and_another_seed_others(history: History) -> None:
    one, two = forecast_areas(history, HORIZONS, draws=64), forecast_areas(history, HORIZONS, draws=64)
    assert all(one[name].tobytes() == two[name].tobytes() for name in one)
    other = forecast_areas(history, HORIZONS, draws=64, seed=5)
    assert not np.array_equal(one["total"], other["total"])


def test_more_draws_or_years_leave_the_others_alone(history: History) -> None:
    few, many = draw_areas(history, 3, draws=24), draw_areas(history, 9, draws=50)
    for name in few:
        np.testing.assert_array_equal(few[name], many[name][:, :3, :24])


def test_an_area_has_its_own_numbers_whoever_else_is_there(history: History) -> None:
    """The shocks of B do not change when it stands first, and the region's are all areas' alike."""
    rates = rates_of(history)
    region = region_shocks(rates, LAUNCH, 5, 30, seed=4)
    second = area_shocks(rates, 1, "B", LAUNCH, region, seed=4)
    turned = rates._replace(
        **{name: getattr(rates, name)[[1, 2, 0]] for name in ("start", "scale", "own_level", "own_level_variance")}
    )
    for one, other in zip(second, area_shocks(turned, 0, "B", LAUNCH, region, seed=4), strict=True):
        np.testing.assert_array_equal(one, other)
    first = area_shocks(rates, 0, "A", LAUNCH, region, seed=4)
    own = [part.migration - region.migration for part in (first, second)]
    assert abs(np.corrcoef(own[0].ravel(), own[1].ravel())[0, 1]) < 0.35
    assert np.corrcoef(first.fertility.ravel(), second.fertility.ravel())[0, 1] > 0.5


def test_nothing_after_the_launch_is_seen(history: History) -> None:
    changed = replace(history, population=np.where(history.years[:, None, None] > 2008, 3.0, history.population))
    one, other = (forecast_areas(each.until(2008), HORIZONS, draws=16) for each in (history, changed))
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])


def test_ranges_are_in_order_and_grow_with_the_horizon(history: History) -> None:
    found = forecast_areas(history, HORIZONS, draws=200)
    for values in found.values():
        assert values.shape == (3, len(HORIZONS), len(QUANTILES))
        assert (np.diff(values, axis=-1) >= 0).all()
        width = np.log(values[..., -2] / values[..., 1])
        assert (np.diff(width, axis=1) > 0).all()


def test_a_township_is_less_certain_than_a_county(history: History) -> None:
    """C has some 9,000 people, A 25 times as many; chance alone makes the infants of C less certain."""
    found = forecast_areas(history, [1], draws=400)["age_0_2"]
    width = np.log(found[:, 0, QUANTILES.index(0.9)] / found[:, 0, QUANTILES.index(0.1)])
    assert width[2] > 2 * width[0]


def test_chance_in_few_infants_is_that_of_their_number(history: History) -> None:
    """Without the region's shocks, infants of the first year vary as Poisson's (1/B), by as much again since they move, and by
    what is not known of the area's level."""
    rates = rates_of(history)
    none = region_shocks(rates, LAUNCH, 1, 4000, seed=4)._replace(fertility=np.zeros((1, 4000)), mortality=np.zeros((1, 4000)))
    course, shocks = area_courses(rates, 1)[2], area_shocks(rates, 2, "C", LAUNCH, none, seed=4)
    infants = run_numpy(course, shocks, empty_run(course, 4000, EVERY_AGE)).births[0]
    expected = 2 / infants.mean() + rates.own_level_variance[2] + from_history.LOCAL_FERTILITY_STEP
    assert np.log(infants).var() == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize(("lowest", "variables"), [([0, 5, 10, 65], {"total", "age_0_4", "age_65_plus"}), ([0], {"total"})])
def test_a_set_has_the_variables_its_groups_allow(history: History, lowest: list[int], variables: set[str]) -> None:
    population = np.add.reduceat(history.population, lowest, axis=-1)[:, -1:]
    found = forecast_areas(as_history(history.areas, population, np.array(lowest)), HORIZONS, draws=16)
    assert set(found) == variables
    assert all((values > 0).all() for values in found.values())


def test_an_empty_area_stays_empty_and_harms_nobody(history: History) -> None:
    """A district that nobody lives in is forecast as nobody; the others are what they are without it."""
    empty = replace(
        history, areas=(*history.areas, "D"), population=np.append(history.population, 0 * history.population[:1], axis=0)
    )
    found, without = (forecast_areas(each, HORIZONS, draws=16) for each in (empty, history))
    for name, values in found.items():
        assert (values[3] == 0).all()
        np.testing.assert_allclose(values[:3], without[name], rtol=0.02)


# Best simple method (reference README) with the ties allowed, at 5 and 10 years; launches of that table, every third one.
BARS = {
    "finland": (range(1995, 2021, 3), {"total": (1.4, 2.7), "age_0_2": (10.7, 20.1)}),
    "bavaria": (range(2005, 2020, 3), {"total": (2.7, 4.5), "age_0_2": (9.9, 15.0)}),
}


@pytest.mark.needs_shared
@pytest.mark.parametrize("name", BARS)
def test_errors_and_coverage_in_real_history(shared: Path, name: str) -> None:
    """Errors below the bars with populations alone; 80 % intervals of totals and infants cover about as many."""
    launches, bars = BARS[name]
    history = read_set(shared / "backtest" / name)
    inside: list[np.ndarray] = []
    errors: dict[tuple[str, int], list[float]] = {}
    for launch in launches:
        horizons = [h for h in range(1, 11) if launch + h <= history.launch]
        found = forecast_areas(history.until(launch), horizons, draws=100)
        at = np.array(horizons) + launch - history.years[0]
        for variable in bars:
            actual, values = history.persons(variable)[:, at], found[variable]
            inside.append(((values[..., 2] <= actual) & (actual <= values[..., 6])).ravel())
            for place, horizon in enumerate(horizons):
                error = np.abs(values[:, place, 4] / actual[:, place] - 1).mean()
                errors.setdefault((variable, horizon), []).append(float(100 * error))
    assert 0.72 < np.concatenate(inside).mean() < 0.88
    for variable, (five, ten) in bars.items():
        assert np.mean(errors[variable, 5]) < five
        assert np.mean(errors[variable, 10]) < ten
