"""The chapters on Xichuan: all there, in one language, and printing the census and the results they stand for."""

import re
from datetime import date

import pytest

from popmodel.chain import Results, dated_parameters
from popmodel.reports import Notice, Picture, Report, Table
from popmodel.reports.chapters import build_report
from tests.reports.texts import texts_of

CHAPTERS = [
    "key_figures",
    "population",
    "projection",
    "places",
    "places_plan",
    "subsidies",
    "budget",
    "plan",
    "scenarios",
    "uncertainty",
    "assumptions",
    "trust",
]
# Words that are no English left in Chinese: names of files, programs, licences, and places on the web.
NAMES = {"popmodel", "assumptions", "yaml", "tables", "xlsx", "IGO", "html", "https", "www", "com", "hnjkw", "henan"}


@pytest.fixture(scope="module", params=["zh", "en"])
def report(results: Results, request: pytest.FixtureRequest) -> Report:
    return build_report(results, lang=request.param, run_id="r", today=date(2026, 11, 24))


def test_every_chapter_is_there(report: Report) -> None:
    assert [chapter.key for chapter in report.chapters] == CHAPTERS


def test_a_report_speaks_one_language(report: Report) -> None:
    if report.lang == "zh":
        left = {word for said in texts_of(*report.chapters) for word in re.findall(r"[A-Za-z]{3,}", said)} - NAMES
    else:
        left = {said for said in texts_of(*report.chapters) if re.search("[\u4e00-\u9fff]", said)}
    assert not left


def test_every_table_and_chart_names_its_source(report: Report) -> None:
    blocks = [block for chapter in report.chapters for block in chapter.blocks if isinstance(block, Table | Picture)]
    assert len(blocks) > 30
    assert all(block.source for block in blocks)


def test_the_cohort_table_prints_the_census(report: Report) -> None:
    frame = report.frames()["cohort_migration"].set_index("age_first")
    # Census 2010: boys under 1 and 1-4, girls of 10-14; with those resettled out, boys of 0-4 should be 29,092 in 2020.
    assert frame.loc["0-4", "counted_male"] == pytest.approx(3_886 + 29_400)
    assert frame.loc["10-14", "counted_female"] == pytest.approx(22_616)
    assert frame.loc["0-4", "expected_male"] == pytest.approx((3_886 + 29_400) * (1 - 85_000 / 685_683) * 0.9977, rel=2e-3)


def test_the_plan_prints_the_projection(report: Report, results: Results) -> None:
    plan = report.frames()["plan"]
    people, births = plan["2030"].iloc[0], plan["2030"].iloc[2]
    assert people == pytest.approx(results.projection.persons(0, 100)[2030])
    assert births == pytest.approx(results.projection.components()["births"][2030])


def test_assumptions_past_their_review_are_named(results: Results) -> None:
    late = build_report(results, lang="zh", today=date(2031, 1, 1)).chapter("assumptions")
    warnings = [block.text for block in late.blocks if isinstance(block, Notice) and block.kind == "warning"]
    assert len(warnings) == 1
    # By 2031 every assumption, rule and standard should have been checked again.
    every = len(results.projection.assumptions) + len(dated_parameters(results.projection.area))
    assert f" {every} " in warnings[0]
