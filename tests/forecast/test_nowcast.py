"""Births of a year from the registrations of part of it: limits and shares by hand, the stated error held to simulated truth."""

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from popmodel.areas import Area
from popmodel.demography.arrays import Array
from popmodel.forecast import (
    BirthErrors,
    Counted,
    Nowcast,
    RegistrationModel,
    births_nowcast,
    last_registered_year,
    registrations,
    share_of_year,
)
from popmodel.messages import InputError
from popmodel.parameters import AssumptionBook
from tests.demography.refusal import refused

EVEN = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) / 365
EXACT = RegistrationModel(per_birth=1.0, log_sd=0.0, months=EVEN, season_sd=0.0, dispersion=1.0)


def registered_births_nowcast(
    area: Area, book: AssumptionBook, year: int, births: float, log_sd: float, other_log_sd: float = 0.0
) -> Nowcast:
    """The births of `year` by the registrations of a pack and its assumptions."""
    model = RegistrationModel.from_book(book)
    return births_nowcast(year, registrations(area, year), births, log_sd, model, other_log_sd=other_log_sd)


def day(month: int, number: int, year: int = 2023) -> dt.date:
    return dt.date(year, month, number)


def year_to(last: dt.date, count: float) -> list[Counted]:
    return [Counted(dt.date(last.year, 1, 1), last, count)]


def test_without_registrations_the_model_stands() -> None:
    found = births_nowcast(2023, [], 5_000, 0.15, replace(EXACT, log_sd=0.25))
    assert (found.log_factor_mean, found.log_factor_sd, found.weight) == (0, 0.15, 0)
    assert found.births == 5_000


def test_a_full_year_counted_without_error_is_the_births() -> None:
    found = births_nowcast(2023, year_to(day(12, 31), 3_300), 3_000, 0.3, replace(EXACT, season_sd=0.1))
    assert found.births == pytest.approx(3_300, rel=1e-4)
    assert found.full_year == pytest.approx(3_300)
    assert found.weight > 0.999
    # The same at eight registrations for ten births.
    found = births_nowcast(2023, year_to(day(12, 31), 2_640), 3_000, 0.3, replace(EXACT, per_birth=0.8))
    assert found.births == pytest.approx(3_300, rel=1e-3)


def test_registrations_of_unknown_meaning_move_nothing() -> None:
    found = births_nowcast(2023, year_to(day(12, 31), 3_300), 3_000, 0.05, replace(EXACT, log_sd=2.0))
    assert abs(found.log_factor_mean) < 1e-4
    assert found.weight < 1e-3


def test_a_model_without_error_is_not_moved() -> None:
    found = births_nowcast(2023, year_to(day(12, 31), 3_300), 3_000, 0.0, replace(EXACT, log_sd=0.25))
    assert (found.births, found.log_factor_sd, found.weight) == (3_000, 0, 0)


def test_as_uncertain_as_the_model_they_count_for_half() -> None:
    # σ = τ = 0.2: weight ½, so √(5,500,000 / 5,000,000) of what was expected, with 0.2 / √2 left.
    found = births_nowcast(2023, year_to(day(12, 31), 5.5e6), 5e6, 0.2, replace(EXACT, log_sd=0.2))
    assert found.births == pytest.approx(5e6 * math.sqrt(1.1), rel=1e-5)
    assert found.log_factor_sd == pytest.approx(0.2 / math.sqrt(2), rel=1e-5)
    assert found.weight == pytest.approx(0.5, rel=1e-5)
    # Apart by ln 1.1, where 0.2 · √2 was to be expected.
    assert found.disagreement == pytest.approx(math.log(1.1) / (0.2 * math.sqrt(2)), rel=1e-5)


def test_the_first_quarter_is_as_uncertain_as_the_season_makes_it() -> None:
    # sin(π d) / (π d) · 0.1 for d = 90/365: 0.0903 of the quarter's births; a model no surer than that keeps half its weight.
    part = 90 / 365
    error = 0.1 * math.sin(math.pi * part) / (math.pi * part)
    assert error == pytest.approx(0.0903, abs=1e-4)
    quarter = [Counted(day(1, 1), day(3, 31), 5e8 * part)]
    assert births_nowcast(2023, quarter, 5e8, error, replace(EXACT, season_sd=0.1)).weight == pytest.approx(0.5, abs=1e-4)
    # First and third quarter make up for each other: less uncertain than either, and less than the first two.
    third = Counted(day(7, 1), day(9, 30), 5e8 * 92 / 365)
    second = Counted(day(4, 1), day(6, 30), 5e8 * 91 / 365)
    apart, together = (
        births_nowcast(2023, [*quarter, other], 5e8, error, replace(EXACT, season_sd=0.1)).weight for other in (third, second)
    )
    assert apart > 0.99
    assert 0.5 < together < 0.7


