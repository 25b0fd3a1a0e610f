"""Places short by age: what children of an age ask for, less the classes of their age and their part of the classes for several.

A class for one age takes no other. Mixed classes take children from 18 months on and are held against those of 12 to 36 months;
places of classes that are not known take any.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from popmodel.areas.disclosure import suppressed_in_table
from popmodel.childcare.demand import GROUPS, Demand
from popmodel.demography.arrays import Array
from popmodel.projection.quantiles import quantiles


def places_for_ages(asked_for: Array, there: Array) -> Array:
    """Places that children of each group can have, (group, unit, year, …): those of their own classes, and of the others what
    they are short of, or in proportion to it where it does not reach. What is then left over goes to no age.

    asked_for: (group, unit, year, …); there: by class, (class, unit, year), in the order of facilities.CLASSES.
    """
    held = there.reshape(*there.shape, *(1,) * (asked_for.ndim - 3))
    found = np.broadcast_to(held[: len(GROUPS)], asked_for.shape).copy()
    for kind, ages in ((3, slice(1, 3)), (4, slice(0, 3))):
        short = np.maximum(asked_for[ages] - found[ages], 0)
        whole = short.sum(axis=0)
        given = np.minimum(held[kind], whole)
        found[ages] += short * np.divide(given, whole, out=np.zeros_like(whole), where=whole > 0)
    return found


def gap_by_age(central: Demand, drawn: Demand, there: Array, threshold: int) -> pd.DataFrame:
    """Places short by unit, year and group of ages without a plan, a row each, and for the county (code "").

    there: by class, (class, unit, year). Columns: code, name, year, group, asked_for and places (central path), gap (asked_for −
    places, negative where classes of that age stand empty), q10, q90 (of the gap over the draws), short (probability that more
    than half a place is missing, 0-1). What may not be printed of a unit, below `threshold` or given away by others, is NaN.
    """
    asked_for, all_draws = central.places_by_group(), drawn.places_by_group()
    places = places_for_ages(asked_for, there)
    gap, gaps = asked_for - places, all_draws - places_for_ages(all_draws, there)
    rows = []
    for column, year in enumerate(central.years):
        hidden = suppressed_in_table(np.round(asked_for[:, :, column]), threshold)
        for row, group in enumerate(GROUPS):
            for unit, code in enumerate(central.codes):
                of_unit = (asked_for[row, unit, column], places[row, unit, column], gap[row, unit, column])
                found = _rest(of_unit, gaps[row, unit, column])
                kept = len(central.codes) == 1 or not hidden[row, unit]
                rows.append((code, central.names[unit], year, group, *(found if kept else (np.nan,) * len(found))))
            whole = (part[row, :, column].sum() for part in (asked_for, places, gap))
            rows.append(("", "", year, group, *_rest(whole, gaps[row, :, column].sum(axis=0))))
    names = ["code", "name", "year", "group", "asked_for", "places", "gap", "q10", "q90", "short"]
    return pd.DataFrame(rows, columns=names)


def _rest(central: Iterable[float], gaps: Array) -> tuple[float, ...]:
    low, high = quantiles(gaps.copy(), [0.1, 0.9])
    return (*(float(value) for value in central), float(low), float(high), float((gaps > 0.5).mean()))
