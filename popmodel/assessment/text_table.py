"""A table that reads well in a terminal and in a document: Markdown with columns of even width, Chinese counted double."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Collection[int]) -> str:
    """Head and rows as Markdown, ending with a line break; `numbers`: the places of columns that are set to the right.

    >>> print(text_table(["area", "%"], [["Xichuan", "2.5"]], numbers={1}), end="")
    | area    |   % |
    | ------- | --: |
    | Xichuan | 2.5 |
    """
    cells = [[cell.replace("|", "\\|") for cell in row] for row in [head, *rows]]
    widths = [max(3, *(_width(row[place]) for row in cells)) for place in range(len(head))]
    rule = ["-" * (width - 1) + ":" if place in numbers else "-" * width for place, width in enumerate(widths)]
    return "".join(f"{_line(row, widths, numbers)}\n" for row in [cells[0], rule, *cells[1:]])


def _line(cells: Sequence[str], widths: Sequence[int], numbers: Collection[int]) -> str:
    blanks = [" " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True)]
    padded = [
        blank + cell if place in numbers else cell + blank for place, (cell, blank) in enumerate(zip(cells, blanks, strict=True))
    ]
    return f"| {' | '.join(padded)} |"


def _width(cell: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in cell)
