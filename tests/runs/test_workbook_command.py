"""`popmodel workbook`, `import`, `undo-import` as people use them: filled in, saved by an office program, mended, undone."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from popmodel.areas import load_area
from popmodel.areas.history import HISTORY
from popmodel.cli import main
from popmodel.runs.import_run import prepare_import
from popmodel.runs.lock import hold
from popmodel.runs.pack_history import checksums
from tests.runs.filled_workbook import FIRST_ROW, address, fill, put, row_of, saved_by_office

OFFICE = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="needs LibreOffice (Debian: libreoffice-calc-nogui), which is not installed"
)


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


@pytest.fixture(scope="module")
def written(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The workbook of Xichuan in each language."""
    folder = tmp_path_factory.mktemp("written")
    found = {lang: folder / f"{lang}.xlsx" for lang in ("zh", "en")}
    for lang, path in found.items():
        assert run("workbook", root / "data" / "xichuan", "--out", path, "--lang", lang) == 0
    return found


@pytest.fixture
def pack(root: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "资料 包" / "xichuan"
    shutil.copytree(root / "data" / "xichuan", folder, ignore=shutil.ignore_patterns(HISTORY))
    return folder


@pytest.fixture
def filled(written: dict[str, Path], tmp_path: Path) -> Path:
    """The Chinese workbook, filled in without mistakes."""
    path = tmp_path / "淅川 填报.xlsx"
    shutil.copy(written["zh"], path)
    fill(path)
    return path


@pytest.fixture
def slight(written: dict[str, Path], tmp_path: Path) -> Path:
    """The Chinese workbook with one figure filled in, for what does not depend on which."""
    path = tmp_path / "一处.xlsx"
    shutil.copy(written["zh"], path)
    book = openpyxl.load_workbook(path)
    births = book["出生"]
    put(births, row_of(births, 年份=2024, 母亲居住地="本县"), 合计=3700, 性质="公布数", 来源="县统计局")
    book.save(path)
    return path


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_untouched_workbook_changes_nothing(written: dict[str, Path], pack: Path, lang: str, capsys: Any) -> None:
    before = checksums(pack)
    assert run("import", pack, written[lang], "--lang", lang) == 0
    assert checksums(pack) == before
    assert not (pack / HISTORY).exists()
    assert ("没有要导入的改动" if lang == "zh" else "nothing to import") in capsys.readouterr().out


@OFFICE
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nor_does_one_that_an_office_program_saved(written: dict[str, Path], pack: Path, tmp_path: Path, lang: str) -> None:
    before = checksums(pack)
    saved = saved_by_office(written[lang], tmp_path)
    assert saved.read_bytes() != written[lang].read_bytes()
    assert run("import", pack, saved) == 0
    assert checksums(pack) == before


@pytest.mark.parametrize("office", [False, pytest.param(True, marks=OFFICE)])
def test_ten_planted_mistakes_are_told_with_their_cells(
    written: dict[str, Path], pack: Path, tmp_path: Path, office: bool, capsys: Any
) -> None:
    path = tmp_path / "填报.xlsx"
    shutil.copy(written["zh"], path)
    planted = fill(path, mistakes=True)
    assert len(planted) == 10
    if office:
        (tmp_path / "另存").mkdir()
        path = saved_by_office(path, tmp_path / "另存")
    before = checksums(pack)
    assert run("import", pack, path, "--lang", "zh") == 2
    said = capsys.readouterr().err
    found = {(str(one.cell), one.code) for one in prepare_import(pack, path, dt.date(2026, 11, 27)).problems}
    assert set(planted) <= found
    assert all(f"单元格 {cell}：" in said for cell, _ in planted)
    assert checksums(pack) == before
    assert not (pack / HISTORY).exists()
    marked = openpyxl.load_workbook(path.with_name("填报_标红.xlsx"))
    assert marked.sheetnames[0] == "问题清单"
    listed = {str(row[1].value) for row in marked["问题清单"].iter_rows(min_row=5)}
    for place, _ in planted:
        tab, cell = place.rsplit("!", 1)
        assert marked[tab][cell].fill.fgColor.rgb == "FFFFC7CE"
        assert marked[tab][cell].comment.author == "popmodel"
        assert place in listed


def test_a_year_that_can_only_be_a_slip_is_told_with_its_cell(written: dict[str, Path], pack: Path, tmp_path: Path) -> None:
    path = tmp_path / "填报.xlsx"
    shutil.copy(written["zh"], path)
    book = openpyxl.load_workbook(path)
    births = book["出生"]
    row = row_of(births, 年份=2024, 母亲居住地="本县")
    put(births, row_of(births, 年份=2024, 母亲居住地="未分"), 合计=5_100, 性质="公布数", 来源="县公安局")
    put(births, row, 合计=10_000_000, 性质="公布数", 来源="县统计局")
    book.save(path)
    (problem,) = prepare_import(pack, path, dt.date(2026, 11, 27)).problems
    assert (problem.code, problem.cell) == ("births_far_off", address(births, "合计", row))


def test_a_marked_copy_is_mended_and_brought_in(written: dict[str, Path], pack: Path, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "填报.xlsx"
    shutil.copy(written["zh"], path)
    fill(path)
    book = openpyxl.load_workbook(path)
    book["户籍人口"]["C10"] = "二千六百"
    book.save(path)
    assert run("import", pack, path, "--lang", "zh") == 2
    marked = path.with_name("填报_标红.xlsx")
    book = openpyxl.load_workbook(marked)
    assert "二千六百" in book["户籍人口"]["C10"].comment.text
    book["户籍人口"]["C10"] = 2689
    book.save(marked)
    capsys.readouterr()
    assert run("import", pack, marked, "--lang", "zh") == 0
    assert "已导入" in capsys.readouterr().out
    table = load_area(pack).tables["registered_population"]
    assert int(table.loc[(table["sex"] == "male") & (table["age_lo"] == 3), "population"].iloc[0]) == 2689


def test_what_was_filled_in_is_in_the_pack_and_its_effect_was_told(filled: Path, pack: Path, capsys: Any) -> None:
    before = load_area(pack)
    assert run("import", pack, filled, "--dry-run", "--lang", "zh") == 0
    trial = capsys.readouterr().out
    assert "资料包没有改动" in trial
    assert "births" not in load_area(pack).tables
    assert run("import", pack, filled, "--lang", "zh") == 0
    area = load_area(pack)
    births = area.tables["births"]
    of_2026 = births[births["year"] == 2026]
    assert of_2026["month"].tolist() == list(range(1, 10))
    assert int(of_2026["births"].sum()) == 255 + 240 + 262 + 248 + 251 + 244 + 258 + 263 + 259
    assert float(area.facts.births[2024]) == 3700.0
    assert area.tables["deaths_by_age"]["deaths"].tolist() == [4600]
    facilities = area.tables["facilities"].set_index("id")
    assert facilities.loc["T002", ["township", "places", "source"]].tolist() == ["411326101", 45, "县卫健委 2026 年 10 月台账"]
    assert f"{facilities.loc['T001', 'opened']:%Y-%m-%d}" == "2023-09-01"
    assert area.assumptions["childcare.enrolment_age_2"].value == {2023: 0.166, 2030: 0.35}
    assert before.assumptions["childcare.enrolment_age_2"].value == {2023: 0.166, 2030: 0.3178}
    registered = area.tables["registered_population"]
    assert len(registered) == 202
    listed = {item["path"] for item in json.loads((pack / "datapackage.json").read_text(encoding="utf-8"))["resources"]}
    assert {"births.csv", "registered_population.csv", "facilities.csv", "deaths_by_age.csv"} <= listed
    assert area.notices == ()


def test_the_bridge_adds_up(filled: Path, pack: Path) -> None:
    assert run("import", pack, filled) == 0
    effects = pd.read_csv(pack / HISTORY / "0001" / "bridge.csv", encoding="utf-8-sig")
    for (_, _), own in effects.groupby(["quantity", "year"]):
        assert float(own["effect"].sum()) == pytest.approx(float(own["new"].iloc[0] - own["old"].iloc[0]), abs=1e-9)
    items = set(effects.loc[effects["effect"] != 0, "item"])
    assert {"pack.births", "pack.registered_population", "pack.deaths_by_age", "childcare.enrolment_age_2"} <= items
    changed = pd.read_csv(pack / HISTORY / "0001" / "cells.csv", encoding="utf-8-sig")
    of_births = changed[(changed["table"] == "births") & (changed["column"] == "births")]
    assert len(of_births) == 10
    assert of_births["old"].isna().all()


def test_an_outturn_that_cannot_be_is_written_out_to_be_mended(pack: Path, tmp_path: Path) -> None:
    outturn = pack / "outturn.csv"
    outturn.write_text(outturn.read_text(encoding="utf-8").replace("6473280.00", "6473280.01"), encoding="utf-8")
    assert run("check", pack) == 2
    assert run("workbook", pack, "--out", tmp_path / "out.xlsx", "--lang", "zh") == 0
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["补贴决算"]
    assert 6473280.01 in [cell.value for row in sheet.iter_rows() for cell in row]


def test_an_import_is_undone_to_the_byte(filled: Path, pack: Path, capsys: Any) -> None:
    before = checksums(pack)
    assert run("import", pack, filled) == 0
    assert checksums(pack) != before
    assert run("undo-import", pack) == 0
    assert checksums(pack) == before
    assert run("undo-import", pack, "--lang", "zh") == 2
    assert "没有可撤销的导入" in capsys.readouterr().err


def test_imports_are_undone_one_by_one(slight: Path, written: dict[str, Path], pack: Path, tmp_path: Path) -> None:
    states = [checksums(pack)]
    assert run("import", pack, slight) == 0
    states.append(checksums(pack))
    second = tmp_path / "second.xlsx"
    assert run("workbook", pack, "--out", second, "--lang", "zh") == 0
    book = openpyxl.load_workbook(second)
    put(
        book["分年数列"],
        row_of(book["分年数列"], 指标="年末常住人口", 年份=2025),
        数值="51.2万",
        性质="公布数",
        来源="县统计公报",
    )
    book.save(second)
    assert run("import", pack, second) == 0
    states.append(checksums(pack))
    assert len({json.dumps(state) for state in states}) == 3
    for state in reversed(states[:-1]):
        assert run("undo-import", pack) == 0
        assert checksums(pack) == state


def test_a_file_edited_since_is_not_lost(slight: Path, pack: Path, capsys: Any) -> None:
    assert run("import", pack, slight) == 0
    edited = pack / "births.csv"
    edited.write_text(edited.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    kept = checksums(pack)
    assert run("undo-import", pack, "--lang", "zh") == 2
    assert "births.csv" in capsys.readouterr().err
    assert checksums(pack) == kept


def test_a_table_that_someone_else_changed_meanwhile_is_not_overwritten(filled: Path, pack: Path, capsys: Any) -> None:
    births = "year,month,lives,registered,order,births,status,source,note\n2023,,here,any,all,3500,observed,县统计局,\n"
    (pack / "births.csv").write_text(births, encoding="utf-8")
    before = checksums(pack)
    assert run("import", pack, filled, "--lang", "zh") == 2
    assert "已被别人改过" in capsys.readouterr().err
    assert checksums(pack) == before


def test_the_workbook_of_another_county_is_refused(filled: Path, pack: Path, capsys: Any) -> None:
    book = openpyxl.load_workbook(filled)
    meta = book["popmodel_meta"]
    row = next(row for row in range(1, 40) if meta.cell(row, 1).value == "code")
    meta.cell(row, 2, "411324")
    book.save(filled)
    assert run("import", pack, filled, "--lang", "zh") == 2
    assert "411324" in capsys.readouterr().err


def _old_format(path: Path) -> None:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))


def _half_saved(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _huge(path: Path) -> None:
    with path.open("ab") as stream:
        stream.truncate(50_000_000)


def _a_csv(path: Path) -> None:
    path.write_text("时点,年龄,男,女\n2025-12-31,0,1,2\n", encoding="utf-8")


def _another_program(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "户籍人口"
    book.save(path)


def _another_version(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    book["popmodel_meta"]["B1"] = "9"
    book.save(path)


def _unpacks_to_gigabytes(path: Path) -> None:
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as packed,
        packed.open("xl/media/big.bin", "w", force_zip64=True) as big,
    ):
        for _ in range(400):
            big.write(bytes(1_000_000))


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_old_format, "旧格式"),
        (_half_saved, "没有保存完"),
        (_empty, "没有保存完"),
        (_huge, "超过 20 MB"),
        (_a_csv, "没有保存完"),
        (_another_program, "不是由 popmodel workbook 生成"),
        (_another_version, "工作簿版本为 9"),
        (_unpacks_to_gigabytes, "超过 300 MB"),
    ],
)
def test_what_is_no_workbook_of_ours_is_told_at_once(filled: Path, pack: Path, spoil: Any, code: str, capsys: Any) -> None:
    spoil(filled)
    before = checksums(pack)
    assert run("import", pack, filled, "--lang", "zh") == 2
    assert code in capsys.readouterr().err
    assert checksums(pack) == before


