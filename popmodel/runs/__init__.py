"""Safe runs: a report notebook executed, or a folder of tables written, that appears whole or not at all and is on record.

What needs the whole model is imported by itself, not from here: `runs.vintages` stores a run's forecast with its inputs,
`runs.compare` explains one stored forecast by another. The others start in a tenth of the time.
"""

from popmodel.runs.outputs import report_outputs
from popmodel.runs.publish import latest_run, safe_output
from popmodel.runs.record import RunRecord, read_record
from popmodel.runs.report_run import STAGES, run_report
from popmodel.runs.request import FORMATS, Request
from popmodel.runs.run import open_run, write_folder

__all__ = [
    "FORMATS",
    "STAGES",
    "Request",
    "RunRecord",
    "latest_run",
    "open_run",
    "read_record",
    "report_outputs",
    "run_report",
    "safe_output",
    "write_folder",
]
