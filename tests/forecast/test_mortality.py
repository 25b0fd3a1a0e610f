"""The death rates of Xichuan against the figures they are held to, and what each choice of the assumption book does."""

from copy import copy
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from popmodel.areas import Area
from popmodel.demography import (
    SEXES,
    LeeCarter,
    adjust_k_to_e0,
    close_at,
    life_table,
    probability_of_dying,
    survival_ratios,
    to_abridged,
)
from popmodel.forecast import area_censuses, censuses, mortality_level, mortality_path, old_people, survival_polynomials
from popmodel.forecast.mortality import census_rates, gains_by_age, local_ratio, rates_at_census
from popmodel.projection import survive

ASSUMED_E0 = {"male": 74.59, "female": 80.84}


def with_choices(area: Area, **choices: float) -> Area:
    changes = {f"mortality.{key}": value for key, value in choices.items()}
    return replace(area, assumptions=area.assumptions.with_changes(changes))


@pytest.mark.parametrize("brass", [0, 1])
@pytest.mark.parametrize("sex", SEXES)
def test_the_rates_of_the_province_have_the_assumed_life_expectancy(xichuan: Area, sex: str, brass: int) -> None:
    area = with_choices(xichuan, brass_logit=brass, urban_rural=0)
    table = life_table(rates_at_census(area, area.assumptions, sex), sex)
    assert table.e[0] == pytest.approx(ASSUMED_E0[sex], abs=1e-6)
    census = mortality_path(area, area.assumptions, [2020])
    # Closing at 100 what was reckoned to 130 changes nothing.
    assert census.e0[0, SEXES.index(sex)] == pytest.approx(ASSUMED_E0[sex], abs=1e-6)


MORTALITY_LEVEL = ("e0_male", "e0_female", "brass_logit", "un_standard", "un_children", "urban_rural", "prior_deaths")
MORTALITY_CHOICES = (*MORTALITY_LEVEL, "gain_factor", "published_gains", "gains_by_age")


@pytest.mark.parametrize("key", MORTALITY_CHOICES)
def test_what_is_kept_of_other_assumptions_is_never_taken_for_those_asked_for(xichuan: Area, key: str) -> None:
    """Rates are kept by what they depend on; were a choice left out of it, the rates of another choice would come back."""
    mortality_path(xichuan, xichuan.assumptions, [2020, 2030])
    value = float(xichuan.assumptions.value(f"mortality.{key}")) if key != "gain_factor" else 1.0
    changed = with_choices(xichuan, **{key: 1 - value if value in (0.0, 1.0) and key != "gain_factor" else value * 1.01})
    # A copy of the reference data is another place of which nothing has been kept yet.
    fresh = replace(changed, reference=copy(xichuan.reference))
    kept, alone = (mortality_path(area, area.assumptions, [2020, 2030]) for area in (changed, fresh))
    for name in kept._fields:
        np.testing.assert_array_equal(getattr(kept, name), getattr(alone, name), err_msg=name)


def test_the_choices_held_to_above_are_all_there_are(xichuan: Area) -> None:
    assert {key for key in xichuan.assumptions.keys() if key.startswith("mortality.")} == {  # noqa: SIM118
        f"mortality.{key}" for key in MORTALITY_CHOICES
    }


def test_raw_census_rates_are_years_too_high(xichuan: Area) -> None:
    # Henan 2020 as tabulated: 79.5 and 85.2 years, against 74.59 and 80.84.
    deaths = xichuan.reference.tables["deaths"]
    e0 = [float(life_table(census_rates(deaths, "410000", sex), sex).e[0]) for sex in SEXES]
    assert e0 == pytest.approx([79.5, 85.2], abs=0.2)


def test_the_relational_logit_raises_the_young_more_and_the_old_less_than_one_factor(xichuan: Area) -> None:
    brass, factor = (
        rates_at_census(with_choices(xichuan, brass_logit=choice, urban_rural=0), xichuan.assumptions, "male")
        for choice in (1, 0)
    )
    areas = [with_choices(xichuan, brass_logit=choice, urban_rural=0, un_children=0) for choice in (1, 0)]
    brass, factor = (rates_at_census(area, area.assumptions, "male") for area in areas)
    assert np.all(brass[:50] > factor[:50])
    assert np.all(brass[80:] < factor[80:])


