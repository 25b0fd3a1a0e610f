"""Children paid the childcare allowance: when they are claimed for and paid, and what is owed but paid a year later.

Everything is linear in the registered children of each birth year, so the timing is worked out once, as payments a child, and
holds for every draw. What a year costs is what is paid in it; entitled and paid differ by the last quarter's claims.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from popmodel.demography.arrays import Array
from popmodel.parameters import AssumptionBook
from popmodel.parameters.birth_months import birth_month_shares
from popmodel.projection import Projection
from popmodel.subsidies.recipients.people import People, YearAmount
from popmodel.subsidies.rules import Quantity, standards
from popmodel.subsidies.rules.childcare_allowance import months_owed

SCHEME = "childcare_allowance"
QUARTERS = ("q1", "q2", "q3", "q4")
LAGS = ("same_quarter", "one_later", "two_later", "three_later", "four_later")


class Timing(NamedTuple):
    """What one child of a birth year brings in a year, by the quarter in which it is claimed, (4,) each.

    first, renewed: whole annual payments, first claims and renewals. months: months paid singly, part_year: children for whom
    such months are claimed.
    """

    first: Array
    renewed: Array
    months: Array
    part_year: Array


def first_year() -> int:
    """The first year in which the allowance is paid."""
    return standards(SCHEME)["annual_amount"].values[0].start.year


def allowance_amount(people: People, year: int) -> YearAmount:
    """Payments to children and their amount in `year`, from `first_year` on: what is paid in the year, arrears included."""
    paid = allowance_quarters(people, year)
    return YearAmount(sum(_children(people, year)), paid.sum(axis=0))


def allowance_quarters(people: People, year: int) -> Array:
    """Yuan paid in each quarter of `year`, (4, …).

    A part of the claims approved in a quarter waits for the batch of the next one, that of the fourth for the next year.
    """
    waiting = people.book.value("subsidies.allowance_paid_next_quarter")
    claimed = _claimed_yuan(people, year)
    before = _claimed_yuan(people, year - 1)[-1] if year > first_year() else np.zeros_like(claimed[0])
    carried = np.concatenate([before[None], claimed[:-1]])
    return np.asarray((1 - waiting) * claimed + waiting * carried)


def allowance_account(projection: Projection, years: Iterable[int]) -> pd.DataFrame:
    """What is owed for each year and what is paid in it, a row a year, on the central path.

    Columns: year; entitled_yuan (claimed in the year), paid_yuan, arrears_start_yuan, arrears_end_yuan; first_claims, renewals,
    part_year_children (children); moved_in_payments (renewals and months for children whose registration came since the year
    before, less those that left; negative when more left). arrears_start + entitled − paid = arrears_end.
    """
    people = People(projection)
    waiting = people.book.value("subsidies.allowance_paid_next_quarter")
    rows = []
    for year in years:
        if year < first_year():
            continue
        entitled = _claimed_yuan(people, year)
        before = waiting * float(_claimed_yuan(people, year - 1)[-1]) if year > first_year() else 0.0
        first, renewed, part = _children(people, year)
        rows.append(
            {
                "year": year,
                "arrears_start_yuan": before,
                "entitled_yuan": float(entitled.sum()),
                "paid_yuan": float(allowance_quarters(people, year).sum()),
                "arrears_end_yuan": waiting * float(entitled[-1]),
                "first_claims": float(first),
                "renewals": float(renewed),
                "part_year_children": float(part),
                "moved_in_payments": _moved(projection, people, year),
            }
        )
    return pd.DataFrame(rows)


def amount_per_child(people: People, year: int) -> tuple[Quantity, Quantity]:
    """Yuan for a whole year and for a single month in `year`: the national amount, its change, and a county's supplement."""
    rule, day = standards(SCHEME), date(year, 1, 1)
    factor = people.level("subsidies.allowance_factor", year) * people.shocks.standard_of(SCHEME, year)
    added = people.level("subsidies.allowance_county_supplement", year)
    return rule["annual_amount"].at(day) * factor + added, rule["monthly_amount"].at(day) * factor + added / 12


def timing(book: AssumptionBook, birth_year: int, year: int) -> Timing:
    """What one child born in `birth_year` brings in `year`."""
    rule, day = standards(SCHEME), date(year, 1, 1)
    return _timing(
        *_claim_shares(book),
        birth_year,
        year,
        first_year(),
        round(rule["age_limit"].at(day)),
        rule["birthday_month_paid"].at(day),
    )


