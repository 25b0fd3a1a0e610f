"""A county's own figures in the forecast: it meets what they state, and the report says which it used and as what."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from popmodel.areas import Area, load_area
from popmodel.areas.own_figures import StockByAge, own_figures
from popmodel.assessment.own_data import own_uses
from popmodel.assessment.registers import registers_compared, township_counts
from popmodel.chain import run_chain
from popmodel.childcare import township_shares
from popmodel.messages import text
from popmodel.projection import Launch, Projection, balance_error, launch, project, project_from
from popmodel.projection.registered import registered_at_year_end
from popmodel.reports import Table
from popmodel.reports.chapters import build_report
from popmodel.reports.model import Bullets
from popmodel.subsidies.recipients.family_reward import reward_recipients
from popmodel.subsidies.recipients.people import People
from tests.own_pack import OWN, TOWNSHIPS, with_own_figures
from tests.reports.texts import texts_of


@pytest.fixture(scope="module")
def own(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Area:
    """Xichuan with figures of its own in every table."""
    return load_area(with_own_figures(root / "data" / "xichuan", tmp_path_factory.mktemp("own") / "xichuan"))


@pytest.fixture(scope="module")
def start(own: Area) -> Launch:
    return launch(own)


@pytest.fixture(scope="module")
def projection(own: Area, start: Launch) -> Projection:
    return project_from(start, own.scenarios["medium"], 2035, draws=200)


def pack(root: Path, tmp_path: Path, **tables: str) -> Area:
    return load_area(with_own_figures(root / "data" / "xichuan", tmp_path / "xichuan", **tables))


def test_the_forecast_meets_every_benchmark_and_total(projection: Projection) -> None:
    residents, registered = projection.components(), projection.components("registered")
    assert residents.loc[2023, "births"] == pytest.approx(3500)
    assert registered.loc[2024, "births"] == pytest.approx(5100)
    assert registered.loc[2023, "migration"] == pytest.approx(2100 - 3400)
    assert residents.loc[[2022, 2025], "population"].tolist() == pytest.approx([530_000, 512_000])
    assert max(balance_error(projection.resident), balance_error(projection.registered)) < 1e-6


def test_registered_people_have_the_ages_counted(own: Area, projection: Projection) -> None:
    table = own.tables["registered_population"]
    stock = projection.registered["population"].sel(year=2024)
    for sex, low, high, persons in zip(table["sex"], table["age_lo"], table["age_hi"], table["population"], strict=True):
        last = 100 if pd.isna(high) else int(high)
        assert float(stock.sel(sex=sex, age=slice(int(low), last)).sum()) == pytest.approx(float(persons), rel=1e-9)


def test_the_registered_base_is_the_one_from_which_the_count_comes(own: Area, start: Launch) -> None:
    """What the suite derived was an eighth too many: they were too many all along, and did not leave in the year of the count."""
    plain = launch(replace(own, tables={name: table for name, table in own.tables.items() if name != "registered_population"}))
    derived, counted = (float(one.year(2024).registered.population.sum()) for one in (plain, start))
    assert derived > 1.12 * counted
    for year in (2021, 2022, 2023):
        before, after = (float(one.year(year).registered.population.sum()) for one in (plain, start))
        assert after / before == pytest.approx(counted / derived, abs=0.01)
    # What is left to moves of registration are ages at which fewer were counted than live here with a registration here.
    assert abs(start.year(2024).registered.migration.sum()) < 0.1 * (derived - counted)


def test_draws_know_the_registered_people_that_were_counted(own: Area, projection: Projection) -> None:
    place = projection.years.index(2024)
    assert projection.draws is not None
    counted = np.log(projection.draws.persons(0, 100, "registered")[place]).std()
    # 0.01 of the count itself and what chance, deaths and births do in four years.
    assert 0.008 < counted < 0.02
    tables = {name: table for name, table in own.tables.items() if name != "registered_population"}
    derived = project(replace(own, tables=tables), to=2026, draws=100).draws
    assert derived is not None
    assert np.log(derived.persons(0, 100, "registered")[place]).std() > 3 * counted


def test_a_total_alone_keeps_the_ages_that_were_worked_out(root: Path, tmp_path: Path) -> None:
    plain = launch(load_area(root / "data" / "xichuan")).year(2024).registered.population
    people = "date,sex,age_lo,age_hi,population\n2024-12-31,male,0,,400000\n2024-12-31,female,0,,360000"
    found = launch(pack(root, tmp_path, registered_population=people)).year(2024).registered.population
    np.testing.assert_allclose(found.sum(axis=1), [400_000, 360_000])
    together = "date,sex,age_lo,age_hi,population\n2024-12-31,both,0,17,150000\n2024-12-31,both,18,,610000"
    of_both = launch(pack(root, tmp_path / "b", registered_population=together)).year(2024).registered.population
    np.testing.assert_allclose([of_both[:, :18].sum(), of_both[:, 18:].sum()], [150_000, 610_000])
    np.testing.assert_allclose(of_both[0].sum() / of_both[1].sum(), plain[0].sum() / plain[1].sum(), rtol=0.02)
    for sex, persons in enumerate((400_000, 360_000)):
        np.testing.assert_allclose(found[sex, 5:80], plain[sex, 5:80] * persons / plain[sex].sum(), rtol=0.03)


def test_children_born_since_the_census_are_fewer_from_birth_where_fewer_are_counted(root: Path, tmp_path: Path) -> None:
    people = "date,sex,age_lo,age_hi,population\n2024-12-31,male,0,,345000\n2024-12-31,female,0,,322000"
    year = launch(pack(root, tmp_path, registered_population=people)).year(2024)
    assert year.corrected is not None
    # Of some twenty thousand; an eighth of them would have to leave if they had been born here.
    assert abs(year.corrected[:, :4]).sum() < 100


def test_draws_have_the_central_path_in_their_middle(projection: Projection) -> None:
    assert projection.draws is not None
    drawn = np.median(projection.draws.persons(0, 100, "registered"), axis=1)[-10:]
    central = projection.persons(0, 100, "registered").loc[2026:].to_numpy()
    assert drawn == pytest.approx(central, rel=0.02)


def test_months_of_this_year_move_its_births_to_what_they_mean(start: Launch, projection: Projection) -> None:
    # 250 + 1 … 250 + 9 are 2,295 births in nine of twelve even months: 3,060 in the year, and the year comes near it.
    told = start.told[-1]
    assert (told.evidence.kind, told.evidence.group, told.evidence.year) == ("births", "resident", 2026)
    assert told.nowcast.full_year == pytest.approx(3060)
    births = float(projection.components().loc[2026, "births"])
    assert births == pytest.approx(told.nowcast.births, rel=1e-3)
    assert abs(births - 3060) < abs(births - told.nowcast.expected)


@pytest.mark.parametrize("factor", [0.8, 1.0, 1.2])
def test_more_births_counted_are_more_births_forecast(root: Path, tmp_path: Path, factor: float) -> None:
    rows = "\n".join(f"2026,{month},here,any,all,{round(factor * 265)}" for month in range(1, 10))
    area = pack(root, tmp_path, births=f"year,month,lives,registered,order,births\n{rows}")
    begun = launch(area)
    births = project_from(begun, area.scenarios["medium"], 2030).components()["births"]
    assert births[2026] == pytest.approx(begun.told[-1].nowcast.births, rel=1e-3)
    # What this year was out by, the years after it keep: the level stays where it was moved.
    plain = project_from(launch(load_area(root / "data" / "xichuan")), area.scenarios["medium"], 2030).components()["births"]
    assert (births[2026] > plain[2026]) == (births[2030] > plain[2030])


@pytest.mark.parametrize("counted", [4_400, 6_500])
def test_a_year_of_registered_births_tells_of_the_years_after_it(root: Path, tmp_path: Path, xichuan: Area, counted: int) -> None:
    """With the residents' births of the year known, what is left can only be the children of mothers living away."""
    plain = launch(xichuan)
    residents = round(float(plain.year(2024).resident.births.sum()))
    rows = f"year,month,lives,registered,order,births\n2024,,here,any,all,{residents}\n2024,,any,here,all,{counted}"
    told = launch(pack(root, tmp_path, births=rows))
    expected = float(plain.year(2024).registered.births.sum())
    before, after = (project_from(one, xichuan.scenarios["medium"], 2030) for one in (plain, told))
    # Of ln(counted ÷ expected) 0.12² ÷ (0.12² + 0.02² + 1 ÷ counted) are learnt: 96 per cent.
    worked_out = float(told.year(2024).registered_born)
    assert np.log(worked_out / expected) == pytest.approx(0.96 * np.log(counted / expected), rel=0.02)
    assert float(told.year(2025).resident.births.sum()) == pytest.approx(float(plain.year(2025).resident.births.sum()), rel=0.01)
    for year in (2026, 2030):
        moved = after.components("registered")["births"][year] / before.components("registered")["births"][year]
        assert moved == pytest.approx(worked_out / expected, rel=0.04)


