"""The sliders over the plan of places: each moves what it says it moves, and a plan that cannot be is told, not raised."""

from __future__ import annotations

import pytest

import popmodel as pm
from popmodel.app import places_sliders
from popmodel.app.places_sliders import replanned
from popmodel.areas import Area
from popmodel.projection import Projection

YEARS = range(2026, 2031)


@pytest.fixture(scope="module")
def projection(xichuan: Area) -> Projection:
    return pm.project(xichuan, to=2031, draws=200)


def test_more_enrolment_opens_more_places(projection: Projection) -> None:
    as_assumed, more = (replanned(projection, YEARS, factor, 0.3, 2e6) for factor in (1.0, 1.5))
    demand = [plan[plan["year"] == 2030]["demand"].sum() for plan in (as_assumed, more)]
    assert demand[1] == pytest.approx(1.5 * demand[0], rel=1e-6)
    opened = [plan[["built", "converted"]].to_numpy().sum() for plan in (as_assumed, more)]
    assert opened[1] > opened[0]


def test_what_cannot_be_converted_is_built_or_left(projection: Projection) -> None:
    none = replanned(projection, YEARS, 1.5, 0.0, 2e6)
    assert none["converted"].sum() == 0
    assert none["built"].sum() > 0


def test_without_money_nothing_is_opened(projection: Projection) -> None:
    nothing = replanned(projection, YEARS, 1.5, 0.3, 0.0)
    assert nothing[["built", "converted"]].to_numpy().sum() == 0


def test_a_slider_that_is_moved_shows_another_plan(xichuan: Area) -> None:
    box = places_sliders(xichuan)
    enrolment, conversion, budget, shown = box.children
    before = shown.value
    assert "svg" in before
    enrolment.value = 2.0
    assert shown.value != before
    assert (conversion.value, budget.value) == (0.3, 200.0)  # two million yuan a year
