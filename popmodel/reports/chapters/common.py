"""What every chapter uses: its texts, its years, and columns of persons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd

from popmodel.areas import Area
from popmodel.messages import language, number, text
from popmodel.projection import Projection
from popmodel.reports.figures import Pyramid
from popmodel.reports.model import Column, Notice

# The years of long tables: the published years, the plan's years, then every fifth.
PLAN_YEARS = tuple(range(2026, 2031))


def say(key: str, **parameters: Any) -> str:
    """The text `chapters.<key>`; numbers among the parameters are written with separators, years as given."""
    shown = {
        name: value if isinstance(value, str) or name.startswith("year") else number(float(value))
        for name, value in parameters.items()
    }
    return text(f"chapters.{key}", **shown)


def source(*names: str) -> str:
    """The source line of a table or figure, from `chapters.source.<name>`."""
    return text("chapters.source.separator").join(text(f"chapters.source.{name}") for name in names)


def table_years(projection: Projection, first: int | None = None) -> list[int]:
    """The years a long table shows: each from `first` (default: the census year) to the plan's end, every fifth, and the last."""
    start = projection.census_year if first is None else first
    return [
        year
        for year in projection.years
        if year >= start and (year <= PLAN_YEARS[-1] or year % 5 == 0 or year == projection.years[-1])
    ]


def columns(names: Iterable[str], unit: str = "", decimals: int = 0, **options: Any) -> list[Column]:
    """Columns titled `chapters.column.<name>`, spaces and signs in names as underscores."""
    return [Column(name, column_title(name), unit=unit, decimals=decimals, **options) for name in names]


def column_title(name: str) -> str:
    """The title of a column by its name in the frame."""
    plain = name.replace("+", "plus").replace("-", "_").replace(" ", "_")
    return text(f"chapters.column.{plain}")


def year_column() -> Column:
    """The column `year`."""
    return Column("year", text("chapters.column.year"), kind="year")


def with_years(frame: pd.DataFrame, years: Sequence[int]) -> pd.DataFrame:
    """Rows of `years` of a frame indexed by year, the year as first column."""
    return frame.loc[[year for year in years if year in frame.index]].rename_axis("year").reset_index()


def pyramid(title: str, population: np.ndarray) -> Pyramid:
    """A pyramid of `population` (sex, age 0..100) in five-year groups up to 85 and over."""
    grouped = np.stack([population[:, low : low + 5].sum(axis=1) for low in range(0, 85, 5)] + [population[:, 85:].sum(axis=1)])
    return Pyramid(title, list(range(0, 90, 5)), grouped[:, 0], grouped[:, 1])


def money_divisor() -> int:
    """Yuan in the unit money is printed in: 万元 in Chinese, million yuan in English (`chapters.unit.money`)."""
    return 10_000 if language() == "zh" else 1_000_000


def money_decimals() -> int:
    """Places of printed money: to a thousand yuan in Chinese, to ten thousand in English."""
    return 1 if language() == "zh" else 2


def money(yuan: float) -> str:
    """An amount in a sentence, without its unit."""
    return number(yuan / money_divisor(), 0 if language() == "zh" else 1)


def people_divisor() -> int:
    """Persons in the unit of charts of whole populations: 万人 in Chinese, thousands in English."""
    return 10_000 if language() == "zh" else 1_000


def cell(frame: pd.DataFrame, row: Any, column: Any) -> float:
    """One number of a frame."""
    return float(cast(Any, frame.at[row, column]))


def assumption_notice(key: str, **parameters: Any) -> Notice:
    """A text marked as an assumption."""
    return Notice("assumption", say(key, **parameters))


def listed_years(years: Iterable[int]) -> str:
    """Years in a row, as a text has them."""
    return text("chapters.source.year_separator").join(str(year) for year in sorted(set(years)))


def outturn_years(area: Area) -> str:
    """The finished years of the pack's outturn, as a text has them; empty where it has none."""
    table = area.tables.get("outturn")
    return "" if table is None else listed_years(int(year) for year in table["year"])


def money_statuses(area: Area) -> dict[str, str]:
    """Which amounts and recipients are observed and which assumed."""
    years = outturn_years(area)
    if not years:
        return status_counts({"assumed": "status.all"})
    return {
        "observed": text("chapters.status.outturn", years=years),
        "assumed": text("chapters.status.forecast_money"),
    }


def status_counts(statuses: Mapping[str, str]) -> dict[str, str]:
    """Which figures are observed, derived and assumed, by the catalogue's words."""
    return {status: text(f"chapters.{key}") for status, key in statuses.items()}
