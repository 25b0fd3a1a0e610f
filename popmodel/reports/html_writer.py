"""The report as HTML: what a notebook shows of a block, a chapter or a whole report, and so what report.html is made of.

Every piece stands alone: its style is in it, its pictures are in it, and it asks nothing of the network.
"""

from __future__ import annotations

import base64
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from popmodel.messages import language, text
from popmodel.reports.formatting import runs, width_in_em
from popmodel.reports.model import (
    Bullets,
    Chapter,
    Heading,
    KeyFigure,
    KeyFigures,
    Notice,
    Paragraph,
    Picture,
    Report,
    Shown,
    Table,
)

_SHORT_EM, _SHORT_HEAD_EM = 8.0, 4.6  # a cell or a header up to this width stays on one line
_WIDE_TABLE = 10  # columns; printed in smaller type


def html_of(shown: Any) -> str:
    """A report, a chapter or a block as a piece of HTML with its style."""
    lang = getattr(shown, "lang", None) or language()
    inner = (
        _report(shown)
        if isinstance(shown, Report)
        else _chapter(shown)
        if isinstance(shown, Chapter)
        else _block(shown, "", lang)
    )
    return f'<style>{_style()}</style><div class="pm" lang="{_lang_tag(lang)}">{inner}</div>'


def cover(report: Report) -> Shown:
    """What stands before the chapters on the web page: titles, facts, and links to the chapters."""
    return _Cover(report)


class _Cover(Shown):
    def __init__(self, report: Report) -> None:
        self.report = report

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        inner = _cover(self.report)
        html = f'<style>{_style()}</style><div class="pm" lang="{_lang_tag(self.report.lang)}">{inner}</div>'
        return {"text/html": html, "text/plain": self.report.title}


def _report(report: Report) -> str:
    return _cover(report) + "".join(_chapter(chapter) for chapter in report.chapters)


def _cover(report: Report) -> str:
    facts = "".join(f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in report.facts())
    links = "".join(f'<li><a href="#{_anchor(chapter)}">{escape(chapter.title)}</a></li>' for chapter in report.chapters)
    contents = escape(text("report.label.contents", lang=report.lang))
    return (
        f'<header><h1 class="pm-title">{escape(report.area_name)} {escape(report.title)}</h1><div>{escape(report.subtitle)}</div>'
        f'<dl class="pm-facts">{facts}</dl></header>'
        f'<nav class="pm-contents" aria-label="{contents}"><b>{contents}</b><ol>{links}</ol></nav>'
    )


def _chapter(chapter: Chapter) -> str:
    lang = chapter.lang or language()
    number = f'<span class="pm-number">{chapter.number}</span>' if chapter.number else ""
    blocks = "".join(_block(block, label, lang) for block, label in chapter.labelled())
    return f'<h2 class="pm-head" id="{_anchor(chapter)}">{number}{escape(chapter.title)}</h2>{blocks}'


def _block(block: Any, label: str, lang: str) -> str:
    match block:
        case Paragraph():
            return f"<p>{_marked(block.text)}</p>"
        case Heading():
            number = f'<span class="pm-number">{label}</span>' if label else ""
            return f'<h3 class="pm-head">{number}{escape(block.text)}</h3>'
        case Bullets():
            return '<ul class="pm-list">' + "".join(f"<li>{_marked(item)}</li>" for item in block.items) + "</ul>"
        case Notice():
            word = escape(text(f"report.notice.{block.kind}", lang=lang))
            return f'<div class="pm-notice pm-{block.kind}" role="note"><b>{word}</b>{_marked(block.text)}</div>'
        case KeyFigures():
            return '<dl class="pm-cards">' + "".join(_card(figure, lang) for figure in block.figures) + "</dl>"
        case Table():
            return _table(block, label, lang)
        case Picture():
            return _picture(block, label, lang)
    raise TypeError(f"a {type(block).__name__} is no part of a report")


def _card(figure: KeyFigure, lang: str) -> str:
    parts = [_tag(figure.status, lang) if figure.status else "", escape(figure.note)]
    small = " ".join(part for part in parts if part)
    value = f'<dd><span class="pm-value">{escape(figure.value)}</span>{escape(figure.unit)}</dd>'
    return f"<div><dt>{escape(figure.label)}</dt>{value}" + (f'<dd class="pm-small">{small}</dd>' if small else "") + "</div>"


