"""The command on a table of two censuses: what it writes and prints, and that a bad table writes nothing."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from popmodel.assessment.backtest import SUMMARY_COLUMNS
from popmodel.cli import main


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main(["backtest", *arguments])
    printed = capsys.readouterr()
    return int(end.value.code or 0), printed.out, printed.err


def test_writes_scores_apart_for_boundary_breaks(capsys: pytest.CaptureFixture[str], table: Path, tmp_path: Path) -> None:
    code, out, _ = run(capsys, str(table), "--census", "--out", str(tmp_path / "out"), "--lang", "en")
    assert code == 0
    assert "3 areas of the same ground (1 of them joined" in out
    assert "Not run, Hamilton-Perry: it needs" in out
    assert "shelf life" not in out
    latest = tmp_path / "out" / "counties" / "backtest" / "latest"
    for name, areas in (("summary.csv", 3), ("summary_boundary.csv", 1)):
        found = pd.read_csv(latest / name)
        assert tuple(found.columns) == SUMMARY_COLUMNS
        assert set(found["areas"]) == {areas}
    forecasts = pd.read_parquet(latest / "forecasts.parquet")
    assert list(forecasts.columns) == ["area", "cutoff", "horizon", "variable", "method", "quantile", "value", "actual"]
    assert set(forecasts["cutoff"]) == {2010}
    assert forecasts["area"].nunique() == 4
    grounds = pd.read_csv(latest / "grounds.csv", dtype=str)
    assert grounds.set_index("area").loc["410702+410772", "set"] == "boundary"
    explained = pd.read_csv(latest / "explained.csv")
    parts = explained[["resettlement", "migration", "fertility", "mortality", "census"]].sum(axis=1)
    assert (parts - explained["miss"]).abs().max() < 0.5


def test_chinese(capsys: pytest.CaptureFixture[str], table: Path, tmp_path: Path) -> None:
    _, out, _ = run(capsys, str(table), "--census", "--out", str(tmp_path / "out"), "--lang", "zh")
    assert "两次普查：3 个范围相同的地区" in out
    assert "未用“份额线性外推”" in out


def test_a_table_of_a_province_without_reference_data(
    capsys: pytest.CaptureFixture[str], frame: pd.DataFrame, tmp_path: Path
) -> None:
    # Sichuan is not in the reference data: the nation's deaths stand in, and no crosswalk is needed.
    frame["code"] = frame["code"].str.replace("^41", "51", regex=True)
    frame = frame[~frame["code"].isin(["511471", "511472", "510772"])]
    frame.to_csv(tmp_path / "sichuan.csv", index=False)
    code, out, _ = run(capsys, str(tmp_path / "sichuan.csv"), "--census", "--out", str(tmp_path / "out"), "--lang", "en")
    assert code == 0
    assert "5 areas of the same ground (0 of them joined" in out


def test_a_bad_table_writes_nothing(capsys: pytest.CaptureFixture[str], frame: pd.DataFrame, tmp_path: Path) -> None:
    frame[frame["census_date"] == "2010-11-01"].to_csv(tmp_path / "one.csv", index=False)
    code, _, err = run(capsys, str(tmp_path / "one.csv"), "--census", "--out", str(tmp_path / "out"), "--lang", "en")
    assert code == 2
    assert "two census dates" in err
    assert not (tmp_path / "out").exists()


def test_a_launch_before_the_reference_data(capsys: pytest.CaptureFixture[str], frame: pd.DataFrame, tmp_path: Path) -> None:
    frame["census_date"] = frame["census_date"].replace({"2010-11-01": "2000-11-01", "2020-11-01": "2010-11-01"})
    frame.to_csv(tmp_path / "early.csv", index=False)
    code, _, err = run(capsys, str(tmp_path / "early.csv"), "--census", "--out", str(tmp_path / "out"), "--lang", "en")
    assert code == 2
    assert "nothing up to 2000" in err
