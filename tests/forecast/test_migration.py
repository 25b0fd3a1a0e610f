"""Where a county's migration comes from when it has no two censuses of its own, and at which ages those away return."""

from dataclasses import replace

import numpy as np
import pytest

from popmodel.areas import Area
from popmodel.forecast import area_censuses, migration_profile, return_pattern


def test_a_county_with_one_census_takes_the_pattern_of_its_prefecture(xichuan: Area) -> None:
    # Nanyang 2010: 10,263,660 residents, 532,635 boys and 417,680 girls under five among them, whom the census counted too low.
    tables = {
        name: table[table["date"].astype(str) == "2020-11-01"] if name.startswith("census_") else table
        for name, table in xichuan.tables.items()
    }
    area = replace(xichuan, tables=tables)
    profile = migration_profile(area, area.assumptions, area_censuses(area))
    assert profile.sources == ("411300",)
    assert profile.first.population[:, 5:].sum() == pytest.approx(10_263_660 - 532_635 - 417_680, rel=1e-9)


def test_older_people_return_most_at_the_assumed_age_and_as_many_in_all(xichuan: Area) -> None:
    away = np.linspace(3_000, 100, 202).reshape(2, 101)
    book = xichuan.assumptions.with_changes({"migration.returning_older": 1.0, "migration.return_peak_age": 57.0})
    weights = return_pattern(book, away)
    assert np.argmax(weights, axis=1).tolist() == [57, 57]
    assert (away * weights).sum() == pytest.approx(away.sum())
    half = return_pattern(book.with_changes({"migration.returning_older": 0.5}), away)
    assert half == pytest.approx((1 + weights) / 2)
