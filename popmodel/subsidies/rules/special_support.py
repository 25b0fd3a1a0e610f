"""计划生育家庭特别扶助: parents whose only child died or is disabled (wife 49 or over), and surgical complications.

The nation sets monthly amounts by kind, the province adds a multiple of them; months are paid from the one in which the
conditions are met.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from popmodel.parameters import DatedParameter, round_fen
from popmodel.subsidies.rules import Quantity, standards
from popmodel.subsidies.rules.by_months import months_paid_within
from popmodel.subsidies.rules.entitlement import FAMILY_UNTIL, PERSON, Entitlement, Fact, Facts, Rule, first_reason
from popmodel.subsidies.rules.spans import NEVER, as_day, birthday, earliest, latest, sum_of_months

SCHEME = "special_support"
# Kinds of support, each with a dated national amount of the same name; complications have no age.
KINDS = (
    "only_child_died",
    "only_child_disabled",
    "complication_grade_1",
    "complication_grade_2",
    "complication_grade_3",
)
COMPLICATIONS = KINDS[2:]


def support_by_average(recipients: Quantity, average_amount: float) -> Quantity:
    """What is owed in a year to `recipients` persons at `average_amount` a head and year."""
    return recipients * average_amount


def monthly_support_fen(kind: str, month: date, rule: Mapping[str, DatedParameter]) -> int:
    """What a person of a kind is owed for the month beginning on `month`: the national amount and the province's addition, fen.

    Each of the two is a payment, in whole fen, half a fen up.
    """
    national = rule[kind].at(month)
    return round_fen(national) + round_fen(national * rule["provincial_supplement"].at(month))


def national_base_share(provincial_supplement: float) -> float:
    """The part of each payment that is the national base, when the province adds that multiple of it."""
    return 1 / (1 + provincial_supplement)


def entitlement(facts: Facts, year: int) -> Entitlement:
    """What each person is owed for `year`; raises InputError for a year outside the dates of the standards."""
    rule, day = standards(SCHEME), date(year, 12, 31)
    kind, born, married_to = facts["kind"], facts["birth_date"], facts["wife_birth_date"]
    complication = np.isin(kind, COMPLICATIONS)
    wife = np.where(np.isnat(married_to), born, married_to)
    of_age = np.where(complication, facts["since"], birthday(wife, round(rule["minimum_age"].at(day))))
    start = latest(of_age, facts["since"])
    end = earliest(facts["died"], facts["family_until"])
    moved_in, moved_out = facts["registered_from"], facts["registered_to"]
    first, months = months_paid_within(
        start,
        end,
        moved_in,
        moved_out,
        year,
        start_month_paid=bool(rule["start_month_paid"].at(day)),
        end_month_paid=bool(rule["end_month_paid"].at(day)),
    )
    never = [
        ("born_too_early", ~complication & (born < as_day(rule["born_from"].day_at(day)))),
        ("too_many_children", ~complication & (facts["children_ever"] != 1)),
        ("grade_not_covered", (kind == "only_child_disabled") & ~_covered(facts, round(rule["highest_grade"].at(day)))),
    ]
    new_year, last_day = as_day(date(year, 1, 1)), as_day(day)
    reason = first_reason(
        [
            *never,
            ("died", facts["died"] < new_year),
            ("no_longer", facts["family_until"] < new_year),
            ("registered_elsewhere", moved_out < new_year),
            ("no_loss", facts["since"] > last_day),
            ("too_young", of_age > last_day),
            ("registered_later", moved_in > last_day),
            ("no_month", months == 0),
        ],
        len(kind),
    )
    amount = np.zeros(len(kind), dtype=np.int64)
    for one in KINDS:
        fen = [monthly_support_fen(one, date(year, month, 1), rule) for month in range(1, 13)]
        amount = np.where(kind == one, sum_of_months(fen, first, months), amount)
    entitled = reason == 0
    ever = ~np.logical_or.reduce([holds for _, holds in never]) & ~(end < start)
    return Entitlement(
        amount_fen=np.where(entitled, amount, 0),
        months=np.where(entitled, months, 0),
        start=np.where(ever, latest(start, moved_in), NEVER),
        end=np.where(ever, earliest(end, moved_out), NEVER),
        reason=reason,
    )


def _covered(facts: Facts, highest_grade: int) -> np.ndarray:
    return np.asarray((facts["grade"] >= 1) & (facts["grade"] <= highest_grade))


RULE = Rule(
    scheme=SCHEME,
    recipient_unit="person",
    facts=(
        *PERSON,
        Fact("wife_birth_date", "day", needed=False),
        Fact("kind", "word", KINDS),
        Fact("children_ever", "count", needed=False, needed_for=("kind", KINDS[:2])),
        Fact("grade", "count", needed=False, needed_for=("kind", ("only_child_disabled",))),
        Fact("since", "day"),
        FAMILY_UNTIL,
    ),
    entitlement=entitlement,
    clauses={
        "entitled": "only_child_died",
        "born_too_early": "born_from",
        "too_many_children": "one_child_ever",
        "grade_not_covered": "highest_grade",
        "died": "end_month_paid",
        "no_longer": "one_child_ever",
        "registered_elsewhere": "end_month_paid",
        "no_loss": "start_month_paid",
        "too_young": "minimum_age",
        "registered_later": "end_month_paid",
        "no_month": "end_month_paid",
    },
    parameters=lambda: standards(SCHEME),
    excludes={"rural_family_reward": "excludes_rewards", "urban_only_child_parents": "excludes_rewards"},
)
