"""One run at a time in a folder: a lock the system itself lets go when its holder dies, however it dies.

The lock file stays in the folder for good; removing it would let two runs hold two files of the same name.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from popmodel.messages import BusyError

LOCK_NAME = ".lock"
# Windows forbids others to read a locked byte; a byte far behind the text keeps the text readable.
_WINDOWS_BYTE = 1 << 30


@contextmanager
def hold(folder: Path, *, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the lock of `folder` inside the block.

    Raises BusyError, naming the holder, when another run holds it and has not let go after `wait_seconds`; OSError when the
    folder cannot be written.
    """
    path = folder / LOCK_NAME
    number = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        give_up = time.monotonic() + wait_seconds
        while not _take(number):
            if time.monotonic() >= give_up:
                raise _busy(folder, path)
            time.sleep(0.05)
        holder = json.dumps({"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")})
        os.ftruncate(number, 0)
        os.lseek(number, 0, os.SEEK_SET)
        os.write(number, holder.encode())
        yield
    finally:
        os.close(number)


def _take(number: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(number, _WINDOWS_BYTE, os.SEEK_SET)
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _busy(folder: Path, path: Path) -> BusyError:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        pid, since = holder["pid"], f"{datetime.fromisoformat(holder['since']).astimezone():%Y-%m-%d %H:%M:%S}"
    except (OSError, ValueError, KeyError, TypeError):
        pid = since = "?"
    return BusyError("busy", folder=folder, pid=pid, since=since)
