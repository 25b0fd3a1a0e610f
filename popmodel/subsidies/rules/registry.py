"""The rules by scheme: the five the suite knows of itself."""

from __future__ import annotations

from collections.abc import Mapping

from popmodel.messages import InputError, Problem, nearest
from popmodel.subsidies.rules import (
    childcare_allowance,
    only_child_award,
    rural_family_reward,
    special_support,
    urban_only_child_parents,
)
from popmodel.subsidies.rules.entitlement import Rule

RULES: Mapping[str, Rule] = {
    module.RULE.scheme: module.RULE
    for module in (rural_family_reward, urban_only_child_parents, special_support, only_child_award, childcare_allowance)
}


def rule_of(scheme: str, declared: Mapping[str, Rule] | None = None) -> Rule:
    """The rule of a scheme, built in or among those `declared` by a county; raises InputError for one that is neither."""
    known = {**RULES, **(declared or {})}
    if scheme not in known:
        given = {"found": scheme, "nearest": nearest(scheme, known), "known": ", ".join(known)}
        raise InputError([Problem("scheme_unknown", given)])
    return known[scheme]
