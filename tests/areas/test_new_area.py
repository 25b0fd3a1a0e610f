"""A pack from a census county table: what anyone with such a table gets, and that nothing half-made or overwritten is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from popmodel.areas import load_area, new_area
from popmodel.messages import InputError, RunFailedError

HEADER = "code,name,census_date,total,urban,registered,male_0,male_1_4,male_5plus,female_0,female_1_4,female_5plus"
# By hand: 400 = 10 + 40 + 150 + 8 + 32 + 160; 500 = 5 + 20 + 230 + 4 + 16 + 225; 90 = 1 + 4 + 40 + 1 + 4 + 40
ROWS = [
    "410122,中牟县,2020-11-01,400,150,,10,40,150,8,32,160",
    "410122,中牟县,2010-11-01,500,100,620,5,20,230,4,16,225",
    "411081,禹州巿,2020-11-01,90,,,1,4,40,1,4,40",
    "410212,祥符区,2020-11-01,90,30,,1,4,40,1,4,40",
    "410224,开封县,2010-11-01,90,30,95,1,4,40,1,4,40",
    "411771,河南驻马店经济开发区,2020-11-01,90,90,,1,4,40,1,4,40",
    "411502,浉河区,2020-11-01,90,30,,1,4,40,1,4,40",
    "411502,狮河区,2010-11-01,90,30,95,1,4,40,1,4,40",
    "419001,济源市,2020-11-01,90,30,,1,4,40,1,4,40",
    "420822,沙洋县,2020-11-01,90,30,,1,4,40,1,4,40",
]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "census.csv"
    path.write_text("\n".join([HEADER, *ROWS, ""]), encoding="utf-8")
    return path


def refused(code: str, table: Path, out: Path, reference: Path, name: str | None = None) -> list[str]:
    with pytest.raises(InputError) as caught:
        new_area(code, table, name, out, reference=reference)
    assert not [path for path in out.glob("*") if path.is_dir()] if out.exists() else True
    for lang in ("zh", "en"):
        assert caught.value.describe(lang)
    return [problem.code for problem in caught.value.problems]


def test_the_pack_holds_the_table_and_loads(table: Path, tmp_path: Path, reference: Path) -> None:
    folder = new_area("410122", table, "中牟", tmp_path / "out", reference=reference)
    area = load_area(folder, reference=reference)
    assert folder == tmp_path / "out" / "410122"
    assert (area.code, area.province, area.prefecture, area.name("zh")) == ("410122", "410000", "410100", "中牟县")
    census = area.tables["census_population"]
    rows = census[(census["date"] == "2020-11-01") & (census["sex"] == "female")]
    assert rows["population"].tolist() == [8, 32, 160]
    assert rows["age_lo"].tolist() == [0, 1, 5]
    totals = area.tables["census_totals"].set_index(["date", "indicator"])["value"]
    assert totals["2020-11-01"].to_dict() == {  # 150 urban of 400; 8 + 32 + 160 female
        **{"residents": 400, "residents_male": 200, "residents_female": 200, "urban_residents": 150, "rural_residents": 250},
    }
    assert totals[("2010-11-01", "registered")] == 620
    assert not area.notices


def test_the_pack_says_what_it_lacks(table: Path, tmp_path: Path, reference: Path) -> None:
    area = load_area(new_area("410212", table, None, tmp_path, reference=reference), reference=reference)
    assert {"migration_profile", "registered", "events", "outturn"} <= {one.code for one in area.filled}


def test_a_changed_code_is_told_with_the_earlier_one(table: Path, tmp_path: Path, reference: Path) -> None:
    # 410224 开封县 became 410212 祥符区: one census only, and a planner must not think that the county is new.
    area = load_area(new_area("410212", table, "祥符区", tmp_path, reference=reference), reference=reference)
    (notice,) = area.notices
    assert "410224（开封县）" in notice.describe("zh")


def test_a_new_zone_is_told(table: Path, tmp_path: Path, reference: Path) -> None:
    area = load_area(new_area("411771", table, None, tmp_path, reference=reference), reference=reference)
    assert [notice.code for notice in area.notices] == ["new_zone"]


def test_a_code_that_ended_names_its_successor(table: Path, tmp_path: Path, reference: Path) -> None:
    with pytest.raises(InputError) as caught:
        new_area("410224", table, None, tmp_path / "out", reference=reference)
    assert "410212（祥符区）" in caught.value.describe("zh")


def test_a_county_under_the_province_has_no_prefecture(table: Path, tmp_path: Path, reference: Path) -> None:
    area = load_area(new_area("419001", table, "Jiyuan", tmp_path, reference=reference), reference=reference)
    assert area.prefecture is None
    assert dict(area.names) == {"zh": "济源市", "en": "Jiyuan"}


def test_the_name_is_that_of_the_last_census(table: Path, tmp_path: Path, reference: Path) -> None:
    # The table of 2010 misprints 浉河区 as 狮河区; its rows come after those of 2020.
    folder = new_area("411502", table, "浉河区", tmp_path, reference=reference)
    assert load_area(folder, reference=reference).name("zh") == "浉河区"


def test_a_look_alike_character_in_a_name_is_mended(table: Path, tmp_path: Path, reference: Path) -> None:
    # The census tables write 巿 (U+5DFF) for 市 in two names; fonts show them alike, searches do not find them.
    area = load_area(new_area("411081", table, "禹州市", tmp_path, reference=reference), reference=reference)
    assert area.name("zh") == "禹州市"


@pytest.mark.parametrize(
    ("code", "name", "problem"),
    [
        ("410123", None, "area_code_unknown"),
        ("41012", None, "code_malformed"),
        ("../../x", None, "code_malformed"),
        ("", None, "code_malformed"),
        ("410122", "济源市", "area_name_differs"),
        ("420822", None, "province_not_in_reference"),
    ],
)
def test_a_wrong_area_is_refused(table: Path, tmp_path: Path, reference: Path, code: str, name: str | None, problem: str) -> None:
    assert refused(code, table, tmp_path / "out", reference, name) == [problem]


def test_an_unknown_code_names_the_area_of_that_name(table: Path, tmp_path: Path, reference: Path) -> None:
    with pytest.raises(InputError) as caught:
        new_area("410129", table, "济源市", tmp_path / "out", reference=reference)
    assert "419001" in caught.value.describe("zh")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("400,150,,10", "401,150,,10", "age_groups_differ"),
        ("400,150,,10", "400,450,,10", "part_exceeds_whole"),
        ("400,150,,10", "400,150,,十", "number_text"),
        ("400,150,,10", '400,150,,"1,0"', "number_separators"),
        ("400,150,,10", "400,150,,-10", "number_negative"),
        ("400,150,,10", "400,150,,10,10", "row_length"),
        ("2020-11-01,400", "2020/11/01,400", "date_format"),
        ("2020-11-01,400", "2010-11-01,400", "row_duplicate"),
        ("male_0,male_1_4", "male_0,male_2_4", "age_gap"),
        ("male_0,male_1_4", "male_0,male_0_4", "age_overlap"),
        ("male_5plus,female_0", "male_5_9,female_0", "open_group_missing"),
        ("male_5plus,female_0", "male_5+,female_0", "column_unknown"),
        ("total,urban", "all,urban", "column_missing"),
        ("name,census_date", "name,name", "column_duplicate"),
    ],
)
def test_a_wrong_table_is_refused(table: Path, tmp_path: Path, reference: Path, old: str, new: str, problem: str) -> None:
    written = table.read_text(encoding="utf-8")
    assert old in written
    table.write_text(written.replace(old, new, 1), encoding="utf-8")
    assert problem in refused("410122", table, tmp_path / "out", reference)


def test_another_countys_error_does_not_stop_this_one(table: Path, tmp_path: Path, reference: Path) -> None:
    table.write_text(
        table.read_text(encoding="utf-8").replace("420822,沙洋县,2020-11-01,90", "420822,沙洋县,2020-11-01,9x"), encoding="utf-8"
    )
    assert new_area("410122", table, None, tmp_path / "out", reference=reference).is_dir()


def test_a_gb18030_table_is_read(table: Path, tmp_path: Path, reference: Path) -> None:
    table.write_bytes(table.read_text(encoding="utf-8").encode("gb18030"))
    folder = new_area("410122", table, "中牟县", tmp_path / "out", reference=reference)
    assert load_area(folder, reference=reference).name("zh") == "中牟县"


@pytest.mark.parametrize(
    "make", [lambda path: path.mkdir(parents=True), lambda path: path.write_text("mine"), lambda path: path.symlink_to("x")]
)
def test_what_is_there_is_never_overwritten(table: Path, tmp_path: Path, reference: Path, make) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "out"
    out.mkdir()
    make(out / "410122")
    with pytest.raises(InputError) as caught:
        new_area("410122", table, None, out, reference=reference)
    assert [problem.code for problem in caught.value.problems] == ["out_exists"]
    assert [path.name for path in out.iterdir()] == ["410122"]


def test_a_failed_write_leaves_nothing(table: Path, tmp_path: Path, reference: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(RunFailedError) as caught:
        new_area("410122", table, None, tmp_path / "out", reference=reference)
    assert "No space left" in caught.value.describe("en")
    assert list((tmp_path / "out").iterdir()) == []


def test_killed_halfway_nothing_is_half_there(table: Path, tmp_path: Path, reference: Path) -> None:
    # The process stops in the middle of writing and is killed without warning; the next run succeeds.
    code = f"""
