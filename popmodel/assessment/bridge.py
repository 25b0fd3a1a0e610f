"""The bridge between two forecasts: what each change of code, data, boundary, parameters and policy did to a figure.

Changes are put in one after the other, always in the same order, so that the effects add up to the whole and none is left over;
a change's effect is that beside the changes before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

STEPS = ("method", "data", "boundary", "parameters", "policy")
# The last item: the code of today against the code that made the new forecast.
NEW_CODE = "code_of_new"

# Figures are whole multiples of this (person, place or yuan), so that differences are exact and add to the last bit in
# whatever order, as long as no sum on the way passes 2**37, a hundred thousand million.
GRAIN = 2.0**-16


class Stage(NamedTuple):
    """A change put in: its step (of STEPS), what it is, and the figures (quantity, year) with it and all before it.

    figures is None where they cannot be worked out: the effect is then counted with the next stage that can.
    """

    step: str
    item: str
    figures: pd.Series | None


def bridge(old: pd.Series, stages: Sequence[Stage], new: pd.Series) -> pd.DataFrame:
    """From `old` to `new`, both by (quantity, year), over the stages in their order; a row a figure and item.

    Columns: quantity, year, step, item, effect, old, new (in the figures' own units). Only figures that all have. What the last
    stage leaves of the way to `new` is the code's, step method, item NEW_CODE. A step without items has one row with an empty
    item and no effect. Of each figure `effect` adds to `new` − `old` to the last bit.

    >>> year = pd.MultiIndex.from_tuples([("births", 2030)], names=["quantity", "year"])
    >>> one, two, three = (pd.Series([births], index=year) for births in (100.0, 110.0, 107.0))
    >>> bridge(one, [Stage("data", "census", two), Stage("policy", "scenario", three)], three)["effect"].tolist()
    [0.0, 10.0, 0.0, 0.0, -3.0]
    """
    reached = [(stage.step, stage.item, stage.figures) for stage in stages if stage.figures is not None]
    levels = [old, *(figures for *_, figures in reached), new]
    common = old.index[np.logical_and.reduce([old.index.isin(level.index) for level in levels])]
    on_grain = [_on_grain(level.reindex(common).to_numpy(dtype=float)) for level in levels]
    effects = [after - before for before, after in pairwise(on_grain)]
    items = [(step, item) for step, item, _ in reached] + [("method", NEW_CODE)]
    rows = [
        pd.DataFrame({"step": step, "item": item, "effect": effect, "old": on_grain[0], "new": on_grain[-1]}, index=common)
        for step, item, effect in _in_order(items, effects)
    ]
    whole = pd.concat(rows).reset_index()
    place = {figure: position for position, figure in enumerate(common)}
    order = [place[figure] for figure in zip(whole["quantity"], whole["year"], strict=True)]
    columns = ["quantity", "year", "step", "item", "effect", "old", "new"]
    return whole.iloc[np.argsort(order, kind="stable")][columns].reset_index(drop=True)


def by_step(frame: pd.DataFrame) -> pd.DataFrame:
    """The effects of a `bridge` by quantity and year (rows) and step (columns, in their order)."""
    sums = frame.groupby(["quantity", "year", "step"], sort=False)["effect"].sum().unstack("step")
    return sums[list(STEPS)]


def as_printed(old: float, effects: Sequence[float], divisor: float = 1.0, decimals: int = 0) -> list[float]:
    """`old`, the effects and the new figure in multiples of `divisor`, rounded so that they still add: levels are, not effects.

    >>> as_printed(0.4, [0.4, 0.4])
    [0.0, 1.0, 0.0, 1.0]
    """
    levels = np.round(np.cumsum([old, *effects]) / divisor, decimals)
    return [float(figure) for figure in (levels[0], *np.round(np.diff(levels), decimals), levels[-1])]


def _on_grain(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(np.round(values / GRAIN) * GRAIN)


def _in_order(items: Sequence[tuple[str, str]], effects: Sequence[Any]) -> Iterator[tuple[str, str, Any]]:
    """Items with their effects, step by step; a step that has none gets an empty one without effect."""
    given = [(step, item, effect) for (step, item), effect in zip(items, effects, strict=True)]
    for step in STEPS:
        own = [one for one in given if one[0] == step]
        yield from own or [(step, "", np.zeros_like(effects[0]))]
