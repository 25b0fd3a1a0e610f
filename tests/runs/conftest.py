"""A small pack, a good report published once, and a copy of it for each test to try to destroy."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from popmodel.runs import Request, RunRecord, latest_run, run_report

NOTEBOOKS = Path(__file__).parent / "notebooks"
# What a planner's computer has: Chinese, spaces, and folders in folders; too long for a Unix socket, which holds 107 bytes.
LONG = Path("人口与托育 测算（2026 年）") / "汇报材料 最终版 改 3" / "reports" / "淅川县"


@pytest.fixture(scope="session")
def make_pack() -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        pack = folder / "某县"
        pack.mkdir(parents=True)
        (pack / "series.csv").write_text("indicator,year,value\n户籍人口,2023,670000\n", encoding="utf-8")
        return pack

    return make


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory, make_pack: Callable[[Path], Path]) -> RunRecord:
    """The record of a good report, made once; tests work on copies of its folder."""
    folder = tmp_path_factory.mktemp("good") / LONG
    pack = make_pack(folder)
    return run_report(NOTEBOOKS / "good.ipynb", Request(pack, "medium", 2050), folder / "medium", title="淅川县 <2025>")


@pytest.fixture
def pack(tmp_path: Path, make_pack: Callable[[Path], Path]) -> Path:
    return make_pack(tmp_path / LONG)


@pytest.fixture
def target(tmp_path: Path, good: RunRecord) -> Path:
    """A folder of runs that holds one good report already."""
    copy = tmp_path / LONG / "medium"
    shutil.copytree(good.folder.parent, copy, symlinks=True)
    return copy


def published(target: Path) -> dict[str, str]:
    """Every published file with its checksum, and where `latest` leads: what no failure may change."""
    files = [path for path in target.rglob("*") if path.is_file() and path.name != ".lock" and "failed" not in path.parts]
    found = {path.relative_to(target).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    return {**found, "latest": os.readlink(target / "latest")}


def leftovers(target: Path) -> list[str]:
    """Temporary files and folders a run left behind."""
    return sorted(path.name for path in target.iterdir() if path.name.startswith(".") and path.name != ".lock")


def reader_sees(target: Path) -> str:
    """The state on record of what `latest` leads to."""
    from popmodel.runs import read_record

    folder = latest_run(target)
    assert folder is not None
    return read_record(folder).state
