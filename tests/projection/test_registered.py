"""Registered people at the census: what they add to, with one census or without the published parts."""

from dataclasses import replace

import pandas as pd
import pytest

from popmodel.areas import Area
from popmodel.forecast import area_censuses
from popmodel.projection import launch
from popmodel.projection.registered import registered_total


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
