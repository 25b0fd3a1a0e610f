"""Lee-Carter and Li-Lee against published parameters, hand calculation, a statistics library and what must hold of any data."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popmodel.demography.arrays import Array
from popmodel.demography.lee_carter import (
    LeeCarter,
    adjust_k_to_deaths,
    adjust_k_to_e0,
    forecast_k,
    forecast_own_k,
    lee_carter,
    li_lee,
)
from popmodel.demography.life_table import life_expectancy
from tests.demography.refusal import refused

AGES = np.arange(101)
GOMPERTZ = np.exp(-9.5 + 0.09 * AGES)
FALLING = np.linspace(1.5, 0.5, 101) / 101  # sums to 1: the young gain more


def noisy(*leading: int, years: int = 20, seed: int = 7) -> Array:
    """Death rates (..., 101, years) that fall with scatter."""
    draw = np.random.default_rng(seed)
    level = np.linspace(40.0, -40.0, years) + draw.normal(0, 3, (*leading, 1, years))
    scatter = draw.normal(0, 0.05, (*leading, 101, years))
    return GOMPERTZ[:, None] * np.exp(FALLING[:, None] * level + scatter)


def test_the_regression_form_gives_the_published_parameters_of_china(known: Callable[[str], dict[str, Any]]) -> None:
    published = known("china_wpp2019_mx_and_leecarter")
    rates = np.array(published["mx"]["male"])[:21]  # ages 0..95, as the parameters were estimated
    model = lee_carter(rates, method="regression")
    expected = published["leecarter_male"]
    assert model.a == pytest.approx(expected["ax"], abs=1e-9)
    assert model.b == pytest.approx(expected["bx"], abs=1e-9)
    assert model.k == pytest.approx(expected["kt"], abs=1e-9)


def test_three_years_worked_by_hand() -> None:
    # log m: age 0 is −4, −5, −9 (mean −6), age 1 is −1, −1.5, −3.5 (mean −2): deviations 2, 1, −3 and 1, 0.5, −1.5,
    # the second half of the first. So b is in the ratio 2 : 1, and k their sums, 3, 1.5, −4.5. Both forms agree.
    rates = np.exp([[-4.0, -5.0, -9.0], [-1.0, -1.5, -3.5]])
    for method in ("svd", "regression"):
        model = lee_carter(rates, method=method)
        assert model.a == pytest.approx([-6, -2])
        assert model.b == pytest.approx([2 / 3, 1 / 3])
        assert model.k == pytest.approx([3, 1.5, -4.5])
        assert model.explained == pytest.approx(1)
        assert model.rates(model.k) == pytest.approx(rates)


def test_the_regression_form_where_ages_do_not_move_together_worked_by_hand() -> None:
    # Deviations of log m 1, 0, −1 and 0, 1, −1: k = 1, 1, −2, Σk² = 6; b = (1 + 2)/6 and (1 + 2)/6, a half each.
    # Left over are ±½, ∓½, 0: 1 of a sum of squares of 4, so three quarters are explained.
    model = lee_carter(np.exp([[-3.0, -4.0, -5.0], [-2.0, -1.0, -3.0]]), method="regression")
    assert model.k == pytest.approx([1, 1, -2])
    assert model.b == pytest.approx([0.5, 0.5])
    assert model.explained == pytest.approx(0.75)


def test_the_first_singular_triple_is_that_of_the_eigenvectors() -> None:
    rates = noisy()
    deviations = np.log(rates) - np.log(rates).mean(axis=1, keepdims=True)
    values, vectors = np.linalg.eigh(deviations @ deviations.T)  # another road to the same vectors
    pattern = vectors[:, -1] / vectors[:, -1].sum()
    model = lee_carter(rates)
    assert model.b == pytest.approx(pattern, abs=1e-10)
    assert model.k == pytest.approx(deviations.T @ pattern / (pattern @ pattern), rel=1e-10)
    assert model.explained == pytest.approx(values[-1] / values.sum(), abs=1e-10)


levels = st.lists(st.floats(-30, 30), min_size=3, max_size=12).filter(lambda k: np.ptp(k) > 1)


@given(levels, st.floats(0.2, 1.8))
@settings(max_examples=60, deadline=None)
def test_rates_of_rank_one_come_back_exactly(k: list[float], youth: float) -> None:
    b = np.linspace(youth, 2 - youth, 101) / 101
    centred = np.array(k) - np.mean(k)
    rates = np.exp(np.log(GOMPERTZ)[:, None] + b[:, None] * centred)
    for method in ("svd", "regression"):
        model = lee_carter(rates, method=method)
        assert model.b == pytest.approx(b, abs=1e-10)
        assert model.k == pytest.approx(centred, abs=1e-8)
        assert model.rates(model.k) == pytest.approx(rates, rel=1e-10)


def test_b_adds_to_one_and_k_to_nothing() -> None:
    for method in ("svd", "regression"):
        model = lee_carter(noisy(), method=method)
        assert model.b.sum() == pytest.approx(1, abs=1e-12)
        assert model.k.sum() == pytest.approx(0, abs=1e-10)
        assert 0.9 < model.explained < 1


def test_rates_that_never_change_have_no_trend() -> None:
    for method in ("svd", "regression"):
        model = lee_carter(np.repeat(GOMPERTZ[:, None], 5, axis=1), method=method)
        assert model.k.tolist() == [0.0] * 5
        assert model.rates(model.k) == pytest.approx(np.repeat(GOMPERTZ[:, None], 5, axis=1))


def test_k_is_moved_to_the_life_expectancy_given() -> None:
    model = lee_carter(noisy())
    wanted = np.linspace(62.0, 84.0, 20)
    moved = adjust_k_to_e0(model, "female", wanted)
    assert life_expectancy(np.moveaxis(moved.rates(moved.k), 0, -1), "female") == pytest.approx(wanted, abs=1e-9)
    assert moved.b.tolist() == model.b.tolist()


def test_k_is_moved_to_the_deaths_given() -> None:
    model = lee_carter(noisy())
    people = np.linspace(2000, 100, 101)[:, None] * np.linspace(1, 1.5, 20)
    wanted = (people * noisy(seed=3)).sum(axis=0)
    moved = adjust_k_to_deaths(model, people, wanted)
    assert (people * moved.rates(moved.k)).sum(axis=0) == pytest.approx(wanted, rel=1e-10)


def test_the_random_walk_worked_by_hand() -> None:
    # 3, 1, 0, −4: steps −2, −1, −4, drift −7/3; s² = (1/9 + 16/9 + 25/9)/2 = 7/3; error of the drift √(7/9).
    # One step ahead: −4 − 7/3, variance 7/3 + 7/9; two: variance 14/3 + 4 · 7/9.
    walk = forecast_k([3.0, 1.0, 0.0, -4.0], 2)
    assert walk.drift == pytest.approx(-7 / 3)
    assert walk.drift_error == pytest.approx(np.sqrt(7) / 3)
    assert walk.innovation_sd == pytest.approx(np.sqrt(7 / 3))
    assert walk.mean == pytest.approx([-4 - 7 / 3, -4 - 14 / 3])
    assert walk.sd == pytest.approx([np.sqrt(28 / 9), np.sqrt(70 / 9)])


def test_the_spread_of_the_random_walk_is_that_of_walks_re_estimated_from_short_series() -> None:
    # Whoever forecasts 6 years from 12 seen is off by the walk and by the drift misjudged: 20,000 such forecasts.
    paths = np.cumsum(np.random.default_rng(11).normal(-1.0, 2.0, (20_000, 18)), axis=1)
    walk = forecast_k(paths[:, :12], 6)
    assert np.std(paths[:, -1] - walk.mean[:, -1]) == pytest.approx(2 * np.sqrt(6 + 36 / 11), rel=0.02)
    assert np.sqrt((walk.sd[:, -1] ** 2).mean()) == pytest.approx(2 * np.sqrt(6 + 36 / 11), rel=0.02)


def test_the_autoregression_is_that_of_a_statistics_library() -> None:
    from statsmodels.tsa.ar_model import AutoReg

    k = np.array([2.0, 1.1, 0.9, 0.1, 0.4, -0.6, -0.2, -0.9, -0.7, -0.4])
    fitted = AutoReg(k, lags=1).fit()
    ours = forecast_own_k(k, 5)
    assert [ours.constant, ours.coefficient] == pytest.approx(fitted.params)
    assert ours.mean == pytest.approx(fitted.forecast(5))
    assert ours.innovation_sd == pytest.approx(np.sqrt((fitted.resid**2).sum() / 7))
    assert ours.sd[0] == pytest.approx(ours.innovation_sd)
    assert ours.sd[1] == pytest.approx(ours.innovation_sd * np.sqrt(1 + ours.coefficient**2))


def test_an_own_factor_that_runs_away_is_held_at_its_last_value() -> None:
    # Doubling at each step: the coefficient would be 2. Without drift the sd is the root mean square of the steps 1, 2, 4.
    ours = forecast_own_k([[1.0, 2.0, 4.0, 8.0], [0.0, 0.0, 0.0, 0.0]], 4)
    assert ours.coefficient.tolist() == [1, 1]
    assert ours.mean.tolist() == [[8] * 4, [0] * 4]
    assert ours.sd[0] == pytest.approx(np.sqrt(7 * np.arange(1, 5)))
    assert ours.sd[1].tolist() == [0] * 4


def test_the_common_factor_is_that_of_the_aggregate() -> None:
    rates = noisy(3)
    people = np.random.default_rng(5).uniform(1, 9, (3, 101, 20))
    model = li_lee(rates, person_years=people)
    together = lee_carter((rates * people).sum(axis=0) / people.sum(axis=0))
    assert pytest.approx(together.b, abs=1e-12) == model.B
    assert pytest.approx(together.k, abs=1e-10) == model.K
    plain = lee_carter(rates.mean(axis=0))
    assert pytest.approx(plain.b, abs=1e-12) == li_lee(rates, person_years=np.full((1, 1, 1), 4.0)).B
    assert pytest.approx(plain.b, abs=1e-12) == li_lee(rates).B


def test_own_factors_worked_by_hand() -> None:
    # Both start from log m = −4 and −1 and share deviations 1, 0, −1 at both ages; the first adds p = own · pattern, the second
    # takes it away. With person-years 1/(1 + e^p) and e^p/(1 + e^p) the aggregate's rate is free of p: e^p/(1 + e^p) +
    # 1/(1 + e^p) = 1. So B = ½, ½ and K = 2, 0, −2; p has length √2 over ages, and what is left is explained wholly.
    shared, own, pattern = np.array([1.0, 0.0, -1.0]), np.array([0.1, -0.2, 0.1]), np.array([[1.0], [-1.0]])
    base = np.array([[-4.0], [-1.0]]) + shared
    tilt = np.exp(pattern * own)
    rates = np.exp(np.stack([base + pattern * own, base - pattern * own]))
    model = li_lee(rates, person_years=np.stack([1 / (1 + tilt), tilt / (1 + tilt)]))
    assert pytest.approx([0.5, 0.5]) == model.B
    assert pytest.approx([2, 0, -2], abs=1e-12) == model.K
    assert np.abs(model.b) == pytest.approx(np.full((2, 2), np.sqrt(0.5)))
    assert np.abs(model.k) == pytest.approx(np.abs(np.stack([own, own])) * np.sqrt(2))
    assert model.rates(model.K, model.k) == pytest.approx(rates)
    # Sums of squares: 2 · 2 shared and 2 · 0.06 own.
    assert model.explained_common == pytest.approx([4 / 4.12] * 2)
    assert model.explained == pytest.approx([1, 1])


def test_own_factors_are_of_unit_length_and_their_levels_add_to_nothing() -> None:
    model = li_lee(noisy(4), least_gain=0.0)
    assert model.B.sum() == pytest.approx(1, abs=1e-12)
    assert model.K.sum() == pytest.approx(0, abs=1e-10)
    assert (model.b**2).sum(axis=-1) == pytest.approx(np.ones(4))
    assert model.k.sum(axis=-1) == pytest.approx(np.zeros(4), abs=1e-10)
    assert np.all(model.explained >= model.explained_common)


def test_identical_populations_have_no_factors_of_their_own() -> None:
    one = GOMPERTZ[:, None] * np.exp(FALLING[:, None] * np.linspace(30, -30, 12))
    model = li_lee(np.stack([one] * 3))
    assert not model.b.any()
    assert not model.k.any()
    assert model.explained_common == pytest.approx([1, 1, 1])
    # With scatter, what the common pair leaves is the same for all, so their rates never part.
    alike = li_lee(np.stack([noisy()] * 3), least_gain=0.0)
    ahead = alike.rates(forecast_k(alike.K, 50).mean, forecast_own_k(alike.k, 50).mean)
    assert ahead[0] == pytest.approx(ahead[1], rel=1e-9)


def test_the_ratios_of_the_populations_rates_converge() -> None:
    model = li_lee(noisy(3), least_gain=0.0)
    ahead = model.rates(forecast_k(model.K, 300).mean, forecast_own_k(model.k, 300).mean)
    ratios = ahead[0] / ahead[1]
    assert np.abs(np.diff(ratios, axis=-1))[:, -1].max() < 1e-6
    apart = np.stack([forecast_k(lee_carter(each).k, 300).mean for each in noisy(3)])
    separate = np.stack([lee_carter(each).rates(k) for each, k in zip(noisy(3), apart, strict=True)])
    assert np.abs(np.diff(separate[0] / separate[1], axis=-1))[:, -1].max() > 1e-4  # what one by one they do not


def test_a_population_whose_own_factor_explains_little_goes_without() -> None:
    rates = noisy(3)
    never, always = li_lee(rates, least_gain=1.1), li_lee(rates, least_gain=0.0)
    assert not never.k.any()
    assert never.explained == pytest.approx(never.explained_common)
    assert np.all(np.abs(always.k).sum(axis=-1) > 0)


def test_draws_of_k_come_before_the_populations() -> None:
    model = lee_carter(noisy(2))
    draws = np.random.default_rng(4).normal(size=(5, 2, 9))
    rates = model.rates(draws)
    assert rates.shape == (5, 2, 101, 9)
    assert rates[3, 1] == pytest.approx(np.exp(model.a[1][:, None] + np.outer(model.b[1], draws[3, 1])))


ONE = LeeCarter(np.log(GOMPERTZ), FALLING, np.zeros(2), np.ones(()))
REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: lee_carter([[0.1, 0.0], [0.1, 0.2]]), "value_not_above_zero"),
    (lambda: lee_carter([[0.1, -0.1], [0.1, 0.2]]), "value_negative"),
    (lambda: lee_carter([[8.1, 7.5], [90.0, 85.0]]), "rates_look_per_1000"),
    (lambda: lee_carter([[0.1], [0.2]]), "years_too_few"),
    (lambda: lee_carter(np.exp([[-4.0, -3.0], [-2.0, -3.0]])), "age_pattern_without_level"),
    (lambda: lee_carter(np.exp([[-4.0, -3.0], [-2.0, -3.0]]), method="regression"), "age_pattern_without_level"),
    (lambda: li_lee(np.ones((2, 2, 3)) / 9, person_years=np.zeros((2, 2, 3))), "value_not_above_zero"),
    (lambda: adjust_k_to_e0(ONE, "male", [75.0, 7.5]), "level_not_reached"),
    (lambda: adjust_k_to_deaths(ONE, np.ones((101, 2)), [1.0, 1000.0]), "level_not_reached"),
    (lambda: adjust_k_to_deaths(ONE, np.ones((101, 2)), [0.0, 1.0]), "value_not_above_zero"),
    (lambda: forecast_k([1.0, 2.0], 3), "years_too_few"),
    (lambda: forecast_own_k([1.0, 2.0, 1.0], 3), "years_too_few"),
]


@pytest.mark.parametrize(("given", "code"), REFUSED, ids=[f"{code}-{i}" for i, (_, code) in enumerate(REFUSED)])
def test_is_refused(given: Callable[[], object], code: str) -> None:
    refused(code, given)
