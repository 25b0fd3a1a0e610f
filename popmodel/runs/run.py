"""One run in a folder of runs: locked, in a temporary folder until it is whole, and on record however it ends.

target/<run id>/          a good run, with run.json
target/latest             leads to the last good one
target/failed/<run id>/   what is known of a run that failed or was stopped
target/.run-<run id>/     a run at work, or one that was killed: the next run moves it to `failed`, but for one with a journal of
                          what it has finished (`runs.journal`), which waits for the same run to go on with it
"""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from popmodel.messages import PopmodelError, RunFailedError, StoppedError, text
from popmodel.runs.journal import has_journal
from popmodel.runs.lock import hold
from popmodel.runs.publish import LATEST, publish
from popmodel.runs.record import RunRecord, fingerprints, named_inputs, read_record, utc, versions
from popmodel.runs.signals import StopRequest, stop_request

FAILED = "failed"
KEPT_ON_FAILURE = ("run.json", "report.ipynb", "kernel.log")
_TEMPORARY = ".run-"
_RESERVE = ".reserve"
# Enough for the record and the log of a failed run, put by while there is room, in case the disk is full when they are written.
_RESERVE_BYTES = 1 << 18
_FULL = (errno.ENOSPC, errno.EDQUOT) if hasattr(errno, "EDQUOT") else (errno.ENOSPC,)


