"""The four places that name our dependencies agree: the code, pyproject.toml, requirements.lock and environment.yml."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")

# conda-forge's own names, where they differ.
CONDA_NAMES = {"matplotlib": "matplotlib-base", "typst": "typst-py"}
# What conda-forge does not have comes from PyPI there, too.
NOT_ON_CONDA_FORGE = {"pylopdf-fonts-zh-cn"}
# Import name → distribution, where they differ.
DISTRIBUTIONS = {"yaml": "pyyaml", "pymupdf": "pymupdf", "pylopdf_fonts_zh_cn": "pylopdf-fonts-zh-cn"}


def requirements(*, dev: bool) -> dict[str, SpecifierSet]:
    lines = [*PROJECT["dependencies"], *(PROJECT["optional-dependencies"]["dev"] if dev else [])]
    return {canonicalize_name(Requirement(line).name): Requirement(line).specifier for line in lines}


def test_every_dependency_has_a_lower_bound_and_a_reason() -> None:
    assert all(any(one.operator == ">=" for one in bounds) for bounds in requirements(dev=True).values())
    source = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for line in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]:
        written = next(row for row in source.splitlines() if row.strip().startswith(f'"{line}"'))
        assert re.search(r"#.*\w{3,}", written), f"say why {line} is here"


def test_extras_are_tested() -> None:
    # What a user may install is installed where the tests run, in the same versions.
    dev = requirements(dev=True)
    for extra, lines in PROJECT["optional-dependencies"].items():
        for requirement in map(Requirement, lines):
            assert dev[canonicalize_name(requirement.name)] == requirement.specifier, f"{extra}: {requirement}"


def test_lock_pins_what_pyproject_asks_for() -> None:
    pinned: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", LOCK, flags=re.MULTILINE):
        pinned.setdefault(canonicalize_name(name), []).append(version)
    for name, bounds in requirements(dev=True).items():
        assert name in pinned, f"{name} is not in requirements.lock: make lock"
        assert all(bounds.contains(version) for version in pinned[name]), f"{name} {pinned[name]} is outside {bounds}: make lock"


def test_lock_holds_for_any_machine() -> None:
    # A lock that names one machine's index or folder cannot be installed on another.
    assert not re.search(r"https?://|file:|--index-url|--extra-index-url|--find-links|^-e ", LOCK, flags=re.MULTILINE)
    entries = re.split(r"\n(?=\S)", LOCK.strip())
    assert all("--hash=sha256:" in entry for entry in entries)


def test_conda_environment_asks_for_the_same() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    *from_conda, from_pip = environment["dependencies"]
    assert from_conda.pop(0) == f"python{PROJECT['requires-python']}"
    assert from_conda.pop(0) == "pip"
    wanted = requirements(dev=True)
    conda = {CONDA_NAMES.get(name, name): bounds for name, bounds in wanted.items() if name not in NOT_ON_CONDA_FORGE}
    pip = {name: bounds for name, bounds in wanted.items() if name in NOT_ON_CONDA_FORGE}
    assert {Requirement(line).name: Requirement(line).specifier for line in from_conda} == conda
    editable, *others = from_pip["pip"]
    assert editable == "-e ."
    assert {Requirement(line).name: Requirement(line).specifier for line in others} == pip


def test_the_code_imports_only_what_is_declared() -> None:
    # What comes along with another package today may be gone with its next release.
    run_time, with_dev = set(requirements(dev=False)), set(requirements(dev=True))
    extras = [line for extra in ("fast", "cluster") for line in PROJECT["optional-dependencies"][extra]]
    run_time |= {canonicalize_name(Requirement(line).name) for line in extras}
    undeclared = []
    for folder, declared in [("popmodel", run_time), ("scripts", run_time), ("benchmarks", run_time), ("tests", with_dev)]:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                    names = [node.module]
                for name in {name.split(".")[0] for name in names}:
                    if name in sys.stdlib_module_names or name in {"popmodel", "tests", "benchmarks"}:
                        continue
                    if canonicalize_name(DISTRIBUTIONS.get(name, name)) not in declared:
                        undeclared.append(f"{path.relative_to(ROOT)}:{node.lineno}: {name}")
    assert not undeclared, "\n".join(undeclared)
