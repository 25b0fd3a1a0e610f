"""城镇独生子女父母奖励扶助: urban parents of an only child from 60 on, a fixed amount a year; whole years as the rural reward."""

from __future__ import annotations

from popmodel.subsidies.rules import standards
from popmodel.subsidies.rules.entitlement import FAMILY, PERSON, Entitlement, Fact, Facts, Rule
from popmodel.subsidies.rules.whole_years import WHOLE_YEAR_CLAUSES, whole_years

SCHEME = "urban_only_child_parents"


def entitlement(facts: Facts, year: int) -> Entitlement:
    """What each person is owed for `year`; raises InputError for a year outside the dates of the standards."""
    tests = [
        ("wrong_registration", facts["registration"] != "urban"),
        ("no_certificate", ~facts["certificate"]),
        ("too_many_children", facts["children_ever"] != 1),
    ]
    return whole_years(standards(SCHEME), facts, year, tests)


RULE = Rule(
    scheme=SCHEME,
    recipient_unit="person",
    facts=(
        *PERSON,
        Fact("registration", "word", ("rural", "urban")),
        Fact("children_ever", "count"),
        Fact("certificate", "flag"),
        *FAMILY,
    ),
    entitlement=entitlement,
    clauses={
        **WHOLE_YEAR_CLAUSES,
        "wrong_registration": "urban_registration",
        "no_certificate": "certificate_needed",
        "too_many_children": "children_ever",
        "no_longer": "children_ever",
        "not_yet": "children_ever",
    },
    parameters=lambda: standards(SCHEME),
)
