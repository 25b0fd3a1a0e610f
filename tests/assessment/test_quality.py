"""Verdicts on Xichuan's base data, against figures worked by hand from the published ones."""

import pytest

from popmodel.areas import Area
from popmodel.assessment import findings, registration_anchors, sensitivity
from popmodel.projection import launch, project


def checks(area: Area) -> dict[str, tuple[str, str, str]]:
    return {one.key: (one.found, one.expected, one.verdict) for one in findings(launch(area))}


def test_third_births_are_flagged(xichuan: Area) -> None:
    # 124 of 3,139 + 2,361 + 124 = 5,624 registrations are 2.2 %; in the province's long form 13,405 of 88,569 are 15.1 %.
    assert checks(xichuan)["third_births"] == ("2.2 %", "15.1 %", "doubtful")


def test_the_infants_sex_ratio_is_set_beside_the_province(xichuan: Area) -> None:
    # 2,393 / 2,081 = 1.150; 476,347 / 439,698 = 1.083. Standard error 115 · sqrt(1/2,393 + 1/2,081) = 3.4: less than two of it.
    assert checks(xichuan)["infant_sex_ratio"] == ("115.0 ± 3.4", "108.3", "sound")


def test_the_gap_of_the_registered_population_is_shown(xichuan: Area) -> None:
    found, expected, verdict = checks(xichuan)["registered_total"]
    assert expected == "670,000"
    assert verdict == "doubtful"
    assert float(found.replace(",", "")) == pytest.approx(
        float(project(xichuan, to=2030).bridge().loc[2023, "registered"]), abs=1
    )


def test_two_ways_to_count_registered_births(xichuan: Area) -> None:
    # Province: 695,000 births over 104,281,397 registered, times 670,000. Registrations: 5,624 in 354 days, times 365.
    anchors = registration_anchors(launch(xichuan), 2023)
    assert anchors["province"] == pytest.approx(695_000 / 104_281_397 * 670_000)
    assert anchors["registrations"] == pytest.approx(5_624 * 365 / 354)


def test_births_by_the_prefecture_agree(xichuan: Area) -> None:
    # 65,000 births of Nanyang in 2024, times 4,474 of its 79,206 infants of 2020: 3,672.
    assert checks(xichuan)["births_by_prefecture"][1] == "3,672"


def test_every_finding_reads_in_both_languages(xichuan: Area) -> None:
    for one in findings(launch(xichuan)):
        assert one.title("zh") != one.title("en")
        assert one.reason("zh") != one.reason("en")


def test_fertility_moves_births_in_proportion(xichuan: Area) -> None:
    frame = sensitivity(launch(xichuan), to=2030).set_index(["variant", "year"])
    births = frame["births"]
    # In the first year the mothers are the same, so a tenth more total fertility is a tenth more births, but for the ages at
    # which most of the women bear anyway: these can add less, and the other ages add it instead.
    assert births["fertility_up", 2026] == pytest.approx(1.1 * births["baseline", 2026], rel=5e-4)
    assert births["fertility_down", 2026] == pytest.approx(0.9 * births["baseline", 2026], rel=5e-4)
    # Resident births of the published years do not depend on what is assumed of those away.
    assert births["away_fertility_up", 2026] == pytest.approx(births["baseline", 2026], rel=1e-2)
    assert frame["registered_births"]["away_fertility_up", 2026] > frame["registered_births"]["baseline", 2026]
