"""Tables of the desk as files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.http import HttpResponse

from cardtrail.web.documents.tables import Cell, write_csv
from cardtrail.web.ui.times import iso as iso_of


def iso(at_ms: int | None) -> str:
    """A moment in UTC as spreadsheets read it, empty for none."""
    return "" if at_ms is None else iso_of(at_ms)


def csv_answer(header: Sequence[str], rows: Iterable[Sequence[Cell]], name: str) -> HttpResponse:
    """A table for download. Nobody on the way may keep it."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(write_csv(header, rows), content_type="text/csv; charset=utf-8", headers=headers)
