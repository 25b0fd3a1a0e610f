"""Everything a run's folder holds beside the page itself: the PDF, the workbook, and the data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import pandas as pd

from popmodel.reports.data_writer import write_data
from popmodel.reports.model import Report
from popmodel.reports.pdf_writer import write_pdf
from popmodel.reports.xlsx_writer import write_xlsx


def write_outputs(report: Report, data: Mapping[str, pd.DataFrame], out: Path | None, formats: Collection[str]) -> None:
    """Write report.pdf and tables.xlsx, as far as `formats` names them, and data/*.parquet into `out`; None writes nothing.

    data: frames beside those of the report's tables, by name. Raises OSError when a file cannot be written.
    """
    if out is None:
        return
    if "pdf" in formats:
        write_pdf(report, out / "report.pdf")
    if "xlsx" in formats:
        write_xlsx(report, out / "tables.xlsx")
    write_data({**report.frames(), **data}, out / "data")
