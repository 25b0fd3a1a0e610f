"""Records of births checked one by one and told as counts: what is missing, impossible, contradictory, doubled or late.

A record is counted once under each check that it fails, in its township and the year of its birth.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from popmodel.areas.schemas import RECORD_CHECKS
from popmodel.assessment.identity import fault_of, plain_number

# The ages at which women bear, and the shortest time between two births: outside them a date or a number is wrong.
LEAST_AGE, GREATEST_AGE = 13, 50
LEAST_INTERVAL_MONTHS = 7
# Children of one delivery may be born over midnight.
ONE_DELIVERY_DAYS = 1
FIELDS = ("id", "mother", "birth", "mother_birth", "order", "recorded", "township")
# A birth without a date has no year; it is told in this one.
NO_YEAR = 0

# Classes of completeness and timeliness, and the rates from which they begin.
RATE_CLASSES = {"highest": 0.95, "high": 0.9, "low": 0.8, "lowest": 0.0}

Days = npt.NDArray[np.datetime64]
Marks = npt.NDArray[np.bool_]


def checked_records(records: pd.DataFrame, day: dt.date, late_days: int) -> pd.DataFrame:
    """What each check finds, a row a year of birth, township and check.

    records: texts as written by FIELDS, the dates (birth, mother_birth, recorded) tidied; mother and id may be hashes or plain
    numbers. day: no date lies after it; late_days: a record later than that after the birth is late. Columns: year (NO_YEAR where
    the birth has no date), township ("" for the whole county), check, records (all of them), found.
    """
    births, of_mothers, recorded = (_days(records[name]) for name in ("birth", "mother_birth", "recorded"))
    today = np.datetime64(day)
    order = pd.to_numeric(records["order"], errors="coerce").to_numpy(dtype=float)
    marks: dict[str, Marks] = {
        "missing_field": np.logical_or.reduce([(records[name] == "").to_numpy() for name in FIELDS]),
        "identity_number": _faulty(records["id"], day) | _faulty(records["mother"], day),
        "impossible_date": _impossible(records, (births, of_mothers, recorded), today),
        "mother_age": _outside(births, of_mothers),
        "duplicate": _doubled(records, births),
        "record_before_birth": _compared(recorded, births, lambda one, other: one < other),
        "late": _compared(recorded, births, lambda one, other: one > other + np.timedelta64(late_days, "D")),
    }
    marks |= _between_births(records["mother"].to_numpy(dtype=object), births, order, marks["duplicate"])
    years = np.where(np.isnat(births), NO_YEAR, births.astype("datetime64[Y]").astype(int) + 1970)
    return _counted(years, records["township"].to_numpy(dtype=object), marks)


def rate_class(found: float, records: int, threshold: int) -> str:
    """The share of records without fault as one of RATE_CLASSES, or "" where they are too few for a class to hide a count.

    Of ten times the threshold each class holds at least half of a threshold of counts.
    """
    if records < 10 * threshold:
        return ""
    rate = 1.0 - found / records
    return next((name for name, least in RATE_CLASSES.items() if rate >= least), "lowest")


def _days(written: pd.Series) -> Days:
    """Dates, NaT for what is none."""
    known = {text: _day(text) for text in written.unique()}
    return np.array([known[text] for text in written], dtype="datetime64[D]")


def _day(written: str) -> np.datetime64:
    try:
        return np.datetime64(dt.date.fromisoformat(written))
    except ValueError:
        return np.datetime64("NaT")


def _faulty(written: pd.Series, day: dt.date) -> Marks:
    """Plain identity numbers that cannot be right; other ids say nothing: a hash's number was checked when it was hashed."""
    faulty = {text: _is_number(text) and fault_of(plain_number(text), day) is not None for text in written.unique()}
    return np.array([faulty[text] for text in written], dtype=bool)


def _is_number(written: str) -> bool:
    return re.match(r"\d{14}.{0,6}$", plain_number(written)) is not None


