"""Two lists held against each other, as a planner reads it: the totals, then by township, age and month of birth."""

from __future__ import annotations

from typing import Any

import pandas as pd

from popmodel.areas import Area
from popmodel.assessment.reconcile import COUNTS, Reconciled
from popmodel.messages import number, text
from popmodel.runs.bridge_text import aligned

_MOST_ROWS = 30


def reconcile_text(found: Reconciled, threshold: int, area: Area | None) -> str:
    """The whole answer in the language in force; townships by name where the pack knows them."""
    totals = {name: number(value) for name, value in found.totals.items()}
    lines = [text("cli.reconcile.totals", **totals)]
    if found.totals["doubled_a"] or found.totals["doubled_b"]:
        lines.append(text("cli.reconcile.doubled", **totals))
    names = _names(area)
    for frame, key in ((found.by_township, "township"), (found.by_age, "age"), (found.by_month, "month")):
        lines += ["", *_table(frame, key, names)]
    return "\n".join([*lines, "", text("cli.reconcile.hidden", threshold=threshold)])


def _names(area: Area | None) -> dict[str, str]:
    table = None if area is None else area.tables.get("townships")
    return {} if table is None else dict(zip(table["code"], table["name"], strict=True))


def _table(frame: pd.DataFrame, key: str, names: dict[str, str]) -> list[str]:
    rows = [[text(f"cli.reconcile.head.{column}") for column in (key, *COUNTS)]]
    for row in frame.head(_MOST_ROWS).to_dict("records"):
        named = names.get(str(row[key]), str(row[key])) or text("cli.reconcile.unknown")
        rows.append([named, *(_count(row[column]) for column in COUNTS)])
    more = [text("cli.reconcile.more", file=f"by_{key}.csv")] if len(frame) > _MOST_ROWS else []
    return aligned(rows) + more


def _count(value: Any) -> str:
    return text("cli.reconcile.hidden_cell") if pd.isna(value) else number(float(value))
