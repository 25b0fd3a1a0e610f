"""The command `popmodel eligibility`: what it prints and writes, and what it never writes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from popmodel.cli import main

LIST = """\
编号,出生日期,户口性质,现存子女数,其中男孩数,生育是否合法,死亡日期,已发金额（元）
A1,1960-05-01,农村,1,0,是,,960.00
A2,1966-12-31,农村,2,0,是,,959.99
A3,1967-01-01,农村,1,0,是,,
A4,1950-02-30,农村,1,0,是,,960
A5,1950-01-01,农村,1,0,是,2020-06-01,960
A6,1950-01-01,农村,1,0,是,,960
"""
URBAN = "编号\nA6\n"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as read:
        return list(csv.DictReader(read))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "名册 一.csv").write_text(LIST, encoding="utf-8")
    (tmp_path / "城镇.csv").write_text(URBAN, encoding="utf-8")
    return tmp_path


def test_every_row_comes_out_once_with_its_reason(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    also = f"urban_only_child_parents={folder / '城镇.csv'}"
    given = ["--scheme", "rural_family_reward", "--year", "2026", "--also", also, "--out", str(folder / "out"), "--lang", "zh"]
    assert run("eligibility", str(folder / "名册 一.csv"), *given) == 0
    printed = capsys.readouterr().out
    # A1 and A2 are owed 960.00 each; A3 is too young, A5 died, A4's birthday and A6's second list must be settled.
    assert "读入 6 行：符合 2，不符合 2，待核 2" in printed
    assert "应发合计 1,920.00 元" in printed
    assert "已发合计 4,799.99 元" in printed
    latest = folder / "out" / "名册 一" / "rural_family_reward" / "eligibility" / "latest"
    results = rows_of(latest / "results.csv")
    assert [(row["行号"], row["编号"]) for row in results] == [(str(line), f"A{line - 1}") for line in range(2, 8)]
    assert [row["结论"] for row in results] == ["符合", "符合", "不符合", "待核", "不符合", "待核"]
    assert [row["应发金额（元）"] for row in results] == ["960.00", "960.00", "0.00", "0.00", "0.00", "0.00"]
    assert [row["差额（已发减应发，元）"] for row in results] == ["0.00", "-0.01", "", "", "960.00", ""]
    assert results[2]["依据"] == "国办发〔2004〕21号"
    told = {(row["行号"], row["须先核实"]) for row in rows_of(latest / "problems.csv")}
    assert {("5", "是"), ("7", "是"), ("3", "否"), ("6", "否")} <= told
    record = json.loads((latest / "run.json").read_text(encoding="utf-8"))
    assert record["state"] == "done"
    counts = record["request"]["counts"]
    assert counts["rows"] == counts["entitled"] + counts["not_entitled"] + counts["to_settle"] == 6
    assert counts["owed_fen"] == sum(round(100 * float(row["应发金额（元）"])) for row in results)


def test_identity_numbers_reach_no_file_and_no_screen(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    number = "41132619600501123X"
    path = folder / "名册 一.csv"
    path.write_text(LIST + f"{number},1950-01-01,农村,1,0,是,,960\n", encoding="utf-8")
    assert run("eligibility", str(path), "--scheme", "rural_family_reward", "--year", "2026", "--out", str(folder / "out")) == 2
    printed = capsys.readouterr()
    assert number not in printed.out + printed.err
    assert "8" in printed.err
    written = [file for file in (folder / "out").rglob("*") if file.is_file()] if (folder / "out").exists() else []
    assert not any(number in file.read_text(encoding="utf-8", errors="ignore") for file in written)
    assert not list((folder / "out").rglob("results.csv"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scheme", "rural_family_rewards"], "rural_family_reward"),
        (["--scheme", "rural_family_reward", "--year", "2003"], "2004"),
        (["--scheme", "rural_family_reward", "--year", "99999"], "99999"),
        (["--scheme", "rural_family_reward", "--year", "-5"], "-5"),
        (["--scheme", "rural_family_reward", "--also", "urban.csv"], "SCHEME=FILE"),
        (["--scheme", "rural_family_reward", "--also", "urban_only_child_parents=none.csv"], "no such file"),
        (["--scheme", "free_preschool_year"], "free_preschool_year"),
    ],
)
def test_bad_requests_are_told(folder: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = ["--out", str(folder / "out"), "--lang", "en"]
    assert run("eligibility", str(folder / "名册 一.csv"), *arguments, *out) == 2
    assert said in capsys.readouterr().err
    assert not list(folder.rglob("results.csv"))


def test_a_county_s_own_scheme_needs_its_pack(folder: Path, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Free preschool year: five years old on 31 August 2026, ten months of 333 yuan.
    children = folder / "大班.csv"
    children.write_text("编号,出生日期\nK1,2021-08-31\nK2,2021-09-01\nK3,2020-08-31\n", encoding="utf-8")
    given = ["--scheme", "free_preschool_year", "--year", "2026", "--pack", str(root / "data" / "xichuan"), "--lang", "en"]
    assert run("eligibility", str(children), *given, "--out", str(folder / "out")) == 0
    assert "3 rows read: 1 entitled, 2 not, 0 to settle" in capsys.readouterr().out
    latest = folder / "out" / "大班" / "free_preschool_year" / "eligibility" / "latest"
    assert [row["owed (yuan)"] for row in rows_of(latest / "results.csv")] == ["3330.00", "0.00", "0.00"]
