"""report.pdf: the report set in type by typst, with the fonts that come with the project and no others.

The page design is template.typ; here a report becomes the data that the template reads.
"""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from popmodel.messages import RunFailedError, text
from popmodel.reports import layout
from popmodel.reports.formatting import STATUSES, breakable, runs, width_in_em
from popmodel.reports.model import (
    Block,
    Bullets,
    Chapter,
    Heading,
    KeyFigures,
    Notice,
    Paragraph,
    Picture,
    Report,
    Table,
)
from popmodel.reports.style import SANS, SERIF, fonts

_TEMPLATE = Path(__file__).with_name("template.typ")
_SHORT_TABLE = 18  # rows; such a table is moved to the next page rather than broken
_HELD_ROWS = 3  # rows that stay together at the start and the end of a table
_INTRODUCTION, _TEXT = 500, {"paragraph", "heading", "bullets", "notice"}  # characters; blocks of running text
_TALL_ROW = 20  # lines; such a row may be broken over two pages


def write_pdf(report: Report, path: Path | str) -> None:
    """Write the report as A4 pages; the same report gives the same bytes. Raises OSError when the file cannot be written."""
    Path(path).write_bytes(pdf_bytes(report))


def pdf_bytes(report: Report) -> bytes:
    """The PDF file of a report."""
    made = datetime(report.date.year, report.date.month, report.date.day, tzinfo=UTC)
    data = json.dumps(_report(report), ensure_ascii=False)
    return _compiler().compile(sys_inputs={"report": data}, format="pdf", timestamp=made)


def unprintable(report: Report) -> str:
    """The characters of the report's texts that neither typeface has and that the PDF would show as boxes, sorted."""
    from matplotlib.ft2font import FT2Font

    known = {code for path in fonts() for code in FT2Font(str(path)).get_charmap()}
    used = set(json.dumps(_report(report), ensure_ascii=False))
    return "".join(sorted(one for one in used if ord(one) not in known and not unicodedata.category(one).startswith("C")))


@cache
def _compiler() -> Any:
    import typst

    folders = sorted({str(path.parent) for path in fonts()})
    known = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
    if not {SANS, SERIF} <= set(known.families()):  # typst would leave all text out and only warn
        raise RunFailedError("report_fonts_missing", fonts=f"{SANS}, {SERIF}", folder=", ".join(folders))
    return typst.Compiler(str(_TEMPLATE), root=str(_TEMPLATE.parent), font_paths=known)


def _report(report: Report) -> dict[str, Any]:
    lang = report.lang

    def say(key: str, **parameters: Any) -> str:
        return text(f"report.{key}", lang=lang, **parameters)

    return {
        "lang": lang,
        "title": report.title,
        "subtitle": report.subtitle,
        "area": report.area_name,
        "running": f"{report.area_name} · {report.title}",
        "foot": f"{report.scenario} · {report.run_id}" if report.run_id else report.scenario,
        "facts": [[label, breakable(value)] for label, value in report.facts()],
        "fonts": {"sans": SANS, "serif": SERIF},
        "words": {
            "contents": say("label.contents"),
            "continued": say("label.continued"),
            "page": say("page.number", page="{page}", pages="{pages}"),
            "status": {status: say(f"status.{status}") for status in STATUSES},
            "sign": [say("cover.prepared"), say("cover.checked"), say("cover.approved")],
        },
        "chapters": [_chapter(chapter) for chapter in report.chapters],
    }


def _chapter(chapter: Chapter) -> dict[str, Any]:
    blocks = [_block(block, label, chapter.lang) for block, label in chapter.labelled()]
    return {"title": chapter.title, "sheets": _sheets(blocks)}


