"""The command line as its users call it: help in both languages, exit codes, messages, files."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from popmodel.cli import main


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main(list(arguments))
    printed = capsys.readouterr()
    return int(end.value.code or 0), printed.out, printed.err


@pytest.mark.parametrize(("lang", "word"), [("zh", "用法："), ("en", "Usage: ")])
@pytest.mark.parametrize(
    "command",
    [[], ["check"], ["project"], ["report"], ["compare"], ["scenarios"], ["new-area"], ["warmup"], ["backtest"], ["project-all"]],
)
def test_help_is_in_the_language_asked_for(capsys: pytest.CaptureFixture[str], command: list[str], lang: str, word: str) -> None:
    code, out, _ = run(capsys, *command, "--help", "--lang", lang)
    assert (code, out.startswith(word)) == (0, True)
    if lang == "zh":
        assert not {"Options", "Commands", "Show", "default"} & set(out.replace(":", " ").split())


def test_check_says_what_it_read_and_what_stands_in(capsys: pytest.CaptureFixture[str], root: Path) -> None:
    code, out, _ = run(capsys, "check", str(root / "data" / "xichuan"), "--lang", "zh")
    assert code == 0
    assert "淅川县（411326）" in out
    assert "以参考数据补齐" in out
    assert out.rstrip().endswith("没有发现问题。")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "no/such/pack"], "no/such/pack"),
        (["chek"], "check"),
        (["check"], "PACK"),
        (["check", "--fast", "x"], "--fast"),
        (["project", "{pack}", "--scenario", "mediun"], "medium"),
        (["project", "{pack}", "--to", "2200"], "2026 to 2100"),
        (["project", "{pack}", "--to", "soon"], "soon"),
        (["report", "{pack}", "--format", "pdf,doc"], "html, pdf, xlsx"),
        (["new-area", "411326", "--census", "no.csv"], "no.csv"),
        (["compare", "no/such/run", "{pack}"], "no/such/run: there is no such folder"),
        (["compare", "no/such/run", "{pack}"], "neither run.json nor latest"),
        (["compare", "{pack}"], "NEW"),
    ],
)
def test_bad_input_ends_with_two_and_says_how_to_mend_it(
    capsys: pytest.CaptureFixture[str],
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, *[one.replace("{pack}", str(root / "data" / "xichuan")) for one in arguments])
    assert code == 2
    assert said in err
    assert list(tmp_path.iterdir()) == []


def test_project_writes_tables_that_balance(capsys: pytest.CaptureFixture[str], root: Path, tmp_path: Path) -> None:
    pack = str(root / "data" / "xichuan")
    assert run(capsys, "project", pack, "--to", "2030", "--out", str(tmp_path))[0] == 0
    latest = tmp_path / "xichuan" / "medium" / "latest"
    people = pd.read_csv(latest / "resident_population.csv")
    components = pd.read_csv(latest / "resident_components.csv").set_index("year")
    by_year = people.groupby("year")["value"].sum()
    grown = by_year.shift() + components["births"] - components["deaths"] + components["migration"]
    assert grown.dropna().to_dict() == pytest.approx(by_year.loc[2021:].to_dict(), abs=0.01)
    first = latest.resolve()
    assert run(capsys, "project", pack, "--to", "2030", "--out", str(tmp_path))[0] == 0
    assert first.is_dir()  # what was there stays
    assert latest.resolve() != first


def test_scenarios_lists_what_each_changes(capsys: pytest.CaptureFixture[str], root: Path) -> None:
    _, out, _ = run(capsys, "scenarios", str(root / "data" / "xichuan"), "--lang", "en")
    assert "policy_response" in out
    assert "fertility.order_3plus" in out


@pytest.mark.needs_shared
def test_a_new_area_can_be_projected_at_once(capsys: pytest.CaptureFixture[str], shared: Path, tmp_path: Path) -> None:
    table = str(shared / "data" / "census_counties_henan_2010_2020.csv")
    assert run(capsys, "new-area", "411381", "--census", table, "--name", "邓州市", "--out", str(tmp_path / "data"))[0] == 0
    assert run(capsys, "project", str(tmp_path / "data" / "411381"), "--to", "2030", "--out", str(tmp_path / "out"))[0] == 0


@pytest.mark.parametrize(
    ("lang", "compiled", "ready"), [("zh", "已编译，用时", "早已编译"), ("en", "was compiled in", "had been compiled")]
)
def test_warmup_compiles_once_and_says_where(tmp_path: Path, lang: str, compiled: str, ready: str) -> None:
    pytest.importorskip("numba", reason="numba, the extra of the fast engine, is not installed")
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    for said in (compiled, ready):
        command = [sys.executable, "-m", "popmodel.cli", "warmup", "--lang", lang]
        done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", timeout=300)
        assert (done.returncode, said in done.stdout, str(tmp_path) in done.stdout) == (0, True, True), done.stdout + done.stderr


def test_warmup_without_numba_says_how_to_install_it(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, "popmodel.projection.engine_numba", raising=False)
    code, _, err = run(capsys, "warmup")
    assert code == 2
    assert 'pip install "popmodel[fast]"' in err
