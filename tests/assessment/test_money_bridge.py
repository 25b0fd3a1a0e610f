"""The bridge under the headings of a budget adds to the fen, whatever the effects are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popmodel.assessment.bridge import Stage, bridge
from popmodel.assessment.money_bridge import MONEY_STEPS, by_heading, money_bridge

HEADINGS = {
    ("method", "code_of_old"): "method", ("method", "code_of_new"): "method", ("data", "pack.outturn"): "data",
    ("parameters", "fertility.level"): "people", ("policy", "scenario.price"): "price", ("policy", "scheme.own"): "policy",
}  # fmt: skip


def figures(amount: float) -> pd.Series:
    index = pd.MultiIndex.from_tuples([("amount_total", 2026), ("births", 2026)], names=["quantity", "year"])
    return pd.Series([amount, 1.0], index=index)


def test_a_bridge_by_hand() -> None:
    """From 100.00 yuan: the code adds 0.30, data −10, births 5.25, the price 0.005 and a scheme 4.445."""
    levels = [100.30, 90.30, 95.55, 95.555, 100.00]
    items = [key for key in HEADINGS if key != ("method", "code_of_new")]
    stages = [Stage(step, item, figures(level)) for (step, item), level in zip(items, levels, strict=True)]
    found = money_bridge(bridge(figures(100.0), stages, figures(100.0)), HEADINGS)
    assert set(found["quantity"]) == {"amount_total"}  # births are no money
    effects = by_heading(found).loc[("amount_total", 2026)]
    assert effects.to_dict() == {
        "method": 30,
        "data": -1_000,
        "people": 525,
        "price": pytest.approx(0, abs=1),
        "policy": pytest.approx(445, abs=1),
    }
    assert effects.sum() == 0


@given(st.lists(st.floats(0, 1e10), min_size=7, max_size=7))
def test_it_adds_to_the_fen(levels: list[float]) -> None:
    items = [key for key in HEADINGS if key != ("method", "code_of_new")]
    old, *between, new = levels
    stages = [Stage(step, item, figures(level)) for (step, item), level in zip(items, between, strict=True)]
    found = money_bridge(bridge(figures(old), stages, figures(new)), HEADINGS)
    assert found["effect_fen"].sum() == found["new_fen"].iloc[0] - found["old_fen"].iloc[0]
    assert abs(found["new_fen"].iloc[0] / 100 - new) <= 0.01
    assert list(by_heading(found).columns) == list(MONEY_STEPS)
    assert np.issubdtype(by_heading(found).to_numpy().dtype, np.integer)
