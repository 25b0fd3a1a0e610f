"""The vintage of a run: its forecast and all it was reckoned from, kept in the published folder to explain it later.

vintage/forecast.parquet   chain.key_figures, a row a quantity, year and quantile (missing: the figure of a run without draws)
vintage/inputs.zip         pack/, reference/ and rules/ as they were read; the same inputs give the same bytes
vintage/vintage.json       area, scenario, draws, seed and engine, and the program that made it
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from popmodel.areas.package import FILE, package_text, read_package
from popmodel.areas.packs import ASSUMPTIONS
from popmodel.areas.schemas import PACK_TABLES, REFERENCE_TABLES, Table
from popmodel.areas.schemes import FOLDER as SCHEMES
from popmodel.assessment.ranges import column
from popmodel.chain import RULE_FILES, key_figures
from popmodel.messages import InputError, Problem, Term, language
from popmodel.projection import Projection
from popmodel.projection.quantiles import QUANTILES
from popmodel.runs.program import program_now
from popmodel.runs.publish import latest_run
from popmodel.runs.record import RECORD_NAME, RunRecord, fingerprints, read_record

FORMAT = 1
FOLDER = "vintage"
FORECAST, INPUTS, MANIFEST = "forecast.parquet", "inputs.zip", "vintage.json"

# The earliest date a zip can hold: the files' own dates would make other bytes of the same inputs.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3


@dataclass(frozen=True)
class Vintage:
    """A stored forecast: the published `folder`, the run's record, what vintage.json says, and forecast.parquet's rows."""

    folder: Path
    record: RunRecord
    manifest: Mapping[str, Any]
    forecast: pd.DataFrame

    @property
    def code(self) -> str:
        """The area's code."""
        return str(self.manifest["area"]["code"])

    def name(self) -> str:
        """The area's name in the language in force."""
        return str(self.manifest["area"]["names"][language()])

    @property
    def scenario(self) -> str:
        """The key of the scenario."""
        return str(self.manifest["scenario"])

    @property
    def first_year(self) -> int:
        """The first year of the forecast's stocks: that of the census."""
        return int(self.forecast["year"].min())

    @property
    def last_year(self) -> int:
        """The last year of the forecast."""
        return int(self.forecast["year"].max())

    @property
    def program(self) -> Mapping[str, str]:
        """The program that made it: its version, and a checksum of its code."""
        return dict(self.manifest["program"])

    @property
    def inputs(self) -> Path:
        """The zip of the inputs."""
        return self.folder / FOLDER / INPUTS

    def figures(self) -> pd.Series:
        """The figures of the run itself, by (quantity, year)."""
        return as_figures(self.forecast[self.forecast["quantile"].isna()])


def store_vintage(projection: Projection, out: Path | None, *, ranges: pd.DataFrame | None = None) -> None:
    """Store the projection's key figures and inputs as `out`/vintage; None, as in a notebook opened by hand, stores nothing.

    ranges: quantiles of the projection's draws (`assessment.ranges`), of which those of key figures are stored with them.
    The inputs are the files of the area's pack and reference folders, and the dated parameters that come with popmodel. Raises
    OSError when one cannot be read or written.
    """
    if out is None:
        return
    folder, area, drawn = out / FOLDER, projection.area, projection.draws
    folder.mkdir()
    forecast = _with_quantiles(key_figures(projection), ranges)
    forecast.to_parquet(folder / FORECAST, engine="pyarrow", compression="zstd", index=False)
    entries = {
        **{f"pack/{name}": content for name, content in _read_files(area.folder, PACK_TABLES).items()},
        **{f"reference/{name}": content for name, content in _read_files(area.reference.folder, REFERENCE_TABLES).items()},
        **{f"rules/{path.name}": path.read_bytes() for path in RULE_FILES},
    }
    (folder / INPUTS).write_bytes(_zipped(entries))
    manifest = {
        "format": FORMAT,
        "area": {"code": area.code, "names": dict(area.names)},
        "scenario": projection.scenario.key,
        "to": projection.years[-1],
        "launch": projection.launch,
        "draws": None if drawn is None else {"count": drawn.count, "seed": drawn.seed, "engine": drawn.engine},
        "program": program_now(),
    }
    written = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
    (folder / MANIFEST).write_text(written, encoding="utf-8", newline="\n")


def read_vintages(*paths: Path) -> list[Vintage]:
    """The vintages of published runs: each path is a run's folder, or a folder of runs, of which the last good one is taken.

    Raises InputError with the problems of all: no published run, one that failed, one without a vintage or with another
    format, and files that are not what the record says.
    """
    problems: list[Problem] = []
    found = [_read(Path(path), problems) for path in paths]
    if problems:
        raise InputError(problems)
    return [vintage for vintage in found if vintage is not None]


