"""How the rates of an area may part from their central path: shocks shared with nation and province, its own, and chance.

Central paths are medians. What is published is certain; what is not known of an area since its last census is already uncertain
in the years up to the launch, and goes on into the forecast.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from popmodel.areas import Place
from popmodel.areas.reference import COUNTRY
from popmodel.demography.arrays import Array
from popmodel.forecast.base_population import LAUNCH
from popmodel.forecast.recent import Recent
from popmodel.forecast.series import value_path, yearly
from popmodel.forecast.streams import standard_normals
from popmodel.parameters import AssumptionBook

# Further from the path than this, in years of life expectancy, the parabola of survival is not relied on.
WIDEST_E0 = 6.0

_FERTILITY, _LAST_KNOWN = Recent[Array](32), Recent[int](128)


class Spreads(NamedTuple):
    """Standard deviations of a year's innovations and how much of a deviation is left a year later.

    Fertility: of its logarithm; timing: years of age; mortality: years of life expectancy, shared (a random walk), the province's
    level and the local one (both constant); migration: net migrants as a share of the population, local in counties and in city
    districts; census, registered: of the logarithm of the base;
    correlation: of the shared innovations of fertility and mortality; lowest and highest: bounds of the nation's total fertility;
    cells_below: population under which chance works in each cell.
    """

    fertility_shared: float
    fertility_province: float
    fertility_local: float
    fertility_persistence: float
    fertility_lowest: float
    fertility_highest: float
    timing_shared: float
    mortality_shared: float
    mortality_level: float
    mortality_local: float
    correlation: float
    migration_shared: float
    migration_shared_persistence: float
    migration_local: float
    migration_district: float
    migration_local_persistence: float
    census: float
    registered: float
    cells_below: float


class Known(NamedTuple):
    """Last years for which births are known: the nation's, the province's, the area's own; the area's census year.

    residents: last year for which the province's residents are known.
    """

    nation: int
    province: int
    area: int
    census: int
    residents: int = LAUNCH


class Deviations(NamedTuple):
    """Where each draw lies beside the central path, (year, draw) but for the factors of the base, (draw,).

    fertility: factor; timing: years by which births come later; mortality: years of life expectancy; migration: net migrants as
    a share of the population; sampling, deaths: standard normal numbers of the chance in births and deaths; census, registered:
    factors on the residents of the base and, by those living away, on the registered people. own_fertility: the part of the
    logarithm of `fertility` that is the area's own.
    """

    fertility: Array
    timing: Array
    mortality: Array
    migration: Array
    sampling: Array
    deaths: Array
    census: Array
    registered: Array
    own_fertility: Array


def spreads(book: AssumptionBook) -> Spreads:
    """The spreads as the assumption book has them."""
    return Spreads(*(float(book.value(f"uncertainty.{name}")) for name in Spreads._fields))


def known_years(place: Place, census_year: int) -> Known:
    """Up to when births are published for the nation, the area's province and the area itself."""
    own = [year for year, births in place.facts.births.items() if not np.isnan(births)]
    return Known(
        nation=_last_known(place, COUNTRY, "births") or census_year,
        province=_last_known(place, place.province, "births") or census_year,
        area=max([*own, census_year]),
        census=census_year,
        residents=_last_known(place, place.province, "population_year_end") or census_year,
    )


def national_fertility(place: Place, years: Sequence[int]) -> Array:
    """The nation's total fertility (year,): the United Nations' path, brought to the births published up to the launch.

    They expected 8.71 million births in 2025 of a total fertility of 1.02, and 7.92 million came.
    """

    def work_out() -> Array:
        table = place.reference.tables["wpp_china"]
        published = yearly(place.reference.tables["series"], "births", COUNTRY)
        factor = float(published[LAUNCH]) / float(value_path(table, "births", [LAUNCH])[0])
        return np.asarray(value_path(table, "tfr", years) * factor)

    return _FERTILITY.of(place, tuple(years), work_out)


def deviations(place: Place, book: AssumptionBook, known: Known, years: Sequence[int], draws: range, seed: int) -> Deviations:
    """The deviations of an area's `draws` in consecutive `years`, the first after its census.

    A shared deviation starts after the last year published for the nation or the province, the area's own after its own. Each
    goes on from year to year as an autoregression of order 1.
    Source: Alho & Spencer (2005), Statistical demography and forecasting, chapters 8-9 (errors shared between areas and years);
    Lee & Tuljapurkar (1994), Stochastic population forecasts for the United States, JASA 89.
    """
    national, spread = national_fertility(place, years), spreads(book)
    if any(known.census < stock.date.year <= LAUNCH for stock in place.facts.own.stocks):
        spread = spread._replace(registered=float(book.value("uncertainty.registered_counted")))
    return deviations_of(place.facts.codes[0], place.province or COUNTRY, spread, known, national, years, draws, seed)