def test_of_each_kind_the_latest_year_is_weighed(root: Path, tmp_path: Path) -> None:
    months = [f"{year},{month},here,any,all,{births}" for year, births in ((2026, 265), (2025, 240)) for month in (1, 2, 3)]
    claims = [f"2026-06-30,{year},{month},475" for year in (2025, 2024) for month in (1, 2, 3)]
    area = pack(
        root,
        tmp_path,
        births="\n".join(["year,month,lives,registered,order,births", *months]),
        allowance_claims="\n".join(["to_date,birth_year,birth_month,claims", *claims]),
    )
    told = [(one.evidence.kind, one.evidence.year) for one in launch(area).told]
    assert told == [("registrations", 2023), ("claims", 2025), ("births", 2026)]


def test_claims_tell_of_the_births_a_year_back(root: Path, tmp_path: Path) -> None:
    # At 95 per cent claimed, 2,850 claims of the first half year mean 3,000 registered children of it, and 6,000 of the year.
    rows = "\n".join(f"2026-06-30,2025,{month},475" for month in range(1, 10))
    area = pack(root, tmp_path, allowance_claims=f"to_date,birth_year,birth_month,claims\n{rows}")
    begun = launch(area)
    told = begun.told[-1]
    assert [one.evidence.kind for one in begun.told] == ["registrations", "claims"]
    # July to September are less than a year back at the end of June: claims of theirs are still to come.
    assert [one.first.month for one in told.evidence.counted] == [1, 2, 3, 4, 5, 6]
    assert told.nowcast.full_year == pytest.approx(6000, rel=0.01)


