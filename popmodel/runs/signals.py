"""Being asked to stop: the request is noted, and the work ends at the next place where nothing is left half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from popmodel.messages import StoppedError

# A closed terminal (HUP), Ctrl-C (INT) and a service manager (TERM) all mean the same; Windows lacks the first.
_SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)]


class StopRequest:
    """Whether somebody asked the run to stop."""

    def __init__(self) -> None:
        self.came = False

    def check(self) -> None:
        """Raise StoppedError if somebody asked."""
        if self.came:
            raise StoppedError("run_stopped")


@contextmanager
def stop_request() -> Iterator[StopRequest]:
    """Note signals inside the block instead of dying of them; a second one acts as it always does.

    Only the main thread can listen: elsewhere `came` stays False.
    """
    request = StopRequest()
    before: dict[int, Any] = {}

    def note(number: int, frame: FrameType | None) -> None:
        request.came = True
        _restore(before)

    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup: not to be stopped by a closed terminal
                before[number] = signal.signal(number, note)
    try:
        yield request
    finally:
        _restore(before)


def _restore(before: dict[int, Any]) -> None:
    for number, handler in before.items():
        signal.signal(number, handler if handler is not None else signal.SIG_DFL)
