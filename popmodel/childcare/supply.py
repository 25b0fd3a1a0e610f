"""Places there are and will be by township and year, and the classes that kindergartens can give up.

Places of no known township are spread over the townships by their children: an assumption, and shown as one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from popmodel.childcare.demand import township_units
from popmodel.childcare.facilities import CLASSES, facilities, open_in, places_of_classes
from popmodel.childcare.norms import class_size
from popmodel.demography.arrays import Array
from popmodel.projection import Projection


def places_there(projection: Projection, years: Sequence[int]) -> Array:
    """Places open at the end of each year without a plan, (unit, year): planned ones times their probability.

    Facilities of no known township, and what a scenario plans (`childcare.places_planned`), are spread over the units:
    `childcare.places_urban_weight` of them by urban children, the rest by all children.
    """
    return np.asarray(places_by_class(projection, years).sum(axis=0))


def places_by_class(projection: Projection, years: Sequence[int]) -> Array:
    """The same by the classes that places are in, (class, unit, year), in the order of CLASSES."""
    units = township_units(projection.area)
    found = np.zeros((len(CLASSES), len(units), len(years)))
    share = _spread(units, projection.area.assumptions.value("childcare.places_urban_weight"))
    place = {code: row for row, code in enumerate(units["code"])}
    for column, year in enumerate(years):
        open_then = open_in(facilities(projection.area), year)
        by_township = places_of_classes(projection.area, open_then).groupby(open_then["township"]).sum()
        for township, places in by_township.iterrows():
            if township in place:
                found[:, place[township], column] += places[list(CLASSES)].to_numpy()
            else:
                found[:, :, column] += np.outer(places[list(CLASSES)].to_numpy(), share)
    found[-1] += np.outer(share, projection.assumptions.path("childcare.places_planned", years))
    return found


def seats_freed(projection: Projection, years: Sequence[int]) -> Array:
    """Kindergarten seats that stand empty at the end of each year for want of children aged 3-5, (unit, year).

    Where the pack has kindergartens: seats less the children of their last year, carried on by the county's children aged 3-5
    times the same enrolment. Where it has none: as many as those children have become fewer since the launch, at
    `childcare.kindergarten_enrolment`.
    """
    units, area = township_units(projection.area), projection.area
    children = projection.persons(3, 5)
    later = children.loc[list(years)].to_numpy()
    table = area.tables.get("kindergartens")
    share = units["share"].to_numpy(dtype=float)
    if table is None or table.empty:
        before = float(children.loc[projection.launch])
        fewer = np.maximum(before - later, 0) * projection.assumptions.path("childcare.kindergarten_enrolment", years)
        return np.outer(share, fewer)
    last = table[table["year"] == table["year"].max()]
    of_year = float(children.loc[min(max(int(last["year"].max()), projection.years[0]), projection.years[-1])])
    enrolled, seats = np.zeros(len(units)), np.zeros(len(units))
    place = {code: row for row, code in enumerate(units["code"])}
    for one in last.to_dict("records"):
        if one["township"] in place:
            enrolled[place[one["township"]]] += one["enrolled"]
            seats[place[one["township"]]] += one["seats"]
        else:
            enrolled += share * one["enrolled"]
            seats += share * one["seats"]
    return np.maximum(seats[:, None] - np.outer(enrolled, later / of_year), 0.0)


def convertible_classes(projection: Projection, years: Sequence[int]) -> Array:
    """Classes for children of 24-36 months that kindergartens can give up by the end of each year, cumulative, (unit, year).

    Seats freed times the share that space and staff allow (`childcare.conversion_share`), in whole classes of the norm's size;
    what has been free in an earlier year stays so.
    """
    freed = np.maximum.accumulate(seats_freed(projection, years), axis=1)
    share = projection.assumptions.path("childcare.conversion_share", years)
    sizes = np.array([class_size("24_36", year) for year in years])
    return np.asarray(np.floor(freed * share / sizes + 1e-9))


def _spread(units: pd.DataFrame, urban_weight: float) -> Array:
    """The part of places of no known township that each unit has, (unit,)."""
    children = units["share"].to_numpy(dtype=float)
    urban = children * units["urban"].to_numpy(dtype=float)
    by_urban = urban / urban.sum() if urban.sum() else children
    return np.asarray(urban_weight * by_urban + (1 - urban_weight) * children)
