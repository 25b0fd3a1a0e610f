"""The sheets of a workbook: which table each holds, how its columns stand beside each other, and the words in its cells.

A sheet is a table of the pack for people: ages in one column, sexes or orders side by side, words in the reader's language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from popmodel.areas.headings import plain
from popmodel.areas.schemas import CENSUS_INDICATORS, PACK_TABLES, SERIES_INDICATORS, UNITS, Column, Table
from popmodel.messages import LANGUAGES, text

Role = Literal["key", "value", "other"]
# Column → label in each language → the word the table holds; for columns whose words only the pack or the rules know.
Choices = Mapping[str, Mapping[str, Mapping[str, str]]]

FORMAT = 1
FRONT, ASSUMPTIONS, META, LISTS = "front", "assumptions", "popmodel_meta", "popmodel_lists"
AGE = "age"
PROVENANCE = ("status", "source", "note")

# Other headings under which people put the same.
_ALSO = {
    AGE: ("年龄组", "年龄段", "岁"),
    "status": ("数据性质",),
    "source": ("数据来源", "资料来源", "出处"),
    "note": ("备注", "注", "remark", "remarks"),
    "sex.male": ("男性",),
    "sex.female": ("女性",),
    "sex.both": ("合计", "小计", "男女合计"),
    "order.1": ("1孩", "第一孩"),
    "order.2": ("2孩", "第二孩"),
    "order.3+": ("3孩及以上", "三孩以上", "多孩"),
    "order.all": ("合计", "小计", "出生合计"),
}
_INDICATORS = {"series": SERIES_INDICATORS, "census_totals": CENSUS_INDICATORS}


@dataclass(frozen=True)
class Field:
    """One column of a sheet: `column` of the table (the lowest age where it is `age`), of the spread `word` where it is one."""

    key: str
    column: Column
    role: Role
    word: str = ""

    def heading(self, lang: str) -> str:
        """What stands above the column."""
        if self.word:
            return text(f"workbook.word.{self.spread}.{self.word}", lang=lang)
        return text(f"workbook.heading.{self.key}", lang=lang)

    @property
    def spread(self) -> str:
        """The table's column whose word this is."""
        return self.key.split(".")[0]


@dataclass(frozen=True)
class Sheet:
    """A table as a sheet: `values` are the columns people fill in; the words of `spread` stand side by side as columns.

    skips_empty: a row without any value is one that was not filled in, and none of the table; the values then stand before
    what is told of them.
    """

    table: Table
    values: tuple[str, ...]
    spread: str | None = None
    skips_empty: bool = True

    @property
    def key(self) -> str:
        return self.table.name

    def title(self, lang: str) -> str:
        """The sheet's title, written in its first cell."""
        return text(f"areas.table.{self.key}", lang=lang)

    def name(self, lang: str) -> str:
        """The sheet's name, as its tab says it."""
        return text(f"workbook.sheet.{self.key}", lang=lang)

    @property
    def fields(self) -> tuple[Field, ...]:
        """The columns of the sheet in their order; the last ones say where the figures are from."""
        return _fields(self)

    def of(self, role: Role) -> list[Field]:
        """The columns of one role."""
        return [field for field in self.fields if field.role == role]


def _sheet(name: str, *values: str, spread: str | None = None, skips_empty: bool = True) -> Sheet:
    return Sheet(PACK_TABLES[name], values, spread, skips_empty)


SHEETS: tuple[Sheet, ...] = (
    _sheet("registered_population", "population", spread="sex"),
    _sheet("census_population", "population", spread="sex"),
    _sheet("census_totals", "value"),
    _sheet("births", "births", spread="order"),
    _sheet("birth_registrations", "registrations", spread="order"),
    _sheet("deaths_by_age", "deaths", spread="sex"),
    _sheet("moves", "persons", spread="sex"),
    _sheet("recipients", "recipients", spread="sex"),
    _sheet("outturn", "recipients", "amount_yuan"),
    _sheet("allowance_claims", "claims"),
    _sheet("facilities", "places", skips_empty=False),
    _sheet("kindergartens", "seats", "enrolled"),
    _sheet("townships", "village_level_units", "communities", skips_empty=False),
    _sheet("township_population", "residents", "children_0_2", "registered_people", "births"),
    _sheet("registers", "persons"),
    _sheet("record_checks", "records", "found"),
    _sheet("series", "value"),
    _sheet("targets", "value", skips_empty=False),
)
BY_NAME: Mapping[str, Sheet] = {sheet.key: sheet for sheet in SHEETS}


