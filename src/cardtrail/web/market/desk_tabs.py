"""The market's pages for staff, side by side: who finds which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from cardtrail.web.desk.access import staff_of
from cardtrail.web.desk.models import CASE_READERS
from cardtrail.web.desk.sections import show
from cardtrail.web.market import screening
from cardtrail.web.ui.texts import Text


@dataclass(frozen=True, slots=True)
class Tab:
    """A page, and the roles that may open it."""

    page: str
    title: Text
    roles: tuple[str, ...]


WAITING: Final = Tab("market:desk", Text("待办", "Waiting"), ("support", "risk", "finance", "auditor"))
LISTINGS: Final = Tab("market:desk_listings", Text("上架审核", "Listings"), CASE_READERS)
CLOSED: Final = Tab("market:desk_closed", Text("已处理", "Dealt with"), WAITING.roles)
CLAIMS: Final = Tab("market:desk_claims", Text("卖家欠款", "Owed by sellers"), ("finance", "risk", "auditor"))
PAYEES: Final = Tab("market:desk_payees", Text("收款账户", "Payees"), ("finance", "auditor"))
FIGURES: Final = Tab("market:desk_figures", Text("集市数据", "Figures"), ("finance", "risk", "auditor"))

TABS: Final = (WAITING, LISTINGS, CLOSED, CLAIMS, PAYEES, FIGURES)


def show_tab(
    request: HttpRequest, here: Tab, template: str, values: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """One of these pages, with those that this member of staff may open beside it."""
    staff = staff_of(request)
    tabs = [tab for tab in TABS if staff is not None and staff.may(*tab.roles)]
    held_listings = screening.waiting().count() if LISTINGS in tabs else 0
    beside = {"tabs": tabs, "here": here, "listings_tab": LISTINGS, "held_listings": held_listings}
    return show(request, template, {**beside, **values}, status=status)
