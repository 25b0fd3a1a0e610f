"""The bridge between two budgets, in whole fen: what method, data, people, price and policy did to each amount.

It holds the effects of `assessment.bridge`, whose steps are those of a forecast, under the headings of a budget.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

# people: how many are paid, by the assumptions and the scenario; price: the amount each; policy: schemes, conditions and payers.
MONEY_STEPS = ("method", "data", "people", "price", "policy")
COLUMNS = ["quantity", "year", "step", "item", "effect_fen", "old_fen", "new_fen"]


def money_bridge(effects: pd.DataFrame, headings: Mapping[tuple[str, str], str], prefix: str = "amount_") -> pd.DataFrame:
    """The effects on amounts (quantities that begin with `prefix`, yuan) in whole fen, a row a figure and item.

    headings: (step, item) of `effects` → its heading, of MONEY_STEPS; a step without items has none and is left out. Columns:
    quantity, year, step (the heading), item, effect_fen, old_fen, new_fen; int64. Each level on the way is rounded to fen, so the
    effects of a figure add to new_fen − old_fen exactly.
    """
    rows = []
    for (quantity, year), own in effects[effects["quantity"].str.startswith(prefix)].groupby(["quantity", "year"], sort=False):
        items = [row for row in own.to_dict("records") if row["item"]]
        items.sort(key=lambda row: MONEY_STEPS.index(headings[row["step"], row["item"]]))  # stable: in their order within one
        old, new = float(own["old"].iloc[0]), float(own["new"].iloc[0])
        level = old
        for row in items:
            before, level = _fen(level), level + row["effect"]
            effect = _fen(level) - before
            rows.append((quantity, year, headings[row["step"], row["item"]], row["item"], effect, _fen(old), _fen(new)))
    return pd.DataFrame(rows, columns=COLUMNS)


def by_heading(frame: pd.DataFrame) -> pd.DataFrame:
    """The effects of a `money_bridge` by quantity and year (rows) and heading (columns, all of them), whole fen."""
    sums = frame.groupby(["quantity", "year", "step"], sort=False)["effect_fen"].sum().unstack("step", fill_value=0)
    return sums.reindex(columns=list(MONEY_STEPS), fill_value=0)


def _fen(yuan: float) -> int:
    return round(100 * yuan)
