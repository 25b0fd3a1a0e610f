"""The projection of Xichuan: invariants in every cell, the published years, scenarios that do what they say."""

from dataclasses import replace

import numpy as np
import pytest

from popmodel.areas import Area
from popmodel.forecast import mortality_path
from popmodel.messages import InputError
from popmodel.projection import balance_error, launch, project, project_from, step_year


@pytest.mark.parametrize("scenario", ["medium", "more_leave", "no_migration"])
@pytest.mark.parametrize("population", ["resident", "registered"])
def test_stocks_and_flows_balance_in_every_cell(xichuan: Area, scenario: str, population: str) -> None:
    data = project(xichuan, scenario).population(population)
    assert balance_error(data) < 1e-9
    assert float(data["population"].min()) >= 0


def test_a_wrong_flow_is_seen_by_the_balance(xichuan: Area) -> None:
    data = project(xichuan, to=2030).resident.copy(deep=True)
    data["deaths"][3, 0, 40] += 1
    assert balance_error(data) == pytest.approx(1)


def test_the_published_years_are_met(plain: Area) -> None:
    frame = project(plain, to=2030).components()
    assert frame.loc[2024, "population"] == pytest.approx(538_569 * 9_454_000 / 9_713_112, rel=1e-9)
    assert frame.loc[2023, "births"] == pytest.approx(695_000 * 4_474 / 916_045, rel=1e-9)


def test_the_census_is_carried_sixty_one_days_to_the_end_of_its_year(xichuan: Area) -> None:
    # Registrations do not move, so on 31 December there are those of 40 of 1 November, 61/366 of whom have made room for the
    # survivors of those of 39.
    p = project(xichuan, to=2030)
    census = p.base.registered.stock
    survival = mortality_path(xichuan, xichuan.assumptions, [2020]).survival[0]
    expected = census[:, 40] + 61 / 366 * (survival[:, 40] * census[:, 39] - census[:, 40])
    assert p.registered["population"].sel(year=2020, age=40).values == pytest.approx(expected, rel=1e-9)


def test_the_registered_base_adds_to_the_census(xichuan: Area) -> None:
    # Census 2010: 771,667 registered; 685,683 residents, of whom 2,072 + 905 are registered outside the county.
    base = project(xichuan, to=2030).base.registered
    assert base.totals == (2010, 771_667, 2_977)
    assert base.away_first.sum() == pytest.approx(771_667 - (685_683 - 2_977), abs=1e-3)


def test_residents_registered_outside_are_those_of_the_census(xichuan: Area) -> None:
    # 21,130 elsewhere in the province and 2,523 outside it; the 105,378 of another township do not enter.
    assert project(xichuan, to=2030).base.pair.outside_share == pytest.approx(23_653 / 538_569)


def test_the_bridge_adds_up_and_nobody_lives_away_twice(xichuan: Area) -> None:
    bridge = project(xichuan).bridge()
    assert bridge["registered"].to_numpy() == pytest.approx((bridge["resident"] - bridge["outside"] + bridge["away"]).to_numpy())
    assert (bridge["away"] > 0).all()


def test_scenarios_part_only_after_the_launch(xichuan: Area) -> None:
    medium = project(xichuan, to=2040)
    for key in {scenario.key for scenario in xichuan.scenarios.values() if not scenario.changes_money_only} - {"medium"}:
        other = project(xichuan, key, to=2040)
        same = slice(None, medium.launch)
        assert np.array_equal(medium.resident["population"].sel(year=same), other.resident["population"].sel(year=same))
        assert not np.allclose(medium.resident["population"].sel(year=2040), other.resident["population"].sel(year=2040))


def test_nobody_moves_when_nobody_may(xichuan: Area) -> None:
    still = project(xichuan, "no_migration", to=2040)
    assert float(np.abs(still.resident["migration"].sel(year=slice(2026, None))).max()) == 0
    # Half of the young who would leave stay, so births after 2030 are more.
    assert still.components()["births"][2035] > 1.1 * project(xichuan, to=2040).components()["births"][2035]


