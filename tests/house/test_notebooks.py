"""Notebooks are committed clean and stay thin: one cell of parameters, then calls and pictures, no logic of their own."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

# Longer cells and loops hold logic that belongs into the package, where it is tested.
LONGEST_CELL = 25
LONGEST_LOOP = 5
LOGIC = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.While, ast.Try, ast.With, ast.Match)


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def code_cells(path: Path) -> list[dict[str, Any]]:
    return [cell for cell in read(path)["cells"] if cell["cell_type"] == "code"]


def source(cell: dict[str, Any]) -> str:
    return re.sub(r"^[%!].*$", "", "".join(cell["source"]), flags=re.MULTILINE)


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS, f"no notebook in {FOLDER}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
class TestNotebook:
    def test_is_numbered_and_valid(self, path: Path) -> None:
        assert re.fullmatch(r"\d\d_[a-z0-9_]+\.ipynb", path.name)
        nbformat.validate(nbformat.read(path, as_version=4))

    def test_numbers_are_used_once(self, path: Path) -> None:
        assert [other.name[:2] for other in NOTEBOOKS].count(path.name[:2]) == 1

    def test_carries_no_outputs(self, path: Path) -> None:
        # Outputs in the history are megabytes of pictures, and figures that nobody can tell the age of.
        assert not [cell["id"] for cell in code_cells(path) if cell["outputs"] or cell["execution_count"] is not None]

    def test_carries_no_trace_of_a_run(self, path: Path) -> None:
        notebook = read(path)
        assert "papermill" not in notebook["metadata"]
        assert not [cell["id"] for cell in notebook["cells"] if {"papermill", "execution"} & set(cell["metadata"])]
        assert "injected-parameters" not in {tag for cell in notebook["cells"] for tag in cell["metadata"].get("tags", [])}

    def test_runs_in_any_environment(self, path: Path) -> None:
        assert read(path)["metadata"]["kernelspec"]["name"] == "python3"
        assert not re.search(r"/home/|/root/|/Users/|[A-Z]:\\\\", path.read_text(encoding="utf-8"))

    def test_has_one_cell_of_parameters(self, path: Path) -> None:
        tagged = [cell for cell in code_cells(path) if "parameters" in cell["metadata"].get("tags", [])]
        assert len(tagged) == 1
        statements = ast.parse(source(tagged[0])).body
        assert statements, "no parameter is set"
        assert all(isinstance(statement, ast.Assign | ast.AnnAssign) for statement in statements)

    def test_holds_no_logic(self, path: Path) -> None:
        for cell in code_cells(path):
            code = source(cell)
            assert len(code.splitlines()) <= LONGEST_CELL, f"long cell:\n{code}"
            for node in ast.walk(ast.parse(code)):
                assert not isinstance(node, LOGIC), f"{type(node).__name__} belongs into the package:\n{code}"
                if isinstance(node, ast.For | ast.If):
                    length = (node.end_lineno or node.lineno) - node.lineno + 1
                    assert length <= LONGEST_LOOP, f"long {type(node).__name__}:\n{code}"
