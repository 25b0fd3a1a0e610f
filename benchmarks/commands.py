"""The commands a user waits for at the prompt, each as a fresh process."""

from __future__ import annotations

import sysconfig
from collections.abc import Sequence
from pathlib import Path

from benchmarks.timing import Figure, figure, time_process

RUNS = 7


def popmodel(*arguments: str) -> Sequence[str]:
    """The installed command of the Python that runs here, with `arguments`."""
    return [str(Path(sysconfig.get_path("scripts")) / "popmodel"), *arguments]


def run_help() -> Figure:
    """`popmodel --help`."""
    return _fresh(popmodel("--help"))


def run_check() -> Figure:
    """`popmodel check data/xichuan`."""
    return _fresh(popmodel("check", "data/xichuan"))


def run_certify() -> Figure:
    """`popmodel certify`, on the published answers that come with the package."""
    return _fresh(popmodel("certify"))


def _fresh(command: Sequence[str]) -> Figure:
    time_process(command)  # the first may still compile the package and read it from the disk
    return figure([time_process(command) for _ in range(RUNS)])
