"""Which assumptions move a county's births, places and money of 2030 most: each changed a little, all else as it is."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from popmodel.areas.workbook.assumptions import editable
from popmodel.areas.workbook.write import Ranked
from popmodel.childcare import enrolment_required
from popmodel.parameters import Assumption
from popmodel.projection import Launch, Projection, launch, project_from
from popmodel.scenarios import Scenario
from popmodel.subsidies import total_yuan
from popmodel.subsidies.outturn import outturn_as_told

Finished: TypeAlias = Sequence[Mapping[Hashable, Any]]

YEAR = 2030
MEASURES = ("births", "children_0_2", "places", "money")
# What widens ranges without moving the central path, and what chooses a method, is not for a county to look up.
_LEFT_OUT = ("uncertainty.",)
_NO_QUANTITIES = ("switch", "choice", "log", "logit")
# What a place costs and who is trained moves none of the measures, which are of people, places required and subsidies.
_COSTS_OF_PLACES = ("yuan_per_place", "yuan_per_place_year", "yuan_per_child_year", "yuan_per_year", "persons_per_year", "places")
# Entries with these beginnings change the people, the others only places or money, which are worked out on the same people.
_OF_PEOPLE = ("mortality.", "fertility.", "migration.", "registered.", "residents.", "nowcast.")
_STEP, _OF_RANGE = 0.1, 1 / 40


def ranked_assumptions(start: Launch) -> list[Ranked]:
    """Every assumption that is a quantity, the one that moves a figure of 2030 most first; those that move none come last.

    A value goes up by a tenth, years by one, a value of 0 by a fortieth of its range; down where its range ends there. Effects
    are relative (0.01 is one per cent).
    """
    book = start.area.assumptions
    baseline = next(scenario for scenario in start.area.scenarios.values() if scenario.baseline)
    central = project_from(start, baseline, YEAR)
    finished: Finished = outturn_as_told(start.area).to_dict("records")
    before = _figures(central, finished)
    found = []
    for entry in book:
        changed = _changed(entry)
        if changed is not None:
            after = _figures(_varied(start, baseline, central, entry, changed), finished, entry.key)
            effects = {name: after[name] / before[name] - 1 if name in after and before[name] else 0.0 for name in MEASURES}
            found.append(Ranked(entry.key, _tried(entry.value, changed), effects))
    return sorted(found, key=lambda one: -max(abs(effect) for effect in one.effects.values()))


def _changed(entry: Assumption) -> Any:
    """The value a little further on; None for what is no quantity or has no room."""
    if entry.kind not in ("number", "path") or entry.key.startswith(_LEFT_OUT) or not editable(entry):
        return None
    if entry.unit in (*_NO_QUANTITIES, *_COSTS_OF_PLACES) or entry.range is None:
        return None
    low, high = entry.range
    levels: dict[int, float] = dict(entry.value) if entry.kind == "path" else {0: float(entry.value)}  # type: ignore[arg-type]
    largest = max(abs(level) for level in levels.values())
    step = 1.0 if entry.unit == "years" else largest * _STEP or (high - low) * _OF_RANGE
    steps = [step * abs(level) / largest if largest else step for level in levels.values()]
    up = [min(level + one, high) for level, one in zip(levels.values(), steps, strict=True)]
    down = [max(level - one, low) for level, one in zip(levels.values(), steps, strict=True)]
    moved = up if up != list(levels.values()) else down
    if moved == list(levels.values()):
        return None
    return dict(zip(levels, moved, strict=True)) if isinstance(entry.value, Mapping) else moved[0]


def _varied(start: Launch, baseline: Scenario, central: Projection, entry: Assumption, value: Any) -> Projection:
    area, changes = start.area, {entry.key: value}
    if entry.key.startswith(_OF_PEOPLE):
        if entry.scenario:
            return project_from(start, replace(baseline, changes={**baseline.changes, **changes}, baseline=False), YEAR)
        moved = replace(area, assumptions=area.assumptions.with_changes(changes))
        return project_from(launch(moved), baseline, YEAR)
    return replace(
        central,
        area=replace(area, assumptions=area.assumptions.with_changes(changes)),
        assumptions=central.assumptions.with_changes(changes),
    )


def _figures(projection: Projection, finished: Finished, key: str = "") -> dict[str, float]:
    """The measures, but those that an entry of this `key` cannot move; finished: the rows of the outturn."""
    return dict(_measured(projection, finished, key))


def _measured(projection: Projection, finished: Finished, key: str) -> Iterator[tuple[str, float]]:
    if not key or key.startswith(_OF_PEOPLE):
        yield "births", float(projection.components()["births"][YEAR])
        yield "children_0_2", float(projection.persons(0, 2)[YEAR])
    if not key.startswith("subsidies."):
        yield "places", enrolment_required(projection, YEAR)
    if not key.startswith("childcare."):
        yield "money", total_yuan(projection, YEAR, finished)


def _tried(before: Any, after: Any) -> str:
    """From where to where a value was moved; of a path with several years the last one."""
    if not isinstance(before, Mapping):
        return f"{before:.4g} → {after:.4g}"
    last = max(before)
    year = f"{last}: " if len(before) > 1 else ""
    return f"{year}{before[last]:.4g} → {after[last]:.4g}"
