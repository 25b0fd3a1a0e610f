"""A good run: what is published, what is on record, and what a reader of the page and of the notebook gets to see."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import tempfile
from pathlib import Path

import pytest

from popmodel.messages import BusyError
from popmodel.runs import STAGES, Request, RunRecord, kernels, latest_run, run_report
from popmodel.runs.html import reaching_out
from popmodel.runs.lock import hold
from tests.runs.conftest import NOTEBOOKS, leftovers, published


@pytest.fixture(scope="module")
def page(good: RunRecord) -> str:
    return (good.folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def executed(good: RunRecord) -> str:
    return (good.folder / "report.ipynb").read_text(encoding="utf-8")


def test_everything_asked_for_is_there(good: RunRecord) -> None:
    files = {path.relative_to(good.folder).as_posix() for path in good.folder.rglob("*") if path.is_file()}
    assert files == {"report.html", "report.pdf", "tables.xlsx", "report.ipynb", "run.json", "data/人口.csv"}
    assert leftovers(good.folder.parent) == []
    assert latest_run(good.folder.parent) == good.folder
    assert not os.path.isabs(os.readlink(good.folder.parent / "latest"))  # the folder may be moved as a whole


def test_record_can_be_checked_against_the_files(good: RunRecord) -> None:
    record = json.loads((good.folder / "run.json").read_text(encoding="utf-8"))
    assert record["state"] == "done"
    assert record["error"] is None
    assert all(check["passed"] for check in record["checks"])
    for output in record["outputs"]:
        content = (good.folder / output["path"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (output["bytes"], output["sha256"])
    assert {one["path"] for one in record["outputs"]} == {
        "report.html",
        "report.pdf",
        "tables.xlsx",
        "report.ipynb",
        "data/人口.csv",
    }
    inputs = {one["path"]: one["sha256"] for one in record["inputs"]}
    assert set(inputs) == {"某县/series.csv", "notebooks/good.ipynb"}
    assert inputs["notebooks/good.ipynb"] == hashlib.sha256((NOTEBOOKS / "good.ipynb").read_bytes()).hexdigest()
    assert record["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert record["started"] < record["ended"]
    assert 0 < sum(seconds for stage, seconds in record["seconds"].items() if stage != "total") <= record["seconds"]["total"]
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{8}", record["run"])
    assert ["careful" in warning for warning in record["warnings"]] == [True]


def test_page_needs_no_network_and_runs_no_code(page: str) -> None:
    assert reaching_out(page) == []
    assert not re.search(r"<script|<link|<iframe|(?:src|srcset)=[\"']?https?:|url\(\s*[\"']?https?:|@import", page, re.IGNORECASE)
    assert "default-src 'none'" in page


def test_page_shows_results_and_hides_the_work(page: str, good: RunRecord) -> None:
    assert '<html lang="zh-CN">' in page
    assert "<title>淅川县 &lt;2025&gt;</title>" in page
    assert "538,569" in page
    assert f"run {good.run}" in page  # the report names the run it came from
    assert "<h2>常住人口 2025</h2>" in page
    assert 'href="https://www.stats.gov.cn/"' in page  # a source to follow by hand
    for hidden in ("Request.from_json", "request_json", "careful", "report_outputs", "files>", "In&nbsp;["):
        assert hidden not in page


def test_page_describes_its_pictures(page: str) -> None:
    pictures = re.findall(r"<img [^>]*>", page)
    assert pictures
    assert all('alt="' in picture for picture in pictures)
    assert "年龄&quot;金字塔&quot; &lt;2025&gt;" in pictures[0]


def test_page_has_chinese_fonts_of_every_system(page: str) -> None:
    for font in ("Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei"):
        assert font in page


@pytest.mark.parametrize("kind", ["page", "executed"])
def test_nothing_tells_of_the_machine(kind: str, good: RunRecord, request: pytest.FixtureRequest) -> None:
    # A report goes to other offices; the user's name stands in the paths.
    content = request.getfixturevalue(kind)
    for private in (str(good.folder.parent.parent), ".run-", "ipykernel_", "site-packages", str(Path.home()) + "/", "/pm-"):
        assert private not in content.replace("…/site-packages", "")
    assert "works in …" in content
    assert "https://example.org/tmp/a" in content  # a web address is no path of the machine


def test_executed_notebook_is_clean_and_runs_again(executed: str) -> None:
    notebook = json.loads(executed)
    assert "papermill" not in notebook["metadata"]
    assert not [cell for cell in notebook["cells"] if {"papermill", "execution"} & set(cell["metadata"])]
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    injected = next(cell for cell in code if "injected-parameters" in cell["metadata"].get("tags", []))
    named: dict[str, str] = {}
    exec("".join(injected["source"]), named)
    asked = json.loads(named["request_json"])
    assert (asked["pack"], asked["scenario"], asked["to"], asked["out"]) == ("某县", "medium", 2050, None)


def test_second_run_stands_beside_the_first(target: Path, pack: Path) -> None:
    before = published(target)
    told: list[tuple[str, int, int]] = []
    request = Request(pack, "medium", 2050, lang="en", formats=("xlsx", "pdf"))
    record = run_report(NOTEBOOKS / "good.ipynb", request, target, title="Xichuan", progress=lambda *one: told.append(one))
    assert latest_run(target) == record.folder
    assert published(target).items() >= (before.items() - {("latest", before["latest"])})
    assert not (record.folder / "report.html").exists()  # not asked for
    assert request.formats == ("pdf", "xlsx")
    stages = list(dict.fromkeys(stage for stage, *_ in told))
    assert stages == [stage for stage in STAGES if stage != "page"]
    assert max(told, key=lambda one: one[0] == "notebook" and one[1]) == ("notebook", 4, 5)


def test_installed_kernels_do_not_matter(target: Path, pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A kernel "python3" of another environment, in the user's own folder, which Jupyter prefers; and settings of the user's.
    kernel = tmp_path / "jupyter" / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text(json.dumps({"argv": ["/nowhere/python", "{connection_file}"], "display_name": "x", "language": "python"}))
    start = tmp_path / "ipython" / "profile_default" / "startup" / "00.py"
    start.parent.mkdir(parents=True)
    start.write_text("import sys; sys.exit(3)")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    record = run_report(NOTEBOOKS / "good.ipynb", Request(pack, "medium", 2050), target, title="t")
    assert record.done


def test_long_temporary_folder_does_not_matter(target: Path, pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("很长的临时文件夹" * 6)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    assert run_report(NOTEBOOKS / "good.ipynb", Request(pack, "medium", 2050), target, title="t").done
    assert list(deep.iterdir()) == []


def test_without_sockets_in_folders_kernels_start_one_at_a_time(
    target: Path, pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As on Windows: ports are chosen by trying, and two kernels must not try the same.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(kernels, "_LONGEST_FOLDER", 0)
    assert run_report(NOTEBOOKS / "good.ipynb", Request(pack, "medium", 2050), target, title="t").done
    monkeypatch.setattr(kernels, "_START_SECONDS", 0.1)
    with hold(tmp_path / "popmodel-kernel-starting"), pytest.raises(BusyError):
        run_report(NOTEBOOKS / "good.ipynb", Request(pack, "medium", 2050), target, title="t")
