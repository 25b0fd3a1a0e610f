"""Places short by age: by hand, and what must add up for Xichuan."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import popmodel as pm
from popmodel.areas import Area
from popmodel.areas.disclosure import suppressed_in_table
from popmodel.childcare.ages import gap_by_age, places_for_ages
from popmodel.childcare.demand import demand
from popmodel.childcare.staff import class_table, staff_table
from popmodel.childcare.supply import places_by_class, places_there
from tests.childcare.test_supply import facility, projection
from tests.subsidies.synthetic import BOOK

YEARS = range(2026, 2031)


def held(*places: float) -> np.ndarray:
    """Places by class of one unit and year: 6-12, 12-24, 24-36 months, mixed, not known."""
    return np.array(places, dtype=float)[:, None, None]


def asked(*places: float) -> np.ndarray:
    return np.array(places, dtype=float)[:, None, None]


def test_classes_of_an_age_and_for_several_by_hand() -> None:
    # Short of 4, 10 and 20: fifteen mixed places go to the older two as 5 and 10. Seven more go to the 4, 5 and 10 that are left.
    found = places_for_ages(asked(10, 30, 60), held(6, 20, 40, 15, 7))
    assert found.ravel() == pytest.approx([6 + 7 * 4 / 19, 25 + 7 * 5 / 19, 50 + 7 * 10 / 19])


def test_a_class_for_one_age_takes_no_other() -> None:
    # Thirty places for the oldest and ten ask: the twenty to spare are no help to the youngest.
    found = places_for_ages(asked(5, 5, 10), held(0, 0, 30, 0, 0))
    assert found.ravel().tolist() == [0, 0, 30]


def test_mixed_classes_do_not_take_the_youngest() -> None:
    assert places_for_ages(asked(5, 0, 0), held(0, 0, 0, 18, 0)).ravel().tolist() == [0, 0, 0]


def test_places_to_spare_of_any_age_make_no_gap_negative() -> None:
    assert places_for_ages(asked(1, 2, 3), held(0, 0, 0, 0, 50)).ravel().tolist() == [1, 2, 3]


def test_classes_of_the_list_of_facilities() -> None:
    """Fifty places, of which 20 are for 24-36 months, at four fifths; and thirty of no known class or township."""
    sites = pd.DataFrame([facility("one", "A", 50, "2020-01-01", probability=0.8), facility("two", "", 30, "2020-01-01")])
    empty = {f"places_{group}": np.nan for group in ("6_12", "12_24", "mixed")}
    given = projection(facilities=sites.assign(**empty, places_24_36=[20.0, np.nan]))
    found = places_by_class(given, [2026])
    assert found[:, 0, 0].tolist() == pytest.approx([0, 0, 16, 0, 24 + 30 * (0.7 + 0.3 / 2)])
    assert found.sum(axis=0) == pytest.approx(places_there(given, [2026]))
    assert found.sum() == pytest.approx(40 + 30)


def test_a_single_count_withheld_takes_others_along() -> None:
    # 3 is below ten; its row's total would give it away, and then so would the columns'.
    found = suppressed_in_table(np.array([[3.0, 20.0, 40.0], [30.0, 50.0, 60.0], [70.0, 80.0, 90.0]]), 10)
    assert found.tolist() == [[True, True, False], [True, True, False], [False, False, False]]
    assert not suppressed_in_table(np.full((2, 2), 10.0), 10).any()


def test_classes_and_carers_by_age_by_hand() -> None:
    # 36 of 6-12 months: four classes of ten, four carers each; 45 of 12-24: three of fifteen, three each; 41: the same.
    found = class_table(np.array([[36.0], [45.0], [41.0]]), [2026])
    assert found["classes"].tolist() == [4, 3, 3]
    assert found["carers"].tolist() == [16, 9, 9]


def test_recruits_are_trained_for() -> None:
    # Twenty more and a fifth of a hundred leave: forty to recruit, of whom three in ten of those trained join.
    found = staff_table(np.array([100.0, 120.0]), BOOK, [2026, 2027])
    assert found["to_train"].tolist() == pytest.approx([20 / 0.3, 40 / 0.3])
    nobody = staff_table(np.array([100.0]), BOOK.with_changes({"childcare.trained_joining": 0.0}), [2026])
    assert nobody["to_train"].isna().all()


def test_ages_add_to_what_is_asked_for_and_short(xichuan: Area) -> None:
    projected = pm.project(xichuan, to=2031, draws=100, seed=5)
    central, drawn = demand(projected, YEARS), demand(projected, YEARS, drawn=True)
    there = places_by_class(projected, YEARS)
    found = gap_by_age(central, drawn, there, 10)
    county = found[found["code"] == ""]
    assert county.groupby("year")["asked_for"].sum().to_numpy() == pytest.approx(central.places.sum(axis=0))
    # No class is known of any age: what is short in all is what every township is short of.
    short = np.maximum(central.places - places_there(projected, YEARS), 0).sum(axis=0)
    assert county.groupby("year")["gap"].sum().to_numpy() == pytest.approx(short)
    # What is printed of townships is not below the threshold, and no single one is left out beside its county.
    units = found[found["code"] != ""]
    assert units["asked_for"].dropna().min() >= 9.5
    withheld = units["asked_for"].isna().groupby([units["year"], units["group"]]).sum()
    assert not (withheld == 1).any()
    of_unit = units["asked_for"].isna().groupby([units["year"], units["code"]]).sum()
    assert not (of_unit == 1).any()
