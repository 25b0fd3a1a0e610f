"""The tables of an area pack and of the reference data: the one declaration that the checks and datapackage.json both follow.

A table is a CSV file of that name; every row says its status and its source, a derived row its method in `note`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from popmodel.messages import text
from popmodel.parameters.fields import STATUSES

Kind = Literal["text", "word", "code", "integer", "number", "money", "date"]

SEXES = ("male", "female")
ORDERS = ("1", "2", "3+")
# Where a count does not tell them apart: both sexes, and births of every order.
BOTH, EVERY_ORDER = "both", "all"
FIRST_YEAR, LAST_YEAR = 1949, 2100
LAST_AGE = 120


@dataclass(frozen=True)
class Column:
    """One column: what its cells hold (`money`: yuan with two decimals at most), whether they may be empty, their bounds."""

    name: str
    kind: Kind
    required: bool = True
    words: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    digits: int = 0

    def table_schema(self) -> dict[str, Any]:
        """The column as a field of a Table Schema (Frictionless Data, v1)."""
        kinds = {"integer": "integer", "number": "number", "money": "number", "date": "date"}
        limits = {"minimum": self.low, "maximum": self.high} if self.kind in ("integer", "number", "money") else {}
        constraints: dict[str, Any] = {"required": True} if self.required else {}
        constraints |= {name: limit for name, limit in limits.items() if limit is not None}
        if self.words:
            constraints["enum"] = list(self.words)
        if self.kind == "code":
            constraints["pattern"] = rf"\d{{{self.digits}}}"
        field = {
            "name": self.name,
            "type": kinds.get(self.kind, "string"),
            "title": text(f"areas.column.{self.name}", lang="zh"),
            "description": text(f"areas.column.{self.name}", lang="en"),
        }
        return field | ({"constraints": constraints} if constraints else {})


@dataclass(frozen=True)
class Table:
    """One table: its columns in order, the columns that tell its rows apart, and whether every pack must have it."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    required: bool = False

    @property
    def file(self) -> str:
        return f"{self.name}.csv"

    def names(self) -> list[str]:
        """The names of the columns, in order."""
        return [column.name for column in self.columns]

    def table_schema(self) -> dict[str, Any]:
        """The table as a Table Schema; an empty cell is a missing value."""
        fields = [column.table_schema() for column in self.columns]
        known = {column.name: column for column in self.columns}
        key = [name for name in self.key if known[name].required]
        # A primary key of a Table Schema may hold no missing value, so a key with an optional column cannot be one.
        return {"fields": fields, "missingValues": [""]} | ({"primaryKey": key} if len(key) == len(self.key) else {})


def _text(name: str, required: bool = True) -> Column:
    return Column(name, "text", required)


def _word(name: str, *words: str, required: bool = True) -> Column:
    return Column(name, "word", required, words=words)


def _code(name: str, digits: int = 6, required: bool = True) -> Column:
    return Column(name, "code", required, digits=digits)


def _count(name: str, high: float | None = None, required: bool = True) -> Column:
    return Column(name, "integer", required, low=0, high=high)


def _year(name: str, required: bool = True) -> Column:
    return Column(name, "integer", required, low=FIRST_YEAR, high=LAST_YEAR)


def _date(name: str, required: bool = True) -> Column:
    return Column(name, "date", required, low=FIRST_YEAR, high=LAST_YEAR)


_AREA = _code("area")
_SEX = _word("sex", *SEXES)
_SEX_OR_BOTH = _word("sex", *SEXES, BOTH)
_ORDER = _word("order", *ORDERS)
_AGES = (_count("age_lo", LAST_AGE), _count("age_hi", LAST_AGE, required=False))
_PROVENANCE = (_word("status", *STATUSES), _text("source"), _text("note", required=False))
_VALUE = (Column("value", "number"), _text("unit"))

_CENSUS_POPULATION = (_date("date"), _SEX, *_AGES, _count("population"), *_PROVENANCE)
_CENSUS_TOTALS = (_date("date"), _text("indicator"), *_VALUE, *_PROVENANCE)
_SERIES = (_text("indicator"), _year("year"), *_VALUE, *_PROVENANCE)


