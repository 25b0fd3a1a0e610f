"""The published table of migration between the censuses, derived again from the populations and deaths the project ships."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq

from popmodel.areas import Area
from popmodel.demography import (
    SEXES,
    CohortMigration,
    LifeTable,
    cohort_survival,
    cohorts_between,
    intercensal_migration,
    life_table,
)

CENSUSES = (2010, 2020)
# Years lived in the interval by those who die in it: ages 0, 1-4, then the middle of five-year groups, as the table was made.
YEARS_LIVED = [0.1, 1.5, *[2.5] * 20]
# Life expectancy of Henan as commonly quoted, males and females, its source not checked: the table's adjusted mortality has it.
E0 = {2010: (71.84, 77.59), 2020: (74.59, 80.84)}


class Printed(NamedTuple):
    """Cells of a cohort as printed: survival to four decimals, whole persons expected and net, rate to four decimals."""

    sex: str
    age_2010: int
    survival: float
    expected: int
    net: int
    rate: float


# Intercensal cohort migration, Xichuan 2010-2020, second-hand tabulation: with the survival by the deaths as counted, and with
# each census's death rates times the constant that gives the life expectancy above.
RAW = [
    Printed("male", 0, 0.9979, 33_214, -2_548, -0.0767),
    Printed("male", 10, 0.9961, 26_805, -16_619, -0.6200),
    Printed("male", 75, 0.3202, 2_256, -246, -0.1089),
    Printed("female", 20, 0.9972, 31_481, -12_693, -0.4032),
    Printed("female", 55, 0.9312, 18_143, -2_836, -0.1563),
    Printed("female", 75, 0.3881, 4_074, -466, -0.1143),
]
ADJUSTED = [
    Printed("male", 0, 0.9970, 33_185, -2_519, -0.0759),
    Printed("male", 10, 0.9945, 26_761, -16_575, -0.6194),
    Printed("male", 75, 0.2226, 1_568, 442, 0.2819),
    Printed("female", 20, 0.9960, 31_443, -12_655, -0.4025),
    Printed("female", 55, 0.9029, 17_593, -2_286, -0.1299),
    Printed("female", 75, 0.2989, 3_138, 470, 0.1500),
]


@pytest.mark.parametrize(("printed", "adjusted"), [(RAW, False), (ADJUSTED, True)], ids=["raw", "adjusted"])
def test_the_published_table_follows_from_what_the_project_ships(xichuan: Area, printed: list[Printed], adjusted: bool) -> None:
    survival = ten_year_survival(xichuan, adjusted=adjusted)
    found = migration_of(xichuan, survival)
    for row in printed:
        cell = SEXES.index(row.sex), row.age_2010 // 5
        assert survival[cell] == pytest.approx(row.survival, abs=5e-5), row
        assert found.expected[cell] == pytest.approx(row.expected, abs=0.5), row
        assert found.net[cell] == pytest.approx(row.net, abs=0.5), row
        assert found.rate[cell] == pytest.approx(row.rate, abs=5e-5), row


def test_the_counts_of_both_censuses_are_those_of_the_table(xichuan: Area) -> None:
    # As printed: males 10-14 of 2010 and 20-24 of 2020; females 75 and over of 2010 and 85 and over of 2020.
    first, second = counts(xichuan)
    start, end = cohorts_between(first, second, steps=2)
    assert (start[0, 2], end[0, 2]) == (26_910, 10_186)
    assert (start[1, 15], end[1, 15]) == (10_497, 3_608)


def migration_of(area: Area, survival: np.ndarray) -> CohortMigration:
    return intercensal_migration(*cohorts_between(*counts(area), steps=2), survival)


def counts(area: Area) -> tuple[np.ndarray, np.ndarray]:
    """Persons (sex, group 0-4 .. 85+) of both censuses."""
    table = area.tables["census_population"]
    table = table.assign(group=np.minimum(table["age_lo"] // 5, 17))
    by_sex = table.pivot_table(index=["date", "sex"], columns="group", values="population", aggfunc="sum")
    persons = by_sex.reindex(SEXES, level="sex").to_numpy(dtype=float).reshape(len(CENSUSES), len(SEXES), -1)
    return persons[0], persons[1]


def ten_year_survival(area: Area, *, adjusted: bool) -> np.ndarray:
    """By the sum of the province's life tables of both censuses: 5Lx+10 over 5Lx, and T85 over T75 (sex, cohort)."""
    deaths = area.reference.tables["deaths"]
    own = deaths[(deaths["area"] == area.province) & (deaths["urban_rural"] == "total")]

    def lived(census: int, sex: str) -> np.ndarray:
        e0 = E0[census][SEXES.index(sex)] if adjusted else None
        return person_years(own[(own["census"] == census) & (own["sex"] == sex)], e0)

    return cohort_survival([np.sum([lived(census, sex) for census in CENSUSES], axis=0) for sex in SEXES], steps=2)


def person_years(rows: pd.DataFrame, e0: float | None) -> np.ndarray:
    """Years lived in ages 0-4, 5-9 .. 85+ of an abridged table of radix 1, its rates brought to `e0` where it is given."""
    rows = rows.sort_values("age_lo")
    ages, rates = rows["age_lo"].tolist(), (rows["deaths"] / rows["population"]).to_numpy(dtype=float)

    def table(factor: float) -> LifeTable:
        return life_table(factor * rates, "both", ages=ages, a=YEARS_LIVED)

    factor = 1.0 if e0 is None else brentq(lambda tried: float(table(tried).e[0]) - e0, 0.5, 3.0, xtol=1e-14)
    return np.bincount(np.minimum(np.array(ages) // 5, 17), weights=table(factor).L)
