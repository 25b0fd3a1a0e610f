"""Notebooks that go wrong in every way seen so far: each is called a failure, and what was published before stays as it was.

Left to themselves, several of them leave an executed notebook that looks complete, and an exit code of 0.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from popmodel.messages import RunFailedError
from popmodel.runs import Request, execute, run_report
from tests.runs.conftest import NOTEBOOKS, leftovers, published, reader_sees

# Notebook → code of the error, cell as shown by In [n] (the injected parameters are cell 2), and words of the message.
FAILING = {
    "kernel_killed": ("kernel_died", 4, ""),
    "exits_quietly": ("cell_failed", 4, "SystemExit"),
    "quits": ("cell_failed", 4, "quit"),
    "command_fails": ("cell_failed", 4, "CommandFailedError: .*false.* 1$"),
    "cell_error": ("cell_failed", 4, "KeyError: '2030'"),
    "error_allowed": ("cell_failed", 4, "ZeroDivisionError"),
    "skipped_cell": ("cell_not_run", 4, ""),
    "empty": ("checks_failed", None, "the last cell did not report"),
    "no_pdf": ("checks_failed", None, r"missing or empty \(report.pdf\)"),
    "broken_workbook": ("checks_failed", None, r"empty or damaged \(tables.xlsx\)"),
    "silent": ("checks_failed", None, "the last cell did not report"),
    "changed_afterwards": ("checks_failed", None, r"differ from what the notebook reported \(report.pdf\)"),
    "link_out": ("checks_failed", None, r"symbolic links among the outputs \(data/all.csv\)"),
    "reaches_out": ("checks_failed", None, "refers to something outside"),
    "changes_input": ("checks_failed", None, "the inputs changed"),
}


def run(name: str, pack: Path, target: Path, **options: Any) -> RunFailedError:
    with pytest.raises(RunFailedError) as caught:
        run_report(NOTEBOOKS / f"{name}.ipynb", Request(pack, "medium", 2050), target, title="t", **options)
    return caught.value


def failed_record(target: Path, error: RunFailedError) -> dict[str, Any]:
    """The record of the only failed run, which must be where the error says."""
    (folder,) = (target / "failed").iterdir()
    assert error.parameters["record"] == folder
    assert {path.name for path in folder.iterdir()} <= {"run.json", "report.ipynb", "kernel.log"}
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FAILING)
def test_failure_is_seen_and_harms_nothing(name: str, target: Path, pack: Path) -> None:
    before = published(target)
    error = run(name, pack, target)
    code, cell, words = FAILING[name]
    assert (error.code, error.parameters.get("cell")) == (code, cell)
    assert re.search(words, str(error))
    record = failed_record(target, error)
    assert record["state"] == "failed"
    assert (record["error"]["code"], record["error"]["cell"]) == (code, cell)
    assert record["ended"]
    assert all(check["passed"] for check in record["checks"]) is False
    assert published(target) == before
    assert reader_sees(target) == "done"
    assert leftovers(target) == []


@pytest.mark.parametrize("content", ["", '{"cells": [', "[]", '{"nbformat": 4}'])
def test_file_that_is_no_notebook(content: str, target: Path, pack: Path, tmp_path: Path) -> None:
    before = published(target)
    (tmp_path / "report.ipynb").write_text(content)
    with pytest.raises(RunFailedError, match="not a usable notebook"):
        run_report(tmp_path / "report.ipynb", Request(pack, "medium", 2050), target, title="t")
    assert published(target) == before
    assert leftovers(target) == []


def test_failed_notebook_is_kept_for_diagnosis(target: Path, pack: Path) -> None:
    error = run("cell_error", pack, target)
    notebook = json.loads((error.parameters["record"] / "report.ipynb").read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    failed = code[error.parameters["cell"] - 1]
    assert failed["execution_count"] == error.parameters["cell"]  # the number the message names is the one on the screen
    assert failed["outputs"][-1]["ename"] == "KeyError"
    assert code[-1]["execution_count"] is None
    assert str(target) not in json.dumps(notebook, ensure_ascii=False)


def test_time_limit_ends_the_run(target: Path, pack: Path) -> None:
    before = published(target)
    error = run("sleeps", pack, target, stop_after_seconds=2)
    assert (error.code, error.parameters["cell"]) == ("run_timed_out", 4)
    record = failed_record(target, error)
    assert record["state"] == "failed"
    assert record["seconds"]["total"] < 10
    assert published(target) == before
    assert leftovers(target) == []


def test_flood_of_output_ends_the_run(target: Path, pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A loop that prints filled the memory of the machine before it filled the disk.
    monkeypatch.setattr(execute, "LARGEST_OUTPUT", 5_000_000)
    before = published(target)
    error = run("floods", pack, target, stop_after_seconds=60)
    assert (error.code, error.parameters["cell"]) == ("output_too_large", 4)
    assert failed_record(target, error)["seconds"]["total"] < 30
    assert (error.parameters["record"] / "report.ipynb").stat().st_size < 100_000  # or it fills the disk after all
    assert published(target) == before
    assert leftovers(target) == []
