"""Who pays what: the amounts of each scheme split over centre, province, city and county.

The centre's share of special support holds for the national base of each payment only; the province's supplement has its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from popmodel.messages import text
from popmodel.parameters import AssumptionBook, largest_remainder
from popmodel.subsidies import standards
from popmodel.subsidies.rules.special_support import national_base_share

PAYERS = ("central", "province", "city", "county")


def by_payer(amounts: pd.DataFrame, assumptions: AssumptionBook) -> pd.DataFrame:
    """The amounts of `subsidies.subsidy_amounts` by payer, a row a scheme, year and payer.

    Columns: scheme, year, payer, amount_yuan (float), amount_fen (Int64; only finished years, split by largest remainder so that
    the payers add to the outturn to the fen), basis.
    """
    rows = []
    for row in amounts.to_dict("records"):
        scheme, year, fen = row["scheme"], row["year"], row["amount_fen"]
        shares = _shares(scheme, year, assumptions)
        paid = {} if pd.isna(fen) else _split_fen(fen, shares)
        for payer in PAYERS:
            share = sum(part * of_part[payer] for part, of_part in shares)
            yuan = paid[payer] / 100 if paid else row["amount_yuan"] * share
            rows.append((scheme, year, payer, yuan, paid.get(payer), row["basis"]))
    columns = ["scheme", "year", "payer", "amount_yuan", "amount_fen", "basis"]
    return pd.DataFrame(rows, columns=columns).astype({"amount_yuan": float, "amount_fen": "Int64"})


def payer_title(payer: str, lang: str | None = None) -> str:
    """The payer's name as it is printed."""
    return text(f"budget.payer.{payer}", lang=lang)


def _shares(scheme: str, year: int, book: AssumptionBook) -> list[tuple[float, Mapping[str, float]]]:
    """The parts a payment of the scheme is made of, each with its share of the payment and the payers' shares of it."""
    if scheme != "special_support":
        return [(1.0, book.shares(f"subsidies.payers_{scheme}"))]
    base = national_base_share(standards(scheme)["provincial_supplement"].at(date(year, 1, 1)))
    return [
        (base, book.shares("subsidies.payers_special_support_base")),
        (1 - base, book.shares("subsidies.payers_special_support_supplement")),
    ]


def _split_fen(amount: int, shares: list[tuple[float, Mapping[str, float]]]) -> dict[str, int]:
    paid = dict.fromkeys(PAYERS, 0)
    parts = largest_remainder(amount, [part for part, _ in shares])
    for part, (_, of_part) in zip(parts, shares, strict=True):
        for payer, fen in zip(PAYERS, largest_remainder(part, [of_part[payer] for payer in PAYERS]), strict=True):
            paid[payer] += fen
    return paid
