"""Who pays what: the amounts of each scheme split over centre, province, city and county.

The centre's share of special support holds for the national base of each payment only; the province's supplement has its own,
and what a county adds to the childcare allowance it pays alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

import pandas as pd

from popmodel.areas import Area
from popmodel.areas.schemes import PAYERS
from popmodel.messages import InputError, Problem, text
from popmodel.parameters import AssumptionBook, largest_remainder
from popmodel.parameters.shares import over_year
from popmodel.subsidies import standards
from popmodel.subsidies.explanations import CHOICE, national_share
from popmodel.subsidies.outturn import outturn

__all__ = ["PAYERS", "by_payer", "payer_shares", "payer_title", "split_fen"]

_ALONE = {payer: float(payer == "county") for payer in PAYERS}


def by_payer(amounts: pd.DataFrame, area: Area, assumptions: AssumptionBook) -> pd.DataFrame:
    """The amounts of `subsidies.subsidy_amounts` by payer, a row a scheme, year and payer.

    Columns: scheme, year, payer, amount_yuan (float), amount_fen (Int64; only finished years, split by largest remainder so that
    the payers add to the outturn to the fen), basis. Raises InputError for a year before the first shares of a scheme.
    """
    rows = []
    for row in amounts.to_dict("records"):
        scheme, year, fen = str(row["scheme"]), int(row["year"]), row["amount_fen"]
        if not row["amount_yuan"]:  # nothing to share, and perhaps no shares yet
            paid = dict.fromkeys(PAYERS, 0)
            shares = dict.fromkeys(PAYERS, 0.0)
        else:
            paid = {} if pd.isna(fen) else split_fen(int(fen), scheme, year, area, assumptions)
            shares = payer_shares(scheme, year, area, assumptions)
        known = not pd.isna(fen)
        for payer in PAYERS:
            yuan = paid[payer] / 100 if known else row["amount_yuan"] * shares[payer]
            rows.append((scheme, year, payer, yuan, paid[payer] if known else None, row["basis"]))
    columns = ["scheme", "year", "payer", "amount_yuan", "amount_fen", "basis"]
    return pd.DataFrame(rows, columns=columns).astype({"amount_yuan": float, "amount_fen": "Int64"})


def payer_shares(scheme: str, year: int, area: Area, book: AssumptionBook) -> dict[str, float]:
    """Each payer's share of the scheme's payments of `year`; they add to 1. Raises InputError before the first shares."""
    parts = _parts(scheme, year, area, book)
    return {payer: sum(part * of_part.get(payer, 0.0) for part, of_part in parts) for payer in PAYERS}


def split_fen(amount: int, scheme: str, year: int, area: Area, book: AssumptionBook) -> dict[str, int]:
    """Whole fen by payer, adding to `amount`: the parts of a payment first, then the payers of each (largest remainder)."""
    paid = dict.fromkeys(PAYERS, 0)
    parts = _parts(scheme, year, area, book)
    for fen, (_, of_part) in zip(largest_remainder(amount, [part for part, _ in parts]), parts, strict=True):
        for payer, share in zip(PAYERS, largest_remainder(fen, [of_part.get(payer, 0.0) for payer in PAYERS]), strict=True):
            paid[payer] += share
    return paid


def payer_title(payer: str, lang: str | None = None) -> str:
    """The payer's name as it is printed."""
    return text(f"budget.payer.{payer}", lang=lang)


def _parts(scheme: str, year: int, area: Area, book: AssumptionBook) -> list[tuple[float, Mapping[str, float]]]:
    """The parts a payment of the scheme is made of, each with its share of the payment and the payers' shares of it."""
    if scheme in area.schemes:
        declared = area.schemes[scheme]
        found = over_year(declared.payers, year)
        if found is None:
            given = {"name": declared.title(), "day": f"{year}-12-31", "first": str(min(declared.payers))}
            raise InputError([Problem("parameter_outside_dates", given, file=declared.file)])
        return [(1.0, found)]
    if scheme == "special_support":
        base = _national_base(area, book, year)
        return [
            (base, book.shares("subsidies.payers_special_support_base", year)),
            (1 - base, book.shares("subsidies.payers_special_support_supplement", year)),
        ]
    shares = book.shares(f"subsidies.payers_{scheme}", year)
    if scheme == "childcare_allowance" and (added := _county_part(book, year)):
        return [(1 - added, shares), (added, _ALONE)]
    return [(1.0, shares)]


def _county_part(book: AssumptionBook, year: int) -> float:
    """The part of each payment of the allowance that the county adds on its own."""
    added, factor = (
        float(book.path(f"subsidies.{key}", [year])[0]) for key in ("allowance_county_supplement", "allowance_factor")
    )
    national = standards("childcare_allowance")["annual_amount"].at(date(year, 1, 1)) * factor
    return added / (national + added) if added else 0.0


def _national_base(area: Area, book: AssumptionBook, year: int) -> float:
    """The national base's part of special support: by the county's explanation of its last outturn up to `year`."""
    finished = outturn(area)
    rows = finished[(finished["scheme"] == "special_support") & (finished["year"] <= year)]
    if rows.empty:
        return national_share(0, 0, year, "part_years")
    last = rows.iloc[-1]
    return _share(int(last["recipients"]), int(last["amount_fen"]), int(last["year"]), book.value(CHOICE))


_share = lru_cache(64)(national_share)
