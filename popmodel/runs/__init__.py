"""Safe runs: a report notebook executed, or a folder of tables written, that appears whole or not at all and is on record."""

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
