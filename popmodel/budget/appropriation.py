"""What to appropriate: each scheme's and payer's amount by year, with its range and what suffices in nine cases of ten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from popmodel.budget.payers import PAYERS, by_payer, payer_shares
from popmodel.parameters import largest_remainder
from popmodel.projection import Projection
from popmodel.projection.quantiles import quantiles
from popmodel.subsidies import amount_draws, subsidy_amounts

LOW, MEDIAN, HIGH = 0.1, 0.5, 0.9
TOTAL = "total"
RANGE_COLUMNS = ["scheme", "payer", "year", "central", "q10", "q50", "q90", "contingency"]


def payments(projection: Projection, years: Sequence[int]) -> pd.DataFrame:
    """`by_payer` of the projection's amounts; finished years by the area's own shares, which a scenario cannot change."""
    amounts = subsidy_amounts(projection, years=years)
    finished = amounts["basis"] == "outturn"
    books = ((finished, projection.area.assumptions), (~finished, projection.assumptions))
    parts = [by_payer(amounts[chosen], projection.area, book) for chosen, book in books]
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def appropriation(paid: pd.DataFrame) -> pd.DataFrame:
    """The amounts of `payments` as they are put into a budget: scheme, payer, year, amount_fen (Int64), basis.

    A finished year is as it was paid. Of a year ahead the total is rounded once, to whole yuan, and shared out by largest
    remainder, so that the printed parts add to the printed total.
    """
    frames = []
    for _, of_year in paid.groupby("year"):
        budgeted = of_year[["scheme", "payer", "year", "amount_fen", "basis"]].copy()
        ahead = budgeted["amount_fen"].isna()
        weights = of_year.loc[ahead, "amount_yuan"].tolist()
        total = round(sum(weights))
        whole = largest_remainder(total, weights) if total else [0] * len(weights)
        budgeted.loc[ahead, "amount_fen"] = pd.array([100 * yuan for yuan in whole], dtype="Int64")
        frames.append(budgeted)
    return pd.concat(frames, ignore_index=True).astype({"amount_fen": "Int64"})


def money_ranges(projection: Projection, years: Sequence[int]) -> pd.DataFrame:
    """Yuan by scheme, payer and year with the draws' quantiles, a row each; `total` stands for all schemes and all payers.

    Columns: scheme, payer, year, central, q10, q50, q90, contingency (q90 less central, 0 where that is less): with central and
    contingency the money suffices in nine cases of ten. Quantiles are those of each finished sum. NaN without draws.
    """
    paid = payments(projection, years)
    drawn = amount_draws(projection, years) if projection.draws is not None else {}
    schemes, shape = list(dict.fromkeys(paid["scheme"])), (len(years), projection.draws.count if projection.draws else 0)
    central = paid.pivot_table(index=["scheme", "payer"], columns="year", values="amount_yuan", aggfunc="sum").fillna(0.0)
    by_payer_drawn = {(TOTAL, payer): np.zeros(shape) for payer in (*PAYERS, TOTAL)}
    rows = []
    for scheme in schemes:
        of_scheme = drawn.get(scheme, np.zeros(shape))
        shares = _shares(projection, scheme, years)
        for place, payer in enumerate(PAYERS):
            own = of_scheme * shares[:, place, None]
            by_payer_drawn[TOTAL, payer] += own
            rows += _rows(scheme, payer, years, _by_year(central.loc[(scheme, payer)], years), own)
        by_payer_drawn[TOTAL, TOTAL] += of_scheme
        rows += _rows(scheme, TOTAL, years, _by_year(central.xs(scheme, level="scheme").sum(), years), of_scheme)
    for (scheme, payer), values in by_payer_drawn.items():
        chosen = central if payer == TOTAL else central.xs(payer, level="payer")
        rows += _rows(scheme, payer, years, _by_year(chosen.sum(), years), values)
    return pd.DataFrame(rows, columns=RANGE_COLUMNS)


def _by_year(yuan: Any, years: Sequence[int]) -> np.ndarray:
    return yuan.reindex(list(years), fill_value=0.0).to_numpy(dtype=float)


def _shares(projection: Projection, scheme: str, years: Sequence[int]) -> np.ndarray:
    """Each payer's share of a scheme, (year, payer); those of a year without money, and perhaps without shares, are 0."""
    area, launch = projection.area, projection.launch
    amounts = subsidy_amounts(projection, years=years)
    with_money = set(amounts.loc[(amounts["scheme"] == scheme) & (amounts["amount_yuan"] > 0), "year"])
    found = np.zeros((len(years), len(PAYERS)))
    for row, year in enumerate(years):
        if year in with_money:
            book = projection.assumptions if year > launch else area.assumptions
            found[row] = list(payer_shares(scheme, year, area, book).values())
    return found


def _rows(scheme: str, payer: str, years: Sequence[int], central: np.ndarray, drawn: np.ndarray) -> list[tuple[object, ...]]:
    if drawn.shape[1]:
        low, median, high = quantiles(drawn.copy(), [LOW, MEDIAN, HIGH])
    else:
        low = median = high = np.full(len(years), np.nan)
    columns = zip(years, central, low, median, high, np.fmax(high - central, 0.0), strict=True)
    return [(scheme, payer, *values) for values in columns]
