"""The payers' parts add to the whole, to the fen, and the centre pays only what it has promised."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popmodel.budget import by_payer, totals_by_year
from popmodel.parameters import AssumptionBook
from tests.subsidies import synthetic
from tests.subsidies.synthetic import BOOK

AREA = synthetic.area({})


def amounts(*rows: tuple[str, int, float, int | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["scheme", "year", "amount_yuan", "amount_fen"])
    frame["basis"] = ["forecast" if fen is None else "outturn" for *_, fen in rows]
    return frame.astype({"amount_fen": "Int64"})


OUTTURN_2023 = amounts(
    ("rural_family_reward", 2023, 6_473_280, 647_328_000),
    ("urban_only_child_parents", 2023, 3_703_680, 370_368_000),
    ("special_support", 2023, 3_360_560, 336_056_000),
    ("only_child_award", 2023, 276_000, 27_600_000),
    ("childcare_allowance", 2023, 0, 0),
)


def fen_of(payments: pd.DataFrame, scheme: str) -> dict[str, int]:
    return payments[payments["scheme"] == scheme].set_index("payer")["amount_fen"].to_dict()


def test_the_centre_pays_60_percent_of_the_rural_reward() -> None:
    # 国办发〔2018〕67号, second tier: 60 % of 6,473,280.00 is 3,883,968.00
    assert fen_of(by_payer(OUTTURN_2023, AREA, BOOK), "rural_family_reward")["central"] == 388_396_800


def test_the_centre_pays_60_percent_of_the_national_base_of_special_support_only() -> None:
    # The province adds as much again: half of 3,360,560.00 is base, 60 % of 1,680,280.00 is 1,008,168.00.
    # Province: 20 % of the base and 50 % of the supplement, 336,056.00 + 840,140.00.
    paid = fen_of(by_payer(OUTTURN_2023, AREA, BOOK), "special_support")
    assert (paid["central"], paid["province"]) == (100_816_800, 117_619_600)


@pytest.mark.parametrize("scheme", ["urban_only_child_parents", "only_child_award"])
def test_the_centre_pays_nothing_of_the_province_s_own_schemes(scheme: str) -> None:
    assert fen_of(by_payer(OUTTURN_2023, AREA, BOOK), scheme)["central"] == 0


def test_the_payers_of_2023_add_to_the_published_total() -> None:
    totals = totals_by_year(by_payer(OUTTURN_2023, AREA, BOOK))
    assert totals["amount_fen"].tolist() == [1_381_352_000]
    assert totals["basis"].tolist() == ["outturn"]


@settings(max_examples=30)
@given(fen=st.integers(0, 10**12), central=st.integers(0, 100), province=st.integers(0, 100), city=st.integers(0, 100))
def test_payers_add_to_any_amount_under_any_shares(fen: int, central: int, province: int, city: int) -> None:
    whole = central + province + city + 100
    written = {"central": central / whole, "province": province / whole, "city": city / whole}
    shares = written | {"county": 1 - sum(written.values())}
    keys = ("subsidies.payers_special_support_base", "subsidies.payers_childcare_allowance")
    book: AssumptionBook = BOOK.with_changes(dict.fromkeys(keys, shares))
    for scheme, year in (("special_support", 2023), ("childcare_allowance", 2025)):
        paid = by_payer(amounts((scheme, year, fen / 100, fen)), AREA, book)["amount_fen"]
        assert paid.sum() == fen
        assert (paid >= 0).all()


def test_a_forecast_is_shared_in_yuan() -> None:
    # 90 % of 50 million
    paid = by_payer(amounts(("childcare_allowance", 2026, 50_000_000, None)), AREA, BOOK).set_index("payer")
    assert paid.loc["central", "amount_yuan"] == pytest.approx(45_000_000)
    assert paid["amount_yuan"].sum() == pytest.approx(50_000_000)
    assert paid["amount_fen"].isna().all()


def test_a_year_is_finished_only_when_every_scheme_is() -> None:
    mixed = amounts(("rural_family_reward", 2025, 100.0, 10_000), ("special_support", 2025, 50.5, None))
    totals = totals_by_year(mixed)
    assert totals["basis"].tolist() == ["forecast"]
    assert totals["amount_fen"].isna().all()
    assert totals["amount_yuan"].tolist() == pytest.approx([150.5])
