"""Shocks to the rates: spreads as fitted, known years certain, shared ones shared, and what grows growing as it must."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from popmodel.areas import Area
from popmodel.forecast import Known, deviations, known_years, national_fertility, spreads
from popmodel.forecast.series import yearly
from popmodel.forecast.uncertainty import autoregression
from popmodel.forecast.uncertainty_fit import fit_fertility, joint_correlation, mean_age, random_walk_sd, walk_beside

YEARS, DRAWS = range(2021, 2051), range(4000)


def drawn(area: Area, code: str | None = None, known: Known | None = None, **changes: float):
    book = area.assumptions.with_changes({f"uncertainty.{key}": value for key, value in changes.items()})
    one = replace(area, code=code or area.code)
    return deviations(one, book, known or known_years(area, 2020), YEARS, DRAWS, seed=1)


def sd(values: np.ndarray, year: int) -> float:
    return float(values[year - YEARS[0]].std())


def test_what_is_known_of_xichuan(xichuan: Area) -> None:
    """Births: of the nation to 2025, of Henan to 2024, of the county none since its census; residents of Henan to 2024."""
    assert known_years(xichuan, 2020) == Known(nation=2025, province=2024, area=2020, census=2020, residents=2024)


def test_births_of_its_own_are_certain_whatever_nation_and_province_know(xichuan: Area) -> None:
    found = drawn(xichuan, known=known_years(xichuan, 2020)._replace(area=2025))
    known = [year - YEARS[0] for year in YEARS if year <= 2025]
    assert (found.fertility[known] == 1).all()
    assert (found.sampling[known] == 0).all()
    assert (found.sampling[len(known) :] != 0).all()


def test_births_of_its_own_make_a_county_certain_up_to_then(xichuan: Area) -> None:
    known = known_years(xichuan, 2020)._replace(area=2024)
    found = np.log(drawn(xichuan, known=known).fertility)
    assert sd(found, 2024) == 0
    # In 2025 the county's own shock is new, and the province's too: √(0.045² + 0.023²) = 0.0505.
    assert sd(found, 2025) == pytest.approx(0.0505, rel=0.05)


def test_the_launch_carries_five_years_of_the_countys_own_shocks(xichuan: Area) -> None:
    """Σ 0.96²ʲ for j = 0 … 4 is 4.27 times 0.045², and one year of the province's 0.023²: √(0.00865 + 0.00053) = 0.0958."""
    assert sd(np.log(drawn(xichuan).fertility), 2025) == pytest.approx(0.0958, rel=0.04)


def test_counties_share_what_nation_and_province_go_through(xichuan: Area) -> None:
    """In common in 2026: 0.073² + 0.023² (1 + 0.96²) = 0.0063; the county's own 0.045² · 5.22 gives 0.0169: a share of 0.374."""
    one, other = (np.log(drawn(xichuan, code).fertility) for code in ("411326", "411327"))
    assert np.corrcoef(one[5], other[5])[0, 1] == pytest.approx(0.374, abs=0.05)
    assert np.corrcoef(one[4], other[4])[0, 1] < 0.12  # of 2025 they have one provincial shock in common


def test_total_fertility_stays_within_its_bounds(xichuan: Area) -> None:
    found = drawn(xichuan, fertility_shared=0.3, fertility_local=0.0, fertility_province=0.0)
    total = national_fertility(xichuan, list(YEARS))[:, None] * found.fertility
    assert total.min() == pytest.approx(0.5)
    assert total.max() == pytest.approx(2.1)


def test_the_nation_is_re_anchored_at_the_births_of_2025(xichuan: Area) -> None:
    """7.92 million births where 8.71 were expected of a total fertility of 1.0209: 0.928."""
    assert national_fertility(xichuan, [2025])[0] == pytest.approx(0.928, abs=0.001)


def test_life_expectancy_walks_and_the_countys_level_stays(xichuan: Area) -> None:
    found = drawn(xichuan, mortality_local=0.0, mortality_level=0.0).mortality
    assert sd(found, 2025) == 0
    assert sd(found, 2050) == pytest.approx(0.16 * 5, rel=0.04)  # 25 years
    level = drawn(xichuan, mortality_shared=0.0).mortality
    assert (level == level[:1]).all()
    # The province's level and the county's, of 1.5 years each: √2 · 1.5 = 2.12.
    assert sd(level, 2050) == pytest.approx(2.12, rel=0.04)


