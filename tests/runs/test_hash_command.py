"""The command `popmodel hash-ids`: what it writes, what it refuses, and that no number is ever repeated."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from popmodel.assessment.identity import FAULTS, check_character, hashed
from popmodel.cli import main

KEY = "k" * 64


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def number(place: int) -> str:
    first = f"411326199001{1 + place % 28:02d}{place % 1000:03d}"
    return first + check_character(first)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "county.key").write_text(KEY + "\n", encoding="ascii")
    return tmp_path


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.reader(lines))


def write(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path.write_text("".join(line + "\n" for line in lines), encoding=encoding)
    return path


def hash_ids(folder: Path, *more: str, lang: str = "zh") -> int:
    given = ["hash-ids", str(folder / "list.csv"), "--key", str(folder / "county.key"), "--out", str(folder / "out.csv")]
    return run(*given, *more, "--lang", lang)


def left_behind(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"list.csv", "county.key"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_numbers_are_hashed_and_the_rest_is_kept(folder: Path, encoding: str, capsys: pytest.CaptureFixture[str]) -> None:
    child, mother = number(1), number(2)
    write(folder / "list.csv", "子女,母亲,乡镇,说明", f'{child},"{mother}",荆紫关镇,"一, 二"', f",{mother},,", encoding=encoding)
    before = (folder / "list.csv").read_bytes()
    assert hash_ids(folder, "--column", "子女", "--column", "母亲") == 0
    found = rows(folder / "out.csv")
    of_mother = hashed(mother, KEY.encode())
    assert found == [
        ["子女", "母亲", "乡镇", "说明"],
        [hashed(child, KEY.encode()), of_mother, "荆紫关镇", "一, 二"],
        ["", of_mother, "", ""],
    ]
    assert (folder / "list.csv").read_bytes() == before
    printed = capsys.readouterr()
    assert "2 行：3 个号码已换成密文，1 个为空" in printed.out
    assert child not in printed.out + printed.err


WRONG = [
    ("4113261990", "hash_identity_length", "18"),
    ("41132619900101001A", "hash_identity_characters", "X"),
    ("411326199002300017", "hash_identity_day", "出生日期"),
    (number(5)[:17] + ("0" if number(5)[17] != "0" else "1"), "hash_identity_check", "校验码"),
]


@pytest.mark.parametrize(("wrong", "said"), [(wrong, said) for wrong, _, said in WRONG])
def test_a_number_that_cannot_be_right_refuses_the_list(
    folder: Path, wrong: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder / "list.csv", "id,name", f"{number(1)},a", f"{wrong},b")
    assert hash_ids(folder, "--column", "id") == 2
    told = capsys.readouterr().err
    assert "3" in told
    assert said in told
    assert wrong not in told
    assert not left_behind(folder)


def test_every_fault_is_among_them() -> None:
    assert {code.removeprefix("hash_identity_") for _, code, _ in WRONG} == set(FAULTS)


def test_wrong_numbers_are_left_empty_when_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder / "list.csv", "id,name", f"{number(1)},a", *(f"{wrong},b" for wrong, *_ in WRONG))
    assert hash_ids(folder, "--column", "id", "--leave-out", lang="en") == 0
    assert [row[0] for row in rows(folder / "out.csv")[1:]] == [hashed(number(1), KEY.encode()), "", "", "", ""]
    told = capsys.readouterr().err
    for line in ("lines 3", "lines 4", "lines 5", "lines 6"):
        assert line in told


def test_a_number_in_another_column_refuses_the_list(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder / "list.csv", "id,note", f"{number(1)},父亲 {number(2)}")
    assert hash_ids(folder, "--column", "id", "--leave-out") == 2
    told = capsys.readouterr().err
    assert "--column" in told
    assert number(2) not in told
    assert not left_behind(folder)


def test_nothing_that_exists_is_overwritten(folder: Path) -> None:
    write(folder / "list.csv", "id", number(1))
    write(folder / "out.csv", "mine")
    assert hash_ids(folder, "--column", "id") == 2
    assert (folder / "out.csv").read_text(encoding="utf-8") == "mine\n"
    assert hash_ids(folder, "--column", "id", "--new-key") == 2
    assert (folder / "county.key").read_text(encoding="ascii").strip() == KEY


def test_a_new_key_is_its_owner_s_alone_and_is_used(folder: Path) -> None:
    (folder / "county.key").unlink()
    write(folder / "list.csv", "id", number(1))
    assert hash_ids(folder, "--column", "id", "--new-key") == 0
    key = (folder / "county.key").read_text(encoding="ascii").strip()
    assert len(key) == 64
    if os.name == "posix":
        assert (folder / "county.key").stat().st_mode & 0o077 == 0
    assert rows(folder / "out.csv")[1] == [hashed(number(1), key.encode())]


@pytest.mark.parametrize(
    ("content", "column", "said"),
    [
        (b"", "id", "list.csv"),
        (b"id\n", "id", "list.csv"),
        (b"ident\nx\n", "id", "ident"),
        (b'id,name\n"411,b\n', "id", "list.csv"),
        (b"PK\x03\x04rest", "id", "list.csv"),
        (b"id\n\xff\xfe\xfd\n", "id", "list.csv"),
    ],
)
def test_lists_that_are_none_are_told(
    folder: Path, content: bytes, column: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "list.csv").write_bytes(content)
    assert hash_ids(folder, "--column", column) == 2
    assert said in capsys.readouterr().err
    assert not left_behind(folder)


@pytest.mark.parametrize("key", [None, b"", b"short"])
def test_a_key_that_is_none_is_told(folder: Path, key: bytes | None, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "county.key").unlink()
    if key is not None:
        (folder / "county.key").write_bytes(key)
    write(folder / "list.csv", "id", number(1))
    assert hash_ids(folder, "--column", "id") == 2
    assert "county.key" in capsys.readouterr().err
    assert not left_behind(folder)


def test_a_folder_that_is_not_there_is_told_as_one_to_write(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder / "list.csv", "id", number(1))
    given = ["hash-ids", str(folder / "list.csv"), "--key", str(folder / "county.key"), "--column", "id"]
    assert run(*given, "--out", str(folder / "none" / "out.csv"), "--lang", "en") != 0
    told = capsys.readouterr().err
    assert "none" in told
    assert "--out" in told
    assert not left_behind(folder)


def test_a_number_that_a_spreadsheet_rounded_is_told_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder / "list.csv", "id", "4.11326E+17")
    assert hash_ids(folder, "--column", "id", lang="en") == 2
    assert "has lost its last digits" in capsys.readouterr().err
