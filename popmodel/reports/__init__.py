"""What a report is made of, its tables and charts, and one writer a format; nothing is computed here.

`Report`, `Chapter` and the blocks show themselves in a notebook; `write_pdf`, `write_xlsx` and `write_data` write files,
`write_outputs` all of them.
"""

from popmodel.reports.data_writer import write_data
from popmodel.reports.formatting import number_text
from popmodel.reports.html_writer import cover, html_of
from popmodel.reports.model import (
    Block,
    Bullets,
    Chapter,
    Column,
    Heading,
    KeyFigure,
    KeyFigures,
    Notice,
    Paragraph,
    Picture,
    Report,
    Table,
)
from popmodel.reports.outputs import write_outputs
from popmodel.reports.pdf_writer import unprintable, write_pdf
from popmodel.reports.xlsx_writer import write_xlsx

__all__ = [
    "Block",
    "Bullets",
    "Chapter",
    "Column",
    "Heading",
    "KeyFigure",
    "KeyFigures",
    "Notice",
    "Paragraph",
    "Picture",
    "Report",
    "Table",
    "cover",
    "html_of",
    "number_text",
    "unprintable",
    "write_data",
    "write_outputs",
    "write_pdf",
    "write_xlsx",
]