def test_a_few_births_are_weighed_as_counts() -> None:
    # Half a year, twice a Poisson's variance on the half that is open: a plain Poisson count. Weighed draw by draw instead.
    model = replace(EXACT, months=np.full(12, 1 / 12), log_sd=0.3, dispersion=2.0)
    draws = np.random.default_rng(1).standard_normal((2, 400_000))
    births, per_birth = 0.5 * draws[0], 0.3 * draws[1]
    for count in (0, 2, 9):
        mean = 8 * 0.5 * np.exp(births + per_birth)
        weights = np.exp(count * np.log(mean) - mean)
        weights /= weights.sum()
        expected = weights @ births
        spread = math.sqrt(weights @ (births - expected) ** 2)
        found = births_nowcast(2023, year_to(day(6, 30), count), 8, 0.5, model)
        assert found.log_factor_mean == pytest.approx(expected, abs=0.005)
        assert found.log_factor_sd == pytest.approx(spread, abs=0.005)


def test_months_say_what_their_sum_says() -> None:
    model = RegistrationModel(1.0, 0.25, EVEN, 0.1, 2.0)
    months = [Counted(day(m, 1), day(m + 1, 1) - dt.timedelta(1), 400 + m) for m in range(1, 10)]
    whole = births_nowcast(2023, year_to(day(9, 30), sum(one.count for one in months)), 5_000, 0.15, model)
    split = births_nowcast(2023, reversed(months), 5_000, 0.15, model)
    assert (split.births, split.weight) == pytest.approx((whole.births, whole.weight))


def test_days_of_the_year_by_hand() -> None:
    assert share_of_year(2023, year_to(day(12, 20), 0), EVEN) == pytest.approx(354 / 365)
    # By the quarters of Henan's newborns: all of the first three, and 61 of 92 days of the fourth.
    quarters = np.repeat([0.2504, 0.2237, 0.2415, 0.2844], 3) / 3
    assert share_of_year(2023, year_to(day(9, 30), 0), quarters) == pytest.approx(0.7156)
    assert share_of_year(2023, year_to(day(11, 30), 0), quarters) == pytest.approx(0.7156 + 0.2844 * 2 / 3)
    # Births by month say as much as their shares.
    assert share_of_year(2023, year_to(day(9, 30), 0), 78_440 * quarters) == pytest.approx(0.7156)
    # A leap day shares what its month has.
    assert share_of_year(2024, [Counted(day(2, 29, 2024), day(2, 29, 2024), 0)], EVEN) == pytest.approx(28 / 365 / 29)


@pytest.mark.parametrize(("expected", "last"), [(60, day(3, 31)), (60, day(12, 20)), (800, day(6, 30)), (5_000, day(12, 20))])
def test_the_interval_covers_the_births_as_often_as_it_says(expected: float, last: dt.date) -> None:
    # Truths drawn from what is stated: the model's error, coverage, a wave over the year, clustered registrations.
    model = RegistrationModel(per_birth=0.9, log_sd=0.12, months=EVEN, season_sd=0.1, dispersion=4.0)
    sigma, part, cases = 0.2, (last - day(1, 1)).days / 365 + 1 / 365, 1_500
    rng = np.random.default_rng(20231220)
    truth = np.maximum(expected * np.exp(sigma * rng.standard_normal(cases)), 1)
    cosine, sine = 0.1 * rng.standard_normal((2, cases))
    angle = 2 * math.pi * part
    share = part + (cosine * math.sin(angle) + sine * (1 - math.cos(angle))) / (2 * math.pi)
    mean = truth * 0.9 * np.exp(0.12 * rng.standard_normal(cases)) * share
    variance = mean * 4.0 * (1 - 0.9 * part)
    # As variable as stated, and never below zero.
    counts = np.round(rng.gamma(mean**2 / variance, variance / mean))
    found = [births_nowcast(2023, year_to(last, count), expected, sigma, model) for count in counts]
    for level in (0.5, 0.8, 0.95):
        inside = np.mean([low <= births <= high for births, (low, high) in zip(truth, map(_at(level), found), strict=True)])
        assert inside == pytest.approx(level, abs=3.5 * math.sqrt(level * (1 - level) / cases))
    # And the errors that are left are those stated, smaller than the model's own.
    errors = np.log(truth / [one.births for one in found])
    assert np.std(errors) == pytest.approx(np.mean([one.log_factor_sd for one in found]), rel=0.06)
    assert np.std(errors) < 0.95 * sigma


