"""Women by parity as a state: nobody is lost, no birth lacks a mother, and what goes in as rates comes out as rates."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from popmodel.demography.fertility import total_fertility_by_order
from popmodel.demography.parity import (
    age_parity,
    birth_probabilities,
    fertility_by_order,
    parity_from_rates,
    parity_rates,
    progression_ratios,
    scale_to_total,
)
from tests.demography.refusal import refused

REFERENCE = Path(__file__).resolve().parents[2] / "data" / "reference" / "fertility.csv"
AGES = 6

rate_tables = arrays(float, (2, 3, AGES), elements=st.floats(0.0, 2.0))


@st.composite
def states(draw: st.DrawFn, areas: int = 2) -> np.ndarray:
    weights = draw(arrays(float, (areas, 3, AGES), elements=st.floats(0.01, 1.0)))
    return weights / weights.sum(axis=-2, keepdims=True)


def reference(residence: str) -> np.ndarray:
    """Births per woman by order (1, 2, 3+) and single age 0-100 of 2020."""
    rates = np.zeros((3, 101))
    with REFERENCE.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if (row["census"], row["residence"]) == ("2020", residence):
                rates[("1", "2", "3+").index(row["order"]), int(row["age"])] = float(row["asfr"])
    return rates


def test_one_year_worked_by_hand() -> None:
    # Two ages, parities 0, 1, 2+. Women-years at the first age: half at its own shares (0.8, 0.2, 0), half just arrived, all at
    # parity 0 → (0.9, 0.1, 0); at the second: half (0.5, 0.3, 0.2), half (0.8, 0.2, 0) → (0.65, 0.25, 0.1).
    share = np.array([[0.8, 0.5], [0.2, 0.3], [0.0, 0.2]])
    f = np.array([[0.09, 0.13], [0.01, 0.05], [0.0, 0.02]])
    rates = parity_rates(f, share)
    # −log(1 − 0.1) = 0.105361, −log(1 − 0.2) = 0.223144.
    expected = [[0.1053605157, 0.2231435513], [0.1053605157, 0.2231435513], [0.0, 0.2231435513]]
    assert rates == pytest.approx(np.array(expected), abs=1e-9)
    assert fertility_by_order(share, rates) == pytest.approx(f, abs=1e-15)
    # A year later: those arriving at the first age had half a year at 0.1 → (0.95, 0.05, 0). Those arriving at the second,
    # (0.8, 0.2, 0), had the mean of 0.1 and 0.2: 0.8 · 0.85 = 0.68 stay, 0.12 + 0.2 · 0.85 = 0.29, 0.2 · 0.15 = 0.03.
    after = age_parity(share, birth_probabilities(rates))
    assert after == pytest.approx(np.array([[0.95, 0.68], [0.05, 0.29], [0.0, 0.03]]), abs=1e-12)


@pytest.mark.parametrize("residence", ["total", "city", "town", "rural"])
def test_launch_rates_give_the_schedule_of_2020_back(residence: str) -> None:
    f = reference(residence)
    share = parity_from_rates(f[None])
    assert fertility_by_order(share, parity_rates(f, share)) == pytest.approx(f, abs=1e-15)
    # A synthetic cohort ends with as many first (second) births as its rates sum to: P(≥1) = TFR_1, P(≥2) = TFR_2. (At the end of
    # the year in which it reaches 50: at 49 half a year of the last rates is still to come. The second births of girls in the
    # half-year after they reach 14, two in 100,000 at most, have no mother of one at the start of the year, and are not borne.)
    at_least = np.array([1 - share[0, 50], share[2, 50]])
    assert at_least == pytest.approx(total_fertility_by_order(f)[:2] - [0, f[1, 14] / 2], abs=1e-12)
    ratios = progression_ratios(share[:, 50])
    assert ratios == pytest.approx([at_least[0], at_least[1] / at_least[0]], abs=1e-12)


def test_rates_held_constant_end_in_the_synthetic_cohort() -> None:
    f = reference("total")
    rates = parity_rates(f, parity_from_rates(f[None]))
    share = np.zeros((3, 101))
    share[1] = 1.0  # an absurd start, forgotten once every age has been reached from the first
    for _ in range(101):
        share = age_parity(share, birth_probabilities(rates))
    # One woman followed by plain sums: half a year at each of the two ages she passes in a calendar year.
    state, p = np.array([1.0, 0.0, 0.0]), 1 - np.exp(-rates)
    for age in range(50):
        q = (p[:, age] + (p[:, age - 1] if age else 0.0)) / 2
        state = np.array([state[0] * (1 - q[0]), state[1] * (1 - q[1]) + state[0] * q[0], state[2] + state[1] * q[1]])
        assert share[:, age] == pytest.approx(state, abs=1e-12)
    # And the births of such a year are the cohort's: order by order they sum to the share that got so far.
    born = fertility_by_order(share, rates).sum(axis=-1)
    assert born[:2] == pytest.approx([1 - share[0, 60], share[2, 60]], abs=1e-12)


def test_a_cohort_lives_through_the_schedules_of_its_years() -> None:
    # Three ages, the last order open; first births 0.2 at every age in the first year, 0.4 in the second. The cohort aged 2
    # at the end of the second year was 1 at its start and 0 a year before: 0.2/2 (reaching 0, before the series: first schedule),
    # 0.2 in the first year and 0.4 in the second.
    f = np.zeros((2, 2, 3))
    f[0, 0], f[1, 0] = 0.2, 0.4
    share = parity_from_rates(f)
    assert 1 - share[0] == pytest.approx([0.4 / 2, 0.2 / 2 + 0.4, 0.2 / 2 + 0.2 + 0.4], abs=1e-12)


def test_births_beyond_the_women_there_stop_at_them() -> None:
    share = parity_from_rates(np.full((1, 2, 8), 0.3))
    assert share[0] == pytest.approx([0.85, 0.55, 0.25, 0, 0, 0, 0, 0], abs=1e-12)


@given(states(), rate_tables)
def test_shares_stay_shares_and_births_have_mothers(share: np.ndarray, rates: np.ndarray) -> None:
    for factor in (1.0, 1000.0):
        after = age_parity(share, birth_probabilities(rates * factor))
        assert np.all((after >= 0) & (after <= 1))
        assert after.sum(axis=-2) == pytest.approx(np.ones((2, AGES)), abs=1e-12)
        born = fertility_by_order(share, rates * factor)
        arriving = np.concatenate([np.tile([[1.0], [0.0], [0.0]], (2, 1, 1)), share[..., :-1]], axis=-1)
        assert np.all(born <= (share + arriving) / 2 + 1e-15)
        # Everybody who moved up had a birth of the order: births at both ages of the year are those of the cohorts, half each;
        # those leaving the last age have half a year there, and are no longer in the state.
        moved = np.cumsum(arriving - after, axis=-2)[:, :-1].sum(axis=-1)
        left = (share[..., -1] * birth_probabilities(rates * factor)[..., -1] / 2)[:, :-1]
        assert moved + left == pytest.approx(born[:, :-1].sum(axis=-1), abs=1e-12)


@given(states(), rate_tables)
def test_rates_and_births_are_each_others_inverse(share: np.ndarray, rates: np.ndarray) -> None:
    assert parity_rates(fertility_by_order(share, rates), share) == pytest.approx(rates, abs=1e-9)


@given(states(), arrays(float, (2, 3, AGES), elements=st.floats(0.01, 2.0)), st.floats(0.01, 50.0))
def test_the_factor_to_a_total_is_found(share: np.ndarray, rates: np.ndarray, factor: float) -> None:
    # (The total levels off where every woman there bears: past that, factors cannot be told apart, their totals can.)
    total = fertility_by_order(share, rates * factor).sum(axis=(-2, -1))
    found = scale_to_total(share, rates, total)
    assert fertility_by_order(share, rates * found[:, None, None]).sum(axis=(-2, -1)) == pytest.approx(total, rel=1e-12)


def test_totals_of_a_path_and_of_draws_go_in_one_call() -> None:
    f = reference("total")
    share = parity_from_rates(f[None])
    rates = parity_rates(f, share)
    targets = np.array([0.0, 0.6, 1.0, f.sum(), 2.0])
    factors = scale_to_total(share, rates, targets)
    assert fertility_by_order(share, rates * factors[:, None, None]).sum(axis=(-2, -1)) == pytest.approx(targets, abs=1e-12)
    assert factors[[0, 3]] == pytest.approx([0.0, 1.0], abs=1e-9)
    assert np.all(np.diff(factors) > 0)
    # To double births takes more than to double rates: with every birth there are fewer women left to bear that order.
    assert scale_to_total(share, rates, 2 * f.sum()) > 2


def test_a_total_beyond_the_women_is_refused() -> None:
    share = np.stack([np.ones(4), np.zeros(4)])
    rates = np.array([[0.1] * 4, [0.1] * 4])
    # All at parity 0 at the start of the year, nobody can bear a second child: at most one birth a woman at each of four ages.
    facts = refused("total_fertility_unreachable", lambda: scale_to_total(share, rates, [1.0, 4.1]))
    assert facts["count"] == 1
    assert facts["limit"] == pytest.approx(4.0)
    assert scale_to_total(share, rates, 3.9999) > 50
    refused("total_fertility_unreachable", lambda: scale_to_total(share, rates * 0, 0.1))
    assert scale_to_total(share, rates * 0, 0.0) == 0


def test_third_births_fall_when_there_were_fewer_second_ones() -> None:
    # Why parity is carried: the same rates of third births meet fewer mothers of two some years after second births were halved.
    f = reference("rural")
    share = parity_from_rates(f[None])
    rates = parity_rates(f, share)
    fewer = rates * np.array([1.0, 0.5, 1.0])[:, None]
    usual = share
    for _ in range(8):
        share, usual = age_parity(share, birth_probabilities(fewer)), age_parity(usual, birth_probabilities(rates))
    ratio = fertility_by_order(share, fewer).sum(axis=-1) / fertility_by_order(usual, rates).sum(axis=-1)
    assert ratio[0] == pytest.approx(1.0, abs=1e-12)
    assert 0.5 < ratio[1] < 1  # more mothers of one are left, so second births fall by less than their rates
    assert ratio[2] < 1


@given(states(), rate_tables)
def test_a_batch_is_the_areas_one_by_one(share: np.ndarray, rates: np.ndarray) -> None:
    f, p = fertility_by_order(share, rates), birth_probabilities(rates)
    series = np.stack([f, f * 0.8], axis=1)
    total = f.sum(axis=(-2, -1)) * 0.7
    for area in range(2):
        assert np.array_equal(f[area], fertility_by_order(share[area], rates[area]))
        assert np.array_equal(age_parity(share, p)[area], age_parity(share[area], p[area]))
        assert np.array_equal(parity_rates(f, share)[area], parity_rates(f[area], share[area]))
        assert np.array_equal(parity_from_rates(series)[area], parity_from_rates(series[area]))
        ends = np.moveaxis(share, -1, 1)
        assert np.array_equal(progression_ratios(ends)[area], progression_ratios(ends[area]))
        if total[area] > 0:
            one = scale_to_total(share[area], rates[area], total[area])
            assert scale_to_total(share, rates, total)[area] == pytest.approx(float(one), rel=1e-12)


def test_what_is_no_state_is_refused() -> None:
    share = np.array([[0.8, 0.5], [0.2, 0.5]])
    rates = np.full((2, 2), 0.1)
    assert refused("shares_do_not_sum", lambda: fertility_by_order(share * [1.0, 0.9], rates))["place"] == 1
    refused("probability_above_one", lambda: age_parity(share + 0.5, rates))
    facts = refused("births_exceed_mothers", lambda: parity_rates([[0.1, 0.1], [0.1, 0.1]], share))
    assert (facts["order"], facts["place"], facts["mothers"]) == (2, 0, pytest.approx(0.1))
    assert refused("axis_of_wrong_length", lambda: fertility_by_order(share, np.full((3, 2), 0.1)))["found"] == 3
    refused("axis_of_wrong_length", lambda: fertility_by_order(share, [0.1, 0.1]))
    refused("axes_too_few", lambda: parity_from_rates(rates))
    refused("axes_too_few", lambda: age_parity([0.5, 0.5], [0.1, 0.1]))
    refused("value_negative", lambda: birth_probabilities([-0.1]))


def test_a_factor_does_not_depend_on_the_others_it_is_found_with() -> None:
    """One is there in two steps, another, near all who can bear, in dozens: those that have arrived must not move on."""
    random = np.random.default_rng(2)
    rates = random.uniform(0.0, 0.2, (12, 3, 40))
    share = random.dirichlet([4.0, 2.0, 1.0], (12, 40)).swapaxes(-1, -2)
    most = fertility_by_order(share, 1e3 * rates).sum(axis=(-2, -1))
    wanted = most * np.linspace(0.02, 0.999, 12)
    together = scale_to_total(share, rates, wanted)
    for case in range(12):
        pair = [case, (case + 1) % 12]
        assert scale_to_total(share[pair], rates[pair], wanted[pair])[0] == together[case]
