"""The command as its users call it: what it writes, what it prints in both languages, and that a bad set writes nothing."""

from pathlib import Path

import pandas as pd
import pytest

from popmodel.assessment.backtest import METHODS
from popmodel.cli import main

COLUMNS = [
    "variable",
    "method",
    "horizon",
    "areas",
    "launches",
    "mape",
    "malpe",
    "medape",
    "within5",
    "within10",
    "crps",
    "winkler80",
]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main(["backtest", *arguments])
    printed = capsys.readouterr()
    return int(end.value.code or 0), printed.out, printed.err


def test_writes_every_forecast_and_the_summary(capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path) -> None:
    code, out, _ = run(capsys, str(folder), "--out", str(tmp_path / "out"), "--lang", "en")
    assert code == 0
    assert "Hamilton-Perry" in out
    latest = tmp_path / "out" / "set" / "backtest" / "latest"
    summary = pd.read_csv(latest / "summary.csv")
    assert summary.columns.tolist() == [*COLUMNS, "cover50", "cover80", "cover95"]
    assert set(summary["method"]) == set(METHODS)
    assert set(summary["variable"]) == {"total", "age_0_4", "age_65_plus"}
    assert set(summary["horizon"]) == set(range(1, 16))
    table = pd.read_parquet(latest / "forecasts.parquet")
    assert table.columns.tolist() == ["area", "cutoff", "horizon", "variable", "method", "quantile", "value", "actual"]
    assert (table["cutoff"] + table["horizon"]).max() == 2020
    # A falls short of no change by what it grew: 1 − 1.02⁻¹ a year, C never, B is overstated by 1/0.99 − 1.
    error = summary.query("variable == 'total' and method == 'no_change' and horizon == 1")["mape"].item()
    assert error == pytest.approx(100 * ((1 - 1 / 1.02) + (1 / 0.99 - 1)) / 3, abs=0.01)
    medians = table.query("quantile == 0.5 and variable == 'total' and method == 'no_change' and horizon == 1")
    assert 100 * (medians["value"] / medians["actual"] - 1).abs().mean() == pytest.approx(error, abs=1e-3)
    assert (latest / "shelf_life.csv").is_file()


def test_chinese_output_is_chinese(capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path) -> None:
    _, out, _ = run(capsys, str(folder), "--out", str(tmp_path / "out"), "--lang", "zh")
    assert "3 个地区，2000-2020 年" in out
    assert "| 年龄结构不变 " in out


def test_a_bad_set_writes_nothing(capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path) -> None:
    (folder / "population.csv").write_text("area,year\nA,2000\n")
    code, _, err = run(capsys, str(folder), "--out", str(tmp_path / "out"), "--lang", "en")
    assert code == 2
    assert "population.csv" in err
    assert not (tmp_path / "out").exists()
