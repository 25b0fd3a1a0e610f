"""A projection small enough to work out by hand: the stocks a test gives, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import xarray as xr

from popmodel.areas import Area
from popmodel.parameters import AssumptionBook
from popmodel.projection import Projection
from popmodel.scenarios import Scenario

ROOT = Path(__file__).resolve().parents[2]
BOOK = AssumptionBook.from_files([ROOT / "data" / "reference" / "assumptions.yaml"])
YEARS = range(2020, 2041)
# Nobody dies before 20; of those who reach 20 nine in ten live on, whatever their age.
SURVIVAL = np.where(np.arange(101) == 20, 0.9, 1.0) * np.ones((1, 2, 1))

# Persons of one sex and completed age at the end of a year.
Stock = Callable[[int, str, int], float]


def area(tables: Mapping[str, pd.DataFrame], book: AssumptionBook = BOOK, threshold: int = 10) -> Area:
    """A county with these tables."""
    rest: dict[str, Any] = dict.fromkeys(("reference",))
    return Area(
        code="411326",
        names={"zh": "某县", "en": "A county"},
        folder=ROOT,
        province="410000",
        prefecture=None,
        tables=tables,
        assumptions=book,
        scenarios={},
        filled=(),
        notices=(),
        disclosure_threshold=threshold,
        **rest,
    )


def projection(of: Area, registered: Stock, resident: Stock | None = None, book: AssumptionBook | None = None) -> Projection:
    """A projection of `of` with these stocks; `book` is the scenario's, where it differs from the area's."""
    rest: dict[str, Any] = {"rates": None, "base": SimpleNamespace(table=SimpleNamespace(survival=SURVIVAL))}
    return Projection(
        area=of,
        scenario=cast(Scenario, None),
        assumptions=book or of.assumptions,
        census_year=2020,
        launch=2025,
        resident=_stocks(resident or registered),
        registered=_stocks(registered),
        **rest,
    )


def outturn(*rows: tuple[int, str, int, str, int]) -> pd.DataFrame:
    """An outturn table: year, scheme, recipients, recipient_unit, amount_fen."""
    return pd.DataFrame(rows, columns=["year", "scheme", "recipients", "recipient_unit", "amount_fen"])


def _stocks(persons: Stock) -> xr.Dataset:
    sexes = ("male", "female")
    cells = np.array([[[persons(year, sex, age) for age in range(101)] for sex in sexes] for year in YEARS], dtype=float)
    coords = {"year": list(YEARS), "sex": list(sexes), "age": np.arange(101)}
    dims = ("year", "sex", "age")
    return xr.Dataset({"population": (dims, cells), "migration": (dims, np.zeros_like(cells))}, coords=coords)
