"""The county's target shared out to townships and streets (目标分解): whole places that add to it, by one of several rules."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from popmodel.demography.arrays import Array
from popmodel.parameters import largest_remainder

RULES = ("children", "residents", "supply", "equal_coverage")


def shared_out(target: int, children: Array, residents: Array, there: Array, rule: str) -> list[int]:
    """`target` places over units by a rule, whole numbers that add to it (largest remainder).

    children, residents, there: of each unit, (unit,); the last are the places it has. The rules children and residents share in
    proportion; supply in proportion to what there is, so that everybody grows alike; equal_coverage so that places for each child
    are the same, as far as nobody has to close any: who is above keeps what it has. Raises ValueError for another rule.
    """
    if rule in ("children", "residents"):
        return largest_remainder(target, (children if rule == "children" else residents).tolist())
    if rule == "supply":
        return largest_remainder(target, there.tolist())
    if rule != "equal_coverage":
        raise ValueError(f"no rule {rule!r}; expected one of {', '.join(RULES)}")
    have = largest_remainder(round(float(there.sum())), there.tolist()) if there.sum() else [0] * len(there)
    if target <= sum(have):
        return largest_remainder(target, have)
    kept = [held + 0.0 for held in have]
    level = _level(np.array(kept), children, target)
    wanted = np.maximum(level * children, kept)
    more = wanted - kept
    return [held + added for held, added in zip(have, largest_remainder(target - sum(have), more.tolist()), strict=True)]


def decomposition(
    codes: Sequence[str], names: Sequence[str], target: int, children: Array, residents: Array, there: Array
) -> pd.DataFrame:
    """The target by every rule, a row a unit: code, name, there and a column a rule, whole places adding to it."""
    frame = pd.DataFrame({"code": list(codes), "name": list(names), "there": there})
    for rule in RULES:
        frame[rule] = shared_out(target, children, residents, there, rule) if rule != "supply" or there.sum() else 0
    return frame


def tracked(target: pd.DataFrame, rule: str, progress: pd.DataFrame) -> pd.DataFrame:
    """Places open against a target shared out by `rule`, a row a unit and quarter of which there is a count, and the county ("").

    target: `decomposition`; progress: township, date, places. Columns: code, name, quarter ("2026 Q1"), target, places (the last
    count of the quarter), share (of the target, 0-1; NaN where it is 0). The county has a row only where every unit is counted.
    """
    own = progress.assign(quarter=[f"{day.year} Q{(day.month - 1) // 3 + 1}" for day in progress["date"]])
    last = own.sort_values("date").groupby(["township", "quarter"])["places"].last().reset_index()
    found = last.merge(target[["code", "name", rule]], left_on="township", right_on="code").rename(columns={rule: "target"})
    sums = found.groupby("quarter").agg(target=("target", "sum"), places=("places", "sum"), units=("code", "size")).reset_index()
    whole = sums[sums["units"] == len(target)].assign(code="", name="")
    columns = ["code", "name", "quarter", "target", "places"]
    frame = pd.concat([found[columns], whole[columns]], ignore_index=True).sort_values(["quarter", "code"], ignore_index=True)
    return frame.assign(share=np.where(frame["target"] > 0, frame["places"] / frame["target"].where(frame["target"] > 0), np.nan))


def _level(kept: Array, children: Array, target: int) -> float:
    """Places a child at which max(kept, level × children) adds to the target: the units above it drop out one by one."""
    open_to = children > 0
    while True:
        level = float((target - kept[~open_to].sum()) / children[open_to].sum())
        above = open_to & (kept > level * children)
        if not above.any():
            return level
        open_to &= ~above
