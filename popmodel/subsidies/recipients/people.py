"""What the schemes are worked out on: the projected people, the assumptions, and what is drawn beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from popmodel.demography import SEXES
from popmodel.demography.arrays import Array
from popmodel.projection import Projection
from popmodel.subsidies.rules import Quantity


class YearAmount(NamedTuple):
    """Recipients and yuan of one scheme in one year, numbers or (draw,)."""

    recipients: Quantity
    amount_yuan: Quantity


@dataclass(frozen=True)
class Shocks:
    """Factors beside the central path, by scheme; a scheme that is not named has none.

    share: on the share of each cohort that becomes entitled after the launch, (draw,). take_up: on the take-up, and standard: on
    the amounts, (year, draw), the years being those of `years`.
    """

    years: tuple[int, ...] = ()
    share: dict[str, Array] = field(default_factory=dict)
    take_up: dict[str, Array] = field(default_factory=dict)
    standard: dict[str, Array] = field(default_factory=dict)

    def share_of(self, scheme: str) -> Quantity:
        return self.share.get(scheme, 1.0)

    def take_up_of(self, scheme: str, year: int) -> Quantity:
        return self._in(self.take_up, scheme, year)

    def standard_of(self, scheme: str, year: int) -> Quantity:
        return self._in(self.standard, scheme, year)

    def _in(self, factors: dict[str, Array], scheme: str, year: int) -> Quantity:
        return np.asarray(factors[scheme][self.years.index(year)]) if scheme in factors and year in self.years else 1.0


class People:
    """Stocks by (year, sex, age, …) of both populations, the assumption paths, and the shocks; persons come back as (…).

    With draws, every array ends in (draw,). `births_factor` multiplies the registered children: how many there are is less
    certain than anything else.
    """

    def __init__(self, projection: Projection, *, drawn: bool = False, births_factor: float = 1.0) -> None:
        draws = projection.draws
        if drawn:
            assert draws is not None, "a projection without draws"
            self._stock: dict[str, Array] = {"resident": draws.resident.stock, "registered": draws.registered.stock}
        else:
            data = {"resident": projection.resident, "registered": projection.registered}
            self._stock = {name: one["population"].transpose("year", "sex", "age").values for name, one in data.items()}
        self.projection, self.years, self.launch = projection, projection.years, projection.launch
        self.births_factor = births_factor
        self.book, self.scenario_book = projection.area.assumptions, projection.assumptions
        self.shocks = Shocks()

    def stock(self, year: int, population: str = "registered") -> Array:
        """Persons at the end of `year`, (sex, age, …)."""
        return self._stock[population][year - self.years[0]]

    def born_in(self, birth_year: int, year: int, population: str = "registered") -> Quantity:
        """Children born in `birth_year` who are there at the end of `year`."""
        return np.asarray(self.stock(year, population)[:, year - birth_year].sum(axis=0))

    def aged(self, low: int, year: int, sex: str | None = None, population: str = "registered") -> Quantity:
        """People of `low` and over at the end of `year`."""
        stock = self.stock(year, population)[:, low:]
        return np.asarray(stock[SEXES.index(sex)].sum(axis=0) if sex else stock.sum(axis=(0, 1)))

    def level(self, key: str, year: int) -> float:
        """A path of the assumption book in `year`; a scenario changes only what comes after the launch."""
        book = self.scenario_book if year > self.launch else self.book
        return float(book.path(key, [year])[0])
