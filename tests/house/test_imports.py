"""The rooms of the package depend on each other one way only, and no text or help page waits for a heavy library."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "popmodel"

# Room → the rooms it may import from. Later rooms may use earlier ones; the two in one line know nothing of each other.
ORDER = [
    ["messages", "drawing"],
    ["shipped", "parameters"],
    ["scenarios"],
    ["areas"],
    ["demography"],
    ["forecast"],
    ["projection"],
    ["childcare", "subsidies", "assessment"],
    ["budget"],
    ["chain"],
    ["reports"],
    ["runs"],
    ["cli", "app"],
]
ALLOWED = {room: {earlier for line in ORDER[:number] for earlier in line} for number, line in enumerate(ORDER) for room in line}
# Arrays in, arrays out: these know nothing of counties and files, though they stand to the right of `areas`.
ALLOWED["demography"] = {"messages"}

# Each costs a tenth of a second or more, or drags in a hundred modules: only inside the functions that need it.
HEAVY = {
    "matplotlib", "statsmodels", "papermill", "nbconvert", "nbclient", "nbformat", "typst", "xlsxwriter", "pyarrow", "numba",
    "distributed", "dask",
}  # fmt: skip
# Modules of kernels, which cannot but import their compiler first: they are heavy themselves.
KERNELS = {"popmodel.projection.engine_numba"}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of everything imported, relative imports resolved."""
    package = ["popmodel", *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def at_import_time(tree: ast.Module) -> list[ast.stmt]:
    """The statements that run when the module is imported: not function bodies, not those for the type checker only."""
    found: list[ast.stmt] = []
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.append(node)
        waiting.extend(ast.iter_child_nodes(node))
    return found


def test_every_room_is_known() -> None:
    rooms = {room_of(path) for path in modules()} - {"__init__"}
    assert rooms <= set(ALLOWED), f"give the new room a place in the order: {sorted(rooms - set(ALLOWED))}"


def test_imports_run_one_way() -> None:
    against = []
    for path in modules():
        room = room_of(path)
        if room == "__init__":
            continue
        for line, name in imported(path, ast.parse(path.read_text(encoding="utf-8"))):
            parts = name.split(".")
            if parts[0] != "popmodel" or len(parts) == 1:
                continue
            if parts[1] != room and parts[1] in ALLOWED and parts[1] not in ALLOWED[room]:
                against.append(f"{path.relative_to(ROOT)}:{line}: {room} imports {parts[1]}")
    assert not against, "\n".join(against)


def test_heavy_libraries_wait_until_they_are_needed() -> None:
    early = []
    for path in modules():
        if ".".join(path.relative_to(ROOT).with_suffix("").parts) in KERNELS:
            continue
        for node in at_import_time(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", "") or ""]
            heavy = [name for name in names if name.split(".")[0] in HEAVY or name in KERNELS]
            early += [f"{path.relative_to(ROOT)}:{node.lineno}: {name}" for name in heavy]
    assert not early, "import these inside the function that needs them:\n" + "\n".join(early)


@pytest.mark.parametrize("module", ["popmodel", "popmodel.messages", "popmodel.cli"])
def test_loads_no_array_library(module: str) -> None:
    # pandas alone takes longer to load than `popmodel --help` may take as a whole (half a second).
    code = f"import sys, {module}; print(*sorted({{'numpy', 'pandas', 'xarray', 'scipy'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def test_public_names_are_found_when_asked_for() -> None:
    import popmodel

    for name in popmodel.__all__:
        assert getattr(popmodel, name), name
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = popmodel.no_such_name
