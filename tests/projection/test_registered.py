"""Registered people at the census: what they add to, with one census or without the published parts."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from popmodel.areas import Area
from popmodel.areas.own_figures import StockByAge
from popmodel.forecast import area_censuses
from popmodel.projection import launch
from popmodel.projection.registered import carried_back, registered_at_year_end, registered_total
from popmodel.projection.step import YearEnd


def with_totals(area: Area, totals: pd.DataFrame) -> Area:
    return replace(area, tables={**area.tables, "census_totals": totals})


def at_first_census(area: Area) -> tuple[float, float]:
    registered, outside = registered_total(area, area_censuses(area)[0])
    return float(registered), float(outside)


def test_those_registered_outside_are_the_fewest_that_the_totals_allow(xichuan: Area) -> None:
    # Of 685,683 residents at least 85,683 are registered elsewhere where only 600,000 are registered here; none, if as many are.
    totals = xichuan.tables["census_totals"]
    kept = totals[~totals["indicator"].isin(["registered_elsewhere_in_province", "registered_outside_province"])]
    fewer = kept.assign(value=kept["value"].where(kept["indicator"] != "registered", 600_000))
    assert at_first_census(with_totals(xichuan, fewer)) == pytest.approx((600_000, 85_683))
    assert at_first_census(with_totals(xichuan, kept)) == pytest.approx((771_667, 0))


def test_where_no_registered_total_is_published_the_ratio_of_the_province_stands_in(xichuan: Area) -> None:
    # Henan 2010: 104,281,397 registered people, 94,029,939 residents.
    totals = xichuan.tables["census_totals"]
    without = with_totals(xichuan, totals[totals["indicator"] != "registered"])
    registered, outside = at_first_census(without)
    assert registered == pytest.approx(685_683 * 104_281_397 / 94_029_939, rel=1e-12)
    assert outside == 2_977


def test_with_one_census_those_registered_add_to_its_total(xichuan: Area) -> None:
    later = {
        name: table[table["date"].astype(str) == "2020-11-01"]
        for name, table in xichuan.tables.items()
        if name in ("census_population", "census_totals")
    }
    row = later["census_totals"].iloc[[0]].assign(indicator="registered", value=690_000)
    later["census_totals"] = pd.concat([later["census_totals"], row], ignore_index=True)
    found = launch(replace(xichuan, tables={**xichuan.tables, **later})).base.registered
    assert found.totals == (2020, 690_000, 23_653)
    assert found.stock.sum() == pytest.approx(690_000, abs=1e-3)
    assert found.away_first.sum() == pytest.approx(690_000 - (538_569 - 23_653), abs=1e-3)


def test_a_cohort_is_carried_back_by_what_the_count_has_of_it() -> None:
    """Four ages, two years: those of 0 and 1 then are 2 and 3 at the count, those of 1 and older its open age."""
    base = np.array([[10.0, 20.0, 30.0, 40.0], [10.0, 20.0, 30.0, 40.0]])
    expected = np.array([[5.0, 5.0, 9.0, 80.0], [5.0, 5.0, 0.0, 80.0]])
    met = np.array([[4.0, 6.0, 18.0, 40.0], [4.0, 6.0, 7.0, 80.0]])
    least = np.zeros((2, 4))
    least[0, 3] = 25.0
    # Twice as many of the first, half of the others but for the 25 who are certain; nobody was expected of the first women.
    wanted = [[20.0, 10.0, 15.0, 25.0], [10.0, 20.0, 30.0, 40.0]]
    assert carried_back(base, 2, met, expected, least).tolist() == wanted


def test_a_group_counted_keeps_the_shares_of_its_ages() -> None:
    """Counted at midyear: 30 under two and 40 of two and older, where 10 + 10 and 0 + 20 were worked out for the day."""
    before, end = np.array([[8.0, 12.0, 0.0, 16.0]] * 2), np.array([[12.0, 8.0, 0.0, 24.0]] * 2)
    counted = StockByAge(dt.date(2025, 7, 1), ((0, 2), (0, 2)), (np.array([30.0, 40.0]),) * 2)
    nothing = np.zeros((2, 4))
    year = YearEnd(end, np.zeros((1, 2)), nothing, nothing, nothing, np.zeros(()))
    found = registered_at_year_end(counted, before, year)
    # 182 of 365 days have passed: the day has 9.995 + 10.005; what it differs by is added to the year's end.
    np.testing.assert_allclose(found, [[12 + 5, 8 + 5, 0, 24 + 20]] * 2, atol=0.03)
    assert found[0, :2].sum() == pytest.approx(20 + 10)
