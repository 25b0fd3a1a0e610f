"""Where a miss comes from: the difference between a census and its forecast, taken apart by cohort, adding up exactly.

Cohorts that nobody joins or leaves any more tell of mortality, those alive at both censuses of migration, those born since of
fertility; children whom the earlier census missed show ten years later.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from popmodel.areas import Place
from popmodel.demography import FEMALE, Array
from popmodel.forecast import area_censuses, missed_children, survive_years
from popmodel.parameters import AssumptionBook
from popmodel.projection.from_census import CHILDREN, Start, Then

PARTS = ("resettlement", "migration", "fertility", "mortality", "census")
# Of the women of these ages at the second census most children born between the two are.
MOTHERS = slice(20, 40)


def explain(start: Start, then: Then, forecast: Array, second: Place, resettled: Array, book: AssumptionBook) -> pd.DataFrame:
    """`forecast, actual, miss` of the residents and the PARTS of the miss (persons, actual less forecast), one row an area.

    forecast: the central stock (sex, age, area) at the second census, whose areas are `second`; resettled: persons (area,) moved
    out by one-time events, growing since like the area.
    Mortality: all that is missed from `migration.last_age` on. Census: the children counted under five at the first census who
    turn out too many (`missed_children`), and as large a share of those born since, whose fertility was read from them.
    Migration: the rest of those alive at both, and half the miss in women of the mothers' ages times the children born since.
    Fertility: the rest of the children born since.
    """
    last_age, years = int(book.value("migration.last_age")), len(then.improving)
    actual = area_censuses(second, then.deaths)[-1].population
    missed, survival = actual - forecast, then.improving[:, 0]
    born, expected = forecast[:, :years].sum(axis=(0, 1)), survive_years(start.population, survival[..., None])
    uncounted = missed_children(start.population, actual, survival[..., None], last_age)
    children = expected[:, years : years + CHILDREN].sum(axis=(0, 1))
    of_births = born * _over(uncounted, children)
    women, expected_women = (stock[FEMALE, MOTHERS].sum(axis=0) for stock in (actual, forecast))
    of_mothers = born * (_over(women, expected_women) - 1) / 2
    total = forecast.sum(axis=(0, 1))
    events = 0.0 - resettled * total / start.population.sum(axis=(0, 1))
    parts = {
        "resettlement": events,
        "migration": missed[:, years:last_age].sum(axis=(0, 1)) - uncounted + of_mothers - events,
        "fertility": missed[:, :years].sum(axis=(0, 1)) - of_births - of_mothers,
        "mortality": missed[:, last_age:].sum(axis=(0, 1)),
        "census": uncounted + of_births,
    }
    whole = {"forecast": total, "actual": actual.sum(axis=(0, 1)), "miss": missed.sum(axis=(0, 1))}
    return pd.DataFrame(whole | {name: parts[name] for name in PARTS})


def _over(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)