def test_macros_links_and_an_open_file_are_noted_and_not_run(slight: Path, pack: Path, capsys: Any) -> None:
    with zipfile.ZipFile(slight, "a") as packed:
        packed.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0macro")
        packed.writestr("xl/externalLinks/externalLink1.xml", "<externalLink/>")
    (slight.parent / f"~${slight.name}").write_bytes(b"")
    assert run("import", pack, slight, "--dry-run", "--lang", "zh") == 0
    said = capsys.readouterr().err
    assert "含有宏" in said
    assert "链接" in said
    assert "别的程序中打开" in said


@OFFICE
def test_formulas_are_read_as_the_values_saved_with_them(filled: Path, pack: Path, tmp_path: Path, capsys: Any) -> None:
    book = openpyxl.load_workbook(filled)
    sheet = book["户籍人口"]
    sheet["C10"] = "=2600+89"
    book.save(filled)
    # A library wrote the formula, so that no value was saved with it.
    assert run("import", pack, filled, "--lang", "zh") == 2
    said = capsys.readouterr().err
    assert "户籍人口!C10" in said
    assert "没有保存计算结果" in said
    (tmp_path / "另存").mkdir()
    saved = saved_by_office(filled, tmp_path / "另存")
    book = openpyxl.load_workbook(saved)
    assert book["户籍人口"]["C10"].value == "=2600+89"
    assert run("import", pack, saved, "--lang", "zh") == 0
    table = load_area(pack).tables["registered_population"]
    assert int(table.loc[(table["sex"] == "male") & (table["age_lo"] == 3), "population"].iloc[0]) == 2689