def test_the_relational_logit_brings_the_deaths_of_the_province_nearer_to_those_published(xichuan: Area) -> None:
    # Published for Henan: 730,000 deaths in 2021 (births less natural growth), 741,000 in 2022.
    reference = xichuan.reference.tables["census_population"]
    expected = {}
    for choice in (1, 0):
        area = with_choices(xichuan, brass_logit=choice, urban_rural=0)
        table = mortality_path(area, area.assumptions, [2020])
        province = censuses(reference[reference["area"] == "410000"], old_people(xichuan))[-1]
        expected[choice] = float((table.rates[0] * province.population).sum())
    assert 730_000 < expected[1] < expected[0]


def test_the_county_lies_between_town_and_village(xichuan: Area) -> None:
    e0 = {}
    for share in (0.0, 279_603 / 538_569, 1.0):
        totals = xichuan.tables["census_totals"].copy()
        row = (totals["date"] == totals["date"].max()) & (totals["indicator"] == "urban_residents")
        totals.loc[row, "value"] = round(share * 538_569)
        area = replace(xichuan, tables={**xichuan.tables, "census_totals": totals})
        e0[share] = float(mortality_path(area, area.assumptions, [2020]).e0[0, 0])
    village, county, town = e0.values()
    assert village < county < town
    # Men of Henan's villages live 2.7 years less than the province's by the census, those of its towns 1.8 more.
    assert village == pytest.approx(74.59 - 2.7, abs=0.6)
    assert town == pytest.approx(74.59 + 1.8, abs=0.6)


@pytest.mark.parametrize("by_age", [0, 1])
def test_life_expectancy_gains_what_the_united_nations_expect(xichuan: Area, by_age: int) -> None:
    wpp = xichuan.reference.tables["wpp_china"].set_index(["indicator", "year"])["value"]
    area = with_choices(xichuan, gains_by_age=by_age, published_gains=0)
    e0 = mortality_path(area, area.assumptions, [2020, 2030, 2050]).e0
    for place, sex in enumerate(SEXES):
        gains = [float(wpp[f"e0_{sex}", year] - wpp[f"e0_{sex}", 2020]) for year in (2030, 2050)]
        assert e0[1:, place] - e0[0, place] == pytest.approx(gains, abs=1e-6)


def test_life_expectancy_gains_what_was_published_for_the_nation(xichuan: Area) -> None:
    # 77.93 years in 2020 and 79.25 in 2025, both sexes: 1.32 in five years, evenly; then the UN's after 2026, a year earlier.
    wpp = xichuan.reference.tables["wpp_china"].set_index(["indicator", "year"])["value"]
    e0 = mortality_path(xichuan, xichuan.assumptions, [2010, 2020, 2023, 2025, 2026, 2040]).e0
    for place, sex in enumerate(SEXES):
        later = [float(wpp[f"e0_{sex}", year] - wpp[f"e0_{sex}", 2026]) for year in (2027, 2041)]
        before = float(wpp[f"e0_{sex}", 2010] - wpp[f"e0_{sex}", 2020])  # 2.1 years less for men, 2.7 for women
        wanted = [before, 0.0, 0.6 * 1.32, 1.32, 1.32 + later[0], 1.32 + later[1]]
        assert e0[:, place] - e0[1, place] == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize(("factor", "share"), [(0.0, 0.0), (2.0, 2.0), ({2025: 1.0, 2027: 3.0}, None)])
