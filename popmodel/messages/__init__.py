"""Every text a person reads, in Chinese and English, and the errors that carry such texts.

`text("report.chapter.places")` looks the key up in `catalogue/report.toml`. A catalogue file is read when its first key is asked
for, so that the command line does not pay for the report's texts.
"""

from popmodel.messages.catalogue import (
    LANGUAGES,
    catalogue_sections,
    entries,
    language,
    number,
    text,
    use_language,
)
from popmodel.messages.errors import (
    BusyError,
    InputError,
    PopmodelError,
    Problem,
    RunFailedError,
    StoppedError,
    Term,
    nearest,
)

__all__ = [
    "LANGUAGES",
    "BusyError",
    "InputError",
    "PopmodelError",
    "Problem",
    "RunFailedError",
    "StoppedError",
    "Term",
    "catalogue_sections",
    "entries",
    "language",
    "nearest",
    "number",
    "text",
    "use_language",
]
