"""Checks of the base data against each other and against the province, each with a verdict and a reason in words.

A check whose figures an area does not have is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from popmodel.forecast import censuses, mortality, order_shares, reported_total, yearly
from popmodel.messages import number, text
from popmodel.projection import Projection

VERDICTS = ("sound", "look", "doubtful")


@dataclass(frozen=True)
class Finding:
    """A check: its key, what was found and what it is held against (texts), and the verdict, one of VERDICTS."""

    key: str
    found: str
    expected: str
    verdict: str

    def title(self, lang: str | None = None) -> str:
        """What was checked."""
        return text(f"assessment.check.{self.key}", lang=lang)

    def reason(self, lang: str | None = None) -> str:
        """What the verdict rests on and what follows."""
        return text(f"assessment.check.{self.key}.reason", lang=lang)


def quality(projection: Projection) -> list[Finding]:
    """Every check the area's figures allow, in the order of the report."""
    return [
        finding
        for check in (
            _third_births,
            _infant_sex_ratio,
            _small_children_of_first_census,
            _registered_total,
            _registered_births,
            _registrations,
            _births_by_prefecture,
            _deaths_of_province,
            _replay,
        )
        for finding in check(projection)
    ]


def registration_anchors(projection: Projection, year: int) -> dict[str, float]:
    """Births registered in the county in `year` by two independent ways, persons.

    province: the province's births over its last published registered population, times the county's reported one (the
    projected one, where none is reported);
    registrations: the registrations of intended births, carried to the full year. A way whose figures are missing is left out.
    """
    area, found = projection.area, {}
    reported = reported_total(area, "registered_population")
    province = yearly(area.reference.tables["series"], "births", area.province)
    totals = area.reference.tables["census_totals"]
    registered = totals[(totals["area"] == area.province) & (totals["indicator"] == "registered")]
    people = reported[1] if reported else float(projection.persons(0, 100, "registered")[year])
    if year in province.index and len(registered):
        found["province"] = people * float(province[year]) / float(registered["value"].iloc[-1])
    table = area.tables.get("birth_registrations")
    if table is not None:
        rows = table[[str(date).startswith(str(year)) for date in table["to_date"]]]
        if len(rows):
            days = np.datetime64(str(rows["to_date"].iloc[0])[:10]) - np.datetime64(f"{year - 1}-12-31")
            found["registrations"] = float(rows["registrations"].sum()) * 365 / int(days.astype(int))
    return found


def _third_births(projection: Projection) -> Iterator[Finding]:
    table = projection.area.tables.get("birth_registrations")
    if table is None or table.empty:
        return
    shares = table.groupby("order")["registrations"].sum() / table["registrations"].sum()
    province = float(order_shares(projection.area)[2])
    own = float(shares.get("3+", 0.0))
    yield Finding("third_births", _percent(own), _percent(province), "doubtful" if own < province / 2 else "sound")


def _infant_sex_ratio(projection: Projection) -> Iterator[Finding]:
    own = projection.area.tables["census_population"]
    province = projection.area.reference.tables["census_population"]
    province = province[province["area"] == projection.area.province]
    ratios = []
    for table in (own, province):
        infants = table[(table["date"] == table["date"].max()) & (table["age_lo"] == 0)].set_index("sex")["population"]
        ratios.append(100 * float(infants["male"]) / float(infants["female"]))
    verdict = "look" if abs(ratios[0] - ratios[1]) > 5 else "sound"
    yield Finding("infant_sex_ratio", number(ratios[0], 1), number(ratios[1], 1), verdict)


def _small_children_of_first_census(projection: Projection) -> Iterator[Finding]:
    profile = projection.base.profile
    if profile.source != projection.area.code:
        return
    gain = float(profile.cohorts.net[:, 0].sum() / profile.cohorts.expected[:, 0].sum())
    yield Finding("small_children", _percent(gain, signed=True), "0 %", "look" if gain > 0.03 else "sound")


def _registered_total(projection: Projection) -> Iterator[Finding]:
    reported = reported_total(projection.area, "registered_population")
    if reported is None:
        return
    year, value = reported
    derived = float(projection.persons(0, 100, "registered").loc[year])
    verdict = "doubtful" if abs(derived / value - 1) > 0.05 else "sound"
    yield Finding("registered_total", number(derived), number(value), verdict)


def _registered_births(projection: Projection) -> Iterator[Finding]:
    anchors = registration_anchors(projection, 2023)
    if len(anchors) == 2:
        own = float(projection.components("registered")["births"].loc[2023])
        low, high = sorted(anchors.values())
        verdict = "look" if low <= own <= high else "doubtful"
        yield Finding("registered_births", number(own), f"{number(low)} – {number(high)}", verdict)


def _registrations(projection: Projection) -> Iterator[Finding]:
    anchors = registration_anchors(projection, 2023)
    if "registrations" in anchors:
        residents = float(projection.components()["births"].loc[2023])
        yield Finding("registrations", number(anchors["registrations"]), number(residents), "look")


def _births_by_prefecture(projection: Projection) -> Iterator[Finding]:
    area = projection.area
    births = yearly(area.reference.tables["series"], "births", area.prefecture or "")
    census = area.reference.tables["census_population"]
    latest = census[(census["area"] == area.prefecture) & (census["date"] == census["date"].max())]
    if births.empty or latest.empty:
        return
    year = int(births.index[-1])
    infants = float(latest.loc[latest["age_lo"] == 0, "population"].sum())
    own = area.tables["census_population"]
    own = own[(own["date"] == own["date"].max()) & (own["age_lo"] == 0)]
    by_prefecture = float(births.iloc[-1]) * float(own["population"].sum()) / infants
    used = float(projection.components()["births"].loc[year])
    verdict = "sound" if abs(used / by_prefecture - 1) < 0.05 else "look"
    yield Finding("births_by_prefecture", number(used), number(by_prefecture), verdict)


def _deaths_of_province(projection: Projection) -> Iterator[Finding]:
    area = projection.area
    deaths = yearly(area.reference.tables["series"], "deaths", area.province)
    if deaths.empty:
        return
    table = mortality(area, area.assumptions, [projection.census_year])
    census = area.reference.tables["census_population"]
    province = censuses(census[census["area"] == area.province], table.person_years[0])[-1]
    expected = float((table.rates[0] * province.population).sum())
    published = float(deaths.iloc[0])
    verdict = "sound" if abs(expected / published - 1) < 0.05 else "look"
    yield Finding("deaths_of_province", number(expected), number(published), verdict)


def _replay(projection: Projection) -> Iterator[Finding]:
    profile = projection.base.profile
    if profile.source != projection.area.code:
        return
    replayed, counted = projection.base.registered.replayed_residents, projection.base.census.population
    ages = range(10, int(projection.assumptions.value("migration.last_age")), 5)
    groups = [(replayed[:, age : age + 5].sum(axis=1), counted[:, age : age + 5].sum(axis=1)) for age in ages]
    miss = max(float(np.max(np.abs(again / count - 1))) for again, count in groups)
    yield Finding("replay", _percent(miss), "0 %", "sound" if miss < 0.03 else "look")


def _percent(share: float, *, signed: bool = False) -> str:
    sign = "+" if signed and share > 0 else ""
    return f"{sign}{number(100 * share, 1)} %"
