"""Running a notebook by papermill and knowing what really happened in it.

A killed kernel, a time-out, `sys.exit(0)` or a skipped cell can leave an executed notebook that looks complete; nothing is taken
from papermill's word for it. Every cell is looked at, and a watch ends the kernel when time, output or patience is used up.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from popmodel.messages import PopmodelError, RunFailedError, StoppedError
from popmodel.runs.kernels import Kernel
from popmodel.runs.signals import StopRequest

# Every picture and table of a report together are a few megabytes; more comes from a loop that prints.
LARGEST_OUTPUT = 64 << 20
_START_SECONDS = 60
_OUTPUT_SECONDS = 60  # for outputs to arrive after their cell has ended

Progress = Callable[[str, int, int], None]


@dataclass
class Executed:
    """A notebook as it was executed, how many of its code cells ran, and what stopped it (None: nothing did)."""

    notebook: Any
    cells: int = 0
    ran: int = 0
    kernel_alive: bool = False
    log: str = ""
    failure: PopmodelError | None = None
    begun: int = -1  # position of the cell last begun

    def number(self) -> int:
        """The number, as shown by In [n], of the code cell last begun."""
        return len(_code_cells(self.notebook.cells[: self.begun + 1]))

    def cell(self) -> Any:
        """The cell last begun; None before the first."""
        return self.notebook.cells[self.begun] if self.begun >= 0 else None


def load_libraries() -> None:
    """Import papermill without the two or three seconds that jsonschema spends on a grammar nobody here uses.

    jsonschema builds the grammar of internationalised web addresses as it is imported, when the optional package is there (it
    comes with JupyterLab); notebooks' schema has no field of that kind.
    """
    name = "rfc3987_syntax"
    absent = name not in sys.modules
    if absent:
        sys.modules[name] = None  # type: ignore[assignment]  # an ImportError, which jsonschema expects
    try:
        import papermill  # noqa: F401
    finally:
        if absent:
            del sys.modules[name]


def read_notebook(path: Path) -> Any:
    """The notebook in `path`. Raises RunFailedError when it is none."""
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except OSError:
        raise
    except Exception as error:
        raise RunFailedError("notebook_unreadable", notebook=path, message=str(error)[:300]) from error


def execute(
    notebook: Any, parameters: dict[str, str], kernel: Kernel, *, stop: StopRequest, stop_after_seconds: float,
    on_cell: Callable[[int, int], None], meanwhile: Callable[[], None],
) -> Executed:  # fmt: skip
    """Run all cells of `notebook` in `kernel`; `on_cell(done, total)` before each, `meanwhile` in a thread beside the kernel.

    Never raises for what goes wrong inside the notebook: that is `failure` of the result.
    """
    import papermill

    found = Executed(notebook)
    watch = _Watch(kernel, stop, stop_after_seconds, found)
    thread = threading.Thread(target=meanwhile, daemon=True)

    def on_start(notebook: Any) -> None:
        kernel.ready()
        found.notebook = notebook
        found.cells = len(_code_cells(notebook.cells))
        thread.start()

    def on_cell_start(cell: Any, cell_index: int) -> None:
        found.begun = cell_index
        on_cell(len(_code_cells(found.notebook.cells[:cell_index])), found.cells)

    error: Exception | None = None
    with watch, _quiet():
        try:
            papermill.execute_notebook(
                notebook, None, parameters, kernel_name="python3", language="python", km=kernel.manager, progress_bar=False,
                start_timeout=_START_SECONDS, iopub_timeout=_OUTPUT_SECONDS, shell_timeout_interval=1, record_timing=False,
                coalesce_streams=True, force_raise_errors=True, on_notebook_start=on_start, on_cell_start=on_cell_start,
            )  # fmt: skip
        except Exception as raised:
            error = raised
    if thread.ident is not None:
        thread.join()
    found.kernel_alive = kernel.manager.is_alive()
    found.log = kernel.log()
    found.ran = sum(cell.execution_count is not None for cell in _code_cells(found.notebook.cells))
    found.failure = watch.failure() or _failure(found, error)
    return found


def _failure(found: Executed, error: Exception | None) -> PopmodelError | None:
    """What stopped the notebook, read off its cells; papermill's own error only where they tell nothing."""
    if not found.cells:
        return RunFailedError("kernel_not_started", message=_words(error, found.log))
    died = error is not None or not found.kernel_alive
    for number, cell in enumerate(_code_cells(found.notebook.cells), start=1):
        for output in cell.outputs:
            if output.output_type == "error":
                return _cell_failure(number, output.ename, output.evalue)
        if cell.execution_count != number and not died:
            return RunFailedError("cell_not_run", cell=number)
    return RunFailedError("kernel_died", cell=found.number(), message=_words(error, found.log)) if died else None


