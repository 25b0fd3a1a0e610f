"""Children paid the childcare allowance, and what is paid for them."""

from __future__ import annotations

from datetime import date

from popmodel.subsidies.recipients.people import People, YearAmount
from popmodel.subsidies.rules import Quantity, standards
from popmodel.subsidies.rules.childcare_allowance import annual_payments, childcare_allowance, months_owed

SCHEME = "childcare_allowance"


def first_year() -> int:
    """The first year in which the allowance is paid."""
    return standards(SCHEME)["annual_amount"].values[0].start.year


def allowance_amount(people: People, year: int) -> YearAmount:
    """Payments to children and their amount in `year`, from `first_year` on."""
    rule, book, day, first = standards(SCHEME), people.book, date(year, 1, 1), first_year()
    age_limit = round(rule["age_limit"].at(day))
    children: Quantity = 0.0
    payments: Quantity = 0.0
    months: Quantity = 0.0
    for birth_year in range(year - age_limit, year + 1):
        take_up = people.level("subsidies.allowance_take_up", year) * people.shocks.take_up_of(SCHEME, year)
        claimants = people.births_factor * people.born_in(birth_year, year) * take_up
        annual = annual_payments(
            birth_year,
            year,
            first_year=first,
            age_limit=age_limit,
            claim_next_year=book.value("subsidies.allowance_claim_next_year"),
        )
        owed = months_owed(
            birth_year,
            year,
            first_year=first,
            age_limit=age_limit,
            birth_month=book.value("subsidies.mean_birth_month"),
            birthday_month_paid=rule["birthday_month_paid"].at(day),
        )
        children += claimants * (annual + (owed > 0))
        payments += claimants * annual
        months += claimants * owed
    amount = childcare_allowance(payments, rule["annual_amount"].at(day), months, rule["monthly_amount"].at(day))
    factor = people.level("subsidies.allowance_factor", year) * people.shocks.standard_of(SCHEME, year)
    return YearAmount(children, amount * factor)
