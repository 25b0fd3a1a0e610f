"""The examples in docstrings run and print what they say."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import popmodel


def test_every_example_runs(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)  # the examples name data/xichuan
    tried = 0
    for found in pkgutil.walk_packages(popmodel.__path__, "popmodel."):
        if "__main__" in found.name or "in_kernel" in found.name:
            continue
        result = doctest.testmod(importlib.import_module(found.name))
        assert not result.failed, found.name
        tried += result.attempted
    assert tried > 5
