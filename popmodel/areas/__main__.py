"""`python -m popmodel.areas FOLDER …` brings datapackage.json up to date after a change of the tables' declaration."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from popmodel.areas.package import FILE, package_text, with_tables
from popmodel.areas.schemas import PACK_TABLES, REFERENCE_TABLES


def refresh(folder: Path) -> None:
    """Rewrite a folder's datapackage.json with the tables that are there, as the declaration has them."""
    path = folder / FILE
    content = json.loads(path.read_text(encoding="utf-8"))
    tables = PACK_TABLES if "code" in content["popmodel"] else REFERENCE_TABLES
    present = [table for table in tables.values() if (folder / table.file).exists()]
    path.write_text(package_text(with_tables(content, present)), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        refresh(Path(argument))
