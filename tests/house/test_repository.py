"""The repository keeps its own promises: documents name what exists, scripts are sound, broken charts fail tests."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("data/**/*.md"), *ROOT.glob("docs/**/*.md")])
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"])
def test_newcomers_find(name: str) -> None:
    assert (ROOT / name).stat().st_size > 500


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
class TestDocument:
    def test_links_lead_somewhere(self, path: Path) -> None:
        links = re.findall(r"\]\(([^)#\s]+)[^)]*\)|(?:src|href)=\"([^\"#]+)", path.read_text(encoding="utf-8"))
        local = [one or other for one, other in links if not re.match(r"[a-z]+:", one or other)]
        assert not [link for link in local if not (path.parent / link).exists()]

    def test_make_targets_exist(self, path: Path) -> None:
        named = re.findall(r"`make ([a-z-]+)", path.read_text(encoding="utf-8"))
        assert set(named) <= TARGETS

    def test_folders_named_in_code_marks_exist(self, path: Path) -> None:
        # `popmodel/areas/`, `tests/house/`: a reader follows them.
        named = re.findall(r"`((?:popmodel|tests|data|notebooks|benchmarks|scripts)/[\w./-]*)`", path.read_text(encoding="utf-8"))
        assert not [name for name in named if not (ROOT / name).exists()]


def test_no_source_is_ignored() -> None:
    # `reports/` in .gitignore would swallow the package's own folder of that name, unseen until a clone lacks it.
    command = ["git", "ls-files", "--others", "--ignored", "--exclude-standard", "popmodel", "tests", "notebooks", "data"]
    ignored = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert not [name for name in ignored if not re.search(r"__pycache__/|\.ipynb_checkpoints/", name)]


def test_changelog_knows_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert re.search(rf"^## (\[)?{re.escape(version)}", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_scripts_are_sound() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    for script in [ROOT / ".ci" / "run", *sorted((ROOT / "scripts").glob("*.sh"))]:
        assert subprocess.run(["bash", "-n", str(script)], capture_output=True).returncode == 0, script
    help_text = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert all(f"make {target} " in help_text for target in ("setup", "demo", "test", "check", "lab", "bench"))


def test_a_missing_glyph_fails_a_test() -> None:
    # A box instead of a character goes unnoticed by everybody but the reader of the report.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    figure.text(0.5, 0.5, "淅川县", fontfamily="DejaVu Sans")
    with pytest.raises(UserWarning, match="Glyph"):
        FigureCanvasAgg(figure).draw()