def _by_name(*tables: Table) -> dict[str, Table]:
    return {table.name: table for table in tables}


# What a place for small children can be; an aggregate is a number of places of which no more is known.
SERVICES = ("nursery", "kindergarten_class", "community", "home", "centre", "aggregate")
# Groups of the norms of 2019, by months of age; mixed classes from 18 months on.
CLASS_GROUPS = ("6_12", "12_24", "24_36", "mixed")
# What coordinates are given in; the three differ by up to some hundred metres.
DATUMS = ("WGS84", "GCJ02", "BD09")
# The two populations a count can be of, and the ways of a move.
GROUPS = ("residents", "registered")
DIRECTIONS = ("in", "out")
# Where the mother lives and where the child is registered; `any` where a count does not tell.
LIVES, REGISTERED = ("here", "away", "any"), ("here", "elsewhere", "any")
# Registers of people that a county keeps side by side.
REGISTERS = (
    "census", "population_register", "household_registration", "birth_certificates", "vaccination", "allowance",
)  # fmt: skip
# What is counted of the records of births in a register: see `assessment.record_checks`.
RECORD_CHECKS = (
    "missing_field", "identity_number", "impossible_date", "mother_age", "birth_interval", "order_skipped", "duplicate",
    "record_before_birth", "late",
)  # fmt: skip

