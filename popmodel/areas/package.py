"""datapackage.json: what a folder of tables is, for this program and for anyone with Data Package tools.

The tables' part is written from the declaration in `schemas`; the part `popmodel` says which area it is.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from popmodel.areas.schemas import Table
from popmodel.areas.text_files import identity_problems, lies_inside, read_text, shown
from popmodel.messages import LANGUAGES, Problem, text

FILE = "datapackage.json"

_CODE = re.compile(r"[1-9]\d{5}", re.ASCII)


@dataclass(frozen=True)
class Identity:
    """Which area a pack is of: codes of six digits, names by language; smaller counts are not printed for a township."""

    code: str
    names: Mapping[str, str]
    province: str
    prefecture: str | None
    disclosure_threshold: int


def package_content(name: str, title: str, tables: Iterable[Table], popmodel: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a datapackage.json (Data Package v1)."""
    package = {"profile": "tabular-data-package", "name": name, "title": title, "popmodel": dict(popmodel)}
    return with_tables(package, tables)


def with_tables(content: Mapping[str, Any], tables: Iterable[Table]) -> dict[str, Any]:
    """A package's content with its resources as declared; what else a resource says (sources, licences) is kept."""
    earlier = {item["path"]: item for item in content.get("resources", [])}
    return {**content, "resources": [{**earlier.get(table.file, {}), **_resource(table)} for table in tables]}


def package_text(content: Mapping[str, Any]) -> str:
    """A datapackage.json as it is written: readable, one final line end."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def read_package(folder: Path, problems: list[Problem], notices: list[Problem]) -> dict[str, Any] | None:
    """The content of a folder's datapackage.json; None after adding to `problems` why it cannot be read."""
    path = folder / FILE
    written = read_text(path, folder, problems, notices)
    if written is None:
        return None
    problems += identity_problems(written, path)
    doubled: list[str] = []
    try:
        content = json.loads(written, object_pairs_hook=lambda pairs: _once(pairs, doubled))
    except json.JSONDecodeError as error:
        problems.append(Problem("json_syntax", {"position": error.colno}, file=str(path), line=error.lineno))
        return None
    except RecursionError:
        problems.append(Problem("json_not_object", file=str(path)))
        return None
    problems += [Problem("json_duplicate_key", {"key": shown(key)}, file=str(path), line=_line(written, key)) for key in doubled]
    if not isinstance(content, dict):
        problems.append(Problem("json_not_object", file=str(path)))
        return None
    return content


def read_identity(content: Mapping[str, Any], folder: Path, problems: list[Problem]) -> Identity | None:
    """The part `popmodel` of a pack's datapackage.json; None after adding to `problems` what is missing or wrong in it."""
    own = content.get("popmodel")
    given: Mapping[str, Any] = own if isinstance(own, dict) else {}
    before = len(problems)
    for field, (sound, expected) in _FIELDS.items():
        if field not in given:
            problems.append(_problem(folder, "package_field_missing", field=f"popmodel.{field}", expected=expected))
        elif not sound(given[field]):
            found = shown(json.dumps(given[field], ensure_ascii=False))
            problems.append(_problem(folder, "package_field_wrong", field=f"popmodel.{field}", found=found, expected=expected))
    if len(problems) > before:
        return None
    for field, length in (("province", 2), ("prefecture", 4)):
        code = given[field]
        if code is not None and code[:length] != given["code"][:length]:
            problems.append(_problem(folder, "package_codes_apart", field=field, found=code, expected=given["code"]))
    if len(problems) > before:
        return None
    return Identity(**{field: given[field] for field in _FIELDS})


def resource_problems(
    content: Mapping[str, Any], folder: Path, tables: Mapping[str, Table], notices: list[Problem]
) -> list[Problem]:
    """What is wrong with the list of tables: paths that leave the folder or lead nowhere; differences are added to `notices`."""
    resources = content.get("resources", [])
    if not isinstance(resources, list) or not all(isinstance(item, dict) for item in resources):
        return [_problem(folder, "package_field_wrong", field="resources", found=shown(resources), expected="[{…}, …]")]
    problems = []
    listed: dict[str, Any] = {}
    for item in resources:
        path = item.get("path")
        if not isinstance(path, str) or not path:
            problems.append(_problem(folder, "package_field_missing", field="resources[].path", expected="….csv"))
        elif not lies_inside(folder / path, folder):
            problems.append(_problem(folder, "package_path_outside", found=shown(path)))
        else:
            listed[path] = item
    by_file = {table.file: table for table in tables.values()}
    for path, item in listed.items():
        # A required table that is not there is missed when the tables are read.
        if not os.path.exists(folder / path) and not (path in by_file and by_file[path].required):
            problems.append(_problem(folder, "package_file_missing", found=shown(path)))
        if path in by_file and item.get("schema") != by_file[path].table_schema():
            notices.append(_problem(folder, "package_schema_differs", found=path))
    for file in by_file:
        if file not in listed and (folder / file).exists():
            notices.append(_problem(folder, "package_not_listed", found=file))
    return problems


def _resource(table: Table) -> dict[str, Any]:
    return {
        "name": table.name.replace("_", "-"),
        "path": table.file,
        "profile": "tabular-data-resource",
        "title": text(f"areas.table.{table.name}", lang="zh"),
        "description": text(f"areas.table.{table.name}", lang="en"),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": table.table_schema(),
    }


def _once(pairs: list[tuple[str, Any]], doubled: list[str]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    doubled += sorted({key for key in keys if keys.count(key) > 1})
    return dict(pairs)


def _line(written: str, key: str) -> int:
    position = written.rfind(json.dumps(key, ensure_ascii=False))
    return written.count("\n", 0, max(position, 0)) + 1


def _problem(folder: Path, code: str, **parameters: Any) -> Problem:
    return Problem(code, parameters, file=str(folder / FILE))


def _is_code(found: object, ending: str = "") -> bool:
    return isinstance(found, str) and bool(_CODE.fullmatch(found)) and found.endswith(ending)


def _are_names(found: object) -> bool:
    if not isinstance(found, dict) or set(found) != set(LANGUAGES):
        return False
    return all(isinstance(name, str) and name.strip() for name in found.values())


def _is_threshold(found: object) -> bool:
    return isinstance(found, int) and not isinstance(found, bool) and found >= 0


_FIELDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "code": (_is_code, '"411326"'),
    "names": (_are_names, '{"zh": "淅川县", "en": "Xichuan County"}'),
    "province": (lambda found: _is_code(found, "0000"), '"410000"'),
    "prefecture": (lambda found: found is None or _is_code(found, "00"), '"411300" / null'),
    "disclosure_threshold": (_is_threshold, "10"),
}
