"""One check of a list, published whole: every row with what it is owed and why, all there is to say of rows, and their counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from popmodel.areas import Area
from popmodel.areas.schemas import FIRST_YEAR, LAST_YEAR
from popmodel.messages import InputError, Problem, entries, language, text
from popmodel.runs.record import RunRecord
from popmodel.runs.run import write_folder
from popmodel.subsidies.declared import declared_rules
from popmodel.subsidies.eligibility import (
    ENTITLED,
    NOT_GIVEN,
    STATES,
    TO_SETTLE,
    CheckedList,
    Finding,
    check_list,
    read_list,
)
from popmodel.subsidies.rules.entitlement import REASONS, Rule
from popmodel.subsidies.rules.registry import rule_of
from popmodel.subsidies.schemes import title_of

FOLDER = "eligibility"
_ROWS_AT_ONCE = 100_000


def eligibility_run(
    path: Path, scheme: str, year: int, today: date, out: Path, area: Area | None = None, also: Sequence[str] = ()
) -> tuple[RunRecord, CheckedList]:
    """Check the list at `path` and write out/<list>/<scheme>/eligibility: results.csv, problems.csv and run.json.

    also: lists of other schemes as SCHEME=FILE. Raises InputError for a scheme that is unknown, a list that cannot be read, and a
    year outside the standards' dates.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InputError([Problem("list_year", {"found": year, "first": FIRST_YEAR, "last": LAST_YEAR})])
    declared = declared_rules(area) if area is not None else {}
    rule = rule_of(scheme, declared)
    others = [_other(given, declared) for given in also]
    people = read_list(path, rule.facts)
    read = [(title_of(other.scheme, area), other, read_list(file, ())) for other, file in others]
    checked = check_list(people, rule, year, today, read)
    beside = [f"{other.scheme}={file.name}" for other, file in others]
    request = {"scheme": scheme, "year": year, "day": today.isoformat(), "also": beside, "counts": counts(checked)}

    def write(folder: Path) -> None:
        _write(folder / "results.csv", _results(checked))
        _write(folder / "problems.csv", _problems(checked))

    inputs = [path, *(file for _, file in others), *([area.folder] if area is not None else [])]
    target = out / path.name.split(".")[0] / scheme / FOLDER
    return write_folder(target, write, request=request, inputs=inputs), checked


def counts(checked: CheckedList) -> dict[str, int]:
    """Rows read and by state, and fen owed and paid; the states add to the rows."""
    by_state = dict(zip(STATES, np.bincount(checked.state, minlength=len(STATES)).tolist(), strict=True))
    found = {"rows": len(checked.people), **by_state, "owed_fen": int(checked.owed_fen.sum())}
    paid = checked.people.paid_fen
    return found if paid is None else {**found, "paid_fen": int(paid[paid != NOT_GIVEN].sum())}


def said(finding: Finding) -> Iterator[tuple[str, str]]:
    """What is to be said of each row of a finding, and how to mend it, in the language in force."""
    templates = [entries("problems")[f"problems.{finding.code}{part}"][language()] for part in ("", ".mend")]
    names = list(finding.given)
    columns = [value if isinstance(value, np.ndarray) else np.full(len(finding.rows), value) for value in finding.given.values()]
    known: dict[tuple[Any, ...], tuple[str, str]] = {}
    for values in zip(*(column.tolist() for column in columns), strict=True) if columns else [()] * len(finding.rows):
        if values not in known:
            given = {name: _shown(name, value) for name, value in zip(names, values, strict=True)}
            what, mend = (template.format(**given) for template in templates)
            known[values] = what, mend
        yield known[values]


def _other(given: str, declared: dict[str, Rule]) -> tuple[Rule, Path]:
    scheme, sign, file = given.partition("=")
    if not sign or not file:
        raise InputError([Problem("list_also", {"found": given})])
    return rule_of(scheme, declared), Path(file)


