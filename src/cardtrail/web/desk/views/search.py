"""Finding a card by its number, and a person for a case."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from cardtrail.web.accounts.models import Person
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.desk import cases, looks, reasons
from cardtrail.web.desk.access import staff_of, staff_only
from cardtrail.web.desk.case_forms import CardForm, PersonForm
from cardtrail.web.desk.casework import Appeal, Case, LossClaim, Ruling
from cardtrail.web.desk.models import CASE_READERS
from cardtrail.web.desk.paths import path_of
from cardtrail.web.desk.sections import show
from cardtrail.web.desk.words import ACT_WORDS
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.texts import Text, promise

_NO_MATCH = Text("按邮箱查找账户，没有找到。", "Looked for an account by e-mail address; there is none.")
_NOW_ABOUT = Text("案件当事人已确定。", "It is clear now whom the case is about.")
_OTHER = promise(
    "这个案件与此账户无关。请为此人另立新案。",
    "This case is not about this account. Open another one for this person.",
)
_UNKNOWN = promise("没有使用这个邮箱的账户。", "There is no account with this address.")


@staff_only(*CASE_READERS)
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The two ways to find something. A number leads on to its card at once."""
    form = CardForm(request.GET if "number" in request.GET else None)
    if form.is_bound and form.is_valid():
        return redirect("desk:card", form.cleaned_data["number"])
    return _page(request, form, PersonForm(initial={"case": request.GET.get("case", "")}))


@staff_only("support", "risk")
@require_POST
def find_person(request: HttpRequest) -> HttpResponse:
    """An account by its e-mail address, for a case. The case is about that person from then on."""
    form = PersonForm(request.POST)
    if not form.is_valid():
        return _page(request, CardForm(), form)
    case, email = form.cleaned_data["case"], form.cleaned_data["email"]
    person = Person.objects.filter(email=email.lower(), deleted_ms=None).first()
    if person is None:
        cases.add(case, "note", _NO_MATCH, author=person_of(request))
        form.add_error("email", _UNKNOWN)
        return _page(request, CardForm(), form)
    with transaction.atomic():
        if case.person_id is None and not looks.may_look(case, person):
            Case.objects.filter(pk=case.pk, person=None).update(person=person)
            case.refresh_from_db()
            cases.add(case, "note", _NOW_ABOUT, author=person_of(request))
        try:
            looks.look_up(request, case, person, "search")
        except looks.NoCase:
            form.add_error("case", _OTHER)
            return _page(request, CardForm(), form)
    return redirect("desk:person", case.number, person.pk, "account")


@staff_only(*CASE_READERS)
@require_safe
def card(request: HttpRequest, serial: int) -> HttpResponse:
    """One card: state, balance, trail, cases about it; nobody's name. That it was looked at is written down."""
    found = get_object_or_404(Card.objects.select_related("product"), serial=serial)
    looks.look_at_card(request, serial)
    staff = staff_of(request)
    stops, left_out = path_of(found)
    acts = [
        (act, ACT_WORDS[act])
        for act in reasons.possible(found)
        if staff is not None and staff.may(*reasons.ROLES[act])
    ]
    shown = {
        "card": found,
        "acts": acts,
        "may_revive": found.state == "expired" and staff is not None and staff.may("support", "issuing"),
        "stops": stops,
        "left_out": left_out,
        "reason": reasons.reason_for(found),
        "cases": Case.objects.filter(serial=serial).order_by("-opened_ms"),
        "rulings": Ruling.objects.filter(serial=serial).select_related("case", "by").order_by("-at_ms"),
        "appeals": Appeal.objects.filter(serial=serial).select_related("case").order_by("-made_ms"),
        "claims": LossClaim.objects.filter(serial=serial).select_related("case").order_by("-reported_ms"),
        "may_open": staff is not None and staff.may("support", "risk"),
        "case_number": request.GET.get("case", ""),
        "void_waits": reasons.awaiting(serial, "void"),
    }
    return show(request, "desk/cards/card.html", shown)


def _page(request: HttpRequest, by_number: CardForm, by_person: PersonForm) -> HttpResponse:
    staff = staff_of(request)
    shown = {
        "by_number": by_number,
        "by_person": by_person,
        "may_find": staff is not None and staff.may("support", "risk"),
        "open_cases": Case.objects.filter(state__in=Case.OPEN_STATES).order_by("-changed_ms")[:50],
    }
    return show(request, "desk/search.html", shown)
