"""The places an area has: its list of facilities, or the last total it published, which is then one row."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from popmodel.areas import Area

COLUMNS = [
    "id", "township", "service", "ownership", "places", "opened", "closes", "probability", "fee_yuan_month", "longitude",
    "latitude", "datum", "status",
]  # fmt: skip
AGGREGATE = "aggregate"


def facilities(area: Area) -> pd.DataFrame:
    """The facilities of an area: COLUMNS of its table, or the county's last total of places as one aggregate row.

    A published total has no first day (NaT) and counts in every year. Empty where neither is known.
    """
    table = area.tables.get("facilities")
    if table is not None:
        return table[COLUMNS].reset_index(drop=True)
    places, year = latest_in_series(area, "childcare_places")
    if year is None:
        return pd.DataFrame(columns=COLUMNS)
    series = area.tables["series"]
    own = series[(series["indicator"] == "childcare_places") & (series["year"] == year)]
    row = dict.fromkeys(COLUMNS, "") | {
        "id": AGGREGATE, "service": AGGREGATE, "places": round(places), "opened": pd.NaT, "closes": pd.NaT, "probability": 1.0,
        "fee_yuan_month": np.nan, "longitude": np.nan, "latitude": np.nan, "status": own["status"].iloc[-1],
    }  # fmt: skip
    return pd.DataFrame([row], columns=COLUMNS)


def open_in(found: pd.DataFrame, year: int) -> pd.DataFrame:
    """The facilities of `facilities` that are open at the end of `year`, their places times their probability."""
    last_day = pd.Timestamp(date(year, 12, 31))
    opened, closes = pd.to_datetime(found["opened"]), pd.to_datetime(found["closes"])
    held = (opened.isna() | (opened <= last_day)) & (closes.isna() | (closes >= last_day))
    return found.assign(places=found["places"] * found["probability"])[held].reset_index(drop=True)


def places_in(area: Area, year: int) -> float:
    """Places open at the end of `year`; NaN where the area does not say how many there are."""
    found = facilities(area)
    return float(open_in(found, year)["places"].sum()) if len(found) else float("nan")


def latest_in_series(area: Area, indicator: str) -> tuple[float, int | None]:
    """The last value of an indicator of the pack's yearly series, and its year; NaN and None where there is none."""
    series = area.tables.get("series")
    found = series[series["indicator"] == indicator].sort_values("year") if series is not None else pd.DataFrame()
    return (float(found["value"].iloc[-1]), int(found["year"].iloc[-1])) if len(found) else (float("nan"), None)