@lru_cache(16)
def _claim_shares(book: AssumptionBook) -> tuple[tuple[float, ...], ...]:
    """Shares by month of birth, lag of the claim, quarter of renewal and of the opening: read once, a book never changes."""
    named = {"claim_lag": LAGS, "renewal_quarters": QUARTERS, "opening_claims": QUARTERS}
    shares = {name: book.shares(f"subsidies.allowance_{name}") for name in named}
    return tuple(birth_month_shares(book)), *(tuple(shares[name][part] for part in parts) for name, parts in named.items())


@lru_cache(1024)
def _timing(
    months: tuple[float, ...],
    lags: tuple[float, ...],
    renewal: tuple[float, ...],
    opening: tuple[float, ...],
    birth_year: int,
    year: int,
    first_year: int,
    age_limit: int,
    birthday_month_paid: float,
) -> Timing:
    nothing = np.zeros(4)
    renewals = np.array(renewal)
    if birth_year < first_year:
        owed = np.array(
            [
                months_owed(
                    birth_year,
                    year,
                    first_year=first_year,
                    age_limit=age_limit,
                    birth_month=month,
                    birthday_month_paid=birthday_month_paid,
                )
                for month in range(1, 13)
            ]
        )
        when = np.array(opening) if year == first_year else renewals
        return Timing(nothing, nothing, float(np.array(months) @ owed) * when, float(np.array(months) @ (owed > 0)) * when)
    claims = _first_claims(months, lags, opening, birth_year, first_year)
    first = claims[year - birth_year] if 0 <= year - birth_year < len(claims) else nothing
    # Renewed in each of the two years after the first claim, whichever year that was.
    before = [claims[age].sum() for age in range(len(claims)) if 0 < year - birth_year - age < age_limit]
    return Timing(first, sum(before) * renewals, nothing, nothing)


def _first_claims(
    months: tuple[float, ...], lags: tuple[float, ...], opening: tuple[float, ...], birth_year: int, first_year: int
) -> Array:
    """Share of a birth year's children first claimed for in each quarter of the year of birth and the next, (2, 4).

    Claims that would have come before the system opened come as it opened.
    """
    claims = np.zeros(8)
    by_quarter = np.array(months).reshape(4, 3).sum(axis=1)
    for quarter, born in enumerate(by_quarter):
        for lag, share in enumerate(lags):
            claims[quarter + lag] += born * share
    if birth_year == first_year:
        opened = np.flatnonzero(opening)[0]
        claims[:4] = np.where(np.arange(4) >= opened, claims[:4], 0.0) + claims[:opened].sum() * np.array(opening)
    return claims.reshape(2, 4)


def _birth_years(year: int) -> range:
    return range(year - round(standards(SCHEME)["age_limit"].at(date(year, 1, 1))), year + 1)


def _claimants(people: People, birth_year: int, year: int) -> Quantity:
    """Registered children of a birth year for whom the allowance is claimed in `year`."""
    take_up = people.level("subsidies.allowance_take_up", year) * people.shocks.take_up_of(SCHEME, year)
    return people.births_factor * people.born_in(birth_year, year) * take_up


def _claimed_yuan(people: People, year: int) -> Array:
    """Yuan that is owed by the quarter of `year` in which it is claimed, (4, …)."""
    annual, monthly = amount_per_child(people, year)
    total: Quantity = 0.0
    for birth_year in _birth_years(year):
        when = timing(people.book, birth_year, year)
        payments = np.multiply.outer(when.first + when.renewed, annual) + np.multiply.outer(when.months, monthly)
        claimants = np.asarray(_claimants(people, birth_year, year))
        total = total + payments.reshape(4, *(np.shape(annual) or (1,) * claimants.ndim)) * claimants
    return np.asarray(total)


def _children(people: People, year: int) -> tuple[Quantity, Quantity, Quantity]:
    """Children first claimed for, renewed, and paid single months in `year`."""
    totals: list[Quantity] = [0.0, 0.0, 0.0]
    for birth_year in _birth_years(year):
        when, claimants = timing(people.book, birth_year, year), _claimants(people, birth_year, year)
        for place, share in enumerate((when.first.sum(), when.renewed.sum(), when.part_year.sum())):
            totals[place] = totals[place] + share * claimants
    return totals[0], totals[1], totals[2]


def _moved(projection: Projection, people: People, year: int) -> float:
    """Payments of `year` for children whose registration came in the year, less those of children that left."""
    moves = projection.registered["migration"].sel(year=year).sum("sex").values
    take_up = people.level("subsidies.allowance_take_up", year)
    total = 0.0
    for birth_year in _birth_years(year)[:-1]:
        when = timing(people.book, birth_year, year)
        total += float(moves[year - birth_year]) * take_up * float((when.renewed + when.part_year).sum())
    return total
