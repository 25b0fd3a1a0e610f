"""Households paid the only-child award: a stock in run-off, the children of each birth year leaving as they come of age."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

from popmodel.parameters.birth_months import birth_month_shares
from popmodel.subsidies.outturn import award_household_months
from popmodel.subsidies.recipients.people import People, YearAmount
from popmodel.subsidies.rules import Quantity, standards
from popmodel.subsidies.rules.only_child_award import award_of_households, months_paid

SCHEME = "only_child_award"


def award_amount(people: People, year: int, latest: Mapping[str, Any]) -> YearAmount:
    """Households and amount in `year`: the household-months of the latest outturn, carried on by the children still under age.

    Every draw starts from the households that were paid; families that have a second child leave at an assumed rate.
    """
    rule, day, then = standards(SCHEME), date(year, 1, 1), int(latest["year"])
    children_then, months_then = award_children(people, then)
    children, months = award_children(people, year)
    if not np.any(months_then):
        return YearAmount(0.0, 0.0)
    kept = (1 - people.level("subsidies.award_exit_rate", year)) ** (year - then)
    household_months = award_household_months(latest["amount_fen"], then) * months / months_then * kept
    owed = award_of_households(household_months, rule["monthly_amount"].at(day), rule["parents"].at(day))
    factor = people.level("subsidies.standards_factor", year) * people.shocks.standard_of(SCHEME, year)
    return YearAmount(latest["recipients"] * children / children_then * kept, owed * factor)


def award_children(people: People, year: int) -> tuple[Quantity, Quantity]:
    """Registered children weighted by how many hold a certificate: those paid in `year` at all, and their months."""
    rule, day, book = standards(SCHEME), date(year, 1, 1), people.book
    age_limit, last = round(rule["age_limit"].at(day)), rule["last_birthday"].day_at(day).year
    births = list(range(year - age_limit, last + 1))
    shares = birth_month_shares(book)
    stock = people.stock(year)
    children: Quantity = 0.0
    months: Quantity = 0.0
    for birth_year, holders in zip(births, book.path("subsidies.award_holder_rate", births), strict=True):
        holding = holders * stock[:, year - birth_year].sum(axis=0)
        paid = np.array(
            [
                months_paid(
                    birth_year,
                    year,
                    birth_month=month,
                    birthday_month_paid=rule["birthday_month_paid"].at(day),
                    age_limit=age_limit,
                    last_birth_year=last,
                )
                for month in range(1, 13)
            ]
        )
        children += holding * float(shares @ (paid > 0))
        months += holding * float(shares @ paid)
    return children, months
