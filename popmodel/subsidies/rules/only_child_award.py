"""独生子女父母奖励费: an amount a month for each parent until the child is 18; no certificates for children born from 2016 on.

A scheme in run-off: the last children of 2015 turn 18 in 2033. A row of a list is a parent; divorced parents are a row each.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from popmodel.subsidies.rules import Quantity, standards
from popmodel.subsidies.rules.by_months import months_paid_within
from popmodel.subsidies.rules.entitlement import (
    DIED,
    FAMILY_UNTIL,
    REGISTERED_FROM,
    REGISTERED_TO,
    Entitlement,
    Fact,
    Facts,
    Rule,
    first_reason,
)
from popmodel.subsidies.rules.spans import NEVER, as_day, birthday, earliest, latest, monthly_fen, sum_of_months

SCHEME = "only_child_award"


def award_of_households(household_months: Quantity, monthly_amount: float, parents: float) -> Quantity:
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


def entitlement(facts: Facts, year: int) -> Entitlement:
    """What each parent is owed for `year`; raises InputError for a year outside the dates of the standards."""
    rule, day = standards(SCHEME), date(year, 12, 31)
    born, certified = facts["child_birth_date"], facts["certificate_on"]
    of_age = birthday(born, round(rule["age_limit"].at(day)))
    # The month of the birthday counts or not; what ends it otherwise ends it with its own month.
    last_of_age = of_age if rule["birthday_month_paid"].at(day) else of_age.astype("datetime64[M]").astype("datetime64[D]") - 1
    end = earliest(last_of_age, facts["died"], facts["child_died"], facts["family_until"])
    moved_in, moved_out = facts["registered_from"], facts["registered_to"]
    start = latest(certified, born)
    first, months = months_paid_within(start, end, moved_in, moved_out, year, start_month_paid=True, end_month_paid=True)
    new_year, last_day = as_day(date(year, 1, 1)), as_day(day)
    last_birthday = as_day(rule["last_birthday"].day_at(day))
    never = [
        ("no_certificate", np.isnat(certified)),
        ("born_too_late", born > last_birthday),
        ("second_certificate", facts["certificates"] > 1),
        ("paid_by_employer", facts["employer_pays"]),
    ]
    reason = first_reason(
        [
            *never,
            ("died", (facts["died"] < new_year) | (facts["child_died"] < new_year)),
            ("no_longer", facts["family_until"] < new_year),
            ("registered_elsewhere", moved_out < new_year),
            ("too_old", last_of_age < new_year),
            ("not_yet", start > last_day),
            ("registered_later", moved_in > last_day),
            ("no_month", months == 0),
        ],
        len(born),
    )
    entitled = reason == 0
    ever = ~np.logical_or.reduce([holds for _, holds in never]) & ~(end < start)
    return Entitlement(
        amount_fen=np.where(entitled, sum_of_months(monthly_fen(rule["monthly_amount"], year), first, months), 0),
        months=np.where(entitled, months, 0),
        start=np.where(ever, latest(start, moved_in), NEVER),
        end=np.where(ever, earliest(end, moved_out), NEVER),
        reason=reason,
    )


RULE = Rule(
    scheme=SCHEME,
    recipient_unit="person",
    facts=(
        Fact("child_birth_date", "day"),
        Fact("certificate_on", "day", needed=False),
        Fact("certificates", "count", needed=False, missing=1),
        Fact("employer_pays", "flag", needed=False),
        REGISTERED_FROM,
        REGISTERED_TO,
        DIED,
        Fact("child_died", "day", needed=False),
        FAMILY_UNTIL,
    ),
    entitlement=entitlement,
    clauses={
        "entitled": "monthly_amount",
        "no_certificate": "last_birthday",
        "born_too_late": "last_birthday",
        "second_certificate": "one_certificate",
        "paid_by_employer": "employer_pays",
        "died": "birthday_month_paid",
        "no_longer": "one_certificate",
        "registered_elsewhere": "birthday_month_paid",
        "too_old": "age_limit",
        "not_yet": "monthly_amount",
        "registered_later": "birthday_month_paid",
        "no_month": "birthday_month_paid",
    },
    parameters=lambda: standards(SCHEME),
)
