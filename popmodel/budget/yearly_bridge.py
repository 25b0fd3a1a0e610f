"""From one year's budget to the next, in whole fen: more or fewer people, another amount each, and schemes that begin or end."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd

COLUMNS = ["scheme", "year", "before_fen", "people_fen", "price_fen", "policy_fen", "after_fen"]


def yearly_bridge(amounts: pd.DataFrame) -> pd.DataFrame:
    """What changed between each year and the one before, a row a scheme and year, from `subsidies.subsidy_amounts`.

    Columns: scheme, year, before_fen, people_fen (the change in recipients at the year before's amount each), price_fen (the
    change in the amount each, for this year's recipients), policy_fen (all of it in the year in which a scheme begins or ends),
    after_fen; Int64. before + people + price + policy = after, to the fen: the effects are differences of rounded levels.
    """
    rows = []
    for scheme, of_scheme in amounts.groupby("scheme", sort=False):
        ordered = of_scheme.sort_values("year").to_dict("records")
        for before, after in pairwise(ordered):
            one, other = (round(100 * row["amount_yuan"]) for row in (before, after))
            if not one or not other:
                people, price, policy = 0, 0, other - one
            else:
                at_old_price = round(100 * before["amount_yuan"] / before["recipients"] * after["recipients"])
                people, price, policy = at_old_price - one, other - at_old_price, 0
            rows.append((scheme, after["year"], one, people, price, policy, other))
    return pd.DataFrame(rows, columns=COLUMNS).astype({name: "Int64" for name in COLUMNS if name.endswith("_fen")})
