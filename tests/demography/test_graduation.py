"""Graduation keeps what was counted: group totals to the person, nothing below zero."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popmodel.demography import graduate_counts, graduate_rates, split_open_group

groups = st.lists(st.floats(0, 1e6), min_size=2, max_size=18)


@given(groups)
def test_group_totals_are_kept_and_nothing_is_negative(totals: list[float]) -> None:
    bounds = [0, 1, *range(5, 5 * len(totals), 5)][: len(totals) + 1]
    single = graduate_counts(totals, bounds)
    sums = [single[low:high].sum() for low, high in pairwise(bounds)]
    assert single.min() >= 0
    assert sums == pytest.approx(totals, abs=1e-6 * max(1.0, max(totals)))


def test_an_even_population_stays_even() -> None:
    assert graduate_counts([20.0, 80.0, 100.0], [0, 1, 5, 10]) == pytest.approx(np.full(10, 20.0))


def test_rates_average_to_the_group_rate() -> None:
    single = graduate_rates([0.01, 0.002, 0.001, 0.004], [0, 1, 5, 10, 15])
    assert [single[0], single[1:5].mean(), single[5:10].mean(), single[10:15].mean()] == pytest.approx(
        [0.01, 0.002, 0.001, 0.004]
    )


def test_the_open_group_follows_the_life_table() -> None:
    assert split_open_group(100.0, np.array([6.0, 3.0, 1.0])) == pytest.approx([60, 30, 10])


@pytest.mark.parametrize(("totals", "bounds"), [([1.0, 2.0], [0, 5]), ([1.0], [5, 5]), ([-1.0], [0, 5])])
def test_groups_that_do_not_fit_are_refused(totals: list[float], bounds: list[int]) -> None:
    with pytest.raises(ValueError, match=r"bounds|negative"):
        graduate_counts(totals, bounds)
