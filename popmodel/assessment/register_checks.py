"""Checks of what was registered and reported since the census, against each other and against the province.

A check whose figures an area does not have is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from popmodel.areas import Area, known_registered, reported_registered
from popmodel.assessment.finding import DOUBTFUL, LOOK, SOUND, Finding, graded, percent
from popmodel.demography import share_ratio
from popmodel.forecast import (
    LAUNCH,
    RegistrationModel,
    census_births_by_order,
    last_registered_year,
    registrations,
    share_of_year,
    yearly,
)
from popmodel.messages import number
from popmodel.projection import Launch


def register_checks(start: Launch) -> Iterator[Finding]:
    """Every check of this module that the area's figures allow."""
    for check in (_third_births, _registered_total, _registered_births, _registrations, _births_by_prefecture):
        yield from check(start)


class Anchors(NamedTuple):
    """Births registered in the county in `year` by up to two independent ways, persons.

    province: the province's births over its last published registered population, times the county's counted or reported one
    (the computed one, where there is neither);
    registrations: the registrations of intended births, carried to the full year. A way whose figures are missing is left out.
    """

    year: int
    births: Mapping[str, float]


def anchor_year(area: Area) -> int:
    """The last year after the census with registrations of the area's own, else with births of the province; up to the launch."""
    registered, census = last_registered_year(area, LAUNCH), area.facts.counts[-1].date.year
    if registered is not None and registered > census:
        return registered
    published = yearly(area.reference.tables["series"], "births", area.province).index
    return max((int(year) for year in published if census < year <= LAUNCH), default=LAUNCH)


def registration_anchors(start: Launch) -> Anchors:
    """The anchors of `anchor_year`."""
    area, year, found = start.area, anchor_year(start.area), {}
    province = yearly(area.reference.tables["series"], "births", area.province)
    known = known_registered(area)
    totals = area.reference.tables["census_totals"]
    registered = totals[(totals["area"] == area.province) & (totals["indicator"] == "registered")]
    people = known[1] if known else float(start.year(year).registered.population.sum())
    if year in province.index and len(registered):
        found["province"] = people * float(province[year]) / float(registered["value"].iloc[-1])
    counted = registrations(area, year)
    if counted:
        share = share_of_year(year, counted, RegistrationModel.from_book(area.assumptions).months)
        found["registrations"] = sum(one.count for one in counted) / share
    return Anchors(year, found)


def years_counted(area: Area) -> list[int]:
    """The years after the census and up to the launch of which the county has counted its registered births itself."""
    census = area.facts.counts[-1].date.year
    return sorted(year for year in area.facts.own.registered_births if census < year <= LAUNCH)


def registered_births_range(start: Launch) -> tuple[float, float] | None:
    """The lowest and highest of the anchors, as ratios to the forecast's registered births of their year.

    None where there is no anchor, and where the county counts whole years of registered births itself: nothing is to be bridged.
    """
    anchors = registration_anchors(start)
    if years_counted(start.area) or not anchors.births:
        return None
    own = float(start.year(anchors.year).registered.births.sum())
    return min(anchors.births.values()) / own, max(anchors.births.values()) / own


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
    told = reported_registered(start.area)
    if told is None or told.year not in start.years:
        return
    derived = float(start.year(told.year).registered.population.sum())
    verdict = DOUBTFUL if abs(derived / told.value - 1) > 0.05 else SOUND
    yield Finding("registered_total", number(derived), number(told.value), verdict, {"year": str(told.year)})


def _registered_births(start: Launch) -> Iterator[Finding]:
    year, anchors = registration_anchors(start)
    if len(anchors) == 2:
        own = float(start.year(year).registered.births.sum())
        low, high = sorted(anchors.values())
        yield Finding("registered_births", number(own), f"{number(low)} – {number(high)}", LOOK, {"year": str(year)})


def _registrations(start: Launch) -> Iterator[Finding]:
    year, anchors = registration_anchors(start)
    if "registrations" in anchors:
        residents = float(start.year(year).resident.births.sum())
        yield Finding("registrations", number(anchors["registrations"]), number(residents), LOOK, {"year": str(year)})


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
    verdict = graded(abs(used / by_prefecture - 1), 0.05, 0.15)
    yield Finding("births_by_prefecture", number(used), number(by_prefecture), verdict, {"year": str(year)})