def deviations_of(
    code: str, province: str, spread: Spreads, known: Known, national: Array, years: Sequence[int], draws: range, seed: int
) -> Deviations:
    """`deviations` of the area `code` of a `province`, around a path of the nation's total fertility (year,)."""
    # Births of its own tell an area what nation and province went through as well.
    until = (max(known.nation, known.area), max(known.province, known.area), known.residents)
    shared = _shared(spread, province, until, tuple(national.tolist()), tuple(years), draws, seed)

    def normals(component: str) -> Array:
        return standard_normals(seed, code, component, years, draws)

    def once(component: str) -> Array:
        return standard_normals(seed, code, component, [known.census], draws)[0]

    fertility = _after(years, known.area, spread.fertility_local * normals("fertility"), spread.fertility_persistence)
    moves = spread.migration_district if is_district(code) else spread.migration_local
    migration = _after(years, known.census, moves * normals("migration"), spread.migration_local_persistence)
    mortality = np.clip(shared.mortality + spread.mortality_local * once("mortality"), -WIDEST_E0, WIDEST_E0)
    return Deviations(
        fertility=np.exp(shared.fertility + fertility),
        timing=shared.timing,
        mortality=mortality,
        migration=shared.migration + migration,
        sampling=np.where((np.asarray(years) > known.area)[:, None], normals("births"), 0.0),
        deaths=normals("deaths"),
        census=np.exp(spread.census * once("census")),
        registered=np.exp(spread.registered * once("registered")),
        own_fertility=fertility,
    )


def local_fertility_sds(spread: Spreads, known: Known, years: Sequence[int]) -> Array:
    """Standard deviations (year,) of the area's own log error of fertility, from the innovations since its own births end."""
    since = np.maximum(np.asarray(years) - known.area, 0)
    squares = np.cumsum(spread.fertility_persistence ** (2.0 * np.arange(max(int(since.max()), 1))))
    return np.asarray(spread.fertility_local * np.sqrt(np.concatenate([[0.0], squares])[since]))


def is_district(code: str) -> bool:
    """Whether a county code is that of a city's district (01-20) or a zone set apart for the statistics (71-80).

    Source: GB/T 2260, the numbering of areas at county level; the zones are those of the census tables.

    >>> is_district("411302"), is_district("411326"), is_district("411381")
    (True, False, False)
    """
    number = int(code[-2:]) if code[-2:].isdigit() else 0
    return 1 <= number <= 20 or 71 <= number <= 80


def autoregression(innovations: Array, persistence: float) -> Array:
    """Deviations (year, …) of which `persistence` is left a year later, from their `innovations` (year, …), starting at none.

    >>> autoregression(np.array([1.0, 0.0, 0.0]), 0.5)
    array([1.  , 0.5 , 0.25])
    """
    found = np.empty_like(innovations)
    state = np.zeros(innovations.shape[1:])
    for year, innovation in enumerate(innovations):
        state = persistence * state + innovation
        found[year] = state
    return found


class _Shared(NamedTuple):
    """The shared part of `Deviations`, fertility as a logarithm."""

    fertility: Array
    timing: Array
    mortality: Array
    migration: Array


@lru_cache(maxsize=8)
def _shared(
    spread: Spreads,
    province: str,
    until: tuple[int, int, int],
    national_fertility: tuple[float, ...],
    years: tuple[int, ...],
    draws: range,
    seed: int,
) -> _Shared:
    """The deviations that all areas of a province have in common; areas come one after the other and ask for the same.

    until: the years up to which the nation's and the province's births, and the province's residents are known.
    """
    nation_until, province_until, residents_until = until

    def normals(place: str, component: str) -> Array:
        return standard_normals(seed, place, f"shared.{component}", years, draws)

    first = normals(COUNTRY, "fertility")
    second = spread.correlation * first + np.sqrt(1 - spread.correlation**2) * normals(COUNTRY, "mortality")
    nation = _after(years, nation_until, spread.fertility_shared * first, spread.fertility_persistence)
    total = np.array(national_fertility)[:, None]
    bounded = np.clip(total * np.exp(nation), spread.fertility_lowest, spread.fertility_highest)
    nation = np.where(nation == 0, 0.0, np.log(bounded / total))
    level = spread.mortality_level * standard_normals(seed, province, "shared.mortality_level", years[:1], draws)
    own = spread.fertility_province * normals(province, "fertility")
    moves = spread.migration_shared * normals(province, "migration")
    return _Shared(
        fertility=nation + _after(years, province_until, own, spread.fertility_persistence),
        timing=_after(years, nation_until, spread.timing_shared * normals(COUNTRY, "timing"), 1.0),
        mortality=level + _after(years, nation_until, spread.mortality_shared * second, 1.0),
        migration=_after(years, residents_until, moves, spread.migration_shared_persistence),
    )


def _last_known(place: Place, area: str, indicator: str) -> int:
    """The last year for which the reference has an indicator of an area; 0 where it has none."""

    def work_out() -> int:
        found = yearly(place.reference.tables["series"], indicator, area)
        return int(found.index[-1]) if len(found) else 0

    return _LAST_KNOWN.of(place, (area, indicator), work_out)


def _after(years: Sequence[int], last_known: int, innovations: Array, persistence: float) -> Array:
    """The autoregression of `innovations` that starts after the year `last_known`, without deviation up to it."""
    unknown = np.asarray(years) > last_known
    return autoregression(np.where(unknown[:, None], innovations, 0.0), persistence)
