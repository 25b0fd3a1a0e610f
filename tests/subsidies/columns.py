"""Facts written one by one as the columns that a rule reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from popmodel.subsidies.rules.entitlement import Fact, Facts

_DTYPE: Mapping[str, Any] = {"day": "datetime64[D]", "count": np.int64, "word": object, "flag": np.bool_}
_EMPTY: Mapping[str, Any] = {"day": np.datetime64("NaT"), "word": "", "flag": False}


def columns(facts: Sequence[Fact], people: Sequence[Mapping[str, Any]]) -> Facts:
    """The columns of `people`; a fact that is needed must be given for every one of them."""
    found = {}
    for fact in facts:
        empty = fact.missing if fact.kind == "count" else _EMPTY[fact.kind]
        values = [person[fact.name] if fact.needed else person.get(fact.name, empty) for person in people]
        found[fact.name] = np.array(values, dtype=_DTYPE[fact.kind])
    return found
