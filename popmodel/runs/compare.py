"""Why a forecast is another than the one before it: the bridge between two vintages, worked out with the code of today.

The order is fixed: the code on the old inputs, then the data, the boundary, the parameters and the policy of the new run, each
item by itself, and at the end the code that made the new run.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from popmodel.assessment.bridge import NEW_CODE, Stage, bridge
from popmodel.assessment.money_bridge import money_bridge
from popmodel.messages import InputError, Problem, text
from popmodel.runs.program import program_now
from popmodel.runs.record import RECORD_NAME
from popmodel.runs.vintage_inputs import Inputs, changes_between, read_inputs
from popmodel.runs.vintages import Vintage, read_vintages

# The first item: the code of today on the old inputs, against the code that made the old forecast.
OLD_CODE = "code_of_old"


@dataclass(frozen=True)
class Changed:
    """What changed under one item of a step, in words; `counted_with`: the item its effect is counted with, if not by itself."""

    step: str
    item: str
    notes: Sequence[str]
    counted_with: str = ""


@dataclass(frozen=True)
class Comparison:
    """Two vintages and what lies between them: `effects` as `assessment.bridge.bridge` has them, with the figures' `units`.

    money: the effects on amounts under the headings of a budget, whole fen, as `assessment.money_bridge.money_bridge` has them.
    """

    old: Vintage
    new: Vintage
    effects: pd.DataFrame
    money: pd.DataFrame
    units: Mapping[str, str]
    changes: Sequence[Changed]

    def write(self, folder: Path) -> list[Path]:
        """Write bridge.csv (a row a quantity, year and item), money.csv and changes.csv (a row a change); gives the files.

        Each appears whole or not at all. Raises InputError for the folder of a run, which is published and stays as it is, and
        OSError.
        """
        if (folder / RECORD_NAME).exists():
            raise InputError([Problem("bridge_out_is_a_run", file=str(folder))])
        notes = [(change.step, change.item, note, change.counted_with) for change in self.changes for note in change.notes]
        units = self.effects["quantity"].map(self.units)
        effects = self.effects.assign(unit=units)[["quantity", "unit", "year", "step", "item", "effect", "old", "new"]]
        frames = {
            "bridge.csv": effects,
            "money.csv": self.money,
            "changes.csv": pd.DataFrame(notes, columns=["step", "item", "change", "counted_with"]),
        }
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in frames.items():
            draft = folder / f".{name}-{os.getpid()}"
            frame.to_csv(draft, index=False, encoding="utf-8-sig")
            os.replace(draft, folder / name)
        return [folder / name for name in frames]


@dataclass
class Walk:
    """The way from one forecast to another, change by change: the stages of a bridge, and in words what changed in each.

    last: the year up to which figures are worked out; headings: what each item is to a budget.
    """

    last: int
    stages: list[Stage] = field(default_factory=list)
    changes: list[Changed] = field(default_factory=list)
    headings: dict[tuple[str, str], str] = field(default_factory=dict)
    _waiting: list[Changed] = field(default_factory=list)

    def put(self, step: str, item: str, notes: Sequence[str], inputs: Inputs) -> None:
        """Put a change in: `inputs` are those with it and all before it."""
        figures, reason = _figures(inputs, self.last)
        self.stages.append(Stage(step, item, figures))
        notes = [*notes, *([text("bridge.note.not_alone", reason=reason)] if reason else [])]
        self._waiting.append(Changed(step, item, notes))
        if figures is not None:
            self.changes += _counted(self._waiting)
            self._waiting.clear()

    def through(self, old: Inputs, new: Inputs) -> None:
        """Put in every change that leads from `old` to `new`."""
        between = old
        for change in changes_between(old, new):
            between = change.put_into(between)
            self.headings[change.step, change.item] = change.heading
            self.put(change.step, change.item, change.notes, between)

    def ends(self, step: str, item: str, notes: Sequence[str]) -> None:
        """Note the last change, whose figures are those of the new forecast."""
        self.changes += _counted([*self._waiting, Changed(step, item, notes)])
        self._waiting.clear()


def compare(old: Path, new: Path) -> Comparison:
    """The bridge from the run in `old` to the run in `new`: published folders, or folders of runs with a `latest`.

    Words are in the language in force. Raises InputError for what is no published run, failed, has no vintage or a damaged one,
    is of another area (but for a code that changed, see the reference table code_changes), has no year in common, or holds
    inputs that this version cannot read.
    """
    before, after = read_vintages(old, new)
    (old_inputs, old_needs), (new_inputs, new_needs) = read_inputs(before), read_inputs(after)
    _require_one_area(before, after, new_inputs)
    walk = Walk(max(before.last_year, after.last_year))
    walk.headings |= {("method", item): "method" for item in (OLD_CODE, NEW_CODE)}
    walk.put("method", OLD_CODE, [*_program_notes("old", before), *old_needs], old_inputs)
    walk.through(old_inputs, new_inputs)
    walk.ends("method", NEW_CODE, [*_program_notes("new", after), *new_needs])

    effects = bridge(before.figures(), walk.stages, after.figures())
    if effects.empty:
        years = [f"{vintage.first_year}-{vintage.last_year}" for vintage in (before, after)]
        raise InputError([Problem("vintage_no_common_years", {"old": years[0], "new": years[1]})])
    units = after.forecast.drop_duplicates("quantity").set_index("quantity")["unit"]
    named = {str(key): str(unit) for key, unit in units.items()}
    return Comparison(before, after, effects, money_bridge(effects, walk.headings), named, walk.changes)


def _require_one_area(old: Vintage, new: Vintage, inputs: Inputs) -> None:
    """The two must be of one area, or of two codes that are known to be of one."""
    renamed = inputs.area.reference.tables["code_changes"]
    known = zip(renamed["old_code"], renamed["new_code"], strict=True)
    if old.code != new.code and (old.code, new.code) not in known:
        given = {"old": f"{old.name()} {old.code}", "new": f"{new.name()} {new.code}"}
        raise InputError([Problem("vintage_other_area", given)])


def _figures(inputs: Inputs, to: int) -> tuple[pd.Series | None, str]:
    """The figures, or None and why there are none: inputs of another time may lack what the code of today reads."""
    try:
        return inputs.figures(to), ""
    except InputError as error:
        return None, text("problems.where_separator").join(problem.describe() for problem in error.problems)
    except (LookupError, ValueError) as error:
        return None, text("bridge.note.lacking", detail=error)


def _counted(waiting: Sequence[Changed]) -> list[Changed]:
    """The changes that were waiting for figures: all but the last are counted with the last."""
    *others, last = waiting
    return [Changed(one.step, one.item, one.notes, last.item) for one in others] + [last]


def _program_notes(which: str, vintage: Vintage) -> list[str]:
    made, today = vintage.program, program_now()
    if made == today:
        return []
    code = "other_version" if made["version"] != today["version"] else "other_code"
    return [text(f"bridge.note.{code}", run=text(f"bridge.row.{which}"), made=made["version"], today=today["version"])]
