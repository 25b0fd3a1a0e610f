"""Registers of children side by side: what each counts at each age, how far they are apart, and which base they suggest.

Registers of where children live and registers of where they are registered count two populations, and are not held against each
other. Within one, a register weighs as much as it agrees with the others over the ages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from popmodel.areas import Area
from popmodel.assessment.finding import graded

# Which people a register counts: those who live here, or those registered here.
OF_GROUP: Mapping[str, str] = {
    "census": "residents",
    "birth_certificates": "residents",
    "vaccination": "residents",
    "population_register": "registered",
    "household_registration": "registered",
    "allowance": "registered",
}
# A register that agrees to the last child still may err by this much (standard deviation of the logarithm).
LEAST_ERROR = 0.03
LOOK, DOUBTFUL = 0.03, 0.10


class Compared(NamedTuple):
    """Registers of one group: `counts` (age group × register, persons; NaN where one has none) at their `dates`; `ratios` to the
    middle of them; a `verdicts` word, a `weights` share by register; `base` by age group, persons."""

    group: str
    dates: Mapping[str, str]
    counts: pd.DataFrame
    ratios: pd.DataFrame
    verdicts: Mapping[str, str]
    weights: Mapping[str, float]
    base: pd.Series


def registers_compared(area: Area) -> list[Compared]:
    """The latest county-wide counts of each register of the pack, by group; empty where it gives none.

    The base of an age is the mean of the registers' logarithms under their weights, 1 / (spread² + LEAST_ERROR²), the spread
    being that of a register's ratios to the median of all over the ages. With one register there is nothing to compare: its
    verdict is `look`.
    """
    wide = county_counts(area)
    found = []
    for group in dict.fromkeys(OF_GROUP.values()):
        chosen = [register for register in wide if OF_GROUP[str(register)] == group]
        if chosen:
            found.append(_compared(group, wide[chosen].dropna(how="all"), _dates(area)))
    return found


def county_counts(area: Area) -> pd.DataFrame:
    """Persons by age group (rows, as text) and register (columns), of the whole county at each register's last date."""
    return _wide(_latest(area, townships=False), ["age"])


def township_counts(area: Area, registers: Sequence[str]) -> pd.DataFrame:
    """Persons by township code (rows) and register (columns) at each one's last date, of the ages that all of them tell."""
    rows = _latest(area, townships=True)
    rows = rows[rows["register"].isin(registers)]
    ages = [set(own["age"]) for _, own in rows.groupby("register")]
    common = set.intersection(*ages) if ages else set()
    return _wide(rows[rows["age"].isin(common)], ["township"])


def _latest(area: Area, *, townships: bool) -> pd.DataFrame:
    table = area.tables.get("registers")
    if table is None:
        return pd.DataFrame(columns=["register", "township", "age", "persons"])
    rows = table[np.asarray((table["township"] != "") == townships, dtype=bool)]
    latest = rows.groupby("register")["date"].transform("max")
    rows = rows[np.asarray(rows["date"] == latest, dtype=bool)]
    ages = [
        f"{low}+" if pd.isna(high) else f"{low}" if low == high else f"{low}-{high}"
        for low, high in zip(rows["age_lo"], rows["age_hi"], strict=True)
    ]
    return rows.assign(age=ages, lowest=rows["age_lo"]).sort_values("lowest", kind="stable")


def _wide(rows: pd.DataFrame, index: list[str]) -> pd.DataFrame:
    if rows.empty:
        return pd.DataFrame()
    order = list(dict.fromkeys(rows[index[0]]))
    return rows.pivot_table(index=index, columns="register", values="persons", aggfunc="sum").reindex(order).astype(float)


def _dates(area: Area) -> dict[str, str]:
    rows = _latest(area, townships=False)
    return {str(register): f"{date:%Y-%m-%d}" for register, date in rows.groupby("register")["date"].max().items()}


def _compared(group: str, counts: pd.DataFrame, dates: Mapping[str, str]) -> Compared:
    logs = counts.clip(lower=0.5).apply(np.log)
    apart = logs.sub(logs.median(axis=1), axis=0)
    spread = {str(name): float(np.sqrt(np.nanmean(apart[name] ** 2))) for name in counts}
    raw = {name: 1.0 / (value**2 + LEAST_ERROR**2) for name, value in spread.items()}
    verdicts = {name: graded(value, LOOK, DOUBTFUL) if len(spread) > 1 else "look" for name, value in spread.items()}
    held = pd.DataFrame({name: np.where(counts[name].notna(), raw[str(name)], 0.0) for name in counts}, index=counts.index)
    base = ((logs.fillna(0.0) * held).sum(axis=1) / held.sum(axis=1)).apply(np.exp)
    total = sum(raw.values())
    weights = {name: value / total for name, value in raw.items()}
    named = {name: date for name, date in dates.items() if name in spread}
    return Compared(group, named, counts, apart.apply(np.exp), verdicts, weights, base)
