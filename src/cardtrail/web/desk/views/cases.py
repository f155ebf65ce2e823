"""Cases: the list, one case with what one needs to decide it, and its log."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.desk import cases, losses, origins, penalising, reasons
from cardtrail.web.desk.access import staff_of, staff_only
from cardtrail.web.desk.case_forms import BothForm, NewCaseForm, WordsForm, serial_of
from cardtrail.web.desk.casework import Appeal, Case, LossClaim
from cardtrail.web.desk.evidence import evidence_of
from cardtrail.web.desk.models import CASE_READERS
from cardtrail.web.desk.paths import path_of
from cardtrail.web.desk.sections import show
from cardtrail.web.desk.separation import too_near
from cardtrail.web.desk.tables import csv_answer, iso
from cardtrail.web.desk.views.penalties import described, may_penalise
from cardtrail.web.desk.waiting import with_waits
from cardtrail.web.desk.words import ACT_WORDS, KIND_WORDS, STATE_WORDS
from cardtrail.web.ledger.models import Card
from cardtrail.web.notices.models import Notice
from cardtrail.web.ui.pages import page_of, sorting
from cardtrail.web.ui.texts import Text

COLUMNS = {
    "number": "number",
    "kind": "kind",
    "state": "state",
    "opened": "opened_ms",
    "changed": "changed_ms",
    "due": "due_ms",
}


@staff_only(*CASE_READERS)
@require_safe
def case_list(request: HttpRequest) -> HttpResponse:
    """All cases; filtered, sorted, in pages."""
    by = sorting(request, COLUMNS, "due" if request.GET.get("state", "open") == "open" else "-changed")
    rows = _filtered(request).order_by(*by.order_by)
    shown = {
        "page": page_of(rows, request),
        "sorting": by,
        "kinds": KIND_WORDS,
        "states": STATE_WORDS,
        "chosen": {name: request.GET.get(name, "") for name in ("q", "kind", "whose")},
        "state": request.GET.get("state", "open"),
        "query": request.GET.urlencode(),
        "may_open": _may_change(request),
    }
    return show(request, "desk/cases/list.html", shown)


@staff_only(*CASE_READERS)
@require_safe
def case_table(request: HttpRequest) -> HttpResponse:
    """The same as a file for spreadsheets."""
    by = sorting(request, COLUMNS, "-opened")
    head = [
        Text("编号", "Number"), Text("类型", "Kind"), Text("状态", "State"), Text("卡号", "Card number"),
        Text("立案", "Opened"), Text("立案人", "Opened by"), Text("负责人", "Has it"), Text("期限", "Due"),
        Text("最近变动", "Changed"), Text("账本引用", "Reference in the ledger"),
    ]  # fmt: skip
    rows = (
        [
            case.number,
            str(case.kind_text),
            str(case.state_text),
            case.card_number,
            iso(case.opened_ms),
            case.opened_by,
            case.assignee.name if case.assignee else "",
            iso(case.due_ms),
            iso(case.changed_ms),
            bytes(case.reference).hex(),
        ]
        for case in _filtered(request).order_by(*by.order_by, "pk").iterator(500)
    )
    return csv_answer([str(name) for name in head], rows, "cases.csv")


@staff_only("support", "risk")
@require_http_methods(["GET", "HEAD", "POST"])
def new_case(request: HttpRequest) -> HttpResponse:
    """Open a case."""
    form = NewCaseForm(request.POST or None, initial={"number": request.GET.get("card", "")})
    if request.method != "POST" or not form.is_valid():
        return show(request, "desk/cases/new.html", {"form": form})
    words = form.cleaned_data["words"]
    made = cases.open_case(
        form.cleaned_data["kind"],
        Text(words, words),
        serial=form.cleaned_data["number"],
        opener=person_of(request),
    )
    messages.success(request, str(Text("已立案：{n}", "Opened: {n}").format(n=made.number)))
    return redirect("desk:case", made.number)


@staff_only(*CASE_READERS)
@require_safe
def case_page(request: HttpRequest, number: str) -> HttpResponse:
    """One case: card, trail, notices, what was confirmed, its log, and what can be done."""
    return show(request, "desk/cases/detail.html", _shown(request, _case(number)))


@staff_only("support", "risk")
@require_POST
def add_note(request: HttpRequest, number: str) -> HttpResponse:
    """A note among staff, or with `to=holder` a message to the person."""
    case, form = _case(number), WordsForm(request.POST)
    if not form.is_valid():
        return show(request, "desk/cases/detail.html", {**_shown(request, case), "words": form}, status=422)
    words = form.cleaned_data["words"]
    try:
        if request.POST.get("to") == "holder" and case.person_id is not None:
            cases.write_to_holder(case, person_of(request), words)
            messages.success(request, str(Text("已发给持卡人。", "Sent to the holder.")))
        else:
            cases.note(case, person_of(request), words)
    except cases.CaseClosed as refusal:
        messages.error(request, str(refusal.text))
    return redirect("desk:case", number)


@staff_only("support", "risk")
@require_POST
def change_case(request: HttpRequest, number: str) -> HttpResponse:
    """Take a case or give it back; set where it stands."""
    case, staff = _case(number), person_of(request)
    what = request.POST.get("what", "")
    try:
        if what == "take":
            cases.assign(case, staff, staff)
        elif what == "drop":
            cases.assign(case, staff, None)
        elif what in {"open", "waiting", "closed"}:
            cases.move(case, staff, what)
    except cases.CaseClosed as refusal:
        messages.error(request, str(refusal.text))
    return redirect("desk:case", number)


@staff_only("support", "risk")
@require_POST
def decide_case(request: HttpRequest, number: str) -> HttpResponse:
    """Decide an enquiry or the like, in words that its person reads. Appeals, losses and identities have their own."""
    case, form = _case(number), BothForm(request.POST)
    if not case.is_open or case.kind in {"appeal", "lost", "identity"}:
        messages.error(request, str(Text("这个案件不能在这里决定。", "This case is not decided here.")))
        return redirect("desk:case", number)
    if (near := _too_near(request, case)) is not None:
        messages.error(request, str(near))
        return redirect("desk:case", number)
    if not form.is_valid():
        return show(
            request, "desk/cases/detail.html", {**_shown(request, case), "decision": form}, status=422
        )
    cases.decided(case, person_of(request), form.text)
    cases.tell_decision(case, form.text)
    messages.success(request, str(Text("已决定。", "Decided.")))
    return redirect("desk:case", number)


def _too_near(request: HttpRequest, case: Case) -> Text | None:
    """Why they keep out of deciding a case: it is their own, or a friend's."""
    return None if case.person is None else too_near(person_of(request), case.person)