def test_the_factor_on_gains_works_from_the_launch_on(xichuan: Area, factor: object, share: float | None) -> None:
    # A scenario parts from 2025 without a jump; a factor of 2 doubles each later year's gain, 0 keeps the level of 2025.
    plain = mortality_path(xichuan, xichuan.assumptions, [2024, 2025, 2026, 2027]).e0
    book = xichuan.assumptions.with_changes({"mortality.gain_factor": factor})
    found = mortality_path(xichuan, book, [2024, 2025, 2026, 2027]).e0
    assert found[:2] == pytest.approx(plain[:2], abs=1e-9)
    gains = np.diff(plain, axis=0)[1:]
    wanted = gains * (share if share is not None else np.array([[2.0], [3.0]]))
    assert np.diff(found, axis=0)[1:] == pytest.approx(wanted, abs=1e-6)


def test_deaths_as_expected_of_town_and_village_change_nothing(xichuan: Area) -> None:
    table = mortality_path(xichuan, xichuan.assumptions, [2020])
    expected = float((table.rates[0] * area_censuses(xichuan)[-1].population).sum())
    series = xichuan.tables["series"]
    own = series.iloc[[0]].assign(indicator="deaths", year=2020, value=expected)
    area = replace(xichuan, tables={**xichuan.tables, "series": pd.concat([series, own])})
    assert local_ratio(area, area.assumptions) == pytest.approx(1.0, rel=1e-9)


def test_deaths_of_the_province_come_near_those_published_for_2023_and_2024(xichuan: Area) -> None:
    # Published for Henan: 787,000 and 773,000. The stock of 2020 aged by the model's own survival, births left out.
    area = with_choices(xichuan, urban_rural=0)
    reference = xichuan.reference.tables["census_population"]
    stock = censuses(reference[reference["area"] == "410000"], old_people(xichuan))[-1].population
    table = mortality_path(area, area.assumptions, range(2021, 2025))
    deaths = []
    for survival in table.survival:
        left = survive(stock, survival).persons
        deaths.append(float(stock.sum() - left.sum()))
        stock = left
    assert deaths[2:] == pytest.approx([787_000, 773_000], rel=0.06)


@pytest.mark.parametrize("brass", [0, 1])
def test_small_children_die_as_the_united_nations_estimate(xichuan: Area, brass: int) -> None:
    # WPP 2024, China 2020-25: 6.179 per 1,000 boys in infancy, 0.424 a year at 1-4; the census, corrected, has a third of it.
    area = with_choices(xichuan, urban_rural=0, brass_logit=brass)
    rates = rates_at_census(area, area.assumptions, "male")
    assert rates[0] == pytest.approx(0.006179, abs=1e-6)
    assert to_abridged(rates, [0, 1, 5])[1] == pytest.approx(0.000424, abs=1e-6)
    assert life_table(rates, "male").e[0] == pytest.approx(74.59, abs=1e-6)
    counted = with_choices(xichuan, urban_rural=0, brass_logit=brass, un_children=0)
    assert rates_at_census(counted, counted.assumptions, "male")[0] < rates[0] / 2


def test_the_united_nations_pattern_spares_the_middle_aged(xichuan: Area) -> None:
    # WPP 2024: 45q15 of males about 110 per 1,000 at an e0 of 75.4; Henan's by the census pattern is far above.
    patterns = [with_choices(xichuan, un_standard=choice, urban_rural=0) for choice in (1, 0)]
    tables = [life_table(rates_at_census(area, area.assumptions, "male"), "male") for area in patterns]
    un, census = (1000 * float(probability_of_dying(table, 15, 60)) for table in tables)
    assert 110 < un < 130 < census
    assert [float(table.e[0]) for table in tables] == pytest.approx([74.59, 74.59], abs=1e-6)


def test_mortality_falls_most_where_the_united_nations_expect_it(xichuan: Area) -> None:
    # WPP 2024, China: from 2020-25 to 2045-50 boys' infant mortality falls by more than half, that of men of 90 by a fifth.
    table = xichuan.reference.tables["wpp_death_rates"].set_index(["from_year", "sex", "age_lo"])["rate"]
    decline = gains_by_age(xichuan.reference.tables["wpp_death_rates"])
    assert decline.sum() == pytest.approx(1)
    infants = np.log(table[2045, "male", 0] / table[2020, "male", 0])
    old = np.log(table[2045, "male", 90] / table[2020, "male", 90])
    assert decline[0] / decline[90:95].mean() == pytest.approx(infants / old, rel=0.15)
    area = with_choices(xichuan, gains_by_age=1)
    rates = mortality_path(area, area.assumptions, [2020, 2050]).rates
    assert rates[1, 0, 0] / rates[0, 0, 0] < rates[1, 0, 90] / rates[0, 0, 90]


