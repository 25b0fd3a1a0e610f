"""Net migrants from totals, rates and events: totals met exactly, nobody lost, no cell below zero."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from popmodel.demography.migration import intercensal_migration
from popmodel.demography.migration_flows import (
    Event,
    event_moves,
    hold_out,
    net_from_net_rates,
    net_from_numbers,
    net_from_rates,
    put_back,
    within_population,
    without_event,
)
from popmodel.messages import InputError

SHAPE = (3, 2, 6)


def cells(low: float, high: float = 1e5) -> st.SearchStrategy[np.ndarray]:
    return arrays(float, SHAPE, elements=st.floats(low, high))


def test_a_profile_of_one_sign_is_scaled() -> None:
    # Weights 1, 2, 1 of 4: 100 come as 25, 50, 25, and 100 leave as −25, −50, −25, whatever the scale or sign of the weights.
    for weights in ([[1.0, 2.0, 1.0]], [[0.1, 0.2, 0.1]], [[-1.0, -2.0, -1.0]]):
        assert net_from_numbers(100.0, weights).tolist() == pytest.approx(np.array([[25.0, 50.0, 25.0]]))
        assert net_from_numbers(-100.0, weights).tolist() == pytest.approx(np.array([[-25.0, -50.0, -25.0]]))


def test_plus_minus_adjustment_by_hand() -> None:
    # Net migrants 60, −100, 40 and −20 sum to −20, without signs to 220. Wanted: −42, δ = −22, δ/A = −0.1: gains times 0.9,
    # losses times 1.1: 54, −110, 36, −22, in all −42.
    assert net_from_numbers(-42.0, [[60.0, -100.0], [40.0, -20.0]]) == pytest.approx(np.array([[54.0, -110.0], [36.0, -22.0]]))


@given(cells(-1e4, 1e4), arrays(float, 3, elements=st.floats(-1.0, 1.0)))
def test_totals_are_met_and_every_cell_keeps_its_sign(profile: np.ndarray, reach: np.ndarray) -> None:
    profile[:, 0, :2] = [500.0, -500.0]
    size = np.abs(profile).sum(axis=(1, 2))
    total = profile.sum(axis=(1, 2)) + reach * size
    net = net_from_numbers(total, profile)
    assert np.all(np.abs(net.sum(axis=(1, 2)) - total) <= 1e-12 * size)
    assert np.all(net * profile >= 0)
    # Within the gains, and within the losses, the shares by age and sex are those of the profile.
    for kept in (np.maximum, np.minimum):
        mine, given_ = kept(net, 0.0), kept(profile, 0.0)
        assert np.allclose(
            mine * given_.sum(axis=(1, 2), keepdims=True), given_ * mine.sum(axis=(1, 2), keepdims=True), rtol=1e-9, atol=1e-6
        )


@given(cells(0.1), arrays(float, 3, elements=st.integers(-100_000, 100_000).map(float)))
def test_totals_of_a_profile_of_one_sign_are_met(profile: np.ndarray, total: np.ndarray) -> None:
    net = net_from_numbers(total, profile)
    assert np.allclose(net.sum(axis=(1, 2)), total, rtol=1e-12, atol=0)
    assert np.allclose(net_from_numbers(total, profile * 7), net, rtol=1e-12, atol=0)


def test_gross_rates_by_hand() -> None:
    # 0.2 % of 50,000 outside come, 5 % of 1,000 residents leave: 100 − 50.
    assert net_from_rates([[1000.0]], [[0.002]], [[0.05]], in_base=[[50_000.0]]).tolist() == [[50.0]]
    # Ten thousand fewer outside bring 20 fewer; ten residents more lose half a person more.
    assert net_from_rates([[1010.0]], [[0.002]], [[0.05]], in_base=[[40_000.0]]) == pytest.approx(np.array([[29.5]]))


@given(cells(0), cells(0), cells(0, 1), cells(0, 1), cells(-1, 2))
def test_rates_leave_no_cell_below_zero(
    people: np.ndarray, outside: np.ndarray, arriving: np.ndarray, leaving: np.ndarray, net: np.ndarray
) -> None:
    assert np.all(people + net_from_rates(people, arriving, leaving, in_base=outside) >= -1e-9)
    assert np.all(people + net_from_net_rates(people, net) >= -1e-9)


@given(cells(0, 1e4), cells(-1e4, 1e4))
def test_what_cannot_leave_is_returned(people: np.ndarray, net: np.ndarray) -> None:
    found = within_population(people, net)
    assert np.all(people + found.net >= 0)
    assert np.allclose(found.net - found.shortfall, net, atol=1e-9)
    assert np.all((found.shortfall == 0) | (people + found.net == 0))


def test_two_events_of_a_year_and_one_of_another() -> None:
    # 30 leave as the residents are, 20 and 10; 8 come to the first cell; the event of 2012 is not of this year. 60 − 20 + 8.
    people = np.array([[60.0, 30.0]])
    events = [Event(30, 2011), Event(-8, 2011, [[1.0, 0.0]]), Event(99, 2012)]
    found = event_moves(people, events, 2011)
    assert found.net == pytest.approx(np.array([[-12.0, -10.0]]))
    assert np.all(found.shortfall == 0)
    assert np.all(event_moves(people, events, 2013).net == 0)
    # 50 of the second cell, which holds 30: 20 cannot leave.
    cut = event_moves(people, [Event(50, 2011, [[0.0, 1.0]])], 2011)
    assert cut.net.tolist() == [[0, -30]]
    assert cut.shortfall.tolist() == [[0, 20]]


def test_a_census_without_the_resettled_shows_ordinary_migration_only() -> None:
    # Of 700 and 300, a tenth (100) was resettled with the age shape of the residents; nobody died and nobody else moved. With
    # them the cohorts seem to have lost a tenth; without them, nothing.
    first, second = np.array([[700.0, 300.0]]), np.array([[630.0, 270.0]])
    assert intercensal_migration(first, second, 1.0).rate == pytest.approx(np.array([[-0.1, -0.1]]))
    ordinary = without_event(first, 100.0, first)
    assert intercensal_migration(ordinary.population, second, 1.0).net == pytest.approx(np.zeros((1, 2)))
    assert np.all(ordinary.shortfall == 0)


@given(cells(0, 1e4), cells(0.5, 1e4), arrays(float, 3, elements=st.floats(0, 1e5)))
def test_an_event_takes_away_as_many_as_it_says_or_returns_the_rest(
    people: np.ndarray, profile: np.ndarray, persons: np.ndarray
) -> None:
    left = without_event(people, persons, profile)
    assert np.all(left.population >= 0)
    gone = (people - left.population + left.shortfall).sum(axis=(1, 2))
    assert np.allclose(gone, persons, rtol=1e-9, atol=1e-6)


@given(cells(0), cells(0))
def test_nobody_is_lost_by_holding_out(people: np.ndarray, quarters: np.ndarray) -> None:
    apart = hold_out(people, quarters)
    assert np.allclose(put_back(apart.ordinary, apart.held), people, rtol=1e-15, atol=0)
    assert np.all((apart.ordinary >= 0) & (apart.held >= 0))
    assert np.allclose(apart.held + apart.shortfall, quarters, rtol=1e-12, atol=1e-9)


def test_those_held_out_keep_their_ages_while_the_others_grow_older() -> None:
    # 5,000 students among 9,000 aged 20: the 4,000 others are 21 a year later, and the college is as full as before.
    apart = hold_out([[9000.0, 3000.0]], [[5000.0, 0.0]])
    older = np.array([[0.0, apart.ordinary[0, 0]]])
    assert put_back(older, apart.held).tolist() == [[5000, 4000]]


def test_a_batch_is_the_loop_over_its_parts() -> None:
    random = np.random.default_rng(11)
    shape = (2, 3, 2, 6)
    people, quarters, outside, weights = (random.uniform(0, 100, shape) for _ in range(4))
    rates_in, rates_out = (random.uniform(0, 0.2, shape) for _ in range(2))
    mixed = random.uniform(-100, 100, shape)
    mixed[1] = np.abs(mixed[1])  # one area gains at every age
    total = mixed.sum(axis=(-2, -1)) + random.uniform(-50, 50, shape[:2])
    persons = random.uniform(0, 2000, shape[:2])

    def all_of(place: Any) -> list[np.ndarray]:
        return [
            net_from_numbers(total[place], mixed[place]),
            net_from_rates(people[place], rates_in[place], rates_out[place], in_base=outside[place]),
            net_from_net_rates(people[place], rates_in[place] - rates_out[place]),
            *within_population(people[place], mixed[place]),
            *event_moves(people[place], [Event(300, 2011, weights[place]), Event(20, 2011)], 2011),
            *without_event(people[place], persons[place], weights[place]),
            *hold_out(people[place], quarters[place]),
            put_back(people[place], quarters[place]),
        ]

    whole = all_of(...)
    for place in np.ndindex(2, 3):
        for batch, single in zip(whole, all_of(place), strict=True):
            assert np.allclose(batch[place], single, rtol=1e-12, atol=1e-12)
    # Relabelled areas keep their migrants.
    for batch, turned in zip(whole, all_of(slice(None, None, -1)), strict=True):
        assert np.allclose(batch[::-1], turned, rtol=1e-12, atol=1e-12)


ONE = np.ones((2, 3))
REFUSED: list[tuple[str, Callable[[], Any]]] = [
    ("profile_empty", lambda: net_from_numbers(5.0, 0 * ONE)),
    ("value_missing", lambda: net_from_numbers(np.nan, ONE)),
    ("value_missing", lambda: net_from_numbers(1.0, np.inf * ONE)),
    ("plus_minus_too_far", lambda: net_from_numbers(500.0, [[60.0, -100.0]])),
    ("probability_above_one", lambda: net_from_rates(ONE, ONE, 5 * ONE, in_base=ONE)),
    ("value_negative", lambda: net_from_rates(ONE, -ONE, ONE, in_base=ONE)),
    ("shapes_do_not_match", lambda: net_from_rates(ONE, np.ones((2, 4)), ONE, in_base=1.0)),
    ("net_rate_below_minus_one", lambda: net_from_net_rates(ONE, -1.5 * ONE)),
    ("value_negative", lambda: event_moves(ONE, [Event(1, 2011, -ONE)], 2011)),
    ("profile_empty", lambda: without_event(ONE, 1.0, 0 * ONE)),
    ("value_negative", lambda: hold_out(ONE, -ONE)),
]


@pytest.mark.parametrize(("code", "call"), REFUSED)
def test_what_cannot_be_is_refused_in_both_languages(code: str, call: Callable[[], Any]) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert [problem.code for problem in caught.value.problems] == [code]
    for lang in ("zh", "en"):
        assert caught.value.describe(lang)
