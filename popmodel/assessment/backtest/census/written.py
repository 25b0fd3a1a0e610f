"""What a back-test of two censuses leaves behind and prints: the scores, apart for boundary breaks, and the largest misses."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd

from popmodel.areas.grounds import BROKEN, JOINED
from popmodel.assessment.backtest.census.explained import PARTS
from popmodel.assessment.backtest.census.scored import NOT_RUN, CensusScores
from popmodel.assessment.backtest.printed import summary_text
from popmodel.assessment.backtest.results import long_table, summary
from popmodel.assessment.text_table import text_table
from popmodel.messages import number, text

LARGEST = 10


def write_census(scores: CensusScores, folder: Path) -> None:
    """Write forecasts.parquet, summary.csv, summary_boundary.csv, grounds.csv and explained.csv into an empty folder."""
    import pyarrow.parquet as pq

    pq.write_table(long_table(scores.forecasts), folder / "forecasts.parquet", compression="zstd")
    for name, broken in (("summary.csv", False), ("summary_boundary.csv", True)):
        summary(scores.of(broken)).to_csv(folder / name, index=False, float_format="%.4f")
    grounds(scores).to_csv(folder / "grounds.csv", index=False, encoding="utf-8-sig")
    scores.explained.to_csv(folder / "explained.csv", index=False, float_format="%.1f", encoding="utf-8-sig")


def grounds(scores: CensusScores) -> pd.DataFrame:
    """`area, name, set, first_codes, second_codes` of each ground."""
    rows = [
        (ground.code, row.name, ground.kind, " ".join(ground.first), " ".join(ground.second))
        for ground, row in zip(scores.pairs.grounds, scores.pairs.second, strict=True)
    ]
    return pd.DataFrame(rows, columns=["area", "name", "set", "first_codes", "second_codes"])


def census_text(scores: CensusScores, lang: str | None = None) -> str:
    """What was matched, the summary of both sets, the methods that were not run and why, and the largest misses."""
    pairs = scores.pairs
    kinds = Counter(ground.kind for ground in pairs.grounds)
    given = {"areas": len(pairs.grounds) - kinds[BROKEN], "joined": kinds[JOINED], "broken": kinds[BROKEN]}
    dates = {"first": pairs.first[0].date, "second": pairs.second[0].date}
    parts = [text("backtest.census.matched", lang=lang, **given, **dates)]
    if pairs.alone:
        parts.append(text("backtest.census.alone", lang=lang, count=len(pairs.alone), codes=", ".join(pairs.alone[:LARGEST])))
    for title, broken in (("matched_set", False), ("boundary_set", True)):
        summarised = summary(scores.of(broken))
        if len(summarised):
            parts += ["", text(f"backtest.census.{title}", lang=lang), "", summary_text(summarised, lang).rstrip("\n")]
    parts.append("")
    for method, reason in NOT_RUN.items():
        named = text(f"backtest.method.{method}", lang=lang)
        parts.append(
            text("backtest.census.not_run", lang=lang, method=named, reason=text(f"backtest.census.{reason}", lang=lang))
        )
    return "\n".join([*parts, "", _largest(scores, lang)])


def _largest(scores: CensusScores, lang: str | None) -> str:
    """The largest misses outside boundary breaks, with their parts, in thousands of persons."""
    within = scores.explained[scores.explained["set"] != BROKEN]
    largest = within.reindex(within["miss"].abs().sort_values(ascending=False).index)[:LARGEST]
    columns = ("forecast", "actual", "miss", *PARTS)
    head = [
        text("backtest.census.column.area", lang=lang),
        *(text(f"backtest.census.column.{name}", lang=lang) for name in columns),
    ]
    rows = [[row["name"], *(number(row[name] / 1000, 1) for name in columns)] for row in largest.to_dict("records")]
    title = text("backtest.census.largest", lang=lang, count=len(rows))
    return f"{title}\n\n{text_table(head, rows, set(range(1, len(head))))}\n{text('backtest.census.parts', lang=lang)}"
