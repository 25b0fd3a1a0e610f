"""The bridge between two runs as a planner reads it: what each step did to the main figures, and what changed in it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

import pandas as pd

from popmodel.assessment import quantity_title
from popmodel.assessment.bridge import STEPS, as_printed, by_step
from popmodel.assessment.money_bridge import MONEY_STEPS, by_heading
from popmodel.messages import number, text
from popmodel.reports.chapters.common import money_divisor
from popmodel.runs.compare import Comparison
from popmodel.runs.vintages import Vintage

QUANTITIES = ("residents", "births", "children_0_2", "required_norm_resident", "amount_total")
YEARS = (2026, 2030)
# The year in which the effect of each single change is shown, or the last one where it is not there.
YEAR_OF_CHANGES = 2030
_MONEY = ("amount_total",)
MONEY_QUANTITIES = ("amount_total", "amount_county")
_MONEY_DECIMALS = 2
_GAP = 3


def bridge_text(found: Comparison) -> str:
    """The whole answer, in the language in force: the two runs, a table a quantity, and the changes with their effects."""
    kept = found.effects[found.effects["quantity"].isin(QUANTITIES)]
    lines = [
        text("bridge.title", name=found.new.name(), code=found.new.code),
        *(_run_line(kind, vintage) for kind, vintage in (("old", found.old), ("new", found.new))),
        text("bridge.order"),
        "",
    ]
    for quantity in QUANTITIES:
        own = kept[kept["quantity"] == quantity]
        if len(own):
            lines += [*_table(quantity, own), ""]
    for quantity in MONEY_QUANTITIES:
        if (found.money["quantity"] == quantity).any():
            lines += [*_money_table(quantity, found.money), ""]
    return "\n".join([*lines, *_changes(found, kept)])


def _run_line(kind: str, vintage: Vintage) -> str:
    run, version = vintage.record.run, vintage.program["version"]
    return text(f"bridge.run_{kind}", run=run, scenario=vintage.scenario, to=vintage.last_year, version=version)


def _table(quantity: str, own: pd.DataFrame) -> list[str]:
    """The old forecast, the effect of each step and the new forecast, with a column a year; rows add as printed."""
    years = _years(own["year"])
    steps = by_step(own).droplevel("quantity").T
    before = own.drop_duplicates("year").set_index("year")["old"]
    divisor, decimals = (money_divisor(), _MONEY_DECIMALS) if quantity in _MONEY else (1, 0)
    columns = {}
    for year in years:
        old, *parts, new = as_printed(float(before[year]), steps[year].tolist(), divisor, decimals)
        columns[year] = [number(old, decimals), *(signed(part, decimals) for part in parts), number(new, decimals)]
    labels = [text(f"bridge.row.{row}") for row in ("old", *STEPS, "new")]
    body = [[label, *cells] for label, *cells in zip(labels, *columns.values(), strict=True)]
    title = text("bridge.quantity_title", quantity=quantity_title(quantity), unit=text(f"bridge.unit.{quantity}"))
    return aligned([[title, *map(str, years)], *body])


def _money_table(quantity: str, money: pd.DataFrame) -> list[str]:
    """The same under the headings of a budget, in yuan and fen, which add exactly."""
    own = money[money["quantity"] == quantity]
    years, effects = _years(own["year"]), by_heading(own).droplevel("quantity")
    ends = own.drop_duplicates("year").set_index("year")
    rows = [("old", ends["old_fen"]), *((step, effects[step]) for step in MONEY_STEPS), ("new", ends["new_fen"])]
    title = text("bridge.quantity_title", quantity=quantity_title(quantity), unit=text("bridge.unit.yuan"))
    body = [
        [text(f"bridge.money_row.{row}"), *(_fen(int(cells[year]), row in MONEY_STEPS) for year in years)] for row, cells in rows
    ]
    return aligned([[title, *map(str, years)], *body])


def _fen(fen: int, signed: bool) -> str:
    sign = "-" if fen < 0 else "+" if signed and fen else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def _years(held: Iterable[int]) -> list[int]:
    found = {int(year) for year in held}
    return sorted({year for year in YEARS if year in found} | {max(found)})


def _changes(found: Comparison, kept: pd.DataFrame) -> list[str]:
    years = {int(year) for year in kept["year"]}
    year = YEAR_OF_CHANGES if YEAR_OF_CHANGES in years else max(years)
    lines = [text("bridge.changes", year=year)]
    effects = kept[kept["year"] == year].set_index(["step", "item", "quantity"])["effect"]
    for step in STEPS:
        lines.append(f"  {text(f'bridge.row.{step}')}")
        told = [
            change for change in found.changes if change.step == step and (change.notes or _moves(effects, step, change.item))
        ]
        if not told:
            lines.append(f"    {text('bridge.unchanged')}")
        for change in told:
            head, *others = change.notes or [text("bridge.note.same_code")]
            lines += [f"    {head}", *(f"      {note}" for note in others)]
            if change.counted_with:
                lines.append(f"      {text('bridge.counted_with', item=change.counted_with)}")
            else:
                lines.append(f"      → {_effect_line(effects, step, change.item)}")
    return lines


def _moves(effects: pd.Series, step: str, item: str) -> bool:
    return any(effects.get((step, item, quantity), 0.0) for quantity in QUANTITIES)


def _effect_line(effects: pd.Series, step: str, item: str) -> str:
    """What one change did to the main figures."""
    parts = []
    for quantity in QUANTITIES:
        divisor, decimals = (money_divisor(), _MONEY_DECIMALS) if quantity in _MONEY else (1, 1)
        effect = float(effects.get((step, item, quantity), 0.0)) / divisor
        if round(effect, decimals):
            given = {"quantity": quantity_title(quantity), "unit": text(f"bridge.unit.{quantity}")}
            parts.append(text("bridge.effect", effect=signed(effect, decimals), **given))
    return text("chapters.source.separator").join(parts) or text("bridge.no_effect")


def signed(value: float, decimals: int) -> str:
    rounded = round(value, decimals) + 0.0
    return f"+{number(rounded, decimals)}" if rounded > 0 else number(rounded, decimals)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows with the first column to the left and the others to the right, a Chinese character two columns wide."""
    widths = [max(_width(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        row[0]
        + " " * (widths[0] - _width(row[0]))
        + "".join(" " * (_GAP + width - _width(cell)) + cell for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in rows
    ]


def _width(cell: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in cell)
