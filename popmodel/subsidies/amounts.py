"""Recipients and amounts of every scheme by year: the outturn where a year is finished, the rules on the projection after it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from popmodel.demography.arrays import Array
from popmodel.messages import InputError, Problem
from popmodel.projection import Projection
from popmodel.subsidies.declared import declared_amount
from popmodel.subsidies.outturn import outturn
from popmodel.subsidies.recipients.childcare_allowance import allowance_amount, first_year
from popmodel.subsidies.recipients.family_reward import family_reward
from popmodel.subsidies.recipients.only_child_award import award_amount
from popmodel.subsidies.recipients.people import People, YearAmount
from popmodel.subsidies.recipients.special_support import special_support_amount
from popmodel.subsidies.schemes import schemes_of

FIRST_YEAR, LAST_YEAR = 2023, 2035


def subsidy_amounts(
    projection: Projection, *, years: Iterable[int] | None = None, registered_births_factor: float = 1.0
) -> pd.DataFrame:
    """Recipients and amount of each scheme in each year (default: 2023 to `last_year`), a row a scheme and year.

    Columns: scheme, year, recipients, recipient_unit (person, household, child), amount_yuan (float), amount_fen (Int64, exact,
    only where the year is finished), basis (outturn or forecast). A scheme whose recipients follow an outturn is left out where
    the pack has none, and before its first year. `registered_births_factor` multiplies the registered children of the childcare
    allowance: how many there are is less certain than anything else, and two factors give the range.

    Raises InputError for a year the projection does not hold and for an unknown scheme in the outturn.
    """
    people = People(projection, births_factor=registered_births_factor)
    rows = _rows(people, outturn(projection.area).to_dict("records"), years)
    columns = ["scheme", "year", "recipients", "recipient_unit", "amount_yuan", "amount_fen", "basis"]
    return pd.DataFrame(rows, columns=columns).astype({"recipients": float, "amount_yuan": float, "amount_fen": "Int64"})


def total_yuan(projection: Projection, year: int, finished: Sequence[Mapping[Hashable, Any]]) -> float:
    """Yuan of all schemes in one year: the sum of `subsidy_amounts`, without its table. finished: the rows of the outturn."""
    return float(sum(row["amount_yuan"] for row in _rows(People(projection), finished, [year])))


def amount_draws(projection: Projection, years: Iterable[int] | None = None) -> dict[str, Array]:
    """Amounts by scheme in every draw, yuan, (year, draw); `years` as in `subsidy_amounts`, a finished year in all draws alike.

    A scheme that has no amount in some of the years is 0 there. The draws are those of the projection, which must have been made
    with some: each draw's recipients are that draw's registered people.
    """
    draws = projection.draws
    assert draws is not None, "a projection without draws"
    chosen = _chosen(projection, years)
    found: dict[str, Array] = {}
    for row in _rows(People(projection, drawn=True), outturn(projection.area).to_dict("records"), chosen):
        of_scheme = found.setdefault(row["scheme"], np.zeros((len(chosen), draws.count)))
        of_scheme[chosen.index(row["year"])] = row["amount_yuan"]
    return found


def last_year(projection: Projection) -> int:
    """The last year subsidies are worked out for: 2035, or the last year of the projection."""
    return min(LAST_YEAR, projection.years[-1])


def _chosen(projection: Projection, years: Iterable[int] | None) -> list[int]:
    chosen = list(range(FIRST_YEAR, last_year(projection) + 1)) if years is None else list(years)
    held = projection.years
    if missing := [year for year in chosen if year not in held]:
        raise InputError([Problem("subsidy_year_outside", {"found": missing[0], "first": held[0], "last": held[-1]})])
    return chosen


def _rows(people: People, finished: Sequence[Mapping[Hashable, Any]], years: Iterable[int] | None) -> list[dict[str, Any]]:
    chosen, schemes = _chosen(people.projection, years), schemes_of(people.projection.area)
    paid: dict[str, dict[int, dict[str, Any]]] = {scheme: {} for scheme in schemes}
    for row in finished:
        paid[row["scheme"]][int(row["year"])] = {str(name): value for name, value in row.items()}
    return [row for scheme in schemes for row in _scheme_rows(people, scheme, chosen, paid[scheme])]


def _scheme_rows(people: People, scheme: str, years: list[int], paid: Mapping[int, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    declared = people.projection.area.schemes
    usable = {year: row for year, row in paid.items() if year in people.years}
    for year in years:
        if year in paid:
            yield paid[year] | {"amount_yuan": paid[year]["amount_fen"] / 100, "basis": "outturn"}
        elif scheme in declared and year < declared[scheme].amount.values[0].start.year:
            yield {"scheme": scheme, "year": year, "recipient_unit": declared[scheme].recipient} | _NOTHING_PAID
        elif scheme in declared:
            yield _forecast(scheme, year, declared[scheme].recipient, declared_amount(people, declared[scheme], year))
        elif scheme == "childcare_allowance" and year < first_year():  # nothing was paid: a fact
            yield {"scheme": scheme, "year": year, "recipient_unit": "child"} | _NOTHING_PAID
        elif scheme == "childcare_allowance":
            yield _forecast(scheme, year, "child", allowance_amount(people, year))
        elif usable and year > min(usable):
            latest = usable[max(before for before in usable if before < year)]
            yield _forecast(scheme, year, latest["recipient_unit"], _follows_outturn(people, scheme, year, latest))


_NOTHING_PAID = {"recipients": 0.0, "amount_yuan": 0.0, "amount_fen": 0, "basis": "outturn"}


def _follows_outturn(people: People, scheme: str, year: int, latest: Mapping[str, Any]) -> YearAmount:
    if scheme == "only_child_award":
        return award_amount(people, year, latest)
    if scheme == "special_support":
        return special_support_amount(people, year, latest)
    return family_reward(people, scheme, year, latest)


def _forecast(scheme: str, year: int, unit: str, found: YearAmount) -> dict[str, Any]:
    return {"scheme": scheme, "year": year, "recipient_unit": unit, "amount_fen": None, "basis": "forecast"} | found._asdict()
