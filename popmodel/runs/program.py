"""Which program is at work, to the last line of it."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import popmodel


@cache
def program_now() -> dict[str, str]:
    """The program at work: its version and a checksum of its Python files, for code may differ within a version."""
    package, digest = Path(popmodel.__file__).parent, hashlib.sha256()
    for path in sorted(package.rglob("*.py"), key=lambda path: path.relative_to(package).as_posix()):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return {"version": popmodel.__version__, "sha256": digest.hexdigest()}
