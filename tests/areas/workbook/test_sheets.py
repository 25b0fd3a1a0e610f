"""Headings and words by which a workbook is read back: none may stand for two things."""

from __future__ import annotations

import pytest

from popmodel.areas.workbook.sheets import SHEETS, Sheet, headings, labels, plain
from popmodel.messages import LANGUAGES


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.key)
def test_no_heading_stands_for_two_columns(sheet: Sheet) -> None:
    for lang in LANGUAGES:
        written = [plain(field.heading(lang)) for field in sheet.fields]
        assert len(set(written)) == len(written)
        assert [headings(sheet)[heading].key for heading in written] == [field.key for field in sheet.fields]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.key)
def test_no_label_stands_for_two_words(sheet: Sheet) -> None:
    for field in sheet.fields:
        for lang in LANGUAGES:
            known = labels(sheet, field.column, lang, {})
            assert len({plain(label) for label in known}) == len(set(known.values()))


def test_no_tab_stands_for_two_sheets() -> None:
    names = [plain(sheet.name(lang)) for lang in LANGUAGES for sheet in SHEETS]
    titles = [plain(sheet.title(lang)) for lang in LANGUAGES for sheet in SHEETS]
    assert len(set(names)) == len(names)
    assert len(set(titles)) == len(titles)