def test_deaths_counted_since_the_census_move_the_rates(root: Path, tmp_path: Path) -> None:
    plain = launch(load_area(root / "data" / "xichuan"))
    expected = float(plain.year(2024).registered.deaths.sum())
    counted = round(1.2 * expected)
    area = pack(root, tmp_path, deaths_by_age=f"year,group,sex,age_lo,age_hi,deaths\n2024,registered,both,0,,{counted}")
    begun = launch(area)
    strength = area.assumptions.value("mortality.prior_deaths")
    ratio = (counted + strength) / (expected + strength)
    assert float(begun.year(2021).resident.deaths.sum() / plain.year(2021).resident.deaths.sum()) == pytest.approx(
        ratio, rel=0.02
    )


def test_deaths_of_some_ages_are_held_against_those_of_the_same_ages(root: Path, tmp_path: Path) -> None:
    plain = launch(load_area(root / "data" / "xichuan")).year(2024)
    head = "year,group,sex,age_lo,age_hi,deaths"
    old_men = float(plain.registered.deaths[0, 60:].sum())
    women_of_70_to_79 = float(plain.registered.deaths[1, 70:80].sum())
    area = pack(root, tmp_path, deaths_by_age=f"{head}\n2024,registered,male,60,,3000\n2024,registered,female,70,79,500")
    assert launch(area).place.facts.own.deaths_since == pytest.approx((3500, old_men + women_of_70_to_79), rel=1e-6)
    # Those of every age say more, whichever population they are of. Infants' differ a little: births are nowcast afterwards.
    more = f"{head}\n2024,residents,both,60,,9\n2024,registered,both,0,,5000"
    assert launch(pack(root, tmp_path / "b", deaths_by_age=more)).place.facts.own.deaths_since == pytest.approx(
        (5000, float(plain.registered.deaths.sum())), rel=1e-3
    )