class Run:
    """A run at work: `folder` to write into, `record` to enter checks in, `stop` to ask whether a signal came."""

    def __init__(self, target: Path, record: RunRecord, stop: StopRequest) -> None:
        self.target, self.record, self.stop = target, record, stop
        self.folder = target / f"{_TEMPORARY}{record.run}"

    def reach(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Note where the run is, for whoever finds it dead."""
        self.record.at = {"stage": stage, "done": done, "total": total}
        self.record.save(self.folder)

    def check_files(self) -> None:
        """Enter whether there are files beside the record, none of them empty."""
        written = [path for path in self.folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
        empty = sorted(path.name for path in written if not path.stat().st_size)
        self.record.check("files_present", len(written) > 1 and not empty, ", ".join(empty))


@contextmanager
def open_run(target: Path, kind: str, request: Mapping[str, Any], inputs: Sequence[Path] = ()) -> Iterator[Run]:
    """A run of `kind` in `target`; when the block ends well it is published, otherwise it goes to `failed`.

    `request` is what was asked, in JSON's own types; `inputs` are files and folders to take checksums of, which must not
    change while the run is at work. The block may add to `run.record`; failed checks make the run fail. A run that did not
    reach its end and has a journal of what it finished stays, and is opened again where request, inputs and versions are the
    same.
    Raises BusyError, RunFailedError and StoppedError, the latter two with the folder of the record as their parameter
    `record`, and with `kept` where the run can go on; other errors of the block are recorded and pass.
    """
    with _told_plainly(target):
        target.mkdir(parents=True, exist_ok=True)
        with hold(target):
            if (target / LATEST).exists() and not (target / LATEST).is_symlink():
                raise RunFailedError("latest_not_a_link", folder=target)
            with stop_request() as stop:
                waiting = _waiting(target)
                of_others = {one.folder for one in waiting if (one.kind, one.request) != (kind, dict(request))}
                earlier = _unfinished([one for one in waiting if one.folder not in of_others], inputs)
                _bury_killed(target, of_others | ({earlier.folder} if earlier else set()))
                run = _begin(target, kind, request, stop) if earlier is None else _go_on(target, earlier, stop)
                try:
                    with run.record.stage("inputs"):
                        run.record.inputs = fingerprints(named_inputs(inputs))
                    yield run
                    stop.check()
                    run.record.check("inputs_unchanged", fingerprints(named_inputs(inputs)) == run.record.inputs)
                    _require_checks(run.record)
                    _finish_well(run)
                except BaseException as error:
                    failure = _finish_badly(run, error)
                    if failure is error:
                        raise
                    raise failure from error


def write_folder(
    target: Path, writer: Callable[[Path], None], *, request: Mapping[str, Any], inputs: Sequence[Path] = ()
) -> RunRecord:
    """Have `writer` fill a folder that appears as `target/<run id>` by one rename, with `latest` leading to it.

    What lies in `target` already stays. Raises as `open_run`.
    """
    with open_run(target, "tables", request, inputs) as run:
        with run.record.stage("write"):
            writer(run.folder)
        run.check_files()
    return run.record


def explain(error: OSError, folder: Path) -> RunFailedError:
    """A failure of the file system in words: a full disk, a folder that cannot be written, or what the system says."""
    if error.errno in _FULL:
        return RunFailedError("disk_full", folder=folder)
    # Our own files inside it mean nothing to the reader.
    named = error.filename if error.filename and not Path(error.filename).is_relative_to(folder) else folder
    return RunFailedError("cannot_write", folder=named, reason=error.strerror or str(error))


def _waiting(target: Path) -> list[RunRecord]:
    """The records of runs that did not reach their end and that the present versions can go on with, the earliest first."""
    found = []
    for folder in sorted(target.glob(f"{_TEMPORARY}*")):
        with suppress(OSError, ValueError):
            if has_journal(folder) and (record := read_record(folder)).versions == versions():
                found.append(record)
    return found


def _unfinished(alike: Sequence[RunRecord], inputs: Sequence[Path]) -> RunRecord | None:
    """The last of some runs of one request that had the same inputs."""
    if not alike:
        return None
    now = fingerprints(named_inputs(inputs))
    return next((one for one in reversed(alike) if one.inputs == now), None)


def _go_on(target: Path, record: RunRecord, stop: StopRequest) -> Run:
    run = Run(target, record, stop)
    record.go_on()
    (run.folder / _RESERVE).write_bytes(bytes(_RESERVE_BYTES))
    run.reach("start")
    return run


def _begin(target: Path, kind: str, request: Mapping[str, Any], stop: StopRequest) -> Run:
    now = datetime.now(UTC)
    digest = hashlib.sha256(json.dumps(request, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:8]
    name = f"{now:%Y%m%dT%H%M%SZ}-{digest}"
    taken = {path.name for folder in (target, target / FAILED) if folder.is_dir() for path in folder.iterdir()}
    free = (found for number in range(1, 1000) if (found := name if number == 1 else f"{name}-{number}") not in taken)
    record = RunRecord(run=next(free), kind=kind, request=dict(request), started=utc(now), versions=versions())
    run = Run(target, record, stop)
    try:
        run.folder.mkdir()
        (run.folder / _RESERVE).write_bytes(bytes(_RESERVE_BYTES))
        run.reach("start")
    except OSError:
        shutil.rmtree(run.folder, ignore_errors=True)
        raise
    return run


def _require_checks(record: RunRecord) -> None:
    failed = [text(f"runs.check.{one['check']}", found=one["found"]) for one in record.failed_checks()]
    if failed:
        raise RunFailedError("checks_failed", checks=text("problems.where_separator").join(failed))


def _finish_well(run: Run) -> None:
    """Publish; the record says so before anybody can see it."""
    folder, record = run.folder, run.record
    (folder / _RESERVE).unlink()
    record.outputs = fingerprints(
        (path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file() and path.name != "run.json"
    )
    record.at = None
    record.finish("done")
    record.save(folder)
    record.folder = run.target / record.run
    publish(folder, record.folder)


def _finish_badly(run: Run, error: BaseException) -> BaseException:
    """Put the run on record as failed or stopped; gives the error to raise, in words a person can use."""
    record = run.record
    stopped = run.stop.came or isinstance(error, StoppedError | KeyboardInterrupt)
    failure: BaseException = error
    if stopped:
        failure = StoppedError("run_stopped")
    elif isinstance(error, OSError) and error.errno is not None:  # others only borrow the name: a template not found
        failure = explain(error, run.target)
    record.error = _described(failure)
    record.finish("stopped" if stopped else "failed")
    if has_journal(run.folder):
        _leave(run)
        if isinstance(failure, PopmodelError):
            failure.parameters |= {"record": run.folder, "kept": True}
    elif isinstance(failure, PopmodelError):
        failure.parameters["record"] = _bury(run.folder, run.target, record)
    else:
        _bury(run.folder, run.target, record)
    return failure


def _described(error: BaseException) -> dict[str, Any]:
    known = error.parameters if isinstance(error, PopmodelError) else {}
    code = error.code if isinstance(error, PopmodelError) else "unforeseen"
    return {
        "code": code, "cell": known.get("cell"), "name": known.get("name", type(error).__name__),
        "message": known.get("message", str(error)),
    }  # fmt: skip


def _leave(run: Run) -> None:
    """Leave the run with its journal and its record for the same run to go on with."""
    with suppress(OSError):
        (run.folder / _RESERVE).unlink(missing_ok=True)
        run.record.save(run.folder)


def _bury(folder: Path, target: Path, record: RunRecord) -> Path | None:
    """Keep of `folder` only what tells of the failure, in `failed`; None when the disk does not even take that."""
    try:
        for path in folder.iterdir():
            if path.name not in KEPT_ON_FAILURE:
                _remove(path)
        record.outputs = []
        record.save(folder)
        grave = target / FAILED / record.run
        grave.parent.mkdir(exist_ok=True)
        folder.rename(grave)
        record.folder = grave
        return grave
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        return None


def _bury_killed(target: Path, spared: Set[Path]) -> None:
    """Put runs that were killed on record, but for those `spared`. The lock is ours, so none of them is at work."""
    for folder in sorted(set(target.glob(f"{_TEMPORARY}*")) - spared):
        try:
            record = read_record(folder)
        except (OSError, ValueError):  # killed before its record was written
            now = datetime.fromtimestamp(folder.stat().st_mtime, UTC)
            record = RunRecord(run=folder.name.removeprefix(_TEMPORARY), kind="unknown", request={}, started=utc(now))
        last_sign = max((path.stat().st_mtime for path in folder.rglob("*")), default=folder.stat().st_mtime)
        record.error = _described(StoppedError("run_killed"))
        record.finish("stopped", datetime.fromtimestamp(last_sign, UTC))
        _bury(folder, target, record)
    for draft in target.glob(f".{LATEST}-*"):
        draft.unlink(missing_ok=True)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        # A dying kernel may still be writing into it: once more after it is gone.
        with suppress(OSError):
            shutil.rmtree(path)
            return
        time.sleep(1.2)
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _told_plainly(target: Path) -> Iterator[None]:
    """Turn what the file system says into the project's own errors."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise explain(error, target) from error
