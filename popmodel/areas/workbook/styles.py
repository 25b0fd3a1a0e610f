"""How every workbook of the suite looks: faces, colours, and cell formats that are each made once."""

from __future__ import annotations

from typing import Any

FACES = {"zh": "Microsoft YaHei", "en": "Calibri"}
# The writers say of every cell what it is; the last two hold should a later one leave it to the library to guess.
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
INK, FAINT, ACCENT, HAIR = "#20262E", "#5F6872", "#16324F", "#D9DDE2"


class Styles:
    """The cell formats of one workbook, each made once."""

    def __init__(self, book: Any, face: str) -> None:
        self._book, self._face = book, face
        self._made: dict[tuple[Any, ...], Any] = {}

    def get(self, **properties: Any) -> Any:
        """The format with these properties of the writer's."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            base = {"font_name": self._face, "font_size": 10, "font_color": INK, "valign": "vcenter"}
            self._made[key] = self._book.add_format({**base, **properties})
        return self._made[key]
