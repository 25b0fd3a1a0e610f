"""The outturn of finished years: read from the pack, and worked out again from the rules to the fen.

What the rules give is set beside what was paid, so that a difference shows which of the two to look into.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from popmodel.areas import Area
from popmodel.messages import InputError, Problem, nearest
from popmodel.parameters import to_fen
from popmodel.subsidies.rules import standards
from popmodel.subsidies.rules.only_child_award import award_of_households
from popmodel.subsidies.rules.rural_family_reward import annual_reward
from popmodel.subsidies.rules.special_support import support_by_average

SCHEMES = (
    "rural_family_reward",
    "urban_only_child_parents",
    "special_support",
    "only_child_award",
    "childcare_allowance",
)
_COLUMNS = ["year", "scheme", "recipients", "recipient_unit", "amount_fen"]


def outturn(area: Area) -> pd.DataFrame:
    """The finished years of the pack: year, scheme, recipients, recipient_unit, amount_fen; empty where the pack has none.

    Raises InputError for a scheme the model does not know.
    """
    table = area.tables.get("outturn")
    if table is None:
        return pd.DataFrame(columns=_COLUMNS)
    unknown = [scheme for scheme in table["scheme"].unique() if scheme not in SCHEMES]
    if unknown:
        known = {"known": ", ".join(SCHEMES)}
        raise InputError(
            [
                Problem(
                    "outturn_scheme_unknown", {"found": scheme, "nearest": nearest(scheme, SCHEMES)} | known, file="outturn.csv"
                )
                for scheme in unknown
            ]
        )
    return table[_COLUMNS].sort_values(["year", "scheme"], ignore_index=True)


def reproduce_outturn(area: Area) -> pd.DataFrame:
    """Each row of the outturn worked out again, a row a year and scheme; empty where the pack has none.

    Columns: year, scheme, recipients, recipient_unit, quantity (person years or household months), quantity_unit, standard_fen (a
    unit of quantity), standard_basis (rule, or average where only the county's average a head is known), computed_fen,
    outturn_fen, difference_fen (computed − outturn).
    """
    rows = []
    for row in outturn(area).to_dict("records"):
        scheme, year, paid = row["scheme"], row["year"], row["amount_fen"]
        if scheme == "childcare_allowance":  # paid for part years too: no single quantity times a standard
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
