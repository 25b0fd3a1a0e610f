"""Whether an import is being put into a pack: its files change one after the other, and a reader must not see half of them."""

from __future__ import annotations

import json
from pathlib import Path

from popmodel.messages import Problem

HISTORY, STATE = ".imports", "state.json"
SWAPPING = "swapping"


def import_state(pack: Path) -> str:
    """What is noted of the last import of a pack; the same text before and after reading it means that nothing moved."""
    try:
        return (pack / HISTORY / STATE).read_text(encoding="utf-8")
    except OSError:
        return ""


def unfinished_problems(pack: Path, before: str | None = None) -> list[Problem]:
    """A problem where an import is under way or stopped halfway, or began after `before` was noted."""
    state = import_state(pack)
    try:
        swapping = bool(state) and json.loads(state).get("state") == SWAPPING
    except ValueError:
        swapping = True
    if swapping or (before is not None and before != state):
        return [Problem("import_unfinished", {"pack": pack}, file=str(pack))]
    return []