def test_the_countys_own_deaths_move_its_level_as_far_as_they_are_many(xichuan: Area) -> None:
    area = with_choices(xichuan, urban_rural=0)
    assert local_ratio(area, area.assumptions) == 1.0
    table = mortality_path(area, area.assumptions, [2020])
    expected = float((table.rates[0] * area_censuses(area)[-1].population).sum())
    series = area.tables["series"]
    own = series.iloc[[0]].assign(indicator="deaths", year=2020, value=2 * expected)
    area = replace(area, tables={**area.tables, "series": pd.concat([series, own])})
    # Twice the deaths expected, and the province's rates count for as many: (2 E + E) / (E + E) = 1.5.
    area = with_choices(area, prior_deaths=expected)
    assert local_ratio(area, area.assumptions) == pytest.approx(1.5)
    plain = with_choices(xichuan, urban_rural=0)
    raised = rates_at_census(area, area.assumptions, "male") / rates_at_census(plain, plain.assumptions, "male")
    assert raised == pytest.approx(np.full(131, 1.5))


@pytest.mark.parametrize("years_apart", [-3.0, -1.0, 0.0, 1.0, 3.0])
def test_survival_by_its_polynomial_is_that_of_the_life_tables(xichuan: Area, years_apart: float) -> None:
    """Between the three life expectancies it is drawn through, the parabola is within 2 in 100,000 of the tables' own ratios."""
    book, years = xichuan.assumptions, [2026, 2050]
    c0, c1, c2 = np.moveaxis(survival_polynomials(xichuan, book, years), 1, 0)
    path = mortality_path(xichuan, book, years)
    for place, sex in enumerate(SEXES):
        level = mortality_level(xichuan, book)
        held = LeeCarter(np.log(level.rates[place]), level.decline, np.zeros(2), np.ones(()))
        moved = held.rates(adjust_k_to_e0(held, sex, path.e0[:, place] + years_apart).k).T
        wanted = survival_ratios(close_at(life_table(moved, sex), 100))
        found = c0[:, place] + c1[:, place] * years_apart + c2[:, place] * years_apart**2
        np.testing.assert_allclose(found, wanted, atol=2e-5 if years_apart else 1e-15)


@pytest.mark.parametrize("share", [0.0, 0.003, 0.21, 0.5, 0.87, 1.0, None])
@pytest.mark.parametrize("gains_by_age", [0, 1])
def test_mortality_by_the_share_of_townspeople_is_that_of_its_own_life_tables(
    xichuan: Area, share: float | None, gains_by_age: int
) -> None:
    """Between the shares worked out beforehand nothing is lost: the tables of the share itself differ by rounding only."""
    totals = xichuan.tables["census_totals"]
    row = (totals["date"] == totals["date"].max()) & (totals["indicator"] == "urban_residents")
    changed = totals[~row] if share is None else totals.assign(value=totals["value"].where(~row, share * 538_569))
    area = with_choices(replace(xichuan, tables={**xichuan.tables, "census_totals": changed}), gains_by_age=gains_by_age)
    book, years = area.assumptions, [2011, 2020, 2026, 2050]
    found, wanted = (mortality_path(area, book, years, level) for level in (None, mortality_level(area, book)))
    np.testing.assert_allclose(found.e0, wanted.e0, atol=1e-10)
    np.testing.assert_allclose(found.survival, wanted.survival, atol=1e-12)
    np.testing.assert_allclose(found.deaths_before_birthday, wanted.deaths_before_birthday, atol=1e-9)
    np.testing.assert_allclose(found.rates, wanted.rates, rtol=1e-10)
