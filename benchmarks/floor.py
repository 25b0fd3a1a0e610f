"""The least a notebook run costs: papermill runs cells that import the three big libraries and do nothing else.

Run as a process of its own: `python -m benchmarks.floor FOLDER`.
"""

from __future__ import annotations

import sys
from pathlib import Path

IMPORTS = ("import pandas", "import matplotlib.pyplot", "import statsmodels.api")


def main(folder: Path) -> None:
    """Write the notebook into `folder` and have papermill run it there."""
    import nbformat
    import papermill
    from nbformat.v4 import new_code_cell, new_notebook

    notebook = new_notebook(cells=[new_code_cell(line) for line in IMPORTS])
    nbformat.write(notebook, folder / "floor.ipynb")
    papermill.execute_notebook(folder / "floor.ipynb", folder / "executed.ipynb", kernel_name="python3", progress_bar=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
