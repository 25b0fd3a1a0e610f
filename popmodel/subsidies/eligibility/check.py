"""Checking a list against the rule of its scheme: who is entitled in a year, from when, to what, and what must be settled first.

Every row ends in one of three states, whose numbers add to the rows read: entitled, not entitled, or to be settled, because a
cell cannot be read, dates contradict each other, or the same person stands in the list twice or in another that excludes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from popmodel.parameters import DatedValue
from popmodel.subsidies.eligibility.lists import NOT_GIVEN, Finding, PeopleList, header_of
from popmodel.subsidies.rules.entitlement import Entitlement, Facts, Flags, Rule
from popmodel.subsidies.rules.spans import as_day

ENTITLED, NOT_ENTITLED, TO_SETTLE = range(3)
STATES = ("entitled", "not_entitled", "to_settle")
LONGEST_LIFE_YEARS = 120
# What cannot come before a birth, and spans that cannot end before they begin.
_BIRTHS: Mapping[str, tuple[str, ...]] = {
    "birth_date": (
        "died", "registered_from", "registered_to", "family_since", "family_until", "adopted_on", "claimed_on", "since",
    ),
    "child_birth_date": ("certificate_on", "child_died"),
}  # fmt: skip
_SPANS = (("registered_from", "registered_to"), ("family_since", "family_until"), ("registered_from", "died"))
_NOT_AHEAD = ("birth_date", "wife_birth_date", "child_birth_date", "died", "child_died", "adopted_on", "claimed_on", "since")


@dataclass(frozen=True)
class CheckedList:
    """A list of n people, checked for `year`.

    entitlement: as the rule gives it. state: index in STATES. owed_fen: what is to be paid, 0 unless entitled. new: entitled, and
    for the first time in this year. clauses: reason → the dated value that lays it down. findings: what is to be said of rows.
    """

    people: PeopleList
    rule: Rule
    year: int
    entitlement: Entitlement
    state: np.ndarray
    owed_fen: np.ndarray
    new: Flags
    clauses: Mapping[str, DatedValue | None]
    findings: tuple[Finding, ...]


def check_list(
    people: PeopleList, rule: Rule, year: int, today: date, others: Sequence[tuple[str, Rule, PeopleList]] = ()
) -> CheckedList:
    """Work out a list for `year`; `others` are lists of other schemes, (title, rule, list), to find who is in both.

    today: dates of what has happened cannot lie after it. Raises InputError for a year outside the dates of the standards.
    """
    count = len(people)
    found = rule.entitlement(people.facts, year)
    findings = [
        *people.findings,
        *_dates(people.facts, year, today),
        *_facts(people.facts, rule),
        *_twice(people),
        *(finding for other in others for finding in _in_both(people, rule, year, other)),
    ]
    unsettled = np.zeros(count, dtype=bool)
    for finding in findings:
        if finding.settle:
            unsettled[finding.rows] = True
    entitled = (found.reason == 0) & ~unsettled
    state = np.where(unsettled, TO_SETTLE, np.where(entitled, ENTITLED, NOT_ENTITLED)).astype(np.int8)
    owed = np.where(entitled, found.amount_fen, 0)
    new = entitled & (found.start >= as_day(date(year, 1, 1)))
    return CheckedList(
        people=people,
        rule=rule,
        year=year,
        entitlement=found,
        state=state,
        owed_fen=owed,
        new=new,
        clauses={reason: _clause(rule, reason, year) for reason in rule.clauses},
        findings=(*findings, *_payments(people, found, owed, unsettled, year), *_coming(found, new)),
    )


def _dates(facts: Facts, year: int, today: date) -> Iterator[Finding]:
    """Days that lie ahead, births too long ago, and days in an order that cannot be."""
    for name in _NOT_AHEAD:
        if name in facts:
            yield from _where("list_day_ahead", facts[name] > as_day(today), day=facts[name], column=header_of(name))
    for birth, later in _BIRTHS.items():
        if birth in facts:
            earliest = as_day(date(year - LONGEST_LIFE_YEARS, 1, 1))
            long_ago = facts[birth] < earliest
            yield from _where("list_born_long_ago", long_ago, day=facts[birth], column=header_of(birth), years=LONGEST_LIFE_YEARS)
            yield from _orders(facts, [(birth, name) for name in later])
    yield from _orders(facts, _SPANS)


def _orders(facts: Facts, pairs: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    for first, last in pairs:
        if first in facts and last in facts:
            named = {"column": header_of(last), "earlier": header_of(first)}
            yield from _where("list_days_order", facts[last] < facts[first], day=facts[last], first=facts[first], **named)


def _facts(facts: Facts, rule: Rule) -> Iterator[Finding]:
    """Facts that others make necessary, and counts that contradict each other."""
    for fact in rule.facts:
        if fact.needed_for:
            word, values = fact.needed_for
            missing = np.isin(facts[word].astype("U"), values) & (facts[fact.name] == fact.missing)
            yield from _where("list_fact_needed", missing, column=header_of(fact.name), other=header_of(word))
    if "sons" in facts:
        yield from _where("list_sons", facts["sons"] > facts["children"], found=facts["sons"], children=facts["children"])
    if "grade" in facts:
        yield from _where("list_grade", facts["grade"] > 4, found=facts["grade"])


def _twice(people: PeopleList) -> Iterator[Finding]:
    """People who stand in the list more than once: the first row counts if all say the same, none if they do not."""
    # Hashes first: a million ids are compared in little memory, and only those of equal hashes as they are written.
    hashes = pd.Series(pd.util.hash_array(people.ids, categorize=False))
    alike = np.flatnonzero(hashes.duplicated(keep=False).to_numpy() & (people.ids != ""))
    repeated = alike[pd.Series(people.ids[alike]).duplicated(keep=False).to_numpy()]
    if not len(repeated):
        return
    same = pd.DataFrame({"id": people.ids[repeated], **{name: column[repeated] for name, column in people.facts.items()}})
    groups = same.groupby("id", sort=False)
    agree = ~same["id"].map(groups.nunique(dropna=False).gt(1).any(axis=1)).to_numpy()
    first = people.lines[repeated][groups.cumcount().eq(0).to_numpy()]
    line = first[groups.ngroup().to_numpy()]
    later = groups.cumcount().to_numpy() > 0
    yield from _where("list_twice", agree & later, at=repeated, first=line)
    yield from _where("list_twice_differing", ~agree, at=repeated, first=line)


def _in_both(people: PeopleList, rule: Rule, year: int, other: tuple[str, Rule, PeopleList]) -> Iterator[Finding]:
    """People who are in a list of another scheme that excludes this one, or is excluded by it, in `year`."""
    title, other_rule, other_people = other
    if not excluded(rule, other_rule, year):
        return
    lines = pd.Series(other_people.lines, index=other_people.ids)
    lines = lines[(lines.index != "") & ~lines.index.duplicated()]
    place = lines.index.get_indexer(pd.Index(people.ids))
    both = place >= 0
    line = np.where(both, lines.to_numpy()[place] if len(lines) else 0, 0)
    yield from _where("list_in_both", both, scheme=title, file=Path(other_people.file).name, line=line)


def excluded(rule: Rule, other: Rule, year: int) -> bool:
    """Whether nobody is paid by both schemes in `year`."""
    return any(
        one.scheme in by.excludes and bool(by.parameters()[by.excludes[one.scheme]].at(date(year, 12, 31)))
        for one, by in ((rule, other), (other, rule))
    )


def _payments(people: PeopleList, found: Entitlement, owed: np.ndarray, unsettled: Flags, year: int) -> Iterator[Finding]:
    """Payments to people whose time is over, and payments that are not what is owed, to the fen."""
    paid = people.paid_fen
    over = (found.end < as_day(date(year, 1, 1))) & ~unsettled & (found.reason != 0)
    if paid is None:
        yield from _where("list_past_end", over, settle=False, day=found.end)
        return
    differs = (paid != NOT_GIVEN) & (paid != owed) & ~unsettled
    yield from _where("list_paid_past_end", over & (paid > 0), settle=False, day=found.end, paid=paid)
    yield from _where("list_past_end", over & (paid <= 0), settle=False, day=found.end)
    yield from _where("list_paid_differs", differs & ~over, settle=False, paid=paid, owed=owed, difference=paid - owed)
    yield from _where("list_not_paid", (paid == NOT_GIVEN) & (owed > 0), settle=False, owed=owed)


def _coming(found: Entitlement, new: Flags) -> Iterator[Finding]:
    yield from _where("list_new", new, settle=False, day=found.start)


def _clause(rule: Rule, reason: str, year: int) -> DatedValue | None:
    """Where it is laid down, as of the year's end; None where nothing is in force then."""
    values = rule.parameters()[rule.clauses[reason]].values
    return next((dated for dated in reversed(values) if dated.start <= date(year, 12, 31)), None)


def _where(code: str, holds: np.ndarray, *, at: Any = None, settle: Any = True, **given: Any) -> Iterator[Finding]:
    """A finding of the rows where `holds`, each column given cut down to them; nothing where there are none."""
    places = np.flatnonzero(holds)
    if len(places):
        told = {name: value[places] if isinstance(value, np.ndarray) else value for name, value in given.items()}
        yield Finding(code, places if at is None else at[places], told, settle)