def test_identity_numbers_are_refused_and_not_repeated(filled: Path, pack: Path, capsys: Any) -> None:
    book = openpyxl.load_workbook(filled)
    book["户籍人口"]["H7"] = "经办人 11010519491231002X"
    book.save(filled)
    assert run("import", pack, filled, "--lang", "zh") == 2
    said = capsys.readouterr()
    assert "户籍人口!H7" in said.err
    assert "11010519491231002X" not in said.err + said.out


def test_two_imports_at_once_do_not_meet(slight: Path, pack: Path, capsys: Any) -> None:
    (pack / HISTORY).mkdir()
    before = checksums(pack)
    with hold(pack / HISTORY):
        assert run("import", pack, slight) == 75
    assert checksums(pack) == before
    assert run("import", pack, slight) == 0


def test_a_pack_that_is_being_changed_is_not_read(pack: Path, capsys: Any) -> None:
    (pack / HISTORY).mkdir()
    state = {"state": "swapping", "entry": "0001", "side": "later"}
    (pack / HISTORY / "state.json").write_text(json.dumps(state), encoding="utf-8")
    assert run("check", pack, "--lang", "zh") == 2
    assert "undo-import" in capsys.readouterr().err


KILLED = """
import os, sys
from pathlib import Path
from popmodel.runs import pack_history
write, left = pack_history._write, int(sys.argv[3])
def dies(path, content):
    global left
    if HISTORY not in path.parts:
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)
    write(path, content)
HISTORY = pack_history.HISTORY
pack_history._write = dies
from popmodel.cli import main
main(["import", sys.argv[1], sys.argv[2]])
"""