def _impossible(records: pd.DataFrame, dates: tuple[Days, ...], today: np.datetime64) -> Marks:
    """Dates that are none, or lie ahead."""
    found = np.zeros(len(records), dtype=bool)
    for name, days in zip(("birth", "mother_birth", "recorded"), dates, strict=True):
        found |= ((records[name] != "").to_numpy() & np.isnat(days)) | (days > today)
    return found


def _outside(births: Days, of_mothers: Days) -> Marks:
    """Mothers younger than LEAST_AGE or older than GREATEST_AGE at the birth, in completed years."""
    known = ~np.isnat(births) & ~np.isnat(of_mothers)
    ages = _months_between(of_mothers, births) // 12
    return known & ((ages < LEAST_AGE) | (ages > GREATEST_AGE))


def _months_between(earlier: Days, later: Days) -> npt.NDArray[np.int64]:
    """Calendar months that have passed: a month has when its day is reached again."""
    months = [days.astype("datetime64[M]") for days in (earlier, later)]
    days = [(one - month).astype(int) for one, month in zip((earlier, later), months, strict=True)]
    return np.asarray((months[1] - months[0]).astype(int) - (days[1] < days[0]))


def _doubled(records: pd.DataFrame, births: Days) -> Marks:
    """Records of a child that has one before: the same id, or without ids the same mother, day and order."""
    named = (records["id"] != "").to_numpy()
    by_id = named & records["id"].duplicated().to_numpy()
    whole = np.flatnonzero(~named & (records["mother"] != "").to_numpy() & ~np.isnat(births))
    keys = pd.DataFrame({"mother": records["mother"], "birth": births, "order": records["order"]}).iloc[whole]
    by_birth = np.zeros(len(records), dtype=bool)
    by_birth[whole] = keys.duplicated().to_numpy()
    return by_id | by_birth


def _compared(one: Days, other: Days, test: Callable[[Days, Days], Any]) -> Marks:
    known = ~np.isnat(one) & ~np.isnat(other)
    return known & np.asarray(test(one, other), dtype=bool)


def _between_births(mothers: npt.NDArray[Any], births: Days, order: npt.NDArray[np.float64], doubled: Marks) -> dict[str, Marks]:
    """Births too soon after the mother's last one, or whose order does not follow its order, as far as both are recorded."""
    too_soon, skipped = np.zeros(len(births), dtype=bool), np.zeros(len(births), dtype=bool)
    known = np.flatnonzero((mothers != "") & ~np.isnat(births) & ~doubled)
    rows = known[np.lexsort((order[known], births[known], mothers[known].astype(str)))]
    same = mothers[rows][1:] == mothers[rows][:-1]
    before, after = rows[:-1][same], rows[1:][same]
    apart = (births[after] - births[before]).astype(int)
    one_delivery = apart <= ONE_DELIVERY_DAYS
    passed = _months_between(births[before], births[after])
    too_soon[after[~one_delivery & (passed < LEAST_INTERVAL_MONTHS)]] = True
    step = order[after] - order[before]
    skipped[after[np.isfinite(step) & ((step > 1) | (step < 0) | (~one_delivery & (step < 1)))]] = True
    return {"birth_interval": too_soon, "order_skipped": skipped}


def _counted(years: npt.NDArray[np.int64], townships: npt.NDArray[Any], marks: dict[str, Marks]) -> pd.DataFrame:
    frame = pd.DataFrame({"year": years, "township": townships, "records": 1} | {name: marks[name] for name in RECORD_CHECKS})
    by_township = frame.groupby(["year", "township"], as_index=False).sum()
    whole = by_township.drop(columns="township").groupby("year", as_index=False).sum().assign(township="")
    known = by_township[by_township["township"] != ""]
    long = pd.concat([whole, known], ignore_index=True).melt(
        id_vars=["year", "township", "records"], value_vars=list(RECORD_CHECKS), var_name="check", value_name="found"
    )
    long["check"] = pd.Categorical(long["check"], RECORD_CHECKS)
    ordered = long.sort_values(["year", "township", "check"], ignore_index=True)
    return ordered.astype({"check": "str", "records": "int64", "found": "int64"})[
        ["year", "township", "check", "records", "found"]
    ]