def test_policy_response_raises_second_and_third_births_as_far_as_there_are_mothers(xichuan: Area) -> None:
    by_order = {key: project(xichuan, key, to=2040).rates["tfr_order"] for key in ("medium", "policy_response")}
    ratio = by_order["policy_response"] / by_order["medium"]
    assert ratio.sel(order="1").values == pytest.approx(1.0)
    # In full force in 2030: 15 % more second births per mother of one, 30 % more third ones per mother of two. By then mothers
    # of one have become fewer, and mothers of two more.
    second, third = float(ratio.sel(year=2032, order="2")), float(ratio.sel(year=2032, order="3+"))
    assert 1.05 < second < 1.15
    assert 1.30 < third < 1.50
    # Mothers of one run short in time; third births follow the second births that made their mothers.
    assert float(ratio.sel(year=2040, order="2")) < second


def test_births_of_an_order_never_exceed_the_women_who_can_bear_it(xichuan: Area) -> None:
    changes = {"fertility.order_3plus": {2026: 3.0}, "fertility.order_2": {2026: 3.0}}
    start = launch(xichuan)
    p = project_from(start, replace(xichuan.scenarios["medium"], changes=changes), to=2050)
    women = p.rates["women_by_parity"].values
    assert women.min() >= 0
    assert women.sum(axis=1) == pytest.approx(np.ones(women.shape[::2]))
    assert women[:, 0].sum(axis=1) == pytest.approx(project(xichuan).rates["women_by_parity"].values[:, 0].sum(axis=1))
    # Threefold rates of mothers of one soon meet their end: in ten years second births are far below threefold.
    medium = project(xichuan)
    ratio = p.rates["tfr_order"] / medium.rates["tfr_order"]
    assert float(ratio.sel(year=2026, order="2")) > 2.2
    assert float(ratio.sel(year=2036, order="2")) < 1.6


def test_births_of_every_year_have_the_assumed_sex_ratio(xichuan: Area) -> None:
    births = project(xichuan, to=2040).resident["births"].isel(year=slice(1, None)).sum("order")
    ratio = births.sel(sex="male") / births.sel(sex="female")
    assert ratio.values == pytest.approx(np.full(20, 1.1104), rel=1e-9)


def test_one_call_of_the_step_gives_what_the_pair_of_populations_gives(xichuan: Area) -> None:
    # What is certified against the United Nations is what the projection runs.
    start = launch(xichuan)
    before, year = start.base.pair.after(start.published[2]).resident, start.published[3]
    table = start.base.table
    done = step_year(
        before,
        table.survival[4],
        year.fertility,
        float(year.resident.births[:, 0].sum() / year.resident.births[:, 1].sum()),
        year.resident.migration,
        deaths_before_birthday=table.deaths_before_birthday[4],
    )
    assert done.births.sum(axis=0) == pytest.approx(year.resident.births.sum(axis=0), rel=1e-12)
    assert done.population == pytest.approx(year.resident.population, rel=1e-12)
    assert done.deaths == pytest.approx(year.resident.deaths, rel=1e-12)


def test_small_children_do_not_move_in(xichuan: Area) -> None:
    # No cohort counted well twice tells of ages below ten; the smoothest curve alone had girls of eight come in at 16 per 1,000.
    growth = project(xichuan, to=2030).base.growth
    assert np.all(growth[:, :10] == 0)
    assert growth[:, 10:13].max() < 0.006


def test_women_by_parity_of_the_base_are_plausible(xichuan: Area) -> None:
    # 5 % never bear (assumed); of Henan's long-form births of 2010, 54, 37 and 8 % were first, second and third and later ones,
    # so that 68 in 100 mothers have a second. Women of 45 lived their childbearing years under about these rates.
    share = project(xichuan, to=2030).rates["women_by_parity"].sel(year=2021, age=45).values
    assert share.sum() == pytest.approx(1)
    assert 0.05 <= share[0] < 0.08
    assert share[2] / (1 - share[0]) == pytest.approx(34_417 / 50_357, abs=0.02)


