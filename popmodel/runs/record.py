"""The record of a run, `run.json`: what was asked, of which inputs, with which versions, and how every check came out."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from popmodel.runs.program import program_now

RECORD_NAME = "run.json"
# A record in state "running" belongs to a run that is at work, or to one that was killed and is found by the next.

# The packages whose version can change a figure or the look of a report.
_PACKAGES = (
    "popmodel", "numpy", "pandas", "xarray", "scipy", "statsmodels", "matplotlib", "papermill", "nbconvert", "ipykernel",
    "typst", "xlsxwriter", "pyarrow", "numba",
)  # fmt: skip


@dataclass
class RunRecord:
    """Everything `run.json` holds; `folder` is where it lies.

    `seconds` has one entry a stage and `total`; `inputs` and `outputs` are `{path, bytes, sha256}`; `checks` are
    `{check, passed, found}`; `at` is the last known place, `{stage, done, total}`; `error` is None or `{code, cell, name,
    message}`, cell being the number shown as In [n]; `resumed` is when a run that had been interrupted was taken up again.
    """

    run: str
    kind: str
    request: Mapping[str, Any]
    state: str = "running"
    started: str = ""
    ended: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    inputs: list[dict[str, Any]] = field(default_factory=list)
    outputs: list[dict[str, Any]] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    at: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    resumed: list[str] = field(default_factory=list)
    folder: Path = field(default=Path(), compare=False)

    @property
    def done(self) -> bool:
        """Whether the run reached its end with every check passed."""
        return self.state == "done"

    def check(self, name: str, passed: bool, found: str = "") -> bool:
        """Enter the outcome of one check, `found` saying what is wrong; gives `passed` back."""
        self.checks.append({"check": name, "passed": passed, "found": found})
        return passed

    def failed_checks(self) -> list[dict[str, Any]]:
        """The checks that did not pass."""
        return [one for one in self.checks if not one["passed"]]

    @contextmanager
    def stage(self, key: str) -> Iterator[None]:
        """Time the block as stage `key`."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[key] = round(self.seconds.get(key, 0.0) + time.perf_counter() - began, 3)

    def go_on(self) -> None:
        """Take up again a run that did not reach its end."""
        self.resumed.append(utc(datetime.now(UTC)))
        self.state, self.ended, self.error, self.checks = "running", None, None, []

    def finish(self, state: str, ended: datetime | None = None) -> None:
        """Put the record into one of the final states, reached at `ended` (default: now)."""
        ended = ended or datetime.now(UTC)
        self.state, self.ended = state, utc(ended)
        self.seconds["total"] = round((ended - datetime.fromisoformat(self.started)).total_seconds(), 3)

    def save(self, folder: Path) -> None:
        """Write `run.json` into `folder` so that a reader sees the old one or the new one, whole."""
        content = {"format": 1, **asdict(self)}
        del content["folder"]
        draft = folder / f".{RECORD_NAME}"
        draft.write_text(json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n", encoding="utf-8")
        os.replace(draft, folder / RECORD_NAME)
        self.folder = folder


def read_record(folder: Path) -> RunRecord:
    """The record in `folder`.

    Raises OSError when there is none and ValueError when it cannot be read.
    """
    content = json.loads((folder / RECORD_NAME).read_text(encoding="utf-8"))
    known = {one.name for one in fields(RunRecord)} - {"folder"}
    try:
        return RunRecord(**{name: value for name, value in content.items() if name in known}, folder=folder)
    except (AttributeError, TypeError) as error:
        raise ValueError(str(error)) from error


def utc(moment: datetime) -> str:
    """`moment` as it is written in a record: UTC, to the thousandth of a second."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def versions() -> dict[str, str]:
    """Python, the system, our own code, and each package that can change a figure; packages that are absent are left out."""
    system = f"{platform.system()} {platform.machine()}"
    found = {"python": platform.python_version(), "system": system, "code": program_now()["sha256"][:12]}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def fingerprints(files: Iterable[tuple[str, Path]]) -> list[dict[str, Any]]:
    """Size and SHA-256 of each (name to show, file), in order of name."""
    found = []
    for name, path in sorted(files):
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            found.append({"path": name, "bytes": stream.tell(), "sha256": digest})
    return found


def named_inputs(inputs: Sequence[Path]) -> list[tuple[str, Path]]:
    """Files, and all files of folders, under names free of the machine's own folders: `folder/path/inside` or `parent/file`."""
    found: dict[Path, str] = {}
    for given in inputs:
        whole = given.resolve()
        if whole.is_dir():
            inside = (path for path in whole.rglob("*") if path.is_file() and not path.name.startswith("."))
            found.update({path: path.relative_to(whole.parent).as_posix() for path in inside})
        else:
            found.setdefault(whole, f"{whole.parent.name}/{whole.name}")
    return [(name, path) for path, name in found.items()]
