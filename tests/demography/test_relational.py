"""Rates moved to a life expectancy: it is met, the relation holds, and what cannot be met says what can."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popmodel.demography.life_table import life_expectancy, life_table
from popmodel.demography.relational import brass_logit, brass_rates, brass_to_e0, fit_brass, model_life_table, scaled_to_e0
from popmodel.messages import InputError

AGES = np.arange(131)
# A logistic hazard over a background and infancy: e0 of some 77 years.
STANDARD = 0.0003 + 0.005 * np.exp(-1.5 * AGES) + 1 / (1 + np.exp(10.6 - 0.1 * AGES))


def test_scaled_rates_reach_the_wanted_life_expectancy_and_keep_their_shape() -> None:
    gompertz = 0.0002 * np.exp(0.085 * np.arange(101))
    targets = np.array([62.0, 74.59, 85.0])
    scaled = scaled_to_e0(gompertz, "male", targets)
    assert life_expectancy(scaled, "male") == pytest.approx(targets, abs=1e-9)
    assert np.allclose(scaled / gompertz, (scaled / gompertz)[:, :1])


def test_logit_worked_by_hand() -> None:
    # Odds of having died at l = 0.9 and 0.5 are 1/9 and 1; to the power 1.5 and times e^0.4: 1.49182470/27 = 0.05525277 and
    # 1.49182470; l = 1/1.05525277 and 1/2.49182470.
    assert brass_logit([1.0, 0.9, 0.5, 0.0], 0.2, 1.5) == pytest.approx([1.0, 0.94764025, 0.40131234, 0.0], abs=1e-8)


@given(st.floats(-1.5, 1.5), st.floats(0.6, 1.6), st.sampled_from(["male", "female", "both"]))
def test_the_life_table_of_the_rates_has_the_related_survivors(alpha: float, beta: float, sex: str) -> None:
    wanted = brass_logit(life_table(STANDARD, sex).l, alpha, beta)
    rates = brass_rates(STANDARD, sex, alpha, beta)
    assert life_table(rates, sex).l == pytest.approx(wanted, abs=1e-10)
    assert np.diff(wanted).max() <= 0
    fitted = fit_brass(wanted[:101], life_table(STANDARD, sex).l[:101])
    assert fitted.alpha == pytest.approx(alpha, abs=1e-8)
    assert fitted.beta == pytest.approx(beta, abs=1e-8)


@pytest.mark.parametrize("sex", ["male", "female", "both"])
def test_no_change_of_level_or_slope_is_the_identity(sex: str) -> None:
    for m in (STANDARD, STANDARD[:101]):
        assert brass_rates(m, sex, 0.0, 1.0) == pytest.approx(m, rel=1e-9)
        assert brass_to_e0(m, sex, life_expectancy(m, sex)) == pytest.approx(m, rel=1e-9)


def test_brass_meets_the_life_expectancy_at_any_slope() -> None:
    targets = np.array([[55.0], [74.59], [86.0]])
    slopes = np.array([0.8, 1.0, 1.2])
    rates = brass_to_e0(STANDARD, "male", targets, beta=slopes)
    assert rates.shape == (3, 3, 131)
    assert life_expectancy(rates, "male") == pytest.approx(np.broadcast_to(targets, (3, 3)), abs=1e-9)
    # The recovered slope is the one asked for.
    survivors = life_table(rates, "male").l[..., :101]
    assert fit_brass(survivors, life_table(STANDARD, "male").l[:101]).beta == pytest.approx(
        np.broadcast_to(slopes, (3, 3)), abs=1e-8
    )
    # A larger slope at the same e0: fewer infants die and more of the old.
    assert np.all(np.diff(rates[1, :, 0]) < 0)
    assert np.all(np.diff(rates[1, :, 90]) > 0)


def test_the_open_age_follows_the_age_before() -> None:
    rates = brass_rates(STANDARD[:91], "female", 0.3)
    assert rates[-1] / rates[-2] == pytest.approx(STANDARD[90] / STANDARD[89], rel=1e-12)


def test_a_county_without_deaths_at_an_age_keeps_its_open_rate() -> None:
    m = STANDARD[:91].copy()
    m[[40, 89]] = 0.0
    rates = brass_rates(m, "female", 0.3)
    assert rates[40] == 0
    assert rates[-1] == m[-1]


def test_the_model_life_table_is_that_of_its_rates() -> None:
    table = model_life_table(STANDARD, "female", e0=70.0, beta=1.1)
    assert table.e[0] == pytest.approx(70.0, abs=1e-9)
    again = life_table(table.m, "female")
    for column, other in zip(table[:-1], again[:-1], strict=True):
        assert column == pytest.approx(other, rel=1e-9, abs=1e-12)
    by_parameters = model_life_table(STANDARD, "female", alpha=0.3, beta=0.9)
    assert by_parameters.l == pytest.approx(brass_logit(life_table(STANDARD, "female").l, 0.3, 0.9), abs=1e-12)


def test_survivors_of_one_and_of_none_are_left_out_of_the_fit() -> None:
    standard = np.array([1.0, 1.0, 0.9, 0.6, 0.2, 0.0])
    observed = brass_logit(standard, 0.1, 1.2)
    assert list(fit_brass(observed, standard)) == pytest.approx([0.1, 1.2], abs=1e-12)


def test_an_unreachable_life_expectancy_says_what_can_be_reached() -> None:
    for move in (scaled_to_e0, brass_to_e0):
        with pytest.raises(InputError) as refused:
            move(STANDARD, "female", [70.0, 0.1])
        (problem,) = refused.value.problems
        assert problem.code == "life_expectancy_unreachable"
        assert problem.parameters["found"] == 0.1
        low, high = problem.parameters["low"], problem.parameters["high"]
        assert 0.1 < low < 30
        assert high > 100
        # The range is true: just inside it is reached.
        for e0 in (low + 0.01, high - 0.01):
            assert np.all(np.isfinite(move(STANDARD, "female", e0)))


REFUSED = [
    (lambda: scaled_to_e0(STANDARD, "female", np.nan), "life_expectancy_unreachable"),
    (lambda: scaled_to_e0(STANDARD * 1000, "female", 70), "rates_look_per_1000"),
    (lambda: brass_to_e0(-STANDARD, "female", 70), "value_negative"),
    (lambda: brass_to_e0(STANDARD, "female", 70, beta=-1), "value_negative"),
    (lambda: brass_rates(np.append(STANDARD, 0.0), "female", 0.1), "open_age_rate_zero"),
    (lambda: brass_logit([1.0, 0.8, 0.9], 0.1), "survivors_not_falling"),
    (lambda: brass_logit([100000, 98000], 0.1), "probability_above_one"),
    (lambda: fit_brass([1.0, 0.9, 0.0], [1.0, 0.9, 0.1]), "relational_ages_too_few"),
    (lambda: fit_brass([1.0, 0.9, 0.8], [1.0, 0.9, 0.9]), "relational_ages_too_few"),
    (lambda: model_life_table(STANDARD, "female"), "relational_level_ambiguous"),
    (lambda: model_life_table(STANDARD, "female", e0=70, alpha=0), "relational_level_ambiguous"),
]


@pytest.mark.parametrize(("given", "code"), REFUSED, ids=[f"{code}-{i}" for i, (_, code) in enumerate(REFUSED)])
def test_is_refused(given: Callable[[], object], code: str) -> None:
    with pytest.raises(InputError) as refused:
        given()
    assert [problem.code for problem in refused.value.problems] == [code]
    assert refused.value.describe("zh")
    assert refused.value.describe("en")
