"""Which areas of two censuses cover the same ground: equal codes, codes that changed, and areas joined where ground passed over.

Ground that passed to a development zone, or from one county to another, stays inside an area when all that share it are joined.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

import pandas as pd

from popmodel.areas.census_table import prefecture_of

SAME, JOINED, BROKEN = "same", "joined", "boundary"
# What a code change says of the ground: only a new name for the old one, or a part of it that passed over.
RENAMED = "renamed"


class Ground(NamedTuple):
    """The codes that cover the same ground at the first and at the second census.

    kind: `same`, one area under its code or a new one; `joined`, areas joined because ground passed between them, each passage
    observed or derived; `boundary`, one of them assumed only, or nothing known of where an area came from or went.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    kind: str

    @property
    def code(self) -> str:
        """The code of the ground: that of its area at the second census, or all of them with a plus between."""
        return "+".join(self.second)


def common_grounds(first: Collection[str], second: Collection[str], changes: pd.DataFrame) -> tuple[list[Ground], list[str]]:
    """The grounds that two sets of county codes have in common, and the codes without a counterpart.

    changes: the reference's table `code_changes`. Areas that a change links are joined. Where a code is without any counterpart,
    ground passed over in its prefecture without our knowing between whom: all other grounds of the prefecture are `boundary`.
    """
    known = changes[changes["old_code"].isin(list(first)) & changes["new_code"].isin(list(second))]
    links = [(("first", code), ("second", code)) for code in first if code in second]
    links += [(("first", old), ("second", new)) for old, new in zip(known["old_code"], known["new_code"], strict=True)]
    nodes = [*(("first", code) for code in sorted(first)), *(("second", code) for code in sorted(second))]
    assumed = set(known.loc[(known["status"] == "assumed"), "new_code"])
    passed = set(known.loc[known["change"] != RENAMED, "new_code"])
    grounds, alone = [], []
    for members in _linked(nodes, links):
        old, new = (tuple(code for side, code in members if side == one) for one in ("first", "second"))
        if not old or not new:
            alone += [*old, *new]
        else:
            grounds.append(Ground(old, new, BROKEN if assumed & set(new) else JOINED if passed & set(new) else SAME))
    unknown = {prefecture_of(code) for code in alone} - {None}

    def told(ground: Ground) -> Ground:
        return ground._replace(kind=BROKEN) if unknown & {prefecture_of(code) for code in ground.second} else ground

    return [told(ground) for ground in grounds], sorted(alone)


def _linked(
    nodes: Iterable[tuple[str, str]], links: Iterable[tuple[tuple[str, str], tuple[str, str]]]
) -> list[list[tuple[str, str]]]:
    """The nodes in groups that links hold together, in the order of their first members."""
    group = {node: [node] for node in nodes}
    for one, other in links:
        if group[one] is not group[other]:
            joined = group[one] + group[other]
            for node in joined:
                group[node] = joined
    return [sorted(members) for members in {id(members): members for members in group.values()}.values()]
