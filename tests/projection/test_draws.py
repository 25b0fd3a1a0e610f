"""Draws of a county: the central path within them, the same however they are made, and every balance in every draw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import popmodel as pm
from popmodel.areas import Area
from popmodel.forecast import LAUNCH, Deviations, Spreads, survival_polynomials
from popmodel.messages import InputError
from popmodel.projection import Projection, launch
from popmodel.projection.draws import cell_quantiles, courses, run_draws

TO = 2040


@pytest.fixture(scope="module")
def drawn(xichuan: Area) -> Projection:
    return pm.project(xichuan, to=TO, draws=500, seed=7)


def without_deviations(years: int, draws: int) -> Deviations:
    ones, zeros = np.ones((years, draws)), np.zeros((years, draws))
    return Deviations(ones, zeros, zeros, zeros, zeros, zeros, ones[0], ones[0], zeros)


def test_without_shocks_a_draw_is_the_projection(xichuan: Area) -> None:
    """But for the chance in births, whose normal number of 0 takes a sixth of a birth away."""
    start, central = launch(xichuan), pm.project(xichuan, to=LAUNCH + 1)
    years = list(start.years)
    survival = survival_polynomials(xichuan, xichuan.assumptions, years)
    paths = courses(start.base.pair, start.published, survival, len(years))
    resident, registered = run_draws(paths, without_deviations(len(years), 2))
    for run, population in ((resident, "resident"), (registered, "registered")):
        wanted = central.population(population)["population"].values[: len(years) + 1]
        np.testing.assert_allclose(run.stock[..., 0], wanted, atol=0.3)
        np.testing.assert_allclose(run.stock[:, :, 6:, 0], wanted[:, :, 6:], atol=1e-7)


def test_the_projection_lies_in_the_middle_of_its_draws(drawn: Projection) -> None:
    """500 draws place a median within 1.253 / √500 = 0.056 standard deviations of it; four of these are allowed."""
    for low, high, population in ((0, 100, "resident"), (0, 2, "resident"), (65, 100, "resident"), (0, 100, "registered")):
        draws = np.log(drawn.draws.persons(low, high, population)[1:])
        central = np.log(drawn.persons(low, high, population).to_numpy()[1:])
        apart = (np.median(draws, axis=1) - central) / draws.std(axis=1)
        assert np.abs(apart).max() < 0.25, (low, high, population)


def test_stock_and_flows_balance_in_every_draw(drawn: Projection) -> None:
    for run in (drawn.draws.resident, drawn.draws.registered):
        total = run.stock.sum(axis=(1, 2))
        np.testing.assert_allclose(np.diff(total, axis=0), run.births - run.deaths + run.migration, atol=1e-6)


def test_the_same_request_gives_the_same_draws(xichuan: Area, drawn: Projection) -> None:
    again = pm.project(xichuan, to=TO, draws=500, seed=7)
    np.testing.assert_array_equal(again.draws.resident.stock, drawn.draws.resident.stock)
    np.testing.assert_array_equal(again.draws.registered.stock, drawn.draws.registered.stock)


def test_more_draws_and_more_years_leave_the_others_as_they_were(xichuan: Area, drawn: Projection) -> None:
    more = pm.project(xichuan, to=TO + 5, draws=700, seed=7).draws
    years = len(drawn.draws.years)
    np.testing.assert_array_equal(more.resident.births[:years, :500], drawn.draws.resident.births)


def test_another_seed_gives_other_draws(xichuan: Area, drawn: Projection) -> None:
    other = pm.project(xichuan, to=TO, draws=500, seed=8).draws
    assert abs(np.corrcoef(other.resident.births[-1], drawn.draws.resident.births[-1])[0, 1]) < 0.2


def test_scenarios_share_their_draws(xichuan: Area, drawn: Projection) -> None:
    """A scenario is compared draw by draw: what it changes is not drowned by other luck."""
    high = pm.project(xichuan, "high_fertility", to=TO, draws=500, seed=7).draws
    assert (high.resident.births[-1] > drawn.draws.resident.births[-1]).all()


def test_uncertainty_is_there_at_the_launch_and_grows(drawn: Projection) -> None:
    spread = np.log(drawn.draws.resident.births).std(axis=1)
    at_launch = drawn.draws.years.index(LAUNCH)
    assert 0.05 < spread[at_launch] < spread[at_launch + 5] < spread[-1]


def test_nobody_lives_away_less_than_not_at_all(xichuan: Area, drawn: Projection) -> None:
    """Registered people are residents registered here and those living away, in the base of every draw."""
    here = drawn.draws.resident.stock[0] * (1 - drawn.base.pair.outside_share)
    away = drawn.draws.registered.stock[0] - here
    central = drawn.base.pair.registered - drawn.base.pair.resident * (1 - drawn.base.pair.outside_share)
    assert (away > np.minimum(central, 0.0).min() * 1.1 - 1e-6).all()
    assert np.log(drawn.draws.registered.stock[0].sum(axis=(0, 1))).std() == pytest.approx(0.05, rel=0.15)
    assert np.log(drawn.draws.resident.stock[0].sum(axis=(0, 1))).std() == pytest.approx(0.01, rel=0.15)


def quiet(area: Area, **kept: float) -> Area:
    """The county with no spread but those `kept`."""
    names = [name for name in Spreads._fields if not name.endswith(("persistence", "lowest", "highest", "cells_below"))]
    changes = {f"uncertainty.{name}": kept.get(name, 0.0) for name in names}
    return replace(area, assumptions=area.assumptions.with_changes(changes))


def test_chance_in_deaths_is_that_of_their_number(xichuan: Area) -> None:
    """Some 4,700 deaths a year vary by √4,700 = 69, less what the years before have taken away of those at risk."""
    found = pm.project(quiet(xichuan), to=2026, draws=2000).draws.resident.deaths
    np.testing.assert_allclose(found.std(axis=1), np.sqrt(found.mean(axis=1)), rtol=0.08)


def test_mothers_living_away_have_the_same_shocks(xichuan: Area) -> None:
    """Registered births are residents' and those of mothers away: a shock to fertility moves both by as much."""
    found = pm.project(quiet(xichuan, fertility_shared=0.1), to=2030, draws=800).draws
    ends = (found.years.index(LAUNCH) + 1, found.years.index(LAUNCH) + 3)
    for year in ends:
        resident, registered = (np.log(run.births[year]) for run in (found.resident, found.registered))
        assert registered.std() == pytest.approx(resident.std(), rel=0.03)


