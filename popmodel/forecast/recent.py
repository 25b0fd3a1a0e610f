"""What was worked out lately from the reference data, kept by everything it depends on, so that it is never stale."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from popmodel.areas import Place

_Value = TypeVar("_Value")


class Recent(Generic[_Value]):
    """The results used last, at most `size` of them. They are shared: nobody may write to them."""

    def __init__(self, size: int) -> None:
        self._size, self._kept, self._lock = size, OrderedDict[Hashable, _Value](), Lock()

    def of(self, place: Place, facts: Hashable, make: Callable[[], _Value]) -> _Value:
        """The result kept for the reference data of `place` and `facts`, which hold all else it depends on; else `make()`."""
        key = (place.reference, facts)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return made
