"""Draws of recipients and amounts, and the stock and flow behind them, on Xichuan."""

from __future__ import annotations

import numpy as np
import pytest

from popmodel.areas import load_area
from popmodel.projection import Projection, project
from popmodel.subsidies import amount_draws, recipient_flows, subsidy_amounts
from popmodel.subsidies.recipients.people import People
from popmodel.subsidies.recipients.uncertainty import drawn_shocks
from tests.subsidies import synthetic

YEARS = range(2023, 2036)


@pytest.fixture(scope="module")
def xichuan() -> Projection:
    return project(load_area(synthetic.ROOT / "data" / "xichuan"), "medium", 2035, draws=400)


def test_start_entrants_and_exits_make_the_end(xichuan: Projection) -> None:
    flows = recipient_flows(xichuan, YEARS).set_index(["scheme", "year"])
    made = flows["start"] + flows["entrants"] - flows["deaths"] - flows["moved"] - flows["ended"]
    assert (made - flows["end"]).abs().max() < 1e-6
    for scheme, paid in {"rural_family_reward": 6743, "urban_only_child_parents": 3858, "special_support": 353}.items():
        assert flows.loc[(scheme, 2024), "start"] == pytest.approx(paid)
    follows = flows["start"].drop(2024, level="year").to_numpy()
    assert follows == pytest.approx(flows["end"].drop(2035, level="year").to_numpy())
    amounts = subsidy_amounts(xichuan).set_index(["scheme", "year"])["recipients"]
    assert flows["end"].to_numpy() == pytest.approx(amounts.loc[flows.index].to_numpy())


def test_registrations_that_nobody_moves_leave_nothing_in_moved(xichuan: Projection) -> None:
    # The baseline has no net moves of registration: deaths and the age structure alone must explain the rewards.
    flows = recipient_flows(xichuan, YEARS)
    rewards = flows[flows["scheme"].isin(["rural_family_reward", "urban_only_child_parents"])]
    assert rewards["moved"].abs().max() < 0.5  # persons: the cohorts that meet in the open group have shares of their own
    assert rewards["deaths"].min() > 0


def test_every_draw_starts_from_what_was_paid(xichuan: Projection) -> None:
    drawn = amount_draws(xichuan, [2023])
    assert {scheme: set(np.round(values[0], 2)) for scheme, values in drawn.items() if values.any()} == {
        "rural_family_reward": {6_473_280.0},
        "urban_only_child_parents": {3_703_680.0},
        "special_support": {3_360_560.0},
        "only_child_award": {276_000.0},
    }


def test_standards_are_known_until_they_are_checked_again(xichuan: Projection) -> None:
    shocks = drawn_shocks(xichuan)
    years = list(shocks.years)
    for scheme, factors in shocks.standard.items():
        assert (factors[: years.index(2026) + 1] == 1).all(), scheme
        assert (np.diff(factors, axis=0) >= 0).all(), scheme
    # A chance of 0.21 a year from 2027: in the four years to 2030 1 − 0.79⁴ = 61 % of the draws see a raise.
    raised = (shocks.standard["special_support"][years.index(2030)] > 1).mean()
    assert raised == pytest.approx(1 - 0.79**4, abs=0.08)
    assert np.array_equal(shocks.standard["rural_family_reward"], shocks.standard["urban_only_child_parents"])


def test_nobody_claims_more_than_there_is(xichuan: Projection) -> None:
    shocks = drawn_shocks(xichuan)
    level = xichuan.assumptions.path("subsidies.allowance_take_up", shocks.years)[:, None]
    claimed = shocks.take_up["childcare_allowance"] * level
    assert claimed.max() < 1
    # logit(0.95) = 2.944; 0.6 × 1.2816 = 0.769 either way: 0.898 and 0.976
    of_2030 = np.quantile(claimed[list(shocks.years).index(2030)], [0.1, 0.9])
    assert of_2030 == pytest.approx([0.898, 0.976], abs=0.012)


def test_more_draws_leave_the_first_alone(xichuan: Projection) -> None:
    more = drawn_shocks(project(xichuan.area, "medium", 2035, draws=500))
    for scheme, factors in drawn_shocks(xichuan).standard.items():
        assert np.array_equal(factors, more.standard[scheme][:, :400])


def test_without_spreads_of_its_own_a_draw_is_its_people_at_the_central_assumptions(xichuan: Projection) -> None:
    own = ("uncertainty.recipient", "uncertainty.standard", "uncertainty.take_up")
    spreads = {entry.key: 0 for entry in xichuan.assumptions if entry.key.startswith(own)}
    book = xichuan.assumptions.with_changes(spreads)
    quiet = Projection(**{**vars(xichuan), "assumptions": book})
    shocks = drawn_shocks(quiet)
    assert all(np.allclose(one, 1) for one in (*shocks.share.values(), *shocks.take_up.values(), *shocks.standard.values()))
    people = People(quiet, drawn=True)
    children = people.stock(2030)[:, 0].sum(axis=0)
    assert children.shape == (400,)
    drawn, central = amount_draws(quiet, [2030])["childcare_allowance"][0], subsidy_amounts(quiet, years=[2030])
    paid = central.loc[central["scheme"] == "childcare_allowance", "amount_yuan"].iloc[0]
    assert np.median(drawn) == pytest.approx(paid, rel=0.05)
