"""Mortality ratios of areas against published limits, hand calculation, simulated areas and what must hold of any areas."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popmodel.demography.standardisation import (
    expected_deaths,
    mixed_rates,
    shrunk_mortality_ratio,
    standardised_mortality_ratio,
)
from tests.demography.refusal import refused

# Lip cancer of men in the 56 districts of Scotland, 1975-80, observed and expected: Clayton & Kaldor (1987), table 1.
LIP_CANCER = """
9 1.4  39 8.7  11 3.0  9 2.5  15 4.3  8 2.4  26 8.1  7 2.3  6 2.0  20 6.6  13 4.4  5 1.8  3 1.1  8 3.3  17 7.8  9 4.6
2 1.1  7 4.2  9 5.5  7 4.4  16 10.5  31 22.7  11 8.8  7 5.6  19 15.5  15 12.5  7 6.0  10 9.0  16 14.4  11 10.2  5 4.8  3 2.9
7 7.0  8 8.5  11 12.3  9 10.1  11 12.7  8 9.4  6 7.2  4 5.3  10 18.8  8 15.8  2 4.3  6 14.6  19 50.7  3 8.2  2 5.6  3 9.3
28 88.7  6 19.6  1 3.4  1 3.6  1 5.7  1 7.0  0 4.2  0 1.8
"""
LIP_OBSERVED, LIP_EXPECTED = np.array(LIP_CANCER.split(), dtype=float).reshape(-1, 2).T

# Deaths, expected, and the ratio with its 95% limits as printed: cancers of the larynx and lung near an incinerator at Charnock
# Richard (Elliott and colleagues, table 29.1, 3-10 km, lag of 5 years); a count of 30 and its ratio (Biological Effects of Low
# Level Exposures, 1992, tables 7.5A and B).
PUBLISHED = [
    (76, 80.0, (0.95, 0.75, 1.19)),
    (1418, 1433.7, (0.99, 0.94, 1.04)),
    (30, 15.21, (1.97, 1.33, 2.82)),
    (30, 1, (30, 20.24, 42.83)),
]


@pytest.mark.parametrize(("deaths", "expected", "printed"), PUBLISHED)
def test_the_limits_are_the_published_ones(deaths: int, expected: float, printed: tuple[float, ...]) -> None:
    found = standardised_mortality_ratio(deaths, expected)
    assert tuple(round(float(value), 2) for value in found) == printed


@pytest.mark.parametrize("deaths", [0, 1, 7, 180])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_the_limits_are_those_at_which_the_deaths_seen_would_just_be_too_few_or_many(deaths: int, level: float) -> None:
    from scipy.stats import poisson

    found = standardised_mortality_ratio(deaths, 4.0, level=level)
    assert poisson.cdf(deaths, 4 * found.upper) == pytest.approx((1 - level) / 2)
    if deaths == 0:
        assert found.lower == 0
    else:
        assert poisson.sf(deaths - 1, 4 * found.lower) == pytest.approx((1 - level) / 2)


def test_a_population_at_the_standards_own_rates_sees_as_many_deaths_as_expected() -> None:
    rates = 0.0003 * np.exp(0.085 * np.arange(101))
    people = np.linspace(3000, 10, 101)
    assert standardised_mortality_ratio((people * rates).sum(), expected_deaths(people, rates)).ratio == pytest.approx(1)
    parts = np.stack([0.3 * people, 0.7 * people])
    assert expected_deaths(parts, rates).sum() == pytest.approx(expected_deaths(people, rates))


def test_three_areas_shrunk_by_hand() -> None:
    # Deaths 30, 10, 20 of 20 expected each: μ = 1; Σ E (r − μ)²/ΣE = (0.25 + 0.25 + 0)/3 = 1/6; less μ/Ē = 1/20, A = 7/60.
    # α = 60/7 deaths; weight 20/(20 + 60/7) = 0.7; ratios 0.7 · 1.5 + 0.3, 0.7 · 0.5 + 0.3, 1.
    shrunk = shrunk_mortality_ratio([30, 10, 20], [20.0, 20.0, 20.0])
    assert shrunk.prior_mean == 1
    assert shrunk.prior_strength == pytest.approx(60 / 7)
    assert shrunk.weight == pytest.approx([0.7, 0.7, 0.7])
    assert shrunk.ratio == pytest.approx([1.35, 0.65, 1])


def test_two_areas_of_unlike_size_shrunk_by_hand() -> None:
    # 6 of 2 expected and 2 of 6: μ = 1; (2 · 4 + 6 · 4/9)/8 = 4/3; less 1/4, A = 13/12; weights 13/12/(13/12 + 1/2) = 13/19 and
    # 13/12/(13/12 + 1/6) = 13/15.
    shrunk = shrunk_mortality_ratio([6, 2], [2.0, 6.0])
    assert shrunk.weight == pytest.approx([13 / 19, 13 / 15])
    assert shrunk.ratio == pytest.approx([1 + 2 * 13 / 19, 1 - 2 / 3 * 13 / 15])


def test_lip_cancer_in_scotland() -> None:
    assert len(LIP_OBSERVED) == 56
    # The moments taken one district at a time; 536 cases in all, as many as expected.
    shrunk = shrunk_mortality_ratio(LIP_OBSERVED, LIP_EXPECTED)
    mean = 536 / sum(LIP_EXPECTED)
    spread = sum(e * (o / e - mean) ** 2 for o, e in zip(LIP_OBSERVED, LIP_EXPECTED, strict=True)) / sum(LIP_EXPECTED)
    between = spread - mean / (sum(LIP_EXPECTED) / 56)
    assert shrunk.prior_mean == pytest.approx(mean)
    assert shrunk.prior_strength == pytest.approx(mean / between)
    for found, o, e in zip(shrunk.ratio, LIP_OBSERVED, LIP_EXPECTED, strict=True):
        assert found == pytest.approx((o + mean**2 / between) / (e + mean / between))  # the mean of the gamma that is left
    # Skye-Lochalsh has the highest ratio, 9/1.4 = 6.43, from 9 cases; of the districts with none nobody is free of risk.
    assert LIP_OBSERVED[0] / LIP_EXPECTED[0] == pytest.approx(6.43, abs=0.005)
    assert shrunk.ratio.argmax() == 1  # 39 cases of 8.7 expected say more than 9 of 1.4
    assert np.all(shrunk.ratio[-2:] > 0.2)


def test_the_prior_of_simulated_areas_is_found_and_shrinking_pays() -> None:
    draw = np.random.default_rng(2)
    expected = draw.uniform(1, 20, 20_000)
    truth = draw.gamma(1.2 * 8, 1 / 8, 20_000)  # mean 1.2, strength 8
    deaths = draw.poisson(truth * expected)
    shrunk = shrunk_mortality_ratio(deaths, expected)
    assert shrunk.prior_mean == pytest.approx(1.2, rel=0.01)
    assert shrunk.prior_strength == pytest.approx(8, rel=0.05)
    # The expected squared error of the best estimate is μ/(E + α) against μ/E of the ratio itself.
    assert ((shrunk.ratio - truth) ** 2).mean() == pytest.approx((1.2 / (expected + 8)).mean(), rel=0.03)
    assert ((deaths / expected - truth) ** 2).mean() == pytest.approx((1.2 / expected).mean(), rel=0.03)


def test_areas_that_differ_by_no_more_than_chance_all_get_the_mean() -> None:
    shrunk = shrunk_mortality_ratio([11, 9, 22, 18], [10.0, 10.0, 20.0, 20.0])
    assert np.isinf(shrunk.prior_strength)
    assert shrunk.weight.tolist() == [0] * 4
    assert shrunk.ratio == pytest.approx([1] * 4)
    assert shrunk_mortality_ratio([0, 0], [1.0, 2.0]).ratio.tolist() == [0, 0]


def test_few_deaths_give_the_prior_and_many_the_areas_own_ratio() -> None:
    for size, near in ((1e-6, 0.8), (1e8, 2.0)):
        shrunk = shrunk_mortality_ratio([2 * size], [size], prior_strength=50, prior_mean=0.8)
        assert shrunk.ratio == pytest.approx([near], abs=1e-5)


areas = st.lists(st.tuples(st.integers(0, 60), st.floats(0.5, 50)), min_size=2, max_size=12)


@given(areas, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_renaming_the_areas_changes_nothing_and_each_lies_between_its_own_and_the_mean(
    counts: list[tuple[int, float]], order: object
) -> None:
    deaths, expected = (np.array(column, dtype=float) for column in zip(*counts, strict=True))
    shrunk = shrunk_mortality_ratio(deaths, expected)
    places = list(range(len(counts)))
    order.shuffle(places)  # type: ignore[attr-defined]
    assert shrunk_mortality_ratio(deaths[places], expected[places]).ratio == pytest.approx(shrunk.ratio[places], abs=1e-9)
    own = deaths / expected
    low, high = np.minimum(own, shrunk.prior_mean), np.maximum(own, shrunk.prior_mean)
    assert np.all((shrunk.ratio >= low - 1e-9) & (shrunk.ratio <= high + 1e-9))
    assert np.all(np.diff(shrunk.weight[np.argsort(expected)]) >= 0)


@given(st.lists(st.integers(0, 60), min_size=2, max_size=12))
@settings(max_examples=40, deadline=None)
def test_where_all_areas_expect_alike_the_deaths_add_up_as_before(deaths: list[int]) -> None:
    shrunk = shrunk_mortality_ratio(deaths, np.full(len(deaths), 12.0))
    assert (12 * shrunk.ratio).sum() == pytest.approx(sum(deaths))


def test_rates_of_town_and_country_are_mixed_age_by_age() -> None:
    # Ten thousand at each of two ages, 6,000 and 1,000 of them in towns: 6 + 8 and 20 + 270 deaths.
    mixed = mixed_rates([0.001, 0.02], [0.002, 0.03], [0.6, 0.1])
    assert mixed * 10_000 == pytest.approx([14, 290])
    assert mixed_rates([0.001, 0.02], [0.002, 0.03], [1.0, 0.0]).tolist() == [0.001, 0.03]


REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: expected_deaths([-1.0], [0.1]), "value_negative"),
    (lambda: expected_deaths([1.0], [8.0]), "rates_look_per_1000"),
    (lambda: standardised_mortality_ratio(3, 0.0), "value_not_above_zero"),
    (lambda: standardised_mortality_ratio(-3, 1.0), "value_negative"),
    (lambda: standardised_mortality_ratio(3, 1.0, level=95), "probability_above_one"),
    (lambda: shrunk_mortality_ratio([3], [2.0]), "areas_too_few"),
    (lambda: shrunk_mortality_ratio([3], [2.0], prior_strength=5), "areas_too_few"),
    (lambda: shrunk_mortality_ratio(3, 2.0), "areas_too_few"),
    (lambda: shrunk_mortality_ratio([3, 4], [2.0, 1.0], prior_strength=0), "value_not_above_zero"),
    (lambda: shrunk_mortality_ratio([3, 4], [2.0, 0.0]), "value_not_above_zero"),
    (lambda: mixed_rates([0.1], [0.1], [60.0]), "probability_above_one"),
]


@pytest.mark.parametrize(("given", "code"), REFUSED, ids=[f"{code}-{i}" for i, (_, code) in enumerate(REFUSED)])
def test_is_refused(given: Callable[[], object], code: str) -> None:
    refused(code, given)
