"""The certificate says met, missed or not run, and why; a country made up to stand still is replayed to the last digit."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from popmodel.assessment.certificate import MET, MISSED, NOT_RUN, Check, certificate_table, certify
from popmodel.cli import main
from popmodel.demography import life_table
from popmodel.messages import InputError

YEARS = range(2024, 2055)
AGES = np.arange(100)
CODE, NAME = 999, "ZZZ"


def stationary_country(folder: Path) -> Path:
    """Tables of a country whose births replace its deaths: every mid-year population is that of 1 January 2024."""
    wpp = folder / "wpp"
    wpp.mkdir(parents=True)
    rates = 0.00005 * np.exp(0.09 * AGES) + 0.002 * (AGES == 0)
    people = 1e5 * life_table(np.append(rates, 1.0), "both").L[:100]
    index = pd.MultiIndex.from_product([YEARS, AGES], names=["year", "age"])
    single = index.to_frame(index=False).assign(country_code=CODE, iso3=NAME)
    single["pop_both_july1"] = np.tile(people, len(YEARS))
    single["mx_both"] = np.tile(rates, len(YEARS))
    single.to_csv(wpp / "wpp2024_bothsex_age1_annual.csv.gz", index=False)
    moves = single[["country_code", "iso3", "year", "age"]].assign(mig_m_thousand=0.0, mig_f_thousand=0.0)
    moves.to_csv(wpp / "wpp2024_net_migration_age1_sex.csv.gz", index=False)
    launch = pd.DataFrame({"country_code": CODE, "iso3": NAME, "age": AGES, "pop_both_1jan2024": people})
    launch.to_csv(wpp / "wpp2024_recovered_1jan2024_bothsex.csv", index=False)
    totals = pd.DataFrame({"country_code": CODE, "iso3": NAME, "year": YEARS, "births": 100.0})
    totals.assign(tfr=2.0, e0M=70.0, e0F=75.0, srb=1.05, mig=0.0).to_csv(wpp / "wpp2024_annual_totals.csv", index=False)
    return folder


def edit(path: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    change(pd.read_csv(path)).to_csv(path, index=False)


def results(checks: list[Check]) -> dict[str, str]:
    return {check.key: check.result for check in checks}


def test_every_answer_that_comes_along_is_met() -> None:
    checks = certify()
    assert len(checks) >= 30
    assert {check.result for check in checks} == {MET}


def test_a_country_that_stands_still_is_replayed_exactly(tmp_path: Path) -> None:
    checks = certify(stationary_country(tmp_path))
    assert results(checks) == {"wpp_total": MET, "wpp_ages_mean": MET, "wpp_ages_largest": MET}
    assert max(check.error for check in checks if check.error is not None) < 1e-10


def test_ages_that_only_one_table_has_are_left_out(tmp_path: Path) -> None:
    folder = stationary_country(tmp_path)
    edit(folder / "wpp" / SINGLE, lambda table: table[table["age"] <= 95])
    assert set(results(certify(folder)).values()) == {MET}


SINGLE, MOVES = "wpp2024_bothsex_age1_annual.csv.gz", "wpp2024_net_migration_age1_sex.csv.gz"
LAUNCH, TOTALS = "wpp2024_recovered_1jan2024_bothsex.csv", "wpp2024_annual_totals.csv"


@pytest.mark.parametrize(
    ("file", "change", "key"),
    [
        # A twentieth more deaths at every age, 1 % more births, 100 leaving unseen at 30.
        (SINGLE, lambda table: table.assign(mx_both=1.05 * table["mx_both"]), "wpp_total"),
        (TOTALS, lambda table: table.assign(births=1.01 * table["births"]), "wpp_total"),
        (MOVES, lambda table: table.assign(mig_m_thousand=-0.1 * (table["age"] == 30)), "wpp_ages_largest"),
    ],
)
def test_wrong_inputs_miss_their_bar(tmp_path: Path, file: str, change: Callable[..., pd.DataFrame], key: str) -> None:
    folder = stationary_country(tmp_path)
    edit(folder / "wpp" / file, change)
    assert results(certify(folder))[key] == MISSED


INCOMPLETE = [
    (SINGLE, lambda t: t[(t["year"] != 2040) | (t["age"] != 7)], "rows_missing", "2040/7"),
    (SINGLE, lambda t: t.assign(mx_both=t["mx_both"].where(t["year"] != 2031)), "rows_missing", "2031/0"),
    (SINGLE, lambda t: t[t["year"] < 2050], "rows_missing", "2050/0"),
    (SINGLE, lambda t: pd.concat([t, t.tail(1)]), "rows_twice", "2054/99"),
    (SINGLE, lambda t: t.drop(columns="mx_both"), "columns_missing", "mx_both"),
    (SINGLE, lambda t: t.assign(mx_both=-t["mx_both"]), "values_impossible", ""),
    (LAUNCH, lambda t: t.head(60), "too_few_ages", "60"),
    (LAUNCH, lambda t: t[t["age"] != 50], "rows_missing", "50"),
    (MOVES, lambda t: t.assign(country_code=1, iso3="OTH"), "country_missing", MOVES),
    (TOTALS, lambda t: t.assign(births="many"), "rows_missing", "births"),
]


@pytest.mark.parametrize(("file", "change", "reason", "named"), INCOMPLETE, ids=[one[2] for one in INCOMPLETE])
def test_a_country_with_incomplete_inputs_is_not_run_and_says_why(
    tmp_path: Path, file: str, change: Callable[..., pd.DataFrame], reason: str, named: str
) -> None:
    folder = stationary_country(tmp_path)
    edit(folder / "wpp" / file, change)
    (folder / "golden").mkdir()
    shutil_answer(folder / "golden")
    checks = certify(folder)
    line = next(check for check in checks if check.parameters.get("country") == NAME)
    assert (line.result, line.reason) == (NOT_RUN, reason)
    assert named in line.why("en")
    assert line.why("zh") != line.why("en")


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b broken", b"country_code;iso3\n1;2"])
def test_a_spoiled_file_is_no_traceback(tmp_path: Path, content: bytes) -> None:
    folder = stationary_country(tmp_path)
    (folder / "wpp" / SINGLE).write_bytes(content)
    (folder / "golden").mkdir()
    shutil_answer(folder / "golden")
    assert NOT_RUN in {check.result for check in certify(folder)}


def shutil_answer(golden: Path) -> None:
    """One published answer in the form of a folder of reference material: Andreev & Kingkade's a0 at two rates."""
    answer = {"m0": [0.001, 0.01], "m": [0.14729455, 0.1293355], "f": [0.14697473, 0.1284773]}
    (golden / "a0_andreev_kingkade.json").write_text(json.dumps(answer), encoding="utf-8")


