"""Children by month of age and their demand: by hand on even stocks, and what must hold for Xichuan in every draw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import popmodel as pm
from popmodel.areas import Area
from popmodel.childcare.demand import attending_ages, demand, enrolment_by_month, township_units
from popmodel.projection import Projection
from tests.childcare.test_supply import facility
from tests.subsidies import synthetic
from tests.subsidies.synthetic import BOOK

YEARS = range(2026, 2031)


@pytest.fixture(scope="module")
def drawn(xichuan: Area) -> Projection:
    return pm.project(xichuan, to=2031, draws=200, seed=3)


def even(**changes: object) -> Projection:
    """1,200 children of each age every year, none of them in a township of their own."""
    book = BOOK.with_changes(changes)
    return synthetic.projection(synthetic.area({"census_totals": CENSUS}, book=book), lambda year, sex, age: 600, book=book)


CENSUS = pd.DataFrame({"date": [], "indicator": [], "value": []})


def test_an_even_stock_has_a_hundred_children_at_every_month_of_age() -> None:
    # 1,200 a birth year, born evenly: 100 of each month of age at the end of every month, but for those under six months.
    found = attending_ages(even(), YEARS)
    assert found.shape == (12, 5, 36, 1)
    assert found[:, :, 6:] == pytest.approx(100)
    assert not found[:, :, :6].any()


def test_demand_of_an_even_stock_by_hand() -> None:
    # 600 children of 6-11 months at 2 × 1 %, 1,200 of 1 year at 10 %, 1,200 of 2 at 30 %: 12 + 120 + 360; a tenth held besides.
    found = demand(
        even(
            **{
                "childcare.enrolment_age_0": {2026: 0.01},
                "childcare.enrolment_age_1": {2026: 0.1},
                "childcare.enrolment_age_2": {2026: 0.3},
                "childcare.entry_buffer": {2026: 0.1},
            }
        ),
        YEARS,
    )
    assert found.enrolled == pytest.approx(np.full((1, 5), 492))
    assert found.places == pytest.approx(np.full((1, 5), 541.2))
    assert found.children == pytest.approx(np.full((1, 5), 3_600))


def test_demand_by_age_by_hand() -> None:
    # As above: 12, 120 and 360 of 492, with a tenth held for each.
    changes = {f"childcare.enrolment_age_{age}": {2026: rate} for age, rate in enumerate((0.01, 0.1, 0.3))}
    found = demand(even(**changes, **{"childcare.entry_buffer": {2026: 0.1}}), YEARS)
    assert found.places_by_group()[:, 0] == pytest.approx(np.array([[13.2] * 5, [132.0] * 5, [396.0] * 5]))


def test_nobody_attends_at_no_enrolment() -> None:
    found = demand(even(**{f"childcare.enrolment_age_{age}": {2026: 0.0} for age in range(3)}), YEARS)
    assert not found.places_by_group().any()


def test_enrolment_falls_where_no_place_is_within_reach() -> None:
    """Two townships alike, a facility beside the one from the launch on and beside the other from 2028; half out of reach."""
    townships = pd.DataFrame(
        {"code": ["A", "B"], "name": ["甲", "乙"], "other_name": ["", ""], "village_level_units": [2, 2], "communities": [1, 1]}
    )
    points = pd.DataFrame(
        {
            "id": ["V1", "V2"],
            "township": ["A", "B"],
            "weight": [1, 1],
            "longitude": [111.5, 112.5],
            "latitude": 33.0,
            "datum": "WGS84",
        }
    )
    sites = [facility("one", "A", 30, "2020-01-01"), facility("two", "B", 30, "2028-06-01")]
    held = pd.DataFrame(sites).assign(longitude=[111.5, 112.5], latitude=33.0, datum="WGS84")
    tables = {"census_totals": CENSUS, "townships": townships}
    plain, told = (
        demand(synthetic.projection(synthetic.area(tables | more, book=BOOK), lambda year, sex, age: 600), YEARS)
        for more in ({}, {"points": points, "facilities": held})
    )
    # At first two thirds of the county's enrolment are in A; the county's own stays as assumed, and rises by a third when the
    # second opens: half of its children then attend twice as often as at the launch.
    assert told.enrolled[:, 0] / plain.enrolled[:, 0] == pytest.approx([4 / 3, 2 / 3])
    assert told.enrolled[:, :2].sum(axis=0) == pytest.approx(plain.enrolled[:, :2].sum(axis=0))
    assert told.enrolled[:, 2] / plain.enrolled[:, 2] == pytest.approx([4 / 3, 4 / 3])


def test_a_fee_moves_enrolment_by_its_elasticity() -> None:
    # A fee half as high again at −0.4: 1.5 ** −0.4 = 0.850 of the enrolment.
    plain = enrolment_by_month(even(), YEARS)
    dearer = enrolment_by_month(even(**{"childcare.fee_factor": {2026: 1.5}}), YEARS)
    assert dearer[:, 6:] == pytest.approx(plain[:, 6:] * 1.5**-0.4)


def test_children_who_go_along_with_their_parents_need_no_place() -> None:
    assert demand(even(**{"childcare.local_hold": {2026: 0.9}}), YEARS).places == pytest.approx(
        0.9 * demand(even(), YEARS).places
    )


def test_rural_enrolment_moves_places_between_townships_only(xichuan: Area) -> None:
    alike = replace(xichuan, assumptions=xichuan.assumptions.with_changes({"childcare.enrolment_rural": {2026: 1.0}}))
    one, other = (demand(pm.project(area, to=2031), YEARS) for area in (xichuan, alike))
    assert one.places.sum(axis=0) == pytest.approx(other.places.sum(axis=0))
    urban = township_units(xichuan)["urban"].to_numpy() == 1
    assert (one.places[urban] > other.places[urban]).all()
    # Alike, places follow the children.
    assert other.places / other.places.sum(axis=0) == pytest.approx(other.children / other.children.sum(axis=0))


def test_townships_of_a_draw_add_to_its_county(drawn: Projection) -> None:
    found = demand(drawn, YEARS, drawn=True)
    draws = drawn.draws
    assert draws is not None
    rows = [drawn.years.index(year) for year in YEARS]
    assert found.children.sum(axis=0) == pytest.approx(draws.persons(0, 2)[rows])
    assert (found.enrolled <= found.children + 1e-9).all()
    assert (found.places >= found.enrolled).all()


def test_a_draw_without_spread_in_enrolment_has_the_central_rates(drawn: Projection) -> None:
    still = replace(drawn, assumptions=drawn.assumptions.with_changes({"uncertainty.enrolment": 0.0}))
    central, found = enrolment_by_month(still, YEARS), enrolment_by_month(still, YEARS, drawn=True)
    assert found == pytest.approx(np.broadcast_to(central, found.shape))


def test_more_draws_leave_the_first_alone(xichuan: Area) -> None:
    few, many = (demand(pm.project(xichuan, to=2028, draws=draws, seed=3), [2027], drawn=True) for draws in (100, 200))
    assert (few.places == many.places[..., :100]).all()
