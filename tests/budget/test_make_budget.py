"""Xichuan's budget: what was paid to the fen, what is asked for, when, from whom, and what could move it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from popmodel.areas import Area, load_area
from popmodel.budget import PAYERS, TOTAL, Budget, budget_notes, by_scheme, make_budget
from popmodel.budget.settlement import next_request, settlement
from popmodel.budget.yearly_bridge import yearly_bridge
from popmodel.messages import InputError
from popmodel.projection import Launch, Projection, launch, project_from
from popmodel.scenarios import find_scenario
from popmodel.subsidies import amount_draws, subsidy_amounts
from tests.subsidies import synthetic

YEARS = range(2023, 2031)


@pytest.fixture(scope="module")
def area() -> Area:
    return load_area(synthetic.ROOT / "data" / "xichuan")


@pytest.fixture(scope="module")
def start(area: Area) -> Launch:
    return launch(area)


@pytest.fixture(scope="module")
def projection(area: Area, start: Launch) -> Projection:
    return project_from(start, area.scenarios["medium"], 2030, draws=300)


@pytest.fixture(scope="module")
def made(start: Launch, projection: Projection) -> Budget:
    return make_budget(start, projection, YEARS)


def other(start: Launch, scenario: str, years: range = YEARS) -> Budget:
    found = project_from(start, find_scenario(start.area.scenarios, scenario), 2030)
    return make_budget(start, found, years)


def total(frame: pd.DataFrame, column: str = "amount_fen", **chosen: object) -> int:
    for name, value in chosen.items():
        frame = frame[frame[name] == value]
    return int(frame[column].sum())


def test_the_outturn_of_2023_stands_in_the_budget_to_the_fen(made: Budget) -> None:
    assert total(made.appropriation, year=2023) == 1_381_352_000
    # 60 % of 6,473,280.00; half of 3,360,560.00 is base, 60 % of it the centre's; nothing of the other two.
    assert total(made.appropriation, year=2023, payer="central") == 388_396_800 + 100_816_800


def test_parts_add_to_the_printed_total_in_whole_yuan(made: Budget) -> None:
    for year in range(2024, 2031):
        own = made.appropriation[made.appropriation["year"] == year]
        assert (own["amount_fen"] % 100 == 0).all()
        exact = made.payments.loc[made.payments["year"] == year, "amount_yuan"]
        assert int(own["amount_fen"].sum()) == 100 * round(exact.sum())
        assert np.abs(own["amount_fen"].to_numpy(dtype=float) / 100 - exact.to_numpy()).max() < 1


def test_quarters_add_to_the_year_of_each_payer(made: Budget) -> None:
    keys = ["scheme", "payer", "year"]
    quarters = made.calendar.groupby(keys)["amount_fen"].sum().sort_index()
    whole = made.appropriation.set_index(keys)["amount_fen"].sort_index()
    assert quarters.to_dict() == whole.to_dict()
    # What the county pays out reaches people before October.
    paid_out = made.calendar[made.calendar["scheme"].isin(["rural_family_reward", "special_support", "only_child_award"])]
    assert total(paid_out, quarter="q4") == 0
    allowance = made.calendar[(made.calendar["scheme"] == "childcare_allowance") & (made.calendar["year"] == 2026)]
    assert (allowance.groupby("quarter")["amount_fen"].sum() > 0).all()
    # The system opened in the third quarter of 2025: nothing could be paid before.
    opening = made.calendar[(made.calendar["scheme"] == "childcare_allowance") & (made.calendar["year"] == 2025)]
    assert total(opening, quarter="q1") == total(opening, quarter="q2") == 0 < total(opening, quarter="q3")


def test_ranges_are_those_of_finished_sums(made: Budget, projection: Projection) -> None:
    ranges = made.ranges.set_index(["scheme", "payer", "year"])
    drawn = np.sum(list(amount_draws(projection, [2030]).values()), axis=0)[0]
    low, high = np.quantile(drawn, [0.1, 0.9])
    whole = ranges.loc[(TOTAL, TOTAL, 2030)]
    assert (whole["q10"], whole["q90"]) == pytest.approx((low, high))
    assert whole["contingency"] == pytest.approx(high - whole["central"])
    # Schemes do not all go wrong together, so the sum's range is narrower than the sum of their ranges.
    of_schemes = made.ranges[(made.ranges["payer"] == TOTAL) & (made.ranges["year"] == 2030) & (made.ranges["scheme"] != TOTAL)]
    assert high - low < (of_schemes["q90"] - of_schemes["q10"]).sum()
    # With central and contingency nine draws of ten are paid for.
    assert (drawn <= whole["central"] + whole["contingency"]).mean() == pytest.approx(0.9, abs=0.01)
    # A finished year is certain.
    paid = ranges.loc[(TOTAL, TOTAL, 2023)]
    assert paid["q10"] == paid["q90"] == paid["central"] == 13_813_520


def test_payers_of_a_draw_add_to_it(made: Budget) -> None:
    central = made.ranges[made.ranges["scheme"] == TOTAL].set_index(["year", "payer"])["central"]
    for year in YEARS:
        assert sum(central[year, payer] for payer in PAYERS) == pytest.approx(central[year, TOTAL])


def test_a_payer_s_range_is_its_share_of_the_draws(made: Budget, projection: Projection) -> None:
    # The county pays a tenth of the rural reward, the centre six tenths, in every draw.
    own = made.ranges.set_index(["scheme", "payer", "year"])["q90"]
    drawn = np.quantile(amount_draws(projection, [2030])["rural_family_reward"][0], 0.9)
    assert own["rural_family_reward", "county", 2030] == pytest.approx(0.1 * drawn)
    assert own["rural_family_reward", "central", 2030] == pytest.approx(0.6 * drawn)


def test_who_paid_a_finished_year_is_a_fact(start: Launch, projection: Projection) -> None:
    # A scenario in which the county pays all of the rural reward does not change who paid 2023.
    shares = {"subsidies.payers_rural_family_reward": {"central": 0, "province": 0, "city": 0, "county": 1}}
    changed = replace(projection, assumptions=projection.assumptions.with_changes(shares))
    own = make_budget(start, changed, range(2023, 2025)).appropriation.set_index(["scheme", "year", "payer"])["amount_fen"]
    assert own["rural_family_reward", 2023, "central"] == 388_396_800
    assert own["rural_family_reward", 2024, "central"] == 0 < own["rural_family_reward", 2024, "county"]


def test_a_higher_standard_costs_in_proportion(made: Budget, start: Launch) -> None:
    # higher_standards: the four older schemes a tenth higher from 2027 on.
    amounts = made.amounts[made.amounts["year"] == 2030].set_index("scheme")["amount_yuan"]
    older = amounts.drop(["childcare_allowance", "free_preschool_year"]).sum()
    switch = made.switches.set_index(["scenario", "year"])
    assert switch.loc[("higher_standards", 2030), "cost"] == pytest.approx(0.1 * older)
    assert switch.loc[("higher_standards", 2026), "cost"] == 0
    # The allowance a tenth higher; a supplement of 600 yuan a year is a sixth of 3,600.
    allowance = amounts["childcare_allowance"]
    assert switch.loc[("higher_allowance", 2030), "cost"] == pytest.approx(allowance / 10)
    assert switch.loc[("county_supplement", 2030), "cost"] == pytest.approx(allowance / 6)
    # As a scenario of its own it gives the same total.
    alone = other(start, "county_supplement")
    assert alone.amounts.loc[alone.amounts["year"] == 2030, "amount_yuan"].sum() == pytest.approx(
        switch.loc[("county_supplement", 2030), "total"]
    )


def test_what_a_county_adds_it_pays_alone(made: Budget, start: Launch) -> None:
    alone = other(start, "county_supplement")

    def allowance(of: Budget, payer: str) -> float:
        own = of.payments[(of.payments["scheme"] == "childcare_allowance") & (of.payments["year"] == 2030)]
        return float(own.set_index("payer").loc[payer, "amount_yuan"])

    for payer in ("central", "province", "city"):
        assert allowance(alone, payer) == pytest.approx(allowance(made, payer))
    whole = sum(allowance(made, payer) for payer in PAYERS)
    assert allowance(alone, "county") - allowance(made, "county") == pytest.approx(whole / 6)


def test_the_warning_comes_with_a_standard_of_the_county_s_own(start: Launch, made: Budget, projection: Projection) -> None:
    assert "own_standard" not in budget_notes(made, projection)
    changed = project_from(start, start.area.scenarios["higher_allowance"], 2030)
    assert "own_standard" in budget_notes(make_budget(start, changed, YEARS), changed)


def test_finished_years_are_what_they_were_under_any_scenario(start: Launch, made: Budget) -> None:
    paid = made.payments[made.payments["year"] == 2023].reset_index(drop=True)
    changed = other(start, "higher_standards").payments
    pd.testing.assert_frame_equal(paid, changed[changed["year"] == 2023].reset_index(drop=True))


def test_sensitivity_by_hand(made: Budget) -> None:
    found = made.sensitivity.set_index("variant")
    assert made.first_ahead == 2026
    allowance = made.amounts.set_index(["scheme", "year"]).loc[("childcare_allowance", 2026), "amount_yuan"]
    assert found.loc["allowance", "change_high"] == pytest.approx(allowance / 10)
    assert found.loc["allowance", "change_low"] == pytest.approx(-allowance / 10)
    assert found["span"].is_monotonic_decreasing
    central = made.amounts.loc[made.amounts["year"] == 2026, "amount_yuan"].sum()
    assert (found["low"] - found["change_low"]).to_numpy() == pytest.approx(np.full(len(found), central))


def appropriated(area: Area, *rows: tuple[str, str, int]) -> Area:
    table = pd.DataFrame([(2023, *row) for row in rows], columns=["year", "scheme", "payer", "amount_fen"])
    return replace(area, tables={**area.tables, "appropriations": table})


def test_settlement_by_hand(area: Area) -> None:
    # The county had 650,000.00 for its tenth of 6,473,280.00, so 2,672.00 are left; the award was 1,000.00 short.
    given = appropriated(area, ("rural_family_reward", "county", 65_000_000), ("only_child_award", "county", 27_500_000))
    settled = settlement(given).set_index(["scheme", "payer"])
    assert settled.loc[("rural_family_reward", "county"), "outturn_fen"] == 64_732_800
    assert settled.loc[("rural_family_reward", "county"), "surplus_fen"] == 267_200
    assert settled.loc[("only_child_award", "county"), "surplus_fen"] == -100_000
    assert pd.isna(settled.loc[("rural_family_reward", "central"), "surplus_fen"])
    assert (settled["unpaid_fen"] == 0).all()
    assert int(settled["outturn_fen"].sum()) == 1_381_352_000
    # As it is printed: every scheme in all, and the payers of whom an appropriation is known.
    printed = by_scheme(settled.reset_index()).set_index(["scheme", "payer"])
    assert len(printed) == 4 + 2
    assert printed.loc[("rural_family_reward", "total"), "outturn_fen"] == 647_328_000
    assert pd.isna(printed.loc[("rural_family_reward", "total"), "appropriated_fen"])
    assert printed.loc[("rural_family_reward", "county"), "surplus_fen"] == 267_200
    # Too much is taken off the next request, too little added.
    budgeted = pd.DataFrame(
        [("rural_family_reward", "county", 2026, 94_000_000), ("only_child_award", "county", 2026, 1_800_000)],
        columns=["scheme", "payer", "year", "amount_fen"],
    ).astype({"amount_fen": "Int64"})
    request = next_request(settled.reset_index(), budgeted, 2026).set_index("scheme")["request_fen"]
    assert request.to_dict() == {"rural_family_reward": 94_000_000 - 267_200, "only_child_award": 1_800_000 + 100_000}


def test_from_year_to_year_by_hand() -> None:
    """100 people at 960 become 110 at 1,000; a scheme begins with 5,000 yuan, another ends."""
    rows: list[dict[str, Any]] = [
        {"scheme": "a", "year": 2026, "recipients": 100.0, "amount_yuan": 96_000.0},
        {"scheme": "a", "year": 2027, "recipients": 110.0, "amount_yuan": 110_000.0},
        {"scheme": "b", "year": 2026, "recipients": 0.0, "amount_yuan": 0.0},
        {"scheme": "b", "year": 2027, "recipients": 5.0, "amount_yuan": 5_000.0},
        {"scheme": "c", "year": 2026, "recipients": 7.0, "amount_yuan": 70.0},
        {"scheme": "c", "year": 2027, "recipients": 0.0, "amount_yuan": 0.0},
    ]
    found = yearly_bridge(pd.DataFrame(rows)).set_index("scheme")
    # Ten more people at 960 are 9,600 yuan, 40 yuan more for each of 110 are 4,400.
    effects = ["people_fen", "price_fen", "policy_fen"]
    assert found.loc["a", effects].tolist() == [960_000, 440_000, 0]
    assert found.loc["b", effects].tolist() == [0, 0, 500_000]
    assert found.loc["c", effects].tolist() == [0, 0, -7_000]


def test_the_yearly_bridge_adds_to_the_fen(made: Budget) -> None:
    found = made.bridge
    assert (found["before_fen"] + found["people_fen"] + found["price_fen"] + found["policy_fen"] == found["after_fen"]).all()
    follows = found.groupby("scheme")["after_fen"].shift()
    assert (follows.dropna().astype("int64") == found.loc[follows.notna(), "before_fen"].astype("int64")).all()


def test_the_award_runs_off_to_2033(start: Launch) -> None:
    projection = project_from(start, start.area.scenarios["medium"], 2035)
    award = subsidy_amounts(projection).set_index(["scheme", "year"]).loc["only_child_award", "amount_yuan"]
    assert award[2023] == 276_000
    assert (award.loc[2023:2033].diff().dropna() < 0).all()
    assert award[2033] > 0
    assert award[2034] == award[2035] == 0


def test_the_account_of_the_allowance_closes(made: Budget) -> None:
    account = made.account.set_index("year")
    closes = account["arrears_start_yuan"] + account["entitled_yuan"] - account["paid_yuan"] - account["arrears_end_yuan"]
    assert closes.abs().max() < 1e-3
    assert account["arrears_start_yuan"].iloc[1:].tolist() == pytest.approx(account["arrears_end_yuan"].iloc[:-1].tolist())
    # Nobody born before 2025 is under three in 2028.
    assert account.loc[2027, "part_year_children"] > 0 == account.loc[2028, "part_year_children"]


def test_the_calculator_holds_the_budget_beside_its_standards(made: Budget) -> None:
    found = made.calculator.set_index("scheme")
    assert found["standard_yuan"].to_dict() == {
        "rural_family_reward": 960, "urban_only_child_parents": 960, "special_support": 9_520, "only_child_award": 20,
        "childcare_allowance": 3_600, "free_preschool_year": 3_330,
    }  # fmt: skip
    assert 100 * found["total_2026"].sum() == total(made.appropriation, year=2026)
    assert 100 * found["county_2030"].sum() == total(made.appropriation, year=2030, payer="county")


@pytest.mark.parametrize("years", [range(2022, 2025), range(2030, 2032)])
def test_years_without_rules_or_people_are_told(start: Launch, projection: Projection, years: range) -> None:
    with pytest.raises(InputError) as caught:
        make_budget(start, projection, years)
    assert [problem.code for problem in caught.value.problems] == ["budget_years_outside"]
