"""Xichuan's outturn of 2023, as published on 3 January 2024, comes out of the rules to the fen."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from popmodel.areas import Area, load_area
from popmodel.messages import InputError
from popmodel.subsidies import reproduce_outturn, standards
from tests.subsidies import synthetic

# Published: 6,473,280 + 3,703,680 + 3,360,560 + 276,000 = 13,813,520 yuan
PUBLISHED_FEN = {
    "rural_family_reward": 647_328_000,
    "urban_only_child_parents": 370_368_000,
    "special_support": 336_056_000,
    "only_child_award": 27_600_000,
}


@pytest.fixture(scope="module")
def xichuan() -> Area:
    return load_area(synthetic.ROOT / "data" / "xichuan")


def test_every_scheme_is_reproduced_to_the_fen(xichuan: Area) -> None:
    rows = reproduce_outturn(xichuan).set_index("scheme")
    assert rows["computed_fen"].to_dict() == PUBLISHED_FEN
    assert rows["outturn_fen"].to_dict() == PUBLISHED_FEN
    assert (rows["difference_fen"] == 0).all()
    assert rows["computed_fen"].sum() == 1_381_352_000


def test_the_quantities_behind_it(xichuan: Area) -> None:
    rows = reproduce_outturn(xichuan).set_index("scheme")
    # 6,743 and 3,858 people at 960 yuan; 276,000 ÷ (20 × 2) = 6,900 household-months; 3,360,560 ÷ 353 = 9,520
    quantities = {"rural_family_reward": 6743, "urban_only_child_parents": 3858, "special_support": 353, "only_child_award": 6900}
    assert rows["quantity"].to_dict() == quantities
    per_unit = {"rural_family_reward": 960, "urban_only_child_parents": 960, "special_support": 9520, "only_child_award": 40}
    assert (rows["standard_fen"] / 100).to_dict() == per_unit
    # 6,900 months over 625 households are 11.04 months each: no more than a year has
    assert rows.loc["only_child_award", "quantity"] / rows.loc["only_child_award", "recipients"] == pytest.approx(11.04)


def test_the_average_of_special_support_proves_a_supplement() -> None:
    # The highest national standard, 590 a month for a child who died, gives 7,080 a year; Xichuan paid 9,520 a head.
    kinds = ["only_child_died", "only_child_disabled", "complication_grade_1", "complication_grade_2", "complication_grade_3"]
    amounts = [standards("special_support")[kind].at(date(2023, 1, 1)) for kind in kinds]
    assert amounts == [590, 460, 520, 390, 260]
    assert 12 * max(amounts) == 7080 < 9520


def test_an_amount_that_no_months_give_is_refused_with_the_nearest() -> None:
    # 100 people at 80 yuan a month: 96,000.01 lies between 12 months for all, which is the most, and nothing
    area = synthetic.area({"outturn": synthetic.outturn((2023, "rural_family_reward", 100, "person", 9_600_001))})
    with pytest.raises(InputError, match=r"96,000\.00"):
        reproduce_outturn(area)


def test_a_scheme_that_is_not_known_names_the_nearest() -> None:
    area = synthetic.area({"outturn": synthetic.outturn((2023, "rural_reward", 100, "person", 9_600_000))})
    with pytest.raises(InputError, match="rural_family_reward"):
        reproduce_outturn(area)


def test_a_pack_without_outturn_reproduces_nothing() -> None:
    assert reproduce_outturn(synthetic.area({})).equals(pd.DataFrame())
