"""育儿补贴: the national childcare allowance for children under 3 from 1 January 2025, paid where the child is registered.

Children born from the first day on are paid whole years, first claimed in the year of birth or the next and renewed twice;
those born before it are paid by the month, from that January to the month they turn 3. A row of a list is a child.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from popmodel.parameters import DatedParameter, to_fen
from popmodel.subsidies.rules import Quantity, standards
from popmodel.subsidies.rules.by_months import months_paid_within
from popmodel.subsidies.rules.entitlement import (
    BIRTH,
    DIED,
    REGISTERED_FROM,
    REGISTERED_TO,
    Counts,
    Days,
    Entitlement,
    Fact,
    Facts,
    Rule,
    first_reason,
)
from popmodel.subsidies.rules.spans import NEVER, as_day, birthday, earliest, latest, monthly_fen, sum_of_months

SCHEME = "childcare_allowance"


class _Owed(NamedTuple):
    """What a child is owed before anything ends it: amount in fen, months, and by when the first claim had to be made."""

    amount_fen: Counts
    months: Counts
    claim_by: Days


def childcare_allowance(annual_payments: Quantity, annual_amount: float, months: Quantity, monthly_amount: float) -> Quantity:
    """What is owed for whole annual payments and for single months."""
    return annual_payments * annual_amount + months * monthly_amount


def born_from_first_day(facts: Facts, year: int, rule: Mapping[str, DatedParameter]) -> _Owed:
    """Children born from the first day of the allowance on: whole years, from the year of the first claim, three in all.

    One who is adopted later is paid from the claim on, in the years that are left: never past the third year after birth.
    """
    born_year, claimed = _year(facts["birth_date"]), _year(facts["claimed_on"])
    begun = np.where(np.isnat(facts["adopted_on"]), born_year, _year(facts["adopted_on"]))
    payments = round(rule["age_limit"].at(date(year, 1, 1)))
    last = np.minimum(claimed + payments - 1, born_year + payments)
    paid = ~np.isnat(facts["claimed_on"]) & (claimed <= year) & (year <= last)
    fen = to_fen(rule["annual_amount"].at(date(year, 1, 1)))
    claim_years = round(rule["claim_years"].at(date(year, 1, 1)))
    return _Owed(np.where(paid, fen, 0), np.where(paid, 12, 0), _last_day_of(begun + claim_years - 1))


def born_before_first_day(facts: Facts, year: int, rule: Mapping[str, DatedParameter]) -> _Owed:
    """Children born before the first day of the allowance: the months of the year up to that of the third birthday."""
    first_day = as_day(_first_day(rule))
    third = birthday(facts["birth_date"], round(rule["age_limit"].at(date(year, 1, 1))))
    nobody = np.full(len(third), NEVER)
    first, months = months_paid_within(
        np.fmax(latest(facts["birth_date"], facts["adopted_on"]), first_day),
        third,
        nobody,
        nobody,
        year,
        start_month_paid=True,
        end_month_paid=bool(rule["birthday_month_paid"].at(date(year, 1, 1))),
    )
    fen = monthly_fen(rule["monthly_amount"], year)
    deadline = as_day(rule["first_claims_by"].day_at(date(year, 1, 1)))
    claim_by = np.where(np.isnat(facts["adopted_on"]), deadline, np.fmax(deadline, _last_day_of(_year(facts["adopted_on"]))))
    return _Owed(sum_of_months(fen, first, months), months, claim_by)


def entitlement(facts: Facts, year: int) -> Entitlement:
    """What each child is owed for `year`, what is claimed in time being renewed in time.

    A year that has begun stays with the county the child was registered in on 1 January, or when it was born, adopted or first
    claimed for, and is not given back when the child dies in it. Raises InputError for a year outside the dates of the standards.
    """
    rule, day = standards(SCHEME), date(year, 1, 1)
    born, claimed, died = facts["birth_date"], facts["claimed_on"], facts["died"]
    new_year, last_day = as_day(day), as_day(date(year, 12, 31))
    from_first_day = born >= as_day(_first_day(rule))
    ways = [born_from_first_day(facts, year, rule), born_before_first_day(facts, year, rule)]
    amount, months, claim_by = (np.where(from_first_day, *pair) for pair in zip(*ways, strict=True))
    third = birthday(born, round(rule["age_limit"].at(day)))
    moved_in, moved_out = facts["registered_from"], facts["registered_to"]
    # A child of this county from birth on has no date of moving in; one that came in a later year is paid from the next one.
    came_late = (moved_in >= new_year) & (_year(born) < year) & ~(facts["adopted_on"] >= new_year)
    reason = first_reason(
        [
            ("against_family_rules", ~facts["birth_lawful"]),
            ("not_yet", np.fmax(born, facts["adopted_on"]) > last_day),
            ("died", (died < new_year) | (died < claimed)),
            ("registered_elsewhere", (moved_out < new_year) | (moved_out < claimed)),
            ("claimed_too_late", (claimed > claim_by) | (np.isnat(claimed) & (claim_by < new_year))),
            ("not_yet_claimed", np.isnat(claimed) | (claimed > last_day)),
            ("registered_later", came_late),
            ("too_old", amount == 0),
        ],
        len(born),
    )
    entitled = reason == 0
    start = np.fmax(latest(born, facts["adopted_on"], moved_in), as_day(_first_day(rule)))
    end = earliest(third, died, moved_out)
    never = ~facts["birth_lawful"] | (claimed > claim_by) | (died < claimed) | (end < start)
    return Entitlement(
        amount_fen=np.where(entitled, amount, 0),
        months=np.where(entitled, months, 0),
        start=np.where(never, NEVER, start),
        end=np.where(never, NEVER, end),
        reason=reason,
    )


def _first_day(rule: Mapping[str, DatedParameter]) -> date:
    return rule["annual_amount"].values[0].start


def _year(days: Days) -> npt.NDArray[np.int64]:
    """Calendar years; of an empty day a number below every year."""
    return np.asarray(days.astype("datetime64[Y]").astype(np.int64) + 1970)


def _last_day_of(years: npt.NDArray[np.int64]) -> Days:
    return np.asarray((years - 1970 + 1).astype("datetime64[Y]").astype("datetime64[D]") - 1)


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


RULE = Rule(
    scheme=SCHEME,
    recipient_unit="child",
    facts=(
        BIRTH,
        Fact("adopted_on", "day", needed=False),
        Fact("birth_lawful", "flag"),
        Fact("claimed_on", "day", needed=False),
        REGISTERED_FROM,
        REGISTERED_TO,
        DIED,
    ),
    entitlement=entitlement,
    clauses={
        "entitled": "annual_amount",
        "against_family_rules": "birth_lawful",
        "not_yet": "annual_amount",
        "died": "begun_year_stays",
        "registered_elsewhere": "begun_year_stays",
        "claimed_too_late": "claim_years",
        "not_yet_claimed": "claim_years",
        "registered_later": "begun_year_stays",
        "too_old": "age_limit",
    },
    parameters=lambda: standards(SCHEME),
)
