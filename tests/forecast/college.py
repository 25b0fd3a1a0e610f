"""A county with a college, for the tests of group quarters."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from popmodel.areas import Area

STUDENTS = 3_000


def with_students(area: Area, *dates: str) -> Area:
    """The area with a college of 3,000 men and as many women aged 18-21 at the given censuses."""
    rows = [
        {"date": date, "kind": "students", "sex": sex, "age_lo": 18, "age_hi": 21, "population": STUDENTS, "status": "assumed"}
        for date in dates
        for sex in ("male", "female")
    ]
    return replace(area, tables={**area.tables, "group_quarters": pd.DataFrame(rows)})
