"""What counts of births tell of the launch: they move the births of the published years, and narrow the draws of these.

Births to residents follow the province's; births of some months, claims, registrations and whole years of registered births say
how far the area's own level departs from them, and how many children the registered women have who live away.
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
    BirthErrors,
    Counted,
    Nowcast,
    Reading,
    RegistrationModel,
    last_registered_year,
    nowcast,
    registrations,
)
from popmodel.messages import InputError
from popmodel.parameters import AssumptionBook
from popmodel.parameters.birth_months import birth_month_shares
from popmodel.projection.years import Launched, years_ahead

_WHOLE_YEAR, _REGISTRATIONS = "whole_year", "registrations"
# Where the counts of each kind stand in a pack.
_FILES = {
    "births": "births.csv",
    _WHOLE_YEAR: "births.csv",
    "claims": "allowance_claims.csv",
    _REGISTRATIONS: "birth_registrations.csv",
}


class Evidence(NamedTuple):
    """Counts that tell of the births of a year: of which kind, of the residents or the registered people, and how they follow."""

    kind: str
    group: str
    year: int
    counted: Sequence[Counted]
    model: RegistrationModel


class Told(NamedTuple):
    """What counts told: the counts, what they say, and the nowcast of their year with them and those before them.

    away: by how much they move ln(registered births) for what the mothers away have apart from all else.
    """

    evidence: Evidence
    reading: Reading
    nowcast: Nowcast
    away: float


def evidence_of(area: Area, book: AssumptionBook, census_year: int) -> list[Evidence]:
    """The counts that tell of births, by year: of each kind and population those of the latest year, up to that after the launch.

    Earlier ones of a kind would add little: whatever makes them differ from births is much the same from year to year. A year
    whose births are known needs none, but for those to registered people of a whole year.
    """
    known, own = known_years(area, census_year), area.facts.own
    latest: dict[tuple[str, str], Evidence] = {}
    for one in (*_months(area, book), *_whole_years(area, book), *_claims(area, book), *_registrations(area, book)):
        told_already = one.year <= known.area or (one.group == "registered" and one.year in own.registered_births)
        if one.counted and census_year < one.year <= LAUNCH + 1 and (one.kind == _WHOLE_YEAR or not told_already):
            before = latest.get((one.kind, one.group))
            latest[one.kind, one.group] = one if before is None or one.year > before.year else before
    return sorted(latest.values(), key=lambda one: (one.year, one.model.log_sd))


def _months(area: Area, book: AssumptionBook) -> Iterator[Evidence]:
    """Births of part of a year: all that lies between them and the year's is its season and their completeness."""
    for part in area.facts.own.months:
        group = "resident" if part.group == "residents" else "registered"
        yield Evidence("births", group, part.year, [Counted(*month) for month in part.months], _model_of_births(book))


def _whole_years(area: Area, book: AssumptionBook) -> Iterator[Evidence]:
    """Births to registered people of a whole year, to which that year is held; they tell of the others."""
    for year, births in area.facts.own.registered_births.items():
        counted = [Counted(dt.date(year, 1, 1), dt.date(year, 12, 31), births)]
        yield Evidence(_WHOLE_YEAR, "registered", year, counted, _model_of_births(book))


def _model_of_births(book: AssumptionBook) -> RegistrationModel:
    return replace(
        RegistrationModel.from_book(book),
        per_birth=1.0,
        log_sd=float(book.value("nowcast.births_log_sd")),
        months=birth_month_shares(book),
        dispersion=1.0,
    )


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
        yield Evidence(_REGISTRATIONS, "registered", year, registrations(area, year), RegistrationModel.from_book(book))


def told_by_counts(area: Area, book: AssumptionBook, start: Launched) -> tuple[tuple[Told, ...], BirthErrors]:
    """What each of the counts tells, one after the other, given the births `start` expects; and the errors left of these."""
    census_year = start.base.census.date.year
    errors, told = _expected_errors(area, book, [*start.years, LAUNCH + 1], census_year), []
    for evidence in evidence_of(area, book, census_year):
        year, away = evidence.year, evidence.group == "registered"
        of_year = start.year(year) if year <= LAUNCH else years_ahead(area, book, start, year).path[-1]
        expected = float(of_year.registered_born if away else of_year.resident.births.sum())
        try:
            reading = errors.read(year, evidence.counted, expected, evidence.model, away=away)
        except InputError as error:
            raise InputError([replace(problem, file=_FILES[evidence.kind]) for problem in error.problems]) from error
        after = errors.after(year, reading, away=away)
        moved = float(after.mean[-1] - errors.mean[-1])
        told.append(Told(evidence, reading, nowcast(year, expected, errors, reading, after), moved))
        errors = after
    return tuple(told), errors


def births_factors(errors: BirthErrors, years: Sequence[int]) -> Array:
    """Factors (year,) by which what was told moves the births of published years: what one year errs, its neighbours share."""
    return np.exp([errors.log_factor(year)[0] for year in years])


def away_factor(told: Sequence[Told], start: Launched) -> float:
    """The factor on the fertility of registered women away by which the area's own counts of registered births are met.

    Registrations of intended births have no part in it: the assumption `registered.away_fertility` was chosen by them.
    """
    counted = [one for one in told if one.evidence.group == "registered" and one.evidence.kind != _REGISTRATIONS]
    if not counted:
        return 1.0
    year = start.year(min(max(one.evidence.year for one in counted), LAUNCH))
    births = float(year.registered_born)
    away = births - float(year.resident.births.sum()) * (1 - float(start.base.pair.outside_share))
    more = births * np.expm1(sum(one.away for one in counted))
    return max(1 + float(more) / away, 0.0) if away > 0 else 1.0


def level_ahead(told: Sequence[Told], errors: BirthErrors) -> float:
    """The factor on fertility after the launch that counts of the year after it add to what the launch year has of them."""
    if all(one.evidence.year <= LAUNCH for one in told):
        return 1.0
    return float(np.exp(errors.log_factor(LAUNCH + 1)[0] - errors.log_factor(LAUNCH)[0]))


def narrowed(
    area: Area, book: AssumptionBook, told: Sequence[Told], found: Deviations, years: Sequence[int], census_year: int
) -> Deviations:
    """The deviations with the area's own errors of fertility drawn together by as much as the counts know.

    Their means are in the central path already.
    """
    errors = _expected_errors(area, book, years, census_year)
    for one in told:
        errors = errors.after(one.evidence.year, one.reading, away=one.evidence.group == "registered")
    own = np.asarray(found.own_fertility)
    after = errors.drawn(own)
    return found._replace(fertility=found.fertility * np.exp(after - own), own_fertility=after)


def _expected_errors(area: Area, book: AssumptionBook, years: Sequence[int], census_year: int) -> BirthErrors:
    """The errors of births before any count: the area's own, the province's unpublished years, and mothers living away."""
    spread, known = spreads(book), known_years(area, census_year)
    province = spread.fertility_province * np.sqrt(np.maximum(np.asarray(years) - known.province, 0))
    own, away = local_fertility_sds(spread, known, years), float(book.value("nowcast.away_log_sd"))
    return BirthErrors.expected(years, own, spread.fertility_persistence, province, away)
