"""Students of a pack stay where they are: they neither age out of their dormitories nor pass for people who moved."""

from dataclasses import replace

import numpy as np
import pytest

from popmodel.areas import Area
from popmodel.forecast import area_censuses
from popmodel.projection import balance_error, project
from tests.forecast.college import STUDENTS, with_students


def test_their_number_is_kept_and_spread_like_the_residents_of_their_ages(xichuan: Area) -> None:
    census = area_censuses(with_students(xichuan, "2020-11-01"))[-1]
    assert census.held_out.sum() == pytest.approx(2 * STUDENTS)
    assert census.held_out[:, 18:22].sum() == pytest.approx(2 * STUDENTS)
    shares = census.held_out[0, 18:22] / census.population[0, 18:22]
    assert shares == pytest.approx(np.full(4, shares[0]))


def test_no_more_are_held_than_live_there(xichuan: Area) -> None:
    area = with_students(xichuan, "2020-11-01")
    crowd = area.tables["group_quarters"].assign(population=10**6)
    census = area_censuses(replace(area, tables={**area.tables, "group_quarters": crowd}))[-1]
    assert np.all(census.held_out <= census.population + 1e-9)


def test_students_do_not_grow_old_in_the_county(xichuan: Area) -> None:
    plain = project(xichuan, to=2040)
    college = project(with_students(xichuan, "2020-11-01"), to=2040)
    assert balance_error(college.resident) < 1e-9
    # Ten years on the students of 2020 are elsewhere and others are 18-21: about 6,000 more of these ages than without a college,
    # as the smaller cohorts behind them do not fill the rooms, and fewer of the ages to which they would have grown.
    ages = {"18-21": (18, 21), "28-31": (28, 31)}
    more = {name: college.persons(*bounds)[2030] - plain.persons(*bounds)[2030] for name, bounds in ages.items()}
    assert more["18-21"] > 0
    assert more["28-31"] < 0
    # Totals of the published years are held either way.
    assert college.persons(0, 100)[2025] == pytest.approx(plain.persons(0, 100)[2025])


def test_a_college_that_was_always_there_is_no_migration(xichuan: Area) -> None:
    both = project(with_students(xichuan, "2010-11-01", "2020-11-01"), to=2030).base.profile
    plain = project(xichuan, to=2030).base.profile
    # Those of 18-21 of 2010 are 28-31 in 2020: without the students fewer were there to leave.
    cohort = list(plain.lowest_ages).index(15)
    assert np.all(np.abs(both.cohorts.net[:, cohort]) < np.abs(plain.cohorts.net[:, cohort]))


def test_a_college_that_was_always_there_is_replayed_as_well(xichuan: Area) -> None:
    base = project(with_students(xichuan, "2010-11-01", "2020-11-01"), to=2030).base
    # The students stay; everybody else moves as counted, within the three per cent that the verdict on the replay allows.
    replayed = base.registered.replayed_residents - base.own[0].held_out
    counted = base.census.population - base.census.held_out
    for age in range(10, 75, 5):
        assert replayed[:, age : age + 5].sum() == pytest.approx(counted[:, age : age + 5].sum(), rel=0.03)
