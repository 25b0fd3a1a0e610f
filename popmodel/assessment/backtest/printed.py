"""The summary of a back-test as a reader wants it: for each variable the methods side by side, some years ahead."""

from __future__ import annotations

from typing import Any

import pandas as pd

from popmodel.assessment.backtest.results import shelf_lives
from popmodel.assessment.text_table import text_table
from popmodel.messages import text

_HORIZONS = (5, 10)
_SHOWN = ("mape", "winkler80", "cover80")


def summary_text(summarised: pd.DataFrame, lang: str | None = None) -> str:
    """A table a variable, a row a method: error, interval score and coverage 5 and 10 years ahead, and the shelf life.

    summarised: as `summary` gives it; of a single horizon no shelf life is shown. Where no launch has five years ahead, the
    longest horizon is shown. The best error and score of a column are marked with an asterisk.
    """
    horizons = [horizon for horizon in _HORIZONS if horizon in set(summarised["horizon"])] or [int(summarised["horizon"].max())]
    lives = {(life["variable"], life["method"]): life for life in shelf_lives(summarised).to_dict("records")}
    parts = []
    for variable, of_variable in summarised.groupby("variable", sort=False):
        methods = list(dict.fromkeys(of_variable["method"]))
        columns = [[text(f"backtest.method.{method}", lang=lang) for method in methods]]
        head = [text("backtest.column.method", lang=lang)]
        for horizon in horizons:
            at = of_variable[of_variable["horizon"] == horizon].set_index("method").reindex(methods)
            for measure in _SHOWN:
                head.append(
                    text("backtest.column.ahead", lang=lang, years=horizon, what=text(f"backtest.measure.{measure}", lang=lang))
                )
                columns.append(_column(at[measure], marked=measure in ("mape", "winkler80")))
        if summarised["horizon"].nunique() > 1:
            head.append(text("backtest.column.shelf_life", lang=lang))
            columns.append([_life(lives[variable, method]) for method in methods])
        title = text(f"backtest.variable.{variable}", lang=lang)
        parts.append(f"{title}\n\n{text_table(head, list(zip(*columns, strict=True)), set(range(1, len(head))))}")
    return "\n".join(parts)


def _column(values: pd.Series, *, marked: bool) -> list[str]:
    """Percent with one decimal; `*` at those that print as the least does, where that is asked for."""
    shown = ["" if pd.isna(value) else f"{value:.1f}" for value in values]
    best = "" if values.isna().all() or not marked else f"{values.min():.1f}"
    return [f"{one}*" if one and one == best else one for one in shown]


def _life(row: dict[Any, Any]) -> str:
    life, longest = row["shelf_life"], row["longest_horizon"]
    return f"≥{life}" if life == longest else str(life)
