"""Rewards that are paid by whole years from an age on: what the rural and the urban reward have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from popmodel.parameters import DatedParameter, to_fen
from popmodel.subsidies.rules.entitlement import Entitlement, Facts, Flags, first_reason
from popmodel.subsidies.rules.spans import NEVER, as_day, birthday, earliest, latest


def whole_years(rule: Mapping[str, DatedParameter], facts: Facts, year: int, tests: Sequence[tuple[str, Flags]]) -> Entitlement:
    """The amount of `year` for whoever meets the conditions on a day of it; `tests` are reasons why somebody never does.

    The year of a move belongs to the county that is left. Raises InputError for a year outside the dates of the standards.
    """
    new_year, last_day = date(year, 1, 1), date(year, 12, 31)
    age = round(rule["minimum_age"].at(new_year))
    born_from = as_day(rule["born_from"].day_at(new_year))
    born, died = facts["birth_date"], facts["died"]
    of_age = birthday(born, age)
    moved_in, moved_out = facts["registered_from"], facts["registered_to"]
    start = latest(of_age, moved_in, facts["family_since"])
    end = earliest(died, moved_out, facts["family_until"])
    never = np.logical_or.reduce([born < born_from, *(holds for _, holds in tests)]) | (end < start)
    reason = first_reason(
        [
            ("born_too_early", born < born_from),
            *tests,
            ("died", died < np.maximum(of_age, as_day(new_year))),
            ("registered_elsewhere", moved_out < as_day(new_year)),
            ("no_longer", facts["family_until"] < np.fmax(as_day(new_year), start)),
            ("too_young", of_age > as_day(last_day)),
            ("registered_later", moved_in >= as_day(new_year)),
            ("no_longer", start > as_day(last_day)),
            ("no_longer", never),
        ],
        len(born),
    )
    entitled = reason == 0
    fen = to_fen(rule["annual_amount"].at(new_year))
    return Entitlement(
        amount_fen=np.where(entitled, fen, 0),
        months=np.where(entitled, 12, 0),
        start=np.where(never, NEVER, start),
        end=np.where(never, NEVER, end),
        reason=reason,
    )