def test_what_could_not_be_used_is_told(root: Path, tmp_path: Path) -> None:
    area = pack(
        root,
        tmp_path,
        births="year,month,lives,registered,order,births\n2023,,here,any,1,900\n2024,,here,any,all,3500\n2019,,here,any,all,4000",
        moves="year,group,direction,sex,age_lo,age_hi,persons\n2023,registered,in,both,0,,900",
        deaths_by_age="year,group,sex,age_lo,age_hi,deaths\n2024,residents,both,60,,4000\n2024,registered,both,60,,4100"
        "\n2020,residents,both,60,,3900",
    )
    assert 2020 not in area.facts.deaths
    told = {(one.table, one.use, one.which("en")) for one in own_uses(launch(area))}
    assert told == {
        ("births", "benchmark", "births to residents, 2024"),
        ("births", "unused", "2019, 2023"),
        ("moves", "unused", "2023"),
        ("deaths_by_age", "unused", "2020"),
        ("deaths_by_age", "benchmark", "deaths of residents, 2024"),
        ("deaths_by_age", "compared", "deaths of the other population, 2024"),
    }


def test_recipients_have_the_ages_counted(projection: Projection) -> None:
    latest = {"year": 2023, "recipients": 6743, "amount_fen": 647_328_000}
    by_age = reward_recipients(People(projection), "rural_family_reward", 2023, latest)
    assert float(by_age.sum()) == pytest.approx(6743)
    assert by_age[0, :10].sum() == pytest.approx(2400)
    assert by_age[1, 10:].sum() == pytest.approx(843)
    people = People(projection, drawn=True)
    drawn = reward_recipients(people, "rural_family_reward", 2023, latest)
    assert drawn.sum(axis=(0, 1)) == pytest.approx(np.full(200, 6743.0))


def test_townships_have_their_own_shares_and_the_rest_what_is_left(own: Area) -> None:
    shares = township_shares(own).set_index("code")["share"]
    counts = np.array([200 + 40 * place for place in range(17)])
    assert shares[TOWNSHIPS].to_numpy() == pytest.approx(counts / counts.sum())
    table = own.tables["township_population"]
    some = replace(own, tables={**own.tables, "township_population": table.iloc[:5]})
    none = replace(own, tables={name: one for name, one in own.tables.items() if name != "township_population"})
    partly, assumed = (township_shares(area).set_index("code")["share"] for area in (some, none))
    assert partly.sum() == pytest.approx(1.0)
    assert partly[TOWNSHIPS[5:]].to_numpy() == pytest.approx(assumed[TOWNSHIPS[5:]].to_numpy())
    assert partly[TOWNSHIPS[4]] / partly[TOWNSHIPS[0]] == pytest.approx(360 / 200)


def test_births_are_those_of_residents_where_both_registrations_are_told() -> None:
    rows = [
        (2024, None, "here", "here", "all", 3000),
        (2024, None, "here", "elsewhere", "all", 100),
        (2024, None, "away", "here", "all", 900),
        (2023, None, "here", "here", "all", 3000),
        (2022, None, "here", "any", "1", 1500),
    ]
    frame = pd.DataFrame(rows, columns=["year", "month", "lives", "registered", "order", "births"])
    found = own_figures({"births": frame})
    # 2023 does not tell those registered elsewhere, 2022 not the higher orders: neither is a year's births.
    assert found.births == {2024: 3100.0}
    assert found.registered_births == {2024: 3900.0}
    assert found.months == ()


def test_registers_of_two_populations_are_not_held_against_each_other(own: Area) -> None:
    residents, registered = registers_compared(own)
    assert set(residents.counts) == {"vaccination", "birth_certificates", "census"}
    assert set(registered.counts) == {"household_registration"}
    # The census is out by more than an eighth, and weighs least; the base lies between the two that agree.
    assert residents.verdicts["census"] == "doubtful"
    assert min(residents.weights, key=lambda name: residents.weights[name]) == "census"
    assert sum(residents.weights.values()) == pytest.approx(1.0)
    assert residents.ratios["vaccination"].to_numpy() == pytest.approx(1.0)
    base = residents.base.to_numpy()
    assert (base > residents.counts["birth_certificates"].to_numpy()).all()
    assert (base < residents.counts["census"].to_numpy()).all()
    assert registered.verdicts["household_registration"] == "look"
    assert township_counts(own, list(residents.weights)).shape == (17, 2)


