"""Disks that are full, folders that cannot be written, systems without links: said plainly, and nothing published is lost."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from popmodel.messages import InputError, RunFailedError
from popmodel.runs import Request, RunRecord, latest_run, publish, read_record, run_report, safe_output, write_folder
from tests.runs.conftest import NOTEBOOKS, leftovers, published


@pytest.fixture
def small_disk(tmp_path: Path, good: RunRecord) -> Iterator[Path]:
    """A file system of 2 MB with a good report on it; only root may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small disk")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("this machine mounts nothing")
    try:
        shutil.copytree(good.folder.parent, disk / "medium", symlinks=True)
        yield disk / "medium"
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def fill(disk: Path) -> None:
    with (disk / "films").open("wb", buffering=0) as films:
        while True:
            films.write(bytes(4096))


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_disk_fills_up_in_the_notebook(small_disk: Path, pack: Path) -> None:
    before = published(small_disk)
    with pytest.raises(RunFailedError, match="The disk is full: cell \\[4\\]") as caught:
        run_report(NOTEBOOKS / "fills_disk.ipynb", Request(pack, "medium", 2050), small_disk, title="t")
    assert published(small_disk) == before
    assert leftovers(small_disk) == []
    assert read_record(caught.value.parameters["record"]).state == "failed"  # for this, room had been put by
    assert run_report(NOTEBOOKS / "good.ipynb", Request(pack, "medium", 2050), small_disk, title="t").done


def test_disk_is_full_from_the_start(small_disk: Path) -> None:
    with suppress(OSError):
        fill(small_disk.parent)
    before = published(small_disk)
    with pytest.raises(RunFailedError, match="The disk is full"):
        write_folder(small_disk, lambda folder: None, request={})
    assert published(small_disk) == before
    assert leftovers(small_disk) == []


def test_others_fill_the_disk_during_the_run(small_disk: Path) -> None:
    before = published(small_disk)

    def writer(folder: Path) -> None:
        fill(small_disk.parent)

    with pytest.raises(RunFailedError, match="The disk is full") as caught:
        write_folder(small_disk, writer, request={})
    record = read_record(caught.value.parameters["record"])
    assert (record.state, record.error and record.error["code"]) == ("failed", "disk_full")
    assert published(small_disk) == before
    assert leftovers(small_disk) == []


@pytest.mark.parametrize("place", ["fsync", "symlink", "replace"])
def test_disk_full_while_publishing(place: str, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = published(target)
    replace = os.replace

    def no_room_for_folders(source: Path, goal: Path) -> None:
        full() if Path(source).is_dir() and not Path(source).is_symlink() else replace(source, goal)

    with monkeypatch.context() as patch:
        if place == "symlink":
            patch.setattr(Path, "symlink_to", full)
        else:
            patch.setattr(publish.os, place, full if place == "fsync" else no_room_for_folders)
        with pytest.raises(RunFailedError, match="The disk is full"):
            write_folder(target, lambda folder: (folder / "a.csv").write_text("1"), request={})
    assert published(target) == before
    assert leftovers(target) == []


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file where a folder should be")
    with pytest.raises(RunFailedError, match="cannot be read or written") as caught:
        write_folder(tmp_path / "reports" / "medium", lambda folder: None, request={})
    assert caught.value.exit_code == 1
    assert "--out" in caught.value.describe("zh")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_folder_that_is_not_ours(target: Path) -> None:
    before = published(target)
    target.chmod(0o555)
    try:
        with pytest.raises(RunFailedError, match="cannot be read or written"):
            write_folder(target, lambda folder: None, request={})
    finally:
        target.chmod(0o755)
    assert published(target) == before


def test_latest_that_is_no_link_is_left_alone(target: Path) -> None:
    # An unpacked archive has a copy in its place; replacing it would lose it.
    led_to = target / os.readlink(target / "latest")
    (target / "latest").unlink()
    shutil.copytree(led_to, target / "latest")
    with pytest.raises(RunFailedError, match=r"latest in .* is a plain file or folder"):
        write_folder(target, lambda folder: None, request={})
    assert (target / "latest" / "report.pdf").exists()
    assert latest_run(target) == target / "latest"


def test_system_without_links_gets_a_text_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("a privilege is not held")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    records = [write_folder(tmp_path, lambda folder: (folder / "a.csv").write_text("1"), request={}) for _ in range(2)]
    assert (tmp_path / "latest.txt").read_text(encoding="utf-8").strip() == records[1].run
    assert latest_run(tmp_path) == records[1].folder
    assert leftovers(tmp_path) == []


def test_runs_of_the_same_second_get_names_of_their_own(tmp_path: Path) -> None:
    records = [write_folder(tmp_path, lambda folder: (folder / "a.csv").write_text("1"), request={"n": 1}) for _ in range(3)]
    assert len({record.run for record in records}) == 3
    assert all((record.folder / "a.csv").exists() for record in records)
    assert latest_run(tmp_path) == records[-1].folder


def test_empty_or_missing_tables_are_not_published(target: Path) -> None:
    before = published(target)
    writers: list[Callable[[Path], object]] = [lambda folder: None, lambda folder: (folder / "a.csv").touch()]
    for writer in writers:
        with pytest.raises(RunFailedError, match="missing or empty"):
            write_folder(target, writer, request={})
    assert published(target) == before


def test_error_of_a_writer_passes_and_is_on_record(target: Path) -> None:
    def writer(folder: Path) -> None:
        raise KeyError("births")

    before = published(target)
    with pytest.raises(KeyError, match="births"):
        write_folder(target, writer, request={})
    (failed,) = (target / "failed").iterdir()
    assert json.loads((failed / "run.json").read_text())["error"]["name"] == "KeyError"
    assert published(target) == before


GOOD_NAMES = [
    "report.pdf",
    "data/人口 2025.parquet",
    "con-report.csv",
    "a/b/c.csv",
    "con/../x".replace("../", "x/").replace("con", "cons"),
]
BAD_NAMES = [
    "../report.pdf", "data/../../report.pdf", "/etc/passwd", "C:/report.pdf", "c:report.pdf", "\\\\server\\share", "", "data//a",
    "con", "CON.txt", "data/nul.csv", "com1", "LPT9.xlsx", "a<b", 'a"b', "a|b", "what?", "*.csv", "a:b", "a\\b", "a\0b", "a\nb",
    "name.", "name ", " name", ".", "..", "./a", "人" * 86, "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_names_that_work_everywhere(name: str, tmp_path: Path) -> None:
    assert safe_output(tmp_path, name) == tmp_path.joinpath(*name.split("/"))


@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_names_that_leave_the_folder_or_break_elsewhere(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        safe_output(tmp_path / "out", name)
    assert caught.value.exit_code == 2
    assert caught.value.describe("zh")


def test_links_do_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (out / "data").symlink_to(tmp_path / "elsewhere")
    (out / "report.pdf").symlink_to(tmp_path / "elsewhere" / "report.pdf")
    (out / "tables.xlsx").symlink_to("also_inside.xlsx")
    for name in ("data/a.csv", "report.pdf", "tables.xlsx"):
        with pytest.raises(InputError, match="lies outside"):
            safe_output(out, name)
    # The folder itself may be reached by a link.
    (tmp_path / "link").symlink_to(out)
    assert safe_output(tmp_path / "link", "a.csv") == tmp_path / "link" / "a.csv"