def _sheets(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blocks on upright and landscape pages; what introduces a landscape table goes with it, if it is short."""
    sheets: list[dict[str, Any]] = [{"landscape": False, "blocks": []}]
    for block in blocks:
        turned = bool(block.get("landscape"))
        if turned and not sheets[-1]["landscape"]:
            before = sheets[-1]["blocks"]
            place = _introduction(before)
            sheets.append({"landscape": True, "blocks": before[place:]})
            del before[place:]
        elif sheets[-1]["landscape"] and not turned:
            sheets.append({"landscape": False, "blocks": []})
        sheets[-1]["blocks"].append(block)
    return [sheet for sheet in sheets if sheet["blocks"]]


def _introduction(blocks: list[dict[str, Any]]) -> int:
    """Where the text begins that introduces what follows: at the last section heading, or after the last table or picture."""
    length, place = 0, len(blocks)
    for block in reversed(blocks):
        said = block["runs"] if "runs" in block else [run for item in block.get("items", []) for run in item]
        length += sum(len(piece) for piece, _ in said)
        if block["type"] not in _TEXT or length > _INTRODUCTION:
            break
        place -= 1
        if block["type"] == "heading":
            break
    return place if length <= _INTRODUCTION else len(blocks)


def _block(block: Block, label: str, lang: str | None) -> dict[str, Any]:
    match block:
        case Paragraph():
            return {"type": "paragraph", "runs": _runs(block.text)}
        case Heading():
            return {"type": "heading", "text": block.text}
        case Bullets():
            return {"type": "bullets", "items": [_runs(item) for item in block.items]}
        case Notice():
            word = text(f"report.notice.{block.kind}", lang=lang)
            return {"type": "notice", "kind": block.kind, "word": word, "runs": _runs(block.text)}
        case KeyFigures():
            figures = [
                {name: getattr(figure, name) for name in ("label", "value", "unit", "note", "status")} for figure in block.figures
            ]
            return {"type": "key-figures", "figures": figures}
        case Table():
            return _table(block, label, lang)
        case Picture():
            foot = block.foot(lang)
            return {
                "type": "picture",
                "label": label,
                "title": block.title,
                "svg": block.svg.decode(),
                "alt": block.alt,
                "foot": foot,
            }


def _table(table: Table, label: str, lang: str | None) -> dict[str, Any]:
    rows = table.rows(lang)
    chosen = layout.fit(table, rows)
    heights = [_lines(row, chosen) for row in rows]
    unit = table.common_unit
    return {
        "type": "table",
        "key": table.key,
        "label": label,
        "title": table.title,
        "unit": text("report.foot.unit", lang=lang, unit=unit) if unit else "",
        "size": chosen.size_pt,
        "widths": chosen.widths_mm,
        "landscape": chosen.landscape,
        "aligns": [column.side for column in table.columns],
        "status-columns": [place for place, column in enumerate(table.columns) if column.kind == "status"],
        "head": _head(table, chosen, with_units=not unit),
        "rows": [[breakable(cell) for cell in row] for row in rows],
        "tall": [place for place, height in enumerate(heights) if height > _TALL_ROW],
        "short": len(rows) <= _SHORT_TABLE and sum(heights) < 2 * _SHORT_TABLE,
        "held": [_held(heights), _held(heights[::-1])],
        "total": table.total_row,
        "foot": _foot(table.foot(lang)),
    }


def _head(table: Table, chosen: layout.Layout, *, with_units: bool) -> list[list[dict[str, Any]]]:
    """The header rows: groups above where there are any, a column without a group reaching over both."""

    def cell(place: int, rowspan: int) -> dict[str, Any]:
        column = table.columns[place]
        unit = column.unit if with_units else ""
        balanced = layout.balanced_em(column.title, chosen.text_em(place))
        return _head_cell(column.title, unit, column.side, rowspan=rowspan, balanced=balanced)

    upper: list[dict[str, Any]] = []
    lower: list[dict[str, Any]] = []
    place = 0
    groups = table.groups()
    for group, span in groups:
        if group:
            room = sum(chosen.text_em(each) for each in range(place, place + span))
            upper.append(_head_cell(group, "", "center", colspan=span, balanced=layout.balanced_em(group, room)))
        else:
            upper.append(cell(place, 2))
        lower += [cell(each, 1) for each in range(place, place + span)] if group else []
        place += span
    return [upper, lower] if groups else [[cell(place, 1) for place in range(len(table.columns))]]


def _head_cell(title: str, unit: str, align: str, *, rowspan: int = 1, colspan: int = 0, balanced: float = 0.0) -> dict[str, Any]:
    spans = {"rowspan": rowspan, "colspan": max(colspan, 1), "spanning": colspan > 0}
    return {"text": title, "unit": unit, "align": align, "balanced": balanced, **spans}


def _held(heights: list[float]) -> int:
    """How many rows from the start stay together: three, or as many as leave the page breakable."""
    return sum(sum(heights[: place + 1]) <= _TALL_ROW for place in range(min(_HELD_ROWS, len(heights))))


def _lines(row: list[str], chosen: layout.Layout) -> float:
    return max(-(-width_in_em(cell) // chosen.text_em(place)) for place, cell in enumerate(row))


def _foot(lines: list[tuple[str, str]]) -> list[list[str]]:
    return [[word.strip(), breakable(said)] for word, said in lines]


def _runs(written: str) -> list[list[Any]]:
    return [[breakable(piece), bold] for piece, bold in runs(written)]
