"""Places there are, seats that fall free, staff, cost and the target by township: by hand."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from popmodel.areas import load_area
from popmodel.areas.checks import CLASS_SIZES
from popmodel.childcare import places_required
from popmodel.childcare.cost import fee_to_fill
from popmodel.childcare.decomposition import RULES, decomposition, shared_out, tracked
from popmodel.childcare.facilities import COLUMNS, facilities
from popmodel.childcare.norms import class_size
from popmodel.childcare.reach import reach_table, site_table
from popmodel.childcare.staff import carers_needed, staff_table
from popmodel.childcare.supply import convertible_classes, places_there, seats_freed
from popmodel.messages import InputError
from popmodel.projection import Projection
from tests.subsidies import synthetic
from tests.subsidies.synthetic import BOOK

YEARS = range(2026, 2031)
# A street of two communities and a township of two villages: half the people each, all urban and all rural.
CENSUS = pd.DataFrame(
    {"date": pd.to_datetime(["2020-11-01"] * 2), "indicator": ["urban_residents", "rural_residents"], "value": [500.0, 500.0]}
)
TOWNSHIPS = pd.DataFrame(
    {"code": ["A", "B"], "name": ["街道", "乡"], "other_name": ["", ""], "village_level_units": [2, 2], "communities": [2, 0]}
)
SERIES = pd.DataFrame({"indicator": ["childcare_places"], "year": [2023], "value": [100.0], "status": ["observed"]})


def facility(
    name: str, township: str, places: int, opened: str, closes: str | None = None, probability: float = 1.0
) -> dict[str, object]:
    closing = pd.Timestamp(closes) if closes else pd.NaT
    return dict.fromkeys(COLUMNS, "") | {
        "id": name, "township": township, "places": places, "opened": pd.Timestamp(opened), "closes": closing,
        "probability": probability, "fee_yuan_month": np.nan, "longitude": np.nan, "latitude": np.nan,
    }  # fmt: skip


def projection(children_3_5: dict[int, float] | None = None, **tables: pd.DataFrame) -> Projection:
    """400 children of each age from 3 to 5 in every year, or as many as `children_3_5` says by year."""
    area = synthetic.area({"census_totals": CENSUS, "townships": TOWNSHIPS, **tables}, book=BOOK)

    def stock(year: int, sex: str, age: int) -> float:
        return (children_3_5 or {}).get(year, 1_200) / 6 if 3 <= age <= 5 else 100

    return synthetic.projection(area, stock)


def test_a_total_alone_is_one_row_and_is_spread() -> None:
    found = projection(series=SERIES)
    (row,) = facilities(found.area).to_dict("records")
    assert (row["service"], row["places"], row["status"], row["township"]) == ("aggregate", 100, "observed", "")
    # Seven tenths by urban children, who are all in the street, the rest by all children, half in each: 70 + 15 and 15.
    assert places_there(found, YEARS) == pytest.approx(np.repeat([[85.0], [15.0]], 5, axis=1))


def test_facilities_open_and_close_and_planned_ones_count_by_their_chance() -> None:
    table = pd.DataFrame(
        [
            facility("one", "A", 60, "2020-01-01", closes="2028-08-31"),
            facility("two", "B", 40, "2027-09-01", probability=0.5),
            facility("unknown", "", 20, "2020-01-01"),
        ]
    )
    found = places_there(projection(facilities=table, series=SERIES), YEARS)
    assert found[0] == pytest.approx([77, 77, 17, 17, 17])
    assert found[1] == pytest.approx([3, 23, 23, 23, 23])


def test_the_county_has_as_many_places_as_its_townships() -> None:
    # With a list of facilities the published total is no second truth: both chapters count the list.
    table = pd.DataFrame([facility("one", "A", 60, "2020-01-01", closes="2028-08-31"), facility("unknown", "", 20, "2020-01-01")])
    found = projection(facilities=table, series=SERIES)
    assert places_required(found, years=YEARS)["places"].tolist() == [80, 80, 20, 20, 20]
    assert places_there(found, YEARS).sum(axis=0).tolist() == pytest.approx([80, 80, 20, 20, 20])


def test_the_largest_classes_are_those_of_the_norms() -> None:
    # A pack is checked before there are rules, so the sizes stand there too.
    assert {group: class_size(group, 2026) for group in CLASS_SIZES} == CLASS_SIZES


def test_seats_fall_free_as_children_become_fewer() -> None:
    # 1,200 children of 3-5 until 2026, 900 from 2027 on: 300 × 0.93 seats, half in each unit; nothing comes back when they do.
    fewer = dict.fromkeys(range(2020, 2027), 1_200.0) | {2027: 900.0, 2028: 900.0, 2029: 1_200.0, 2030: 1_200.0}
    found = projection(fewer)
    assert seats_freed(found, YEARS) == pytest.approx(np.tile([0, 139.5, 139.5, 0, 0], (2, 1)))
    # Three tenths of 139.5 seats make 41.85 places: two classes of twenty.
    assert convertible_classes(found, YEARS).tolist() == [[0, 2, 2, 2, 2]] * 2


def test_kindergartens_of_the_pack_give_their_own_seats() -> None:
    table = pd.DataFrame({"township": ["A", "B"], "year": [2025, 2025], "seats": [500, 300], "enrolled": [400, 320]})
    fewer = dict.fromkeys(range(2020, 2027), 1_200.0) | dict.fromkeys(range(2027, 2041), 900.0)
    # Three quarters of 400 and 320 children remain: 500 − 300 and 300 − 240. The township has too few seats until then.
    assert seats_freed(projection(fewer, kindergartens=table), YEARS) == pytest.approx(
        np.array([[100, 200, 200, 200, 200], [0, 60, 60, 60, 60]])
    )


def test_carers_by_whole_classes() -> None:
    # Mixed classes of 18 with a carer for five: four carers a class; 19 places are two classes.
    assert carers_needed(np.array([18.0, 19.0, 0.0]), "mixed", [2026, 2027, 2028]).tolist() == [4, 8, 0]
    # Three children under one for a carer, ten a class: four carers.
    assert carers_needed(np.array([10.0]), "6_12", [2026]).tolist() == [4]


def test_recruits_replace_who_leaves_and_fill_what_is_new() -> None:
    # 100 carers, then 120: a fifth of last year's leave, 20 and 20; recruits 20, then 20 + 20. Trained and joining: 450 × 0.3.
    table = staff_table(np.array([100.0, 120.0]), BOOK, [2026, 2027])
    assert table["leaving"].tolist() == [20, 20]
    assert table["recruits"].tolist() == [20, 40]
    assert table["joining"].tolist() == pytest.approx([135, 135])
    assert table["short"].tolist() == [0, 0]
    balance = table["needed"].shift(1).fillna(100) - table["leaving"] + table["recruits"]
    assert balance.tolist() == table["needed"].tolist()


def test_the_fee_at_which_places_fill() -> None:
    # Twice as many places as asked for, elasticity −0.5: the fee must fall to a quarter.
    assert fee_to_fill(np.array([800.0]), np.array([50.0]), np.array([100.0]), -0.5).tolist() == pytest.approx([200])
    assert np.isnan(fee_to_fill(np.array([800.0]), np.array([50.0]), np.array([100.0]), 0.0)).all()


@pytest.mark.parametrize("rule", RULES)
def test_a_target_is_shared_out_in_whole_places_that_add_to_it(rule: str) -> None:
    rng = np.random.default_rng(1)
    for target in (0, 1, 17, 1_000, 3_383):
        children, residents, there = (rng.uniform(1, 500, 17) for _ in range(3))
        found = shared_out(target, children, residents, there, rule)
        assert sum(found) == target
        assert min(found) >= 0


def test_equal_coverage_by_hand() -> None:
    # 100 places for 200 children, half a place each: b has 40 for its 50 children and keeps them; the others share 60 for 150.
    children, there = np.array([100.0, 50.0, 50.0]), np.array([10.0, 40.0, 0.0])
    assert shared_out(100, children, children, there, "equal_coverage") == [40, 40, 20]
    assert shared_out(100, children, children, there, "children") == [50, 25, 25]
    assert shared_out(100, children, children, there, "supply") == [20, 80, 0]


def test_the_table_of_a_target_has_a_column_a_rule() -> None:
    ones = np.ones(2)
    table = decomposition(["A", "B"], ["a", "b"], 10, ones, ones, np.zeros(2))
    assert table[["children", "residents", "equal_coverage"]].sum().tolist() == [10, 10, 10]
    assert table["supply"].tolist() == [0, 0]  # in proportion to nothing


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="equal_coverage"):
        shared_out(1, np.ones(1), np.ones(1), np.ones(1), "fair")


def test_who_reaches_a_place_by_hand() -> None:
    """Points of 30 and 10 children in A, one of 20 in B; a facility of 12 places beside the first is 2 km from the second."""
    rows = [("V1", "A", 30, 111.50, 33.00), ("V2", "A", 10, 111.50, 33.018), ("V3", "B", 20, 111.50, 33.20)]
    points = pd.DataFrame(rows, columns=["id", "township", "weight", "longitude", "latitude"]).assign(datum="WGS84")
    sites = pd.DataFrame([facility("one", "A", 12, "2020-01-01")]).assign(longitude=111.50, latitude=33.00, datum="WGS84")
    found = reach_table(projection(points=points, facilities=sites), 2026)
    assert found is not None
    # 600 children in all, weighed 30, 10 and 20: 300, 100 and 200. Twelve places for the 400 within reach are 0.03 each.
    county = found.set_index("code")
    assert county["reached"].to_dict() == pytest.approx({"A": 1.0, "B": 0.0, "": 400 / 600})
    assert county["places_a_child"].to_dict() == pytest.approx({"A": 0.03, "B": 0.0, "": 12 / 600})
    # By travel times the second point is too far and the third is not.
    times = pd.DataFrame({"point": ["V1", "V2", "V3"], "facility": "one", "minutes": [5.0, 21.0, 20.0]})
    by_time = reach_table(projection(points=points, facilities=sites, travel_times=times), 2026)
    assert by_time is not None
    assert by_time.set_index("code")["reached"].to_dict() == pytest.approx({"A": 0.75, "B": 1.0, "": 500 / 600})


def test_a_new_class_goes_where_nobody_is_reached() -> None:
    # The second township asks for a third of sixty places and has none within reach; the first has the forty of its facility.
    rows = [("V1", "A", 30, 111.50, 33.00), ("V2", "A", 10, 111.50, 33.018), ("V3", "B", 20, 111.50, 33.20)]
    points = pd.DataFrame(rows, columns=["id", "township", "weight", "longitude", "latitude"]).assign(datum="WGS84")
    sites = pd.DataFrame([facility("one", "A", 40, "2020-01-01")]).assign(longitude=111.50, latitude=33.00, datum="WGS84")
    found = site_table(projection(points=points, facilities=sites), 60.0, 18, 1, 2026)
    assert found is not None
    assert found["point"].tolist() == ["V3"]
    assert found["served"].tolist() == pytest.approx([40 + 18])


def test_datums_are_not_mixed() -> None:
    points = pd.DataFrame(
        {"id": ["V1"], "township": ["A"], "weight": [1], "longitude": [111.5], "latitude": [33.0], "datum": ["GCJ02"]}
    )
    sites = pd.DataFrame([facility("one", "A", 12, "2020-01-01")]).assign(longitude=111.50, latitude=33.00, datum="BD09")
    with pytest.raises(InputError, match="GCJ02"):
        reach_table(projection(points=points, facilities=sites), 2026)


def test_without_points_nothing_is_asked() -> None:
    assert reach_table(projection(series=SERIES), 2026) is None


def test_progress_is_held_against_the_target_by_quarter() -> None:
    """Targets of 30 and 10: 15 in the first count of the quarter, 18 in the last; the other is counted a quarter later."""
    target = pd.DataFrame({"code": ["A", "B"], "name": ["a", "b"], "children": [30, 10]})
    counts = [("A", "2026-01-31", 15), ("A", "2026-03-31", 18), ("A", "2026-06-30", 24), ("B", "2026-06-30", 10)]
    progress = pd.DataFrame(counts, columns=["township", "date", "places"]).assign(
        date=lambda frame: pd.to_datetime(frame["date"])
    )
    found = tracked(target, "children", progress).set_index(["quarter", "code"])
    assert found["places"].to_dict() == {("2026 Q1", "A"): 18, ("2026 Q2", ""): 34, ("2026 Q2", "A"): 24, ("2026 Q2", "B"): 10}
    assert found["share"].tolist() == pytest.approx([0.6, 34 / 40, 0.8, 1.0])


@pytest.mark.parametrize("page", ["places-tables.md", "places-tables.zh-CN.md"])
def test_the_example_of_the_documentation_is_a_sound_table(page: str, root: Path, tmp_path: Path) -> None:
    (example,) = re.findall(r"```\n(.*?)```", (root / "docs" / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    pack = tmp_path / "xichuan"
    shutil.copytree(root / "data" / "xichuan", pack)
    (pack / "facilities.csv").write_text(example, encoding="utf-8")
    table = facilities(load_area(pack))
    assert table["places"].tolist() == [50, 90]
