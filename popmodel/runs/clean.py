"""An executed notebook as others may see it: without the machine's paths, the clock, or papermill's own notes."""

from __future__ import annotations

import copy
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_HIDDEN = "…"
_PAPERMILL_MARK = "papermill-error-cell-tag"
# Kernels name a cell's code after a temporary file of theirs. Looked for from the start of words only: a line may have a
# million characters.
_KERNEL_FILE = re.compile(r"(?<![^\s\"'(])[^\s\"'(]*ipykernel_\d+[/\\]\d+\.py")


def cleaned(notebook: Any, parameters: str, private: Sequence[Path]) -> Any:
    """A copy of `notebook` with `parameters` as its injected cell, and its outputs without `private` and the usual folders."""
    notebook = copy.deepcopy(notebook)
    notebook.cells = [cell for cell in notebook.cells if _PAPERMILL_MARK not in cell.metadata.get("tags", [])]
    for holder in (notebook.metadata, *(cell.metadata for cell in notebook.cells)):
        holder.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if not cell.metadata.get("tags", True):
            del cell.metadata["tags"]  # papermill gives every cell an empty list
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.source = parameters
        if cell.cell_type == "code":
            hide = _hider(private)
            cell.outputs = [_without(output, hide) for output in cell.outputs]
    return notebook


def hide_paths(words: str, private: Sequence[Path]) -> str:
    """`words` without `private` and the machine's usual folders."""
    return _replace(words, _hider(private))


def warnings_in(notebook: Any) -> list[str]:
    """The first line of everything the notebook wrote to the error stream."""
    outputs = (output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs)
    written = (output.text.strip() for output in outputs if output.get("name") == "stderr")
    return [words.splitlines()[0][:300] for words in written if words]


def _hider(private: Sequence[Path]) -> re.Pattern[str]:
    usual = [Path(sys.prefix), Path(sys.base_prefix), Path.cwd(), Path.home(), Path(tempfile.gettempdir())]
    folders = {str(path) for given in (*private, *usual) for path in (given, given.resolve()) if len(path.parts) > 1}
    longest_first = sorted(folders, key=len, reverse=True)
    # Whole folder names only, and not the middle of a web address.
    return re.compile(rf"(?<![\w.:/])(?:{'|'.join(map(re.escape, longest_first))})(?![\w-])")


def _without(output: Any, hide: re.Pattern[str]) -> Any:
    if output.output_type == "stream":
        output.text = _replace(output.text, hide)
    elif output.output_type == "error":
        output.evalue = _replace(output.evalue, hide)
        output.traceback = [_replace(line, hide) for line in output.traceback]
    else:
        for kind, content in output.data.items():
            if isinstance(content, str) and kind.startswith("text/"):
                output.data[kind] = _replace(content, hide)
    return output


def _replace(words: str, hide: re.Pattern[str]) -> str:
    return hide.sub(_HIDDEN, _KERNEL_FILE.sub(_HIDDEN, words))