@lru_cache
def _fields(sheet: Sheet) -> tuple[Field, ...]:
    keys, values, others = [], [], []
    for column in sheet.table.columns:
        if column.name in (sheet.spread, "age_hi"):
            continue
        if column.name == "age_lo":
            keys.append(Field(AGE, column, "key"))
        elif column.name in sheet.values and sheet.spread:
            (spread,) = (one for one in sheet.table.columns if one.name == sheet.spread)
            values += [Field(f"{spread.name}.{word}", column, "value", word) for word in spread.words]
        elif column.name in sheet.values:
            values.append(Field(column.name, column, "value"))
        elif column.name in sheet.table.key:
            keys.append(Field(column.name, column, "key"))
        else:
            others.append(Field(column.name, column, "other"))
    if sheet.skips_empty:
        return (*keys, *values, *others)
    order = sheet.table.names()
    return tuple(sorted((*keys, *values, *others), key=lambda field: order.index(field.column.name)))


def headings(sheet: Sheet) -> dict[str, Field]:
    """Every heading by which a column of the sheet is known, as `plain` has it."""
    found: dict[str, Field] = {}
    for field in sheet.fields:
        name = field.word or (AGE if field.key == AGE else field.column.name)
        for written in (*(field.heading(lang) for lang in LANGUAGES), name, *_ALSO.get(field.key, ())):
            found.setdefault(plain(written), field)
    return found


def labels(sheet: Sheet, column: Column, lang: str, choices: Choices) -> dict[str, str]:
    """Label → word of a column in `lang`; empty where anything may stand in it."""
    if column.name in choices:
        return dict(choices[column.name][lang])
    if column.words:
        return {text(f"workbook.word.{column.name}.{word}", lang=lang): word for word in column.words}
    if column.name == "indicator":
        return {text(f"workbook.indicator.{name}", lang=lang): name for name in _INDICATORS[sheet.key]}
    if column.name == "unit":
        return {text(f"workbook.unit.{name}", lang=lang): name for name in UNITS}
    return {}


def word_of(written: str, sheet: Sheet, column: Column, choices: Choices) -> str:
    """The word that a label in either language stands for; what is no label stays as it is."""
    return _known(sheet, column, _frozen(choices, column)).get(plain(written), written)


def label_of(word: str, sheet: Sheet, column: Column, lang: str, choices: Choices) -> str:
    """How a word of a table is written in a cell; what has no label stays as it is."""
    return {known: label for label, known in labels(sheet, column, lang, choices).items()}.get(word, word)


def range_text(column: Column, lang: str) -> str:
    """The allowed range of a column, for the line above its heading; the heading itself has the unit."""
    if column.kind == "date":
        return text("workbook.range.date", lang=lang)
    low, high = column.low, column.high
    if column.kind not in ("integer", "number", "money") or low is None:
        return ""
    if high is None:
        return text("workbook.range.from", lang=lang, low=f"{low:g}")
    return text("workbook.range.between", lang=lang, low=f"{low:g}", high=f"{high:g}")


def joined_age(low: object, high: object) -> str:
    """An age group as people write it: 0, 1-4, 85+."""
    if high in ("", None):
        return f"{low}+"
    return f"{low}" if str(low) == str(high) else f"{low}-{high}"


def _frozen(choices: Choices, column: Column) -> tuple[tuple[str, str], ...]:
    by_language: Iterable[Mapping[str, str]] = choices.get(column.name, {}).values()
    return tuple(pair for words in by_language for pair in words.items())


@lru_cache(256)
def _known(sheet: Sheet, column: Column, chosen: Sequence[tuple[str, str]]) -> dict[str, str]:
    pairs = chosen or [pair for lang in LANGUAGES for pair in labels(sheet, column, lang, {}).items()]
    return {plain(label): word for label, word in pairs}
