"""What is installed is whole: the wheel carries the notebooks, the data and the texts, and finds them without a checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def tracked(folder: str) -> set[str]:
    """The files of `folder` that belong to the project: those in the checkout but the ignored ones, as git lists them."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", folder],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return {name for name in listed.stdout.decode("utf-8").split("\0") if name and (ROOT / name).is_file()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built by the backend itself, which needs no network."""
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_wheel_holds_the_package_the_notebooks_and_the_data(wheel: Path) -> None:
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("popmodel/")}
    expected = tracked("popmodel") | {f"popmodel/_shipped/{name}" for kind in ("notebooks", "data") for name in tracked(kind)}
    assert inside == expected


def test_wheel_holds_nothing_else(wheel: Path) -> None:
    # A stray top-level folder would land in everybody's site-packages.
    version = wheel.name.split("-")[1]
    assert {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()} == {"popmodel", f"popmodel-{version}.dist-info"}


def test_installed_package_finds_what_came_with_it(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "某县 site-packages"  # a path as a planner's computer has them
    zipfile.ZipFile(wheel).extractall(installed)
    code = (
        f"import sys; sys.path.insert(0, {str(installed)!r})\n"
        "from popmodel.shipped import shipped\n"
        "from popmodel.messages import catalogue_sections\n"
        "assert 'problems' in catalogue_sections()\n"
        "print(ascii(str(shipped('data'))))\n"
        "assert (shipped('data') / 'xichuan' / 'datapackage.json').is_file()\n"
        "assert list(shipped('notebooks').glob('*.ipynb'))\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ascii(str(installed / "popmodel" / "_shipped" / "data"))


def test_checkout_uses_its_own_folders() -> None:
    from popmodel.shipped import shipped

    assert shipped("data") == ROOT / "data"


def test_missing_folder_is_said_plainly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from popmodel import shipped as module
    from popmodel.messages import RunFailedError

    monkeypatch.setattr(module, "__file__", str(tmp_path / "popmodel" / "shipped.py"))
    with pytest.raises(RunFailedError, match="lacks the folder data"):
        module.shipped("data")