import os, time
from popmodel.areas import new_area
os.fsync = lambda number: time.sleep(60)
print("writing", flush=True)
new_area("410122", {str(table)!r}, None, {str(tmp_path / "out")!r}, reference={str(reference)!r})
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        deadline = time.monotonic() + 30
        while not list((tmp_path / "out").glob(".*/*")) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    assert list((tmp_path / "out").glob(".*/*"))  # it was indeed in the middle
    assert not (tmp_path / "out" / "410122").exists()
    folder = new_area("410122", table, None, tmp_path / "out", reference=reference)
    assert load_area(folder, reference=reference).code == "410122"


@pytest.mark.needs_shared
@pytest.mark.parametrize("code", ["411381", "411326", "411771", "410212", "419001", "411081"])
def test_henan_counties_build_and_load(shared: Path, tmp_path: Path, reference: Path, code: str) -> None:
    table = shared / "data" / "census_counties_henan_2010_2020.csv"
    area = load_area(new_area(code, table, None, tmp_path, reference=reference), reference=reference)
    assert area.tables["census_population"]["population"].sum() > 90_000


@pytest.mark.needs_shared
def test_xichuan_from_the_county_table_is_the_shipped_census(root: Path, shared: Path, tmp_path: Path) -> None:
    table = shared / "data" / "census_counties_henan_2010_2020.csv"
    built = load_area(new_area("411326", table, "淅川县", tmp_path)).tables["census_population"]
    shipped = load_area(root / "data" / "xichuan").tables["census_population"]
    columns = ["date", "sex", "age_lo", "age_hi", "population"]
    assert built[columns].equals(shipped[columns])
