"""`popmodel reconcile`: counts by hand on a small list, what is refused, and that small counts of townships stay hidden."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from popmodel.cli import main

DAY = "2026-12-31"


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def code(place: int) -> str:
    return hashlib.sha256(b"person %d" % place).hexdigest()


def write(path: Path, rows: list[tuple[str, str, str]], head: str = "id,birth_date,township", encoding: str = "utf-8") -> Path:
    lines = [head, *(",".join(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


def born(place: int) -> str:
    return (dt.date(2023, 1, 1) + dt.timedelta(days=place)).isoformat()


@pytest.fixture
def lists(tmp_path: Path) -> tuple[Path, Path]:
    """Sixty people: 0-39 in A, 15-59 in B; 20 and 21 have another day of birth in B; the last five rows of A are there twice."""
    township = {place: "411326001" if place < 30 else "411326101" for place in range(60)}
    first = [(code(place), born(place), township[place]) for place in range(40)]
    second = [(code(place), born(place + (place in (20, 21))), township[place]) for place in range(15, 60)]
    return write(tmp_path / "a.csv", [*first, *first[-5:]]), write(tmp_path / "b.csv", second)


def frames(folder: Path) -> dict[str, pd.DataFrame]:
    return {path.stem: pd.read_csv(path, dtype="str", encoding="utf-8-sig") for path in folder.glob("*/latest/*.csv")}


def test_counts_are_those_by_hand(lists: tuple[Path, Path], tmp_path: Path, capsys: Any) -> None:
    assert run("reconcile", *lists, "--out", tmp_path / "out", "--day", DAY, "--lang", "en") == 0
    said = capsys.readouterr().out
    assert "in both 25 (of whom 2 born on different days), only in A 15, only in B 20" in said
    assert "A has 5 rows too many, B 0" in said
    found = frames(tmp_path / "out")
    assert set(found) == {"by_township", "by_month", "by_age"}
    # January 2023 has places 0-30, February 31-58, March 59: in both 15-30, 31-39; only A 0-14; only B 40-58, 59.
    months = found["by_month"].set_index("month").astype(int)
    assert months.loc["2023-01"].tolist() == [16, 15, 0, 2]
    assert months.loc["2023-02"].tolist() == [9, 0, 19, 0]
    assert months.loc["2023-03"].tolist() == [0, 0, 1, 0]
    # All were born in the first two months of 2023: three completed years at the end of 2026.
    assert found["by_age"].astype(int).to_numpy().tolist() == [[3, 25, 15, 20, 2]]
    # Township 001: both 15-29, only A 0-14, only B none; 101: both 30-39, only A none, only B 40-59.
    assert found["by_township"]["township"].tolist() == ["411326001", "411326101"]
    assert found["by_township"]["different_birth"].isna().all()


def test_small_counts_of_townships_and_what_gives_them_away_are_hidden(lists: tuple[Path, Path], tmp_path: Path) -> None:
    assert run("reconcile", *lists, "--out", tmp_path / "out", "--day", DAY) == 0
    townships = frames(tmp_path / "out")["by_township"].set_index("township")[["both", "only_a", "only_b"]]
    # Nobody of 001 is only in B and nobody of 101 only in A: both are under ten, and so are the others of their columns hidden.
    assert townships[["only_a", "only_b"]].isna().all(axis=None)
    for row in townships.isna().to_numpy():
        assert row.sum() != 1
    for column in townships:
        assert townships[column].isna().sum() != 1


def test_birthdays_count_from_the_day_itself(tmp_path: Path) -> None:
    rows = [(code(0), "2024-02-29", ""), (code(1), "2024-12-31", ""), (code(2), "2024-01-01", ""), (code(3), "", "")]
    a, b = write(tmp_path / "a.csv", rows), write(tmp_path / "b.csv", rows)
    assert run("reconcile", a, b, "--out", tmp_path / "out", "--day", "2026-02-28") == 0
    ages = frames(tmp_path / "out")["by_age"].fillna("").set_index("age")["both"].to_dict()
    assert ages == {"1": "2", "2": "1", "": "1"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_lists_are_read_as_people_keep_them(tmp_path: Path, encoding: str) -> None:
    head = "乡镇,密文,姓名拼音,出生日期"
    rows = [("龙城街道", code(0).upper(), "x", "2023/1/5"), ("荆紫关镇", f" {code(1)} ", "y", "2023年2月3日")]
    a = tmp_path / "a.csv"
    a.write_text("\n".join([head, *(",".join(row) for row in rows)]), encoding=encoding)
    b = write(tmp_path / "b.csv", [(code(0), "2023-01-05", ""), (code(1), "2023-02-04", "")])
    assert run("reconcile", a, b, "--out", tmp_path / "out", "--day", DAY) == 0
    ages = frames(tmp_path / "out")["by_age"].astype(int)
    assert ages.to_numpy().tolist() == [[3, 2, 0, 0, 1]]


PLAIN = "11010519491231002X"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([(PLAIN, "1949-12-31", "")], "明文身份证号码"),
        ([(code(0), "2023-01-01", PLAIN)], "明文身份证号码"),
        ([(code(0), "2023-01-01", "１１０１０５１９４９１２３１００２Ｘ")], "明文身份证号码"),
        ([(code(0), "2023-01-01", "110105491231002")], "明文身份证号码"),
        ([(code(0), "2023-01-01", f"城关镇,{PLAIN}")], "第 2 行：这一行有 4 格，表头有 3 列"),
        ([("1024", "2023-01-01", "")], "不是密文"),
        ([("", "2023-01-01", "")], "不是密文"),
        ([], "没有数据"),
    ],
)
def test_what_could_name_a_person_is_refused_and_not_repeated(
    tmp_path: Path, rows: list[tuple[str, str, str]], said: str, capsys: Any
) -> None:
    a = write(tmp_path / "a.csv", rows)
    b = write(tmp_path / "b.csv", [(code(0), "2023-01-01", "")])
    assert run("reconcile", a, b, "--out", tmp_path / "out", "--lang", "zh") == 2
    told = capsys.readouterr()
    assert said in told.err
    assert PLAIN not in told.err + told.out
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04 a workbook", "Excel"),
        ("密文,乡镇\n1,2\n".encode(), "出生日期"),
        ("密文,出生日期\n1,2,3\n".encode(), "第 2 行：这一行有 3 格"),
        (b"\xff\xfea\x00", "UTF"),
    ],
)
def test_a_file_that_is_no_list_is_told(tmp_path: Path, content: bytes, said: str, capsys: Any) -> None:
    a = tmp_path / "a.csv"
    a.write_bytes(content)
    b = write(tmp_path / "b.csv", [(code(0), "2023-01-01", "")])
    assert run("reconcile", a, b, "--out", tmp_path / "out", "--lang", "zh") == 2
    assert said in capsys.readouterr().err


def test_an_impossible_day_is_told(lists: tuple[Path, Path], tmp_path: Path, capsys: Any) -> None:
    assert run("reconcile", *lists, "--out", tmp_path / "out", "--day", "2026-02-30", "--lang", "zh") == 2
    assert "2026-02-30" in capsys.readouterr().err
