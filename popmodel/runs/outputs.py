"""What a notebook says it wrote, and whether that is what lies in its folder: its last cell is `report_outputs(request.out)`."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from popmodel.runs.record import RunRecord, fingerprints

REPORT_MIME = "application/vnd.popmodel.outputs+json"
_OF_FORMAT = {"pdf": "report.pdf", "xlsx": "tables.xlsx"}
_DATA = (".parquet", ".csv")
_OF_RUNNER = {"run.json", "report.ipynb", "report.html", "kernel.log"}


class OutputReport:
    """The list of files written, as the last cell shows it to the runner; a reader of the report does not see it."""

    def __init__(self, files: list[dict[str, Any]]) -> None:
        self.files = files

    def __repr__(self) -> str:
        return f"<{len(self.files)} files>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {REPORT_MIME: {"files": self.files}}


def report_outputs(out: Path | None) -> OutputReport:
    """Report the files in `out` to the runner, with sizes and checksums: the last line of a report notebook's last cell.

    None, as in a notebook opened by hand, reports nothing.
    """
    return OutputReport(fingerprints(written_files(out)) if out else [])


def written_files(folder: Path) -> list[tuple[str, Path]]:
    """Name and path of what a notebook wrote into `folder`: everything but the runner's own files."""
    named = ((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())
    return [(name, path) for name, path in named if name not in _OF_RUNNER and not name.startswith(".")]


def check_outputs(record: RunRecord, folder: Path, notebook: Any, formats: tuple[str, ...]) -> None:
    """Enter into `record` whether the last cell reported, and whether each file is there, whole and of its kind."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    bundles = [output.get("data", {}) for output in code[-1].outputs] if code else []
    reported = next((bundle[REPORT_MIME]["files"] for bundle in bundles if REPORT_MIME in bundle), None)
    record.check("last_cell_reported", reported is not None)
    files = dict(written_files(folder))
    links = sorted(name for name, path in files.items() if path.is_symlink())
    record.check("no_links", not links, ", ".join(links))
    files = {name: path for name, path in files.items() if name not in links}
    missing = [name for one, name in _OF_FORMAT.items() if one in formats and name not in files]
    if not any(name.startswith("data/") and name.endswith(_DATA) for name in files):
        missing.append("data/*")
    record.check("files_present", not missing, ", ".join(missing))
    broken = sorted(name for name, path in files.items() if not _sound(path))
    record.check("files_readable", not broken, ", ".join(broken))
    if reported is not None:
        now = {one["path"]: one for one in fingerprints(files.items())}
        then = {one["path"]: one for one in reported}
        changed = sorted(name for name in {*now, *then} if now.get(name) != then.get(name))
        record.check("files_as_reported", not changed, ", ".join(changed))


def _sound(path: Path) -> bool:
    try:
        return path.stat().st_size > 0 and _KINDS.get(path.suffix, _anything)(path)
    except (OSError, ValueError, zipfile.BadZipFile):
        return False


def _pdf(path: Path) -> bool:
    content = path.read_bytes()
    return content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:]


def _workbook(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return archive.testzip() is None and "xl/workbook.xml" in archive.namelist()


def _parquet(path: Path) -> bool:
    content = path.read_bytes()
    return len(content) > 12 and content[:4] == content[-4:] == b"PAR1"


def _csv(path: Path) -> bool:
    return bool(path.read_text(encoding="utf-8").strip())


def _anything(path: Path) -> bool:
    return True


_KINDS: dict[str, Callable[[Path], bool]] = {".pdf": _pdf, ".xlsx": _workbook, ".parquet": _parquet, ".csv": _csv}
