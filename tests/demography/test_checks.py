"""What cannot be a rate, a ratio or an age axis is refused with what was found; a unit converts only where it is said."""

from collections.abc import Callable

import numpy as np
import pytest

from popmodel.demography.checks import (
    checked_age_groups,
    checked_ages,
    checked_counts,
    checked_death_rates,
    checked_fertility_rates,
    checked_probabilities,
    checked_sex_ratio_at_birth,
    checked_sex_ratio_per_100,
    males_per_female,
    per_person,
)
from popmodel.messages import InputError, use_language

REFUSED = [
    (lambda: checked_death_rates([0.01, -0.02, 0.3]), "value_negative", {"found": -0.02, "place": 1}),
    (lambda: checked_death_rates([0.01, np.nan, 0.3]), "value_missing", {"place": 1, "count": 1}),
    (lambda: checked_death_rates([5.1, 0.3, 0.4, 12, 160]), "rates_look_per_1000", {"found": 160}),
    (lambda: checked_fertility_rates([0, 85.0, 110.0]), "rates_look_per_1000", {"found": 110}),
    (lambda: checked_probabilities([0.5, 1.2]), "probability_above_one", {"found": 1.2, "place": 1}),
    (lambda: checked_counts([3, -1]), "value_negative", {"found": -1}),
    (lambda: checked_sex_ratio_at_birth(106), "sex_ratio_per_100", {"found": 106, "meant": 1.06}),
    (lambda: checked_sex_ratio_at_birth(0.4), "sex_ratio_out_of_range", {"found": 0.4}),
    (lambda: checked_sex_ratio_per_100(1.06), "sex_ratio_per_female", {"found": 1.06, "meant": 106}),
    (lambda: checked_sex_ratio_per_100([111.0, 300]), "sex_ratio_out_of_range", {"found": 3}),
    (lambda: checked_ages([0, 1, 5], 4), "ages_do_not_match", {"found": 3, "expected": 4}),
    (lambda: checked_ages([0, 5, 1], 3), "ages_not_rising", {"found": 1, "before": 5}),
    (lambda: checked_ages([0, 1.5, 5], 3), "ages_not_whole", {}),
    (lambda: checked_ages([5, 10], 2), "ages_missing", {"found": 5, "expected": 0}),
    (lambda: checked_age_groups([(0, 4), (10, None)]), "ages_missing", {"found": 10, "expected": 5}),
    (lambda: checked_age_groups([(0, None), (5, None)]), "open_age_not_last", {"found": "0+", "after": 5}),
    (lambda: checked_age_groups([(0, 4), (5, 9)]), "open_age_missing", {"found": "5-9"}),
    (lambda: per_person([1.0], "pro mille"), "unit_unknown", {"found": "pro mille"}),
]


@pytest.mark.parametrize(("given", "code", "found"), REFUSED, ids=[f"{code}-{i}" for i, (_, code, _) in enumerate(REFUSED)])
def test_is_refused_with_what_was_found(given: Callable[[], object], code: str, found: dict[str, object]) -> None:
    with pytest.raises(InputError) as refused:
        given()
    (problem,) = refused.value.problems
    assert problem.code == code
    assert {key: problem.parameters[key] for key in found} == pytest.approx(found) if found else True
    assert problem.describe("zh")
    assert problem.describe("en")


def test_every_problem_of_an_age_axis_is_named_at_once() -> None:
    with pytest.raises(InputError) as refused:
        checked_age_groups([(0, 0), (1, 4), (10, None), (15, 19)])
    assert [problem.code for problem in refused.value.problems] == ["ages_missing", "open_age_not_last", "open_age_missing"]


def test_the_unit_column_converts() -> None:
    assert per_person([5.0, 120.0], "permille") == pytest.approx([0.005, 0.12])
    assert per_person([5.0], "per_100000") == pytest.approx([5e-5])
    assert males_per_female(111.04, "male_per_100_female") == pytest.approx(1.1104)


def test_what_is_plausible_passes_unchanged() -> None:
    # The highest rates of a 130-year life table approach 1; a shrinking cohort's open age may pass it.
    rates = np.concatenate([np.full(90, 0.01), np.linspace(0.2, 1.6, 41)])
    assert checked_death_rates(rates) is not None
    assert np.array_equal(checked_death_rates(rates), rates)
    assert checked_ages([0, 1, 5, 85], 4).tolist() == [0, 1, 5, 85]
    assert checked_age_groups([(0, 0), (1, 4), (5, None)]) == [0, 1, 5]


def test_a_message_is_in_one_language_whatever_was_in_force_when_it_was_raised() -> None:
    with use_language("en"), pytest.raises(InputError) as refused:
        checked_death_rates([0.01, -0.02, 0.3])
    assert "死亡率" in refused.value.describe("zh")
    assert "death rates" not in refused.value.describe("zh")
