"""How a table is set on paper: type size, column widths, upright or landscape, decided from the text it holds."""

from __future__ import annotations

from dataclasses import dataclass

from popmodel.reports.formatting import LATIN_EM, LONG_WORD, widest_word, width_in_em
from popmodel.reports.model import Column, Table

PORTRAIT_MM, LANDSCAPE_MM = 164.0, 253.0  # A4 less its margins, as in template.typ
_MM_PER_POINT = 25.4 / 72
_PADDING_EM = 1.1  # left and right of a cell together
_TEXT_MIN_EM, _TEXT_MAX_EM = 8.0, 46.0
_HEADER_MOST_EM = 8.0  # a header up to this width stays on one line where there is room
_HEADER_LINES, _HEADER_EM = 3, 4.6  # a header up to this width stays on one line, a longer one takes up to three
_TAG_EM = 1.0  # the frame around a status word
_UPRIGHT, _LANDSCAPE = (9.0, 8.5, 8.0, 7.5), (9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0)
_MOST_LINES = 9  # a row taller than this upright had better lie on a landscape page


@dataclass(frozen=True)
class Layout:
    """The type size in points, the width of each column in mm, and whether the page is turned."""

    size_pt: float
    widths_mm: tuple[float, ...]
    landscape: bool

    def text_em(self, place: int) -> float:
        """How wide the text of a column may be, in em."""
        return self.widths_mm[place] / _MM_PER_POINT / self.size_pt - _PADDING_EM


def fit(table: Table, rows: list[list[str]]) -> Layout:
    """The largest type in which the table fits an upright page, else a landscape one; the widths fill the page."""
    least = [_least(column, cells) for column, cells in _columns(table, rows)]
    most = [_most(column, cells) for column, cells in _columns(table, rows)]
    upright = [(False, size) for size in _UPRIGHT] if table.wide is not True else []
    turned = [(True, size) for size in _LANDSCAPE] if table.wide is not False else []
    choices = upright + turned
    for landscape, size in choices:
        available = _available_em(landscape, size)
        if sum(least) > available:
            continue
        widths = _share(least, most, available)
        if landscape or not turned or _tallest(rows, widths) <= _MOST_LINES:
            return _layout(widths, size, landscape)
    landscape, size = choices[-1]
    squeezed = _available_em(landscape, size) / sum(least)
    return _layout([width * min(squeezed, 1.0) for width in least], size, landscape)


def balanced_em(title: str, room: float) -> float:
    """The width that breaks a header into lines of about one length, so that no single character is left over; 0 for one line."""
    whole = width_in_em(title)
    width = whole / -(-whole // room) + 0.55
    return round(width, 2) if whole > room and widest_word(title) <= width <= room else 0.0


def header_width_em(column: Column) -> float:
    """The least width of a column's header: its longest word, and no more than three lines."""
    title = width_in_em(column.title)
    return max(widest_word(column.title), widest_word(column.unit), min(title, max(_HEADER_EM, title / _HEADER_LINES)))


def _columns(table: Table, rows: list[list[str]]) -> list[tuple[Column, list[str]]]:
    return [(column, [row[place] for row in rows]) for place, column in enumerate(table.columns)]


def _least(column: Column, cells: list[str]) -> float:
    if column.width is not None:
        return column.width + _PADDING_EM
    content = max((width_in_em(cell) for cell in cells), default=0.0)
    if column.kind == "status":
        content += _TAG_EM
    elif column.kind == "text":
        words = max((widest_word(cell) for cell in cells), default=0.0)
        content = min(content, max(_TEXT_MIN_EM, min(words, LONG_WORD * LATIN_EM)))
    return max(content, header_width_em(column)) + _PADDING_EM


def _most(column: Column, cells: list[str]) -> float:
    if column.width is not None:
        return column.width + _PADDING_EM
    longest = max((width_in_em(cell) for cell in cells), default=0.0) + (_TAG_EM if column.kind == "status" else 0)
    title = max(header_width_em(column), min(width_in_em(column.title), _HEADER_MOST_EM))
    return max(min(longest, _TEXT_MAX_EM), title) + _PADDING_EM


def _share(least: list[float], most: list[float], available: float) -> list[float]:
    """Widths between least and most that fill what is available; what is left after that is spread evenly."""
    wish = sum(most) - sum(least)
    spare = available - sum(least)
    if wish > spare:
        return [low + spare * (high - low) / wish for low, high in zip(least, most, strict=True)]
    return [high + (available - sum(most)) / len(most) for high in most]


def _tallest(rows: list[list[str]], widths: list[float]) -> float:
    cells = ((cell, width) for row in rows for cell, width in zip(row, widths, strict=True))
    return max((width_in_em(cell) / (width - _PADDING_EM) for cell, width in cells), default=0.0)


def _available_em(landscape: bool, size: float) -> float:
    return (LANDSCAPE_MM if landscape else PORTRAIT_MM) / _MM_PER_POINT / size


def _layout(widths_em: list[float], size: float, landscape: bool) -> Layout:
    return Layout(size, tuple(round(width * size * _MM_PER_POINT, 2) for width in widths_em), landscape)
