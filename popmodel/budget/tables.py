"""The budget's tables: the total of each year, and scheme by payer by year.

Sums of finished years are taken in fen.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from popmodel.budget.payers import PAYERS

TABLE_YEARS = range(2026, 2031)


def totals_by_year(amounts: pd.DataFrame) -> pd.DataFrame:
    """The total of all schemes by year from `subsidy_amounts` or `by_payer`.

    Columns: year, amount_yuan (float), amount_fen (Int64, only where every scheme's amount is an outturn), basis.
    """
    rows = []
    for year, of_year in amounts.groupby("year"):
        finished = bool(of_year["amount_fen"].notna().all())
        fen = int(of_year["amount_fen"].sum()) if finished else None
        yuan = of_year["amount_yuan"].sum() if fen is None else fen / 100
        rows.append((year, yuan, fen, "outturn" if finished else "forecast"))
    columns = ["year", "amount_yuan", "amount_fen", "basis"]
    return pd.DataFrame(rows, columns=columns).astype({"amount_yuan": float, "amount_fen": "Int64"})


def budget_table(payments: pd.DataFrame, years: Iterable[int] = TABLE_YEARS) -> pd.DataFrame:
    """Yuan by scheme and payer (rows) and year (columns), from `by_payer`.

    Each scheme's payers are followed by its row "total"; the scheme "total" closes the table, by payer and in all.
    """
    chosen = payments[payments["year"].isin(list(years))]
    wide = chosen.pivot(index=["scheme", "payer"], columns="year", values="amount_yuan")
    blocks = {scheme: wide.loc[scheme].loc[list(PAYERS)] for scheme in chosen["scheme"].unique()}
    blocks["total"] = sum(blocks.values())
    for block in blocks.values():
        block.loc["total"] = block.sum()
    return pd.concat(blocks, names=["scheme", "payer"])
