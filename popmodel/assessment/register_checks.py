"""Checks of what was registered and reported since the census, against each other and against the province.

A check whose figures an area does not have is left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from popmodel.assessment.finding import DOUBTFUL, LOOK, SOUND, Finding, graded, percent
from popmodel.demography import share_ratio
from popmodel.forecast import (
    RegistrationModel,
    census_births_by_order,
    registrations,
    reported_total,
    share_of_year,
    yearly,
)
from popmodel.messages import number
from popmodel.projection import Launch

ANCHOR_YEAR = 2023


def register_checks(start: Launch) -> Iterator[Finding]:
    """Every check of this module that the area's figures allow."""
    for check in (_third_births, _registered_total, _registered_births, _registrations, _births_by_prefecture):
        yield from check(start)


def registration_anchors(start: Launch, year: int) -> dict[str, float]:
    """Births registered in the county in `year` by two independent ways, persons.

    province: the province's births over its last published registered population, times the county's reported one (the
    computed one, where none is reported);
    registrations: the registrations of intended births, carried to the full year. A way whose figures are missing is left out.
    """
    area, found = start.area, {}
    reported = reported_total(area, "registered_population")
    province = yearly(area.reference.tables["series"], "births", area.province)
    totals = area.reference.tables["census_totals"]
    registered = totals[(totals["area"] == area.province) & (totals["indicator"] == "registered")]
    people = reported[1] if reported else float(start.year(year).registered.population.sum())
    if year in province.index and len(registered):
        found["province"] = people * float(province[year]) / float(registered["value"].iloc[-1])
    counted = registrations(area, year)
    if counted:
        share = share_of_year(year, counted, RegistrationModel.from_book(area.assumptions).months)
        found["registrations"] = sum(one.count for one in counted) / share
    return found


def _third_births(start: Launch) -> Iterator[Finding]:
    table = start.area.tables.get("birth_registrations")
    if table is None or table.empty:
        return
    own = table.groupby("order")["registrations"].sum()
    third, every = float(own.get("3+", 0.0)), float(own.sum())
    province = census_births_by_order(start.area)
    if not 0 < third < every:
        yield Finding("third_births", percent(third / max(every, 1.0)), percent(province[2] / province.sum()), DOUBTFUL)
        return
    compared = share_ratio(third, every, province[2], province.sum())
    verdict = SOUND if abs(float(compared.z)) < 2 else LOOK if 0.5 <= float(compared.ratio) <= 2 else DOUBTFUL
    yield Finding("third_births", percent(third / every), percent(province[2] / province.sum()), verdict)


def _registered_total(start: Launch) -> Iterator[Finding]:
    reported = reported_total(start.area, "registered_population")
    if reported is None or reported[0] not in start.years:
        return
    year, value = reported
    derived = float(start.year(year).registered.population.sum())
    verdict = DOUBTFUL if abs(derived / value - 1) > 0.05 else SOUND
    yield Finding("registered_total", number(derived), number(value), verdict)


def _registered_births(start: Launch) -> Iterator[Finding]:
    anchors = registration_anchors(start, ANCHOR_YEAR)
    if len(anchors) == 2:
        own = float(start.year(ANCHOR_YEAR).registered.births.sum())
        low, high = sorted(anchors.values())
        yield Finding("registered_births", number(own), f"{number(low)} – {number(high)}", LOOK)


def _registrations(start: Launch) -> Iterator[Finding]:
    anchors = registration_anchors(start, ANCHOR_YEAR)
    if "registrations" in anchors:
        residents = float(start.year(ANCHOR_YEAR).resident.births.sum())
        yield Finding("registrations", number(anchors["registrations"]), number(residents), LOOK)


def _births_by_prefecture(start: Launch) -> Iterator[Finding]:
    area = start.area
    births = yearly(area.reference.tables["series"], "births", area.prefecture or "")
    census = area.reference.tables["census_population"]
    latest = census[(census["area"] == area.prefecture) & (census["date"] == census["date"].max())]
    if births.empty or latest.empty or int(births.index[-1]) not in start.years:
        return
    year = int(births.index[-1])
    infants = float(latest.loc[latest["age_lo"] == 0, "population"].sum())
    own = area.tables["census_population"]
    own = own[(own["date"] == own["date"].max()) & (own["age_lo"] == 0)]
    by_prefecture = float(births.iloc[-1]) * float(own["population"].sum()) / infants
    used = float(start.year(year).resident.births.sum())
    yield Finding("births_by_prefecture", number(used), number(by_prefecture), graded(abs(used / by_prefecture - 1), 0.05, 0.15))
