"""Runs that are stopped, killed, or not alone: signals and locks, seen from other processes as in real life."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from popmodel.messages import BusyError
from popmodel.runs import Request, latest_run, run_report, write_folder
from tests.runs.conftest import NOTEBOOKS, leftovers, published, reader_sees

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as on Unix")

DRIVER = """
import sys
from pathlib import Path
from popmodel.messages import PopmodelError
from popmodel.runs import Request, run_report
try:
    run_report(Path(sys.argv[1]), Request(Path(sys.argv[2]), "medium", 2050), Path(sys.argv[3]), title="t")
except PopmodelError as error:
    print(error)
    sys.exit(error.exit_code)
"""


def start(pack: Path, target: Path) -> tuple[subprocess.Popen[str], int]:
    """A run in a process of its own, once its long cell has begun; and the process id of its kernel."""
    process = subprocess.Popen(
        [sys.executable, "-c", DRIVER, NOTEBOOKS / "sleeps.ipynb", pack, target],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up:
        assert process.poll() is None, process.communicate()[0]
        for note in target.glob(".run-*/at_work"):
            if note.read_text():
                return process, int(note.read_text())
        time.sleep(0.05)
    process.kill()
    raise AssertionError("the run did not begin")


def has_ended(pid: int) -> bool:
    """Whether the process is gone, or dead and only waiting to be noticed."""
    status = Path(f"/proc/{pid}/status")
    if status.parent.parent.is_dir():
        return not status.exists() or "State:\tZ" in status.read_text()
    return subprocess.run(["ps", "-p", str(pid)], capture_output=True).returncode != 0


def wait_for_end(pid: int, seconds: float = 15) -> bool:
    give_up = time.monotonic() + seconds
    while not has_ended(pid) and time.monotonic() < give_up:
        time.sleep(0.05)
    return has_ended(pid)


def only_failed(target: Path) -> dict[str, Any]:
    (folder,) = (target / "failed").iterdir()
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_run_says_so_and_takes_its_kernel_along(number: signal.Signals, target: Path, pack: Path) -> None:
    before = published(target)
    process, kernel = start(pack, target)
    process.send_signal(number)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 143
    assert said.strip() == "The run was stopped and published nothing; what was published before is untouched"
    assert wait_for_end(kernel)
    record = only_failed(target)
    assert (record["state"], record["error"]["code"]) == ("stopped", "run_stopped")
    assert record["at"] == {"stage": "notebook", "done": 3, "total": 5}
    assert published(target) == before
    assert leftovers(target) == []


def test_killed_run_is_put_on_record_by_the_next(target: Path, pack: Path) -> None:
    before = published(target)
    process, kernel = start(pack, target)
    process.kill()
    process.communicate(timeout=30)
    assert wait_for_end(kernel)  # it looks after its parent by itself
    assert reader_sees(target) == "done"
    assert len(leftovers(target)) == 1  # nobody could clean up
    record = write_folder(target, lambda folder: (folder / "a.csv").write_text("1"), request={"n": 1})
    assert record.done
    killed = only_failed(target)
    assert (killed["state"], killed["error"]["code"]) == ("stopped", "run_killed")
    assert killed["request"]["scenario"] == "medium"
    assert killed["at"]["done"] == 3
    assert killed["started"] < killed["ended"] <= record.started
    assert leftovers(target) == []
    assert published(target).items() >= before.items() - {("latest", before["latest"])}


def test_second_run_is_turned_away_at_once(target: Path, pack: Path) -> None:
    before = published(target)
    process, _ = start(pack, target)
    try:
        began = time.monotonic()
        with pytest.raises(BusyError) as caught:
            run_report(NOTEBOOKS / "good.ipynb", Request(pack, "medium", 2050), target, title="t")
        assert time.monotonic() - began < 3
        assert caught.value.exit_code == 75
        assert f"process {process.pid}" in str(caught.value)
        other = write_folder(target.parent / "low", lambda folder: (folder / "a.csv").write_text("1"), request={})
        assert other.done  # another target is another matter
        assert published(target).items() >= before.items()
        assert process.poll() is None
        assert len(list(target.glob(".run-*"))) == 1  # the one at work was not taken for a dead one
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert published(target) == before
    assert latest_run(target) == target / before["latest"]
    assert write_folder(target, lambda folder: (folder / "a.csv").write_text("1"), request={}).done  # the lock is free again
