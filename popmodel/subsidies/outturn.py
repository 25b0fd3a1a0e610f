"""The outturn of finished years: read from the pack, and worked out again from the rules to the fen.

What the rules give is set beside what was paid, so that a difference shows which of the two to look into.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date
from typing import Any

import pandas as pd

from popmodel.areas import Area
from popmodel.messages import InputError, Problem, nearest, number
from popmodel.parameters import round_fen, to_fen
from popmodel.subsidies.explanations import CHOICE, CHOICES, possible_amounts
from popmodel.subsidies.rules import standards
from popmodel.subsidies.rules.only_child_award import award_of_households
from popmodel.subsidies.rules.rural_family_reward import annual_reward
from popmodel.subsidies.rules.spans import monthly_fen
from popmodel.subsidies.rules.special_support import KINDS, monthly_support_fen, support_by_average
from popmodel.subsidies.schemes import scheme_title, schemes_of

_COLUMNS = ["year", "scheme", "recipients", "recipient_unit", "amount_fen"]


def outturn(area: Area) -> pd.DataFrame:
    """The finished years of the pack: year, scheme, recipients, recipient_unit, amount_fen; empty where the pack has none.

    Raises InputError for a scheme the model does not know, and for an amount that no months of the standards give.
    """
    found = outturn_as_told(area)
    if problems := [problem for row in found.to_dict("records") for problem in _impossible(area, row)]:
        raise InputError(problems)
    return found


def outturn_as_told(area: Area) -> pd.DataFrame:
    """The same as the pack has it, whether the standards can give the amounts or not: for where a county is to mend them."""
    table = area.tables.get("outturn")
    if table is None:
        return pd.DataFrame(columns=_COLUMNS)
    known_schemes = schemes_of(area)
    unknown = [scheme for scheme in table["scheme"].unique() if scheme not in known_schemes]
    if unknown:
        known = {"known": ", ".join(known_schemes)}
        raise InputError(
            [
                Problem(
                    "outturn_scheme_unknown",
                    {"found": scheme, "nearest": nearest(scheme, known_schemes)} | known,
                    file="outturn.csv",
                )
                for scheme in unknown
            ]
        )
    return table[_COLUMNS].sort_values(["year", "scheme"], ignore_index=True)


def _impossible(area: Area, row: Mapping[Hashable, Any]) -> list[Problem]:
    """Why an amount cannot have been paid to so many recipients, each from one to twelve months at the standards of the year.

    A county that explains its special support otherwise (`subsidies.special_support_explanation`) is taken at its word.
    """
    scheme, year, recipients, paid = str(row["scheme"]), int(row["year"]), int(row["recipients"]), int(row["amount_fen"])
    if scheme == "childcare_allowance" or scheme in area.schemes:
        return []
    if scheme == "special_support" and area.assumptions.value(CHOICE) != CHOICES[0]:
        return []
    below, above = possible_amounts(recipients, paid, _monthly_standards(scheme, year))
    if paid in (below, above):
        return []
    written = {name: "–" if fen is None else number(fen / 100, 2) for name, fen in (("below", below), ("above", above))}
    given = {"scheme": scheme_title(scheme, area), "year": year, "recipients": recipients, "found": number(paid / 100, 2)}
    return [Problem("outturn_impossible", given | written, file="outturn.csv")]


def _monthly_standards(scheme: str, year: int) -> list[tuple[int, ...]]:
    """Each kind of recipient's standard in every month of `year`, fen."""
    rule = standards(scheme)
    if scheme == "special_support":
        months = [date(year, month, 1) for month in range(1, 13)]
        return [tuple(monthly_support_fen(kind, month, rule) for month in months) for kind in KINDS]
    if scheme == "only_child_award":
        parents = round(rule["parents"].at(date(year, 1, 1)))
        return [tuple(fen * parents for fen in monthly_fen(rule["monthly_amount"], year))]
    return [(round_fen(rule["annual_amount"].at(date(year, 1, 1)) / 12),) * 12]


def reproduce_outturn(area: Area) -> pd.DataFrame:
    """Each row of the outturn worked out again, a row a year and scheme; empty where the pack has none.

    Columns: year, scheme, recipients, recipient_unit, quantity (person years or household months), quantity_unit, standard_fen (a
    unit of quantity), standard_basis (rule, or average where only the county's average a head is known), computed_fen,
    outturn_fen, difference_fen (computed − outturn).
    """
    rows = []
    for row in outturn(area).to_dict("records"):
        scheme, year, paid = row["scheme"], row["year"], row["amount_fen"]
        # The allowance and a county's own scheme are paid for part years too: no single quantity times a standard.
        if scheme == "childcare_allowance" or scheme in area.schemes:
            continue
        quantity, unit, standard_fen, basis, computed = _computed(scheme, year, row["recipients"], paid)
        rows.append(
            {
                "year": year,
                "scheme": scheme,
                "recipients": row["recipients"],
                "recipient_unit": row["recipient_unit"],
                "quantity": quantity,
                "quantity_unit": unit,
                "standard_fen": standard_fen,
                "standard_basis": basis,
                "computed_fen": computed,
                "outturn_fen": paid,
                "difference_fen": computed - paid,
            }
        )
    return pd.DataFrame(rows)


def award_household_months(amount_fen: int, year: int) -> int:
    """Whole household-months of the only-child award that an amount in `year` pays for, at the standard of that year."""
    rule, day = standards("only_child_award"), date(year, 1, 1)
    return round(amount_fen / (to_fen(rule["monthly_amount"].at(day)) * rule["parents"].at(day)))


def _computed(scheme: str, year: int, recipients: int, amount_fen: int) -> tuple[int, str, int, str, int]:
    """Quantity, its unit, standard in fen and its basis, and their product in fen."""
    rule, day = standards(scheme), date(year, 1, 1)
    if scheme == "only_child_award":
        monthly, parents = to_fen(rule["monthly_amount"].at(day)), round(rule["parents"].at(day))
        months = award_household_months(amount_fen, year)
        return months, "household_month", monthly * parents, "rule", int(award_of_households(months, monthly, parents))
    if scheme == "special_support":
        average = round(amount_fen / max(recipients, 1))
        return recipients, "person_year", average, "average", int(support_by_average(recipients, average))
    annual = to_fen(rule["annual_amount"].at(day))
    return recipients, "person_year", annual, "rule", int(annual_reward(recipients, annual))
