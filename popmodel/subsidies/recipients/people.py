"""What the schemes are worked out on: the projected people, the assumptions, and what is drawn beside them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from popmodel.demography.arrays import Array
from popmodel.projection import Projection
from popmodel.subsidies.recipients.uncertainty import Shocks, drawn_shocks
from popmodel.subsidies.rules import Quantity


class YearAmount(NamedTuple):
    """Recipients and yuan of one scheme in one year, numbers or (draw,)."""

    recipients: Quantity
    amount_yuan: Quantity


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
        self.shocks = drawn_shocks(projection) if drawn else Shocks()

    def stock(self, year: int, population: str = "registered") -> Array:
        """Persons at the end of `year`, (sex, age, …)."""
        return self._stock[population][year - self.years[0]]

    def born_in(self, birth_year: int, year: int, population: str = "registered") -> Quantity:
        """Children born in `birth_year` who are there at the end of `year`."""
        return np.asarray(self.stock(year, population)[:, year - birth_year].sum(axis=0))

    def level(self, key: str, year: int) -> float:
        """A path of the assumption book in `year`; a scenario changes only what comes after the launch."""
        book = self.scenario_book if year > self.launch else self.book
        return float(book.path(key, [year])[0])
