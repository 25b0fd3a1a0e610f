"""What counts of part of a year tell of the launch: they move the births of the published years, and narrow the draws of these.

Births to residents follow the province's; births of some months, claims and registrations say how far the area's own level
departs from them.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from popmodel.areas import Area
from popmodel.demography.arrays import Array
from popmodel.forecast import LAUNCH, Deviations, known_years, local_fertility_sds, spreads
from popmodel.forecast.nowcast import (
    Counted,
    Nowcast,
    RegistrationModel,
    births_nowcast,
    last_registered_year,
    registrations,
    updated_errors,
)
from popmodel.parameters import AssumptionBook
from popmodel.parameters.birth_months import birth_month_shares
from popmodel.projection.years import Launched, years_ahead


class Evidence(NamedTuple):
    """Counts that tell of the births of a year: of which kind, of the residents or the registered people, and how they follow."""

    kind: str
    group: str
    year: int
    counted: Sequence[Counted]
    model: RegistrationModel


def evidence_of(area: Area, book: AssumptionBook, census_year: int) -> Evidence | None:
    """The counts that say most of the latest year that there are any of; None without any up to the year after the launch.

    Only one enters a launch: whatever makes counts differ from births is much the same from year to year, so that earlier ones
    add little. A year whose births are known needs none.
    """
    known, own = known_years(area, census_year), area.facts.own
    found = [
        one
        for one in (*_months(area, book), *_claims(area, book), *_registrations(area, book))
        if one.counted
        and known.area < one.year <= LAUNCH + 1
        and not (one.group == "registered" and one.year in own.registered_births)
    ]
    return max(found, key=lambda one: (one.year, -one.model.log_sd), default=None)


def _months(area: Area, book: AssumptionBook) -> Iterator[Evidence]:
    """Births of part of a year: all that lies between them and the year's is its season and their completeness."""
    for part in area.facts.own.months:
        model = replace(
            RegistrationModel.from_book(book),
            per_birth=1.0,
            log_sd=float(book.value("nowcast.births_log_sd")),
            months=birth_month_shares(book),
            dispersion=1.0,
        )
        group = "resident" if part.group == "residents" else "registered"
        yield Evidence("births", group, part.year, [Counted(*month) for month in part.months], model)


def _claims(area: Area, book: AssumptionBook) -> Iterator[Evidence]:
    """Claims for the childcare allowance of months that lie a year back, when hardly one is still to come."""
    for claims in area.facts.own.claims:
        counted = [
            Counted(dt.date(claims.year, month, 1), dt.date(claims.year, month, monthrange(claims.year, month)[1]), count)
            for month, count in sorted(claims.by_month.items())
            if (claims.to_date.year - claims.year) * 12 + claims.to_date.month - month >= 12
        ]
        model = replace(
            RegistrationModel.from_book(book),
            per_birth=float(book.path("subsidies.allowance_take_up", [claims.to_date.year])[0]),
            log_sd=float(book.value("nowcast.claims_log_sd")),
            months=birth_month_shares(book),
        )
        yield Evidence("claims", "registered", claims.year, counted, model)


def _registrations(area: Area, book: AssumptionBook) -> Iterator[Evidence]:
    """Registrations of intended births."""
    year = last_registered_year(area, LAUNCH + 1)
    if year is not None:
        yield Evidence("registrations", "registered", year, registrations(area, year), RegistrationModel.from_book(book))


def nowcast_of(area: Area, book: AssumptionBook, start: Launched) -> tuple[Evidence, Nowcast] | None:
    """The nowcast by the counts that say most, given the births `start` expects; None where there are none."""
    evidence = evidence_of(area, book, start.base.census.date.year)
    if evidence is None:
        return None
    year, known = evidence.year, known_years(area, start.base.census.date.year)
    of_year = start.year(year) if year <= LAUNCH else years_ahead(area, book, start, year).path[-1]
    expected = float(getattr(of_year, evidence.group).births.sum())
    (spread,) = local_fertility_sds(spreads(book), known, [year])
    other = spreads(book).fertility_province * max(year - known.province, 0) ** 0.5
    if evidence.group == "registered":
        other = float(np.hypot(float(book.value("nowcast.away_log_sd")), other))
    return evidence, births_nowcast(year, evidence.counted, expected, float(spread), evidence.model, other_log_sd=other)


def level_ahead(area: Area, book: AssumptionBook, start: Launched, nowcast: Nowcast) -> float:
    """The factor on fertility after the launch that a nowcast of the year after it adds to what the launch year has of it."""
    if nowcast.year <= LAUNCH:
        return 1.0
    (of_launch,) = _slopes(area, book, nowcast, [LAUNCH], start.base.census.date.year)
    return float(np.exp((1.0 - of_launch) * nowcast.log_factor_mean))


def births_factors(area: Area, book: AssumptionBook, start: Launched, nowcast: Nowcast) -> Array:
    """Factors (year,) by which a nowcast moves the births of each published year: what one year errs, its neighbours share."""
    known = known_years(area, start.base.census.date.year)
    slopes = _slopes(area, book, nowcast, start.years, known.census)
    return np.where(np.asarray(start.years) > known.area, np.exp(slopes * nowcast.log_factor_mean), 1.0)


def narrowed(
    area: Area, book: AssumptionBook, nowcast: Nowcast, found: Deviations, years: Sequence[int], census_year: int
) -> Deviations:
    """The deviations with the area's own errors of fertility drawn together by as much as the nowcast knows.

    Its mean is in the central path already.
    """
    spread, known = spreads(book), known_years(area, census_year)
    sds = local_fertility_sds(spread, known, years).tolist()
    own = np.asarray(found.own_fertility)
    after = updated_errors(own, years, sds, replace(nowcast, log_factor_mean=0.0), spread.fertility_persistence)
    return found._replace(fertility=found.fertility * np.exp(after - own), own_fertility=after)


def _slopes(area: Area, book: AssumptionBook, nowcast: Nowcast, years: Sequence[int], census_year: int) -> Array:
    spread = spreads(book)
    sds = local_fertility_sds(spread, known_years(area, census_year), years)
    found = [nowcast.slope(year, float(sd), spread.fertility_persistence) for year, sd in zip(years, sds, strict=True)]
    return np.array(found)
