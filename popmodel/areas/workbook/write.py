"""Writing a county's workbook: a sheet of what matters most, a sheet a subject, the assumptions, and what tells it is ours.

Yellow cells are for filling in; grey ones show what the suite uses now. A cell of a pack may begin with "=": it is written as
text.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from popmodel.areas.schemas import Column
from popmodel.areas.workbook.assumptions import ASSUMPTION_COLUMNS, assumption_rows
from popmodel.areas.workbook.rows import SheetRow, fingerprint, sheet_rows, texts
from popmodel.areas.workbook.sheets import (
    AGE,
    ASSUMPTIONS,
    FORMAT,
    FRONT,
    LISTS,
    META,
    SHEETS,
    Choices,
    Field,
    Sheet,
    labels,
    range_text,
)
from popmodel.areas.workbook.styles import ACCENT, FACES, FAINT, HAIR, OPTIONS, Styles
from popmodel.messages import text
from popmodel.parameters import AssumptionBook

_FILL_IN, _USED, _HEAD = "#FFF9E3", "#F1F3F5", "#E3E9F0"
_STATUS_COLOURS = {"observed": "#DCEFE0", "derived": "#DDE8F6", "assumed": "#FCE4C8"}
_HEADING_ROW, _SPARE_ROWS, _LAST_ROW = 5, 15, 2_000
_WIDTHS = {"date": 13, "source": 34, "note": 34, "name": 18, "target": 26, "indicator": 24, "scheme": 26, "id": 12, "title": 46}
_ASSUMPTION_WIDTHS = (34, 46, 16, 30, 22, 14, 10, 30, 40, 9)


@dataclass(frozen=True)
class Ranked:
    """One assumption of the first sheet: its place in the order, what was tried, and by how much the figures of 2030 moved."""

    key: str
    tried: str
    effects: Mapping[str, float]


@dataclass(frozen=True)
class Content:
    """What a workbook is filled with.

    tables: the pack's own tables as typed cells by column; used: the key and value columns of what the suite works out for a
    table; ranked: assumptions, the one that moves most first, with `effects` by the keys of `measures` (title by key).
    """

    code: str
    name: str
    tables: Mapping[str, Mapping[str, Sequence[Any]]]
    book: AssumptionBook
    used: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    choices: Choices = field(default_factory=dict)
    ranked: Sequence[Ranked] = ()
    measures: Mapping[str, str] = field(default_factory=dict)
    day: dt.date = field(default_factory=dt.date.today)


def workbook_bytes(content: Content, lang: str) -> bytes:
    """The workbook as the bytes of an .xlsx file; the same content of the same day gives the same bytes."""
    import xlsxwriter

    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, OPTIONS)
    made = dt.datetime(content.day.year, content.day.month, content.day.day)
    book.set_properties({"title": text("workbook.title", lang=lang, name=content.name), "author": "popmodel", "created": made})
    book.formats[0].set_font_name(FACES[lang])
    styles = Styles(book, FACES[lang])
    front = book.add_worksheet(text(f"workbook.sheet.{FRONT}", lang=lang))
    rows = {sheet.key: sheet_rows(sheet, content.tables.get(sheet.key), content.used.get(sheet.key)) for sheet in SHEETS}
    lists = _Lists(lang)
    for sheet in SHEETS:
        _write_sheet(book.add_worksheet(sheet.name(lang)), styles, sheet, rows[sheet.key], content.choices, lists, lang)
    _write_assumptions(book.add_worksheet(text(f"workbook.sheet.{ASSUMPTIONS}", lang=lang)), styles, content, lists, lang)
    _write_front(front, styles, content, rows, lang)
    lists.write(book.add_worksheet(LISTS))
    _write_meta(book.add_worksheet(META), content, lang)
    book.close()
    return written.getvalue()


class _Lists:
    """The words of the drop-down lists, one column a list on a hidden sheet: a list in the cell itself holds 255 characters."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self._columns: dict[tuple[str, ...], int] = {}

    def source(self, words: Iterable[str]) -> str:
        """The range that holds these words."""
        from xlsxwriter.utility import xl_col_to_name

        chosen = tuple(words)
        place = self._columns.setdefault(chosen, len(self._columns))
        letter = xl_col_to_name(place)
        return f"={LISTS}!${letter}$1:${letter}${len(chosen)}"

    def write(self, sheet: Any) -> None:
        for words, place in self._columns.items():
            for row, word in enumerate(words):
                sheet.write_string(row, place, word)
        sheet.very_hidden()


