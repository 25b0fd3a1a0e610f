"""What a sound pack becomes: typed tables, what it lacks filled and listed, encodings that planners' programs write."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from popmodel.areas import Area, check_area, load_area
from popmodel.messages import LANGUAGES


def test_tables_are_typed(pack: Path, reference: Path) -> None:
    area = load_area(pack, reference=reference)
    census = area.tables["census_population"]
    assert census["date"].max() == pd.Timestamp(2020, 11, 1)
    assert census["population"].sum() == 1000 + 900
    assert census["age_hi"].isna().sum() == 4  # one open group a sex and census
    assert census["note"].eq("").all()
    assert area.tables["townships"]["code"].tolist() == ["410122001", "410122101"]
    assert area.name("zh") == "试验县"


def test_money_is_whole_fen(pack: Path, reference: Path) -> None:
    # 9,600.05 yuan is 960,005 fen; 9600.05 × 100 in floating point is 960004.9999….
    amounts = load_area(pack, reference=reference).tables["outturn"]["amount_fen"]
    assert amounts.tolist() == [960_005]
    assert np.issubdtype(amounts.dtype, np.integer)


@pytest.mark.parametrize(
    ("written", "fen"), [("0.29", 29), ("1.1", 110), ("4503599627370497.01", 450359962737049701), ("7", 700)]
)
def test_no_fen_is_lost_in_reading(pack: Path, reference: Path, written: str, fen: int) -> None:
    path = pack / "outturn.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("9600.05", written), encoding="utf-8")
    assert load_area(pack, reference=reference).tables["outturn"]["amount_fen"].tolist() == [fen]


def same(one: Area, other: Area) -> bool:
    return all(one.tables[name].equals(other.tables[name]) for name in (*one.tables, *other.tables))


@pytest.mark.parametrize(("encoding", "notices"), [("utf-8-sig", 0), ("gb18030", 1), ("gbk", 1)])
def test_what_windows_programs_write_is_read(pack: Path, reference: Path, encoding: str, notices: int) -> None:
    plain = load_area(pack, reference=reference)
    path = pack / "townships.csv"
    path.write_bytes(path.read_text(encoding="utf-8").replace("\n", "\r\n").encode(encoding))
    area = load_area(pack, reference=reference)
    assert same(area, plain)
    assert [notice.code for notice in area.notices] == ["file_read_as_gb18030"] * notices


def test_columns_may_stand_in_any_order_and_empty_rows_are_nothing(pack: Path, reference: Path) -> None:
    plain = load_area(pack, reference=reference)
    path = pack / "events.csv"
    header, row = path.read_text(encoding="utf-8").splitlines()
    turned = [",".join(reversed(line.split(","))) for line in (header, row)]
    path.write_text("\n".join([turned[0], "", ",,,,,,,,,", turned[1], ""]), encoding="utf-8")
    assert same(load_area(pack, reference=reference), plain)


def test_a_county_with_a_census_only_is_filled_and_says_so(bare: Path, reference: Path) -> None:
    area = load_area(bare, reference=reference)
    assert set(area.tables) == {"census_population", "census_totals"}
    filled = {one.code: one for one in area.filled}
    assert {"death_rates", "births_by_year", "residents_by_year", "assumptions"} <= set(filled)
    assert {"events", "townships", "outturn", "targets"} <= {code for code, one in filled.items() if one.kind == "left_out"}
    # Its own registered population and two censuses are there: neither is said to be filled.
    assert not {"registered", "migration_profile"} & set(filled)
    assert "河南省" in filled["births_by_year"].describe("zh")
    assert "Henan" in filled["births_by_year"].describe("en")


def test_every_stand_in_reads_in_both_languages(bare: Path, reference: Path) -> None:
    for one in load_area(bare, reference=reference).filled:
        for lang in LANGUAGES:
            assert "{" not in one.describe(lang)
            assert one.what(lang) in one.describe(lang)
            assert one.instead(lang) in one.describe(lang)


def test_one_census_is_given_the_migration_of_the_larger_area(bare: Path, reference: Path) -> None:
    for file in ("census_population.csv", "census_totals.csv"):
        lines = (bare / file).read_text(encoding="utf-8").splitlines()
        (bare / file).write_text("\n".join(line for line in lines if not line.startswith("2010")), encoding="utf-8")
    filled = {one.code: one for one in load_area(bare, reference=reference).filled}
    # Zhengzhou (410100) is not among the reference censuses, so the province stands in.
    assert filled["migration_profile"].names["zh"] == "河南省"
    assert filled["registered"].kind == "filled"


def test_another_province_is_refused_with_what_to_add(bare: Path, reference: Path) -> None:
    path = bare / "datapackage.json"
    written = path.read_text(encoding="utf-8").replace("410122", "420822").replace("410000", "420000").replace("410100", "420800")
    path.write_text(written, encoding="utf-8")
    (problem,) = check_area(bare, reference=reference).problems
    assert problem.code == "province_not_in_reference"
    assert "410000 " in problem.describe("zh")


def test_a_pack_that_ends_with_an_earlier_census_is_refused(bare: Path, reference: Path) -> None:
    for file in ("census_population.csv", "census_totals.csv"):
        lines = (bare / file).read_text(encoding="utf-8").splitlines()
        (bare / file).write_text("\n".join(line for line in lines if not line.startswith("2020")), encoding="utf-8")
    assert [one.code for one in check_area(bare, reference=reference).problems] == ["census_not_in_reference"]


@pytest.mark.parametrize("name", ["Series.csv", "event.csv", "census_population.csv.xlsx", "assumption.yaml"])
def test_a_misnamed_file_does_not_go_unnoticed(bare: Path, reference: Path, name: str) -> None:
    (bare / name).write_text("x", encoding="utf-8")
    area = load_area(bare, reference=reference)
    assert [notice.code for notice in area.notices] == ["file_unread"]


def test_an_indicator_that_nothing_reads_is_noticed(pack: Path, reference: Path) -> None:
    path = pack / "series.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("registered_population", "registred_population"), encoding="utf-8")
    (notice,) = load_area(pack, reference=reference).notices
    assert (notice.code, notice.line) == ("indicator_unread", 2)
    assert notice.parameters["nearest"] == "registered_population"


def test_a_pack_may_be_reached_by_a_link(pack: Path, reference: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(pack)
    assert load_area(tmp_path / "link", reference=reference).code == "410122"
