"""What a planner changes a standard in: each scheme's standard in force and what is budgeted at it, which grow together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from popmodel.budget.payers import PAYERS
from popmodel.projection import Projection
from popmodel.subsidies import standards
from popmodel.subsidies.outturn import outturn

# The dated amount that stands for a scheme; special support has several, so the average a head of its last outturn does.
_AMOUNTS = {
    "rural_family_reward": "annual_amount",
    "urban_only_child_parents": "annual_amount",
    "only_child_award": "monthly_amount",
    "childcare_allowance": "annual_amount",
}


def standards_in_force(projection: Projection, schemes: Sequence[str], year: int) -> pd.DataFrame:
    """Each scheme's standard at the end of `year`: scheme, standard_yuan, unit (a unit of dated parameters, or `average`).

    A county's own scheme without an amount in force then, and special support without an outturn, have no row.
    """
    area, day = projection.area, date(year, 12, 31)
    rows: list[tuple[str, float, str]] = []
    for scheme in schemes:
        if scheme == "special_support":
            finished = outturn(area)
            for row in finished[finished["scheme"] == scheme].tail(1).to_dict("records"):
                rows.append((scheme, row["amount_fen"] / 100 / row["recipients"], "average"))
        else:
            amount = area.schemes[scheme].amount if scheme in area.schemes else standards(scheme)[_AMOUNTS[scheme]]
            dated = [one for one in amount.values if one.start <= day and (one.end is None or day <= one.end)]
            rows += [(scheme, float(one.value), one.unit) for one in dated[-1:] if not isinstance(one.value, date)]
    return pd.DataFrame(rows, columns=["scheme", "standard_yuan", "unit"])


def calculator(projection: Projection, budgeted: pd.DataFrame, years: Sequence[int]) -> pd.DataFrame:
    """The budget of `years` beside the standards it rests on, a row a scheme, from `appropriation`; yuan.

    Columns: scheme, standard_yuan, unit; total_<year> and county_<year> for each of `years`. At another standard both change in
    proportion, whatever the recipients are.
    """
    of_years = budgeted[budgeted["year"].isin(list(years))]
    wide = (
        of_years.pivot_table(index="scheme", columns=["payer", "year"], values="amount_fen", aggfunc="sum").astype("int64") / 100
    )
    found = standards_in_force(projection, list(dict.fromkeys(of_years["scheme"])), years[0])
    for year in years:
        found[f"total_{year}"] = [sum(float(wide.loc[scheme, (payer, year)]) for payer in PAYERS) for scheme in found["scheme"]]
    for year in years:
        found[f"county_{year}"] = [float(wide.loc[scheme, ("county", year)]) for scheme in found["scheme"]]
    return found