def _write_sheet(
    sheet: Any, styles: Styles, of: Sheet, rows: Sequence[SheetRow], choices: Choices, lists: _Lists, lang: str
) -> None:
    fields, values = of.fields, of.of("value")
    sheet.hide_gridlines(2)
    sheet.write_string(0, 0, of.title(lang), styles.get(bold=True, font_size=14, font_color=ACCENT))
    sheet.write_string(1, 0, text(f"workbook.about.{of.key}", lang=lang), styles.get(font_color=FAINT))
    sheet.write_string(2, 0, text("workbook.how", lang=lang), styles.get(font_color=FAINT, font_size=9))
    sheet.write_string(
        3, 0, text(f"workbook.example.{of.key}", lang=lang), styles.get(font_color=FAINT, font_size=9, italic=True)
    )
    used_from = len(fields)
    heads = [*((one.heading(lang), range_text(one.column, lang)) for one in fields)]
    heads += [(text("workbook.used", lang=lang, heading=one.heading(lang)), "") for one in values]
    heads.append((text("workbook.used_status", lang=lang), ""))
    for place, (heading, allowed) in enumerate(heads):
        grey = place >= used_from
        small = styles.get(font_size=8, font_color=FAINT, align="center")
        sheet.write_string(_HEADING_ROW - 1, place, allowed, small)
        look = {"bold": True, "bottom": 1, "text_wrap": True, "align": "center", "bg_color": _USED if grey else _HEAD}
        sheet.write_string(_HEADING_ROW, place, heading, styles.get(**look))
        sheet.set_column(place, place, _width(fields[place]) if not grey else 12)
    sheet.set_row(_HEADING_ROW, 30)
    words = [{word: label for label, word in labels(of, one.column, lang, choices).items()} for one in fields]
    for number, row in enumerate(rows):
        _write_row(sheet, styles, _HEADING_ROW + 1 + number, of, row, words, lang)
    last = _HEADING_ROW + len(rows)
    for number in range(last + 1, last + 1 + _SPARE_ROWS):
        for place, one in enumerate(fields):
            sheet.write_blank(number, place, None, styles.get(**_filled_look(one)))
    _validate(sheet, of, words, lists, lang)
    sheet.freeze_panes(_HEADING_ROW + 1, len(of.of("key")))
    _printing(sheet)


def _write_row(
    sheet: Any, styles: Styles, number: int, of: Sheet, row: SheetRow, words: Sequence[Mapping[str, str]], lang: str
) -> None:
    for place, one in enumerate(of.fields):
        value, look = row.values.get(one.key), _filled_look(one)
        if one.key == "status":
            look |= {"align": "center"} | ({"bg_color": _STATUS_COLOURS[str(value)]} if value else {})
        _write_value(sheet, number, place, words[place].get(str(value), value), one.column, styles.get(**look))
    values = of.of("value")
    look = {"bg_color": _USED, "font_color": FAINT, "bottom": 1, "bottom_color": HAIR}
    for place, one in enumerate(values, start=len(of.fields)):
        _write_value(sheet, number, place, row.used.get(one.key), one.column, styles.get(**look, num_format=_shape(one.column)))
    status = text(f"workbook.word.status.{row.used_status}", lang=lang) if row.used_status else ""
    colour = {"bg_color": _STATUS_COLOURS.get(row.used_status, _USED)}
    sheet.write_string(number, len(of.fields) + len(values), status, styles.get(**(look | colour), align="center"))


def _write_value(sheet: Any, row: int, place: int, value: Any, column: Column, style: Any) -> None:
    if value is None or value == "":
        sheet.write_blank(row, place, None, style)
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, place, dt.datetime(value.year, value.month, value.day), style)
    elif isinstance(value, (int, float)):
        sheet.write_number(row, place, value / 100 if column.kind == "money" else value, style)
    else:
        sheet.write_string(row, place, str(value), style)


def _filled_look(one: Field) -> dict[str, Any]:
    sides = {"integer": "right", "number": "right", "money": "right", "date": "center"}
    align = "center" if one.key == AGE else sides.get(one.column.kind, "left")
    colour = {"bg_color": _FILL_IN} if one.role == "value" else {}
    shape = "@" if one.key == AGE else _shape(one.column)
    return {"align": align, "num_format": shape, "bottom": 1, "bottom_color": HAIR, **colour}


def _shape(column: Column) -> str:
    """The number format of a column: years and months without separators, people with them."""
    if column.kind == "date":
        return "yyyy-mm-dd"
    if column.kind in ("code", "text", "word"):
        return "@"
    if column.kind == "money":
        return "#,##0.00"
    if column.kind == "number":
        return "General"
    return "0" if column.high is not None else "#,##0"