def _cell_failure(number: int, name: str, message: str) -> PopmodelError:
    if "[Errno 28]" in message or "[Errno 122]" in message:
        return RunFailedError("disk_full_in_cell", cell=number, name=name, message=message[:2000])
    return RunFailedError("cell_failed", cell=number, name=name, message=message[:2000])


def _words(error: Exception | None, log: str) -> str:
    last = log.strip().splitlines()[-1:] or ([str(error)] if error else ["–"])
    return last[0][:300]


def _code_cells(cells: list[Any]) -> list[Any]:
    """Those of `cells` that have something to run, in order."""
    return [cell for cell in cells if cell.cell_type == "code" and cell.source.strip()]


class _Watch:
    """Ends the kernel when it is asked to, when time is up, or when a cell floods the notebook with output."""

    def __init__(self, kernel: Kernel, stop: StopRequest, seconds: float, found: Executed) -> None:
        self.kernel, self.stop, self.seconds, self.found = kernel, stop, seconds, found
        self._reason: str | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        end = float("inf")
        earlier, cell, counted, size = 0, None, 0, 0
        while not self._over.wait(0.05):
            begun = self.found.cell()
            if begun is not None and cell is None:  # the first: how long a kernel may take to start is papermill's matter
                end = time.monotonic() + self.seconds
            if begun is not cell:
                earlier, cell, counted, size = earlier + size, begun, 0, 0
            outputs = cell.get("outputs", []) if cell is not None else []
            if len(outputs) < counted:  # cleared, or streams joined at the end of the cell
                counted = size = 0
            size += sum(map(_size, outputs[counted:]))
            counted = len(outputs)
            if self.stop.came:
                self._reason = "stop"
            elif earlier + size > LARGEST_OUTPUT:
                self._reason = "output"
            elif time.monotonic() > end:
                self._reason = "time"
            if self._reason:
                self.kernel.kill()
                return

    def failure(self) -> PopmodelError | None:
        """Why the watch ended the kernel, if it did."""
        number = self.found.number()
        if self._reason == "stop":
            return StoppedError("run_stopped")
        if self._reason == "time":
            return RunFailedError("run_timed_out", cell=number, seconds=round(self.seconds))
        if self._reason == "output":
            cell = self.found.cell()
            cell.outputs = [_beginning(one) for one in cell.outputs[:1]]
            return RunFailedError("output_too_large", cell=number, megabytes=LARGEST_OUTPUT >> 20)
        return None


def _beginning(output: Any) -> Any:
    """Enough of what was printed to see where it came from."""
    if output.output_type == "stream":
        output.text = output.text[:2000]
    return output


def _size(output: Any) -> int:
    if output.output_type == "stream":
        return len(output.text)
    return sum(len(one) for one in output.get("data", {}).values() if isinstance(one, str))


@contextmanager
def _quiet() -> Iterator[None]:
    """Papermill logs what we report ourselves, in its own words, to the terminal."""
    log = logging.getLogger("papermill")
    before = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(before)
