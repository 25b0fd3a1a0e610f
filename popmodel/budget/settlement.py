"""The settlement of finished years: what the rules owed, what was paid, what had been appropriated, and what that leaves.

What was appropriated beyond what was paid is taken off the next appropriation, what fell short is added to it (多退少补).
"""

from __future__ import annotations

import pandas as pd

from popmodel.areas import Area
from popmodel.budget.payers import PAYERS, split_fen
from popmodel.subsidies import reproduce_outturn
from popmodel.subsidies.outturn import outturn


def settlement(area: Area) -> pd.DataFrame:
    """Each finished year's outturn beside entitlement and appropriation, a row a year, scheme and payer.

    Columns: year, scheme, payer, entitled_fen (by the rules, where they give it), outturn_fen, unpaid_fen (entitled less paid),
    appropriated_fen, surplus_fen (appropriated less paid, negative for a shortfall); Int64, the last two missing where the pack
    has no appropriations for it.
    """
    reproduced = reproduce_outturn(area)
    entitled = {(row["year"], row["scheme"]): int(row["computed_fen"]) for row in reproduced.to_dict("records")}
    given = _appropriated(area)
    rows = []
    for row in outturn(area).to_dict("records"):
        year, scheme, paid = int(row["year"]), str(row["scheme"]), int(row["amount_fen"])
        of_paid = split_fen(paid, scheme, year, area, area.assumptions)
        owed = entitled.get((year, scheme))
        of_owed = split_fen(owed, scheme, year, area, area.assumptions) if owed is not None else {}
        for payer in PAYERS:
            advanced = given.get((year, scheme, payer))
            rows.append(
                {
                    "year": year,
                    "scheme": scheme,
                    "payer": payer,
                    "entitled_fen": of_owed.get(payer),
                    "outturn_fen": of_paid[payer],
                    "unpaid_fen": of_owed[payer] - of_paid[payer] if of_owed else None,
                    "appropriated_fen": advanced,
                    "surplus_fen": advanced - of_paid[payer] if advanced is not None else None,
                }
            )
    columns = ["year", "scheme", "payer", "entitled_fen", "outturn_fen", "unpaid_fen", "appropriated_fen", "surplus_fen"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({name: "Int64" for name in columns if name.endswith("_fen")})


def by_scheme(settled: pd.DataFrame) -> pd.DataFrame:
    """The settlement as it is printed: each year's schemes in all (payer `total`), then payers whose appropriation is known.

    Columns as `settlement`; a total's appropriation is known where every payer's is.
    """
    columns = [str(name) for name in settled if str(name).endswith("_fen")]
    sums = settled.groupby(["year", "scheme"], sort=False)[columns].sum(min_count=len(PAYERS)).reset_index().assign(payer="total")
    known = settled[settled["appropriated_fen"].notna()]
    together = pd.concat([sums, known], ignore_index=True)
    place = {payer: number for number, payer in enumerate(("total", *PAYERS))}
    order = together.assign(place=together["payer"].map(place), first=together.groupby(["year", "scheme"]).ngroup())
    return together.loc[order.sort_values(["first", "place"]).index, list(settled.columns)].reset_index(drop=True)


def next_request(settled: pd.DataFrame, budgeted: pd.DataFrame, year: int) -> pd.DataFrame:
    """What to ask for in `year`: its appropriation, plus what was left unpaid, less what was left over, a row a scheme and payer.

    settled: `settlement`, of which each scheme's last year counts; budgeted: `appropriation`. Columns: scheme, payer, amount_fen,
    unpaid_fen, surplus_fen (0 where not known), request_fen; a surplus larger than the amount leaves a request below 0: money to
    give back.
    """
    own = budgeted[budgeted["year"] == year][["scheme", "payer", "amount_fen"]].reset_index(drop=True)
    last = settled[settled["year"] == settled.groupby("scheme")["year"].transform("max")]
    found = own.merge(last[["scheme", "payer", "unpaid_fen", "surplus_fen"]], on=["scheme", "payer"], how="left")
    found[["unpaid_fen", "surplus_fen"]] = found[["unpaid_fen", "surplus_fen"]].fillna(0)
    return found.assign(request_fen=found["amount_fen"] + found["unpaid_fen"] - found["surplus_fen"])


def _appropriated(area: Area) -> dict[tuple[int, str, str], int]:
    table = area.tables.get("appropriations")
    if table is None:
        return {}
    rows = table.to_dict("records")
    return {(int(row["year"]), str(row["scheme"]), str(row["payer"])): int(row["amount_fen"]) for row in rows}
