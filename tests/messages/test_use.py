"""Every text the code asks for exists, with the parameters the code gives: a message must not fail while it reports a failure."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from popmodel.messages import catalogue_sections, entries
from tests.messages.test_catalogue import placeholders

ROOT = Path(__file__).resolve().parents[2]
KEYS = {key: texts.get("en", "") for section in catalogue_sections() for key, texts in entries(section).items()}


@dataclass(frozen=True)
class Call:
    """One call that looks a text up: where, which keys (a pattern when the key is put together), and the parameters given."""

    where: str
    pattern: str
    suffixes: tuple[str, ...]
    parameters: frozenset[str] | None  # None: not to be read from the source


def sources() -> Iterator[tuple[str, str]]:
    for folder in ("popmodel", "scripts", "benchmarks"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        yield str(path.relative_to(ROOT)), "\n".join(re.sub(r"^[%!].*$", "", one, flags=re.MULTILINE) for one in code)


def error_classes(trees: dict[str, ast.Module]) -> set[str]:
    """The names of every class under PopmodelError, but InputError, which takes problems."""
    known = {"PopmodelError"}
    classes = [node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    while found := {c.name for c in classes if any(ast.unparse(base) in known for base in c.bases)} - known:
        known |= found
    return known - {"InputError"}


def pattern_of(node: ast.expr | None) -> str | None:
    """A regular expression for a key given as a literal or an f-string that begins with one; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(re.escape(part.value) if isinstance(part, ast.Constant) else r"[^.]+(?:\.[^.]+)*" for part in node.values)
    return None


def calls() -> list[Call]:
    trees = {name: ast.parse(source) for name, source in sources()}
    errors = error_classes(trees)
    found = []
    for name, tree in trees.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            keywords = {word.arg: word.value for word in node.keywords}
            pattern = pattern_of(node.args[0] if node.args else keywords.get("code"))
            if pattern is None:
                continue
            given: frozenset[str] | None = None if None in keywords else frozenset(word for word in keywords if word)
            where = f"{name}:{node.lineno}"
            if called == "text" and "." in pattern:
                found.append(Call(where, pattern, ("",), given))
            elif called in errors:
                found.append(Call(where, rf"errors\.{pattern}", ("",), given))
            elif called == "Problem":
                filled = keywords.get("parameters", node.args[1] if len(node.args) > 1 else ast.Dict([], []))
                given = None
                if isinstance(filled, ast.Dict) and all(isinstance(key, ast.Constant) for key in filled.keys):
                    given = frozenset(str(key.value) for key in filled.keys if isinstance(key, ast.Constant))
                found.append(Call(where, rf"problems\.{pattern}", ("", r"\.mend"), given))
    return found


CALLS = calls()


def test_the_code_was_read() -> None:
    # Guards the tests below against reading nothing: the messages' own texts are looked up in errors.py.
    assert any(call.where.startswith("popmodel/messages/errors.py") for call in CALLS)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.where)
def test_text_exists_with_these_parameters(call: Call) -> None:
    for suffix in call.suffixes:
        matching = [key for key in KEYS if re.fullmatch(call.pattern + suffix, key)]
        assert matching, f"{call.where}: the catalogue has no {call.pattern.replace(chr(92), '')}{suffix.replace(chr(92), '')}"
        if call.parameters is not None and len(matching) == 1:
            missing = placeholders(KEYS[matching[0]]) - call.parameters
            assert not missing, f"{call.where}: {matching[0]} wants {sorted(missing)}"
