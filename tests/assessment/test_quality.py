"""Verdicts on Xichuan's base data, against figures worked by hand from the published ones."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from popmodel.areas import Area
from popmodel.assessment import findings, quality, registration_anchors, sensitivity
from popmodel.assessment.census_checks import _digit_preference
from popmodel.assessment.known_answers import known_answer
from popmodel.projection import launch, project
from tests.forecast.college import with_students


def checks(area: Area) -> dict[str, tuple[str, str, str]]:
    return {one.key: (one.found, one.expected, one.verdict) for one in findings(launch(area))}


def test_third_births_are_flagged(xichuan: Area) -> None:
    # 124 of 3,139 + 2,361 + 124 = 5,624 registrations are 2.2 %; in the province's long form 13,405 of 88,569 are 15.1 %.
    assert checks(xichuan)["third_births"] == ("2.2 %", "15.1 %", "doubtful")


def test_no_third_births_at_all_are_flagged(xichuan: Area) -> None:
    table = xichuan.tables["birth_registrations"]
    none = table.assign(registrations=table["registrations"].where(table["order"] != "3+", 0))
    area = replace(xichuan, tables={**xichuan.tables, "birth_registrations": none})
    assert checks(area)["third_births"] == ("0.0 %", "15.1 %", "doubtful")


def test_the_infants_sex_ratio_is_set_beside_the_province(xichuan: Area) -> None:
    # 2,393 / 2,081 = 1.150; 476,347 / 439,698 = 1.083. Standard error 115 · sqrt(1/2,393 + 1/2,081) = 3.4: less than two of it.
    assert checks(xichuan)["infant_sex_ratio"] == ("115.0 ± 3.4", "108.3", "sound")


def test_far_too_many_boys_are_flagged(xichuan: Area) -> None:
    # 4,786 / 2,081 = 2.30, a standard error of 0.06 and twenty of them from the province's 1.083.
    table = xichuan.tables["census_population"]
    boys = (table["date"] == table["date"].max()) & (table["sex"] == "male") & (table["age_lo"] == 0)
    area = replace(
        xichuan, tables={**xichuan.tables, "census_population": table.assign(population=table["population"] * (1 + boys))}
    )
    assert checks(area)["infant_sex_ratio"][2] == "doubtful"


def test_the_gap_of_the_registered_population_is_shown(xichuan: Area) -> None:
    found, expected, verdict = checks(xichuan)["registered_total"]
    assert expected == "670,000"
    assert verdict == "doubtful"
    assert float(found.replace(",", "")) == pytest.approx(
        float(project(xichuan, to=2030).bridge().loc[2023, "registered"]), abs=1
    )


def test_two_ways_to_count_registered_births(xichuan: Area) -> None:
    # Province: 695,000 births over 104,281,397 registered, times 670,000. Registrations: 5,624 in 354 days, times 365.
    year, anchors = registration_anchors(launch(xichuan))
    assert year == 2023
    assert anchors["province"] == pytest.approx(695_000 / 104_281_397 * 670_000)
    assert anchors["registrations"] == pytest.approx(5_624 * 365 / 354)


def test_registrations_of_before_the_census_anchor_nothing(xichuan: Area) -> None:
    table = xichuan.tables["birth_registrations"]
    moved = {name: table[name] - pd.DateOffset(years=5) for name in ("from_date", "to_date")}
    old = replace(xichuan, tables=dict(xichuan.tables) | {"birth_registrations": table.assign(**moved)})
    year, anchors = registration_anchors(launch(old))
    # The last births that the province has published are of 2024.
    assert (year, set(anchors)) == (2024, {"province"})


def test_births_by_the_prefecture_agree(xichuan: Area) -> None:
    # 65,000 births of Nanyang in 2024, times 4,474 of its 79,206 infants of 2020: 3,672.
    assert checks(xichuan)["births_by_prefecture"][1] == "3,672"


def test_heaped_single_ages_are_flagged(xichuan: Area) -> None:
    # The Census Bureau's example of heaped ages: Whipple 2.34, Myers 23.6, Bachi 28.9 (SINGAGE), half of it for each sex.
    counts = np.array(known_answer("age_heaping_pas_singage_males")["counts"]) / 2
    latest = xichuan.tables["census_population"]
    ages = np.tile(np.arange(100), 2)
    single = pd.DataFrame(
        {"date": latest["date"].max(), "sex": ["male"] * 100 + ["female"] * 100, "age_lo": ages, "age_hi": ages}
    )
    single["population"] = np.tile(counts, 2)
    single.loc[single["age_lo"] == 99, "age_hi"] = pd.NA
    start = launch(xichuan)
    heaped = replace(start, area=replace(xichuan, tables={**xichuan.tables, "census_population": single}))
    found = {one.key: (one.found, one.verdict) for one in _digit_preference(heaped)}
    assert found == {"whipple": ("2.34", "doubtful"), "myers": ("23.6", "doubtful"), "bachi": ("28.9", "doubtful")}
    # Five-year groups tell nothing of digits.
    assert not list(_digit_preference(start))


def test_accuracy_of_ages_is_that_of_the_census_as_counted(xichuan: Area) -> None:
    # Groups 0-4 to 75-79 of 2020, males then females, the published formula in plain sums.
    census = xichuan.tables["census_population"]
    census = census[census["date"] == census["date"].max()]
    groups = {
        sex: [
            census.loc[(census["sex"] == sex) & census["age_lo"].between(a, a + 4), "population"].sum() for a in range(0, 80, 5)
        ]
        for sex in ("male", "female")
    }
    score = 0.0
    for values in groups.values():
        score += sum(abs(200 * values[i] / (values[i - 1] + values[i + 1]) - 100) for i in range(1, 15)) / 14
    ratios = [100 * m / f for m, f in zip(groups["male"], groups["female"], strict=True)]
    score += 3 * sum(abs(ratios[i] - ratios[i - 1]) for i in range(1, 16)) / 15
    assert checks(xichuan)["age_sex_accuracy"][0] == f"{score:.1f}"


def test_infants_of_the_province_are_held_to_its_births_of_twelve_months(xichuan: Area) -> None:
    # 916,045 infants of 1 November 2020; 61/366 of the 1,204,000 births of 2019 and 305/366 of the 917,000 of 2020, of whom some
    # five in a thousand had died.
    found, expected, verdict = checks(xichuan)["births_against_infants_of_province"]
    assert (found, verdict) == ("916,045", "look")
    births = (61 * 1_204_000 + 305 * 917_000) / 366
    assert float(expected.replace(",", "")) == pytest.approx(births * 0.995, rel=1e-3)


def test_fertility_by_reverse_survival_by_hand(xichuan: Area) -> None:
    # Births before the census are its children over their survival; women, a year younger each year back, count by the pattern.
    base = launch(xichuan).base
    stock, lived, survival = base.census.population, base.table.person_years[0], base.table.survival[0][1]
    pattern = base.schedule.sum(axis=0) / base.schedule.sum()
    women, total = stock[1], []
    for age in range(5):
        births = stock[:, age].sum() / lived[:, age].mean()
        before = np.append(women[1:] / survival[1:], np.nan)
        years = np.where(pattern > 0, (women + before) / 2, 0.0)
        total.append(births / (pattern * years).sum())
        women = before
    found, expected, _ = checks(xichuan)["reverse_survival"]
    assert found == f"{np.mean(total):.2f}"
    # Henan's births of 2016-2020, in thousands, against 917 in 2020, times the total fertility of 2020.
    back = np.mean([1426, 1401, 1270, 1204, 917]) / 917
    assert expected == f"{base.schedule.sum() * back:.2f}"


def test_the_years_since_the_census_agree_with_the_prefecture(xichuan: Area) -> None:
    # Nanyang 2024: 82,500 deaths and 2,080,000 people of 60 and over among 9,454,000. Neither was used.
    found = checks(xichuan)
    assert found["deaths_of_prefecture"][1:] == ("8.73 ‰", "sound")
    assert found["ages_of_prefecture"][1:] == ("22.0 %", "sound")


def test_the_countys_own_deaths_do_not_move_those_of_the_province(xichuan: Area) -> None:
    series = xichuan.tables["series"]
    own = series.iloc[[0]].assign(indicator="deaths", year=2020, value=6_000.0)
    area = replace(xichuan, tables={**xichuan.tables, "series": pd.concat([series, own])})
    assert checks(area)["deaths_of_province"] == checks(xichuan)["deaths_of_province"]


def test_deaths_of_the_first_census_are_incomplete(xichuan: Area) -> None:
    # 4.08 per 1,000 reported in 2010, in a county to whose people the rates of that year give over six.
    found, expected, verdict = checks(xichuan)["deaths_reported"]
    assert (found, verdict) == ("4.08 ‰", "look")
    assert 5.8 < float(expected.removesuffix(" ‰")) < 6.7


def test_students_who_stay_are_left_out_of_the_replay(xichuan: Area) -> None:
    # 3,000 students of either sex among some 10,000 of their ages: on one side only they would be far more than three per cent.
    found = checks(with_students(xichuan, "2010-11-01", "2020-11-01"))
    assert found["replay"][2] == "sound"


def test_the_table_of_an_area_speaks_either_language(xichuan: Area) -> None:
    zh, en = quality(xichuan, "zh"), quality(xichuan, "en")
    assert list(zh.columns) == ["key", "check", "found", "against", "verdict", "reason"]
    assert zh["key"].is_unique
    assert set(zh["verdict"]) <= {"可信", "需留意", "存疑"}
    assert set(en["verdict"]) <= {"sound", "look closer", "doubtful"}


def test_every_finding_reads_in_both_languages(xichuan: Area) -> None:
    for one in findings(launch(xichuan)):
        assert one.title("zh") != one.title("en")
        assert one.reason("zh") != one.reason("en")


def test_fertility_moves_births_in_proportion(xichuan: Area) -> None:
    # Without registrations, from which what is assumed of those away would change what they say of the residents.
    tables = {name: table for name, table in xichuan.tables.items() if name != "birth_registrations"}
    frame = sensitivity(launch(replace(xichuan, tables=tables)), to=2030).set_index(["variant", "year"])
    births = frame["births"]
    # In the first year the mothers are the same, so a tenth more total fertility is a tenth more births, but for the ages at
    # which most of the women bear anyway: these can add less, and the other ages add it instead.
    assert births["fertility_up", 2026] == pytest.approx(1.1 * births["baseline", 2026], rel=5e-4)
    assert births["fertility_down", 2026] == pytest.approx(0.9 * births["baseline", 2026], rel=5e-4)
    # Resident births of the published years do not depend on what is assumed of those away.
    assert births["away_fertility_up", 2026] == pytest.approx(births["baseline", 2026], rel=1e-2)
    assert frame["registered_births"]["away_fertility_up", 2026] > frame["registered_births"]["baseline", 2026]