PACK_TABLES = _by_name(
    Table("census_population", _CENSUS_POPULATION, ("date", "sex", "age_lo"), required=True),
    Table("census_totals", _CENSUS_TOTALS, ("date", "indicator"), required=True),
    Table("series", _SERIES, ("indicator", "year")),
    Table(
        "birth_registrations",
        (_date("from_date"), _date("to_date"), _ORDER, _count("registrations"), *_PROVENANCE),
        ("from_date", "to_date", "order"),
    ),
    Table(
        "outturn",
        (
            _year("year"),
            _text("scheme"),
            _count("recipients"),
            _word("recipient_unit", "person", "household", "child"),
            Column("amount_yuan", "money", low=0),
            *_PROVENANCE,
        ),
        ("year", "scheme"),
    ),
    Table(
        "appropriations",
        (
            _year("year"),
            _text("scheme"),
            _word("payer", "central", "province", "city", "county"),
            Column("amount_yuan", "money", low=0),
            *_PROVENANCE,
        ),
        ("year", "scheme", "payer"),
    ),
    Table(
        "facilities",
        (
            _text("id"),
            _code("township", 9, required=False),
            _word("service", *SERVICES),
            _word("ownership", "public", "inclusive", "private"),
            _count("places"),
            *(_count(f"{part}_{group}", required=False) for group in CLASS_GROUPS for part in ("classes", "places")),
            _date("opened"),
            _date("closes", required=False),
            Column("probability", "number", low=0, high=1),
            Column("fee_yuan_month", "number", required=False, low=0),
            Column("longitude", "number", required=False, low=-180, high=180),
            # Bounds of a longitude, so that exchanged coordinates are told as such.
            Column("latitude", "number", required=False, low=-180, high=180),
            _word("datum", *DATUMS, required=False),
            *_PROVENANCE,
        ),
        ("id",),
    ),
    Table(
        "points",
        (
            _text("id"),
            _code("township", 9),
            Column("weight", "number", low=0),
            Column("longitude", "number", low=-180, high=180),
            Column("latitude", "number", low=-180, high=180),
            _word("datum", *DATUMS),
            *_PROVENANCE,
        ),
        ("id",),
    ),
    Table(
        "travel_times",
        (_text("point"), _text("facility"), Column("minutes", "number", low=0), *_PROVENANCE),
        ("point", "facility"),
    ),
    Table(
        "progress",
        (_code("township", 9), _date("date"), _count("places"), *_PROVENANCE),
        ("township", "date"),
    ),
    Table(
        "kindergartens",
        (
            _code("township", 9, required=False),
            _year("year"),
            _count("seats"),
            _count("enrolled"),
            *_PROVENANCE,
        ),
        ("township", "year"),
    ),
    Table(
        "targets",
        (
            _text("target"),
            _year("by_year", required=False),
            Column("value", "number", required=False, low=0),
            _text("unit", required=False),
            *_PROVENANCE,
        ),
        ("target", "by_year"),
    ),
    Table(
        "townships",
        (
            _code("code", digits=9),
            _text("name"),
            _text("other_name", required=False),
            _word("type", "subdistrict", "town", "township"),
            _count("village_level_units"),
            _count("communities"),
            *_PROVENANCE,
        ),
        ("code",),
    ),
    Table(
        "events",
        (
            _text("event"),
            _date("from_date"),
            _date("to_date"),
            _count("persons"),
            _count("persons_low"),
            _count("persons_high"),
            _word("age_profile", "as_residents"),
            *_PROVENANCE,
        ),
        ("event",),
    ),
    Table(
        "group_quarters",
        (_date("date"), _word("kind", "students", "other"), _SEX, *_AGES, _count("population"), *_PROVENANCE),
        ("date", "kind", "sex", "age_lo"),
    ),
    Table(
        "registered_population",
        (_date("date"), _SEX_OR_BOTH, *_AGES, _count("population"), *_PROVENANCE),
        ("date", "sex", "age_lo"),
    ),
    Table(
        "births",
        (
            _year("year"),
            Column("month", "integer", required=False, low=1, high=12),
            _word("lives", *LIVES),
            _word("registered", *REGISTERED),
            _word("order", *ORDERS, EVERY_ORDER),
            _count("births"),
            *_PROVENANCE,
        ),
        ("year", "month", "lives", "registered", "order"),
    ),
    Table(
        "deaths_by_age",
        (_year("year"), _word("group", *GROUPS), _SEX_OR_BOTH, *_AGES, _count("deaths"), *_PROVENANCE),
        ("year", "group", "sex", "age_lo"),
    ),
    Table(
        "moves",
        (
            _year("year"),
            _word("group", *GROUPS),
            _word("direction", *DIRECTIONS),
            _SEX_OR_BOTH,
            *_AGES,
            _count("persons"),
            *_PROVENANCE,
        ),
        ("year", "group", "direction", "sex", "age_lo"),
    ),
    Table(
        "recipients",
        (_year("year"), _text("scheme"), _SEX_OR_BOTH, *_AGES, _count("recipients"), *_PROVENANCE),
        ("year", "scheme", "sex", "age_lo"),
    ),
    Table(
        "allowance_claims",
        (
            _date("to_date"),
            _year("birth_year"),
            Column("birth_month", "integer", low=1, high=12),
            _count("claims"),
            *_PROVENANCE,
        ),
        ("to_date", "birth_year", "birth_month"),
    ),
    Table(
        "township_population",
        (
            _code("township", 9),
            _year("year"),
            *(_count(name, required=False) for name in ("residents", "children_0_2", "registered_people", "births")),
            *_PROVENANCE,
        ),
        ("township", "year"),
    ),
    Table(
        "registers",
        (
            _word("register", *REGISTERS),
            _date("date"),
            _code("township", 9, required=False),
            *_AGES,
            _count("persons"),
            *_PROVENANCE,
        ),
        ("register", "date", "township", "age_lo"),
    ),
    Table(
        "record_checks",
        (
            _word("register", *REGISTERS),
            _year("year"),
            _code("township", 9, required=False),
            _word("check", *RECORD_CHECKS),
            _count("records"),
            _count("found"),
            *_PROVENANCE,
        ),
        ("register", "year", "township", "check"),
    ),
)

