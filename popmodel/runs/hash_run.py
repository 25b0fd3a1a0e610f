"""A list of people with its identity numbers hashed, so that it can leave the office: checked, and written whole or not."""

from __future__ import annotations

import csv
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TextIO

from popmodel.areas.text_files import holds_identity_number, lines_told, list_encoding
from popmodel.assessment.identity import fault_of, hashed, plain_number
from popmodel.messages import InputError, Problem, nearest
from popmodel.runs.run import explain

_KEY_CHARACTERS = 32


@dataclass
class HashedList:
    """What became of a list: rows written, cells hashed and empty, lines of numbers left out by fault and of those elsewhere,
    and notices of reading."""

    rows: int = 0
    hashed: int = 0
    empty: int = 0
    left_out: dict[str, list[int]] = field(default_factory=dict)
    elsewhere: list[int] = field(default_factory=list)
    notices: list[Problem] = field(default_factory=list)


def hash_list(
    path: Path, columns: Sequence[str], key_file: Path, out: Path, today: date, *, leave_out: bool = False
) -> HashedList:
    """Write the list at `path` to `out` with the numbers in `columns` (headings) hashed under the key in `key_file`.

    leave_out: a number that cannot be right becomes an empty cell in place of refusing the list. Raises InputError for files that
    cannot be read, an `out` that exists, headings that are not there, numbers that cannot be right, and those in other columns;
    RunFailedError for an `out` that cannot be written.
    """
    key = _key(key_file)
    if out.exists():
        raise InputError([Problem("hash_out_exists", file=str(out))])
    found, problems = HashedList(), []  # type: tuple[HashedList, list[Problem]]
    encoding = list_encoding(path, problems, found.notices)
    if encoding is None:
        raise InputError(problems)
    written = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with path.open(encoding=encoding, newline="") as source, written.open("x", encoding="utf-8-sig", newline="") as target:
            _copy(source, target, path, columns, key, today, found)
        if problems := _refused(found, path, leave_out):
            raise InputError(problems)
        os.replace(written, out)
    except csv.Error as error:
        raise InputError(
            [Problem("csv_quote_stray" if "expected after" in str(error) else "csv_quote_open", file=str(path))]
        ) from None
    except OSError as error:
        raise explain(error, out.parent) from None
    finally:
        with suppress(OSError):
            written.unlink()
    return found


def new_key(key_file: Path) -> None:
    """Write a new random key that only its owner can read. Raises InputError where there is a file, RunFailedError where
    none can be made."""
    try:
        with os.fdopen(os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as made:
            made.write(secrets.token_hex(32) + "\n")
    except FileExistsError:
        raise InputError([Problem("hash_key_exists", file=str(key_file))]) from None
    except OSError as error:
        raise explain(error, key_file.parent) from None


def _key(key_file: Path) -> bytes:
    try:
        key = key_file.read_bytes().strip()
    except FileNotFoundError:
        raise InputError([Problem("hash_key_missing", file=str(key_file))]) from None
    except OSError as error:
        raise InputError([Problem("file_unreadable", {"detail": error.strerror or str(error)}, file=str(key_file))]) from None
    if len(key) < _KEY_CHARACTERS:
        raise InputError([Problem("hash_key_short", {"found": len(key), "expected": _KEY_CHARACTERS}, file=str(key_file))])
    return key


def _copy(
    source: TextIO,
    target: TextIO,
    path: Path,
    columns: Sequence[str],
    key: bytes,
    today: date,
    found: HashedList,
) -> None:
    """Write every row with its numbers hashed, and note in `found` what was met."""
    reader, writer = csv.reader(source, strict=True), csv.writer(target)
    header: list[str] = next((row for row in reader if any(cell.strip() for cell in row)), [])
    headings = [cell.strip() for cell in header]
    missing = [column for column in columns if column not in headings]
    if missing:
        given = {"missing": missing[0], "nearest": nearest(missing[0], headings) or "–"}
        raise InputError([Problem("hash_column_missing", given, file=str(path), line=1)])
    places = {place for place, heading in enumerate(headings) if heading in columns}
    writer.writerow(header)
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        line = reader.line_num
        for place, cell in enumerate(row):
            if place in places:
                row[place] = _cell(cell, key, today, line, found)
            elif len(cell) >= 15 and holds_identity_number(cell):
                found.elsewhere.append(line)
        writer.writerow(row)
        found.rows += 1


def _cell(written: str, key: bytes, today: date, line: int, found: HashedList) -> str:
    number = plain_number(written)
    if not number:
        found.empty += 1
        return ""
    fault = fault_of(number, today)
    if fault is not None:
        found.left_out.setdefault(fault, []).append(line)
        return ""
    found.hashed += 1
    return hashed(number, key)


def _refused(found: HashedList, path: Path, leave_out: bool) -> list[Problem]:
    problems = []
    if not leave_out:
        problems += [
            Problem(f"hash_identity_{fault}", {"count": len(lines), "lines": lines_told(lines)}, file=str(path))
            for fault, lines in found.left_out.items()
        ]
    if found.elsewhere:
        lines = sorted(set(found.elsewhere))
        problems.append(Problem("hash_identity_elsewhere", {"count": len(lines), "lines": lines_told(lines)}, file=str(path)))
    if not problems and not found.rows:
        problems.append(Problem("table_empty", file=str(path)))
    return problems
