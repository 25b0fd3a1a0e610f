"""Reading YAML written by people: every mapping remembers its lines, so that an error can say where.

Duplicate keys are errors here (plain YAML keeps the last one silently), and so is anything but mappings, lists and plain values.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from popmodel.messages import Problem

_Loader: TypeAlias = Any  # the C loader and the Python one share no base class that types well


class LinedMap(dict[Any, Any]):
    """A YAML mapping; `line` is where it begins and `lines[key]` where each key stands, from 1."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[Any, int] = {}


def read_yaml(path: Path, problems: list[Problem], notices: list[Problem]) -> Any:
    """The content of a YAML file, or None after adding to `problems` what made it unreadable.

    UTF-8 with or without BOM; GB18030 is read too, with a notice.
    """
    written = _decoded(path, problems, notices)
    if written is None:
        return None
    found = len(problems)
    loader: _Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(written)
    try:
        node = loader.get_single_node()
        content = None if node is None else _built(node, loader, str(path), problems)
    except yaml.MarkedYAMLError as error:
        problems.append(_syntax_problem(error, str(path)))
    except yaml.YAMLError as error:
        problems.append(Problem("yaml_syntax", {"detail": str(error).splitlines()[0]}, file=str(path)))
    except RecursionError:
        problems.append(Problem("yaml_syntax", {"detail": "recursive alias"}, file=str(path)))
    finally:
        loader.dispose()
    return None if len(problems) > found else content


def shown(value: object) -> str:
    """A found value as an error message prints it: short, on one line."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 60 else f'"{value[:57]}…"'
    return str(dict(value) if isinstance(value, LinedMap) else value)[:60]


def _decoded(path: Path, problems: list[Problem], notices: list[Problem]) -> str | None:
    try:
        data = path.read_bytes()
    except OSError as error:
        problems.append(Problem("yaml_missing", {"detail": error.strerror or ""}, file=str(path)))
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        written = data.decode("gb18030")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.append(Problem("yaml_not_text", {}, file=str(path), line=line))
        return None
    notices.append(Problem("yaml_read_as_gb18030", {}, file=str(path)))
    return written


def _syntax_problem(error: yaml.MarkedYAMLError, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    detail = ": ".join(part for part in (error.context, error.problem) if part)
    return Problem("yaml_syntax", {"detail": detail}, file=file, line=mark.line + 1 if mark else None)


def _built(node: yaml.Node, loader: _Loader, file: str, problems: list[Problem]) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, loader, file, problems)
    if isinstance(node, yaml.SequenceNode):
        return [_built(item, loader, file, problems) for item in node.value]
    try:
        return loader.construct_object(node)
    except ValueError:  # a date such as 2025-02-30 looks like one and is none
        line = node.start_mark.line + 1
        problems.append(Problem("yaml_impossible_value", {"found": node.value}, file=file, line=line))
        return None


def _mapping(node: yaml.MappingNode, loader: _Loader, file: str, problems: list[Problem]) -> LinedMap:
    found = LinedMap(node.start_mark.line + 1)
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = _built(key_node, loader, file, problems)
        if isinstance(key, (LinedMap, list)):
            problems.append(Problem("yaml_key_not_plain", {}, file=file, line=line))
            continue
        if key in found:
            problems.append(Problem("yaml_duplicate_key", {"key": key, "first": found.lines[key]}, file=file, line=line))
            continue
        found[key] = _built(value_node, loader, file, problems)
        found.lines[key] = line
    return found