def _at(level: float) -> Callable[[Nowcast], tuple[float, float]]:
    return lambda nowcast: nowcast.interval(level)


# Five and a half million counted where five were expected: nothing is left to chance.
MANY, GAP = year_to(day(12, 31), 5.5e6), math.log(1.1)


def test_what_is_learnt_fades_from_year_to_year() -> None:
    # Half of it is left in the next year, a quarter after two; of the variance a quarter and a sixteenth of the weight ½.
    for persistence, kept_of in ((0.5, {2023: 1, 2024: 0.5, 2025: 0.25, 2021: 0.25}), (0.0, {2025: 0}), (1.0, {2025: 1})):
        errors = BirthErrors.expected(range(2021, 2026), np.full(5, 0.2), persistence)
        reading = errors.read(2023, MANY, 5e6, replace(EXACT, log_sd=0.2), away=False)
        after = errors.after(2023, reading, away=False)
        for year, kept in kept_of.items():
            mean, spread = after.log_factor(year)
            assert mean == pytest.approx(kept * 0.5 * GAP, rel=1e-4, abs=1e-12)
            assert spread == pytest.approx(0.2 * math.sqrt(1 - kept**2 * 0.5), rel=1e-4)


def _conditioned(mean: Array, covariance: Array, seen: Array, value: float, error: float) -> tuple[Array, Array]:
    """A normal vector after a sight of `seen` of it with an error of that variance: the textbook's formula."""
    gain = covariance @ seen / (seen @ covariance @ seen + error)
    return mean + gain * (value - seen @ mean), covariance - np.outer(gain, seen @ covariance)


def test_several_counts_are_weighed_together_and_draws_of_all_years_follow() -> None:
    """Own errors of 2021-2025 that start from none at the census, 0.1 more a year, 0.9 of them left; the province unknown from
    2024 on; mothers away ± 0.12. Counted: registered births of 2023, residents' births of 2024, registered births of 2024."""
    years, steps = range(2021, 2026), np.tril(0.9 ** np.subtract.outer(np.arange(5), np.arange(5.0)))
    own, walk = 0.01 * steps @ steps.T, np.array([0, 0, 0, 0.03, 0.03 * math.sqrt(2)])
    covariance = np.zeros((11, 11))
    covariance[:5, :5] = own
    covariance[5:10, 5:10] = np.minimum.outer(walk, walk) ** 2
    covariance[10, 10] = 0.12**2
    errors = BirthErrors.expected(years, np.sqrt(np.diag(own)), 0.9, walk, 0.12)
    np.testing.assert_allclose(errors.covariance, covariance, atol=1e-15)
    longer = BirthErrors.expected(
        range(2021, 2029), np.sqrt(np.append(np.diag(own), [0.1] * 3)), 0.9, np.append(walk, [0.1] * 3), 0.12
    )
    mean = np.zeros(11)
    for year, away, times, sd in ((2023, True, 1.1, 0.2), (2024, False, 0.95, 0.05), (2024, True, 1.02, 0.1)):
        counted = [Counted(day(1, 1, year), day(12, 31, year), times * 5e6)]
        reading = errors.read(year, counted, 5e6, replace(EXACT, log_sd=sd), away=away)
        errors, longer = (one.after(year, reading, away=away) for one in (errors, longer))
        place = years.index(year)
        seen = np.zeros(11)
        seen[[place, 5 + place]], seen[10] = 1.0, float(away)
        mean, covariance = _conditioned(mean, covariance, seen, math.log(times), sd**2)
    np.testing.assert_allclose(errors.mean, mean, atol=2e-5)
    np.testing.assert_allclose(errors.covariance, covariance, atol=2e-6)
    draws = 0.1 * steps @ np.random.default_rng(5).standard_normal((5, 200_000))
    after = errors.drawn(draws)
    np.testing.assert_allclose(after.mean(axis=1), 0.0, atol=0.002)
    np.testing.assert_allclose(np.cov(after), covariance[:5, :5], atol=5e-4)
    # Each draw by itself, and whatever years follow: a part of them comes out as it does among all.
    assert (errors.drawn(draws[:, 7:9]) == after[:, 7:9]).all()
    assert (longer.drawn(np.concatenate([draws, draws[:3]]))[:5] == after).all()


