"""The totals of a budget by year; sums of finished years are taken in fen."""

from __future__ import annotations

import pandas as pd


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