REFERENCE_TABLES = _by_name(
    Table("census_population", (_AREA, *_CENSUS_POPULATION), ("area", "date", "sex", "age_lo"), required=True),
    Table("census_totals", (_AREA, *_CENSUS_TOTALS), ("area", "date", "indicator"), required=True),
    Table(
        "deaths",
        (
            _AREA,
            _year("census"),
            _word("urban_rural", "total", "town", "rural"),
            _SEX,
            *_AGES,
            _count("deaths"),
            _count("population"),
            *_PROVENANCE,
        ),
        ("area", "census", "urban_rural", "sex", "age_lo"),
        required=True,
    ),
    Table(
        "fertility",
        (
            _year("census"),
            _word("residence", "total", "city", "town", "rural"),
            Column("age", "integer", low=10, high=60),
            _ORDER,
            Column("asfr", "number", low=0, high=1),
            *_PROVENANCE,
        ),
        ("census", "residence", "age", "order"),
        required=True,
    ),
    Table(
        "births_by_order",
        (_AREA, _year("census"), _ORDER, _SEX, _count("births"), *_PROVENANCE),
        ("area", "census", "order", "sex"),
        required=True,
    ),
    Table("series", (_AREA, *_SERIES), ("area", "indicator", "year"), required=True),
    Table("wpp_china", _SERIES, ("indicator", "year"), required=True),
    Table(
        "wpp_death_rates",
        (_year("from_year"), _year("to_year"), _SEX, *_AGES, Column("rate", "number", low=0), _text("unit"), *_PROVENANCE),
        ("from_year", "sex", "age_lo"),
        required=True,
    ),
    Table(
        "code_changes",
        (
            _code("old_code", required=False),
            _text("old_name", required=False),
            _code("new_code", required=False),
            _text("new_name", required=False),
            _word("change", "renamed", "dissolved", "new_zone", "transfer"),
            *_PROVENANCE,
        ),
        ("old_code", "new_code"),
        required=True,
    ),
    Table(
        "forecast_errors",
        (
            _text("history"),
            _word("variable", "total", "age_0_2", "age_0_4", "age_65_plus"),
            Column("size_lo", "integer", low=0),
            Column("size_hi", "integer", required=False, low=1),
            Column("horizon", "integer", low=1, high=50),
            Column("areas", "integer", low=1),
            Column("launches", "integer", low=1),
            *(Column(name, "number", low=0) for name in ("mape", "mape_no_change", "within10")),
            Column("cover80", "number", required=False, low=0),
            *_PROVENANCE,
        ),
        ("history", "variable", "size_lo", "horizon"),
        required=True,
    ),
)

# Unit → lowest and highest value it allows, and whether its values are whole.
UNITS: dict[str, tuple[float, float, bool]] = {
    "person": (0, 2e9, True),
    "household": (0, 1e9, True),
    "couple": (0, 1e8, True),
    "place": (0, 1e9, True),
    "institution": (0, 1e8, True),
    "unit": (0, 1e7, True),
    "yuan": (0, 1e15, False),
    "permille": (-1000, 1000, False),
    "percent": (0, 1000, False),  # a gross enrolment rate may pass 100
    "place_per_1000": (0, 1000, False),
    "year": (0, 120, False),
    "birth_per_woman": (0, 15, False),
    "male_per_female": (0.5, 2, False),
}

# What census_totals.csv may hold; the model asks for these by name.
CENSUS_INDICATORS = {
    "residents": "person",
    "residents_male": "person",
    "residents_female": "person",
    "urban_residents": "person",
    "rural_residents": "person",
    "households": "household",
    "registered": "person",
    "registered_in_other_township": "person",
    "registered_elsewhere_in_province": "person",
    "registered_outside_province": "person",
}

# What the series know by name. A pack may hold more; it is told that nothing reads them.
SERIES_INDICATORS = {
    "births": "person",
    "births_to_residents": "person",
    "deaths": "person",
    "residents": "person",
    "residents_census": "person",
    "registered_population": "person",
    "population_year_end": "person",
    "population_0_15": "person",
    "population_16_59": "person",
    "population_60_plus": "person",
    "crude_birth_rate": "permille",
    "crude_death_rate": "permille",
    "natural_increase_rate": "permille",
    "third_and_higher_share": "percent",
    "marriages": "couple",
    "urban_share": "percent",
    "kindergarten_enrolment": "person",
    "kindergartens": "institution",
    "preschool_gross_enrolment": "percent",
    "childcare_places": "place",
    "childcare_institutions": "institution",
    "places_per_1000": "place_per_1000",
    "village_level_units": "unit",
    "population_work_outturn": "yuan",
    "e0": "year",
    "e0_male": "year",
    "e0_female": "year",
    "tfr": "birth_per_woman",
    "tfr_low": "birth_per_woman",
    "tfr_high": "birth_per_woman",
    "srb": "male_per_female",
}
