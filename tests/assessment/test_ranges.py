"""Ranges and chances of finished quantities against hand calculations, and places and money of a draw against the plain rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import popmodel as pm
from popmodel.areas import Area
from popmodel.assessment import Quantity, beside_baseline, chances, draws_frame, people, ranges, scenario_draws
from popmodel.childcare import MEASURES, places_draws, places_required
from popmodel.projection import Projection, launch
from popmodel.projection.quantiles import QUANTILES, quantiles
from popmodel.subsidies import amount_draws, subsidy_amounts

YEARS = [2026, 2030, 2035]


@pytest.fixture(scope="module")
def drawn(xichuan: Area) -> Projection:
    return pm.project(xichuan, to=2035, draws=200, seed=3)


def as_central(projection: Projection, draw: int) -> Projection:
    """The projection whose central stocks are those of one draw."""
    assert projection.draws is not None
    stocks = {
        name: getattr(projection, name).assign(
            population=getattr(projection, name)["population"].copy(data=projection.draws.run(name).stock[..., draw])
        )
        for name in ("resident", "registered")
    }
    return replace(projection, **stocks, draws=None)


def test_quantiles_by_hand() -> None:
    """Of 0, 10, …, 100 the quantile q is 100 q: ten steps, a tenth of the draws each."""
    values = np.random.default_rng(1).permutation(np.arange(0.0, 110.0, 10.0))
    np.testing.assert_allclose(quantiles(values), [100 * share for share in QUANTILES])


def test_quantiles_are_those_of_numpy() -> None:
    values = np.random.default_rng(2).normal(size=(3, 4, 999))
    np.testing.assert_allclose(quantiles(values.copy()), np.quantile(values, QUANTILES, axis=-1), rtol=1e-14)


def test_ranges_keep_years_and_quantities_apart() -> None:
    draws = np.stack([np.arange(101.0), 1000 + np.arange(101.0)])
    found = ranges({"a": Quantity([2026, 2027], draws, np.array([50.0, 1050.0])), "b": Quantity([2026], draws[:1], draws[0, :1])})
    assert found["q90"].tolist() == [90.0, 1090.0, 90.0]
    assert found["central"].tolist() == [50.0, 1050.0, 0.0]
    assert (draws[0] == np.arange(101.0)).all(), "the draws are left as they were"


def test_a_sum_has_its_own_range() -> None:
    """Two quantities that go against each other add to a certain sum, whatever their own ranges are."""
    up = np.arange(101.0)[None]
    found = ranges({"up": Quantity([2026], up, up[:, 50]), "sum": Quantity([2026], up + up[:, ::-1], up[:, 50])})
    assert found.set_index("quantity")[["q05", "q95"]].to_numpy().tolist() == [[5.0, 95.0], [100.0, 100.0]]


def test_chances_are_shares_of_draws() -> None:
    found = chances({"met": ([2026, 2027], np.array([[True, True, False, True], [False] * 4]))})
    assert found["probability"].tolist() == [0.75, 0.0]


@pytest.mark.parametrize("draw", [0, 137])
def test_places_of_a_draw_come_from_its_people(drawn: Projection, draw: int) -> None:
    plain = places_required(as_central(drawn, draw), years=YEARS)
    found = places_draws(drawn, YEARS)
    for measure in MEASURES:
        for kind in ("required", "gap"):
            name = f"{kind}_{measure}"
            np.testing.assert_allclose(found[name][:, draw], plain[name].to_numpy(dtype=float), rtol=1e-12)


@pytest.mark.parametrize("draw", [0, 137])
def test_money_of_a_draw_comes_from_its_registered_people(drawn: Projection, draw: int) -> None:
    certain = dict.fromkeys(("uncertainty.recipient_share", "uncertainty.take_up", "uncertainty.standard_raise_size"), 0.0)
    drawn = replace(drawn, assumptions=drawn.assumptions.with_changes(certain))
    plain = subsidy_amounts(as_central(drawn, draw)).pivot(index="year", columns="scheme", values="amount_yuan")
    for scheme, amounts in amount_draws(drawn).items():
        np.testing.assert_allclose(amounts[:, draw], plain[scheme].fillna(0.0).to_numpy(), rtol=1e-12)


def test_the_outturn_is_the_same_in_all_draws(drawn: Projection) -> None:
    """13,813,520.00 yuan were paid in 2023 whatever comes."""
    total = np.sum([amounts[0] for amounts in amount_draws(drawn, [2023]).values()], axis=0)
    assert (total == 13_813_520.0).all()


def test_scenarios_differ_draw_by_draw_in_what_they_change(xichuan: Area) -> None:
    chosen = [xichuan.scenarios[key] for key in ("medium", "high_fertility")]
    found = scenario_draws(launch(xichuan), chosen, [2030], draws=100, seed=3).pivot(
        index="draw", columns="scenario", values="births"
    )
    assert (found["high_fertility"] > found["medium"]).all()
    assert np.corrcoef(found["high_fertility"], found["medium"])[0, 1] > 0.95


def test_a_scenario_beside_the_baseline_by_hand() -> None:
    """Eleven draws 0 to 100; the scenario has ten more in all of them but the first, where it has ten less."""
    base = np.arange(0.0, 110.0, 10.0)
    other = base + np.where(np.arange(11) == 0, -10.0, 10.0)
    frames = [
        pd.DataFrame({"scenario": name, "draw": np.arange(11), "year": 2030, "births": values})
        for name, values in (("medium", base), ("high", other))
    ]
    found = beside_baseline(pd.concat(frames), "medium", "births").set_index("scenario")
    assert found.loc["medium", ["low", "high", "difference"]].tolist() == [10.0, 90.0, 0.0]
    assert found.loc["high", ["low", "high", "difference", "more"]].tolist() == pytest.approx([20.0, 100.0, 10.0, 10 / 11])


def test_every_draw_is_kept_on_request(drawn: Projection) -> None:
    frame = draws_frame(drawn)
    one = frame[(frame["quantity"] == "births") & (frame["year"] == 2030)]
    np.testing.assert_array_equal(one["value"].to_numpy(), people(drawn, [2030])["births"].draws[0])


def test_a_projection_without_draws_has_no_ranges(xichuan: Area) -> None:
    with pytest.raises(ValueError, match="no draws"):
        people(pm.project(xichuan, to=2030), [2030])
