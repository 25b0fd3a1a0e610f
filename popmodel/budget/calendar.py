"""When the money is needed: each scheme's payments by quarter, and whose money it is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from popmodel.parameters import largest_remainder
from popmodel.projection import Projection
from popmodel.subsidies.declared import declared_quarters
from popmodel.subsidies.recipients.childcare_allowance import allowance_quarters
from popmodel.subsidies.recipients.people import People

QUARTERS = ("q1", "q2", "q3", "q4")


def cash_calendar(projection: Projection, budgeted: pd.DataFrame) -> pd.DataFrame:
    """The amounts of `appropriation` by quarter, a row a scheme, payer, year and quarter: amount_fen (Int64).

    The allowance follows claims and batches, a county's own scheme its months, the others the quarter in which the county pays
    them. Quarters of a scheme and payer add to its year to the fen (largest remainder).
    """
    people = People(projection)
    weights: dict[tuple[str, int], list[float]] = {}
    rows = []
    for row in budgeted.to_dict("records"):
        scheme, year, fen = str(row["scheme"]), int(row["year"]), int(row["amount_fen"])
        parts = [0] * len(QUARTERS)
        if fen:
            if (scheme, year) not in weights:
                weights[scheme, year] = _quarters(people, scheme, year)
            parts = largest_remainder(fen, weights[scheme, year])
        rows += [(scheme, row["payer"], year, quarter, part) for quarter, part in zip(QUARTERS, parts, strict=True)]
    return pd.DataFrame(rows, columns=["scheme", "payer", "year", "quarter", "amount_fen"]).astype({"amount_fen": "Int64"})


def _quarters(people: People, scheme: str, year: int) -> list[float]:
    area, book = people.projection.area, people.scenario_book if year > people.launch else people.book
    if scheme in area.schemes:
        found = declared_quarters(people, area.schemes[scheme], year)
    elif scheme == "childcare_allowance":
        found = allowance_quarters(people, year)
    else:
        shares: Mapping[str, float] = book.shares("subsidies.payment_quarters", year)
        found = np.array([shares[quarter] for quarter in QUARTERS])
    return [float(part) for part in found]