def test_a_second_count_that_errs_as_the_first_says_less_than_one_that_errs_by_itself() -> None:
    """Mothers away err alike in both years, so that two counts of registered births cannot tell them from fertility."""
    alike, alone = [], []
    for found, away in ((alike, 0.3), (alone, 0.0)):
        errors = BirthErrors.expected([2023, 2024], np.full(2, 0.1), 1.0, away=away)
        model = replace(EXACT, log_sd=math.sqrt(0.3**2 - away**2))
        for year in (2023, 2024):
            counted = [Counted(day(1, 1, year), day(12, 31, year), 5e6)]
            errors = errors.after(year, errors.read(year, counted, 5e6, model, away=True), away=True)
            found.append(errors.log_factor(2024)[1])
    # By hand: 0.1 / √(1 + 0.01 / 0.09) after one; after two 0.1 / √(1 + 0.02 / 0.09), or no less than before.
    assert alone == pytest.approx([0.1 / math.sqrt(1 + 1 / 9), 0.1 / math.sqrt(1 + 2 / 9)], rel=1e-4)
    assert alike == pytest.approx([0.1 / math.sqrt(1 + 1 / 9)] * 2, rel=1e-4)


def test_xichuans_registrations_of_2023(xichuan: Area) -> None:
    # 3,139 + 2,361 + 124 of 354 days: 5,799 a year. Model ± 0.15, coverage ± 0.25: weight 0.0225 / (0.0225 + 0.0625) = 0.26 of
    # ln(5,799 / 4,939) = 0.16, but for chance.
    (counted,) = registrations(xichuan, 2023)
    assert counted == Counted(day(1, 1), day(12, 20), 5_624)
    found = registered_births_nowcast(xichuan, xichuan.assumptions, 2023, 4_939, 0.15)
    assert found.full_year == pytest.approx(5_624 * 365 / 354)
    assert found.weight == pytest.approx(0.0225 / 0.085, abs=0.001)
    assert found.log_factor_mean == pytest.approx(0.0225 / 0.085 * math.log(5_624 * 365 / 354 / 4_939), abs=0.001)
    assert found.disagreement == pytest.approx(math.log(5_624 * 365 / 354 / 4_939) / math.sqrt(0.085), abs=0.01)


def test_doubt_about_mothers_away_takes_weight_from_fertility(xichuan: Area) -> None:
    # Local fertility ± 0.075, births to mothers away ± 0.12 of all: weight 0.0056 / (0.0056 + 0.0144 + 0.0625) = 0.07.
    found = registered_births_nowcast(xichuan, xichuan.assumptions, 2023, 4_939, 0.075, other_log_sd=0.12)
    assert found.weight == pytest.approx(0.075**2 / (0.075**2 + 0.12**2 + 0.25**2), abs=0.001)


def test_the_book_changes_what_registrations_weigh(xichuan: Area) -> None:
    book = xichuan.assumptions.with_changes({"nowcast.registrations_per_birth": 1.2, "nowcast.registrations_log_sd": 0.05})
    found = registered_births_nowcast(xichuan, book, 2023, 4_939, 0.15)
    assert found.full_year == pytest.approx(5_624 * 365 / 354 / 1.2)
    assert found.weight == pytest.approx(0.0225 / 0.025, abs=0.01)


def test_other_years_and_packs_without_registrations_change_nothing(xichuan: Area) -> None:
    assert registered_births_nowcast(xichuan, xichuan.assumptions, 2025, 4_478, 0.15).weight == 0
    bare = replace(xichuan, tables={name: table for name, table in xichuan.tables.items() if name != "birth_registrations"})
    assert registrations(bare, 2023) == []
    assert registered_births_nowcast(bare, bare.assumptions, 2023, 4_939, 0.15).births == 4_939
    assert last_registered_year(bare, 2025) is None


def test_registrations_after_the_launch_wait(xichuan: Area) -> None:
    area = with_registrations(xichuan, ("2024-01-01", "2024-06-30", "1", 2_000), ("2026-01-01", "2026-06-30", "1", 1_900))
    assert last_registered_year(area, 2025) == 2024
    assert last_registered_year(area, 2026) == 2026
    assert last_registered_year(area, 2023) is None


def with_registrations(area: Area, *rows: tuple[str, str, str, int]) -> Area:
    table = pd.DataFrame(rows, columns=["from_date", "to_date", "order", "registrations"])
    return replace(area, tables={**area.tables, "birth_registrations": table})


def test_a_year_from_october_to_september_is_refused(xichuan: Area) -> None:
    area = with_registrations(xichuan, ("2022-10-01", "2023-09-30", "1", 5_000))
    given = refused("registrations_cross_year", lambda: registered_births_nowcast(area, area.assumptions, 2023, 4_939, 0.15))
    assert (given["first"], given["last"]) == ("2022-10-01", "2023-09-30")
    # Nor is it left out of the year it begins in.
    refused("registrations_cross_year", lambda: registered_births_nowcast(area, area.assumptions, 2022, 4_939, 0.15))


