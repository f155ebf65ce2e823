"""Cards that are lost, or that somebody else may have got at; and the holder's word against a claim."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cardtrail.compliance.rules import Rule
from cardtrail.web.accounts.activity import end_all
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.perform import perform
from cardtrail.web.cards import expired, limits, losing, stopping
from cardtrail.web.cards.access import own_card
from cardtrail.web.cards.lost_form import LostForm
from cardtrail.web.cards.once import new_token
from cardtrail.web.cards.refusal import NotNow
from cardtrail.web.cards.views.outcome import answer
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.times import length

STOPPED = Text(
    "卡已冻结，其他设备已退出登录。工作人员会尽快查看并联系你。",
    "The card is frozen and you are signed out everywhere else. Our staff will look at it and write to you.",
)
COLLECTED = Text("卡已换绑到你名下。", "The card is yours now.")
TAKEN_BACK = Text("已撤回报失。", "Your report is taken back.")
TOO_LATE = Text(
    "已经批准或结束，不能撤回。不去领回，它会自己失效。",
    "It was agreed to, or is over, and cannot be taken back. If you do not collect the card, it lapses by itself.",
)
OBJECTED = Text(
    "异议已生效，换绑停止了，卡仍归你。",
    "Your objection counts: nothing is rebound and the card stays yours.",
)
ASKED = Text(
    "已请发卡方重新激活，案件 {number}。有结果会通知你。",
    "The issuer was asked to re-activate the card: case {number}. You will be told.",
)
NOT_EXPIRED = Text("这张卡不需要重新激活。", "This card does not need re-activating.")
WAIT = Text(
    "报失次数太多。请过 {time} 再试，或联系客服。",
    "Too many reports. Please wait {time}, or write to support.",
)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def stop(request: HttpRequest, serial: int) -> HttpResponse:
    """Freeze one's own card at once, and sign out everywhere else: whoever did it may still be signed in."""
    card = own_card(request, serial)
    if request.method != "POST":
        if not stopping.can_stop(card):
            messages.info(request, str(stopping.CANNOT))
            return redirect("card", serial)
        shown = {"card": card, "sentences": stopping.words(card), "token": new_token()}
        return render(request, "cards/stop.html", shown)
    here = reverse("card", args=[serial])
    try:
        confirmation = stopping.stop(request, card)
    except NotNow as refusal:
        messages.info(request, str(refusal.text))
        return redirect(here)
    end_all(person_of(request), but=request.session.session_key)
    return answer(request, perform(confirmation), to=here, good=STOPPED, back=here)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def lost(request: HttpRequest) -> HttpResponse:
    """Report a card lost: the form; with `step=check` what will happen; with `step=confirm` it happens."""
    person = person_of(request)
    form = LostForm(request.POST or None, initial={"number": request.GET.get("card", "")[:40]})
    step = request.POST.get("step", "")
    shown: dict[str, object] = {"form": form, "claims": losing.claims_of(person)}
    if request.method != "POST" or step not in {"check", "confirm"} or not form.is_valid():
        return _form(request, shown)
    if step == "check":
        identity = losing.identity_state(person)
        return render(request, "cards/lost_check.html", shown | {"identity": identity})
    wait_ms = limits.wait_ms(person, "lost")
    if wait_ms:
        form.add_error(None, str(WAIT.format(time=length(wait_ms))))
        return _form(request, shown, status=429)
    try:
        claim = losing.report(request, form.serial, form.how)
    except NotNow as refusal:
        form.add_error("number", str(refusal.text))
        return _form(request, shown)
    if claim.stop is not None:
        perform(claim.stop)
    return redirect("loss", claim.id)


@require_safe
@never_cache
@login_required
def loss(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """How a claim stands, and what its claimant can do."""
    person = person_of(request)
    claim = losing.own_claim(person, claim_id)
    identity = losing.identity_state(person)
    shown = {
        "claim": claim,
        "identity": identity,
        "steps": losing.steps(claim, identity),
        "stopped": losing.stopped(claim),
        "sentences": losing.collect_words(claim),
        "token": new_token(),
    }
    return render(request, "cards/loss.html", shown)


@require_POST
@login_required
def collect(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Take a lost card at the end of the delay."""
    claim = losing.own_claim(person_of(request), claim_id)
    here = reverse("loss", args=[claim.id])
    try:
        confirmation = losing.collect(request, claim)
    except NotNow as refusal:
        messages.warning(request, str(refusal.text))
        return redirect(here)
    to = reverse("card", args=[claim.serial])
    return answer(request, perform(confirmation), to=to, good=COLLECTED, back=here)


@require_POST
@login_required
def withdraw(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Take a report back."""
    if losing.withdraw(person_of(request), claim_id):
        messages.success(request, str(TAKEN_BACK))
    else:
        messages.warning(request, str(TOO_LATE))
    return redirect("loss", claim_id)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def object_(request: HttpRequest, serial: int) -> HttpResponse:
    """The present holder's word against a rebind: "I have it"."""
    card = own_card(request, serial)
    if request.method != "POST":
        if not losing.is_wanted(card):
            messages.info(request, str(losing.NOT_ASKED))
            return redirect("card", serial)
        shown = {"card": card, "sentences": losing.object_words(card), "token": new_token()}
        return render(request, "cards/object.html", shown)
    here = reverse("card", args=[serial])
    try:
        confirmation = losing.object_to(request, card)
    except NotNow as refusal:
        messages.info(request, str(refusal.text))
        return redirect(here)
    return answer(request, perform(confirmation), to=here, good=OBJECTED, back=here)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def reactivate(request: HttpRequest, serial: int) -> HttpResponse:
    """Ask the issuer to re-activate an expired card. The law gives its holder that right while something is on it."""
    card = own_card(request, serial)
    if not expired.may_ask(card):
        messages.info(request, str(NOT_EXPIRED))
        return redirect("card", serial)
    person = person_of(request)
    if request.method == "POST":
        messages.success(request, str(ASKED.format(number=expired.ask(person, card).number)))
        return redirect("reactivate", serial)
    sentence, source = expired.rule()
    shown = {"card": card, "case": expired.open_case(person, card), "sentence": sentence, "source": source}
    return render(request, "cards/reactivate.html", shown)


def _form(request: HttpRequest, shown: dict[str, object], status: int = 200) -> HttpResponse:
    source = Rule.LOSS_REPORT.citation
    return render(request, "cards/lost.html", shown | {"source": Text(source.zh, source.en)}, status=status)