def test_more_leaving_never_brings_more_children(xichuan: Area) -> None:
    medium, more = project(xichuan), project(xichuan, "more_leave")
    assert (more.persons(0, 5).loc[2026:] <= medium.persons(0, 5).loc[2026:] + 1e-9).all()


def test_older_people_who_return_bring_fewer_children(xichuan: Area) -> None:
    book = xichuan.assumptions.with_changes({"migration.returning_older": 1.0})
    older, alike = project(replace(xichuan, assumptions=book), to=2035), project(xichuan, to=2035)
    assert balance_error(older.resident) < 1e-9
    # As many people in the published years, but of other ages: more of 45-64, fewer women of childbearing age, fewer births.
    assert older.persons(0, 100)[2025] == pytest.approx(alike.persons(0, 100)[2025])
    assert older.persons(45, 64)[2025] > alike.persons(45, 64)[2025]
    assert older.persons(20, 39, "resident", "female")[2025] < alike.persons(20, 39, "resident", "female")[2025]
    assert older.components()["births"][2030] < alike.components()["births"][2030]


def test_resettlement_is_no_part_of_ordinary_migration(xichuan: Area) -> None:
    book = xichuan.assumptions.with_changes({"migration.exclude_resettlement": 0})
    with_it, without = project(replace(xichuan, assumptions=book), to=2030), project(xichuan, to=2030)
    # 85,000 resettled of 685,683: the profile that leaves them in shows that much more leaving.
    more = without.base.profile.cohorts.net.sum() - with_it.base.profile.cohorts.net.sum()
    assert more == pytest.approx(85_000 * without.base.profile.cohorts.expected.sum() / (685_683 - 85_000), rel=1e-9)


def test_children_missed_in_2010_do_not_pass_for_children_moving_in(xichuan: Area) -> None:
    # More aged 10-14 were counted in 2020 than those aged 0-4 in 2010 left survivors: 2010 missed them, as everywhere.
    corrected = project(xichuan, to=2030)
    book = xichuan.assumptions.with_changes({"migration.correct_undercount": 0})
    raw = project(replace(xichuan, assumptions=book), to=2030)
    assert raw.base.profile.missed == 0
    assert corrected.base.profile.missed > 0
    counted = 3_886 + 29_400 + 3_542 + 22_604  # boys and girls aged 0-4, census 2010
    assert corrected.base.profile.first.population[:, :5].sum() == pytest.approx(counted + corrected.base.profile.missed)
    # Children aged 0-2 at the end of a year are about the births of its last three, no crowd from elsewhere.
    births = corrected.components()["births"].loc[2028:2030].sum()
    assert corrected.persons(0, 2)[2030] == pytest.approx(births, rel=0.03)


def test_from_the_census_of_2010_that_of_2020_follows(xichuan: Area) -> None:
    base = project(xichuan, to=2030).base
    replayed, counted = base.registered.replayed_residents, base.census.population
    for age in range(10, 75, 5):
        assert replayed[:, age : age + 5].sum() == pytest.approx(counted[:, age : age + 5].sum(), rel=0.02)


def test_to_frame_gives_a_row_a_cell(xichuan: Area) -> None:
    frame = project(xichuan, to=2030).to_frame("resident", "population")
    assert list(frame.columns) == ["year", "sex", "age", "value"]
    assert len(frame) == 11 * 2 * 101
    assert frame.loc[frame["year"] == 2024, "value"].sum() == pytest.approx(538_569 * 9_454_000 / 9_713_112)


def test_an_unknown_scenario_names_the_nearest(xichuan: Area) -> None:
    with pytest.raises(InputError, match="low_fertility"):
        project(xichuan, "low_fertilty")


@pytest.mark.parametrize("year", [2025, 2101, 1999])
def test_a_year_out_of_range_is_refused(xichuan: Area, year: int) -> None:
    with pytest.raises(InputError, match="2026 to 2100"):
        project(xichuan, to=year)
