"""The engine over draws against the plain step, one draw at a time."""

from __future__ import annotations

import numpy as np
import pytest

from popmodel.projection.engine import EVERY_AGE, Course, Run, Shocks, chance_births, empty_run, no_shocks, run_numpy
from popmodel.projection.step import step_year
from tests.projection.random_county import DRAWS, YEARS, random_course, random_shocks


@pytest.fixture
def course() -> Course:
    return random_course()


@pytest.fixture
def shocks() -> Shocks:
    return random_shocks()


def run(course: Course, shocks: Shocks, bands: tuple[int, ...] = EVERY_AGE, births: np.ndarray | None = None) -> Run:
    draws = shocks.fertility.shape[1]
    return run_numpy(course, shocks, empty_run(course, draws, bands), bands, births)


def one_draw(course: Course, shocks: Shocks, draw: int) -> list[np.ndarray]:
    """Stocks of one draw by the plain step, with rates worked out cell by cell."""
    stock, stocks = course.start * shocks.start[draw], []
    for year in range(YEARS):
        z, moved = shocks.mortality[year, draw], shocks.migration[year, draw]
        c0, c1, c2 = course.survival[year]
        survival = c0 + c1 * z + c2 * z**2
        level, later = course.fertility[year]
        fertility = (level + shocks.timing[year, draw] * later) * shocks.fertility[year, draw]
        still = step_year(stock, survival, fertility[None], 1.0, np.zeros_like(stock))
        expected = float(still.births.sum()) - course.held_births[year] * shocks.fertility[year, draw]
        born = chance_births(np.array(expected), shocks.sampling[year, draw])
        share = course.male_share[year]
        alive = still.population
        alive[:, 0] = survival[:, 0] * born * np.array([share, 1 - share])
        growth = course.growth[year] + course.mobility[year] * moved
        stock = np.maximum(alive + alive * growth + course.flow[year], 0.0)
        stocks.append(stock)
    return stocks


@pytest.mark.parametrize("draw", [0, 1, 255, 256, 299])
def test_a_draw_is_the_plain_step_with_its_rates(course: Course, shocks: Shocks, draw: int) -> None:
    found = run(course, shocks).stock[1:, ..., draw]
    np.testing.assert_allclose(found, one_draw(course, shocks, draw), rtol=1e-9, atol=1e-9)


def test_stock_and_flows_balance_in_every_draw(course: Course, shocks: Shocks) -> None:
    done = run(course, shocks)
    total = done.stock.sum(axis=(1, 2))
    np.testing.assert_allclose(total[1:] - total[:-1], done.births - done.deaths + done.migration, atol=1e-7)
    assert (done.deaths > 0).all()


@pytest.mark.parametrize("bands", [EVERY_AGE, (0, 3, 6, 15, 60, 65, 100)])
def test_draws_are_the_same_to_the_bit_alone_and_in_company(course: Course, shocks: Shocks, bands: tuple[int, ...]) -> None:
    together = run(course, shocks, bands)
    for low, high in ((0, 1), (3, 10), (250, 260), (299, 300)):
        alone = run(course, shocks.of(slice(low, high)), bands)
        for one, all_draws in zip(alone, together, strict=True):
            np.testing.assert_array_equal(one, all_draws[..., low:high])


def test_bands_are_sums_of_ages(course: Course, shocks: Shocks) -> None:
    bands = (0, 3, 6, 15, 60, 65, 100)
    ages, banded = run(course, shocks).stock, run(course, shocks, bands).stock
    for place, (low, high) in enumerate(zip(bands, (*bands[1:], 101), strict=True)):
        np.testing.assert_allclose(banded[:, :, place], ages[:, :, low:high].sum(axis=2), rtol=1e-12)


def test_without_shocks_every_draw_is_the_course(course: Course) -> None:
    stock = run(course, no_shocks(YEARS, 5)).stock
    assert (stock == stock[..., :1]).all()


def test_given_births_are_taken_instead_of_fertility(course: Course, shocks: Shocks) -> None:
    given = np.full((YEARS, DRAWS), 777.0)
    np.testing.assert_array_equal(run(course, shocks, births=given).births, given)


def test_a_cell_stops_at_zero_and_the_shortfall_is_kept(course: Course) -> None:
    """Four hundred more than a cell holds are to leave it: they cannot, and are counted."""
    flow = np.zeros_like(course.flow)
    still = course._replace(growth=np.zeros_like(flow), mobility=np.zeros_like(flow))
    there = run(still._replace(flow=flow), no_shocks(YEARS, 1)).stock[1, 0, 40, 0]
    flow[0, 0, 40] = -there - 400
    done = run(still._replace(flow=flow), no_shocks(YEARS, 1))
    assert done.stock[1, 0, 40, 0] == 0
    assert done.shortfall[0, 0] == pytest.approx(400)
    assert done.migration[0, 0] == pytest.approx(-there)


def test_chance_in_deaths_keeps_the_mean_and_has_the_binomial_spread(course: Course) -> None:
    """10,000 draws of a year: the survivors of each cell have mean S N and variance S (1 − S) N."""
    draws = 10_000
    one_year = Course(*(part if name == "start" else part[:1] for name, part in course._asdict().items()))
    one_year = one_year._replace(growth=one_year.growth * 0, mobility=one_year.mobility * 0, flow=one_year.flow * 0)
    normal = np.random.default_rng(3).normal(size=(1, 2, 101, draws))
    done = run(one_year, no_shocks(1, draws)._replace(cells=normal)).stock[1]
    before, ratio = course.start[:, 39:89], course.survival[0, 0][:, 40:90]
    np.testing.assert_allclose(done[:, 40:90].mean(axis=-1), before * ratio, rtol=0.003)
    np.testing.assert_allclose(done[:, 40:90].var(axis=-1), before * ratio * (1 - ratio), rtol=0.08)


def test_chance_brings_no_births_where_none_are_expected() -> None:
    assert (chance_births(np.zeros(3), np.array([-3.0, 0.0, 3.0])) == 0).all()


def test_chance_in_births_has_mean_variance_and_skewness_of_a_poisson() -> None:
    """A Poisson of mean 40 has variance 40 and skewness 1/√40."""
    found = chance_births(np.full(400_000, 40.0), np.random.default_rng(4).normal(size=400_000))
    assert found.mean() == pytest.approx(40, abs=0.05)
    assert found.var() == pytest.approx(40, rel=0.01)
    assert ((found - found.mean()) ** 3).mean() / found.std() ** 3 == pytest.approx(40**-0.5, abs=0.02)