def test_the_report_says_what_was_used_and_hides_small_counts(own: Area, start: Launch) -> None:
    uses = {(one.table, one.use) for one in own_uses(start)}
    assert uses == {
        ("registered_population", "structure"),
        ("births", "benchmark"),
        ("births", "nowcast"),
        ("allowance_claims", "nowcast"),
        ("deaths_by_age", "benchmark"),
        ("moves", "control"),
        ("series", "control"),
        ("recipients", "structure"),
        ("township_population", "structure"),
    }
    results = run_chain(own, to=2031, draws=50)
    for lang in ("zh", "en"):
        report = build_report(results, lang=lang, run_id="r", today=date(2026, 11, 27))
        (chapter,) = (one for one in report.chapters if one.key == "own_figures")
        tables = {block.key: block for block in chapter.blocks if isinstance(block, Table)}
        cells = [cell for table in tables.values() for row in table.rows(lang) for cell in row]
        if lang == "zh":
            assert not [cell for cell in cells if re.search("[a-z]{4,}", cell)]
        else:
            assert not [cell for table in ("own_uses", "record_checks") for row in tables[table].rows(lang) for cell in row
                        if re.search("[\u4e00-\u9fff]", cell)]  # fmt: skip
        by_township = tables["registers_by_township_residents"].frame
        # Four infants are few; the next smallest would give them away beside the county's.
        assert by_township["count_vaccination"].isna().sum() == 2
        assert "4" not in {row[1] for row in tables["registers_by_township_residents"].rows(lang)}
        (places,) = (one for one in report.chapters if one.key == "places")
        titles = [block.title for block in places.blocks if isinstance(block, Table)]
        assert not [title for title in titles if "乡镇" in title and "假设" in title]
        # Of what the county should add first only the facilities are left.
        (trust,) = (one for one in report.chapters if one.key == "trust")
        wanted = [block for block in trust.blocks if isinstance(block, Bullets)][-1]
        assert list(wanted.items) == [text("chapters.trust.want_childcare", lang=lang)]


def test_the_report_follows_the_county_from_what_was_reported_to_what_it_counted(root: Path, tmp_path: Path) -> None:
    """Xichuan's 670,000 are hearsay, its outturn is of 2023; neither may be spoken of where the county has told better."""
    outturn = "year,scheme,recipients,recipient_unit,amount_yuan\n2025,rural_family_reward,6900,person,6624000.00"
    counted = pack(root, tmp_path, **{name: OWN[name] for name in ("registered_population", "births")}, outturn=outturn)
    report = build_report(run_chain(counted, to=2031, draws=50), lang="zh", run_id="r", today=date(2026, 11, 27))
    said = {chapter.key: " ".join(texts_of(chapter)) for chapter in report.chapters}
    assert "670,000" not in " ".join(said.values())
    assert "2025 年决算" in said["subsidies"]
    assert "2023 年决算" not in " ".join(said.values())
    assert "户籍出生县里自己有数（2024 年）" in said["subsidies"]
    assert "已用上县里自己的出生数" in said["uncertainty"]
    assert "2025 年的补贴决算分文不差" in said["trust"]
    assert report.frames()["place_density"]["as_of"].tolist() == [2020, 2024]


def test_a_pack_without_own_figures_has_no_such_chapter(xichuan: Area) -> None:
    assert own_uses(launch(xichuan)) == []
    assert registers_compared(xichuan) == []


def test_a_count_in_the_middle_of_a_year_moves_its_end_by_as_much(xichuan: Area) -> None:
    begun = launch(xichuan)
    before, year = begun.year(2023).registered.population, begun.year(2024).registered
    # By the end of 30 June 182 of the 366 days of 2024 have passed.
    expected = before + 182 / 366 * (year.population - before)
    ages = tuple(range(101))
    counted = StockByAge(date(2024, 6, 30), (ages, ages), (expected[0] + 10.0, expected[1] + 20.0))
    found = registered_at_year_end(counted, before, year) - year.population
    assert found[0] == pytest.approx(np.full(101, 10.0))
    assert found[1] == pytest.approx(np.full(101, 20.0))


def test_only_the_proportions_of_the_ages_of_recipients_count(own: Area, start: Launch) -> None:
    latest = {"year": 2023, "recipients": 6743, "amount_fen": 647_328_000}
    table = own.tables["recipients"]
    doubled = replace(own, tables={**own.tables, "recipients": table.assign(recipients=2 * table["recipients"])})
    plain = project_from(start, own.scenarios["medium"], 2030)
    both = [reward_recipients(People(replace(plain, area=area)), "rural_family_reward", 2030, latest) for area in (own, doubled)]
    assert both[0] == pytest.approx(both[1])
