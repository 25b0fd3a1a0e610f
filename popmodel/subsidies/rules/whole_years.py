"""Rewards that are paid by whole years from an age on: what the rural and the urban reward have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from popmodel.parameters import DatedParameter, to_fen
from popmodel.subsidies.rules.entitlement import Entitlement, Facts, Flags, first_reason
from popmodel.subsidies.rules.spans import NEVER, as_day, birthday, earliest, latest

# Reason → the dated parameter that lays it down, of every reward paid by whole years.
WHOLE_YEAR_CLAUSES = {
    "entitled": "annual_amount",
    "born_too_early": "born_from",
    "too_young": "minimum_age",
    "died": "whole_years_paid",
    "registered_later": "whole_years_paid",
    "registered_elsewhere": "whole_years_paid",
}


def whole_years(rule: Mapping[str, DatedParameter], facts: Facts, year: int, tests: Sequence[tuple[str, Flags]]) -> Entitlement:
    """The amount of `year` for whoever meets the conditions on a day of it; `tests` are reasons why somebody never does.

    The year of a move belongs to the county that is left. Raises InputError for a year outside the dates of the standards.
    """
    new_year, last_day = as_day(date(year, 1, 1)), as_day(date(year, 12, 31))
    day = date(year, 1, 1)
    born, died = facts["birth_date"], facts["died"]
    moved_in, moved_out = facts["registered_from"], facts["registered_to"]
    since, until = facts["family_since"], facts["family_until"]
    of_age = birthday(born, round(rule["minimum_age"].at(day)))
    start, end = latest(of_age, moved_in, since), earliest(died, moved_out, until)
    early = born < as_day(rule["born_from"].day_at(day))
    reason = first_reason(
        [
            ("born_too_early", early),
            *tests,
            ("died", (died < new_year) | (died < of_age)),
            ("registered_elsewhere", (moved_out < new_year) | (moved_out < of_age)),
            ("no_longer", (until < new_year) | (until < of_age)),
            ("too_young", of_age > last_day),
            ("registered_later", moved_in >= new_year),
            ("not_yet", since > last_day),
            ("no_longer", end < start),
        ],
        len(born),
    )
    entitled = reason == 0
    never = np.logical_or.reduce([early, *(holds for _, holds in tests)]) | (end < start)
    return Entitlement(
        amount_fen=np.where(entitled, to_fen(rule["annual_amount"].at(day)), 0),
        months=np.where(entitled, 12, 0),
        start=np.where(never, NEVER, start),
        end=np.where(never, NEVER, end),
        reason=reason,
    )
