"""Age and sex scores against the published ones, and counts held against other counts by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popmodel.demography.age_sex_structure import (
    age_ratio_score,
    age_ratios,
    age_sex_accuracy,
    births_against_infants,
    cohort_consistency,
    sex_ratio_at_birth_with_error,
    sex_ratio_score,
    sex_ratios,
    share_ratio,
)
from popmodel.messages import InputError


def test_scores_are_those_of_the_census_bureau(known: Callable[[str], dict[str, Any]]) -> None:
    answer = known("age_sex_accuracy_pas")
    males, females = np.array(answer["males"][:-1]), np.array(answer["females"][:-1])  # without the open group
    expected = answer["expected"]
    assert age_ratio_score(males) == pytest.approx(expected["ARS_male"], abs=5e-4)
    assert age_ratio_score(females) == pytest.approx(expected["ARS_female"], abs=5e-4)
    assert sex_ratio_score(males, females) == pytest.approx(expected["SRS"], abs=5e-4)
    assert age_sex_accuracy(males, females) == pytest.approx(expected["UN_age_sex_accuracy"], abs=5e-4)


def test_age_ratios_by_hand() -> None:
    # 120 between 100 and 100: 120. 100 between 120 and 80: 100. 80 between 100 and 100: 80. Mean distance 40 / 3.
    counts = [100.0, 120.0, 100.0, 80.0, 100.0]
    assert age_ratios(counts) == pytest.approx([120.0, 100.0, 80.0])
    assert age_ratio_score(counts) == pytest.approx(40 / 3)


def test_sex_ratios_by_hand() -> None:
    # 105, 100, 110: changes of 5 and 10, mean 7.5. Joint score: both sexes' age ratios and three times that.
    males, females = [105.0, 100.0, 110.0], [100.0, 100.0, 100.0]
    assert sex_ratios(males, females) == pytest.approx([105.0, 100.0, 110.0])
    assert sex_ratio_score(males, females) == pytest.approx(7.5)
    # Males: 100 against (105 + 110) / 2 = 107.5, ratio 93.023; females 100.
    assert age_sex_accuracy(males, females) == pytest.approx((100 - 100 / 1.075) + 0 + 22.5)


@given(st.lists(st.floats(1, 1e5), min_size=3, max_size=16), st.floats(0.5, 2.0))
def test_one_sex_ratio_at_all_ages_leaves_only_the_age_ratios(counts: list[float], ratio: float) -> None:
    males = ratio * np.array(counts)
    assert age_sex_accuracy(males, counts) == pytest.approx(2 * age_ratio_score(counts), rel=1e-9, abs=1e-9)


def test_a_cohort_counted_too_low() -> None:
    # 1,000 of whom 0.98 live on: 980 expected. 931 counted are 0.95 of them.
    assert cohort_consistency([1000.0, 500.0], [931.0, 500.0], [0.98, 1.0]) == pytest.approx([0.95, 1.0])


def test_infants_missed_by_a_census() -> None:
    # 2,000 births, L0/l0 = 0.99: 1,980 infants expected; 1,782 counted are 0.9 of them.
    assert births_against_infants(2000.0, 1782.0, 0.99) == pytest.approx(0.9)


def test_a_share_against_the_provinces_by_hand() -> None:
    # 30 of 200 against 1,000 of 10,000: 0.15 / 0.10 = 1.5. Variance of the log: 0.85 / 30 + 0.9 / 1000 = 0.0292333.
    # Pooled 1030 / 10200 = 0.100980; z = 0.05 / sqrt(0.100980 x 0.899020 x (0.005 + 0.0001)) = 0.05 / 0.0215176 = 2.3237.
    found = share_ratio(30.0, 200.0, 1000.0, 10_000.0)
    assert found.ratio == pytest.approx(1.5)
    assert found.standard_error == pytest.approx(1.5 * np.sqrt(0.0292333333))
    assert found.z == pytest.approx(2.3237, abs=1e-4)


def test_a_share_like_the_provinces_is_no_finding() -> None:
    found = share_ratio(20.0, 200.0, 1000.0, 10_000.0)
    assert (found.ratio, found.z) == (pytest.approx(1.0), pytest.approx(0.0))


def test_shares_of_one_have_no_error() -> None:
    found = share_ratio(5.0, 5.0, 9.0, 9.0)
    assert (found.ratio, found.standard_error, found.z) == (1.0, 0.0, 0.0)


def test_two_shares_vary_as_their_error_says() -> None:
    # 4,000 draws of both samples: the spread of the ratios is the standard error within a twentieth, that of z is 1.
    rng = np.random.default_rng(1)
    drawn = share_ratio(rng.binomial(2000, 0.2, 4000), 2000.0, rng.binomial(3000, 0.2, 4000), 3000.0)
    assert drawn.ratio.std() == pytest.approx(share_ratio(400.0, 2000.0, 600.0, 3000.0).standard_error, rel=0.05)
    assert drawn.z.std() == pytest.approx(1.0, rel=0.05)


def test_sex_ratio_at_birth_by_hand() -> None:
    # 550 boys, 500 girls: 1.1; 1/550 + 1/500 = 0.00381818, its root 0.0617914; 1.1 x that is 0.0679706.
    found = sex_ratio_at_birth_with_error(550.0, 500.0)
    assert found.ratio == pytest.approx(1.1)
    assert found.standard_error == pytest.approx(0.0679706, abs=1e-7)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: age_ratios([1.0, 2.0]), "groups_too_few"),
        (lambda: sex_ratio_score([1.0], [1.0]), "groups_too_few"),
        (lambda: age_ratios([0.0, 2.0, 0.0]), "value_not_above_zero"),
        (lambda: sex_ratios([1.0], [0.0]), "value_not_above_zero"),
        (lambda: sex_ratios([-1.0], [1.0]), "value_negative"),
        (lambda: cohort_consistency([0.0], [1.0], [1.0]), "value_not_above_zero"),
        (lambda: cohort_consistency([1.0], [1.0], [1.1]), "probability_above_one"),
        (lambda: births_against_infants(0.0, 1.0, 1.0), "value_not_above_zero"),
        (lambda: share_ratio(0.0, 10.0, 5.0, 10.0), "value_not_above_zero"),
        (lambda: share_ratio(11.0, 10.0, 5.0, 10.0), "count_above_total"),
        (lambda: sex_ratio_at_birth_with_error(0.0, 5.0), "value_not_above_zero"),
    ],
)
def test_numbers_that_give_no_ratio_are_refused(call: Callable[[], object], code: str) -> None:
    with pytest.raises(InputError) as error:
        call()
    assert error.value.problems[0].code == code
