"""What is known of a set of areas up to a launch, and what a forecast of them looks like: plain arrays, one regular grid.

Every method that is scored against history sees a `History` cut at its launch by `History.until`, never the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from popmodel.demography import Array

IntArray = npt.NDArray[np.int64]

# Stands in `age_hi` for the open group.
OPEN_AGE = 999

# What is forecast and scored: name → lowest and highest age in completed years.
VARIABLES: Mapping[str, tuple[int, int]] = {
    "total": (0, OPEN_AGE),
    "age_0_2": (0, 2),
    "age_0_4": (0, 4),
    "age_65_plus": (65, OPEN_AGE),
}
# The quantiles of every forecast, those of the central 50, 80, 90 and 95 % intervals.
QUANTILES = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)


@dataclass(frozen=True)
class AgeTable:
    """A flow or a rate by area, year and age, on years and ages of its own; NaN where it is not known.

    years: int (year,), rising; a flow of a year falls between 31 December of the year before and of that year.
    age_lo, age_hi: int (age,), completed years, OPEN_AGE for an open group.
    values: (area, year, age) for what concerns mothers, (area, year, sex, age) with male first for the rest. The areas are those
    of the History, in its order.
    """

    years: IntArray
    age_lo: IntArray
    age_hi: IntArray
    values: Array

    def all_ages(self) -> Array:
        """The sum over ages and sexes, (area, year); NaN where a part of it is not known."""
        return self.values.sum(axis=tuple(range(2, self.values.ndim)))


@dataclass(frozen=True)
class History:
    """The population of every area at each year end, and the births, deaths and migration that the set has.

    areas: codes, text. years: int (year,), one after the other without a gap.
    age_lo, age_hi: int (age,), the finest groups that every area and year can be given in, from 0 without a gap; the last one
    is open (age_hi OPEN_AGE). Two sets differ in them: single ages to 100, or 0, 1-2, 3-4, 5, 6-9, 10-14, 15-17, 18-19, 20-24 …
    population: persons, (area, year, sex, age), male first, at 31 December; NaN where an area has not begun or has ended.
    births: by mother's age, (area, year, age). fertility: births a woman, (area, year, age), single ages.
    deaths: persons, (area, year, sex, age). mortality: central death rates, (area, year, sex, age), single ages.
    net_migration: persons, (area, year, sex, age); where the set has arrivals and departures, the one less the other.
    Each of these is None where the set has no such file; their years and ages are their own and may begin before or after
    those of the population.
    """

    areas: tuple[str, ...]
    years: IntArray
    age_lo: IntArray
    age_hi: IntArray
    population: Array
    births: AgeTable | None = None
    fertility: AgeTable | None = None
    deaths: AgeTable | None = None
    mortality: AgeTable | None = None
    net_migration: AgeTable | None = None

    @property
    def launch(self) -> int:
        """The last year with data."""
        return int(self.years[-1])

    def until(self, year: int) -> History:
        """What was known at the end of `year`: no figure dated later, of any table, is left in it.

        A later revision of an earlier figure (a census that rebases the years before it) is not in a set, so none can be seen.
        A table without a year left is None. Raises ValueError when no population is left.
        """
        kept = self.years <= year
        if not kept.any():
            raise ValueError(f"the history begins in {self.years[0]}, after {year}")
        tables = self._tables(lambda table: _until(table, year))
        return replace(self, years=self.years[kept], population=self.population[:, kept], **tables)

    def of_areas(self, chosen: npt.NDArray[np.bool_]) -> History:
        """The same history of some areas only. `chosen`: bool (area,)."""
        areas = tuple(area for area, one in zip(self.areas, chosen, strict=True) if one)
        tables = self._tables(lambda table: replace(table, values=table.values[chosen]))
        return replace(self, areas=areas, population=self.population[chosen], **tables)

    def variables(self) -> tuple[str, ...]:
        """The names of VARIABLES that the age groups allow."""
        return variables_of(self.age_lo)

    def persons(self, variable: str) -> Array:
        """The people of a variable at each year end, (area, year); NaN where the area is not there."""
        return persons_of(self.population, self.age_lo, variable)

    def _tables(self, change: Callable[[AgeTable], AgeTable | None]) -> dict[str, Any]:
        tables = {name: getattr(self, name) for name in ("births", "fertility", "deaths", "mortality", "net_migration")}
        return {name: change(table) if table is not None else None for name, table in tables.items()}


# A forecast: either persons, (area, horizon, sex, age) in the groups of the History, without a range of its own; or variable →
# persons at QUANTILES, (area, horizon, quantile), each taken on the finished figure.
Forecast = Array | Mapping[str, Array]
# A method: the history up to its launch and the horizons (whole years ahead, rising) → the forecast.
Method = Callable[[History, Sequence[int]], Forecast]


def variables_of(age_lo: Sequence[int] | IntArray) -> tuple[str, ...]:
    """The names of VARIABLES that groups beginning at `age_lo`, the last one open, allow."""
    bounds = {0, *(int(low) for low in age_lo), OPEN_AGE + 1}
    return tuple(name for name, (low, high) in VARIABLES.items() if {low, high + 1} <= bounds)


def persons_of(population: Array, age_lo: IntArray, variable: str) -> Array:
    """The people of a variable in a population (…, sex, age) whose groups begin at `age_lo`; shape (…).

    >>> persons_of(np.array([[1.0, 2.0, 4.0], [1.0, 2.0, 4.0]]), np.array([0, 3, 65]), "age_0_2")
    np.float64(2.0)
    """
    low, high = VARIABLES[variable]
    return population[..., (age_lo >= low) & (age_lo <= high)].sum(axis=(-2, -1))


def _until(table: AgeTable, year: int) -> AgeTable | None:
    kept = table.years <= year
    return replace(table, years=table.years[kept], values=table.values[:, kept]) if kept.any() else None
