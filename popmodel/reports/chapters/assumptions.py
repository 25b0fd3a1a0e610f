"""Chapter: the assumption book as this run used it, with sources, owners and dates, and what was filled in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from popmodel.chain import Results, dated_parameters, overdue
from popmodel.messages import entries, text
from popmodel.parameters import Assumption
from popmodel.parameters.shares import share_title
from popmodel.reports.chapters.common import columns, say, source
from popmodel.reports.model import Block, Chapter, Notice, Paragraph, Table


def assumptions(results: Results, today: date) -> Chapter:
    """The chapter with every assumption of the run; those past their review date are named first."""
    book = results.projection.assumptions
    blocks: list[Block] = [Paragraph(say("assumptions.lead", count=len(book)))]
    if late := overdue(results.projection.area, today):
        titles = text("problems.where_separator").join(late)
        blocks.append(Notice("warning", say("assumptions.overdue", count=len(late), titles=titles)))
    changed = results.projection.scenario.changes
    if changed:
        titles = text("problems.where_separator").join(book[key].title() for key in changed)
        blocks.append(Notice("info", say("assumptions.changed", scenario=results.projection.scenario.name(), titles=titles)))
    blocks.append(_table(list(book)))
    blocks.append(_standards(results))
    blocks += _assumed_rows(results)
    return Chapter("assumptions", say("assumptions.title"), blocks)


def _table(entries: list[Assumption]) -> Table:
    frame = pd.DataFrame(
        {
            "assumption": [entry.title() for entry in entries],
            "key": [entry.key for entry in entries],
            "value": [shown_value(entry.value) for entry in entries],
            "unit": [entry.unit_title() for entry in entries],
            "status": [entry.status for entry in entries],
            "source_and_note": [_source_and_note(entry) for entry in entries],
            "owner": [entry.owner for entry in entries],
            "checked": [f"{entry.checked:%Y-%m-%d}" for entry in entries],
            "review_by": [f"{entry.review_by:%Y-%m-%d}" for entry in entries],
        }
    )
    widths = {
        "assumption": 9,
        "key": 11,
        "value": 8,
        "unit": 3.5,
        "status": 3.5,
        "source_and_note": 26,
        "owner": 7,
        "checked": 5.5,
        "review_by": 5.5,
    }
    shown = [columns([name], width=width, kind="status" if name == "status" else None)[0] for name, width in widths.items()]
    return Table("assumption_book", say("assumptions.table"), frame, shown, source=source("assumption_book"), wide=True)


def _standards(results: Results) -> Table:
    """The dated parameters of the rules and of the county's schemes that hold after the launch, and where they are laid down."""
    since = date(results.projection.launch, 12, 31)
    rows = [
        {
            "parameter": parameter.title(),
            "value": shown_value(one.value),
            "unit": text(f"parameters.unit.{one.unit}"),
            "from": f"{one.start:%Y-%m-%d}",
            "laid_down": " ".join(part for part in (one.document, one.paragraph) if part)
            or text("chapters.assumptions.no_document"),
            "status": one.status,
            "source_and_note": one.source,
            "checked": f"{one.checked:%Y-%m-%d}",
            "review_by": f"{one.review_by:%Y-%m-%d}",
        }
        for parameter in dated_parameters(results.projection.area)
        for place, one in enumerate(parameter.values)
        if place == len(parameter.values) - 1 or parameter.values[place + 1].start > since
    ]
    widths = {
        "parameter": 12,
        "value": 5,
        "unit": 4.5,
        "from": 5.5,
        "laid_down": 14,
        "status": 3.5,
        "source_and_note": 22,
        "checked": 5.5,
        "review_by": 5.5,
    }
    shown = [columns([name], width=width, kind="status" if name == "status" else None)[0] for name, width in widths.items()]
    note = say("assumptions.standards_note", year=results.projection.launch)
    frame, title = pd.DataFrame(rows), say("assumptions.standards_table")
    return Table("dated_standards", title, frame, shown, notes=[note], source=source("rules"), wide=True)


def _assumed_rows(results: Results) -> list[Block]:
    """The figures of the pack that are assumed, as `table: what` with their source."""
    rows = []
    for name, table in results.projection.area.tables.items():
        for row in table[table["status"] == "assumed"].to_dict("records"):
            what = next(
                (str(row[column]) for column in ("event", "indicator", "target", "scheme", "name") if column in row), name
            )
            value = next((row[column] for column in ("persons", "value", "population", "amount_fen") if column in row), "")
            rows.append({"what": _known_name(what), "value": shown_value(value), "source_and_note": row["source"]})
    if not rows:
        return []
    frame = pd.DataFrame(rows)
    shown = columns(["what"]) + columns(["value"], align="right") + columns(["source_and_note"])
    return [Table("assumed_data", say("assumptions.data_table"), frame, shown, source=source("assumption_book"), wide=True)]


def _known_name(what: str) -> str:
    """The catalogue's name for a thing in a pack; a county's own word where the catalogue has none."""
    key = f"chapters.assumed.{what}"
    return text(key) if key in entries("chapters") else what


def shown_value(value: Any) -> str:
    """A value as a planner reads it: a number, a path as year: value, shares as name: per cent."""
    if isinstance(value, Mapping):
        if any(isinstance(key, date) for key in value):
            return text("chapters.source.separator").join(f"{day}: {shown_value(of)}" for day, of in value.items())
        items = [
            f"{key}: {level:g}" if isinstance(key, int) else f"{share_title(str(key))} {100 * level:.3g} %"
            for key, level in value.items()
        ]
        return text("chapters.source.separator").join(items)
    return f"{value:,g}" if isinstance(value, int | float) else str(value)


def _source_and_note(entry: Assumption) -> str:
    return text("chapters.assumptions.source_and_note", note=entry.note(), source=entry.source)