def test_life_expectancy_departs_by_six_years_at_most(xichuan: Area) -> None:
    """Beyond that the parabola of survival is not relied on."""
    found = drawn(xichuan, mortality_local=5.0).mortality
    assert (found.min(), found.max()) == (-6.0, 6.0)


def test_the_level_of_the_province_is_shared_by_its_counties(xichuan: Area) -> None:
    one, other = (drawn(xichuan, code, mortality_local=0.0, mortality_shared=0.0).mortality for code in ("411326", "411327"))
    np.testing.assert_array_equal(one, other)


def test_districts_of_cities_are_less_certain_of_their_migration(xichuan: Area) -> None:
    county, district = (sd(drawn(xichuan, code, migration_shared=0.0).migration, 2030) for code in ("411326", "411302"))
    assert district / county == pytest.approx(0.015 / 0.0055, rel=0.06)


def test_shared_shocks_to_fertility_and_life_expectancy_go_together(xichuan: Area) -> None:
    found = drawn(xichuan, mortality_local=0.0, mortality_level=0.0, fertility_local=0.0, fertility_province=0.0)
    assert np.corrcoef(np.log(found.fertility[5]), found.mortality[5])[0, 1] == pytest.approx(0.19, abs=0.05)


def test_what_is_left_of_an_innovation() -> None:
    """One of 1 and one of 2 a year later, half left each year: 1, 2.5, 1.25."""
    assert autoregression(np.array([1.0, 2.0, 0.0]), 0.5).tolist() == [1.0, 2.5, 1.25]


def test_without_spreads_nothing_departs(xichuan: Area) -> None:
    names = [name for name in spreads(xichuan.assumptions)._fields if not name.startswith(("fertility_low", "fertility_high"))]
    names = [name for name in names if "persistence" not in name and name != "cells_below"]
    found = drawn(xichuan, **dict.fromkeys(names, 0.0))
    assert (found.fertility == 1).all()
    assert (found.census == 1).all()
    for part in (found.timing, found.mortality, found.migration):
        assert (part == 0).all()


def test_the_provinces_spread_is_that_of_its_published_births(xichuan: Area) -> None:
    """Of 2016, 2022, 2023 and 2024: differences of −0.0405 over six years, 0.0049 and 0.0360 give √(0.00159 / 3) = 0.0230."""
    years = [2016, 2022, 2023, 2024]
    series = xichuan.reference.tables["series"]
    own, nation = (yearly(series, "births", code).loc[years].to_numpy() for code in ("410000", "100000"))
    assert walk_beside(own, nation, years) == pytest.approx(0.0230, abs=0.0001)
    assert spreads(xichuan.assumptions).fertility_province == 0.023


def test_a_random_walk_has_the_spread_of_its_steps() -> None:
    assert random_walk_sd([0, 1, 3, 4, 6]) == pytest.approx(np.sqrt(1 / 3))  # steps 1, 2, 1, 2


@pytest.mark.needs_shared
def test_the_nations_spreads_are_those_of_the_united_nations_figures(xichuan: Area, shared: Path) -> None:
    table = pd.read_csv(shared / "wpp" / "wpp2024_china_annual_indicators.csv").pivot(
        index="year", columns="indicator", values="value"
    )
    births = yearly(xichuan.reference.tables["series"], "births", "100000")
    total = table["tfr"].dropna()
    for year in (2024, 2025):
        total[year] = table["tfr_med"][year] * births[year] / (1000 * table["births_proj_thousand"][year])
    book = spreads(xichuan.assumptions)
    fit = fit_fertility(total.sort_index())
    assert book.fertility_shared == pytest.approx(fit.innovation_sd, abs=0.0005)
    assert book.fertility_persistence == pytest.approx(fit.persistence, abs=0.005)
    estimated = table.loc[:2023]
    e0 = (estimated["e0_male"] + estimated["e0_female"]) / 2
    assert book.mortality_shared == pytest.approx(random_walk_sd(e0), abs=0.005)
    assert book.correlation == pytest.approx(joint_correlation(estimated["tfr"], e0), abs=0.005)


@pytest.mark.needs_shared
def test_the_spread_of_timing_is_that_of_the_mean_age_at_childbearing(xichuan: Area, shared: Path) -> None:
    table = pd.read_csv(shared / "wpp" / "wpp2024_china_percent_asfr_5yr_annual.csv")
    wide = table[table["year"] <= 2023].pivot(index="year", columns="age", values="percent")
    middles = [float(age[:2]) + 2.5 for age in wide.columns]
    assert spreads(xichuan.assumptions).timing_shared == pytest.approx(random_walk_sd(mean_age(wide, middles)), abs=0.002)
