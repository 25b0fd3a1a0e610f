"""What every test relies on: one language, no screen, and tests that need the reference material skipped where it is absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from popmodel.areas import Area, load_area
from popmodel.chain import Results, run_chain

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"

# A tester's own locale and screen must not decide what passes; tests of the language choice set these themselves.
os.environ["POPMODEL_LANG"] = "en"
os.environ["MPLBACKEND"] = "Agg"

# Two busy cores make single examples slow now and then; that is no fault of the code.
settings.register_profile("popmodel", deadline=None, derandomize=True)
settings.load_profile("popmodel")


@pytest.fixture(scope="session")
def root() -> Path:
    """The top folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the reference material; only for tests marked `needs_shared`."""
    return SHARED


@pytest.fixture(scope="session")
def xichuan(root: Path) -> Area:
    """The pack the project ships."""
    return load_area(root / "data" / "xichuan")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if SHARED.is_dir():
        return
    absent = pytest.mark.skip(reason=f"needs the reference material in {SHARED}, which is not there")
    for item in items:
        if "needs_shared" in item.keywords:
            item.add_marker(absent)


@pytest.fixture(scope="session")
def results(xichuan: Area) -> Results:
    """The whole chain for Xichuan as it ships, worked out once."""
    return run_chain(xichuan)
