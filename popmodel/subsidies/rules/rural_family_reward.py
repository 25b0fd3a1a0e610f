"""农村部分计划生育家庭奖励扶助: rural people from 60 on with one child or two daughters, a fixed amount a year.

Whole years are paid: from the year of the 60th birthday to the year of death. Who moves the registration in is paid from the
next year on, who moves it out to the end of the year, so that two counties never pay the same year.
"""

from __future__ import annotations

import numpy as np

from popmodel.subsidies.rules import Quantity, standards
from popmodel.subsidies.rules.entitlement import FAMILY, PERSON, Counts, Entitlement, Fact, Facts, Flags, Rule
from popmodel.subsidies.rules.whole_years import WHOLE_YEAR_CLAUSES, whole_years

SCHEME = "rural_family_reward"


def annual_reward(recipients: Quantity, annual_amount: float) -> Quantity:
    """What is owed in a year to `recipients` persons at `annual_amount` each, of this and the urban reward."""
    return recipients * annual_amount


def one_child_or_two_daughters(children: Counts, sons: Counts) -> Flags:
    """Families that count, by their living children: one, two daughters, or none left alive."""
    return np.asarray((children <= 1) | ((children == 2) & (sons == 0)))


def entitlement(facts: Facts, year: int) -> Entitlement:
    """What each person is owed for `year`; raises InputError for a year outside the dates of the standards."""
    children, sons = facts["children"], facts["sons"]
    tests = [
        ("wrong_registration", facts["registration"] != "rural"),
        ("against_family_rules", ~facts["births_lawful"]),
        ("too_many_children", children > 2),
        ("not_two_daughters", ~one_child_or_two_daughters(children, sons)),
    ]
    return whole_years(standards(SCHEME), facts, year, tests)


RULE = Rule(
    scheme=SCHEME,
    recipient_unit="person",
    facts=(
        *PERSON,
        Fact("registration", "word", ("rural", "urban")),
        Fact("children", "count"),
        Fact("sons", "count"),
        Fact("births_lawful", "flag"),
        *FAMILY,
    ),
    entitlement=entitlement,
    clauses={
        **WHOLE_YEAR_CLAUSES,
        "wrong_registration": "rural_registration",
        "against_family_rules": "births_lawful",
        "too_many_children": "most_children",
        "not_two_daughters": "most_children",
        "no_longer": "most_children",
        "not_yet": "most_children",
    },
    parameters=lambda: standards(SCHEME),
    excludes={"urban_only_child_parents": "rural_registration"},
)
