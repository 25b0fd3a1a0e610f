"""Graduation keeps what was counted: group totals to the person, nothing below zero by default, published tables reproduced."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popmodel.demography.graduation import (
    METHODS,
    age_at_census_to_age_at_birth,
    graduate_births,
    graduate_counts,
    graduate_rates,
    split_open_group,
)
from popmodel.messages import InputError

KEEPS_TOTALS = ["monotone", "sprague", "beers_ordinary"]
PUBLISHED = {"sprague": "sprague", "beers_ordinary": "beers_ord", "beers_modified": "beers_mod", "grabill": "grabill"}

groups = st.lists(st.floats(0, 1e6), min_size=2, max_size=18)
five_year_groups = st.lists(st.floats(0, 1e6), min_size=5, max_size=20)


def abridged(count: int) -> list[int]:
    return [0, 1, *range(5, 5 * count, 5)][: count + 1]


def fives(count: int) -> list[int]:
    return list(range(0, 5 * count + 1, 5))


def sums(single: np.ndarray, bounds: list[int]) -> list[float]:
    return [float(single[low - bounds[0] : high - bounds[0]].sum()) for low, high in pairwise(bounds)]


def code_of(error: pytest.ExceptionInfo[InputError]) -> str:
    return error.value.problems[0].code


# Published answers


@pytest.mark.parametrize("method", PUBLISHED)
def test_multipliers_reproduce_the_published_single_ages(known: Callable[[str], dict[str, Any]], method: str) -> None:
    answer = known("graduation_pop5")
    single = graduate_counts(answer["counts5"], answer["ages5"], method=method, open_group=True)
    assert single == pytest.approx(answer["expected_single"][PUBLISHED[method]], rel=1e-9, abs=1e-9)


def test_monotone_has_the_totals_of_the_published_monotone_spline(known: Callable[[str], dict[str, Any]]) -> None:
    # The published one takes other slopes at the group bounds, so only totals can agree; both end in an open group of nobody.
    answer = known("graduation_pop5")
    single = graduate_counts(answer["counts5"], answer["ages5"], open_group=True)
    published = np.array(answer["expected_single"]["mono"])
    assert sums(single, answer["ages5"]) == pytest.approx(sums(published, answer["ages5"]), rel=1e-9)
    assert single.min() >= 0


def test_beers_with_a_given_age_0_is_johnsons(known: Callable[[str], dict[str, Any]]) -> None:
    answer = known("beers_johnson2016")
    single = graduate_counts(answer["counts"], answer["age_lower"], method="beers_ordinary", open_group=True)
    assert single[:13] == pytest.approx(answer["expected_first13"], abs=answer["tolerance"])
    assert single == pytest.approx(answer["demotools_full"], abs=1e-6)


def test_multipliers_go_below_zero_where_totals_fall_steeply() -> None:
    # Sprague, last group but one of 100, 100, 100, 100, 0: 0.0144, 0.0912, 0.1408 of the panel give its last age
    # (0.0144 - 0.0752 + 0.2272) x 100 = 16.64; the last age of the empty group is (-0.0336 + 0.1488 - 0.2768) x 100 = -16.16.
    single = graduate_counts([100.0, 100.0, 100.0, 100.0, 0.0], fives(5), method="sprague")
    assert single[19] == pytest.approx(16.64)
    assert single[24] == pytest.approx(-16.16)
    assert graduate_counts([100.0, 100.0, 100.0, 100.0, 0.0], fives(5)).min() >= 0


# Invariants


@given(groups)
def test_group_totals_are_kept_and_nothing_is_negative(totals: list[float]) -> None:
    bounds = abridged(len(totals))
    single = graduate_counts(totals, bounds)
    assert single.min() >= 0
    assert sums(single, bounds) == pytest.approx(totals, rel=1e-9)


@pytest.mark.parametrize("method", KEEPS_TOTALS)
@given(totals=five_year_groups)
def test_group_totals_are_kept_by_multipliers(method: str, totals: list[float]) -> None:
    bounds = fives(len(totals))
    single = graduate_counts(totals, bounds, method=method)
    assert sums(single, bounds) == pytest.approx(totals, rel=1e-9, abs=1e-9 * max(totals))


@pytest.mark.parametrize("method", METHODS)
@given(totals=five_year_groups)
def test_nobody_is_gained_or_lost(method: str, totals: list[float]) -> None:
    single = graduate_counts(totals, fives(len(totals)), method=method)
    # Grabill takes a total back in proportion to values of either sign: rounding grows with how much of them cancels.
    assert single.sum() == pytest.approx(sum(totals), rel=1e-9, abs=1e-9 * max(1.0, float(np.abs(single).max())))


@pytest.mark.parametrize("method", ["sprague", "beers_ordinary"])
@given(totals=st.lists(st.floats(0, 1e6), min_size=6, max_size=20))
def test_a_given_age_0_and_the_rest_of_its_group_are_kept(method: str, totals: list[float]) -> None:
    bounds = abridged(len(totals))
    single = graduate_counts(totals, bounds, method=method)
    assert sums(single, bounds) == pytest.approx(totals, rel=1e-9, abs=1e-9 * max(totals))


@pytest.mark.parametrize("method", METHODS)
@given(totals=five_year_groups, factor=st.floats(1e-3, 1e3))
def test_scaling_the_groups_scales_the_ages(method: str, totals: list[float], factor: float) -> None:
    # Rounded: with hardly anybody in a group, what is left is rounding.
    totals = np.round(totals).tolist()
    bounds = fives(len(totals))
    single = graduate_counts(totals, bounds, method=method)
    scaled = graduate_counts(np.array(totals) * factor, bounds, method=method)
    assert scaled == pytest.approx(single * factor, rel=1e-6, abs=1e-9 * factor * max(1.0, float(np.abs(single).max())))


@pytest.mark.parametrize("method", ["monotone", "sprague", "beers_ordinary", "beers_modified"])
def test_an_even_population_stays_even(method: str) -> None:
    assert graduate_counts([100.0] * 8, fives(8), method=method) == pytest.approx(np.full(40, 20.0))


def test_an_even_population_of_uneven_groups_stays_even() -> None:
    assert graduate_counts([20.0, 80.0, 100.0], [0, 1, 5, 10]) == pytest.approx(np.full(10, 20.0))


def test_an_open_group_stays_as_it_is() -> None:
    closed = graduate_counts([40.0, 30.0, 20.0], [0, 5, 10, 15])
    assert graduate_counts([40.0, 30.0, 20.0, 9.0], [0, 5, 10, 15], open_group=True).tolist() == [*closed.tolist(), 9.0]


# Rates


def test_rates_average_to_the_group_rate() -> None:
    single = graduate_rates([0.01, 0.002, 0.001, 0.004, 0.3], [0, 1, 5, 10, 15], open_group=True)
    assert [single[0], single[1:5].mean(), single[5:10].mean(), single[10:15].mean(), single[15]] == pytest.approx(
        [0.01, 0.002, 0.001, 0.004, 0.3]
    )


def test_rates_average_to_the_group_rate_by_multipliers() -> None:
    rates = np.array([0.001, 0.002, 0.003, 0.005, 0.009, 0.016])
    single = graduate_rates(rates, list(range(30, 61, 5)), method="beers_ordinary")
    assert single.reshape(6, 5).mean(axis=1) == pytest.approx(rates)


# Births

BIRTH_BOUNDS = list(range(15, 51, 5))


def bell(ages: np.ndarray) -> np.ndarray:
    """A fertility schedule of one smooth hump, mean 27, standard deviation 5, 1.8 children."""
    return 1.8 * np.exp(-(((ages + 0.5 - 27) / 5) ** 2) / 2) / (5 * np.sqrt(2 * np.pi))


def test_rates_bear_the_births_of_every_group() -> None:
    rng = np.random.default_rng(3)
    women = rng.uniform(50, 150, (20, 35))
    births = rng.uniform(0, 200, (20, 7)) * (rng.uniform(size=(20, 7)) > 0.2)
    rates = graduate_births(births, women, BIRTH_BOUNDS)
    assert rates.min() >= 0
    assert (rates * women).reshape(20, 7, 5).sum(axis=-1) == pytest.approx(births, rel=1e-12)


def test_a_smooth_schedule_is_found_again_from_its_groups() -> None:
    # Women fall by a tenth from age to age. The hump comes back within 2 % of its height; rates flat in groups miss by a quarter.
    ages = np.arange(10, 55)
    women = 1000.0 * 0.9 ** (ages - 10)
    births = (bell(ages) * women).reshape(9, 5).sum(axis=1)
    rates = graduate_births(births, women, list(range(10, 56, 5)))
    flat = np.repeat(births / women.reshape(9, 5).sum(axis=1), 5)
    assert np.abs(rates - bell(ages)).max() < 0.02 * bell(ages).max()
    assert np.abs(flat - bell(ages)).max() > 0.2 * bell(ages).max()


def test_the_smoothest_schedule_of_three_ages_by_hand() -> None:
    # Rates a, b, a with zero before and after: second differences b - 2a, 2a - 2b, b - 2a. With b = B - 2a the sum of their
    # squares is 2 (B - 4a)^2 + 4 (3a - B)^2, least at a = 5 B / 17, b = 7 B / 17. A hundred women bear 17: B = 0.17.
    assert graduate_births([17.0], [100.0] * 3, [20, 23]) == pytest.approx([0.05, 0.07, 0.05], rel=1e-9)


def test_births_without_women_are_refused() -> None:
    with pytest.raises(InputError) as error:
        graduate_births([1.0, 1.0], [1.0] * 5 + [0.0] * 5, [15, 20, 25])
    assert code_of(error) == "births_without_women"
    assert error.value.problems[0].parameters["place"] == 5


def test_women_of_other_ages_are_refused() -> None:
    with pytest.raises(InputError) as error:
        graduate_births([1.0, 1.0], [1.0] * 9, [15, 20, 25])
    assert code_of(error) == "axis_of_wrong_length"


# Age at the census and at the birth


def test_no_shift_and_a_whole_year_only_move_the_schedule() -> None:
    schedule = [0.1, 0.5, 0.3]
    assert age_at_census_to_age_at_birth(schedule, shift=0.0) == pytest.approx([0.0, 0.1, 0.5, 0.3])
    assert age_at_census_to_age_at_birth(schedule, shift=1.0) == pytest.approx([0.1, 0.5, 0.3, 0.0])


def test_half_a_year_goes_off_the_mean_age_and_nothing_off_the_total() -> None:
    ages = np.arange(15, 50)
    moved = age_at_census_to_age_at_birth(bell(ages))
    assert moved.sum() == pytest.approx(bell(ages).sum(), rel=1e-12)
    mean = (bell(ages) * ages).sum() / bell(ages).sum()
    assert (moved * np.arange(14, 50)).sum() / moved.sum() == pytest.approx(mean - 0.5, abs=0.002)
    # The schedule itself, had it been tabulated by age half a year lower: bell is the density at the middle of an age.
    assert moved[1:] == pytest.approx(bell(ages + 0.5), abs=0.01 * bell(ages).max())


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.floats(0, 1))
def test_any_shift_keeps_the_total_and_nothing_is_negative(schedule: list[float], shift: float) -> None:
    moved = age_at_census_to_age_at_birth(schedule, shift=shift)
    assert len(moved) == len(schedule) + 1
    assert moved.min() >= 0
    assert moved.sum() == pytest.approx(sum(schedule), rel=1e-9)


def test_a_shift_of_months_is_refused() -> None:
    with pytest.raises(InputError) as error:
        age_at_census_to_age_at_birth([0.1], shift=6.0)
    assert code_of(error) == "shift_out_of_range"


# The open group, and what is refused


def test_the_open_group_follows_the_life_table() -> None:
    assert split_open_group(100.0, np.array([6.0, 3.0, 1.0])) == pytest.approx([60, 30, 10])


def test_open_groups_of_a_batch_follow_their_own_life_tables() -> None:
    rng = np.random.default_rng(6)
    totals, lived = rng.uniform(0, 100, (3, 2)), rng.uniform(1, 5, (3, 2, 10))
    alone = [[split_open_group(totals[i, j], lived[i, j]) for j in range(2)] for i in range(3)]
    assert split_open_group(totals, lived) == pytest.approx(np.array(alone), rel=1e-12)


def test_an_open_group_without_survivors_is_refused() -> None:
    with pytest.raises(InputError) as error:
        split_open_group(10.0, [0.0, 0.0])
    assert code_of(error) == "value_not_above_zero"


@pytest.mark.parametrize(
    ("totals", "bounds", "code"),
    [
        ([1.0, 2.0], [0, 5], "bounds_do_not_match"),
        ([1.0], [5, 5], "ages_not_rising"),
        ([1.0], [0, 2.5], "ages_not_whole"),
        ([-1.0], [0, 5], "value_negative"),
        ([np.nan], [0, 5], "value_missing"),
    ],
)
def test_groups_that_do_not_fit_are_refused(totals: list[float], bounds: list[int], code: str) -> None:
    with pytest.raises(InputError) as error:
        graduate_counts(totals, bounds)
    assert code_of(error) == code


def test_an_open_group_has_as_many_bounds_as_totals() -> None:
    with pytest.raises(InputError) as error:
        graduate_counts([1.0, 2.0], [0, 5, 10], open_group=True)
    assert code_of(error) == "bounds_do_not_match"


@pytest.mark.parametrize("bounds", [[0, 5, 10, 15, 20], [0, 5, 10, 15, 20, 30], [0, 1, 5, 10, 15, 20]])
def test_multipliers_refuse_groups_they_were_not_made_for(bounds: list[int]) -> None:
    with pytest.raises(InputError) as error:
        graduate_counts([1.0] * (len(bounds) - 1), bounds, method="sprague")
    assert code_of(error) == "groups_not_five_years"


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(InputError) as error:
        graduate_counts([1.0], [0, 5], method="spline")
    assert code_of(error) == "graduation_method_unknown"


@pytest.mark.parametrize("bounds", [[0, 1, 5, 10, 15, 85], [0, 7], [20, 21, 26], list(range(0, 100, 5))])
def test_the_monotone_cubic_is_that_of_scipy(bounds: list[int]) -> None:
    """Totals that rise and fall, with empty groups and groups a millionth of their neighbours."""
    from scipy.interpolate import PchipInterpolator

    random = np.random.default_rng(1)
    totals = random.uniform(0, 1e4, (50, len(bounds) - 1)) * 10.0 ** random.integers(-6, 1, (50, len(bounds) - 1))
    totals[random.random(totals.shape) < 0.2] = 0.0
    cumulated = np.concatenate([np.zeros((50, 1)), np.cumsum(totals, axis=1)], axis=1)
    wanted = np.diff(PchipInterpolator(bounds, cumulated, axis=1)(np.arange(bounds[0], bounds[-1] + 1)), axis=1)
    np.testing.assert_allclose(graduate_counts(totals, bounds), wanted, rtol=1e-6, atol=1e-7)
