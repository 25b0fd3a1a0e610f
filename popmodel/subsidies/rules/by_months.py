"""Schemes that are paid by the month: which months of a year a span of days is paid for."""

from __future__ import annotations

import numpy as np

from popmodel.subsidies.rules.entitlement import Counts, Days
from popmodel.subsidies.rules.spans import earliest, latest

_YEAR = "datetime64[M]"


def months_paid_within(
    start: Days, end: Days, moved_in: Days, moved_out: Days, year: int, *, start_month_paid: bool, end_month_paid: bool
) -> tuple[Counts, Counts]:
    """First month of `year` paid for (1-12) and how many are, for conditions met from `start` to `end`, (n,) each.

    The month in which the conditions begin counts if `start_month_paid`, that in which they end if `end_month_paid`. The month of
    a move belongs to the county that is left. An empty start is never, an empty end or move none. 0 months where none is paid.
    """
    first = latest(start.astype(_YEAR) + (0 if start_month_paid else 1), moved_in.astype(_YEAR) + 1)
    last = earliest(end.astype(_YEAR) - (0 if end_month_paid else 1), moved_out.astype(_YEAR))
    january = np.datetime64(f"{year}-01", "M")
    begins = np.where(np.isnat(start), 12, np.maximum((first - january).astype(np.int64), 0))
    ends = np.where(np.isnat(last), 11, np.minimum((last - january).astype(np.int64), 11))
    count = np.maximum(ends - begins + 1, 0)
    return np.where(count > 0, begins + 1, 1), count
