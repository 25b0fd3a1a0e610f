"""Fertility by birth order: the nation's age pattern, the province's order shares, the county's births; then its path by parity.

The pattern is a mixture of the national town and rural schedules at the county's urban share. From the census on, women are
carried by the number of their children, so that births of an order are borne by those who have one child less.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from popmodel.areas import Place
from popmodel.areas.reference import COUNTRY
from popmodel.demography import (
    SEXES,
    age_parity,
    birth_probabilities,
    checked_sex_ratio_per_100,
    exposed_by_order,
    fertility_by_order,
    parity_from_rates,
    parity_rates,
    scale_to_births,
    scale_to_total,
    sex_ratio_by_order,
)
from popmodel.demography.arrays import Array, areas_first, areas_last
from popmodel.forecast.base_population import AGES, CENSUS_YEAR, LAUNCH
from popmodel.forecast.recent import Recent
from popmodel.forecast.series import equals, value_path
from popmodel.parameters import AssumptionBook

EARLIER_CENSUS_YEAR = 2010
ORDERS = ("1", "2", "3+")
PARITIES = ("0", "1", "2+")
# A cohort of whom more would bear in a year is no cohort but a difference of counts.
LARGEST_SHARE_BEARING = 0.9
_REFERENCE = Recent[Array](256)
ORDER_KEYS = ("fertility.order_1", "fertility.order_2", "fertility.order_3plus")


def fertility_schedule(place: Place, women: Array, births: npt.ArrayLike) -> Array:
    """Births per woman (order 1, 2, 3+; age, …) at which `women` (age, …) bear `births` (…), orders as in the province."""
    share = urban_share(place)
    known = np.isfinite(share)
    town, rural, total = (
        national_pattern(place, residence)[(..., *[None] * share.ndim)] for residence in ("town", "rural", "total")
    )
    mixed = np.where(known, share, 0.5)
    pattern = np.where(known, mixed * town + (1 - mixed) * rural, total)
    wanted = np.multiply.outer(order_shares(place), births)
    scaled = scale_to_births(areas_first(pattern, 2), areas_first(women, 1)[..., None, :], areas_first(wanted, 1))
    return areas_last(scaled, 2)


def order_shares(place: Place, census: int = CENSUS_YEAR) -> Array:
    """Share of first, second, and third and later births in the province's long-form births of a census (sums to 1)."""
    births = census_births_by_order(place, census)
    return np.asarray(births / births.sum())


def census_births_by_order(place: Place, census: int = CENSUS_YEAR) -> Array:
    """Births (order 1, 2, 3+) of the province in the long form of a census, about a tenth of all."""
    return np.asarray(_births_by_order_and_sex(place, _source(place), census).sum(axis=0))


def parity_before_census(place: Place, book: AssumptionBook, schedule: Array) -> Array:
    """Share of women (parity 0, 1, 2+; age, …) at the start of the census year, whose fertility is `schedule` (order, age, …).

    Up to the earlier census women bore in the nation's age pattern of that census, `fertility.ever_mothers` of them a first child
    and second and third ones in the proportion of the province's births then; from there to `schedule` the change is even.
    """
    earlier = national_pattern(place, "total", EARLIER_CENSUS_YEAR)
    shares = order_shares(place, EARLIER_CENSUS_YEAR)
    borne = float(book.value("fertility.ever_mothers")) * shares / shares[0]
    earlier = earlier * (borne / earlier.sum(axis=1))[:, None]
    weight = np.linspace(0, 1, CENSUS_YEAR - EARLIER_CENSUS_YEAR + 1)[:-1, None, None]
    return areas_last(parity_from_rates((1 - weight) * earlier + weight * areas_first(schedule, 2)[..., None, :, :]), 2)


def rates_by_parity(fertility: Array, share: Array) -> Array:
    """Births of each order per woman who has one child less (order, age, …), of a year with `fertility` begun with `share`.

    Where births would be more than nine tenths of the women there, as where mothers are registered apart from their children,
    they are held to that.
    """
    return areas_last(_rates_by_parity(areas_first(fertility, 2), areas_first(share, 2)), 2)


def births_by_parity(share: Array, rates: Array) -> Array:
    """Births per woman (order, age, …) in a year begun with `share` (parity, age, …), at `rates` (order, age, …)."""
    return areas_last(fertility_by_order(areas_first(share, 2), areas_first(rates, 2)), 2)


def a_year_later(share: Array, fertility: Array) -> Array:
    """The women by parity (parity, age, …) after a year with births per woman `fertility` (order, age, …)."""
    return areas_last(_a_year_later(areas_first(share, 2), areas_first(fertility, 2)), 2)


