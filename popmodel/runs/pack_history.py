"""Putting an import into a pack, all or nothing, and taking it out again: what was there before is kept inside the pack.

.imports/0001/earlier, later   the files that were replaced, and what replaced them
.imports/0001/record.json      when, from which workbook, checksums before and after
.imports/state.json            what is being put in; a program that is killed leaves it, and the next one goes on from it
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from popmodel.areas.history import HISTORY, STATE, SWAPPING
from popmodel.messages import InputError, Problem
from popmodel.runs.lock import hold
from popmodel.runs.publish import put_file

EARLIER, LATER, RECORD = "earlier", "later", "record.json"


def checksums(pack: Path) -> dict[str, str]:
    """The checksum of every file of a pack, by its path in it; the history aside."""
    return {
        path.relative_to(pack).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(pack.rglob("*"))
        if path.is_file() and HISTORY not in path.relative_to(pack).parts
    }


def put_in(
    pack: Path,
    files: Mapping[str, bytes | None],
    before: Mapping[str, str],
    record: Mapping[str, Any],
    tables: Mapping[str, bytes],
) -> Path:
    """Replace `files` of a pack (None: remove) and keep what they were, with the record and the `tables` that explain it;
    returns the folder of the import in the history.

    before: the checksums of the pack as it was when the import was prepared. Raises BusyError while another import holds the
    pack, InputError where the pack is no longer what it was, and OSError; in each case nothing has changed.
    """
    history = pack / HISTORY
    history.mkdir(exist_ok=True)
    with hold(history):
        _go_on(pack)
        if checksums(pack) != before:
            raise InputError([Problem("import_pack_changed", file=str(pack))])
        entry = history / f"{_last(history) + 1:04d}"
        draft = history / f".{entry.name}.{os.getpid()}"
        shutil.rmtree(draft, ignore_errors=True)
        after = {name: None if content is None else sha256(content).hexdigest() for name, content in files.items()}
        try:
            for side in (EARLIER, LATER):
                (draft / side).mkdir(parents=True)
            for name, content in files.items():
                if (pack / name).exists():
                    _write(draft / EARLIER / name, (pack / name).read_bytes())
                if content is not None:
                    _write(draft / LATER / name, content)
            made = {
                "time": datetime.now(UTC).isoformat(timespec="seconds"),
                "before": {name: before.get(name) for name in files},
                "after": after,
                **record,
            }
            for name, content in tables.items():
                _write(draft / name, content)
            _write(draft / RECORD, (json.dumps(made, ensure_ascii=False, indent=2) + "\n").encode())
            os.rename(draft, entry)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        _swap(pack, entry, LATER)
    return entry


def undo(pack: Path) -> dict[str, Any]:
    """Put back what the last import replaced; returns its record.

    An import that was stopped halfway is brought to its end first, so that it can be undone. Raises BusyError, InputError where
    there is nothing to undo or files were changed since, and OSError.
    """
    history = pack / HISTORY
    if not history.is_dir():
        raise InputError([Problem("import_nothing_to_undo", file=str(pack))])
    with hold(history):
        _go_on(pack)
        last = _last(history)
        if not last:
            raise InputError([Problem("import_nothing_to_undo", file=str(pack))])
        entry = history / f"{last:04d}"
        record = json.loads((entry / RECORD).read_text(encoding="utf-8"))
        now = checksums(pack)
        edited = [name for name, mark in record["after"].items() if now.get(name) != mark]
        if edited:
            raise InputError([Problem("import_edited_since", {"files": ", ".join(edited)}, file=str(pack))])
        _swap(pack, entry, EARLIER)
    return dict(record)


def _last(history: Path) -> int:
    return max((int(path.name) for path in history.iterdir() if path.name.isdigit()), default=0)


def _go_on(pack: Path) -> None:
    """Bring to its end what a killed program began."""
    path = pack / HISTORY / STATE
    if path.exists():
        state = json.loads(path.read_text(encoding="utf-8"))
        if state["state"] == SWAPPING:
            _swap(pack, pack / HISTORY / state["entry"], state["side"])


def _swap(pack: Path, entry: Path, side: str) -> None:
    """Put the files of one side of an import into the pack; done again from the start, it comes to the same end."""
    _note(pack, {"state": SWAPPING, "entry": entry.name, "side": side})
    # The folder of an import that was taken out is gone once all of its files are back.
    if entry.exists():
        record = json.loads((entry / RECORD).read_text(encoding="utf-8"))
        for name in record["after"]:
            source = entry / side / name
            if source.exists():
                _write(pack / name, source.read_bytes())
            else:
                (pack / name).unlink(missing_ok=True)
        if side == EARLIER:
            gone = entry.with_name(f".gone-{entry.name}")
            shutil.rmtree(gone, ignore_errors=True)
            os.rename(entry, gone)
            shutil.rmtree(gone, ignore_errors=True)
    _note(pack, {"state": "done", "entry": entry.name, "side": side, "time": datetime.now(UTC).isoformat()})


def _note(pack: Path, state: Mapping[str, str]) -> None:
    _write(pack / HISTORY / STATE, (json.dumps(state) + "\n").encode())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    put_file(path, content)
