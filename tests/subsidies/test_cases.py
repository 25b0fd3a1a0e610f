"""Every case of `cases/`, worked out by hand: facts of one person or child, a year, what is owed and why.

cases/<scheme>/<year>/<case>.yaml holds `why`, `year`, `facts` and `expected` (amount_yuan, months, start, end, reason; or error).
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from popmodel.messages import InputError
from popmodel.subsidies.rules.entitlement import REASONS, Fact
from popmodel.subsidies.rules.registry import RULES
from tests.subsidies.columns import columns

FOLDER = Path(__file__).with_name("cases")
CASES = sorted(FOLDER.glob("*/*/*.yaml"))


@cache
def read(path: Path) -> dict[str, Any]:
    case: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(case) == {"why", "year", "facts", "expected"}
    assert str(case["year"]) == path.parent.name
    assert len(case["why"]) >= 5  # 上年去世。
    return case


@pytest.mark.parametrize("path", CASES, ids=lambda path: "/".join(path.with_suffix("").parts[-3:]))
def test_the_case_comes_out_as_worked_out_by_hand(path: Path) -> None:
    case, rule = read(path), RULES[path.parts[-3]]
    unknown = set(case["facts"]) - {fact.name for fact in rule.facts}
    assert not unknown, f"the rule reads no {unknown}"
    facts, expected = columns(rule.facts, [case["facts"]]), case["expected"]
    if "error" in expected:
        with pytest.raises(InputError) as caught:
            rule.entitlement(facts, case["year"])
        assert [problem.code for problem in caught.value.problems] == [expected["error"]]
        return
    found = rule.entitlement(facts, case["year"])
    day = {name: None if np.isnat(days[0]) else days[0].item() for name, days in (("start", found.start), ("end", found.end))}
    assert {
        "amount_yuan": f"{Decimal(int(found.amount_fen[0])) / 100:.2f}",
        "months": int(found.months[0]),
        "reason": REASONS[found.reason[0]],
        **day,
    } == expected


def test_there_are_enough_cases_of_every_scheme() -> None:
    by_scheme = {scheme: sum(path.parts[-3] == scheme for path in CASES) for scheme in RULES}
    assert len(CASES) >= 120
    assert set(path.parts[-3] for path in CASES) == set(RULES)
    assert min(by_scheme.values()) >= 15


@pytest.mark.parametrize("scheme", RULES)
def test_every_reason_of_a_scheme_has_a_case_and_a_clause(scheme: str) -> None:
    given = {read(path)["expected"].get("reason") for path in CASES if path.parts[-3] == scheme} - {None}
    rule = RULES[scheme]
    assert given == set(rule.clauses)
    assert set(rule.clauses.values()) <= set(rule.parameters())


@pytest.mark.parametrize("scheme", RULES)
def test_a_list_is_worked_out_row_by_row(scheme: str) -> None:
    # All cases of one scheme and year in one list: what one person is owed does not depend on who else is in it.
    rule = RULES[scheme]
    cases = [read(path) for path in CASES if path.parts[-3] == scheme and "error" not in read(path)["expected"]]
    for year in {case["year"] for case in cases}:
        of_year = [case for case in cases if case["year"] == year]
        found = rule.entitlement(columns(rule.facts, [case["facts"] for case in of_year]), year)
        expected = [Decimal(case["expected"]["amount_yuan"]) * 100 for case in of_year]
        assert found.amount_fen.tolist() == expected


def test_a_fact_that_is_needed_cannot_be_left_out() -> None:
    with pytest.raises(KeyError):
        columns((Fact("birth_date", "day"),), [{}])