# births.csv and the package are the files that change: killed between the two.
@pytest.mark.parametrize("files", [1])
def test_a_kill_halfway_leaves_a_pack_that_can_be_put_right(slight: Path, pack: Path, files: int) -> None:
    before = checksums(pack)
    environment = dict(os.environ) | {"PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run([sys.executable, "-c", KILLED, str(pack), str(slight), str(files)], env=environment, check=False)
    assert ended.returncode == -9
    assert run("check", pack) == 2
    assert run("undo-import", pack) == 0
    assert {name: mark for name, mark in checksums(pack).items() if not Path(name).name.startswith(".")} == before
    assert run("check", pack) == 0
    assert run("import", pack, slight) == 0


def test_a_workbook_is_not_written_over_another(written: dict[str, Path], pack: Path, tmp_path: Path, capsys: Any) -> None:
    kept = written["zh"].read_bytes()
    assert run("workbook", pack, "--out", written["zh"]) == 2
    assert written["zh"].read_bytes() == kept
    assert run("workbook", pack, "--out", tmp_path / "w.xls") == 2
    assert run("workbook", pack, "--out", tmp_path / "nowhere" / "w.xlsx") == 1


def test_a_question_answered_with_no_changes_nothing(slight: Path, pack: Path, monkeypatch: Any, capsys: Any) -> None:
    before = checksums(pack)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.confirm", lambda _: False)
    assert run("import", pack, slight, "--lang", "zh") == 0
    assert "没有导入" in capsys.readouterr().out
    assert checksums(pack) == before


def test_nothing_but_the_history_is_added(pack: Path, slight: Path) -> None:
    assert run("import", pack, slight) == 0
    assert sorted(path.name for path in (pack / HISTORY).iterdir()) == [".lock", "0001", "state.json"]
    assert not [path.name for path in pack.iterdir() if path.name.startswith(".") and path.name != HISTORY]
    assert sorted(path.name for path in slight.parent.glob("*.xlsx")) == [slight.name]


@pytest.mark.parametrize("place", ["above", "below"])
def test_a_total_is_read_where_nothing_else_is_told(written: dict[str, Path], pack: Path, tmp_path: Path, place: str) -> None:
    path = tmp_path / "合计.xlsx"
    shutil.copy(written["zh"], path)
    book = openpyxl.load_workbook(path)
    told = {"性质": "公布数", "来源": "县公安局"}
    people, births, deaths = book["户籍人口"], book["出生"], book["死亡"]
    # All ages together and nothing by age; a year of which no month is told, and one of which two are.
    put(people, FIRST_ROW + 110, 时点="2024-12-31", 年龄="合计", 男=345_000, 女=322_000, **told)
    lines = [(2025, "1", 260), (2025, "2", 250), (2025, "合计", 510), (2024, "合计", "3,700")]
    for row, (year, month, counted) in enumerate(lines if place == "below" else lines[::-1], start=FIRST_ROW + 20):
        put(births, row, 年份=year, 月份=month, 母亲居住地="本县", 子女户籍地="未分", 合计=counted, **told)
    # A grand total of what is told above it has no population of its own.
    put(deaths, FIRST_ROW + 100, 年份=2024, 人群="户籍人口", 年龄="60岁及以上", 合计=4_300, **told)
    put(deaths, FIRST_ROW + 101, 年龄="合计", 合计=4_300)
    book.save(path)
    found = prepare_import(pack, path, dt.date(2026, 11, 27))
    assert [(one.code, one.cell) for one in found.problems] == []
    assert run("import", pack, path, "--yes") == 0
    tables = load_area(pack).tables
    assert tables["registered_population"][["sex", "age_lo", "population"]].values.tolist() == [
        ["male", 0, 345_000],
        ["female", 0, 322_000],
    ]
    assert tables["registered_population"]["age_hi"].isna().all()
    assert sorted(
        zip(tables["births"]["year"], tables["births"]["month"].fillna(0), tables["births"]["births"], strict=True)
    ) == [
        (2024, 0, 3_700),
        (2025, 1, 260),
        (2025, 2, 250),
    ]
    assert tables["deaths_by_age"]["deaths"].tolist() == [4_300]


def test_figures_of_townships_are_not_listed_among_the_changes(
    written: dict[str, Path], pack: Path, tmp_path: Path, capsys: Any
) -> None:
    path = tmp_path / "townships.xlsx"
    shutil.copy(written["zh"], path)
    book = openpyxl.load_workbook(path)
    sheet = book["乡镇人口"]
    for row, (children, residents) in enumerate(((1234, 43210), (7, 8765)), start=7):
        told = {"0-2 岁常住儿童": children, "常住人口": residents, "性质": "公布数", "来源": "乡镇统计"}
        put(sheet, row, **told)
    book.save(path)
    assert run("import", pack, path, "--lang", "zh") == 0
    said = capsys.readouterr().out
    assert "龙城街道" in said
    assert not {"1234", "43210", "8765", "1,234"} & set(said.replace("；", " ").split())
