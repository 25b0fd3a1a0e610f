"""独生子女父母奖励费: an amount a month for each parent until the child is 18; no certificates for children born from 2016 on.

A scheme in run-off: the last children of 2015 turn 18 in 2033.
"""

from __future__ import annotations

from popmodel.subsidies.rules import Quantity


def only_child_award(household_months: Quantity, monthly_amount: float, parents: float) -> Quantity:
    """What is owed for `household_months` at `monthly_amount` for each of `parents`."""
    return household_months * monthly_amount * parents


def months_paid(
    birth_year: int, year: int, *, birth_month: float, birthday_month_paid: float, age_limit: int, last_birth_year: int
) -> float:
    """Months paid in `year`, after the year of birth, for a child with a certificate.

    `birth_month` is 1-12, or a mean. Twelve months a year until the year of the birthday that ends it; in that year the months
    before the birthday's, and `birthday_month_paid` (1 or 0) of the birthday's own month.
    """
    if birth_year > last_birth_year or not birth_year < year <= birth_year + age_limit:
        return 0.0
    if year < birth_year + age_limit:
        return 12.0
    return birth_month - 1 + birthday_month_paid