def test_a_wrong_answer_is_missed_and_an_absent_one_not_run(tmp_path: Path) -> None:
    golden = tmp_path / "golden"
    golden.mkdir()
    shutil_answer(golden)
    checks = certify(tmp_path)
    assert [check.result for check in checks if check.key == "a0"] == [MET, MET]
    assert {check.reason for check in checks if check.key == "answer"} == {"file_missing"}
    path = golden / "a0_andreev_kingkade.json"
    path.write_text(path.read_text(encoding="utf-8").replace("0.1293355", "0.1293356"), encoding="utf-8")
    assert [check.result for check in certify(tmp_path) if check.key == "a0"] == [MISSED, MET]
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="nothing here can be checked"):
        certify(tmp_path)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main(["certify", *arguments])
    printed = capsys.readouterr()
    return int(end.value.code or 0), printed.out, printed.err


def test_the_command_ends_with_nothing_missed_0_missed_1_and_nothing_there_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, err = run(capsys, "--lang", "zh")
    assert (code, err) == (0, "")
    assert "奥地利 1992 年男性生命表" in out
    assert "超限" not in out.splitlines()[2]
    folder = stationary_country(tmp_path / "一国")
    assert run(capsys, str(folder), "--lang", "en")[0] == 0
    edit(folder / "wpp" / TOTALS, lambda table: table.assign(births=1.01 * table["births"]))
    code, out, err = run(capsys, str(folder), "--lang", "en")
    assert code == 1
    assert "MISSED" in out
    assert "3 of 3 checks miss" in err
    code, out, err = run(capsys, str(tmp_path / "nowhere"), "--lang", "en")
    assert (code, out) == (2, "")
    assert "nowhere" in err


def test_the_table_is_markdown_with_even_columns_in_both_languages() -> None:
    for lang in ("zh", "en"):
        lines = certificate_table(certify(), lang).splitlines()
        assert {line.count("|") for line in lines} == {7}
        assert all(line.startswith("| ") and line.endswith(" |") for line in lines)


@pytest.mark.needs_shared
def test_the_united_nations_are_replayed(shared: Path) -> None:
    checks = certify(shared)
    assert not [check.title("en") for check in checks if check.result == MISSED]
    assert {check.parameters["country"] for check in checks if "country" in check.parameters} >= {
        "CHN",
        "IND",
        "JPN",
        "KOR",
        "Canada",
    }
    # Only an index whose smoother is not specified is left out.
    assert [check.parameters["index"] for check in checks if check.result == NOT_RUN] == ["roughness_ageMin30"]


@pytest.mark.needs_shared
def test_a_country_without_single_ages_takes_the_five_year_route(shared: Path, tmp_path: Path) -> None:
    wpp = tmp_path / "wpp"
    shutil.copytree(shared / "wpp", wpp, copy_function=shutil.copyfile)
    for file in (SINGLE, LAUNCH):
        edit(wpp / file, lambda table: table[~table["iso3"].isin(["JPN", "KOR"])])
    checks = certify(tmp_path)
    japan = [check for check in checks if check.parameters.get("country") == "JPN"]
    assert [check.result for check in japan] == [MET] * 6
    # Korea's migrants of 2020-22, whose ages are not given, are more than the bar; India has no five-year stocks.
    korea = next(check for check in checks if check.parameters.get("country") == "KOR")
    assert (korea.result, korea.reason) == (NOT_RUN, "migration_without_ages")