def test_the_rates_of_the_launch_last(xichuan: Area) -> None:
    """A draw whose women bore at lower rates at the launch does so the year after: births do not leap back."""
    found = pm.project(quiet(xichuan, migration_local=0.0055), to=2027, draws=800).draws.resident.births
    at = LAUNCH - 2021
    # Chance in both years makes 0.025 of it, the year's own movers the rest; back at the central rates it would be 0.08.
    assert np.log(found[at + 1] / found[at]).std() < 0.045


def test_timing_of_a_year_makes_mothers_a_year_older(xichuan: Area) -> None:
    start = launch(xichuan)
    years = list(start.years)
    paths = courses(start.base.pair, start.published, survival_polynomials(xichuan, xichuan.assumptions, years), len(years))
    rates, later = paths.resident.fertility[0]
    ages = np.arange(101)
    moved = rates + later
    assert (ages * moved).sum() / moved.sum() - (ages * rates).sum() / rates.sum() == pytest.approx(1.0, abs=0.01)


def test_chance_works_by_cell_below_its_bound_only(xichuan: Area) -> None:
    people = float(launch(xichuan).base.pair.resident.sum())
    spread = {}
    for name, bound in (("above", people - 1), ("below", people + 1)):
        area = quiet(xichuan)
        book = area.assumptions.with_changes({"uncertainty.cells_below": bound})
        found = pm.project(replace(area, assumptions=book), to=2026, draws=200).draws.persons(40, 40)[2]
        spread[name] = found.std()
    # By cell 3,000 people of 40 lose some five a year, give or take two; by the year's total e0 moves them all by far less.
    assert spread["below"] > 3 * spread["above"]


def test_published_births_are_certain_but_for_the_countys_own_share(xichuan: Area) -> None:
    """More women in a draw do not mean more births in years whose births are published; after them they do."""
    book = xichuan.assumptions.with_changes(
        {f"uncertainty.{name}": 0.0 for name in ("fertility_local", "fertility_province", "fertility_shared", "timing_shared")}
    )
    found = pm.project(replace(xichuan, assumptions=book), to=2035, draws=300).draws
    spread, women = np.log(found.resident.births).std(axis=1), np.log(found.persons(20, 34, sex="female")).std(axis=1)
    at_launch = found.years.index(LAUNCH)
    assert women[at_launch + 1] > 0.05
    # Chance alone: √3,700 and √3,100 births are 1.6 to 1.8 per cent.
    assert spread[: at_launch + 1].max() < 0.022
    assert spread[-1] > 0.05


def test_births_and_children_of_a_draw_belong_together(drawn: Projection) -> None:
    """Infants at a year's end are the year's births, less their deaths and with those who move in, who are the same in all."""
    beyond = drawn.draws.persons(0, 0)[1:] - drawn.draws.resident.births
    central = drawn.persons(0, 0).to_numpy()[1:] - drawn.components()["births"].to_numpy()[1:]
    # A few years of life expectancy more or less move the deaths of infants, half a per cent of births, by as much.
    assert np.abs(beyond - central[:, None]).max() < 0.02 * drawn.components()["births"].max()


def test_quantiles_of_every_cell_are_numpys(drawn: Projection) -> None:
    found = cell_quantiles(drawn.draws, "registered")
    stock = drawn.draws.registered.stock
    wanted = np.quantile(stock[3, 1, 40], [0.05, 0.5])
    got = found["population"].sel(quantile=[0.05, 0.5], year=2023, sex="female").isel(age=40)
    np.testing.assert_allclose(got, wanted, rtol=1e-6)
    births = found["births"].sel(quantile=0.9, flow_year=2030)
    assert float(births) == pytest.approx(np.quantile(drawn.draws.registered.births[9], 0.9), rel=1e-12)


@pytest.mark.parametrize("draws", [-1, 100_001, 1000.5])
def test_draws_beyond_reason_are_refused(xichuan: Area, draws: int) -> None:
    with pytest.raises(InputError) as refused:
        pm.project(xichuan, draws=draws)
    assert str(draws) in refused.value.problems[0].describe().replace(",", "")