def as_figures(frame: pd.DataFrame) -> pd.Series:
    """The values of key figures by (quantity, year)."""
    return frame.set_index(["quantity", "year"])["value"]


def _with_quantiles(figures: pd.DataFrame, ranges: pd.DataFrame | None) -> pd.DataFrame:
    """The figures, then the quantiles of those that have some: quantity, unit, year, quantile (NaN: the figure itself), value."""
    frames = [figures.assign(quantile=np.nan)]
    if ranges is not None:
        shares = {column(share): share for share in QUANTILES}
        long = ranges.melt(["quantity", "year"], list(shares), "quantile").replace({"quantile": shares})
        units = figures.drop_duplicates("quantity").set_index("quantity")["unit"]
        frames.append(long.assign(unit=long["quantity"].map(units)).dropna(subset=["unit", "value"]).astype({"quantile": float}))
    return pd.concat(frames, ignore_index=True)[["quantity", "unit", "year", "quantile", "value"]]


def _read_files(folder: Path, tables: Mapping[str, Table]) -> dict[str, bytes]:
    """What is read of a pack or of the reference folder, by name; what else lies there stays there."""
    names = [ASSUMPTIONS, *(table.file for table in tables.values())]
    names += [f"{inner}/{path.name}" for inner in ("scenarios", SCHEMES) for path in sorted((folder / inner).glob("*.yaml"))]
    found = {name: (folder / name).read_bytes() for name in names if (folder / name).is_file()}
    package = read_package(folder, [], []) or {}
    package["resources"] = [item for item in package.get("resources", []) if item.get("path") in found]
    return {**found, FILE: package_text(package).encode()}


def _zipped(entries: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in sorted(entries.items()):
            info = zipfile.ZipInfo(name, _ZIP_DATE)
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, _UNIX, 0o644 << 16
            archive.writestr(info, content, compresslevel=9)
    return written.getvalue()


def _read(path: Path, problems: list[Problem]) -> Vintage | None:
    folder = path if (path / RECORD_NAME).is_file() else latest_run(path) if path.is_dir() else None
    record = _record(path, folder, problems)
    if folder is None or record is None:
        return None
    files = {MANIFEST, FORECAST, INPUTS}
    recorded = {one["path"]: one for one in record.outputs if one["path"] in {f"{FOLDER}/{name}" for name in files}}
    if not recorded and "pack" not in record.request:
        problems.append(Problem("vintage_other_command", {"kind": record.kind}, file=str(folder)))
        return None
    if not recorded:
        problems.append(Problem("vintage_none", {"version": record.versions.get("popmodel", "?")}, file=str(folder)))
        return None
    damaged = [name for name in sorted(files) if not _as_recorded(folder, name, recorded)]
    if damaged:
        problems.extend(Problem("vintage_damaged", file=str(folder / FOLDER / name)) for name in damaged)
        return None
    manifest = json.loads((folder / FOLDER / MANIFEST).read_text(encoding="utf-8"))
    if manifest.get("format") != FORMAT:
        given = {"found": manifest.get("format"), "expected": FORMAT, "version": manifest.get("program", {}).get("version", "?")}
        problems.append(Problem("vintage_format", given, file=str(folder / FOLDER / MANIFEST)))
        return None
    return Vintage(folder, record, manifest, pd.read_parquet(folder / FOLDER / FORECAST, engine="pyarrow"))


def _record(path: Path, folder: Path | None, problems: list[Problem]) -> RunRecord | None:
    """The record of a run that reached its end; None after adding to `problems` why there is none."""
    if folder is None:
        problems.append(Problem("vintage_not_a_run" if path.exists() else "vintage_no_folder", file=str(path)))
        return None
    try:
        record = read_record(folder)
    except (OSError, ValueError) as error:
        problems.append(Problem("vintage_record_unreadable", {"detail": error}, file=str(folder / RECORD_NAME)))
        return None
    if not record.done:
        state = record.state if record.state in ("running", "failed", "stopped") else "unknown"
        problems.append(Problem("vintage_run_not_done", {"state": Term(f"bridge.state.{state}")}, file=str(folder)))
        return None
    return record


def _as_recorded(folder: Path, name: str, recorded: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a file of the vintage is there with the checksum the run's record has."""
    named, path = f"{FOLDER}/{name}", folder / FOLDER / name
    try:
        return fingerprints([(named, path)]) == [recorded.get(named)]
    except OSError:
        return False
