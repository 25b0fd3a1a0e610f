"""Money for families and for places in one total: by hand."""

from __future__ import annotations

import pandas as pd

from popmodel.budget import PAYERS, with_places


def test_parts_add_to_the_total_in_whole_fen() -> None:
    families = pd.DataFrame(
        [("reward", "central", 2026, 60_000), ("award", "central", 2026, 1_000), ("reward", "county", 2026, 40_000)],
        columns=["scheme", "payer", "year", "amount_fen"],
    ).astype({"amount_fen": "Int64"})
    # 100.50 yuan in all are 100 whole ones: 60, 10, 5 and 25.
    shares = {"central": 60.30, "province": 10.05, "city": 5.025, "county": 25.125}
    places = pd.DataFrame([("building", payer, year, yuan) for payer, yuan in shares.items() for year in (2026, 2027)],
                          columns=["item", "payer", "year", "amount_yuan"])  # fmt: skip
    found = with_places(families, places).set_index(["part", "payer", "year"])["amount_fen"]
    assert set(found.index.get_level_values("year")) == {2026}  # a year that both have
    assert [found["places", payer, 2026] for payer in PAYERS] == [6_000, 1_000, 500, 2_500]
    assert [found["both", payer, 2026] for payer in PAYERS] == [67_000, 1_000, 500, 42_500]


def test_no_money_for_places_leaves_the_families() -> None:
    families = pd.DataFrame({"scheme": ["reward"], "payer": ["city"], "year": [2026], "amount_fen": [700]})
    places = pd.DataFrame({"item": ["building"], "payer": ["city"], "year": [2026], "amount_yuan": [0.0]})
    found = with_places(families, places).set_index(["part", "payer", "year"])["amount_fen"]
    assert found["both", "city", 2026] == 700
    assert found["places"].sum() == 0
