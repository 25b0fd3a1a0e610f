"""The report of a request: the notebook executed, its page rendered, every file checked, and the whole published at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from popmodel.runs.clean import cleaned, hide_paths, warnings_in
from popmodel.runs.execute import Executed, Progress, execute, load_libraries, read_notebook
from popmodel.runs.html import load_exporter, reaching_out, render
from popmodel.runs.kernels import Kernel
from popmodel.runs.outputs import check_outputs
from popmodel.runs.record import RunRecord
from popmodel.runs.request import Request
from popmodel.runs.run import Run, open_run

# In the order in which they come; `runs.stage.<key>` names each.
STAGES = ("start", "notebook", "page", "checks", "publish")
STOP_AFTER_SECONDS = 1800.0


def run_report(
    notebook: Path,
    request: Request,
    target: Path,
    *,
    title: str,
    inputs: Sequence[Path] = (),
    stop_after_seconds: float = STOP_AFTER_SECONDS,
    progress: Progress | None = None,
) -> RunRecord:
    """Run `notebook` for `request` and publish the report as `target/<run id>/`, with `target/latest` leading to it.

    The notebook gets one parameter, `request_json`; its last cell ends with `report_outputs(request.out)`. `title` is the
    page's; `inputs` are the files and folders beside the pack whose checksums belong on record (reference tables,
    assumptions); `progress(stage, done, total)` is called as the run goes, stages in the order of `STAGES`.
    Gives the record, its `folder` being the published one. Raises BusyError at once when another run is at work in `target`,
    RunFailedError and StoppedError (parameter `record`: the folder of the failed run); nothing published is touched by these.
    """
    tell = progress or _silent
    with open_run(target, "report", {**request.shown(), "title": title}, [request.pack, notebook, *inputs]) as run:
        tell("start", 0, 1)
        asked = replace(request, out=run.folder)
        with ExitStack() as stack:
            with run.record.stage("start"):
                kernel = Kernel(request.lang)  # first, so that it starts while the libraries load
                stack.callback(kernel.close)
                load_libraries()
                template = read_notebook(notebook)
            exporters: list[Any] = []
            with run.record.stage("notebook"):
                executed = execute(
                    template,
                    {"request_json": asked.to_json()},
                    kernel,
                    stop=run.stop,
                    stop_after_seconds=stop_after_seconds,
                    on_cell=_cells(run, tell),
                    meanwhile=lambda: _prepare(exporters, request),
                )
            private = [run.folder, kernel.folder, request.pack]
            shown = cleaned(executed.notebook, request.as_cell(), private)
            _keep(run, shown, executed, private)
            kernel.kill()  # at once: what it wrote is held against what it reported
            if "html" in request.formats:
                tell("page", 0, 1)
                with run.record.stage("page"):
                    _write_page(run, exporters, shown, title, request.lang)
        tell("checks", 0, 1)
        with run.record.stage("checks"):
            check_outputs(run.record, run.folder, executed.notebook, request.formats)
        tell("publish", 0, 1)
        run.reach("publish")
    tell("publish", 1, 1)
    return run.record


def _silent(stage: str, done: int, total: int) -> None:
    return None


def _cells(run: Run, tell: Progress) -> Callable[[int, int], None]:
    def on_cell(done: int, total: int) -> None:
        run.reach("notebook", done, total)
        tell("notebook", done, total)

    return on_cell


def _prepare(exporters: list[Any], request: Request) -> None:
    """Load the exporter beside the kernel; should that fail, it fails again, and is heard, where the page is written."""
    if "html" in request.formats:
        with suppress(Exception):
            exporters.append(load_exporter(request.lang))


def _keep(run: Run, shown: Any, executed: Executed, private: Sequence[Path]) -> None:
    """Write report.ipynb, also of a failed run, and raise what stopped the notebook, if anything did."""
    import nbformat

    record, failure = run.record, executed.failure
    record.check("cells_ran", executed.ran == executed.cells and failure is None, f"{executed.ran}/{executed.cells}")
    record.check("kernel_alive", executed.kernel_alive)
    record.warnings = warnings_in(shown)
    try:
        (run.folder / "report.ipynb").write_text(nbformat.writes(shown), encoding="utf-8")
        if failure and executed.log.strip():
            (run.folder / "kernel.log").write_text(hide_paths(executed.log, private), encoding="utf-8")
    except OSError:
        if failure is None:
            raise
    if failure is not None:
        if "message" in failure.parameters:
            failure.parameters["message"] = hide_paths(failure.parameters["message"], private)
        raise failure


def _write_page(run: Run, exporters: list[Any], notebook: Any, title: str, lang: str) -> None:
    page = render(exporters[0] if exporters else load_exporter(lang), notebook, title)
    found = reaching_out(page)
    run.record.check("page_self_contained", not found, ", ".join(found[:3]))
    (run.folder / "report.html").write_text(page, encoding="utf-8")
