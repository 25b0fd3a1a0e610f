"""Rates by order, totals, mean ages and the tempo adjustment, by hand and against a published calculation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from popmodel.demography.fertility import (
    asfr_by_order,
    mean_age_at_birth,
    scale_to_births,
    tempo_adjusted_fertility,
    total_fertility,
    total_fertility_by_order,
)
from tests.demography.refusal import refused

# Rates of two orders by five-year age, 15-19 to 45-49, in three successive years: the example of `tatfr` in the R package demor
# (vadvu.github.io/demor), which follows Bongaarts & Feeney (2000), footnote 1, and prints 3.211113 for the middle year.
PAST = [[0.02, 0.05, 0.07, 0.05, 0.03, 0.01, 0.00], [0.01, 0.03, 0.04, 0.03, 0.02, 0.01, 0.00]]
PRESENT = [[0.03, 0.06, 0.08, 0.06, 0.03, 0.01, 0.00], [0.01, 0.03, 0.05, 0.04, 0.02, 0.01, 0.00]]
FUTURE = [[0.03, 0.05, 0.08, 0.07, 0.04, 0.02, 0.00], [0.01, 0.03, 0.04, 0.04, 0.03, 0.01, 0.00]]
# In single ages every age of a group has the group's rate: totals and mean ages are the same.
THREE_YEARS = np.repeat([PAST, PRESENT, FUTURE], 5, axis=-1)

schedules = arrays(float, (2, 3, 6), elements=st.floats(0.001, 0.3))


def test_tempo_adjusted_fertility_is_that_of_a_published_calculation() -> None:
    # By hand, order 1: M = 6.575/0.23 = 28.587 before, 8.475/0.29 = 29.224 after; order 2: 4.1/0.14 = 29.286 and 4.8/0.16 = 30.
    # demor rounds mean ages to two decimals: 1.35/(1 − 0.63/2) + 0.80/(1 − 0.71/2) = 3.211113. Unrounded it is 3.225633.
    mean_age = mean_age_at_birth(THREE_YEARS, first_age=15)
    assert mean_age[[0, 2]] == pytest.approx(np.array([[6.575 / 0.23, 4.1 / 0.14], [8.475 / 0.29, 30.0]]), abs=1e-12)
    rounded = (mean_age[2].round(2) - mean_age[0].round(2)) / 2
    assert (total_fertility_by_order(THREE_YEARS[1]) / (1 - rounded)).sum() == pytest.approx(3.211113, abs=5e-7)
    adjusted = tempo_adjusted_fertility(THREE_YEARS, first_age=15)
    by_hand = 1.35 / (1 - (8.475 / 0.29 - 6.575 / 0.23) / 2), 0.80 / (1 - (30.0 - 4.1 / 0.14) / 2)
    assert adjusted.by_order[0] == pytest.approx(by_hand, abs=1e-12)
    assert adjusted.total == pytest.approx([sum(by_hand)], abs=1e-12)


def test_births_put_off_a_tenth_of_a_year_a_year_are_given_back() -> None:
    # Every woman bears one child, a tenth of a year later each year: the period TFR is 0.9 (Bongaarts & Feeney's own argument).
    ages, years = np.arange(15, 50) + 0.5, np.arange(5)
    schedule = np.exp(-(((ages - 28 - 0.1 * years[:, None]) / 4) ** 2) / 2)
    period = 0.9 * schedule / schedule.sum(axis=1, keepdims=True)
    adjusted = tempo_adjusted_fertility(period[:, None, :], first_age=15)
    # The tails cut at 15 and 50 take a thousandth of the shift.
    assert adjusted.total == pytest.approx([1.0] * 3, abs=1e-3)


def test_rates_by_order_sum_to_the_rate_of_the_age() -> None:
    births, women = np.array([[10.0, 30.0, 0.0], [0.0, 20.0, 5.0]]), np.array([100.0, 200.0, 50.0])
    rates = asfr_by_order(births, women)
    assert rates.sum(axis=0) == pytest.approx([0.1, 0.25, 0.1], abs=1e-15)
    assert total_fertility_by_order(rates) == pytest.approx([0.25, 0.2], abs=1e-15)
    assert total_fertility(rates.sum(axis=0)) == pytest.approx(0.45, abs=1e-15)


def test_mean_age_of_an_order_and_of_all() -> None:
    # Order 1: 0.1 at 24.5, 0.1 at 25.5 → 25; order 2: 0.2 at 26.5; both: (0.2 · 25 + 0.2 · 26.5) / 0.4 = 25.75.
    rates = np.array([[0.1, 0.1, 0.0], [0.0, 0.0, 0.2]])
    assert mean_age_at_birth(rates, first_age=24) == pytest.approx([25.0, 26.5], abs=1e-12)
    assert mean_age_at_birth(rates.sum(axis=0), first_age=24) == pytest.approx(25.75, abs=1e-12)


def test_each_order_bears_its_own_births() -> None:
    rates, women = np.array([[0.1, 0.2], [0.05, 0.1]]), np.array([10.0, 20.0])
    scaled = scale_to_births(rates, women, [10.0, 1.0])
    assert (scaled * women).sum(axis=-1) == pytest.approx([10.0, 1.0], abs=1e-12)
    assert scaled[0] / rates[0] == pytest.approx([2.0, 2.0], abs=1e-12)


@given(schedules, st.floats(0.1, 50.0))
def test_births_of_scaled_rates_are_those_asked_for(rates: np.ndarray, births: float) -> None:
    women = np.array([3.0, 50.0, 40.0, 30.0, 20.0, 1.0])
    assert (scale_to_births(rates, women, births) @ women) == pytest.approx(np.full((2, 3), births), rel=1e-12)


@given(schedules)
def test_a_batch_is_the_schedules_one_by_one(rates: np.ndarray) -> None:
    over_time = np.stack([rates, rates * 0.9, rates[..., ::-1] * 0.1 + rates * 0.8], axis=1)
    women = np.array([30.0, 50.0, 40.0, 30.0, 20.0, 10.0])
    batch = tempo_adjusted_fertility(over_time)
    for area in range(2):
        alone = tempo_adjusted_fertility(over_time[area])
        for whole, one in zip(batch, alone, strict=True):
            assert np.array_equal(whole[area], one)
        by_order = asfr_by_order(rates[area] * women, women)
        assert np.array_equal(asfr_by_order(rates * women, women)[area], by_order)
        for order in range(3):
            assert total_fertility_by_order(rates)[area, order] == total_fertility(rates[area, order])
            assert mean_age_at_birth(rates)[area, order] == pytest.approx(mean_age_at_birth(rates[area, order]), rel=1e-14)
            one_scaled = scale_to_births(rates[area, order], women, 7.0)
            assert scale_to_births(rates, women, 7.0)[area, order] == pytest.approx(one_scaled, rel=1e-14)


def test_what_cannot_be_is_refused() -> None:
    refused("births_without_women", lambda: asfr_by_order([[1.0, 2.0]], [10.0, 0.0]))
    refused("value_negative", lambda: total_fertility([0.1, -0.1]))
    refused("rates_look_per_1000", lambda: total_fertility([80.0, 120.0]))
    refused("axes_too_few", lambda: total_fertility_by_order([0.1, 0.2]))
    refused("births_none", lambda: mean_age_at_birth([[0.1, 0.2], [0.0, 0.0]]))
    refused("years_too_few", lambda: tempo_adjusted_fertility(THREE_YEARS[:2]))
    refused("births_unreachable", lambda: scale_to_births([0.0, 0.1], [10.0, 0.0], 5.0))
    sudden = np.zeros((3, 1, 10))
    sudden[0, 0, 2], sudden[1, 0, 4], sudden[2, 0, 6] = 0.1, 0.1, 0.1  # two years later every year
    refused("tempo_too_fast", lambda: tempo_adjusted_fertility(sudden))
