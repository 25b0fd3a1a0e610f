"""Rates from past populations alone: what was put into made-up histories is found again, and what is not known does no harm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from popmodel.forecast import from_history
from popmodel.forecast.from_history import (
    AGES,
    BOYS,
    CHILDBEARING,
    MORTALITY_DECLINE,
    Spread,
    aged,
    cumulated_lasting,
    fitted_spread,
    followed_ages,
    local_levels,
    rates_of,
    usual_years,
)
from popmodel.forecast.history import OPEN_AGE, History

YEARS = 16
LEVEL = 1.6
# Net migrants as a share of survivors at ages 18-29: one area draws the young from the other two.
YOUNG = (AGES >= 18) & (AGES < 30)
MIGRATION = {"city": 0.03, "north": -0.02, "south": -0.01}
# Areas bear a tenth more, as much, a tenth less than all together would.
FERTILITY = {"city": 0.9, "north": 1.0, "south": 1.1}


def made_history(people: float = 2e6, jump: float = 0.0) -> History:
    """Three areas of so many people at each age, sex and start, moved by the rates above; `jump`: what a census adds in 2010."""
    hazard = from_history._standard_hazard()
    start = people * np.exp(-np.cumsum(hazard, axis=1) / 2)
    population = np.empty((len(MIGRATION), YEARS, 2, 101))
    population[:, 0] = start
    for year in range(1, YEARS):
        before = population[:, year - 1]
        after = aged(before, hazard * np.exp(MORTALITY_DECLINE * (YEARS - 1 - year)))
        women = (before[:, 1] + after[:, 1]) @ CHILDBEARING / 2
        after *= 1 + np.outer(list(MIGRATION.values()), YOUNG)[:, None, :]
        after[..., 0] = (LEVEL * np.array(list(FERTILITY.values())) * women)[:, None] * [BOYS, 1 - BOYS]
        population[:, year] = after * (1 + jump if year == 10 else 1.0)
    return as_history(population)


def as_history(population: np.ndarray, lowest: np.ndarray = AGES) -> History:
    highest = np.array([*lowest[1:], OPEN_AGE + 1]) - 1
    areas = tuple(MIGRATION)[: len(population)]
    return History(areas, np.arange(2000, 2000 + population.shape[1]), lowest, highest, population)


def grouped(history: History, lowest: list[int]) -> History:
    return as_history(np.add.reduceat(history.population, lowest, axis=-1), np.array(lowest))


def test_rates_that_made_a_history_are_found_in_it() -> None:
    rates = rates_of(made_history())
    np.testing.assert_allclose(rates.hazard, from_history._standard_hazard(), rtol=1e-9)
    own = rates.region_growth + rates.local_growth
    np.testing.assert_allclose(own[:, 0, YOUNG], np.outer(list(MIGRATION.values()), np.ones(YOUNG.sum())), atol=2e-4)
    np.testing.assert_allclose(own[:, :, ~YOUNG], 0.0, atol=2e-4)
    found = np.exp(rates.level + rates.own_level)
    np.testing.assert_allclose(found, LEVEL * np.array(list(FERTILITY.values())), rtol=0.01)
    assert abs(rates.trend) < 0.002
    assert rates.boys == pytest.approx(BOYS, abs=1e-6)


def test_a_census_that_rebases_the_counts_does_not_go_on_for_ever() -> None:
    """A census that takes away three percent at every age is in no mean, so that no such loss a year is expected."""
    with_jump, without = rates_of(made_history(jump=-0.03)), rates_of(made_history())
    np.testing.assert_allclose(with_jump.region_growth[:, :60], without.region_growth[:, :60], atol=1e-3)
    # It may come again, though: what strays is wider.
    assert with_jump.region_migration.yearly > without.region_migration.yearly


def test_few_people_follow_the_region() -> None:
    """An area with 5 people at an age counts little beside the region's rate; one with two million has its own."""
    history = made_history(people=5.0)
    assert abs(rates_of(history).local_growth[:, :, YOUNG]).max() < 0.005
    assert abs(rates_of(made_history()).local_growth[:, :, YOUNG]).max() > 0.025


