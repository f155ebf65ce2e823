"""Lists in pages, and tables that sort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

PER_PAGE: Final = 25
LAST_PAGE: Final = 1_000_000
"""Numbers beyond this are nonsense in any list; they lead to the last page."""


def page_of(rows: QuerySet[Any] | Sequence[Any], request: HttpRequest, per_page: int = PER_PAGE) -> Page[Any]:
    """The page that `?page=` asks for; a number that does not exist gives the nearest that does.

    A query without a unique order gets its primary key as the last word, so that no row shows twice or never.
    """
    if isinstance(rows, QuerySet):
        rows = _stable(rows)
    paginator = Paginator(rows, per_page)
    asked = request.GET.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < len(str(LAST_PAGE)) else 1
    page = paginator.page(min(max(number, 1), paginator.num_pages))
    page.query = _without(request.GET, "page")  # type: ignore[attr-defined]  # For the links to other pages.
    return page


def _stable(rows: QuerySet[Any]) -> QuerySet[Any]:
    order = rows.query.order_by or tuple(rows.model._meta.ordering or ())
    key = rows.model._meta.pk.name
    if {"pk", "-pk", key, f"-{key}"} & {part for part in order if isinstance(part, str)}:
        return rows
    return rows.order_by(*order, "-pk" if not order else "pk")


@dataclass(frozen=True, slots=True)
class Sorting:
    """How a table is sorted, and the links that sort it otherwise.

    column      the chosen column's name
    descending  whether the largest comes first
    order_by    for `QuerySet.order_by`
    """

    column: str
    descending: bool
    order_by: tuple[str, ...]
    query: str

    def link(self, column: str) -> str:
        """The query string that sorts by a column; by the present one, the other way round."""
        sign = "-" if column == self.column and not self.descending else ""
        return f"?{self.query}{'&' * bool(self.query)}sort={sign}{column}"

    def aria(self, column: str) -> str:
        """The value of `aria-sort` of a column's head."""
        if column != self.column:
            return "none"
        return "descending" if self.descending else "ascending"


def sorting(request: HttpRequest, allowed: Mapping[str, str], default: str) -> Sorting:
    """How `?sort=` asks a table to be sorted. `allowed`: column name → field; anything else gives the default.

    A leading `-` means the largest first, in the query as in `default`."""
    asked = request.GET.get("sort", "")
    if asked.removeprefix("-") not in allowed:
        asked = default
    column, descending = asked.removeprefix("-"), asked.startswith("-")
    field = allowed[column]
    return Sorting(column, descending, (f"{'-' * descending}{field}",), _without(request.GET, "sort", "page"))


def _without(query: QueryDict, *names: str) -> str:
    """The query string without some of its names."""
    rest = query.copy()
    for name in names:
        rest.pop(name, None)
    return rest.urlencode()