def fertility_path(
    place: Place, book: AssumptionBook, years: Sequence[int], fertility: Array, share: Array, published_tfr: Array
) -> tuple[Array, Array]:
    """Births per woman (year, order, age, …) of `years`, and the women by parity (year, parity, age, …) at the start of each.

    fertility: that of the launch year (order, age, …); share: the women by parity at its start; published_tfr: total fertility of
    the published years (year, …). The rates of each order are those of the launch year per woman who has one child less. One
    factor a year on all of them brings total fertility to the mean of the last `fertility.launch_years` published years, times
    the United Nations' path since the launch to the power `fertility.un_path_weight`, times `fertility.level`; the factors of
    the single orders come on top, so that they raise births only as far as there are women to bear them.
    """
    levels = _tfr_path(place, tuple(years)) ** float(book.value("fertility.un_path_weight")) * book.path("fertility.level", years)
    wanted = np.multiply.outer(levels, published_tfr[-int(book.value("fertility.launch_years")) :].mean(axis=0))
    by_order = np.stack([book.path(key, years) for key in ORDER_KEYS], axis=1)[:, :, None]
    fertility, share = areas_first(fertility, 2), areas_first(share, 2)
    rates = _rates_by_parity(fertility, share)
    plain = own = _a_year_later(share, fertility)
    borne, shares = [], []
    for total, factors in zip(wanted, by_order, strict=True):
        of_year = rates * scale_to_total(plain, rates, total)[..., None, None]
        shares.append(areas_last(own, 2))
        borne.append(areas_last(fertility_by_order(own, of_year * factors), 2))
        plain = age_parity(plain, birth_probabilities(of_year))
        own = age_parity(own, birth_probabilities(of_year * factors))
    return np.stack(borne), np.stack(shares)


def sex_ratios_at_birth(place: Place, book: AssumptionBook) -> Array:
    """Boys per girl by order (order,) of the province's census births, drawn towards the nation's as far as chance may rule."""
    own, nation = (_births_by_order_and_sex(place, code, CENSUS_YEAR) for code in (_source(place), COUNTRY))
    strength = float(book.value("fertility.srb_prior_births"))
    ratios = sex_ratio_by_order(own[:1], own[1:], prior_male=nation[0], prior_female=nation[1], prior_births=strength)
    return np.asarray(ratios.males_per_female[0])


def sex_ratio_of_census(place: Place, census: int) -> float:
    """Boys per girl among all births in the province's long form of a census."""
    boys, girls = _births_by_order_and_sex(place, _source(place), census).sum(axis=1)
    return float(boys / girls)


def sex_ratio_of_all(book: AssumptionBook, years: Sequence[int]) -> Array:
    """Boys per girl of all births (year,) as assumed."""
    return checked_sex_ratio_per_100(book.path("fertility.srb", years))


def urban_share(place: Place) -> Array:
    """Share of residents in towns (…) at the last census; NaN where it is not given."""
    return place.facts.counts[-1].urban_share


def national_pattern(place: Place, residence: str, census: int = CENSUS_YEAR) -> Array:
    """Births per woman of the nation (order, age) as a census has them."""

    def work_out() -> Array:
        table = place.reference.tables["fertility"]
        ages, rates = table["age"].to_numpy(dtype=int), table["asfr"].to_numpy(dtype=float)
        pattern, own = np.zeros((len(ORDERS), AGES)), equals(table, "residence", residence) & equals(table, "census", census)
        for index, order in enumerate(ORDERS):
            chosen = own & equals(table, "order", order)
            pattern[index, ages[chosen]] = rates[chosen]
        return pattern

    return _REFERENCE.of(place, ("pattern", residence, census), work_out)


def _rates_by_parity(fertility: Array, share: Array) -> Array:
    return parity_rates(np.minimum(fertility, LARGEST_SHARE_BEARING * exposed_by_order(share)), share)


def _a_year_later(share: Array, fertility: Array) -> Array:
    return age_parity(share, birth_probabilities(_rates_by_parity(fertility, share)))


def _tfr_path(place: Place, years: tuple[int, ...]) -> Array:
    """Total fertility of the United Nations' path in `years` over that of the launch year (year,)."""

    def work_out() -> Array:
        path = value_path(place.reference.tables["wpp_china"], "tfr", [LAUNCH, *years])
        return path[1:] / path[0]

    return _REFERENCE.of(place, ("tfr", years), work_out)


def _source(place: Place) -> str:
    return place.province if place.province in set(place.reference.tables["births_by_order"]["area"]) else COUNTRY


def _births_by_order_and_sex(place: Place, code: str, census: int) -> Array:
    """Births (male, female; order) of an area in the long form of a census."""

    def work_out() -> Array:
        table = place.reference.tables["births_by_order"]
        rows = table[equals(table, "area", code) & equals(table, "census", census)]
        births = dict(zip(zip(rows["sex"], rows["order"], strict=True), rows["births"], strict=True))
        return np.array([[float(births[sex, order]) for order in ORDERS] for sex in SEXES])

    return _REFERENCE.of(place, ("births", code, census), work_out)
