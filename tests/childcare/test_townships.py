"""The split over townships is an assumption, but its parts must be whole, add up, and give nobody away."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from popmodel.areas import Area, load_area
from popmodel.areas.disclosure import suppressed
from popmodel.childcare import split, township_children, township_draws, township_shares
from popmodel.projection import project
from tests.subsidies import synthetic

CENSUS = pd.DataFrame(
    {
        "date": pd.to_datetime(["2020-11-01"] * 2),
        "indicator": ["urban_residents", "rural_residents"],
        "value": [600.0, 400.0],
    }
)
# A street of two communities, a town of one community and three villages, a township of five villages.
TOWNSHIPS = pd.DataFrame(
    {
        "code": ["1", "2", "3"],
        "name": ["甲街道", "乙镇", "丙乡"],
        "other_name": ["", "丁镇", ""],
        "village_level_units": [2, 4, 5],
        "communities": [2, 1, 0],
    }
)


@pytest.fixture(scope="module")
def xichuan() -> Area:
    return load_area(synthetic.ROOT / "data" / "xichuan")


def small(threshold: int = 0) -> Area:
    return synthetic.area({"census_totals": CENSUS, "townships": TOWNSHIPS}, threshold=threshold)


def test_urban_residents_go_to_communities_and_rural_ones_to_villages() -> None:
    # Street: 600 × 2/3 = 400; town: 600 × 1/3 + 400 × 3/8 = 350; township: 400 × 5/8 = 250; of 1,000
    shares = township_shares(small()).set_index("code")
    assert shares["share"].tolist() == pytest.approx([0.4, 0.35, 0.25])
    # Plain unit counts: 2, 4 and 5 of 11
    assert shares["share_low"].tolist() == pytest.approx([2 / 11, 0.35, 0.25])
    assert shares["share_high"].tolist() == pytest.approx([0.4, 4 / 11, 5 / 11])
    assert shares.loc["2", "name"] == "乙镇（丁镇）"


def test_the_county_seat_of_xichuan_is_not_four_percent(xichuan: Area) -> None:
    # Plain counts give the two streets 19 of 487 units, 3.9 %, in a county that is 52 % urban; by residence they have
    # 19 of 54 communities: 279,603 × 19/54 of 538,569 = 18.3 %.
    shares = township_shares(xichuan)
    streets = shares[shares["code"].isin(["411326001", "411326002"])]
    assert streets["share_low"].sum() == pytest.approx(19 / 487)
    assert streets["share"].sum() == pytest.approx(279_603 * 19 / 54 / 538_569)
    assert len(shares) == 17
    assert shares["share"].sum() == pytest.approx(1)


def test_townships_add_to_the_county(xichuan: Area) -> None:
    shares = township_shares(xichuan)["share"].tolist()
    assert [total for total in range(0, 20_000, 37) if sum(split(total, shares)) != total] == []


def test_children_by_township_add_to_the_county_s(xichuan: Area) -> None:
    projection = synthetic.projection(xichuan, lambda year, sex, age: 1733.3 + year - 2030)
    children = township_children(projection, range(2025, 2041))
    # 6 cells of 1,733.3 in 2030: 10,399.8 children
    sums = children.groupby("year")["children_0_2"].sum()
    assert (sums[2025], sums[2030]) == (10_370, 10_400)
    assert (children["children_low"] <= children["children_0_2"]).all()
    assert (children["children_high"] >= children["children_0_2"]).all()


def test_small_counts_are_withheld_and_cannot_be_worked_out() -> None:
    # 12 children: 5, 4 and 3. Below 4 only the last is withheld; the county's 12 would give it away, so the next goes too.
    projection = synthetic.projection(small(threshold=4), lambda year, sex, age: 2)
    assert township_children(projection, [2025])["children_0_2"].tolist() == [5, pd.NA, pd.NA]


@pytest.mark.parametrize(
    ("counts", "threshold", "printed"),
    [
        ([9, 20, 30], 10, [None, None, 30]),
        ([9, 8, 30], 10, [None, None, 30]),
        ([10, 20, 30], 10, [10, 20, 30]),
        ([9], 10, [None]),
    ],
)
def test_what_is_withheld(counts: list[int], threshold: int, printed: list[int | None]) -> None:
    assert suppressed(counts, threshold) == printed


def test_without_communities_only_the_plain_split_is_left() -> None:
    area = synthetic.area({"census_totals": CENSUS, "townships": TOWNSHIPS.assign(communities=0)})
    shares = township_shares(area)
    assert shares["share"].tolist() == pytest.approx([2 / 11, 4 / 11, 5 / 11])
    assert (shares["share_low"] == shares["share_high"]).all()


def test_a_pack_without_townships_has_no_split() -> None:
    area = synthetic.area({"census_totals": CENSUS})
    assert township_shares(area).empty
    assert township_children(synthetic.projection(area, lambda year, sex, age: 1.0), [2025]).empty


def test_townships_of_a_draw_add_to_its_county_and_are_as_uncertain_as_they_are_small(xichuan: Area) -> None:
    """Parts add in every draw; beside the county's own spread a township of C p children varies by √(C p (1 − p))."""
    projection = project(xichuan, to=2030, draws=4000)
    county, drawn = projection.draws.persons(0, 2)[-1], township_draws(projection, 2030)
    np.testing.assert_allclose(drawn.sum(axis=0), county, rtol=1e-9)
    share = township_shares(xichuan)["share"].to_numpy()[:, None]
    apart = (drawn - share * county) / np.sqrt(county * share * (1 - share))
    np.testing.assert_allclose(apart.std(axis=1), 1.0, atol=0.06)
    relative = np.log(drawn).std(axis=1)
    assert relative[share.argmin()] > relative[share.argmax()] > np.log(county).std()


def test_without_draws_townships_have_no_range_of_them(xichuan: Area) -> None:
    found = township_children(project(xichuan, to=2030), [2030])
    assert found[["drawn_low", "drawn_high"]].isna().all().all()
    drawn = township_children(project(xichuan, to=2030, draws=400), [2030])
    assert (drawn["drawn_low"] < drawn["children_0_2"]).all()
    assert (drawn["children_0_2"] < drawn["drawn_high"]).all()