def _width(one: Field) -> float:
    return _WIDTHS.get(one.key, _WIDTHS.get(one.column.kind, 13))


def _validate(sheet: Any, of: Sheet, words: Sequence[Mapping[str, str]], lists: _Lists, lang: str) -> None:
    """Drop-down lists and allowed ranges; a warning, not a wall: what people paste is checked when it is read."""
    for place, one in enumerate(of.fields):
        rule: dict[str, Any] | None = None
        if words[place]:
            rule = {"validate": "list", "source": lists.source(words[place].values())}
        elif one.column.kind in ("integer", "number", "money") and one.key != AGE and one.column.low is not None:
            kind = "integer" if one.column.kind == "integer" else "decimal"
            if one.column.high is None:
                rule = {"validate": kind, "criteria": ">=", "value": one.column.low}
            else:
                rule = {"validate": kind, "criteria": "between", "minimum": one.column.low, "maximum": one.column.high}
        if rule is not None:
            title, said = text("workbook.check_title", lang=lang), text("workbook.check_said", lang=lang)
            rule |= {"error_type": "warning", "error_title": title, "error_message": said}
            sheet.data_validation(_HEADING_ROW + 1, place, _LAST_ROW, place, rule)


def _write_assumptions(sheet: Any, styles: Styles, content: Content, lists: _Lists, lang: str) -> None:
    sheet.hide_gridlines(2)
    title = text("workbook.assumptions_title", lang=lang)
    sheet.write_string(0, 0, title, styles.get(bold=True, font_size=14, font_color=ACCENT))
    sheet.write_string(1, 0, text("workbook.about.assumptions", lang=lang), styles.get(font_color=FAINT))
    sheet.write_string(
        2, 0, text("workbook.example.assumptions", lang=lang), styles.get(font_color=FAINT, font_size=9, italic=True)
    )
    for place, key in enumerate(ASSUMPTION_COLUMNS):
        look = {"bold": True, "bottom": 1, "text_wrap": True, "align": "center", "bg_color": _HEAD}
        sheet.write_string(_HEADING_ROW, place, text(f"workbook.heading.{key}", lang=lang), styles.get(**look))
        sheet.set_column(place, place, _ASSUMPTION_WIDTHS[place])
    sheet.set_row(_HEADING_ROW, 30)
    ranks = {one.key: place for place, one in enumerate(content.ranked, start=1)}
    base = {"bottom": 1, "bottom_color": HAIR, "text_wrap": True, "valign": "vcenter"}
    statuses = {word: text(f"workbook.word.status.{word}", lang=lang) for word in _STATUS_COLOURS}
    for number, row in enumerate(assumption_rows(content.book, ranks, lang), start=_HEADING_ROW + 1):
        for place, key in enumerate(ASSUMPTION_COLUMNS):
            value, look = row[key], dict(base)
            if key == "status":
                look["bg_color"] = _STATUS_COLOURS[str(value)]
                value = statuses[str(value)]
            elif key in ("new", "source"):
                look["bg_color"] = _FILL_IN
            elif key in ("now", "rank", "range", "unit"):
                look |= {"bg_color": _USED, "font_color": FAINT, "align": "center"}
            if isinstance(value, int):
                sheet.write_number(number, place, value, styles.get(**look))
            else:
                sheet.write_string(number, place, str(value), styles.get(**look, num_format="@"))
    place = ASSUMPTION_COLUMNS.index("status")
    rule = {"validate": "list", "source": lists.source(statuses.values()), "error_type": "warning"}
    sheet.data_validation(_HEADING_ROW + 1, place, _LAST_ROW, place, rule)
    sheet.freeze_panes(_HEADING_ROW + 1, 2)
    _printing(sheet)


