"""Chapter 1 – a file of credits: what may be opened from it, and what is refused and why.

Before: an upload or a path.  After: the staged load and the preview an official confirms.
"""

from billing.rules.load_file.candidates import (
    CandidateInstalment,
    CandidatePosition,
    CandidateSubject,
    RefusedRows,
)
from billing.rules.load_file.columns import COLUMNS, MANDATORY
from billing.rules.load_file.reading import read_table
from billing.rules.load_file.refusal import FileRefused
from billing.rules.load_file.table import Row, Table
from billing.rules.load_file.validating import validate_rows
from billing.rules.load_file.xlsx_guard import Limits

__all__ = [
    "COLUMNS",
    "MANDATORY",
    "CandidateInstalment",
    "CandidatePosition",
    "CandidateSubject",
    "FileRefused",
    "Limits",
    "RefusedRows",
    "Row",
    "Table",
    "read_table",
    "validate_rows",
]
