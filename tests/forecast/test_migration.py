"""Where a county's migration comes from when it has no two censuses of its own."""

from dataclasses import replace

import pytest

from popmodel.areas import Area
from popmodel.forecast import migration_profile, mortality_level


def test_a_county_with_one_census_takes_the_pattern_of_its_prefecture(xichuan: Area) -> None:
    # Nanyang 2010: 10,263,660 residents, 532,635 boys and 417,680 girls under five among them, whom the census counted too low.
    tables = {
        name: table[table["date"].astype(str) == "2020-11-01"] if name.startswith("census_") else table
        for name, table in xichuan.tables.items()
    }
    area = replace(xichuan, tables=tables)
    profile = migration_profile(area, area.assumptions, mortality_level(area, area.assumptions))
    assert profile.source == "411300"
    assert profile.first.population[:, 5:].sum() == pytest.approx(10_263_660 - 532_635 - 417_680, rel=1e-9)
