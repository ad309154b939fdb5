"""A list to take away, as CSV or as a workbook: the same rows in both."""

from tempfile import TemporaryFile

from django.http import FileResponse, Http404, HttpResponseBase

from frontline.office.csv_files import csv_response
from paybox.kernel.sheets import Rows, write_workbook

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def list_response(form: str, name: str, rows: Rows, *, schema: str) -> HttpResponseBase:
    """``rows`` (the header first) as ``name.csv`` or ``name.xlsx``. Raises Http404 for another form."""
    if form == "csv":
        return csv_response(f"{name}.csv", rows, schema=schema)
    if form != "xlsx":
        raise Http404("Si scarica come CSV o come Excel")
    file = TemporaryFile()  # noqa: SIM115  FileResponse closes it
    write_workbook(file, {"Elenco": rows})
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=_XLSX)
