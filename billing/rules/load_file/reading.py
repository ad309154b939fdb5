"""The front of a load: bytes with a name become a table of rows, or are refused with a reason.

Before: an upload, or ``load_file`` on the command line.  After: ``validate_rows``.
"""

from billing.rules.load_file.columns import CREDITS, MAX_COLUMNS, Layout
from billing.rules.load_file.csv_file import read_csv
from billing.rules.load_file.nature import check_nature
from billing.rules.load_file.refusal import FileRefused
from billing.rules.load_file.table import Table
from billing.rules.load_file.xlsx_file import read_xlsx
from billing.rules.load_file.xlsx_guard import Limits

MAX_BYTES = 100 * 1024 * 1024


def read_table(
    raw: bytes,
    filename: str,
    *,
    max_bytes: int = MAX_BYTES,
    max_columns: int = MAX_COLUMNS,
    xlsx_limits: Limits = Limits(),  # noqa: B008 - frozen, never changed
    layout: Layout = CREDITS,
) -> Table:
    """Open a CSV (.csv, .txt, .tsv) or XLSX file and read its header.

    CSV: UTF-8 (BOM or not) or cp1252; ``;``, ``,`` or tab. Rows are read lazily and can be read
    again; only ``raw`` is held. Raises FileRefused with an Italian sentence.
    """
    if len(raw) > max_bytes:
        raise FileRefused(
            f"Il file è di {len(raw) / 1_048_576:.0f} MB: il massimo è {max_bytes // 1_048_576} MB."
        )
    if check_nature(raw, filename) == "xlsx":
        return read_xlsx(raw, max_columns=max_columns, limits=xlsx_limits, layout=layout)
    return read_csv(raw, max_columns=max_columns, layout=layout)
