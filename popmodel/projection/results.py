"""What a projection returns: labelled stocks and flows of both populations, their bridge, and the rates behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from popmodel.areas import Area
from popmodel.demography import SEXES
from popmodel.demography.arrays import Array
from popmodel.parameters import AssumptionBook
from popmodel.projection.base import Base
from popmodel.projection.draws import Draws
from popmodel.scenarios import Scenario

# Age groups of reports: key → (lowest, highest completed age; 100 is open).
AGE_GROUPS = {
    "0-2": (0, 2),
    "3-5": (3, 5),
    "6-11": (6, 11),
    "12-14": (12, 14),
    "15-17": (15, 17),
    "16-59": (16, 59),
    "60+": (60, 100),
    "65+": (65, 100),
    "80+": (80, 100),
}


@dataclass(frozen=True, repr=False)
class Projection:
    """An area under one scenario, in calendar years from the census to `to`.

    resident, registered: Datasets with population (year, sex, age) at 31 December and, for the years after the first,
    births (year, order, sex), deaths (year, sex, age at death), cohort_deaths and migration (year, sex, age at year end),
    and shortfall (year), persons who could not leave because their cell was empty.
    rates: Dataset by year: tfr, tfr_order (order), e0 (sex), return_rate and balance_rate of the residents; women_by_parity
    (parity, age), their share at the start of the year.
    base: where it started from. draws: the joint paths beside this central one, where they were asked for.
    """

    area: Area
    scenario: Scenario
    assumptions: AssumptionBook
    census_year: int
    launch: int
    resident: xr.Dataset
    registered: xr.Dataset
    rates: xr.Dataset
    base: Base
    draws: Draws | None = None

    def __repr__(self) -> str:
        drawn = f", {self.draws.count} draws" if self.draws else ""
        return f"Projection({self.area.code}, {self.scenario.key}, {self.years[0]}-{self.years[-1]}{drawn})"

    @property
    def years(self) -> list[int]:
        """Years with a stock, the first being the census year."""
        return [int(year) for year in self.resident["year"].values]

    def population(self, name: str) -> xr.Dataset:
        """`resident` or `registered`."""
        return {"resident": self.resident, "registered": self.registered}[name]

    def to_frame(self, population: str = "resident", variable: str = "population") -> pd.DataFrame:
        """One variable as a long table, a row a cell: its dimensions, then `value` in persons a year."""
        values = self.population(population)[variable]
        return values.to_dataframe(name="value").reset_index().dropna(subset=["value"])

    def persons(self, low: int, high: int, population: str = "resident", sex: str | None = None) -> pd.Series:
        """Persons aged `low` to `high` (completed years, 100 open) by year."""
        stock = self.population(population)["population"].values[:, :, low : high + 1]
        by_age = stock[:, SEXES.index(sex)] if sex else stock.sum(axis=1)
        return self._by_year(by_age.sum(axis=1), "population")

    def age_groups(self, population: str = "resident") -> pd.DataFrame:
        """Persons by year (rows) in the groups of `AGE_GROUPS`, women 15-49 and all ages (columns)."""
        frame = pd.DataFrame({key: self.persons(*bounds, population) for key, bounds in AGE_GROUPS.items()})
        frame["women 15-49"] = self.persons(15, 49, population, "female")
        frame["all"] = self.persons(0, 100, population)
        return frame

    def components(self, population: str = "resident") -> pd.DataFrame:
        """Births, deaths, net migration and growth by year (columns), persons; stocks at the year's end as `population`.

        The first year has a stock only."""
        data = self.population(population)
        names = ("population", "births", "deaths", "migration")
        frame = pd.DataFrame({name: self._by_year(data[name].values.sum(axis=(1, 2)), name) for name in names})
        frame["growth"] = frame["population"].diff()
        return frame

    def _by_year(self, values: Array, name: str) -> pd.Series:
        """Plain sums as a series: labelled arrays take many times as long to add up, and reports add up often."""
        return pd.Series(values, index=pd.Index(self.resident["year"].values, name="year"), name=name)

    def bridge(self) -> pd.DataFrame:
        """Residents, of them registered outside, registered people living away, and registered people, by year."""
        resident = self.persons(0, 100)
        registered = self.persons(0, 100, "registered")
        outside = resident * self.base.pair.outside_share
        return pd.DataFrame(
            {"resident": resident, "outside": outside, "away": registered - resident + outside, "registered": registered}
        )


def balance_error(data: xr.Dataset) -> float:
    """Largest absolute miss, in persons over all cells, of stock + births − deaths + migration = next stock."""
    stock = data["population"].values
    flows = data.isel(year=slice(1, None))
    start = np.concatenate([flows["births"].sum("order").values[..., None], stock[:-1]], axis=-1)
    expected = start[..., :-1].copy()
    expected[..., -1] += start[..., -1]
    expected += flows["migration"].values - flows["cohort_deaths"].values
    by_cell = np.abs(stock[1:] - expected).max()
    totals = stock[1:].sum((1, 2)) - stock[:-1].sum((1, 2))
    change = (
        flows["births"].sum(["order", "sex"]) - flows["deaths"].sum(["sex", "age"]) + flows["migration"].sum(["sex", "age"])
    ).values
    return float(max(by_cell, np.abs(totals - change).max()))
