"""The figures that come with popmodel are those that were published, each with its source, and readable by other programs."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from popmodel.areas import Area, load_area
from popmodel.areas.package import package_text, with_tables
from popmodel.areas.schemas import PACK_TABLES, REFERENCE_TABLES


@pytest.fixture(scope="module")
def xichuan(root: Path) -> Area:
    return load_area(root / "data" / "xichuan")


def totals(table: pd.DataFrame, date: str, area: str | None = None) -> dict[str, float]:
    rows = table[(table["date"] == date) & ((table["area"] == area) if area else True)]
    return dict(zip(rows["indicator"], rows["value"], strict=True))


def yearly(table: pd.DataFrame, area: str, indicator: str) -> dict[int, float]:
    rows = table[(table["area"] == area) & (table["indicator"] == indicator)]
    return dict(zip(rows["year"], rows["value"], strict=True))


def test_xichuan_census_totals(xichuan: Area) -> None:
    # Published: sixth and seventh census, county tabulation.
    first, second = (totals(xichuan.tables["census_totals"], date) for date in ("2010-11-01", "2020-11-01"))
    assert (first["residents"], first["registered"]) == (685_683, 771_667)
    assert (second["residents"], second["urban_residents"], second["rural_residents"]) == (538_569, 279_603, 258_966)
    assert second["registered_in_other_township"] == 105_378
    assert (second["registered_elsewhere_in_province"], second["registered_outside_province"]) == (21_130, 2_523)


def test_xichuan_census_ages(xichuan: Area) -> None:
    # Published apart from the table: children under one in 2010 and 2020, and the 104,696 residents aged 5 to 14 of 2020.
    census = xichuan.tables["census_population"]
    by_age = census.groupby(["date", "age_lo"])["population"].sum()
    assert (by_age["2010-11-01", 0], by_age["2020-11-01", 0]) == (7_428, 4_474)
    assert by_age["2020-11-01", 5] + by_age["2020-11-01", 10] == 104_696
    assert by_age.groupby("date").sum().tolist() == [685_683, 538_569]


def test_xichuan_outturn_adds_to_the_published_sum(xichuan: Area) -> None:
    outturn = xichuan.tables["outturn"].set_index("scheme")
    assert outturn["amount_fen"].sum() == 1_381_352_000  # 13,813,520 yuan
    assert outturn["recipients"].to_dict() == {
        **{"rural_family_reward": 6_743, "urban_only_child_parents": 3_858, "special_support": 353, "only_child_award": 625},
    }
    # 960 yuan a person and year: 6,743 × 960 and 3,858 × 960
    assert outturn.loc["rural_family_reward", "amount_fen"] == 6_743 * 96_000
    assert outturn.loc["urban_only_child_parents", "amount_fen"] == 3_858 * 96_000
    assert outturn["amount_fen"].sum() < 100 * float(yearly_own(xichuan, "population_work_outturn")[2023])


def yearly_own(area: Area, indicator: str) -> dict[int, float]:
    rows = area.tables["series"][area.tables["series"]["indicator"] == indicator]
    return dict(zip(rows["year"], rows["value"], strict=True))


def test_xichuan_places_and_registrations(xichuan: Area) -> None:
    # 2,650 places are 4.92 per 1,000 of 538,569 residents and 3.96 of 670,000 registered people.
    places, registered = yearly_own(xichuan, "childcare_places")[2023], yearly_own(xichuan, "registered_population")[2023]
    assert round(places / 538.569, 2) == 4.92
    assert round(places / registered * 1000, 2) == 3.96
    births = xichuan.tables["birth_registrations"].set_index("order")["registrations"]
    assert births.sum() == 5_624
    assert round(100 * births["3+"] / births.sum(), 1) == 2.2
    targets = xichuan.tables["targets"].set_index("target")["value"]
    assert (targets["places_per_1000"], targets["township_units_with_service"], targets["model_institutions"]) == (4.5, 17, 2)


def test_xichuan_townships(xichuan: Area) -> None:
    townships = xichuan.tables["townships"]
    assert len(townships) == 17
    assert townships["type"].value_counts().to_dict() == {"town": 11, "township": 4, "subdistrict": 2}
    # The two county-seat streets have 19 of the units: 4 %, while half of the county lives in towns.
    assert (
        round(
            100
            * townships.loc[townships["type"] == "subdistrict", "village_level_units"].sum()
            / townships["village_level_units"].sum()
        )
        == 4
    )
    assert townships.loc[townships["name"] == "丹阳镇", "other_name"].tolist() == ["九重镇"]


def test_the_resettlement_is_an_assumed_event_after_the_census(xichuan: Area) -> None:
    (event,) = xichuan.tables["events"].to_dict("records")
    assert (event["persons_low"], event["persons"], event["persons_high"], event["status"]) == (80_000, 85_000, 90_000, "assumed")
    assert event["from_date"] > pd.Timestamp(2010, 11, 1)


def test_henan_series(xichuan: Area) -> None:
    series = xichuan.reference.tables["series"]
    births = yearly(series, "410000", "births")
    assert [births[year] for year in range(2020, 2025)] == [917_000, 793_000, 733_000, 695_000, 762_000]
    assert [yearly(series, "100000", "births")[year] for year in (2024, 2025)] == [9_540_000, 7_920_000]
    # Published rates: births over the mean of the year-end populations, e.g. 7.42 ‰ in 2022 and 7.78 ‰ in 2024.
    people, rates = yearly(series, "410000", "population_year_end"), yearly(series, "410000", "crude_birth_rate")
    for year in (2021, 2022, 2023, 2024):
        assert births[year] / ((people[year - 1] + people[year]) / 2) * 1000 == pytest.approx(rates[year], abs=0.06)


def test_henan_third_births_agree_with_the_published_share(xichuan: Area) -> None:
    # Long form of the census against the province's own statement for 2020: 15.14 %.
    births = xichuan.reference.tables["births_by_order"]
    by_order = births[(births["area"] == "410000") & (births["census"] == 2020)].groupby("order")["births"].sum()
    published = yearly(xichuan.reference.tables["series"], "410000", "third_and_higher_share")[2020]
    assert round(100 * by_order["3+"] / by_order.sum(), 2) == published == 15.14


def test_deaths_add_to_the_published_totals(xichuan: Area) -> None:
    by_census = (
        xichuan.reference.tables["deaths"].groupby(["census", "urban_rural", "area", "sex"])[["deaths", "population"]].sum()
    )
    # Sixth census: 1,332,810,869 people, 94,029,939 of them in Henan.
    assert by_census.loc[(2010, "total", "100000"), "population"].sum() == 1_332_810_869
    assert by_census.loc[(2010, "total", "410000"), "population"].sum() == 94_029_939
    by_residence = by_census.loc[2020]
    deaths = by_residence.loc["total"]
    assert deaths.loc[("100000", "male")].tolist() == [4_617_095, 721_416_394]
    assert deaths.loc[("100000", "female")].tolist() == [3_348_677, 688_362_330]
    # Henan's census population: 99,365,519
    assert deaths.loc["410000", "population"].sum() == 99_365_519
    # Towns and villages are parts of the whole; what is left are the cities: 12,913,127 men in Henan.
    cities = deaths - by_residence.loc["town"] - by_residence.loc["rural"]
    assert cities.loc[("410000", "male"), "population"] == 12_913_127
    assert cities.loc[("100000", "female"), "deaths"] == 867_341


def test_fertility_levels_are_the_stated_assumptions(xichuan: Area) -> None:
    # The rates are rounded to a millionth before they are added: 144 of them make up to 0.0002.
    by_census = xichuan.reference.tables["fertility"].groupby(["census", "residence"])["asfr"].sum()
    assert by_census[2010, "total"] == pytest.approx(1.188, abs=5e-4)  # as the census tabulates it
    levels = by_census[2020]
    stated = {"total": 1.296, "city": 1.12, "town": 1.40, "rural": 1.54}
    assert levels.to_dict() == pytest.approx(stated, abs=2e-4)
    assert set(xichuan.reference.tables["fertility"]["status"]) == {"derived"}


def test_united_nations_path(xichuan: Area) -> None:
    # WPP 2024, China: births of 2025 expected at 8.71 million, life expectancy of women in 2020 80.9992.
    wpp = xichuan.reference.tables["wpp_china"].set_index(["indicator", "year"])["value"]
    assert round(wpp["births", 2025] / 1e6, 2) == 8.71
    assert wpp["e0_female", 2020] == pytest.approx(80.9992)
    assert wpp["tfr_low", 2050] < wpp["tfr", 2050] < wpp["tfr_high", 2050]
    # To the last year that a projection may reach, and life expectancy from the first census on.
    for indicator, first in {"tfr": 2020, "e0_male": 2010, "e0_female": 2010, "births": 2020}.items():
        assert wpp[indicator].index.tolist() == list(range(first, 2101))


@pytest.mark.parametrize("name", ["xichuan", "reference"])
def test_the_package_file_follows_the_declaration(root: Path, name: str) -> None:
    # When this fails: python -m popmodel.areas data/xichuan data/reference
    folder = root / "data" / name
    written = (folder / "datapackage.json").read_text(encoding="utf-8")
    content = json.loads(written)
    tables = PACK_TABLES if name == "xichuan" else REFERENCE_TABLES
    assert {item["path"] for item in content["resources"]} == {path.name for path in folder.glob("*.csv")}
    present = [table for table in tables.values() if (folder / table.file).exists()]
    assert package_text(with_tables(content, present)) == written


@pytest.mark.parametrize("name", ["xichuan", "reference"])
def test_files_are_plain(root: Path, name: str) -> None:
    # UTF-8 without a byte order mark, line feeds only, one at the end: git shows a changed figure as one changed line.
    for path in sorted((root / "data" / name).glob("*.csv")):
        data = path.read_bytes()
        assert not data.startswith(b"\xef\xbb\xbf"), path
        assert b"\r" not in data, path
        assert data.endswith(b"\n"), path
        assert not data.endswith(b"\n\n"), path


def test_the_shipped_data_give_no_notice(xichuan: Area) -> None:
    assert xichuan.notices == ()


def test_united_nations_figures_carry_their_licence(root: Path) -> None:
    content = json.loads((root / "data" / "reference" / "datapackage.json").read_text(encoding="utf-8"))
    (wpp,) = (item for item in content["resources"] if item["path"] == "wpp_china.csv")
    assert wpp["licenses"][0]["name"] == "CC-BY-3.0-IGO"


AREAS = {"全国": "100000", "河南": "410000", "南阳": "411300"}


@pytest.mark.needs_shared
def test_reference_series_are_complete(shared: Path, xichuan: Area) -> None:
    with open(shared / "data" / "population_and_services_series.csv", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["area"] in AREAS]
    wanted = sorted(
        (AREAS[row["area"]], int(row["year"]), float(Decimal(row["value"]) * (10_000 if "_万" in row["indicator"] else 1)))
        for row in rows
    )
    series = xichuan.reference.tables["series"]
    # The life expectancies by sex up to 2010 are the project's own, from the bureau's announcement of 2012.
    series = series[~series["indicator"].isin(["e0_male", "e0_female"])]
    assert sorted(zip(series["area"], series["year"], series["value"], strict=True)) == wanted


@pytest.mark.needs_shared
@pytest.mark.parametrize("code", ["410000", "411300"])
def test_reference_censuses_are_the_published_ones(shared: Path, xichuan: Area, code: str) -> None:
    census = xichuan.reference.tables["census_population"]
    with open(shared / "data" / "census_counties_henan_2010_2020.csv", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["code"] == code]
    assert len(rows) == 2
    for row in rows:
        own = census[(census["area"] == code) & (census["date"] == row["census_date"])]
        for sex in ("male", "female"):
            published = [int(value) for name, value in row.items() if name.startswith(f"{sex}_")]
            assert own.loc[own["sex"] == sex, "population"].tolist() == published


def test_united_nations_death_rates(xichuan: Area) -> None:
    # WPP 2024, China, 2020-2025: infants 6.179 (boys) per 1,000; twenty-two ages, two sexes, ten periods.
    rates = xichuan.reference.tables["wpp_death_rates"]
    assert len(rates) == 22 * 2 * 10
    first = rates[(rates["from_year"] == 2020) & (rates["sex"] == "male") & (rates["age_lo"] == 0)]
    assert round(1000 * float(first["rate"].iloc[0]), 3) == 6.179
    assert set(rates["unit"]) == {"per_person"}
