"""Vintages: what a published run stores, that the same inputs give the same bytes, and that damage is told from bad input."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from popmodel.areas import load_area
from popmodel.messages import InputError
from popmodel.projection import project
from popmodel.runs import Request, latest_run, read_record, run_report, write_folder
from popmodel.runs.vintage_inputs import read_inputs
from popmodel.runs.vintages import program_now, read_vintages, store_vintage
from popmodel.shipped import shipped
from tests.runs.vintage_runs import copy_of, figures_of, publish, rewrite


@pytest.fixture(scope="module")
def xichuan_pack(root: Path) -> Path:
    return root / "data" / "xichuan"


@pytest.fixture(scope="module")
def run(xichuan_pack: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(xichuan_pack, tmp_path_factory.mktemp("run") / "medium")


@pytest.fixture
def own_run(run: Path, tmp_path: Path) -> Path:
    """A copy of the run to break."""
    shutil.copytree(run.parent, tmp_path / "medium", symlinks=True)
    return tmp_path / "medium" / run.name


def problems(*paths: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_vintages(*paths)
    assert caught.value.describe("zh")
    return [problem.code for problem in caught.value.problems]


def test_it_holds_the_forecast_as_it_was_worked_out(run: Path, xichuan_pack: Path) -> None:
    (vintage,) = read_vintages(run)
    assert vintage.figures().equals(figures_of(xichuan_pack))
    assert (vintage.code, vintage.scenario, vintage.first_year, vintage.last_year) == ("411326", "medium", 2020, 2035)
    assert vintage.program == program_now()
    assert vintage.forecast["quantile"].isna().all()
    # One table for a county and a person with the report: the projection's own tables say the same.
    projection = project(load_area(xichuan_pack), to=2035)
    assert vintage.figures()["births", 2030] == projection.components()["births"][2030]
    assert vintage.figures()["children_0_4", 2030] == projection.persons(0, 4)[2030]
    money = vintage.forecast.loc[vintage.forecast["unit"] == "yuan"].pivot(index="year", columns="quantity", values="value")
    assert money.drop(columns=["amount_total", "amount_county"]).sum(axis=1).to_numpy() == pytest.approx(
        money["amount_total"].to_numpy()
    )


def test_its_inputs_are_the_files_that_were_read_and_no_others(xichuan_pack: Path, tmp_path: Path) -> None:
    # Whatever else a clerk keeps in the folder, lists of names above all, stays there.
    pack = copy_of(xichuan_pack, tmp_path / "xichuan")
    (pack / "名单.csv").write_text("姓名,身份证号\n", encoding="utf-8")
    (pack / "底稿.xlsx").write_bytes(b"PK")
    package = json.loads((pack / "datapackage.json").read_text(encoding="utf-8"))
    package["resources"].append({"name": "names", "path": "名单.csv"})  # listed for others, read by nobody here
    (pack / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    (pack / "scenarios").mkdir()
    (pack / "scenarios" / "my_plan.yaml").write_text(
        "name: {zh: 我, en: Mine}\ndescription: {zh: 我, en: Mine}\nchanges: {fertility.level: 1.2}\n", encoding="utf-8"
    )
    (vintage,) = read_vintages(publish(pack, tmp_path / "runs", scenario="my_plan"))
    with zipfile.ZipFile(vintage.inputs) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    own = {name.removeprefix("pack/") for name in entries if name.startswith("pack/")}
    read = {path.relative_to(xichuan_pack).as_posix() for path in xichuan_pack.rglob("*") if path.is_file()}
    assert own == read | {"scenarios/my_plan.yaml"}
    assert {name.split("/")[0] for name in entries} == {"pack", "reference", "rules"}
    assert entries["pack/events.csv"] == (pack / "events.csv").read_bytes()
    reference = shipped("data") / "reference"
    assert entries["reference/assumptions.yaml"] == (reference / "assumptions.yaml").read_bytes()
    assert {"rules/norms.yaml", "rules/childcare_allowance.yaml"} <= set(entries)
    inputs, needs = read_inputs(vintage)
    assert inputs.scenario.changes == {"fertility.level": 1.2}
    assert needs == []


def test_same_inputs_give_the_same_bytes(run: Path, xichuan_pack: Path, tmp_path: Path) -> None:
    pack = copy_of(xichuan_pack, tmp_path / "elsewhere" / "xichuan")
    for path in pack.iterdir():
        os.utime(path, (1, 1))
    again = publish(pack, tmp_path / "runs")
    for name in ("forecast.parquet", "inputs.zip", "vintage.json"):
        assert (again / "vintage" / name).read_bytes() == (run / "vintage" / name).read_bytes(), name


def test_it_appears_with_its_run_or_not_at_all(own_run: Path, xichuan_pack: Path) -> None:
    projection = project(load_area(xichuan_pack), to=2030)

    def writer(folder: Path) -> None:
        store_vintage(projection, folder)
        raise KeyError("after the vintage")

    with pytest.raises(KeyError):
        write_folder(own_run.parent, writer, request={})
    assert latest_run(own_run.parent) == own_run
    assert [path.parent.name for path in own_run.parent.rglob("vintage")] == [own_run.name]
    # Earlier runs stay: they are the history.
    later = publish(xichuan_pack, own_run.parent, to=2030)
    assert [vintage.last_year for vintage in read_vintages(own_run, own_run.parent)] == [2035, 2030]
    assert latest_run(own_run.parent) == later


def test_a_report_stores_one_and_records_its_checksums(xichuan_pack: Path, tmp_path: Path) -> None:
    notebook = shipped("notebooks") / "07_scenario_report.ipynb"
    record = run_report(
        notebook, Request(xichuan_pack, "medium", 2035, formats=("xlsx",), draws=100, seed=7), tmp_path / "medium", title="t"
    )
    assert {f"vintage/{name}" for name in ("forecast.parquet", "inputs.zip", "vintage.json")} <= {
        one["path"] for one in record.outputs
    }
    (vintage,) = read_vintages(tmp_path / "medium")
    frame = pd.read_parquet(record.folder / "data" / "all_scenarios.parquet")
    reported = frame[(frame["scenario"] == "medium") & (frame["year"] == 2030)]["births"].item()
    assert vintage.figures()["births", 2030] == reported  # what the report printed is what is stored
    drawn = vintage.forecast.set_index(["quantity", "year", "quantile"])["value"]
    ranges = pd.read_parquet(record.folder / "data" / "all_ranges.parquet").set_index(["quantity", "year"])
    for quantity in ("births", "required_enrolment", "amount_total"):
        assert drawn[quantity, 2030, 0.9] == ranges.loc[(quantity, 2030), "q90"]
    assert vintage.manifest["draws"] == {"count": 100, "seed": 7, "engine": "numpy"}


def test_a_notebook_opened_by_hand_stores_nothing(xichuan_pack: Path) -> None:
    store_vintage(project(load_area(xichuan_pack), to=2026), None)


@pytest.mark.parametrize("name", ["forecast.parquet", "inputs.zip", "vintage.json"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "gone"])
def test_damage_is_found(name: str, damage: str, own_run: Path) -> None:
    path = own_run / "vintage" / name
    content = path.read_bytes()
    path.unlink() if damage == "gone" else path.write_bytes(
        content[:-20] if damage == "cut" else content[:50] + bytes([content[50] ^ 1]) + content[51:]
    )
    assert problems(own_run) == ["vintage_damaged"]


def test_what_is_no_published_run(own_run: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("{half of a rec", encoding="utf-8")
    without, other = (
        write_folder(tmp_path / name, lambda folder: (folder / "a.csv").write_text("1"), request=request).folder
        for name, request in (("old", {"pack": "xichuan"}), ("scores", {"folder": "finland"}))
    )
    with pytest.raises(KeyError):
        write_folder(own_run.parent, lambda folder: {}["x"], request={})
    (failed,) = (own_run.parent / "failed").iterdir()
    assert read_record(failed).state == "failed"
    # Both runs are looked at before anything is said.
    assert problems(tmp_path / "no such", tmp_path / "empty") == ["vintage_no_folder", "vintage_not_a_run"]
    assert problems(tmp_path / "broken", failed) == ["vintage_record_unreadable", "vintage_run_not_done"]
    assert problems(own_run, without) == ["vintage_none"]  # by a version that stored none
    assert problems(own_run, other) == ["vintage_other_command"]  # of a back-test


def test_a_format_of_another_time(own_run: Path) -> None:
    manifest = json.loads((own_run / "vintage" / "vintage.json").read_text(encoding="utf-8"))
    rewrite(own_run, "vintage.json", json.dumps({**manifest, "format": 2}).encode())
    assert problems(own_run) == ["vintage_format"]
