"""The places an area has: its list of facilities, or the last total it published, which is then one row."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from popmodel.areas import Area, reported
from popmodel.areas.schemas import CLASS_GROUPS

COLUMNS = [
    "id", "township", "service", "ownership", "places", "opened", "closes", "probability", "fee_yuan_month", "longitude",
    "latitude", "datum", "status",
]  # fmt: skip
AGGREGATE = "aggregate"
# What classes places are in; the last are those of which it is not known.
CLASSES = (*CLASS_GROUPS, "unknown")


def facilities(area: Area) -> pd.DataFrame:
    """The facilities of an area: COLUMNS of its table, or the county's last total of places as one aggregate row.

    A published total has no first day (NaT) and counts in every year. Empty where neither is known.
    """
    table = area.tables.get("facilities")
    if table is not None:
        return table[COLUMNS].reset_index(drop=True)
    told = reported(area, "childcare_places")
    if told is None:
        return pd.DataFrame(columns=COLUMNS)
    row = dict.fromkeys(COLUMNS, "") | {
        "id": AGGREGATE, "service": AGGREGATE, "places": round(told.value), "opened": pd.NaT, "closes": pd.NaT,
        "probability": 1.0, "fee_yuan_month": np.nan, "longitude": np.nan, "latitude": np.nan, "status": told.status,
    }  # fmt: skip
    return pd.DataFrame([row], columns=COLUMNS)


def open_in(found: pd.DataFrame, year: int) -> pd.DataFrame:
    """The facilities of `facilities` that are open at the end of `year`, their places times their probability."""
    last_day = pd.Timestamp(date(year, 12, 31))
    opened, closes = pd.to_datetime(found["opened"]), pd.to_datetime(found["closes"])
    held = (opened.isna() | (opened <= last_day)) & (closes.isna() | (closes >= last_day))
    return found.assign(places=found["places"] * found["probability"])[held].reset_index(drop=True)


def places_of_classes(area: Area, found: pd.DataFrame) -> pd.DataFrame:
    """The places of `open_in` by the classes they are in, a row a facility and a column each of CLASSES."""
    table = area.tables.get("facilities")
    by_id = table.set_index("id") if table is not None else pd.DataFrame()
    split = pd.DataFrame(index=found.index)
    for group in CLASS_GROUPS:
        name = f"places_{group}"
        own = found["id"].map(by_id[name]).astype(float) if name in by_id else pd.Series(0.0, index=found.index)
        split[group] = own.fillna(0.0) * found["probability"]
    split[CLASSES[-1]] = np.maximum(found["places"].astype(float) - split.sum(axis=1), 0.0)
    return split


def places_in(area: Area, year: int) -> float:
    """Places open at the end of `year`; NaN where the area does not say how many there are."""
    found = facilities(area)
    return float(open_in(found, year)["places"].sum()) if len(found) else float("nan")