def test_nothing_after_the_launch_is_seen() -> None:
    history = made_history()
    changed = replace(history, population=np.where(history.years[:, None, None] > 2010, 7.0, history.population))
    for one, other in zip(rates_of(history.until(2010)), rates_of(changed.until(2010)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_area_that_began_later_leaves_the_rates_of_others() -> None:
    """Years in which an area is missing are not years in which its people came from nowhere."""
    history = made_history()
    history.population[2, :6] = np.nan
    rates = rates_of(history)
    own = rates.region_growth + rates.local_growth
    np.testing.assert_allclose(own[:, 0, 20], list(MIGRATION.values()), atol=2e-4)
    assert all(np.isfinite(part).all() for part in rates)
    history.population[2, -1] = np.nan
    with pytest.raises(ValueError, match="at the launch"):
        rates_of(history)


@pytest.mark.parametrize("years", [1, 2, 3, 6])
@pytest.mark.parametrize("lowest", [list(AGES), list(range(0, 90, 5)), [0, 15, 65], [0]])
def test_any_groups_and_few_years_will_do(years: int, lowest: list[int]) -> None:
    history = grouped(made_history(people=300.0), lowest)
    rates = rates_of(replace(history, years=history.years[-years:], population=history.population[:, -years:]))
    assert all(np.isfinite(part).all() for part in rates)
    assert np.exp(rates.level) == pytest.approx(LEVEL, rel=0.5)


def test_single_ages_add_to_the_groups_and_keep_a_missing_year() -> None:
    history = grouped(made_history(), list(range(0, 95, 5)))
    history.population[1, 3] = np.nan
    singles = followed_ages(history)
    assert np.isnan(singles[1, 3]).all()
    there = ~np.isnan(history.population)
    summed = np.add.reduceat(singles, list(range(0, 95, 5)), axis=-1)
    np.testing.assert_allclose(summed[there], history.population[there], rtol=1e-12)
    assert (singles[~np.isnan(singles)] >= 0).all()


def test_a_small_cohort_is_followed_through_its_groups() -> None:
    """Half as many were born in one year as in those around it; seen in five-year groups alone, that year stands out at 25."""
    population = np.full((1, 41, 2, 101), 1e5)
    hazard = from_history._standard_hazard()
    population[:, 0] *= np.exp(-np.cumsum(hazard, axis=1))
    for year in range(1, 41):
        population[:, year] = aged(population[:, year - 1], hazard)
        population[:, year, :, 0] = 0.5e5 if year == 15 else 1e5
    found = followed_ages(grouped(as_history(population), list(range(0, 95, 5))))[0, -1, 0]
    assert found[25] < 0.65 * found[[23, 24, 26, 27]].mean()


def test_lasting_shocks_add_up_as_drawn_ones_do() -> None:
    rng = np.random.default_rng(5)
    state, total = np.zeros(200_000), np.zeros(200_000)
    for _ in range(6):
        state = 0.8 * state + rng.normal(size=len(state))
        total += state
    assert cumulated_lasting(0.8, np.array([6]))[0] == pytest.approx(total.var(), rel=0.02)


def test_without_a_history_the_spread_is_the_prior() -> None:
    prior = Spread(yearly=0.003, lasting=0.002, persistence=0.8)
    nothing = fitted_spread(np.zeros(10), np.zeros(10), prior)
    assert nothing.yearly == pytest.approx(prior.yearly, rel=0.02)
    assert nothing.lasting == pytest.approx(prior.lasting, rel=0.02)


@pytest.mark.parametrize(("yearly", "lasting"), [(0.01, 0.0), (0.0, 0.004), (0.006, 0.004)])
def test_a_long_history_outweighs_the_prior(yearly: float, lasting: float) -> None:
    horizons = np.arange(1, 11)
    squares = Spread(yearly, lasting, 0.8).cumulated(horizons)
    found = fitted_spread(squares, np.full(10, 1e6), Spread(0.003, 0.002, 0.8))
    np.testing.assert_allclose(found.cumulated(horizons), squares, rtol=0.03)


def test_levels_are_those_of_statsmodels() -> None:
    """The local level model with the same variances, filtered by statsmodels."""
    from statsmodels.tsa.statespace.initialization import Initialization
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    values = np.cumsum(np.random.default_rng(3).normal(0, 0.05, 20))
    levels, variance = local_levels(values[None], np.full((1, 20), 0.002), 0.0009, 0.1, 0.02)
    model = UnobservedComponents(values, "local level")
    model.ssm.initialize(Initialization(1, "known", constant=[0.1], stationary_cov=[[0.02]]))
    filtered = model.filter([0.002, 0.0009])
    np.testing.assert_allclose(levels[0], filtered.filtered_state[0], rtol=1e-6)
    assert variance[0] == pytest.approx(filtered.filtered_state_cov[0, 0, -1], rel=1e-6)


def test_a_level_not_seen_keeps_and_grows_less_certain() -> None:
    levels, variance = local_levels(np.array([[0.2, 9.0, 9.0]]), np.array([[0.01, np.inf, np.inf]]), 0.001, 0.0, 0.01)
    np.testing.assert_allclose(levels, [[0.1, 0.1, 0.1]])
    np.testing.assert_allclose(variance, [0.005 + 2 * 0.001])


def test_years_that_are_not_known_are_not_usual() -> None:
    rates = np.array([[np.nan, 0.001, 0.002, 0.0015, 0.05], [0.004, 0.0, 0.002, 0.001, 0.003]])
    assert usual_years(rates).tolist() == [[0, 1, 1, 1, 0], [1, 1, 1, 1, 1]]
