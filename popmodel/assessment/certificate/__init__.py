"""The accuracy certificate: the methods run against published answers, each with its error and the bar it must meet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from popmodel.assessment.certificate.answers import built_in_answers, golden_answers
from popmodel.assessment.certificate.check import MET, MISSED, NOT_RUN, Check
from popmodel.assessment.certificate.prospects import replays
from popmodel.assessment.certificate.table import certificate_table
from popmodel.messages import InputError, Problem

__all__ = ["MET", "MISSED", "NOT_RUN", "Check", "certificate_table", "certify"]


def certify(folder: Path | None = None) -> list[Check]:
    """Every check, in the order it is printed.

    folder: reference material with `golden/` (known answers) and `wpp/` (tables of World Population Prospects 2024, any
    countries); either may be missing, and inputs that are incomplete make a line that says so. Without a folder the answers
    that come with the package are run. Raises InputError when the folder has neither, or nothing in it could be run.

    >>> {check.result for check in certify()}
    {'met'}
    """
    if folder is None:
        return built_in_answers()
    parts = [(folder / "golden", golden_answers), (folder / "wpp", replays)]
    found = [check for part, checks in parts if part.is_dir() for check in checks(part)]
    if all(check.result == NOT_RUN for check in found):
        raise InputError([Problem("nothing_to_certify", {"reasons": _reasons(found)}, file=str(folder))])
    return found


def _reasons(checks: Sequence[Check]) -> str:
    return "; ".join(f"{check.title()}: {check.why()}" for check in checks) or "golden/, wpp/"
