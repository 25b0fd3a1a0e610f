"""What every rule is: facts of a list of people in, what each is owed for a year out, with the first reason against it.

A rule works on whole columns; a single person is a list of one, so that a case of the tests and a register of a million rows
take the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from popmodel.parameters import DatedParameter

Days: TypeAlias = npt.NDArray[np.datetime64]  # whole days; NaT where there is none
Counts: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Facts: TypeAlias = Mapping[str, npt.NDArray[Any]]  # columns by name, all of one length

# Why somebody is not entitled; the first that applies is given. 0 is entitled.
REASONS = (
    "entitled",
    "wrong_sex",
    "wrong_registration",
    "born_too_early",
    "born_too_late",
    "against_family_rules",
    "no_certificate",
    "second_certificate",
    "paid_by_employer",
    "too_many_children",
    "not_two_daughters",
    "wrong_birth_order",
    "grade_not_covered",
    "died",
    "registered_elsewhere",
    "no_longer",
    "no_loss",
    "too_young",
    "too_old",
    "registered_later",
    "not_yet",
    "claimed_too_late",
    "not_yet_claimed",
    "before_the_scheme",
    "no_month",
)


class Fact(NamedTuple):
    """A column a rule reads: a day, a whole number, a word of `words`, or a flag (yes or no); `needed` ones may not be empty.

    An empty day is NaT, an empty count `missing`, an empty word "" and an empty flag False. `needed_for` names a word and those
    of its values for which a fact that may else be empty is needed.
    """

    name: str
    kind: Literal["day", "count", "word", "flag"]
    words: tuple[str, ...] = ()
    needed: bool = True
    missing: int = 0
    needed_for: tuple[str, tuple[str, ...]] | None = None


class Entitlement(NamedTuple):
    """What each of n people is owed for one year, all (n,).

    amount_fen: whole fen. months: months of the year that are paid for, 12 where the scheme pays whole years. start, end: first
    and last day on which the conditions are met, known today (NaT where they never are, or where no end is known). reason: index
    in REASONS.
    """

    amount_fen: Counts
    months: Counts
    start: Days
    end: Days
    reason: npt.NDArray[np.int8]


@dataclass(frozen=True)
class Rule:
    """A scheme's rule: the facts it reads, what it grants for a year, and where its conditions are laid down.

    clauses: reason → the dated parameter whose document and paragraph say so. parameters: called when needed, so that other
    standards can be put in place (`parameters.use_rules`). excludes: schemes that nobody is paid beside this one → the dated
    switch that says so.
    """

    scheme: str
    recipient_unit: str
    facts: tuple[Fact, ...]
    entitlement: Callable[[Facts, int], Entitlement]
    clauses: Mapping[str, str]
    parameters: Callable[[], Mapping[str, DatedParameter]]
    excludes: Mapping[str, str] = field(default_factory=dict)


# Facts that every list has in the same words. Registration dates are of this county: empty is "always" and "still".
BIRTH = Fact("birth_date", "day")
DIED = Fact("died", "day", needed=False)
REGISTERED_FROM = Fact("registered_from", "day", needed=False)
REGISTERED_TO = Fact("registered_to", "day", needed=False)
PERSON = (BIRTH, REGISTERED_FROM, REGISTERED_TO, DIED)
# From when and until when the family is as the other facts have it: empty is "always" and "still".
FAMILY_SINCE = Fact("family_since", "day", needed=False)
FAMILY_UNTIL = Fact("family_until", "day", needed=False)
FAMILY = (FAMILY_SINCE, FAMILY_UNTIL)


def first_reason(tests: Sequence[tuple[str, Flags]], count: int) -> npt.NDArray[np.int8]:
    """Index in REASONS of the first test that holds for each of `count` people, 0 where none does."""
    found = np.zeros(count, dtype=np.int8)
    for reason, holds in reversed(tests):
        found[holds] = REASONS.index(reason)
    return found
