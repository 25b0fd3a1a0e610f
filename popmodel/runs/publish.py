"""Putting results where readers look: a whole folder by one rename, then `latest`, which always leads to a whole folder.

`latest` is a relative symbolic link beside the runs; where the system refuses links (Windows without developer mode) it is a
text file, `latest.txt`, holding the name of the run. `latest_run` reads either.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from popmodel.messages import InputError, Problem

LATEST = "latest"
LATEST_TEXT = "latest.txt"

# Names Windows keeps for devices, with any extension, and characters it forbids: a report must open on every desk.
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f\x7f]')
_LONGEST_NAME = 255  # bytes, on every common file system


def safe_output(out: Path, name: str) -> Path:
    """The path of the output `name` (parts joined by `/`) inside the folder `out`.

    Raises InputError when it would lie outside, be it by `..`, an absolute path or a symbolic link, or when a part of the
    name is not possible on every system.
    """
    parts = name.split("/")
    reason = next((found for part in parts if (found := _name_fault(part))), None)
    if reason is None:
        root, path = out.resolve(), out.joinpath(*parts)
        # Resolved, so that a link planted in the folder does not lead out of it.
        if path.is_symlink() or not path.resolve().is_relative_to(root):
            reason = "outside"
    if reason is None:
        return path
    if reason == "outside":
        raise InputError([Problem("output_outside", {"found": name, "folder": out})])
    raise InputError([Problem("output_name", {"found": name})])


def publish(folder: Path, final: Path) -> None:
    """Make the finished `folder` appear as `final` at once, and lead `latest` beside it there.

    `folder` must be on the same file system. Everything that may need room on the disk is done before the first rename:
    a full disk leaves what was published before as it was. Raises OSError; FileExistsError when `final` is there already.
    """
    if final.exists():
        raise FileExistsError(f"{final} is there already")
    for path in _files(folder):
        _to_disk(path)
    pointer = final.parent / f".{LATEST}-{final.name}"
    linked = _make_pointer(pointer, final.name)
    try:
        os.replace(folder, final)
    except OSError:
        pointer.unlink(missing_ok=True)
        raise
    os.replace(pointer, final.parent / (LATEST if linked else LATEST_TEXT))


def put_file(path: Path, content: bytes) -> None:
    """Write one file that is there whole or not at all, and on the disk when this returns. Raises OSError."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(draft, path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise


def latest_run(target: Path) -> Path | None:
    """The folder of the last good run in `target`, or None."""
    link, note = target / LATEST, target / LATEST_TEXT
    if link.is_dir():
        return target / os.readlink(link) if link.is_symlink() else link
    if note.is_file():
        named = target / note.read_text(encoding="utf-8").strip()
        return named if named.is_dir() else None
    return None


def _name_fault(part: str) -> str | None:
    if part in ("", "..") or re.match(r"[A-Za-z]:", part) or part.startswith("\\"):
        return "outside"
    if part == "." or part != part.strip() or part.endswith(".") or _DEVICE.fullmatch(part) or _FORBIDDEN.search(part):
        return "name"
    try:
        return "name" if len(part.encode("utf-8")) > _LONGEST_NAME else None
    except UnicodeEncodeError:  # half a character, from a broken file name
        return "name"


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _to_disk(path: Path) -> None:
    """Wait until the file is really written: some file systems say only now that the disk is full."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _make_pointer(pointer: Path, name: str) -> bool:
    """Prepare what is to become `latest`; True for a link, False for the text file."""
    pointer.unlink(missing_ok=True)
    try:
        pointer.symlink_to(name, target_is_directory=True)
    except (NotImplementedError, PermissionError):
        pass
    except OSError as error:
        if getattr(error, "winerror", None) != 1314:  # a privilege is not held
            raise
    else:
        return True
    pointer.write_text(f"{name}\n", encoding="utf-8")
    return False
