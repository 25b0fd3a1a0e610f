"""The county's one total: public money for families and for childcare places together, by payer and year."""

from __future__ import annotations

import pandas as pd

from popmodel.budget.payers import PAYERS
from popmodel.parameters import largest_remainder

PARTS = ("families", "places", "both")


def with_places(budgeted: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """What each payer pays for families, for places and for both, a row a part, payer and year: part, payer, year, amount_fen.

    budgeted: `appropriation`; places: `childcare.cost.public_cost`, yuan. Years of both are taken; a year's money for places is
    rounded once, to whole yuan, and shared out by largest remainder, as the appropriation is.
    """
    families = budgeted.groupby(["payer", "year"])["amount_fen"].sum()
    yuan = places.groupby(["payer", "year"])["amount_yuan"].sum()
    rows = []
    for year in sorted({*budgeted["year"]} & {*places["year"]}):
        weights = [float(yuan.get((payer, year), 0.0)) for payer in PAYERS]
        total = round(sum(weights))
        of_places = largest_remainder(total, weights) if total else [0] * len(weights)
        for payer, whole in zip(PAYERS, of_places, strict=True):
            parts = (int(families.get((payer, year), 0)), 100 * whole)
            rows += [(part, payer, year, fen) for part, fen in zip(PARTS, (*parts, sum(parts)), strict=True)]
    return pd.DataFrame(rows, columns=["part", "payer", "year", "amount_fen"])
