"""育儿补贴: the national childcare allowance for children under 3 from 1 January 2025, paid where the child is registered.

Children born from the first year on are paid whole years, first claimed in the year of birth or the next and renewed twice;
those born before it are paid by the month, from that January to the month they turn 3.
"""

from __future__ import annotations

from popmodel.subsidies.rules import Quantity


def childcare_allowance(annual_payments: Quantity, annual_amount: float, months: Quantity, monthly_amount: float) -> Quantity:
    """What is owed for whole annual payments and for single months."""
    return annual_payments * annual_amount + months * monthly_amount


def annual_payments(birth_year: int, year: int, *, first_year: int, age_limit: int, claim_next_year: float) -> float:
    """Annual payments falling in `year` for a child born in `birth_year`, when the share `claim_next_year` claims a year late.

    Each child is paid `age_limit` times in all, the late ones from the year after birth on.
    """
    age = year - birth_year
    if birth_year < first_year or not 0 <= age <= age_limit:
        return 0.0
    return {0: 1 - claim_next_year, age_limit: claim_next_year}.get(age, 1.0)


def months_owed(
    birth_year: int, year: int, *, first_year: int, age_limit: int, birth_month: float, birthday_month_paid: float
) -> float:
    """Months of `year` owed for a child born before `first_year`, in month `birth_month` (1-12, or a mean) of its year.

    In the year of the birthday that ends it: the months before the birthday's, and `birthday_month_paid` (1 or 0) of the
    birthday's own month.
    """
    if birth_year >= first_year or not first_year <= year <= birth_year + age_limit:
        return 0.0
    if year < birth_year + age_limit:
        return 12.0
    return birth_month - 1 + birthday_month_paid
