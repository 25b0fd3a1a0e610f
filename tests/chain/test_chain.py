"""The whole chain on Xichuan: one set of people behind places and money, the published outturn, the range of the allowance."""

import pandas as pd
import pytest

from popmodel.areas import Area
from popmodel.chain import Results, run_chain
from popmodel.childcare import enrolment_required, places_required, reported_norm
from popmodel.messages import InputError
from popmodel.subsidies import subsidy_amounts, total_yuan
from popmodel.subsidies.outturn import outturn


def test_places_come_from_the_projected_children(results: Results) -> None:
    places = results.places.set_index("year")
    assert places["children_0_2"].to_dict() == pytest.approx(results.projection.persons(0, 2).loc[2023:].to_dict())
    # 4.5 places per 1,000 residents.
    assert places.loc[2030, "required_norm_resident"] == pytest.approx(4.5 * results.projection.persons(0, 100)[2030] / 1000)


def test_the_norm_by_the_reported_registered_people(results: Results) -> None:
    # 670,000 / 1,000 × 4.5 = 3,015 places; 2,650 are there, so 365 are short.
    norm = reported_norm(results.projection.area, results.places, 2030)
    assert norm == pytest.approx((2023, 670_000, 3_015, 365))


def test_the_outturn_of_2023_stands_to_the_fen(results: Results) -> None:
    # 6,473,280 + 3,703,680 + 3,360,560 + 276,000 = 13,813,520 yuan.
    finished = results.amounts[(results.amounts["year"] == 2023) & (results.amounts["basis"] == "outturn")]
    assert int(finished["amount_fen"].sum()) == 1_381_352_000
    paid = results.payments[results.payments["year"] == 2023]
    assert int(paid["amount_fen"].sum()) == 1_381_352_000


def test_payers_add_to_the_amounts(results: Results) -> None:
    by_payer = results.payments.groupby(["scheme", "year"])["amount_yuan"].sum()
    amounts = results.amounts.set_index(["scheme", "year"])["amount_yuan"]
    pd.testing.assert_series_equal(by_payer.sort_index(), amounts.sort_index(), check_names=False, rtol=1e-12)


@pytest.mark.parametrize("year", [2023, 2026, 2030])
def test_a_year_by_itself_is_that_of_the_tables(results: Results, year: int) -> None:
    required = places_required(results.projection).set_index("year").loc[year, "required_enrolment"]
    assert enrolment_required(results.projection, year) == pytest.approx(required, rel=1e-12)
    amounts = subsidy_amounts(results.projection)
    assert total_yuan(results.projection, year, outturn(results.projection.area).to_dict("records")) == pytest.approx(
        amounts.loc[amounts["year"] == year, "amount_yuan"].sum(), rel=1e-12
    )


def test_the_allowance_lies_where_the_county_expects_it(results: Results) -> None:
    # About 44 to 60 million yuan a year once the transition of 2025-2027 is over, were all claimed: 95 % are.
    steady = results.allowance_range.loc[2028:2030] / 1e6 / 0.95
    assert steady["low"].between(43, 48).all()
    assert steady["high"].between(56, 62).all()
    assert ((steady["low"] < steady["central"]) & (steady["central"] < steady["high"])).all()


def test_the_allowance_of_a_year_by_hand(results: Results) -> None:
    # 2030: 3,600 for 95 % of the registered children. Born evenly over four quarters and claimed for 0, 1, 2, 3, 4 quarters later
    # in 45, 35, 12, 5, 3 % of cases, (97 + 92 + 80 + 45) / 4 = 78.5 % are claimed for in the year of birth, the rest in the next;
    # in its last quarter 97 / 4 = 24.25 %, in the next year's 3 / 4 = 0.75 %. A tenth of the renewals comes in a fourth quarter,
    # and three tenths of a fourth quarter's claims are paid in the next year.
    def claimed(year: int) -> tuple[float, float]:
        age = results.projection.registered["population"].sel(year=year).sum("sex").to_series()
        whole = 0.785 * age[0] + age[1] + age[2] + 0.215 * age[3]
        fourth = 0.2425 * age[0] + (0.0075 + 0.0785) * age[1] + 0.1 * age[2] + 0.0215 * age[3]
        return 3_600 * 0.95 * whole, 3_600 * 0.95 * fourth

    (_, before), (whole, fourth) = claimed(2029), claimed(2030)
    expected = whole - 0.3 * fourth + 0.3 * before
    assert results.allowance_range.loc[2030, "central"] == pytest.approx(expected, rel=1e-9)


def test_every_scenario_is_compared(results: Results) -> None:
    # Those that change money alone have the same people; the budget compares them.
    scenarios = results.projection.area.scenarios
    money = {"higher_standards", "higher_allowance", "county_supplement"}
    assert set(results.comparison["scenario"]) == set(scenarios) - money
    assert set(results.budget.switches["scenario"]) == money


def test_the_same_request_gives_the_same_figures(results: Results, xichuan: Area) -> None:
    again = run_chain(xichuan)
    for name, frame in results.frames().items():
        pd.testing.assert_frame_equal(frame, again.frames()[name], check_exact=True)


def test_an_unknown_scenario_is_refused(xichuan: Area) -> None:
    with pytest.raises(InputError, match="medium"):
        run_chain(xichuan, "mediun")
