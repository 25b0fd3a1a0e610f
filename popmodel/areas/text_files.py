"""Reading a text file of a pack safely: inside the pack, of a sensible size, in an encoding that is what it seems.

UTF-8 with or without a byte order mark is taken as it is, GB18030 with a notice; anything else is an error, never a guess. A
file that ends in .gz is unpacked first.
"""

from __future__ import annotations

import codecs
import gzip
import os
import re
import stat
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from popmodel.messages import Problem

MOST_BYTES = 50_000_000

_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx and .xls, whatever the file is called
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# Characters that no table holds and that editors do not show; a line break and a tab are none of them.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_WIDE_DIGITS = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789Xx")
_EIGHTEEN = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_SPACED = re.compile(r"(?<!\d)\d{6}[\s-]?(?:19|20)\d{2}[\s-]?\d{2}[\s-]?\d{2}[\s-]?\d{3}[\s-]?[\dXx](?!\d)")
# Of a list: how much is read at once, and how many of its lines are told.
_BLOCK_BYTES = 1 << 22
_MOST_LINES_TOLD = 20


def read_text(path: Path, folder: Path, problems: list[Problem], notices: list[Problem]) -> str | None:
    """The text of `path`, line ends as they are; None after adding to `problems` why it cannot be read.

    `folder` is the pack: a file that lies outside it, by a link or otherwise, is refused.
    """
    data = _read_bytes(path, folder, problems)
    if data is None:
        return None
    file = str(path)
    if not reads_as_text(data, file, problems):
        return None
    content = _decode(data, file, problems, notices)
    control = _CONTROL.search(content) if content is not None else None
    if content is not None and control is not None:
        line = content.count("\n", 0, control.start()) + 1
        problems.append(Problem("file_control_character", {"found": f"U+{ord(control[0]):04X}"}, file=file, line=line))
        return None
    return content


def reads_as_text(start: bytes, file: str, problems: list[Problem]) -> bool:
    """Whether a file that begins so may be a text; adds a problem for a workbook and for UTF-16."""
    found = "file_is_workbook" if start.startswith(_WORKBOOKS) else "file_utf16" if start.startswith(_UTF16) else None
    if found:
        problems.append(Problem(found, file=file))
    return found is None


def holds_identity_number(written: str) -> bool:
    """Whether the text holds what reads like a citizen's identity number (18 characters, also full-width or spaced)."""
    plain = written.translate(_WIDE_DIGITS)
    return bool(_EIGHTEEN.search(plain) or _SPACED.search(plain))


def lies_inside(path: Path, folder: Path) -> bool:
    """Whether a path, its links followed, lies in the folder."""
    try:
        return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
    except ValueError:  # a null character, which no path has
        return False


def identity_problems(content: str, path: Path) -> list[Problem]:
    """A problem for each line that holds an identity number; the number itself is not repeated."""
    if not holds_identity_number(content):
        return []
    holding = [line for line, written in enumerate(content.splitlines(), start=1) if holds_identity_number(written)]
    return [Problem("cell_identity_number", file=str(path), line=line) for line in holding]


def shown(found: object, longest: int = 40) -> str:
    """What was found, as a message quotes it: on one line, cut, and without any identity number."""
    written = " ".join(str(found).split())
    if holds_identity_number(written):
        return "***"
    return written if len(written) <= longest else f"{written[: longest - 1]}…"


def _read_bytes(path: Path, folder: Path, problems: list[Problem]) -> bytes | None:
    file = str(path)
    try:
        if not lies_inside(path, folder):
            problems.append(Problem("file_outside_pack", {"folder": folder}, file=file))
            return None
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            problems.append(Problem("file_not_regular", file=file))
            return None
        if found.st_size > MOST_BYTES:
            given = {"found": f"{found.st_size / 1e6:.0f}", "limit": f"{MOST_BYTES / 1e6:.0f}"}
            problems.append(Problem("file_too_large", given, file=file))
            return None
        return _unpacked(path, problems) if path.suffix == ".gz" else path.read_bytes()
    except FileNotFoundError:
        problems.append(Problem("file_missing", {"folder": folder}, file=file))
    except OSError as error:
        problems.append(Problem("file_unreadable", {"detail": error.strerror or str(error)}, file=file))
    return None


def _unpacked(path: Path, problems: list[Problem]) -> bytes | None:
    try:
        with gzip.open(path) as packed:
            data = packed.read(MOST_BYTES + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        problems.append(Problem("file_gzip_broken", file=str(path)))
        return None
    if len(data) > MOST_BYTES:
        given = {"found": f"> {MOST_BYTES / 1e6:.0f}", "limit": f"{MOST_BYTES / 1e6:.0f}"}
        problems.append(Problem("file_too_large", given, file=str(path)))
        return None
    return data


def _decode(data: bytes, file: str, problems: list[Problem], notices: list[Problem]) -> str | None:
    encoding = encoding_of([data], file, problems, notices)
    return data.decode(encoding).removeprefix("\ufeff") if encoding else None


def list_encoding(path: Path, problems: list[Problem], notices: list[Problem]) -> str | None:
    """The encoding of a list, which may be larger than memory; None after adding to `problems` why it cannot be read as text."""
    file = str(path)
    try:
        with path.open("rb") as raw:
            if not reads_as_text(raw.read(8), file, problems):
                return None
            raw.seek(0)
            return encoding_of(iter(lambda: raw.read(_BLOCK_BYTES), b""), file, problems, notices)
    except FileNotFoundError:
        problems.append(Problem("list_missing", file=file))
    except OSError as error:
        problems.append(Problem("file_unreadable", {"detail": error.strerror or str(error)}, file=file))
    return None


def lines_told(lines: Sequence[int]) -> str:
    """Line numbers of a file as they are told: the first twenty of many."""
    return ", ".join(map(str, lines[:_MOST_LINES_TOLD])) + ("…" if len(lines) > _MOST_LINES_TOLD else "")


def encoding_of(blocks: Iterable[bytes], file: str, problems: list[Problem], notices: list[Problem]) -> str | None:
    """The encoding of a text that comes in blocks, utf-8-sig or gb18030 (with a notice); None after adding a problem.

    A UTF-8 file with one damaged byte would read as nonsense in GB18030: most of its characters must be no UTF-8.
    """
    lenient = codecs.getincrementaldecoder("utf-8")(errors="replace")
    chinese: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("gb18030")()
    damaged = valid = lines = 0
    first_damaged = first_not_chinese = 0  # lines
    for block in blocks:
        tried = lenient.decode(block)
        here = tried.count("\ufffd")
        if here and not first_damaged:
            first_damaged = lines + tried[: tried.index("\ufffd")].count("\n") + 1
        damaged += here
        valid += len(tried) - len(tried.encode("ascii", "ignore")) - here
        if chinese is not None:
            try:
                chinese.decode(block)
            except UnicodeDecodeError as error:
                first_not_chinese, chinese = lines + block[: error.start].count(b"\n") + 1, None
        lines += block.count(b"\n")
    if not damaged and not lenient.getstate()[0]:
        return "utf-8-sig"
    if valid <= damaged and chinese is not None and not chinese.getstate()[0]:
        notices.append(Problem("file_read_as_gb18030", file=file))
        return "gb18030"
    line = first_not_chinese if valid <= damaged and first_not_chinese else first_damaged or lines + 1
    problems.append(Problem("file_encoding", file=file, line=line))
    return None
