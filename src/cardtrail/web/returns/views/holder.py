"""Holders' pages: what a card would be taken for, one return from its quote to its end, all of them, and the points."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from cardtrail.pricing.offers import Unit
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.perform import perform
from cardtrail.web.actions.refusals import words_of
from cardtrail.web.cards.access import own_card
from cardtrail.web.cards.acts import page_address
from cardtrail.web.ledger.models import Card
from cardtrail.web.orders import held
from cardtrail.web.orders.providers import name_of
from cardtrail.web.returns import handing, payouts, points, quotes, settling
from cardtrail.web.returns.models import Return
from cardtrail.web.returns.offering import amount
from cardtrail.web.returns.refusals import Refusal
from cardtrail.web.returns.words import REFUSED, STATE_WORDS, TONES
from cardtrail.web.risks.presence import Presence
from cardtrail.web.risks.step_up import step_up_url
from cardtrail.web.risks.stop_page import stop_page
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number

State = Return.State
WITHDRAWN: Final = Text("已放弃这份报价，卡没有变动。", "The quote is given up; your card is as it was.")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def card(request: HttpRequest, serial: int) -> HttpResponse:
    """What the brand would give for one's own card; posting asks for a quote that stands."""
    own, person = own_card(request, serial), person_of(request)
    given = _latest(own, request)
    if given is not None:
        return redirect("returns:return", given.pk)
    if request.method == "POST" and request.POST.get("unit") in set(Unit):
        made = quotes.make(own, person, Unit(request.POST["unit"]))
        if isinstance(made, Return):
            return redirect("returns:return", made.pk)
        messages.warning(request, str(made.text))
        return redirect("returns:card", serial)
    estimates = quotes.estimates(own, person)
    found = [{"estimate": each, "pays": _pays(each), "money": each.unit is Unit.MONEY} for each in estimates]
    refusals = [each.refusal for each in estimates]
    same = refusals[0] if refusals and all(each == refusals[0] for each in refusals) else None
    shown = {"card": own, "rows": found, "same": same, "waits": _waits(request, serial)}
    return render(request, "returns/card.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def one(request: HttpRequest, return_id: UUID) -> HttpResponse:
    """One return of one's own: a quote to say yes or no to, its progress, its end."""
    rows = Return.objects.select_related("offer", "confirmation", "person", "by_hand__approval_given")
    given: Return = get_object_or_404(rows, pk=return_id, person=person_of(request))
    if request.method == "POST":
        return _answered(request, given)
    now = now_ms()
    stands = given.state == State.QUOTED and now <= given.until_ms
    own = Card.objects.select_related("product").filter(serial=given.serial).first()
    shown = {
        "given": given,
        "card": own,
        "still_own": own is not None and own.holder_id == given.person_id,
        "number_end": card_number(given.serial)[-4:],
        "pays": amount(given.unit, given.pays, given.currency),
        "money": given.unit == Unit.MONEY,
        "provider": name_of(given.provider),
        "stands": stands,
        "waits": stands and _waits(request, given.serial),
        "over": given.state == State.LAPSED or (given.state == State.QUOTED and not stands),
        "left_s": max(given.until_ms - now, 0) // 1000,
        "under_way": given.state in Return.UNDER_WAY,
        "stuck": settling.refused(given),
        "words": handing.words(given),
        "by_hand": settling.by_hand(given),
        "reason": words_of(given.reason_code) if given.reason_code else None,
        "entry_url": page_address("entry", given.entry_index) if given.entry_index is not None else "",
    }
    return render(request, "returns/return.html", shown)


@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """Every card that one has handed back or has a quote for."""
    person, now = person_of(request), now_ms()
    rows = Return.objects.filter(person=person).exclude(state=State.LAPSED)
    rows = rows.filter(~Q(state=State.QUOTED) | Q(until_ms__gte=now)).order_by("-made_ms", "-pk")
    page = page_of(rows, request)
    shown = [
        {
            "given": given,
            "last": card_number(given.serial)[-4:],
            "pays": amount(given.unit, given.pays, given.currency),
            "word": REFUSED if (stuck := settling.refused(given)) else STATE_WORDS[given.state],
            "tone": "bad" if stuck else TONES[given.state],
        }
        for given in page
    ]
    return render(
        request, "returns/mine.html", {"page": page, "rows": shown, "points": f"{points.balance(person):,}"}
    )


@require_safe
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """One's points, and where they came from: each line names its entry of the ledger."""
    person = person_of(request)
    page = page_of(points.postings(person), request)
    rows = [
        {
            "posting": posting,
            "points": f"{posting.points:+,}",
            "last": card_number(posting.of.serial)[-4:],
            "entry_url": page_address("entry", posting.entry_index),
        }
        for posting in page
    ]
    return render(
        request, "returns/points.html", {"page": page, "rows": rows, "points": f"{points.balance(person):,}"}
    )


def _answered(request: HttpRequest, given: Return) -> HttpResponse:
    """The holder said yes or no."""
    here = reverse("returns:return", args=[given.pk])
    if request.POST.get("step") != "confirm":
        if quotes.withdraw(given):
            messages.info(request, str(WITHDRAWN))
        return redirect("card", given.serial)
    answer = handing.agree(request, given, Presence.of(request))
    if isinstance(answer, Refusal):
        if answer.asked is not None and answer.code != handing.STEP_UP:
            leave = reverse("card", args=[given.serial])
            return stop_page(request, answer.asked, here, leave=leave, about=_about(given))
        messages.warning(request, str(answer.text))
        return redirect(step_up_url(request, here) if answer.code == handing.STEP_UP else here)
    perform(answer)
    payouts.run_for(given.pk)
    return redirect(here)


def _waits(request: HttpRequest, serial: int) -> bool:
    """Whether staff are to look before this card can be handed back."""
    return held.RETURN in held.waiting(person_of(request), serial)


def _about(given: Return) -> Text:
    last = card_number(given.serial)[-4:]
    return Text("交回尾号 {last} 的卡：", "Handing card …{last} back:").format(last=last)


def _latest(own: Card, request: HttpRequest) -> Return | None:
    """The return of this card that is under way, or the quote that stands."""
    rows = Return.objects.filter(serial=own.serial, person=person_of(request))
    live = Q(state__in=Return.UNDER_WAY) | Q(state=State.QUOTED, until_ms__gte=now_ms())
    return rows.filter(live).first()


def _pays(each: quotes.Estimate) -> Text | None:
    return None if each.quote is None else amount(each.unit, each.quote.pays, each.quote.currency)
