"""Model migration schedules against published values, their own parameters, and the identities of net and gross rates."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popmodel.demography.migration import annual_rates, cohort_passage
from popmodel.demography.rogers_castro import (
    Elderly,
    Retirement,
    RogersCastro,
    fit_net_migration,
    fit_rogers_castro,
    net_schedule,
    rogers_castro,
)
from popmodel.messages import InputError

AGES = np.arange(101)
# The fundamental parameters of Rogers & Castro (1981) with which the published schedule was computed.
FUNDAMENTAL = RogersCastro(a1=0.02, alpha1=0.1, a2=0.06, alpha2=0.1, mu2=20, lambda2=0.4, c=0.003)
RETIREMENT = Retirement(a3=0.013, alpha3=0.55, mu3=67.0, lambda3=0.21)
ELDERLY = Elderly(a4=0.0004, lambda4=0.037)
# Five-year cohorts of ages 0-4 to 70-74 at the first census, ten years before the second.
LOWEST = np.arange(0, 75, 5)
COHORTS: dict[str, int] = {"width": 5, "years": 10, "ages": 101}
LEAVING = RogersCastro(0.3, 0.1, 1.0, 0.12, 19.0, 0.35, 0.02)
RETURNING = RogersCastro(0.0, 0.1, 0.0, 0.1, 20.0, 0.4, 0.0, Retirement(1.0, 0.12, 48.0, 0.25))


def net_cohort_rates(gross_in: Any, gross_out: Any) -> tuple[np.ndarray, np.ndarray]:
    net = net_schedule(AGES, RETURNING, LEAVING, gross_in=gross_in, gross_out=gross_out)
    return net, np.expm1(net @ cohort_passage(LOWEST, **COHORTS).T)


def test_the_published_schedule_is_reproduced(known: Callable[[str], dict[str, Any]]) -> None:
    published = known("rogers_castro")["demotools"]
    assert np.max(np.abs(rogers_castro(AGES, FUNDAMENTAL) - published)) < 1e-12


def test_each_component_by_hand() -> None:
    # At its own place a peak is a · e^(−1): 0.013 / e at 67 for the retirement; the slope of the oldest is there
    # 0.0004 · e^(0.037 · 67) = 0.0004 · e^2.479 = 0.0004 · 11.9293.
    alone = RogersCastro(0.0, 0.1, 0.0, 0.1, 20.0, 0.4, 0.001)
    assert rogers_castro([67], alone._replace(retirement=RETIREMENT)) == pytest.approx([0.001 + 0.013 * 0.36787944], abs=1e-10)
    assert rogers_castro([67], alone._replace(elderly=ELDERLY)) == pytest.approx([0.001 + 0.0004 * 11.929328], abs=1e-9)
    both = rogers_castro([67], alone._replace(retirement=RETIREMENT, elderly=ELDERLY))
    assert both == pytest.approx([0.001 + 0.013 * 0.36787944 + 0.0004 * 11.929328], abs=1e-9)
    assert rogers_castro([0], FUNDAMENTAL._replace(a2=0.0)) == pytest.approx([0.023])


def test_a_peak_is_highest_where_the_formula_says() -> None:
    # d/dx of −α (x − μ) − e^(−λ (x − μ)) is zero at x = μ + ln(λ/α)/λ: 20 + ln 4 / 0.4 = 23.4657.
    fine = np.linspace(10, 40, 30001)
    rates = rogers_castro(fine, FUNDAMENTAL._replace(a1=0.0, c=0.0))
    assert fine[np.argmax(rates)] == pytest.approx(23.4657, abs=1e-3)


@pytest.mark.parametrize("retirement", [None, RETIREMENT], ids=["", "retirement"])
@pytest.mark.parametrize("elderly", [None, ELDERLY], ids=["", "elderly"])
def test_a_fit_recovers_the_parameters_the_rates_were_made_from(retirement: Retirement | None, elderly: Elderly | None) -> None:
    wanted = RogersCastro(0.031, 0.083, 0.074, 0.117, 19.3, 0.33, 0.0021, retirement, elderly)
    rates = rogers_castro(AGES, wanted)
    fit = fit_rogers_castro(AGES, rates, retirement=retirement is not None, elderly=elderly is not None)
    assert np.max(np.abs(fit.fitted - rates)) < 1e-9
    assert fit.r_squared == pytest.approx(1.0, abs=1e-12)
    assert fit.parameters[:7] == pytest.approx(wanted[:7], rel=1e-5)
    for found, made in zip(fit.parameters[7:], wanted[7:], strict=True):
        assert (found is None) == (made is None)
        if made is not None:
            assert found == pytest.approx(made, rel=1e-5)


def test_the_published_default_schedule_is_one_of_seven_parameters(known: Callable[[str], dict[str, Any]]) -> None:
    # Printed to 1e-5 for ages 0-90 and cut off above; its parameters are not published. The nearest curve of seven parameters
    # stays within one unit of the last digit at every age.
    published = np.array(known("rogers_castro")["bayespop_annual"][:91])
    fit = fit_rogers_castro(AGES[:91], published)
    assert np.max(np.abs(fit.fitted - published)) < 1e-5


@settings(max_examples=10)
@given(st.floats(1e-4, 50))
def test_rates_times_a_constant_change_the_levels_only(scale: float) -> None:
    rates = rogers_castro(AGES, FUNDAMENTAL) * (1 + 0.05 * np.sin(AGES))
    one, many = fit_rogers_castro(AGES, rates), fit_rogers_castro(AGES, rates * scale)
    assert np.allclose(many.fitted, one.fitted * scale, rtol=1e-5)
    assert many.parameters.mu2 == pytest.approx(one.parameters.mu2, rel=1e-4)
    assert many.r_squared == pytest.approx(one.r_squared, abs=1e-7)
    assert one.r_squared == pytest.approx(1 - np.mean((rates - one.fitted) ** 2) / np.var(rates), rel=1e-9)


def test_the_same_rates_give_the_same_parameters() -> None:
    rates = rogers_castro(AGES, FUNDAMENTAL) * (1 + 0.05 * np.sin(AGES))
    assert fit_rogers_castro(AGES, rates).parameters == fit_rogers_castro(AGES, rates).parameters


def test_a_net_schedule_has_the_difference_of_its_levels() -> None:
    net = net_schedule(AGES, RETURNING, LEAVING, gross_in=[0.5, 0.0], gross_out=[2.0, 0.0])
    assert net.sum(axis=-1) == pytest.approx([-1.5, 0.0])
    assert np.all(net[1] == 0)
    alone = net_schedule(AGES, RETURNING, LEAVING, gross_in=0.0, gross_out=1.0)
    assert alone == pytest.approx(-rogers_castro(AGES, LEAVING) / rogers_castro(AGES, LEAVING).sum())


def test_a_fit_of_net_cohort_rates_finds_both_levels_and_the_rates_behind_them() -> None:
    # Departures of 2.0 and 1.5 moves a life, returns of 0.5 and 0.3, for two sexes of shared shapes. The penalty on movement
    # keeps the levels a little low: by some thousandths.
    net, rates = net_cohort_rates([0.5, 0.3], [2.0, 1.5])
    fit = fit_net_migration(rates, LOWEST, **COHORTS)
    assert fit.gross_out == pytest.approx([2.0, 1.5], abs=0.01)
    assert fit.gross_in == pytest.approx([0.5, 0.3], abs=0.01)
    assert np.max(np.abs(fit.net - net)) < 1e-3
    assert np.max(np.abs(fit.fitted - rates)) < 1e-3
    assert np.all(fit.r_squared > 0.9999)
    again = net_schedule(AGES, fit.returning, fit.outward, gross_in=fit.gross_in, gross_out=fit.gross_out)
    assert np.allclose(again, fit.net, atol=1e-12)


def test_without_returns_none_are_found() -> None:
    _, rates = net_cohort_rates(0.0, 1.2)
    fit = fit_net_migration(rates, LOWEST, **COHORTS)
    assert fit.gross_in == pytest.approx(0.0, abs=0.01)
    assert fit.gross_out == pytest.approx(1.2, abs=0.02)


def test_relabelled_areas_keep_their_levels() -> None:
    _, rates = net_cohort_rates([0.5, 0.3, 0.0], [2.0, 1.5, 0.4])
    order = [2, 0, 1]
    one, other = fit_net_migration(rates, LOWEST, **COHORTS), fit_net_migration(rates[order], LOWEST, **COHORTS)
    assert other.gross_out == pytest.approx(one.gross_out[order], rel=1e-6)
    assert np.allclose(other.net, one.net[order], atol=1e-7)


@pytest.mark.needs_shared
def test_the_net_rates_of_xichuan_are_met_within_five_points(shared: Any) -> None:
    # Fifteen cohorts a sex, with adjusted mortality, by ten-year rates from +3 % to −62 %; twelve parameters for both sexes.
    table = pd.read_csv(shared / "data" / "intercensal_net_migration_by_cohort_2010_2020.csv")
    rows = table[table["area"] == "淅川县"]
    by_sex = [rows[rows["sex"] == sex]["net_migration_rate_10yr_adj"].to_numpy()[:15] for sex in ("male", "female")]
    fit = fit_net_migration(np.stack(by_sex), LOWEST, **COHORTS)
    assert np.max(np.abs(fit.fitted - by_sex)) < 0.05
    assert np.all(fit.r_squared > 0.98)
    # As the smoothest schedule has it, the young leave and most of all around twenty.
    smooth = annual_rates(by_sex, LOWEST, first_age=5, last_age=85, **COHORTS)
    assert np.all(np.abs(np.argmin(fit.net, axis=1) - np.argmin(smooth, axis=1)) <= 5)


REFUSED: list[tuple[str, Callable[[], Any]]] = [
    ("value_negative", lambda: rogers_castro(AGES, FUNDAMENTAL._replace(c=-0.1))),
    ("value_missing", lambda: rogers_castro(AGES, FUNDAMENTAL._replace(mu2=np.nan))),
    ("shapes_do_not_match", lambda: rogers_castro(AGES, FUNDAMENTAL._replace(a1=[0.1, 0.2], a2=[0.1, 0.2, 0.3]))),
    ("value_negative", lambda: fit_rogers_castro(AGES, -rogers_castro(AGES, FUNDAMENTAL))),
    ("fit_needs_more", lambda: fit_rogers_castro(AGES[:6], np.full(6, 0.1))),
    ("profile_empty", lambda: fit_rogers_castro(AGES, np.zeros(101))),
    ("profile_empty", lambda: net_schedule(AGES, FUNDAMENTAL._replace(a1=0, a2=0, c=0), FUNDAMENTAL, gross_in=1, gross_out=1)),
    ("value_negative", lambda: net_schedule(AGES, FUNDAMENTAL, FUNDAMENTAL, gross_in=-1, gross_out=1)),
    ("fit_needs_more", lambda: fit_net_migration(np.zeros(9), LOWEST[:9], **COHORTS)),
    ("cohort_lost_everybody", lambda: fit_net_migration(np.full(15, -1.0), LOWEST, **COHORTS)),
]


@pytest.mark.parametrize(("code", "call"), REFUSED)
def test_what_cannot_be_is_refused_in_both_languages(code: str, call: Callable[[], Any]) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert [problem.code for problem in caught.value.problems] == [code]
    for lang in ("zh", "en"):
        assert caught.value.describe(lang)
