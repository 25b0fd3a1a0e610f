"""Recipients and amounts over the years, on stocks small enough to work out by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from popmodel.messages import InputError
from popmodel.parameters import AssumptionBook
from popmodel.projection import Projection
from popmodel.subsidies import subsidy_amounts
from tests.subsidies import synthetic
from tests.subsidies.synthetic import BOOK, Stock

OUTTURN = synthetic.outturn(
    (2023, "rural_family_reward", 6743, "person", 647_328_000),
    (2023, "urban_only_child_parents", 3858, "person", 370_368_000),
    (2023, "special_support", 353, "person", 336_056_000),
    (2023, "only_child_award", 625, "household", 27_600_000),
)


# Everything is claimed for in the quarter of birth, and paid at once.
AT_ONCE: dict[str, object] = {
    "subsidies.allowance_claim_lag": {"same_quarter": 1, "one_later": 0, "two_later": 0, "three_later": 0, "four_later": 0},
    "subsidies.allowance_paid_next_quarter": 0,
    "subsidies.allowance_take_up": {2025: 1},
}
# Every cohort has the same share of one-child families, and nobody leaves but by death.
ALIKE: dict[str, object] = {
    "subsidies.urban_share_registered": {1950: 0.5},
    "subsidies.one_child_share_rural": {1950: 0.1},
    "subsidies.two_daughter_share_rural": {1950: 0.1},
    "subsidies.one_child_share_urban": {1950: 0.4},
    "subsidies.reward_exit_rate": 0,
    "subsidies.award_exit_rate": 0,
}
PLAIN = BOOK.with_changes({**AT_ONCE, **ALIKE})


def project(registered: Stock, *, of: AssumptionBook = PLAIN, **changes: object) -> Projection:
    area = synthetic.area({"outturn": OUTTURN}, book=of)
    return synthetic.projection(area, registered, book=of.with_changes(changes) if changes else None)


def even(year: int, sex: str, age: int) -> float:
    return 500.0


def amounts(projection: Projection, scheme: str, factor: float = 1.0) -> pd.DataFrame:
    frame = subsidy_amounts(projection, registered_births_factor=factor)
    return frame[frame["scheme"] == scheme].set_index("year")


def test_rewards_follow_the_registered_people_of_60_and_over() -> None:
    # Everybody of 60 and over doubles after 2023: 2 × 6,743 × 960 = 12,946,560
    rows = amounts(project(lambda year, sex, age: 200 if age >= 60 and year > 2023 else 100), "rural_family_reward")
    assert rows.loc[2030, "recipients"] == pytest.approx(13_486)
    assert rows.loc[2030, "amount_yuan"] == pytest.approx(12_946_560)
    assert (rows.loc[2023, "amount_fen"], rows.loc[2023, "basis"]) == (647_328_000, "outturn")
    assert rows.loc[2024:, "amount_fen"].isna().all()


def test_people_under_60_do_not_move_the_rewards() -> None:
    rows = amounts(project(lambda year, sex, age: 200 if age == 59 and year > 2023 else 100), "urban_only_child_parents")
    assert rows.loc[2024:, "amount_yuan"].tolist() == pytest.approx([3_703_680] * 12)


def test_entrants_come_by_the_share_of_their_own_cohort() -> None:
    # 1,000 men and women at every age. Cohorts to 1963 (60 in 2023): rural share 0.5 × 0.2 = 0.1 of 41 ages × 1,000 = 4,100,
    # so each recipient of the shares stands for 6,743 ÷ 4,100. The cohort of 1964 has 0.5 × 0.4 = 0.2: 200 × 6,743 ÷ 4,100 more,
    # in place of the 100 × … of the age that leaves at the top (the open group stays).
    shares = {"subsidies.one_child_share_rural": {1963: 0.1, 1964: 0.3}, "subsidies.two_daughter_share_rural": {1963: 0.1}}
    rows = amounts(project(even, of=PLAIN.with_changes(shares)), "rural_family_reward")
    assert rows.loc[2024, "recipients"] == pytest.approx(6743 * (4100 - 100 + 200) / 4100)


def test_recipients_die_as_the_registered_people_do() -> None:
    # Only the cohort of 1950 is there, 1,000 until 2023 and nine tenths of it a year later.
    def dying(year: int, sex: str, age: int) -> float:
        return (500 if year <= 2023 else 450) if year - age == 1950 else 0

    assert amounts(project(dying), "rural_family_reward").loc[2024, "recipients"] == pytest.approx(6743 * 0.9)


def test_other_exits_are_taken_off_year_by_year() -> None:
    def stays(year: int, sex: str, age: int) -> float:
        return 500 if year - age == 1950 else 0

    rows = amounts(project(stays, of=PLAIN.with_changes({"subsidies.reward_exit_rate": 0.1})), "urban_only_child_parents")
    assert rows.loc[[2024, 2025], "recipients"].tolist() == pytest.approx([3858 * 0.9, 3858 * 0.81])


def test_who_comes_of_age_has_not_left_before() -> None:
    # Cohorts of 1950 and 1965, 1,000 each with one share: in 2025 the first has lost a tenth twice since 2023, the second comes
    # of age and has lost nobody; in 2026 it has lost its first tenth.
    def two(year: int, sex: str, age: int) -> float:
        return 500 if year - age in (1950, 1965) else 0

    rows = amounts(project(two, of=PLAIN.with_changes({"subsidies.reward_exit_rate": 0.1})), "urban_only_child_parents")
    assert rows.loc[[2025, 2026], "recipients"].tolist() == pytest.approx([3858 * (0.81 + 1), 3858 * (0.729 + 0.9)])


def test_special_support_grows_as_children_reach_the_age_of_loss() -> None:
    # One cohort of mothers, born in 1972, no fathers, no surgical cases, no disability. Children are 25 years younger; a tenth
    # has died by 20 and none after. 49 in 2021, child 26: lost as many in every year, so the 353 of 2023 stay.
    def mothers(year: int, sex: str, age: int) -> float:
        return 1000 if sex == "female" and year - age == 1972 else 0

    still = {"subsidies.complication_share": 0, "subsidies.disabled_share": 0}
    rows = amounts(project(mothers, of=PLAIN.with_changes(still)), "special_support")
    assert rows.loc[2030, "recipients"] == pytest.approx(353)
    assert rows.loc[2030, "amount_yuan"] == pytest.approx(353 * 9520)
    # A second cohort, as large, turns 49 in 2024: twice as many from then on.
    twice = project(
        lambda year, sex, age: 1000 if sex == "female" and year - age in (1972, 1975) else 0, of=PLAIN.with_changes(still)
    )
    assert amounts(twice, "special_support").loc[2023:2024, "recipients"].tolist() == pytest.approx([353, 706])


def test_surgical_cases_only_die_off() -> None:
    # All are surgical: half of the women of 49 and over of 2023 are left in 2024, and a new cohort adds nobody.
    def women(year: int, sex: str, age: int) -> float:
        return 0 if sex == "male" else {1960: 1000 if year <= 2023 else 500, 1975: 9000}.get(year - age, 0)

    rows = amounts(project(women, of=PLAIN.with_changes({"subsidies.complication_share": 1})), "special_support")
    assert rows.loc[2024, "recipients"] == pytest.approx(353 / 2)


def test_the_award_runs_off_by_birth_year_to_2033() -> None:
    rows = amounts(project(even), "only_child_award")
    # Equal birth years. Of 2023: ten of 12 months (born 2006-15) and one of 6.5 on average (born 2005): 126.5.
    # Of 2024: nine and one: 114.5, so 6,900 × 114.5 / 126.5 × 40 yuan. Of 2033: born 2015 alone, 6.5.
    assert rows.loc[2024, "amount_yuan"] == pytest.approx(6900 * 114.5 / 126.5 * 40)
    assert rows.loc[2033, "amount_yuan"] == pytest.approx(6900 * 6.5 / 126.5 * 40)
    assert rows.loc[2024, "recipients"] == pytest.approx(625 * 10 / 11)
    assert (rows.loc[2034:, "amount_yuan"] == 0).all()


def test_the_award_follows_the_children_of_each_birth_year() -> None:
    # Of the children only those born in 2015 are there: 12 months each year to 2032, then 6.5.
    rows = amounts(project(lambda year, sex, age: 50 if year - age == 2015 or age > 40 else 0), "only_child_award")
    assert rows.loc[2024:2032, "amount_yuan"].tolist() == pytest.approx([276_000] * 9)
    assert rows.loc[2033, "amount_yuan"] == pytest.approx(276_000 * 6.5 / 12)


def test_the_allowance_of_each_year() -> None:
    rows = amounts(project(even), "childcare_allowance")  # 1,000 children at every age
    # 2025: born 2022 6.5 × 300 = 1,950 a child; born 2023 and 2024 3,600; born 2025 3,600. 2028: born 2026, 2027 and 2028.
    assert rows.loc[2025, "amount_yuan"] == pytest.approx(1000 * (1950 + 3 * 3600))
    assert rows.loc[2027, "amount_yuan"] == pytest.approx(1000 * (1950 + 3 * 3600))
    assert rows.loc[2028, "amount_yuan"] == pytest.approx(1000 * 3 * 3600)
    assert rows.loc[2028, "recipients"] == pytest.approx(3000)


def test_nothing_was_paid_before_the_allowance_began() -> None:
    rows = amounts(project(even), "childcare_allowance")
    assert rows.loc[[2023, 2024], "amount_fen"].tolist() == [0, 0]
    assert rows.loc[[2023, 2024], "basis"].tolist() == ["outturn", "outturn"]


def test_the_allowance_is_60_million_if_registrations_are_births() -> None:
    # 5,624 registrations a year, three payments of 3,600 yuan for each: 60,739,200
    rows = amounts(project(lambda year, sex, age: 2812), "childcare_allowance")
    assert rows.loc[2030, "amount_yuan"] == pytest.approx(60_739_200)


def test_children_who_die_or_leave_are_not_paid_any_more() -> None:
    # Half of each birth year is gone by age 1: of 2028, 3,600/2 + 3,600/2 + 3,600
    rows = amounts(project(lambda year, sex, age: 500 if age == 0 else 250), "childcare_allowance")
    assert rows.loc[2028, "amount_yuan"] == pytest.approx(1000 * (1800 + 1800 + 3600))


def test_the_births_factor_scales_the_allowance_and_nothing_else() -> None:
    plain, doubled = subsidy_amounts(project(even)), subsidy_amounts(project(even), registered_births_factor=2)
    ratio = doubled["amount_yuan"] / plain["amount_yuan"].where(plain["amount_yuan"] > 0)
    assert ratio[plain["scheme"] == "childcare_allowance"].dropna().tolist() == pytest.approx([2] * 11)
    assert ratio[plain["scheme"] != "childcare_allowance"].dropna().tolist() == pytest.approx([1] * (3 * 13 + 11))


def test_a_scenario_changes_only_what_comes_after_the_launch() -> None:
    rows = amounts(project(even, **{"subsidies.allowance_factor": 1.5}), "childcare_allowance")
    base = amounts(project(even), "childcare_allowance")
    assert rows.loc[2025, "amount_yuan"] == base.loc[2025, "amount_yuan"]
    assert rows.loc[2026, "amount_yuan"] == pytest.approx(1.5 * base.loc[2026, "amount_yuan"])


@pytest.mark.parametrize("scheme", ["rural_family_reward", "urban_only_child_parents", "special_support", "only_child_award"])
def test_higher_standards_cost_in_proportion(scheme: str) -> None:
    raised = amounts(project(even, **{"subsidies.standards_factor": 1.1}), scheme)
    base = amounts(project(even), scheme)
    assert raised.loc[2030, "amount_yuan"] == pytest.approx(1.1 * base.loc[2030, "amount_yuan"])
    assert raised.loc[2025, "amount_yuan"] == base.loc[2025, "amount_yuan"]


def test_a_later_outturn_replaces_the_forecast_and_carries_it_on() -> None:
    later = pd.concat([OUTTURN, synthetic.outturn((2025, "rural_family_reward", 7000, "person", 672_000_000))])
    projection = synthetic.projection(synthetic.area({"outturn": later}, book=PLAIN), even)
    rows = amounts(projection, "rural_family_reward")
    assert rows.loc[2024, "recipients"] == pytest.approx(6743)
    assert (rows.loc[2025, "amount_fen"], rows.loc[2025, "basis"]) == (672_000_000, "outturn")
    assert rows.loc[2026, "amount_yuan"] == pytest.approx(7000 * 960)


def test_without_an_outturn_only_the_allowance_is_worked_out() -> None:
    frame = subsidy_amounts(synthetic.projection(synthetic.area({}, book=PLAIN), even))
    assert frame["scheme"].unique().tolist() == ["childcare_allowance"]


def test_a_year_outside_the_projection_is_refused() -> None:
    with pytest.raises(InputError, match="2041"):
        subsidy_amounts(project(even), years=[2030, 2041])