def _results(checked: CheckedList) -> Iterator[pd.DataFrame]:
    """A row for each row of the list, in its order."""
    people, found = checked.people, checked.entitlement
    states = np.array([text(f"subsidies.list_state.{state}") for state in STATES], dtype=object)
    reasons = np.array([text(f"subsidies.reason.{reason}") for reason in REASONS], dtype=object)
    reason_of = np.where(checked.state == TO_SETTLE, len(REASONS), found.reason)
    reasons = np.append(reasons, text("subsidies.list_state.see_problems"))
    clauses = np.array([_clause(checked, reason) for reason in (*REASONS, "")], dtype=object)
    yes, no = text("subsidies.list.yes"), text("subsidies.list.no")
    for begin in range(0, len(people), _ROWS_AT_ONCE):
        rows = slice(begin, begin + _ROWS_AT_ONCE)
        entitled = checked.state[rows] == ENTITLED
        sound = checked.state[rows] != TO_SETTLE
        frame = {
            "line": people.lines[rows],
            "id": people.ids[rows],
            "state": states[checked.state[rows]],
            "reason": reasons[reason_of[rows]],
            "from": np.where(sound, _days(found.start[rows]), ""),
            "until": np.where(sound, _days(found.end[rows]), ""),
            "new": np.where(checked.new[rows], yes, no),
            "months": np.where(entitled, found.months[rows], 0),
            "owed": _yuan(checked.owed_fen[rows]),
        }
        if people.paid_fen is not None:
            paid = people.paid_fen[rows]
            given = paid != NOT_GIVEN
            frame["paid"] = np.where(given, _yuan(np.where(given, paid, 0)), "")
            frame["difference"] = np.where(given & sound, _yuan(np.where(given, paid, 0) - checked.owed_fen[rows]), "")
        frame["clause"] = clauses[reason_of[rows]]
        yield pd.DataFrame({text(f"subsidies.list.{name}"): values for name, values in frame.items()})


def _problems(checked: CheckedList) -> Iterator[pd.DataFrame]:
    """A row for everything said of a row: what must be settled first, then what else is to be seen."""
    people = checked.people
    names = [text(f"subsidies.list.{name}") for name in ("line", "id", "settle", "what", "mend")]
    yield pd.DataFrame({name: [] for name in names}, dtype="str")
    for finding in sorted(checked.findings, key=lambda one: not one.settle):
        settle = text(f"subsidies.list.{'yes' if finding.settle else 'no'}")
        texts = said(finding)
        for begin in range(0, len(finding.rows), _ROWS_AT_ONCE):
            rows = finding.rows[begin : begin + _ROWS_AT_ONCE]
            what, mend = zip(*islice(texts, len(rows)), strict=True)
            columns = (people.lines[rows], people.ids[rows], [settle] * len(rows), what, mend)
            yield pd.DataFrame(dict(zip(names, columns, strict=True)))


def _write(path: Path, frames: Iterator[pd.DataFrame]) -> None:
    """A CSV file that Excel reads as UTF-8, from frames of the same columns."""
    import pyarrow as pa
    from pyarrow import csv

    with path.open("wb") as out:
        out.write(b"\xef\xbb\xbf")
        for place, frame in enumerate(frames):
            table = pa.Table.from_pandas(frame, preserve_index=False)
            csv.write_csv(table, out, csv.WriteOptions(include_header=place == 0, quoting_style="needed"))


def _clause(checked: CheckedList, reason: str) -> str:
    """Document and paragraph that lay a reason down, or the source where no document is known."""
    dated = checked.clauses.get(reason)
    if dated is None:
        return ""
    return " ".join(part for part in (dated.document, dated.paragraph) if part) or dated.source


def _days(days: np.ndarray) -> np.ndarray:
    return np.where(np.isnat(days), "", np.datetime_as_string(days))


def _yuan(fen: np.ndarray) -> np.ndarray:
    """Amounts as they are printed, with two decimals; each distinct one is made once."""
    distinct, place = np.unique(fen, return_inverse=True)
    return np.array([yuan(int(one)) for one in distinct], dtype=object)[place]


def yuan(fen: int) -> str:
    """Fen as yuan with two decimals, exactly."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _shown(name: str, value: Any) -> Any:
    if value is None or isinstance(value, date):
        return "" if value is None else value.isoformat()
    return yuan(int(value)) if name in ("paid", "owed", "difference") else value
