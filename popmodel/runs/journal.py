"""What a long run has finished so far, kept in its folder, so that the same run can go on after it was killed.

parts/<name>.<kind>.parquet   finished files; one that the journal does not name was not finished
journal.jsonl                 a line a part, written once its files are really on the disk
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from popmodel.runs.record import fingerprints

JOURNAL_NAME = "journal.jsonl"
PARTS_NAME = "parts"


class Part(NamedTuple):
    """A finished part: its name, its files by kind with their checksums, and `note`, in JSON's own types."""

    name: str
    files: Mapping[str, Mapping[str, Any]]
    note: Mapping[str, Any]


class Journal:
    """The journal of the run in `folder`, with the parts that are whole; whatever else is found there is removed."""

    def __init__(self, folder: Path) -> None:
        self._path, self._folder = folder / JOURNAL_NAME, folder / PARTS_NAME
        self._folder.mkdir(exist_ok=True)
        self._parts = [part for part in _written(self._path) if self._whole(part)]
        known = {self.file(part, kind) for part in self._parts for kind in part.files}
        for path in set(self._folder.iterdir()) - known:
            path.unlink()
        draft = self._path.with_name(f".{JOURNAL_NAME}")
        _to_disk(draft, "".join(map(_line, self._parts)).encode())
        os.replace(draft, self._path)
        _folder_to_disk(folder)

    @property
    def parts(self) -> Sequence[Part]:
        """The finished parts, by name."""
        return sorted(self._parts, key=lambda part: part.name)

    def file(self, part: Part, kind: str) -> Path:
        """Where a part's file of that kind lies."""
        return self._folder / f"{part.name}.{kind}.parquet"

    def add(self, name: str, files: Mapping[str, bytes], note: Mapping[str, Any]) -> None:
        """Keep a finished part: its files first, then its line, each waited for until it is on the disk."""
        part = Part(name, {}, note)
        for kind, content in files.items():
            _to_disk(self.file(part, kind), content)
        _folder_to_disk(self._folder)
        part = part._replace(files={kind: self._fingerprint(part, kind) for kind in files})
        with self._path.open("ab") as stream:
            stream.write(_line(part).encode())
            stream.flush()
            os.fsync(stream.fileno())
        self._parts.append(part)

    def remove(self) -> None:
        """Take the journal and its parts away, once everything is in the files of the result."""
        self._path.unlink()
        shutil.rmtree(self._folder)

    def _whole(self, part: Part) -> bool:
        """Whether its files are those that the journal names, and not what a failing disk left of them."""
        return re.fullmatch(r"\d+", part.name) is not None and all(
            self.file(part, kind).is_file() and self._fingerprint(part, kind) == found for kind, found in part.files.items()
        )

    def _fingerprint(self, part: Part, kind: str) -> dict[str, Any]:
        path = self.file(part, kind)
        return fingerprints([(path.name, path)])[0]


def has_journal(folder: Path) -> bool:
    """Whether a run in `folder` has finished parts to go on from."""
    path = folder / JOURNAL_NAME
    return path.is_file() and path.stat().st_size > 0


def _written(path: Path) -> list[Part]:
    """The parts that the journal names; a line that was being written when the run was killed is none."""
    if not path.exists():
        return []
    found = []
    for line in path.read_bytes().split(b"\n")[:-1]:
        try:
            found.append(Part(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return found


def _line(part: Part) -> str:
    return json.dumps(part._asdict(), ensure_ascii=False) + "\n"


def _to_disk(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _folder_to_disk(folder: Path) -> None:
    """Have the names in a folder written; Windows needs no such thing and has no way to ask for it."""
    if os.name != "posix":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