def test_cumulative_figures_are_refused(xichuan: Area) -> None:
    area = with_registrations(xichuan, ("2023-01-01", "2023-06-30", "1", 1_500), ("2023-01-01", "2023-09-30", "1", 2_300))
    refused("registrations_overlap", lambda: registered_births_nowcast(area, area.assumptions, 2023, 4_939, 0.15))
    # So are orders that end on different days: their sum would belong to neither.
    area = with_registrations(xichuan, ("2023-01-01", "2023-06-30", "1", 1_500), ("2023-01-01", "2023-09-30", "2", 1_300))
    refused("registrations_overlap", lambda: registered_births_nowcast(area, area.assumptions, 2023, 4_939, 0.15))


def test_figures_that_can_only_be_a_slip_are_refused() -> None:
    model = RegistrationModel(1.0, 0.25, EVEN, 0.1, 2.0)
    # A digit too many; a blank entered as zero; less than a third of what was expected.
    for slip in (56_240, 0, 1_400):
        counted = year_to(day(12, 20), slip)
        given = refused("registrations_far_off", partial(births_nowcast, 2023, counted, 5_000, 0.15, model))
        assert given["expected"] == "5,000"
    # In a township of four births a year none by June, or seven, may happen.
    assert births_nowcast(2023, year_to(day(6, 30), 0), 4, 0.3, model).log_factor_mean < 0
    assert births_nowcast(2023, year_to(day(6, 30), 7), 4, 0.3, model).log_factor_mean > 0
    # Where nobody knows what registrations mean, nothing is too far off.
    assert births_nowcast(2023, year_to(day(12, 20), 20_000), 5_000, 0.15, replace(model, log_sd=1.0)).births < 5_300


def test_bad_arguments_are_refused() -> None:
    whole = year_to(day(12, 31), 5_000)
    refused("dates_reversed", lambda: births_nowcast(2023, [Counted(day(6, 30), day(1, 1), 5)], 5_000, 0.15, EXACT))
    refused("registrations_cross_year", lambda: births_nowcast(2024, whole, 5_000, 0.15, EXACT))
    refused("value_not_above_zero", lambda: births_nowcast(2023, whole, 0, 0.15, EXACT))
    refused("value_missing", lambda: births_nowcast(2023, whole, math.nan, 0.15, EXACT))
    refused("value_missing", lambda: births_nowcast(2023, year_to(day(12, 31), math.nan), 5_000, 0.15, EXACT))
    refused("value_negative", lambda: births_nowcast(2023, year_to(day(12, 31), -5), 5_000, 0.15, EXACT))
    refused("value_out_of_range", lambda: births_nowcast(2023, whole, 5_000, 15, EXACT))
    refused("value_out_of_range", lambda: replace(EXACT, log_sd=25))
    refused("value_not_above_zero", lambda: replace(EXACT, per_birth=0))
    refused("shapes_do_not_match", lambda: replace(EXACT, months=EVEN[:6]))


def test_every_problem_of_a_table_is_told_at_once() -> None:
    # The third overlaps the first, not its neighbour.
    wrong = [(day(1, 1), day(6, 30)), (day(2, 1), day(2, 28)), (day(6, 30), day(7, 31)), (day(12, 1), day(1, 31, 2024))]
    with pytest.raises(InputError) as raised:
        births_nowcast(2023, [Counted(*days, 5) for days in wrong], 5_000, 0.15, EXACT)
    codes = [one.code for one in raised.value.problems]
    assert codes == ["registrations_overlap", "registrations_overlap", "registrations_cross_year"]


def test_completed_counts_carry_their_error() -> None:
    # Nothing else is uncertain but the completion: as large as the model's error, it leaves half the weight.
    found = births_nowcast(2023, year_to(day(12, 31), 5.5e6), 5e6, 0.1, EXACT, other_log_sd=0.1)
    assert found.weight == pytest.approx(0.5, rel=1e-4)


def test_extreme_but_possible_figures_stay_finite() -> None:
    for expected, count in ((1e-3, 0), (1.0, 30), (1e9, 1e9)):
        found = births_nowcast(2023, year_to(day(12, 31), count), expected, 2.0, EXACT)
        assert np.isfinite(_numbers(found)).all()
        assert 0 <= found.weight <= 1


def _numbers(found: Nowcast) -> Array:
    return np.array([found.births, found.log_factor_mean, found.log_factor_sd, found.weight, found.disagreement])