def _table(table: Table, label: str, lang: str) -> str:
    unit = table.common_unit
    said = f'<span class="pm-unit">{escape(text("report.foot.unit", lang=lang, unit=unit))}</span>' if unit else ""
    title = escape(f"{label} {table.title}".strip())
    rows = table.rows(lang)
    body = "".join(
        _row(table, row, is_total=table.total_row and place == len(rows) - 1, lang=lang) for place, row in enumerate(rows)
    )
    wide = " pm-wide" if len(table.columns) >= _WIDE_TABLE else ""
    return (
        f'<div class="pm-figure"><div class="pm-scroll" role="region" tabindex="0" aria-label="{title}">'
        f'<table class="pm-table{wide}">'
        f"<caption>{said}{title}</caption><thead>{_head(table, with_units=not unit)}</thead><tbody>{body}</tbody></table></div>"
        f"{_foot(table.foot(lang))}</div>"
    )


def _head(table: Table, *, with_units: bool) -> str:
    def cell(place: int, rowspan: str = "") -> str:
        column = table.columns[place]
        unit = f'<span class="pm-unit">{escape(column.unit)}</span>' if with_units and column.unit else ""
        short = " pm-short" if width_in_em(column.title) <= _SHORT_HEAD_EM else ""
        return f'<th scope="col"{rowspan} class="pm-{column.side}{short}">{escape(column.title)}{unit}</th>'

    upper, lower, place = "", "", 0
    for group, span in table.groups():
        if group:
            upper += f'<th scope="colgroup" colspan="{span}" class="pm-group">{escape(group)}</th>'
            lower += "".join(cell(each) for each in range(place, place + span))
        else:
            upper += cell(place, ' rowspan="2"')
        place += span
    return (
        f"<tr>{upper}</tr><tr>{lower}</tr>" if upper else f"<tr>{''.join(cell(each) for each in range(len(table.columns)))}</tr>"
    )


def _row(table: Table, row: list[str], *, is_total: bool, lang: str) -> str:
    cells = ""
    for place, (column, written) in enumerate(zip(table.columns, row, strict=True)):
        heads = place == 0 and column.kind in ("text", "year")
        content = _tag_word(written, lang) if column.kind == "status" else escape(written)
        look = f"pm-{column.side} pm-short" if width_in_em(written) <= _SHORT_EM else f"pm-{column.side}"
        cells += f'<{"th scope=row" if heads else "td"} class="{look}">{content}</{"th" if heads else "td"}>'
    return f'<tr class="pm-total">{cells}</tr>' if is_total else f"<tr>{cells}</tr>"


def _picture(picture: Picture, label: str, lang: str) -> str:
    data = base64.b64encode(picture.svg).decode()
    return (
        f'<figure class="pm-figure pm-picture"><img alt="{escape(picture.alt)}" src="data:image/svg+xml;base64,{data}">'
        f"<figcaption><b>{escape(f'{label} {picture.title}'.strip())}</b>{_foot(picture.foot(lang))}</figcaption></figure>"
    )


def _foot(lines: list[tuple[str, str]]) -> str:
    return (
        '<div class="pm-foot pm-small">' + "".join(f"<div>{escape(word + said)}</div>" for word, said in lines) + "</div>"
        if lines
        else ""
    )


def _tag(status: str, lang: str) -> str:
    return f'<span class="pm-tag pm-{status}">{escape(text(f"report.status.{status}", lang=lang))}</span>'


def _tag_word(written: str, lang: str) -> str:
    words = {text(f"report.status.{status}", lang=lang): status for status in ("observed", "derived", "assumed")}
    return _tag(words[written], lang) if written in words else escape(written)


def _marked(written: str) -> str:
    return "".join(f"<strong>{escape(piece)}</strong>" if bold else escape(piece) for piece, bold in runs(written))


def _anchor(chapter: Chapter) -> str:
    return "chapter-" + chapter.key.replace("_", "-")


def _lang_tag(lang: str) -> str:
    return {"zh": "zh-CN", "en": "en-GB"}[lang]


@cache
def _style() -> str:
    return Path(__file__).with_name("report.css").read_text(encoding="utf-8")
