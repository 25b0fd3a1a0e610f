"""Completeness of death registration: a published example, one worked by hand, and exact populations of known completeness."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popmodel.demography.arrays import Array
from popmodel.demography.registration import corrected_rates, growth_balance, synthetic_extinct_generations
from tests.demography.refusal import refused

# Males of South Africa, census of 10 October 2001 to survey of 15 February 2007: the worked example of Moultrie et al. (2013),
# Tools for Demographic Estimation, chapters 24-25. Counts, deaths and the steps as the documentation of the package DDMethods
# (Institute for Health Metrics and Evaluation) prints them for ages 0 to 29; those aged 30 and over follow from its
# columns for 25 and over.
YEARS = 1954 / 365
GROUPS = [0, 5, 10, 15, 20, 25]
OVER_25 = {"mean": 10_296_820.0, "growth": 0.02175217, "death_rate": 0.02291748}
HALF_GROWTH = np.exp(OVER_25["growth"] * YEARS / 2)
FIRST = [2_223_006, 2_425_066, 2_518_985, 2_453_156, 2_099_417, OVER_25["mean"] / HALF_GROWTH]
SECOND = [2_505_744, 2_560_642, 2_452_339, 2_553_293, 2_362_519, OVER_25["mean"] * HALF_GROWTH]
DEATHS = [197_911.88, 15_566.49, 11_207.11, 25_472.64, 54_959.64, OVER_25["mean"] * OVER_25["death_rate"] * YEARS]


def test_the_points_of_the_growth_balance_are_the_published_ones() -> None:
    balance = growth_balance(FIRST, SECOND, DEATHS, GROUPS, YEARS, fit_ages=(5, 20))
    assert balance.ages.tolist() == [5, 10, 15, 20]
    assert balance.death_rate == pytest.approx([0.01279352, 0.01444758, 0.01670208, 0.01966187], abs=1e-8)
    assert balance.entry_less_growth == pytest.approx([0.008616735, 0.011891121, 0.014332501, 0.016639064], abs=1e-8)


def test_the_persons_of_synthetic_extinct_generations_are_the_published_ones() -> None:
    # Printed: 473,664.4 reach 25 by the deaths beyond. An expectation of life at 25 is sought that gives as many at once, so
    # that the steps below 25 can be compared: D (e^(er) − (er)²/6) = 473,664.4.
    from scipy.optimize import brentq

    rate = OVER_25["growth"]
    over = 473_664.4 / (DEATHS[-1] / YEARS)
    left = brentq(lambda e: np.exp(e * rate) - (e * rate) ** 2 / 6 - over, 0.01, 100)
    result = synthetic_extinct_generations(FIRST, SECOND, DEATHS, GROUPS, YEARS, open_expectation=left, fit_ages=(5, 20))
    assert result.from_deaths == pytest.approx([585_039.3, 553_222.3, 565_132.2, 539_734.3], rel=2e-7)
    assert result.from_censuses == pytest.approx([477_171.8, 487_732.9, 507_216.2, 481_482.2], rel=2e-7)


def test_a_stationary_population_worked_by_hand() -> None:
    # Everyone dies evenly between 0 and 90, one person at each age a year: 90 − x are aged x, 5 (87.5 − x) in a group of five
    # years, and 90 − x reach x a year. With 4 of 5 deaths told, 0.8 (90 − x) reach x by their deaths, at any age exactly.
    ages = np.arange(0, 90, 5)
    counts = 5.0 * (87.5 - ages)
    result = synthetic_extinct_generations(counts, counts, np.full(18, 40.0), ages, 10, open_expectation=2.5)
    assert result.from_deaths == pytest.approx(0.8 * (90 - ages[1:-1]))
    # By the censuses √((92.5 − x)(87.5 − x)), so at 25 for one 0.8 · 65/64.95190528.
    assert (result.from_deaths / result.from_censuses)[4] == pytest.approx(0.8 * 65 / 64.95190528)
    # Growth balance at 25: those over 25 are 65²/2 = 2112.5; 64.95190528 enter, none is added; 4 · 13 deaths of 65 told.
    balance = growth_balance(counts, counts, np.full(18, 40.0), ages, 10)
    assert balance.entry_less_growth[4] == pytest.approx(64.95190528 / 2112.5)
    assert balance.death_rate[4] == pytest.approx(52 / 2112.5)


def test_the_line_is_the_one_through_two_kinds_of_error() -> None:
    # Reduced major axis: slope sd(y)/sd(x) through the means, the completeness from slope and intercept as in the docstring.
    ages = np.arange(0, 90, 5)
    first, second, deaths = counted(ages, 6.0, **GROWING)
    balance = growth_balance(0.9 * first, second, 0.7 * deaths, ages, 6, fit_ages=(20, 70))
    x, y = balance.death_rate[balance.fitted], balance.entry_less_growth[balance.fitted]
    assert balance.ages[balance.fitted].tolist() == list(range(20, 71, 5))
    slope = np.std(y) / np.std(x)
    assert balance.slope == pytest.approx(slope)
    assert balance.intercept == pytest.approx(y.mean() - slope * x.mean())
    assert balance.correlation == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert balance.first_coverage == pytest.approx(np.exp(6 * balance.intercept))
    assert balance.second_coverage == 1
    assert balance.completeness == pytest.approx(np.sqrt(balance.first_coverage) / slope)


# Exact populations: births B(t), force of mortality 0.0003 e^(0.085 x − ρ t) at age x and time t, integrated by quadrature.
NODES, WEIGHTS = np.polynomial.legendre.leggauss(8)


def _density(x: Array, t: float, births: Callable[[Array], Array], fall: float) -> Array:
    hazard = 0.0003 * np.exp(-fall * (t - x)) * np.expm1((0.085 - fall) * x) / (0.085 - fall)
    return births(t - x) * np.exp(-hazard)


def counted(ages: Array, years: float, *, births: Callable[[Array], Array], fall: float) -> tuple[Array, Array, Array]:
    """Exact census counts and deaths between, by age group."""
    single = np.arange(0, 125)
    x = single[:, None] + 0.5 + NODES / 2
    group = np.searchsorted(ages, single, side="right") - 1

    def by_group(values: Array) -> Array:
        return np.bincount(group, (values * WEIGHTS / 2).sum(axis=1), minlength=len(ages))

    times = years / 2 * (1 + NODES)
    dying = [by_group(0.0003 * np.exp(0.085 * x - fall * t) * _density(x, t, births, fall)) for t in times]
    deaths = years / 2 * np.tensordot(WEIGHTS, np.array(dying), axes=1)
    return by_group(_density(x, 0.0, births, fall)), by_group(_density(x, years, births, fall)), deaths


def left_at(age: int) -> float:
    """Expectation of life at `age` under the mortality of time 0."""
    beyond = np.arange(age, 130, 0.01) + 0.005
    return float(np.exp(-0.0003 / 0.085 * (np.exp(0.085 * beyond) - np.exp(0.085 * age))).sum() * 0.01)


STATIONARY: dict[str, Any] = {"births": lambda t: np.ones_like(t), "fall": 0.0}
GROWING: dict[str, Any] = {"births": lambda t: np.exp(0.01 * t), "fall": 0.0}
WAVING: dict[str, Any] = {"births": lambda t: np.exp(0.01 * t) * (1 + 0.2 * np.sin(t / 25)), "fall": 0.0}
SINGLE = np.arange(0, 86)


@pytest.mark.parametrize("population", [STATIONARY, GROWING, WAVING], ids=["stationary", "stable", "not stable"])
@pytest.mark.parametrize("coverage", [1.0, 0.95])
def test_the_known_completeness_of_an_exact_population_is_found(population: dict[str, Any], coverage: float) -> None:
    first, second, deaths = counted(SINGLE, 5.0, **population)
    balance = growth_balance(coverage * first, second, 0.7 * deaths, SINGLE, 5)
    assert balance.completeness == pytest.approx(0.7, abs=1e-3)
    assert balance.first_coverage == pytest.approx(coverage, abs=1e-3)
    assert balance.second_coverage == pytest.approx(1, abs=1e-3)
    result = synthetic_extinct_generations(
        coverage * first, second, 0.7 * deaths, SINGLE, 5, open_expectation=left_at(85), balance=balance
    )
    assert result.completeness == pytest.approx(0.7, abs=1e-3)
    assert result.spread < 0.002


def test_without_the_balance_a_fuller_second_census_tilts_extinct_generations() -> None:
    first, second, deaths = counted(SINGLE, 5.0, **GROWING)
    given = (0.95 * first, second, 0.7 * deaths, SINGLE, 5)
    balanced = synthetic_extinct_generations(*given, open_expectation=left_at(85), balance=growth_balance(*given))
    plain = synthetic_extinct_generations(*given, open_expectation=left_at(85))
    assert plain.spread > 10 * balanced.spread
    assert plain.completeness > 0.8


def test_falling_mortality_over_one_year_is_no_obstacle() -> None:
    first, second, deaths = counted(SINGLE, 1.0, births=lambda t: np.exp(0.02 * t - 0.0001 * t * t), fall=0.015)
    assert growth_balance(first, second, 0.7 * deaths, SINGLE, 1).completeness == pytest.approx(0.7, abs=1e-3)
    result = synthetic_extinct_generations(first, second, 0.7 * deaths, SINGLE, 1, open_expectation=left_at(85))
    assert result.completeness == pytest.approx(0.7, abs=1e-3)


def test_net_migration_that_is_given_does_no_harm() -> None:
    # Just before the second census, 2% of those then aged 20 to 39 move in, so no deaths are theirs.
    first, second, deaths = counted(SINGLE, 1.0, **GROWING)
    came = np.where((SINGLE >= 20) & (SINGLE < 40), 0.02 * second, 0.0)
    given = (first, second + came, 0.7 * deaths, SINGLE, 1)
    ignored = growth_balance(*given).completeness
    heeded = growth_balance(*given, net_migration=came).completeness
    assert abs(ignored - 0.7) > 0.02
    assert abs(heeded - 0.7) < abs(ignored - 0.7) / 10
    ignored = synthetic_extinct_generations(*given, open_expectation=left_at(85)).completeness
    heeded = synthetic_extinct_generations(*given, open_expectation=left_at(85), net_migration=came).completeness
    assert abs(ignored - 0.7) > 0.02
    assert abs(heeded - 0.7) < abs(ignored - 0.7) / 10


@given(st.floats(0.3, 1.2), st.floats(0.1, 1000.0))
@settings(max_examples=30, deadline=None)
def test_completeness_follows_the_deaths_told_and_not_the_unit_of_counting(told: float, unit: float) -> None:
    ages = np.arange(0, 90, 5)
    first, second, deaths = counted(ages, 5.0, **GROWING)
    whole = growth_balance(first, second, deaths, ages, 5)
    part = growth_balance(unit * first, unit * second, unit * told * deaths, ages, 5)
    assert part.completeness == pytest.approx(told * whole.completeness)
    assert part.second_coverage == pytest.approx(whole.second_coverage)
    all_told = synthetic_extinct_generations(first, second, deaths, ages, 5, open_expectation=5)
    some = synthetic_extinct_generations(unit * first, unit * second, unit * told * deaths, ages, 5, open_expectation=5)
    assert some.completeness == pytest.approx(told * all_told.completeness)


def test_a_batch_is_the_loop() -> None:
    ages = np.arange(0, 90, 5)
    first, second, deaths = counted(ages, 5.0, **WAVING)
    noise = np.random.default_rng(3).uniform(0.9, 1.1, (2, 3, 4, 18))
    counts = first * noise[..., 0, :], second * noise[..., 1, :], deaths * noise[..., 2, :]
    came = 0.05 * first * (noise[..., 3, :] - 1)
    years, left = np.array([[4.0], [6.0]]), np.array([5.0, 6.0, 7.0])
    balance = growth_balance(*counts, ages, years, net_migration=came)
    result = synthetic_extinct_generations(*counts, ages, years, open_expectation=left, net_migration=came, balance=balance)
    for i, j in np.ndindex(2, 3):
        one = [each[i, j] for each in counts]
        alone = growth_balance(*one, ages, years[i, 0], net_migration=came[i, j])
        for field in ("completeness", "first_coverage", "second_coverage", "correlation", "death_rate", "entry_less_growth"):
            assert getattr(balance, field)[i, j] == pytest.approx(getattr(alone, field), abs=1e-12)
        extinct = synthetic_extinct_generations(
            *one, ages, years[i, 0], open_expectation=left[j], net_migration=came[i, j], balance=alone
        )
        for field in ("completeness", "spread", "from_deaths", "from_censuses"):
            assert getattr(result, field)[i, j] == pytest.approx(getattr(extinct, field), rel=1e-12)
    rates = noise[..., 0, :] / 50
    fixed = corrected_rates(rates, balance.completeness, child_completeness=left / 10, ages=ages)
    for i, j in np.ndindex(2, 3):
        one = corrected_rates(rates[i, j], balance.completeness[i, j], child_completeness=left[j] / 10, ages=ages)
        assert fixed[i, j] == pytest.approx(one, abs=1e-15)


def test_rates_are_divided_by_the_completeness_of_their_age() -> None:
    # Children under 5 half told, the others four fifths: 0.01/0.5, 0.002/0.5, 0.001/0.8, 0.004/0.8.
    fixed = corrected_rates([0.01, 0.002, 0.001, 0.004], 0.8, child_completeness=0.5, ages=[0, 1, 5, 10])
    assert fixed == pytest.approx([0.02, 0.004, 0.00125, 0.005])
    assert corrected_rates(np.full(7, 0.01), 0.8, child_completeness=0.5, adult_age=6)[5:] == pytest.approx([0.02, 0.0125])


AGES = np.arange(0, 50, 5)
ONES = np.ones(10)
REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: growth_balance(ONES, ONES, -ONES, AGES, 5), "value_negative"),
    (lambda: growth_balance(ONES, ONES, ONES, AGES[:-1], 5), "ages_do_not_match"),
    (lambda: growth_balance(ONES, ONES[:-1], ONES, AGES, 5), "ages_do_not_match"),
    (lambda: growth_balance(ONES, ONES, ONES, AGES, 0), "value_not_above_zero"),
    (lambda: growth_balance(ONES, ONES, 0 * ONES, AGES, 5), "value_not_above_zero"),
    (lambda: growth_balance(ONES, ONES, ONES, AGES, 5, fit_ages=(20, 26)), "fit_ages_too_few"),
    (lambda: growth_balance(ONES, ONES, ONES, AGES, 5, net_migration=np.nan * ONES), "value_missing"),
    (lambda: synthetic_extinct_generations(0 * ONES, ONES, ONES, AGES, 5, open_expectation=5), "value_not_above_zero"),
    (lambda: synthetic_extinct_generations(ONES, ONES, ONES, AGES, 5, open_expectation=0), "value_not_above_zero"),
    (lambda: corrected_rates([0.1, 0.1], 85, child_completeness=0.8), "completeness_out_of_range"),
    (lambda: corrected_rates([0.1, 0.1], 0.8, child_completeness=np.nan), "completeness_out_of_range"),
    (lambda: corrected_rates([0.1, -0.1], 0.8, child_completeness=0.8), "value_negative"),
]


@pytest.mark.parametrize(("given", "code"), REFUSED, ids=[f"{code}-{i}" for i, (_, code) in enumerate(REFUSED)])
def test_is_refused(given: Callable[[], object], code: str) -> None:
    refused(code, given)
