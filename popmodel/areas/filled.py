"""What a pack does not have and what stands in for it, as the report lists it; and whether the reference data can do so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from popmodel.areas.package import FILE, Identity
from popmodel.areas.reference import COUNTRY, Reference
from popmodel.messages import Problem, language, text

Tables = Mapping[str, pd.DataFrame]

_OPTIONAL_TABLES = (
    "events", "townships", "facilities", "kindergartens", "outturn", "appropriations", "targets", "birth_registrations",
)  # fmt: skip
_OPTIONAL_SERIES = ("childcare_places", "registered_population")


@dataclass(frozen=True)
class Filled:
    """One thing a pack lacks: `filled` from the reference data, or `left_out` of the results.

    `code` names the entries `areas.filled.<code>.what` and `areas.filled.<code>.instead` of the catalogue; `names`: the area
    whose figures stand in, by language.
    """

    code: str
    kind: Literal["filled", "left_out"]
    names: Mapping[str, str] = field(default_factory=dict)

    def what(self, lang: str | None = None) -> str:
        """What the pack lacks."""
        return text(f"areas.filled.{self.code}.what", lang=lang)

    def instead(self, lang: str | None = None) -> str:
        """What is used in its place, or what is left out for want of it."""
        return text(f"areas.filled.{self.code}.instead", lang=lang, area=self.names.get(lang or language(), ""))

    def describe(self, lang: str | None = None) -> str:
        """Both in one line."""
        return text("areas.filled_line", lang=lang, what=self.what(lang), instead=self.instead(lang))


def what_is_filled(identity: Identity, tables: Tables, reference: Reference, *, own_assumptions: bool) -> tuple[Filled, ...]:
    """Everything the pack lacks, the weightiest first."""
    found = [
        *_rates(identity, tables, reference),
        *_totals(tables, identity, reference),
        *([] if own_assumptions else [Filled("assumptions", "filled")]),
        *(Filled(name, "left_out") for name in _OPTIONAL_TABLES if name not in tables),
        *(Filled(name, "left_out") for name in _OPTIONAL_SERIES if not _in_series(tables, name)),
    ]
    return tuple(found)


def coverage_problems(identity: Identity, tables: Tables, reference: Reference, folder: str) -> list[Problem]:
    """Why the reference data cannot stand in for what this pack lacks: another province, or another census than their last."""
    census = reference.tables["census_population"]
    provinces = sorted(set(census["area"]) & set(reference.tables["series"]["area"]))
    if identity.province not in provinces:
        known = ", ".join(f"{code} {reference.name(code)}" for code in provinces if code.endswith("0000") and code != COUNTRY)
        given = {"found": identity.province, "known": known, "reference": reference.folder}
        return [Problem("province_not_in_reference", given, file=f"{folder}/{FILE}")]
    latest = census.loc[census["area"] == identity.province, "date"].max()
    own = tables["census_population"]["date"].max()
    if own != latest:
        given = {"found": f"{own:%Y-%m-%d}", "expected": f"{latest:%Y-%m-%d}"}
        return [Problem("census_not_in_reference", given, file=f"{folder}/census_population.csv", column="date")]
    return []


def code_change_notices(identity: Identity, tables: Tables, reference: Reference, folder: str) -> list[Problem]:
    """For a pack with one census: the code the area probably had at the earlier one, as far as the code changes are known."""
    if tables["census_population"]["date"].nunique() > 1:
        return []
    changes = reference.tables["code_changes"]
    own = changes[changes["new_code"] == identity.code]
    notices = []
    for change in own[own["change"] == "renamed"].itertuples(index=False):
        given = {"code": identity.code, "old_code": change.old_code, "old_name": change.old_name}
        notices.append(Problem("code_changed", given, file=folder))
    zones = own[own["change"] == "new_zone"]
    if len(zones):
        notices.append(Problem("new_zone", {"code": identity.code, "name": zones["new_name"].iloc[0]}, file=folder))
    return notices


def _rates(identity: Identity, tables: Tables, reference: Reference) -> Iterator[Filled]:
    """Death rates, fertility and migration: what no county publishes by age."""
    for code, table in (("death_rates", "deaths"), ("birth_orders", "births_by_order")):
        known = set(reference.tables[table]["area"])
        yield Filled(code, "filled", _names(reference, identity.province if identity.province in known else COUNTRY))
    yield Filled("fertility_pattern", "filled", _names(reference, COUNTRY))
    if tables["census_population"]["date"].nunique() < 2:
        known = set(reference.tables["census_population"]["area"])
        source = identity.prefecture if identity.prefecture in known else identity.province
        yield Filled("migration_profile", "filled", _names(reference, source or identity.province))


def _totals(tables: Tables, identity: Identity, reference: Reference) -> Iterator[Filled]:
    """Yearly totals after the census, and the parts of the census total."""
    province = _names(reference, identity.province)
    if not _in_series(tables, "births_to_residents") and "births" not in tables:
        yield Filled("births_by_year", "filled", province)
    series = reference.tables["series"]
    ends = series[(series["indicator"] == "population_year_end") & (series["area"] == identity.prefecture)]
    if not _in_series(tables, "population_year_end"):
        yield Filled("residents_by_year", "filled", _names(reference, identity.prefecture or "") if len(ends) >= 2 else province)
    totals = tables["census_totals"]
    stated = set(totals["indicator"])
    latest = set(totals.loc[totals["date"] == totals["date"].max(), "indicator"])
    if "urban_residents" not in latest:
        yield Filled("urban_residents", "filled", _names(reference, COUNTRY))
    if "registered" not in stated:
        yield Filled("registered", "filled", province)
    if not {"registered_elsewhere_in_province", "registered_outside_province"} & latest:
        yield Filled("registered_elsewhere", "filled")


def _in_series(tables: Tables, indicator: str) -> bool:
    return "series" in tables and bool((tables["series"]["indicator"] == indicator).any())


def _names(reference: Reference, code: str) -> Mapping[str, str]:
    return reference.names.get(code, {"zh": code, "en": code})
