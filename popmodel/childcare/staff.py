"""Carers that places need, and how many to recruit and train for them when some leave every year."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from popmodel.childcare.demand import GROUPS
from popmodel.childcare.norms import children_a_carer, class_size
from popmodel.demography.arrays import Array
from popmodel.parameters import AssumptionBook


def carers_needed(places: Array, group: str, years: Sequence[int]) -> Array:
    """Carers for `places` (…, year) in full classes of a group of ages, whole classes each with the carers the norm asks for."""
    classes = np.ceil(np.asarray(places) / np.array([class_size(group, year) for year in years]) - 1e-9)
    a_class = [np.ceil(class_size(group, year) / children_a_carer(group, year)) for year in years]
    return np.asarray(classes * np.array(a_class))


def class_table(asked_for: Array, years: Sequence[int]) -> pd.DataFrame:
    """Classes and carers by group of ages if every child were in a class of its own age, a row a year and group.

    asked_for: places by group of the county, (group, year). Columns: year, group (of GROUPS), places, classes (whole, at the
    norm's size), carers (as `carers_needed`).
    """
    rows = []
    for column, year in enumerate(years):
        for group, places in zip(GROUPS, asked_for[:, column], strict=True):
            classes = np.ceil(places / class_size(group, year) - 1e-9)
            carers = carers_needed(np.array([places]), group, [year])[0]
            rows.append((year, group, float(places), int(classes), int(carers)))
    return pd.DataFrame(rows, columns=["year", "group", "places", "classes", "carers"])


def staff_table(needed: Array, book: AssumptionBook, years: Sequence[int]) -> pd.DataFrame:
    """Carers by year from those `needed` at the end of each, (year,), the first year's being there: a row a year.

    Columns: year, needed, leaving (in the year, at `childcare.turnover`), recruits (who must come for as many as needed to be
    there at the year's end), joining (of those trained), short (recruits less joining, none below 0), to_train (training places
    for as many recruits, at `childcare.trained_joining`; NaN where nobody joins). needed = last year's − leaving + recruits.
    """
    turnover = book.value("childcare.turnover")
    part = book.value("childcare.trained_joining")
    joining = book.value("childcare.trained") * part
    before = np.r_[needed[0], needed[:-1]]
    leaving = turnover * before
    recruits = np.maximum(needed - before + leaving, 0.0)
    return pd.DataFrame(
        {
            "year": list(years),
            "needed": needed,
            "leaving": leaving,
            "recruits": recruits,
            "joining": joining,
            "short": np.maximum(recruits - joining, 0.0),
            "to_train": recruits / part if part else np.full(len(recruits), np.nan),
        }
    )
