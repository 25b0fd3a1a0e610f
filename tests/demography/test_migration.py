"""Intercensal migration against a published table and hand calculation, and annual rates against the decade they came from."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from popmodel.demography.migration import (
    annual_rates,
    annualised,
    cohort_passage,
    cohort_survival,
    cohorts_between,
    intercensal_migration,
)
from popmodel.messages import InputError

DATA = Path(__file__).parents[3] / "shared" / "data"
SEXES = ("male", "female")
# Life expectancy at birth of Henan as published after the censuses of 2010 and 2020, males and females: the adjusted
# death rates are those of each census times the one constant that gives it.
HENAN_E0 = {2010: (71.84, 77.59), 2020: (74.59, 80.84)}


def counts(low: float = 1.0, shape: tuple[int, ...] = (3, 18)) -> st.SearchStrategy[np.ndarray]:
    return arrays(float, shape, elements=st.floats(low, 1e6))


def test_net_migration_is_the_count_less_the_survivors() -> None:
    # Boys of Xichuan aged 10-14 in 2010: 26,910; survival 0.9961 by the province's rates; 10,186 counted in 2020.
    found = intercensal_migration([26_910], [10_186], [0.9961])
    assert found.expected[0] == pytest.approx(26_805, abs=1)
    assert found.net[0] == pytest.approx(-16_619, abs=1)
    assert found.rate[0] == pytest.approx(-0.62, abs=5e-4)


def test_the_three_methods_by_hand() -> None:
    # 1,000 at the first census, 0.8 survive, 720 are counted: 80 have left by the second census; had all left at the first,
    # 720/0.8 = 900 of 1,000 would have stayed, so 100 left; on average 90. Their share of those expected is a tenth throughout.
    for method, net in (("forward", -80.0), ("reverse", -100.0), ("average", -90.0)):
        found = intercensal_migration([1000.0], [720.0], 0.8, method=method)
        assert found.net == pytest.approx([net])
        assert found.expected == pytest.approx([800.0])
        assert found.rate == pytest.approx([-0.1])


def test_cohorts_meet_the_births_before_them_and_end_in_the_open_group() -> None:
    # Ages 0-4, 5-9, 10-14, 15+ ten years apart: those 5 and over at the first are 15+ at the second. Births of the first five
    # years are 5-9 at the second, those of the last five are 0-4.
    first, second = [40.0, 30.0, 20.0, 10.0], [44.0, 43.0, 39.0, 50.0]
    start, end = cohorts_between(first, second, steps=2, births=[46.0, 48.0])
    assert start.tolist() == [48, 46, 40, 60]
    assert end.tolist() == second
    without_births = cohorts_between(first, second, steps=2)
    assert [part.tolist() for part in without_births] == [[40, 60], [39, 50]]
    # L = 4.5, 4, 3, 2 of radix 1: births survive with 4.5/5 and 4/5, the youngest with 3/4.5, the open with 2/(4 + 3 + 2).
    survival = cohort_survival([4.5, 4.0, 3.0, 2.0], steps=2, width=5)
    assert survival == pytest.approx([0.9, 0.8, 2 / 3, 2 / 9])
    # 44 − 48 · 0.9 = 0.8; 43 − 46 · 0.8 = 6.2; 39 − 40 · 2/3 = 12.333; 50 − 60 · 2/9 = 36.667.
    assert intercensal_migration(start, end, survival).net == pytest.approx([0.8, 6.2, 37 / 3, 110 / 3])


def published_cohorts() -> dict[str, np.ndarray]:
    """Columns of the published table as (area, sex, cohort); the cohorts in order of age, the last of 75 and over."""
    table = pd.read_csv(DATA / "intercensal_net_migration_by_cohort_2010_2020.csv")
    lowest = table["age_2010"].str.extract(r"(\d+)")[0].astype(int)
    table = table.assign(lowest=lowest, man=table["sex"] == "male").sort_values(
        ["area", "man", "lowest"], ascending=[True, False, True]
    )
    areas = table["area"].nunique()
    numbers = table.drop(columns=["area", "sex", "age_2010", "age_2020"])
    return {name: values.to_numpy(float).reshape(areas, 2, 16) for name, values in numbers.items()}


@pytest.mark.needs_shared
@pytest.mark.parametrize(
    ("survival", "suffix"), [("survival_10yr_henan", ""), ("survival_10yr_adjusted_mortality", "_adj")], ids=["raw", "adjusted"]
)
def test_the_published_table_of_xichuan_and_its_neighbours_is_reproduced(survival: str, suffix: str) -> None:
    # Every area, sex and cohort, the one of 75 and over with them. The table rounds its survival ratios to four decimals,
    # persons to whole ones and rates to four decimals; those roundings are all that may remain.
    table = published_cohorts()
    found = intercensal_migration(table["pop_2010"], table["pop_2020"], table[survival])
    persons = 0.5 + table["pop_2010"] * 5e-5
    assert found.net.shape == (6, 2, 16)
    assert np.all(np.abs(found.expected - table["expected_2020" + suffix]) <= persons)
    assert np.all(np.abs(found.net - table["net_migration_10yr" + suffix]) <= persons)
    rounding = 5e-5 + 5e-5 * table["pop_2020"] / (table["pop_2010"] * table[survival] ** 2) * 1.01
    assert np.all(np.abs(found.rate - table["net_migration_rate_10yr" + suffix]) <= rounding)


def henan_death_rates(census: int) -> np.ndarray:
    """Abridged death rates (sex, group) of the province: ages 0, 1-4, 5-9 ... 100+."""
    table = pd.read_csv(DATA / "deaths_population_by_age_sex_china_henan_2000_2010_2020.csv")
    rows = table[(table["census"] == census) & (table["area"] == "河南") & (table["urban_rural"] == "total")]
    rows = rows[rows["age_group"] != "all"].assign(lowest=lambda frame: frame["age_group"].str.extract(r"(\d+)")[0].astype(int))
    by_sex = [rows[rows["sex"] == sex].sort_values("lowest") for sex in SEXES]
    return np.stack([(frame["deaths"] / frame["population"]).to_numpy() for frame in by_sex])


def abridged_person_years(m: np.ndarray) -> np.ndarray:
    """nLx of an abridged life table of radix 1 by five-year groups: a of 0.1, 1.5 and 2.5 years, q = n m / (1 + (n − a) m)."""
    width = np.array([1.0, 4.0] + [5.0] * 19)
    a = np.array([0.1, 1.5] + [2.5] * 19)
    q = width * m[:-1] / (1 + (width - a) * m[:-1])
    alive = np.concatenate([[1.0], np.cumprod(1 - q)])
    lived = np.append(width * alive[1:] + a * alive[:-1] * q, alive[-1] / m[-1])
    return np.concatenate([[lived[:2].sum()], lived[2:]])


def at_life_expectancy(m: np.ndarray, e0: float) -> np.ndarray:
    from scipy.optimize import brentq

    return m * brentq(lambda factor: abridged_person_years(m * factor).sum() - e0, 0.5, 3.0, xtol=1e-14)


@pytest.mark.needs_shared
@pytest.mark.parametrize("adjusted", [False, True], ids=["raw", "adjusted"])
def test_the_survival_of_the_published_table_follows_from_the_deaths_of_both_censuses(adjusted: bool) -> None:
    # Ten-year survival by the mean of the abridged life tables of 2010 and 2020, 5Lx+10 over 5Lx of their sums, T85 over T75.
    # All 64 printed ratios agree to their four decimals. The expected survivors, printed in whole persons, agree to half a
    # person in the counties and the prefecture; in the province, of up to four million a cohort, four of 32 differ by up to 0.8.
    lived = np.zeros((2, 21))
    for census, targets in HENAN_E0.items():
        rates = henan_death_rates(census)
        if adjusted:
            rates = np.stack([at_life_expectancy(m, e0) for m, e0 in zip(rates, targets, strict=True)])
        lived += np.stack([abridged_person_years(m) for m in rates])
    groups = np.concatenate([lived[:, :17], lived[:, 17:].sum(axis=1, keepdims=True)], axis=1)
    survival = cohort_survival(groups, steps=2)
    table = published_cohorts()
    printed = table["survival_10yr_adjusted_mortality" if adjusted else "survival_10yr_henan"]
    assert np.all(np.abs(survival - printed) <= 5e-5 * (1 + 1e-9))
    expected = intercensal_migration(table["pop_2010"], table["pop_2020"], survival).expected
    miss = np.abs(expected - table["expected_2020_adj" if adjusted else "expected_2020"])
    province = table["pop_2010"].sum(axis=(1, 2)) > 5e7
    assert province.sum() == 1
    assert miss[~province].max() <= 0.5
    assert miss[province].max() < 0.8


@pytest.mark.needs_shared
def test_the_printed_adjustment_of_2020_is_the_constant_that_gives_the_published_life_expectancy() -> None:
    table = pd.read_csv(DATA / "mx_2020_raw_and_adjusted_to_published_e0.csv")
    rows = table[(table["area"] == "河南") & (table["urban_rural"] == "total")]
    for m, sex, e0 in zip(henan_death_rates(2020), SEXES, HENAN_E0[2020], strict=True):
        factor = at_life_expectancy(m, e0)[0] / m[0]
        assert factor == pytest.approx(rows[rows["sex"] == sex]["k_factor"].iloc[0], abs=5.1e-5)


@given(counts(), counts(), st.floats(0.2, 1.0))
def test_the_methods_agree_on_the_rate_and_the_average_lies_between(
    first: np.ndarray, second: np.ndarray, survival: float
) -> None:
    forward, reverse, average = (
        intercensal_migration(first, second, survival, method=method) for method in ("forward", "reverse", "average")
    )
    assert np.allclose(average.net, (forward.net + reverse.net) / 2)
    assert np.array_equal(forward.rate, reverse.rate)
    # Forward over those expected is reverse over those at the start.
    assert np.allclose(reverse.net / first, forward.rate, rtol=1e-9, atol=1e-12)


@given(counts(), counts(), st.floats(0.2, 1.0), st.floats(0.01, 100))
def test_relabelled_and_rescaled_areas_keep_their_migration(
    first: np.ndarray, second: np.ndarray, ratio: float, scale: float
) -> None:
    order = [2, 0, 1]
    whole = intercensal_migration(*cohorts_between(first, second, steps=2), ratio)
    shuffled = intercensal_migration(*cohorts_between(first[order], second[order], steps=2), ratio)
    assert np.array_equal(whole.net[order], shuffled.net)
    scaled = intercensal_migration(*cohorts_between(first * scale, second * scale, steps=2), ratio)
    assert np.allclose(scaled.net, whole.net * scale, rtol=1e-9, atol=1e-3)
    assert np.allclose(scaled.rate, whole.rate, rtol=1e-9, atol=1e-9)


@given(counts(), counts(), counts(shape=(3, 2)))
def test_nobody_is_lost_between_the_censuses(first: np.ndarray, second: np.ndarray, births: np.ndarray) -> None:
    # With births, every person of both censuses is in one cohort; if nobody died, net migration is growth less births.
    start, end = cohorts_between(first, second, steps=2, births=births)
    assert np.allclose(start.sum(axis=1), first.sum(axis=1) + births.sum(axis=1))
    assert np.allclose(end.sum(axis=1), second.sum(axis=1))
    net = intercensal_migration(start, end, 1.0).net
    assert np.allclose(net.sum(axis=1), second.sum(axis=1) - first.sum(axis=1) - births.sum(axis=1), atol=1e-6)


def test_a_stationary_population_has_no_migration() -> None:
    # One that is its own life table, with its own births, changes by deaths only.
    lived = np.array([4.9, 4.8, 4.7, 4.5, 4.0, 9.0])
    start, end = cohorts_between(1000 * lived, 1000 * lived, steps=3, births=np.full(3, 5000.0))
    found = intercensal_migration(start, end, cohort_survival(lived, steps=3, width=5))
    assert found.net == pytest.approx(np.zeros(6), abs=1e-9)


def test_annual_rates_of_a_cohort_compound_to_the_decade() -> None:
    # 1,000 expected, 1,500 found after ten years: 50 a year, and 1.5^(1/10) − 1 = 4.1380 % of survivors a year.
    cohorts = intercensal_migration([1000.0, 0.0], [1500.0, 5.0], 1.0)
    yearly = annualised(cohorts, 10)
    assert yearly.net == pytest.approx([50, 0.5])
    assert yearly.rate[0] == pytest.approx(0.0413797, abs=1e-7)
    assert np.isnan(yearly.rate[1])


def test_annual_rates_take_each_cohort_where_the_decade_took_it() -> None:
    rates = np.array([0.05, -0.30, -0.57, -0.53, -0.32, -0.25, -0.22, -0.16, -0.10, -0.06, -0.02, 0.02])
    lowest = np.arange(0, 60, 5)
    annual = annual_rates(rates, lowest, width=5, years=10, ages=101, first_age=5, last_age=75)
    for start, rate in zip(lowest, rates, strict=True):
        passages = [annual[age + 1 : age + 11].sum() for age in range(start, start + 5)]
        assert np.mean(passages) == pytest.approx(np.log1p(rate), abs=1e-9)
    assert np.all(annual[75:] == 0)
    assert np.all(annual[:5] == 0)


def test_no_schedule_that_fits_is_smoother() -> None:
    # Any other schedule that fits differs by one the cohorts do not see. With roughness R the sum of squared second differences,
    # R(rates + unseen) = R(rates) + R(unseen) exactly when the rates are the smoothest; otherwise some unseen part lowers it.
    from scipy.linalg import null_space

    lowest = np.arange(0, 60, 5)
    annual = annual_rates(np.linspace(0.1, -0.4, 12), lowest, width=5, years=10, ages=101, first_age=5, last_age=75)
    unseen = np.zeros((58, 101))
    unseen[:, 5:75] = null_space(cohort_passage(lowest, width=5, years=10, ages=101)[:, 5:75]).T

    def roughness(rates: np.ndarray) -> np.ndarray:
        return np.sum(np.diff(rates, 2, axis=-1) ** 2, axis=-1)

    assert np.allclose(roughness(annual + unseen), roughness(annual) + roughness(unseen), rtol=1e-9)


@given(st.integers(1, 6), st.integers(1, 12), st.integers(0, 60))
def test_every_member_of_a_cohort_spends_the_interval_somewhere(width: int, years: int, start: int) -> None:
    passage = cohort_passage([start], width=width, years=years, ages=101)
    assert passage.sum() == pytest.approx(years)
    assert passage[0, : start + 1].sum() == 0
    # The oldest member ends at start + width − 1 + years, where one of `width` members spends one year.
    assert passage[0, start + width - 1 + years] == pytest.approx(1 / width)


REFUSED: list[tuple[str, Callable[[], Any]]] = [
    ("cohort_lost_everybody", lambda: annual_rates([-1.0], [0], width=5, years=10, ages=101, first_age=5, last_age=75)),
    ("cohort_lost_everybody", lambda: annual_rates([np.nan], [0], width=5, years=10, ages=101, first_age=5, last_age=75)),
    ("survival_out_of_range", lambda: intercensal_migration([1.0], [1.0], [99.7])),
    ("survival_out_of_range", lambda: intercensal_migration([1.0], [1.0], [0.0])),
    ("survival_out_of_range", lambda: cohort_survival([0.0, 0.0, 0.0], steps=1)),
    ("value_negative", lambda: intercensal_migration([-1.0], [1.0], [0.9])),
    ("shapes_do_not_match", lambda: intercensal_migration([1.0, 2.0], [1.0, 2.0, 3.0], 0.9)),
    ("migration_method_unknown", lambda: intercensal_migration([1.0], [1.0], 0.9, method="backward")),  # type: ignore[arg-type]
    ("interval_does_not_fit", lambda: cohorts_between([1.0, 2.0], [1.0, 2.0], steps=2)),
    ("axis_of_wrong_length", lambda: cohorts_between([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], steps=1, births=[1.0, 2.0])),
    ("interval_not_positive", lambda: annualised(intercensal_migration([1.0], [1.0], 1.0), 0)),
]


@pytest.mark.parametrize(("code", "call"), REFUSED)
def test_what_cannot_be_is_refused_in_both_languages(code: str, call: Callable[[], Any]) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert [problem.code for problem in caught.value.problems] == [code]
    for lang in ("zh", "en"):
        assert caught.value.describe(lang)
