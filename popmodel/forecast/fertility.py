"""Fertility by birth order: the nation's 2020 age pattern, the province's order shares, the county's births; then its path.

The pattern is a mixture of the national town and rural schedules at the county's urban share.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from popmodel.areas import Area
from popmodel.demography import scale_to_births
from popmodel.demography.arrays import Array
from popmodel.forecast.base_population import AGES
from popmodel.forecast.series import equals, value_path
from popmodel.parameters import AssumptionBook

CENSUS_YEAR = 2020
ORDERS = ("1", "2", "3+")
ORDER_KEYS = ("fertility.order_1", "fertility.order_2", "fertility.order_3plus")


def fertility_schedule(area: Area, women: Array, births: float) -> Array:
    """Births per woman (order 1, 2, 3+; age) at which `women` (age,) bear `births`, with the province's share of each order."""
    totals = area.tables["census_totals"]
    latest = equals(totals, "date", totals["date"].max())
    values = dict(zip(totals["indicator"][latest], totals["value"][latest], strict=True))
    urban = float(values.get("urban_residents", np.nan)) / float(values["residents"])
    pattern = (
        _pattern(area, "total") if np.isnan(urban) else urban * _pattern(area, "town") + (1 - urban) * _pattern(area, "rural")
    )
    shares = order_shares(area)
    return scale_to_births(pattern, women, births * shares)


def order_shares(area: Area) -> Array:
    """Share of first, second, and third and later births in the province's long-form births of 2020 (sums to 1)."""
    table = area.reference.tables["births_by_order"]
    code = area.province if area.province in set(table["area"]) else "100000"
    own, births = equals(table, "area", code) & equals(table, "census", CENSUS_YEAR), table["births"].to_numpy(dtype=float)
    by_order = np.array([births[own & equals(table, "order", order)].sum() for order in ORDERS])
    return np.asarray(by_order / by_order.sum())


def fertility_levels(area: Area, book: AssumptionBook, years: Sequence[int], launch: int) -> Array:
    """Multipliers (year, order) on the launch year's rates: the United Nations' path since then, the level, the order's own.

    The path is the TFR of the United Nations' medium variant for China over its value at the launch, to the power
    `fertility.un_path_weight` (1 follows it, 0 holds the launch level).
    """
    path = value_path(area.reference.tables["wpp_china"], "tfr", [launch, *years])
    level = (path[1:] / path[0]) ** float(book.value("fertility.un_path_weight")) * book.path("fertility.level", years)
    return np.stack([level * book.path(key, years) for key in ORDER_KEYS], axis=1)


def _pattern(area: Area, residence: str, census: int = CENSUS_YEAR) -> Array:
    table = area.reference.tables["fertility"]
    ages, rates = table["age"].to_numpy(dtype=int), table["asfr"].to_numpy(dtype=float)
    pattern, own = np.zeros((len(ORDERS), AGES)), equals(table, "residence", residence) & equals(table, "census", census)
    for index, order in enumerate(ORDERS):
        chosen = own & equals(table, "order", order)
        pattern[index, ages[chosen]] = rates[chosen]
    return pattern
