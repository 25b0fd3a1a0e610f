"""Published runs with their vintages, made of packs that differ in what a test is about; and vintages put out of order."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from popmodel.areas import load_area
from popmodel.chain import key_figures
from popmodel.projection import project
from popmodel.runs import write_folder
from popmodel.runs.vintages import as_figures, store_vintage

# An entry of a county's own assumption book.
OWN_ASSUMPTION = """\
assumptions:
  - key: {key}
    value: {value}
    unit: ratio
    range: [0.3, 3]
    from: 2025-01-01
    scenario: true
    status: assumed
    source: 县统计局
    owner: 县统计局
    checked: 2026-11-24
    review_by: 2027-12-31
    title: {{zh: 试, en: Test}}
"""


def copy_of(pack: Path, folder: Path, *edits: tuple[str, str, str]) -> Path:
    """A copy of a pack with edits (file, text that is there once, text in its place)."""
    shutil.copytree(pack, folder)
    for name, old, new in edits:
        content = (folder / name).read_text(encoding="utf-8")
        assert content.count(old) == 1, (name, old)
        (folder / name).write_text(content.replace(old, new), encoding="utf-8")
    return folder


def publish(pack: Path, target: Path, *, scenario: str = "medium", to: int = 2035, reference: Path | None = None) -> Path:
    """A published run of the pack: its folder."""
    projection = project(load_area(pack, reference=reference), scenario, to)

    def write(folder: Path) -> None:
        (folder / "a.csv").write_text("1")
        store_vintage(projection, folder)

    return write_folder(target, write, request={"to": to}).folder


def figures_of(pack: Path, *, scenario: str = "medium", to: int = 2035, reference: Path | None = None) -> pd.Series:
    """The key figures of a pack as they are worked out directly."""
    return as_figures(key_figures(project(load_area(pack, reference=reference), scenario, to)))


def rewrite(run: Path, name: str, content: bytes) -> None:
    """Put another file into a vintage and its checksum on record: a vintage of another version, not a damaged one."""
    (run / "vintage" / name).write_bytes(content)
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    for one in record["outputs"]:
        if one["path"] == f"vintage/{name}":
            one.update(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    (run / "run.json").write_text(json.dumps(record), encoding="utf-8")


def rewrite_inputs(run: Path, edits: Mapping[str, tuple[str, str] | None]) -> None:
    """Take files out of a vintage's inputs (None), or put one text in them in another's place."""
    with zipfile.ZipFile(run / "vintage" / "inputs.zip") as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    for name, edit in edits.items():
        if edit is None:
            del entries[name]
        else:
            old, new = (text.encode() for text in edit)
            assert entries[name].count(old) == 1, (name, edit)
            entries[name] = entries[name].replace(old, new)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    rewrite(run, "inputs.zip", written.getvalue())
