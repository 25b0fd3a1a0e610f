"""The bridge between two forecasts: worked by hand, exact to the last bit, and it says where what cannot be split was counted."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popmodel.assessment.bridge import GRAIN, NEW_CODE, STEPS, Stage, as_printed, bridge, by_step


def figures(**values: float) -> pd.Series:
    index = pd.MultiIndex.from_tuples([("births", int(year[1:])) for year in values], names=["quantity", "year"])
    return pd.Series(list(values.values()), index=index)


def effects(frame: pd.DataFrame, year: int) -> dict[tuple[str, str], float]:
    own = frame[frame["year"] == year]
    return dict(zip(zip(own["step"], own["item"], strict=True), own["effect"], strict=True))


def test_each_change_is_what_it_adds_to_those_before_it() -> None:
    # By hand: 100 stored; today's code gives 98; with the new census 110, with the new fertility 121; the new run stored 120.
    stages = [
        Stage("method", "code", figures(y2030=98)),
        Stage("data", "census", figures(y2030=110)),
        Stage("parameters", "fertility.level", figures(y2030=121)),
    ]
    found = bridge(figures(y2030=100), stages, figures(y2030=120))
    assert effects(found, 2030) == {
        ("method", "code"): -2.0,
        ("method", NEW_CODE): -1.0,  # 121 → 120: the new run was made by other code than today's
        ("data", "census"): 12.0,
        ("boundary", ""): 0.0,
        ("parameters", "fertility.level"): 11.0,
        ("policy", ""): 0.0,
    }
    assert by_step(found).loc[("births", 2030)].to_dict() == {
        "method": -3.0, "data": 12.0, "boundary": 0.0, "parameters": 11.0, "policy": 0.0,
    }  # fmt: skip
    assert set(zip(found["old"], found["new"], strict=True)) == {(100.0, 120.0)}


def test_what_cannot_be_worked_out_is_counted_with_the_next_that_can() -> None:
    stages = [Stage("method", "code", None), Stage("data", "series", None), Stage("data", "census", figures(y2030=90))]
    found = bridge(figures(y2030=100), stages, figures(y2030=90))
    assert effects(found, 2030)[("data", "census")] == -10.0
    assert "code" not in set(found["item"])


def test_only_years_all_have() -> None:
    stages = [Stage("data", "census", figures(y2029=1, y2030=2, y2031=3))]
    found = bridge(figures(y2029=0, y2030=0), stages, figures(y2030=2, y2031=3))
    assert set(found["year"]) == {2030}
    assert bridge(figures(y2029=0), stages, figures(y2031=3)).empty


# A county has some 10^6 people and 10^8 yuan. Eleven effects of up to 2^33 in any order stay below 2^37.
amounts = st.floats(min_value=-(2.0**32), max_value=2.0**32)


@settings(max_examples=30)
@given(st.lists(amounts, min_size=2, max_size=12), st.randoms(use_true_random=False))
def test_effects_add_to_the_last_bit_in_any_order(levels: list[float], shuffled) -> None:  # type: ignore[no-untyped-def]
    old, *between, new = levels
    stages = [Stage(STEPS[n % 5], str(n), figures(y2030=level)) for n, level in enumerate(between)]
    found = bridge(figures(y2030=old), stages, figures(y2030=new))
    parts = found["effect"].tolist()
    shuffled.shuffle(parts)
    assert sum(parts) == found["new"].iloc[0] - found["old"].iloc[0]
    assert found["new"].iloc[0] == pytest.approx(new, abs=GRAIN / 2)
    assert by_step(found).to_numpy().sum() == sum(parts)


@given(st.floats(-1e6, 1e6), st.lists(st.floats(-1e4, 1e4), max_size=6))
def test_rows_add_as_printed(old: float, parts: list[float]) -> None:
    # A reader adds the column up: 0.4 + 0.4 must not be printed as 0 + 0 + 0 = 1.
    first, *shown, last = as_printed(old, parts)
    assert first + sum(shown) == last
    assert (first, last) == (round(old), pytest.approx(old + sum(parts), abs=0.5 + 1e-6))
    assert all(figure == int(figure) for figure in (first, *shown, last))