def _write_front(sheet: Any, styles: Styles, content: Content, rows: Mapping[str, Sequence[SheetRow]], lang: str) -> None:
    sheet.hide_gridlines(2)
    for place, width in enumerate((6, 44, 22, *(15,) * max(len(content.measures), 4))):
        sheet.set_column(place, place, width)
    title = text("workbook.title", lang=lang, name=content.name)
    sheet.set_row(0, 28)
    sheet.write_string(0, 0, title, styles.get(bold=True, font_size=16, font_color=ACCENT))
    said = text("workbook.made", lang=lang, name=content.name, code=content.code, day=content.day.isoformat())
    sheet.write_string(1, 0, said, styles.get(font_color=FAINT))
    number = 3
    for step in ("fill", "status", "leave", "import"):
        sheet.merge_range(number, 0, number, 6, "", styles.get(text_wrap=True))
        sheet.write_string(number, 0, text(f"workbook.step.{step}", lang=lang), styles.get(text_wrap=True))
        sheet.set_row(number, 30)
        number += 1
    if content.ranked:
        number = _write_ranking(sheet, styles, content, number + 1, lang)
    head = styles.get(bold=True, bottom=1, bg_color=_HEAD)
    number += 1
    sheet.write_string(number, 0, text("workbook.sheets", lang=lang), styles.get(bold=True, font_size=12, font_color=ACCENT))
    number += 1
    for place, key in enumerate(("", "sheet_title", "rows", "observed", "derived", "assumed", "to_fill")):
        side = styles.get(bold=True, bottom=1, bg_color=_HEAD, align="right") if place > 1 else head
        sheet.write_string(number, place, text(f"workbook.front.{key}", lang=lang) if key else "", side)
    link = styles.get(font_color=ACCENT, underline=1, bottom=1, bottom_color=HAIR)
    cell = styles.get(bottom=1, bottom_color=HAIR, num_format="#,##0")
    for of in SHEETS:
        number += 1
        found = rows[of.key]
        sheet.write_blank(number, 0, None, cell)
        sheet.write_url(number, 1, f"internal:'{of.name(lang)}'!A1", link, string=f"{of.name(lang)}  {of.title(lang)}")
        counts = [sum(1 for row in found if row.own and row.values.get("status") == status) for status in _STATUS_COLOURS]
        for place, count in enumerate([sum(row.own for row in found), *counts, sum(not row.own for row in found)], start=2):
            sheet.write_number(number, place, count, cell)
    number += 1
    name = text(f"workbook.sheet.{ASSUMPTIONS}", lang=lang)
    sheet.write_blank(number, 0, None, cell)
    sheet.write_url(number, 1, f"internal:'{name}'!A1", link, string=f"{name}  {text('workbook.assumptions_title', lang=lang)}")
    statuses = [sum(1 for entry in content.book if entry.status == status) for status in _STATUS_COLOURS]
    for place, count in enumerate([len(content.book), *statuses, 0], start=2):
        sheet.write_number(number, place, count, cell)
    _printing(sheet)
    sheet.set_portrait()
    sheet.fit_to_pages(1, 1)


def _write_ranking(sheet: Any, styles: Styles, content: Content, number: int, lang: str) -> int:
    """The assumptions that move most; returns the row after them."""
    sheet.write_string(number, 0, text("workbook.ranking", lang=lang), styles.get(bold=True, font_size=12, font_color=ACCENT))
    number += 1
    sheet.write_string(number, 0, text("workbook.ranking_about", lang=lang), styles.get(font_color=FAINT, font_size=9))
    number += 1
    head = styles.get(bold=True, bottom=1, bg_color=_HEAD, text_wrap=True, align="center")
    titles = [text(f"workbook.front.{key}", lang=lang) for key in ("rank", "assumption", "tried")]
    for place, written in enumerate([*titles, *content.measures.values()]):
        sheet.write_string(number, place, written, head)
    sheet.set_row(number, 30)
    line = {"bottom": 1, "bottom_color": HAIR}
    largest = {key: max((abs(one.effects[key]) for one in content.ranked), default=0.0) for key in content.measures}
    for place, one in enumerate(content.ranked[:15], start=1):
        number += 1
        sheet.write_number(number, 0, place, styles.get(**line, align="center"))
        sheet.write_string(number, 1, content.book[one.key].title(lang), styles.get(**line))
        sheet.write_string(number, 2, one.tried, styles.get(**line, font_color=FAINT))
        for column, key in enumerate(content.measures, start=3):
            strong = largest[key] > 0 and abs(one.effects[key]) >= largest[key] / 3
            shape = "+0.0%;-0.0%;0.0%"
            sheet.write_number(number, column, one.effects[key], styles.get(**line, num_format=shape, align="right", bold=strong))
    return number + 1


def _write_meta(sheet: Any, content: Content, lang: str) -> None:
    """What tells that this is a workbook of ours, of which county, and what it held when it was written."""
    facts = {"format": str(FORMAT), "lang": lang, "code": content.code, "name": content.name, "written": content.day.isoformat()}
    for of in SHEETS:
        own = content.tables.get(of.key)
        facts[f"table:{of.key}"] = fingerprint(texts(own, of.table) if own else [], of.table)
    for row, (name, value) in enumerate(facts.items()):
        sheet.write_string(row, 0, name)
        sheet.write_string(row, 1, value)
    sheet.very_hidden()


def _printing(sheet: Any) -> None:
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C&9&A  &P/&N")
