"""The command `popmodel budget`: what it prints and writes, in both languages, and bad requests."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from popmodel.cli import main
from popmodel.messages import InputError
from popmodel.runs.plan_years import years_of


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [("2026-2030", 2026, 2030), ("2026", 2026, 2026), (" 2026 – 2028 ", 2026, 2028), ("2026至2027", 2026, 2027)],
)
def test_years_as_people_write_them(written: str, first: int, last: int) -> None:
    assert years_of(written) == list(range(first, last + 1))


@pytest.mark.parametrize("written", ["2030-2026", "", "26-30", "2026,2027", "next year", "2026-2030-2035"])
def test_years_that_are_none_are_told(written: str) -> None:
    with pytest.raises(InputError) as caught:
        years_of(written)
    assert [problem.code for problem in caught.value.problems] == ["years_not_understood"]


def test_the_summary_and_the_tables(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack = str(root / "data" / "xichuan")
    assert run("budget", pack, "--years", "2023-2030", "--draws", "100", "--out", str(tmp_path), "--lang", "zh") == 0
    printed = capsys.readouterr().out
    assert "2023决算" in printed
    # 13,813,520 yuan are 1,381.4 万元; 6,743 people at 960 are 6,473,280.00.
    assert re.search(r"\| 合计 +\| +1,381\.4 \|", printed)
    assert "6,473,280.00" in printed
    latest = tmp_path / "xichuan" / "medium" / "budget" / "latest"
    tables = {path.stem for path in latest.glob("*.csv")}
    assert tables == {
        "amounts", "payments", "appropriation", "ranges", "calendar", "flows", "account", "settled", "request", "switches",
        "sensitivity", "bridge", "calculator", "with_places",
    }  # fmt: skip
    budgeted = pd.read_csv(latest / "appropriation.csv", encoding="utf-8-sig")
    assert budgeted.loc[budgeted["year"] == 2023, "amount_fen"].sum() == 1_381_352_000
    # What is printed of 2026 is what the table adds to.
    whole = budgeted.loc[budgeted["year"] == 2026, "amount_fen"].sum() / 100
    assert f"{whole / 10_000:,.1f}" in printed
    assert (latest / "vintage").is_dir()
    # Families and places in one total: the families' part is the budget's own, and places are what `popmodel places` costs.
    both = pd.read_csv(latest / "with_places.csv", encoding="utf-8-sig").groupby(["part", "year"])["amount_fen"].sum()
    assert both["families"].to_dict() == budgeted[budgeted["year"] > 2025].groupby("year")["amount_fen"].sum().to_dict()
    assert (both["both"] == both["families"] + both["places"]).all()
    assert run("places", pack, "--years", "2026-2030", "--draws", "100", "--out", str(tmp_path), "--lang", "zh") == 0
    paid = pd.read_csv(latest.parents[1] / "places" / "latest" / "payers.csv", encoding="utf-8-sig")
    assert both["places"].to_numpy() / 100 == pytest.approx(paid.groupby("year")["amount_yuan"].sum().to_numpy(), abs=1)


def test_a_budget_without_a_plan_of_places_says_why(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack = tmp_path / "pack"
    shutil.copytree(root / "data" / "xichuan", pack)
    series = (pack / "series.csv").read_text(encoding="utf-8")
    kept = [line for line in series.splitlines() if "childcare_places" not in line]
    assert len(kept) < len(series.splitlines())
    (pack / "series.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
    given = ["--years", "2026-2027", "--draws", "100", "--out", str(tmp_path / "out"), "--lang", "en"]
    assert run("budget", str(pack), *given) == 0
    assert "Childcare places are not counted in" in capsys.readouterr().out
    assert not list((tmp_path / "out").rglob("with_places.csv"))


def test_a_scenario_with_the_county_s_own_standard_warns(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack = str(root / "data" / "xichuan")
    given = ["--years", "2027", "--scenario", "county_supplement", "--draws", "0", "--out", str(tmp_path), "--lang", "en"]
    assert run("budget", pack, *given) == 0
    printed = capsys.readouterr().out
    assert "Warning:" in printed
    assert "may not set their own" in printed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--years", "2030-2026"], "2030-2026"),
        (["--years", "2020-2026"], "2020"),
        (["--years", "2026-2050"], "2036"),
        (["--scenario", "mediun"], "medium"),
        (["--draws", "3"], "3"),
    ],
)
def test_bad_requests_are_told_and_write_nothing(
    root: Path, tmp_path: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("budget", str(root / "data" / "xichuan"), *arguments, "--out", str(tmp_path / "out"), "--lang", "en") == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.csv"))
