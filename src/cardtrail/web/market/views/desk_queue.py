"""The market's queue of matters for staff, what reconciling found, and what sellers owe."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import Count, F, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cardtrail.web.desk.access import staff_behind, staff_only
from cardtrail.web.desk.looks import look_at_card
from cardtrail.web.desk.sections import show
from cardtrail.web.market import desk_closing
from cardtrail.web.market.desk_advice import ADVICE
from cardtrail.web.market.desk_figures import CURRENCY
from cardtrail.web.market.desk_findings import differences
from cardtrail.web.market.desk_kinds import GROUPS, kind_of
from cardtrail.web.market.desk_looks import look_at_order
from cardtrail.web.market.desk_queue import closed_matters, in_groups, queue, waiting_of
from cardtrail.web.market.desk_reasons import NoteForm
from cardtrail.web.market.desk_tabs import CLAIMS, CLOSED, WAITING, show_tab
from cardtrail.web.orders.models import Claim, Deal, Matter
from cardtrail.web.orders.refusals import NotPossible
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.texts import Text

_CLOSED = Text("已记录。", "Noted.")
_KNOWN = Text("已有人处理过。", "A colleague has dealt with it already.")
_NOT_YOURS = Text("这件事由别的角色处理。", "Another role deals with this.")
_BY_ITSELF = Text(
    "这件事随裁决或审核自动了结。", "This is over by itself once it is decided; it is not closed by hand."
)
_NO_ORDER = Text("没有这个编号的订单。", "There is no order with this number.")


@staff_only(*WAITING.roles)
@require_safe
def queue_page(request: HttpRequest) -> HttpResponse:
    """What waits: late first, then by when it is due."""
    staff = staff_behind(request)
    group = request.GET.get("group", "")
    group = group if group in GROUPS else ""
    everything = queue(staff, own=False)
    mine = [each for each in everything if each.mine]
    whose = "all" if request.GET.get("whose") == "all" or "auditor" in staff.roles else "mine"
    rows = everything if whose == "all" else mine
    shown = [each for each in rows if not group or each.kind.group == group]
    values = {
        "page": page_of(shown, request),
        "groups": [(code, words, in_groups(rows)[code]) for code, words in GROUPS.items()],
        "group": group,
        "whose": whose,
        "total": len(rows),
        "late": sum(each.late for each in rows),
        "all_count": len(everything),
        "mine_count": len(mine),
    }
    return show_tab(request, WAITING, "market/desk/queue.html", values)


@staff_only(*CLOSED.roles)
@require_safe
def closed(request: HttpRequest) -> HttpResponse:
    """What was dealt with, the latest first."""
    page = page_of(closed_matters(), request)
    rows = waiting_of(page.object_list, staff_behind(request))
    return show_tab(request, CLOSED, "market/desk/closed.html", {"page": page, "rows": rows})


@staff_only("support", "risk", "finance", "auditor")
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """An order by its number."""
    typed = "".join(request.GET.get("number", "").split()).lower()
    try:
        number = UUID(hex=typed) if len(typed) == 32 else None
    except ValueError:
        number = None
    if number is None or not Deal.objects.filter(pk=number).exists():
        messages.error(request, str(_NO_ORDER))
        return redirect("market:desk")
    return redirect("market:desk_order", number)


@staff_only("support", "risk", "finance", "auditor")
@require_safe
def matter_page(request: HttpRequest, matter: int) -> HttpResponse:
    """One matter: what differs, where, and a note to close it with."""
    found = _matter(matter)
    if found.deal is not None:
        look_at_order(request, found.deal)
    elif found.serial is not None:
        look_at_card(request, found.serial)
    return _matter_page(request, found, NoteForm())


@staff_only("support", "risk", "finance")
@require_POST
def close(request: HttpRequest, matter: int) -> HttpResponse:
    """A matter is dealt with, and how."""
    found, form = _matter(matter), NoteForm(request.POST)
    [waiting] = waiting_of([found], staff_behind(request))
    if found.closed_ms is not None:
        messages.info(request, str(_KNOWN))
    elif not waiting.mine:
        messages.error(request, str(_NOT_YOURS))
    elif not waiting.kind.closed_by_hand:
        messages.error(request, str(_BY_ITSELF))
    elif not form.is_valid():
        return _matter_page(request, found, form, 422)
    else:
        try:
            desk_closing.close(request, found, form.cleaned_data["note"])
        except NotPossible as refusal:
            messages.error(request, str(refusal.text))
        else:
            messages.success(request, str(_CLOSED))
            return redirect("market:desk")
    return redirect("market:desk_matter", matter)


@staff_only(*CLAIMS.roles)
@require_safe
def claims(request: HttpRequest) -> HttpResponse:
    """What sellers owe, the open ones first."""
    rows = Claim.objects.select_related("deal").order_by(F("dropped_ms").asc(nulls_first=True), "-made_ms")
    open_ones = Claim.objects.filter(dropped_ms__isnull=True, currency=CURRENCY)
    owed = open_ones.aggregate(count=Count("pk"), sum=Sum("amount_minor"))
    values = {
        "page": page_of(rows, request),
        "open_count": owed["count"],
        "owed_minor": owed["sum"] or 0,
        "currency": CURRENCY,
    }
    return show_tab(request, CLAIMS, "market/desk/claims.html", values)


def _matter_page(request: HttpRequest, found: Matter, form: NoteForm, status: int = 200) -> HttpResponse:
    [waiting] = waiting_of([found], staff_behind(request))
    kind = kind_of(found)
    open_here = waiting.mine and found.closed_ms is None and kind.closed_by_hand
    values = {
        "advice": ADVICE.get(found.kind),
        "hindrance": desk_closing.hindrance(staff_behind(request).person, found) if open_here else None,
        "matter": found,
        "waiting": waiting,
        "kind": kind,
        "differences": differences(found),
        "form": form,
        "may_close": open_here,
        "page_url": kind.page(found) if kind.page is not None and waiting.mine else "",
        "order_url": "" if found.deal is None else reverse("market:desk_order", args=[found.deal.number]),
    }
    return show(request, "market/desk/matter.html", values, status=status)


def _matter(pk: int) -> Matter:
    found: Matter = get_object_or_404(
        Matter.objects.select_related("deal__buyer", "deal__seller", "closed_by"), pk=pk
    )
    return found