def _case(number: str) -> Case:
    rows = with_waits(Case.objects.select_related("person", "assignee", "opener"))
    case: Case = get_object_or_404(rows, number=number)
    return case


def _filtered(request: HttpRequest) -> QuerySet[Case]:
    rows = with_waits(Case.objects.select_related("assignee"))
    asked = request.GET
    state = asked.get("state", "open")
    if state == "open":
        rows = rows.filter(state__in=Case.OPEN_STATES)
    elif state in STATE_WORDS:
        rows = rows.filter(state=state)
    if asked.get("kind", "") in KIND_WORDS:
        rows = rows.filter(kind=asked["kind"])
    if asked.get("whose") == "mine":
        rows = rows.filter(assignee=person_of(request))
    elif asked.get("whose") == "nobody":
        rows = rows.filter(assignee=None)
    text = asked.get("q", "").replace("\0", "").strip()  # PostgreSQL takes no NUL, not even to look for.
    if text:
        rows = rows.filter(Q(number__icontains=text) | Q(serial__in=_serials(text)))
    return rows


def _serials(text: str) -> list[int]:
    try:
        return [serial_of(text)]
    except ValidationError:
        return []


def _shown(request: HttpRequest, case: Case) -> dict[str, Any]:
    card = None
    if case.serial is not None:
        card = Card.objects.select_related("product", "holder").filter(serial=case.serial).first()
    staff = staff_of(request)
    acts = reasons.possible(card) if card is not None and case.is_open else []
    concerned = {case.person_id} | ({card.holder_id} if card is not None else set())
    return {
        "case": case,
        "origin": None if staff is None else origins.link(case, staff),
        "card": card,
        "stops": path_of(card)[0] if card is not None else [],
        "holder": card.holder if card is not None and card.holder_id != case.person_id else None,
        "notices": _notices(case),
        "evidence": evidence_of(case),
        "entries": case.entries.select_related("author").order_by("at_ms", "pk"),
        "rulings": case.rulings.select_related("by").order_by("-at_ms"),
        "appeal": Appeal.objects.filter(case=case).first(),
        "loss": LossClaim.objects.filter(case=case).select_related("rebind").first(),
        **_penalties(request, case),
        "acts": [
            (act, ACT_WORDS[act]) for act in acts if staff is not None and staff.may(*reasons.ROLES[act])
        ],
        "may_change": _may_change(request) and case.state != Case.State.CLOSED,
        "may_decide": _may_change(request)
        and case.is_open
        and case.kind not in {"appeal", "lost", "identity"}
        and request.user.pk not in concerned
        and _too_near(request, case) is None,
        "mine": case.assignee_id == request.user.pk,
        "words": WordsForm(),
        "decision": BothForm(),
        "reference": bytes(case.reference).hex(),
        "loss_words": losses.LOSS_WORDS,
    }


def _penalties(request: HttpRequest, case: Case) -> dict[str, Any]:
    staff = staff_of(request)
    if case.person_id is None:
        return {}
    return {
        "case_penalties": [described(each) for each in penalising.of_case(case)],
        "waiting_penalties": penalising.waiting_in(case),
        "may_penalise": may_penalise(request, case),
        "may_lift": staff is not None and staff.may_change(*penalising.ROLES),
    }


def _notices(case: Case) -> list[tuple[Text, int]]:
    """What the person was told about the card, the latest first."""
    if case.person_id is None or case.serial is None:
        return []
    rows = Notice.objects.filter(person=case.person_id, serial=case.serial).order_by("-at_ms")[:10]
    return [(Text(row.zh, row.en), row.at_ms) for row in rows]


def _may_change(request: HttpRequest) -> bool:
    staff = staff_of(request)
    return staff is not None and staff.may("support", "risk")
