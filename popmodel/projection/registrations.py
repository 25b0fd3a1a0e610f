"""What birth registrations tell of the launch: they move the births of the published years, and narrow the draws of these.

Births to residents follow the province's; registrations of part of a year say how far the area's own level departs from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from popmodel.areas import Area
from popmodel.demography.arrays import Array
from popmodel.forecast import LAUNCH, Deviations, known_years, local_fertility_sds, spreads
from popmodel.forecast.nowcast import Nowcast, last_registered_year, registered_births_nowcast, updated_errors
from popmodel.parameters import AssumptionBook
from popmodel.projection.years import Launched


def nowcast_of(area: Area, book: AssumptionBook, start: Launched) -> Nowcast | None:
    """The nowcast of the last year with registrations, by the births `start` expects; None where it could change nothing.

    That is where the pack has no registrations up to the launch, or births of its own for their year.
    """
    year = last_registered_year(area, LAUNCH)
    known = known_years(area, start.base.census.date.year)
    if year is None or year <= known.area:
        return None
    expected = float(start.year(year).registered.births.sum())
    (spread,) = local_fertility_sds(spreads(book), known, [year])
    of_province = spreads(book).fertility_province * max(year - known.province, 0) ** 0.5
    other = float(np.hypot(float(book.value("nowcast.away_log_sd")), of_province))
    return registered_births_nowcast(area, book, year, expected, float(spread), other_log_sd=other)


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
