"""`popmodel records`: each fault planted once in a small list and found once; what is told of townships hides small counts."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from popmodel.areas import load_area
from popmodel.areas.history import HISTORY
from popmodel.assessment.identity import check_character
from popmodel.assessment.record_checks import rate_class
from popmodel.cli import main
from popmodel.runs.records_run import check_records

TODAY = dt.date(2026, 11, 27)
HEAD = "子女证件号,母亲证件号,出生日期,母亲出生日期,孩次,登记日期,乡镇"


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def number(born: str, place: int = 1) -> str:
    first = f"411326{born.replace('-', '')}{place:03d}"
    return first + check_character(first)


def record(child: str = "", mother: str = "m1", birth: str = "2025-03-10", of_mother: str = "1995-06-01", order: str = "1",
           recorded: str = "2025-03-20", township: str = "龙城街道") -> list[str]:  # fmt: skip
    return [child or f"c{birth}{mother}{order}", mother, birth, of_mother, order, recorded, township]


WRONG_CHECK = number("2025-03-10")[:17] + ("0" if number("2025-03-10")[17] != "0" else "1")


@pytest.fixture
def pack(root: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "xichuan"
    shutil.copytree(root / "data" / "xichuan", folder, ignore=shutil.ignore_patterns(HISTORY))
    return folder


def write(folder: Path, rows: list[list[str]], head: str = HEAD) -> Path:
    path = folder / "records.csv"
    path.write_text("\n".join([head, *(",".join(row) for row in rows)]), encoding="utf-8")
    return path


def found(pack: Path, tmp_path: Path, rows: list[list[str]]) -> dict[str, int]:
    """What the checks find in the whole county, all years together; those that find nothing left out."""
    checks, _ = check_records(write(tmp_path, rows), load_area(pack), TODAY, 30)
    whole = checks[checks["township"] == ""].groupby("check")["found"].sum()
    return {str(check): int(count) for check, count in whole.items() if count}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([record()], {}),
        ([record(child=number("2025-03-10"))], {}),
        ([record(child=number("2025-03-10")[:17] + "?")], {"identity_number": 1}),
        ([record(child=WRONG_CHECK)], {"identity_number": 1}),
        ([record(mother="")], {"missing_field": 1}),
        ([record(recorded="")], {"missing_field": 1}),
        ([record(birth="2025-02-30", recorded="2025-03-20")], {"impossible_date": 1}),
        ([record(birth="2027-01-01", recorded="")], {"impossible_date": 1, "missing_field": 1}),
        # 13 and 50 completed years are the last that may be.
        ([record(of_mother="2012-03-10")], {}),
        ([record(of_mother="2012-03-11")], {"mother_age": 1}),
        ([record(of_mother="1974-03-11")], {}),
        ([record(of_mother="1974-03-10")], {"mother_age": 1}),
        ([record(recorded="2025-03-09")], {"record_before_birth": 1}),
        ([record(recorded="2025-04-09")], {}),
        ([record(recorded="2025-04-10")], {"late": 1}),
        # the same mother twice: 10 October is seven months after 10 March
        ([record(), record(birth="2025-10-10", order="2", recorded="2025-10-11")], {}),
        ([record(), record(birth="2025-10-09", order="2", recorded="2025-10-11")], {"birth_interval": 1}),
        # twins, the second after midnight
        ([record(), record(birth="2025-03-11", order="2")], {}),
        ([record(), record(birth="2026-05-01", order="3", recorded="2026-05-02")], {"order_skipped": 1}),
        ([record(), record(birth="2026-05-01", order="1", recorded="2026-05-02")], {"order_skipped": 1}),
        ([record(order="一孩"), record(birth="2026-05-01", order="二孩", recorded="2026-05-02")], {}),
        ([record(child="same"), record(child="same", mother="m2")], {"duplicate": 1}),
        ([record(), record()], {"duplicate": 1}),
        # another mother has nothing to do with it
        ([record(), record(mother="m2", birth="2025-04-10", order="3", recorded="2025-04-11")], {}),
    ],
)  # fmt: skip
def test_each_fault_is_found_once(pack: Path, tmp_path: Path, rows: list[list[str]], expected: dict[str, int]) -> None:
    assert found(pack, tmp_path, rows) == expected


def test_counts_are_told_by_township_and_year_and_go_into_the_pack(pack: Path, tmp_path: Path, capsys: Any) -> None:
    rows = [
        record(child=f"a{place}", mother=f"m{place}", recorded="2025-09-01" if place < 30 else "2025-03-20")
        for place in range(150)
    ]
    rows += [record(child=f"b{place}", mother=f"n{place}", township="荆紫关镇") for place in range(5)]
    rows += [record(child=f"d{place}", mother=f"k{place}", township="老城镇") for place in range(12)]
    path = write(tmp_path, rows)
    assert run("records", pack, path, "--out", pack / "record_checks.csv", "--lang", "zh") == 0
    said = capsys.readouterr().out
    lines = {line.split()[0]: line.split()[1:] for line in said.splitlines() if line.strip()}
    assert lines["登记不及时"] == ["30"]
    # Twenty in a hundred late is 80 per cent timely; five records are few, and twelve would give them away beside the county's.
    assert lines["龙城街道"] == ["150", "95%", "以上", "80%-90%"]
    assert lines["荆紫关镇"] == ["–", "–", "–"]
    assert lines["老城镇"] == ["–", "–", "–"]
    table = load_area(pack).tables["record_checks"]
    county = table[(table["township"] == "") & (table["check"] == "late")].iloc[0]
    assert county[["year", "records", "found", "status"]].tolist() == [2025, 167, 30, "derived"]
    assert run("records", pack, path, "--out", pack / "record_checks.csv") == 2


def test_a_class_never_tells_a_count() -> None:
    for threshold in (5, 10, 20):
        for records in range(1, 400):
            classes = pd.Series([rate_class(count, records, threshold) for count in range(records + 1)])
            # Whatever class is told, it leaves several counts open.
            assert classes.value_counts().min() >= min(threshold // 2, records)


@pytest.mark.parametrize(
    ("head", "rows", "said"),
    [
        (HEAD.replace("孩次", "第几个"), [record()], "孩次"),
        (HEAD, [[*record()[:-1], "紫关镇"]], "荆紫关镇"),
        (HEAD, [record()[:-1]], "6"),
        (HEAD, [], "没有数据"),
    ],
)
def test_a_list_that_cannot_be_read_is_told(
    pack: Path, tmp_path: Path, head: str, rows: list[list[str]], said: str, capsys: Any
) -> None:
    assert run("records", pack, write(tmp_path, rows, head), "--lang", "zh") == 2
    assert said in capsys.readouterr().err


def test_no_number_is_repeated(pack: Path, tmp_path: Path, capsys: Any) -> None:
    child = number("2025-03-10")
    assert run("records", pack, write(tmp_path, [record(child=child), record(child=child)]), "--out", tmp_path / "out.csv") == 0
    said = capsys.readouterr()
    assert child not in said.out + said.err + (tmp_path / "out.csv").read_text(encoding="utf-8")
