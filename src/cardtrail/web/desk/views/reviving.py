"""Re-activating an expired card: its balance is still its holder's, and lives on under a new validity."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from cardtrail.compliance.rules import Rule
from cardtrail.web.actions.confirm import confirm
from cardtrail.web.actions.orders import Order
from cardtrail.web.cards.once import new_token, once
from cardtrail.web.desk.access import staff_only
from cardtrail.web.desk.sections import show
from cardtrail.web.desk.views.steps import go_on, step_of
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.money import format_money

PURPOSE = "revive"

TITLE = Text("重新激活到期卡", "Re-activate an expired card")
_AGREEMENT = Text(
    "重新激活卡 {number}（{product}，余额 {balance}），从现在起再有效 {days} 天。持卡人会收到通知。依据：{law}",
    "Re-activate card {number} ({product}, {balance}) for another {days} days from now on. Its holder is told. "
    "By: {law}",
)
_DONE = Text("卡已重新激活。", "The card is active again.")
_NOT_EXPIRED = Text("这张卡没有到期。", "This card has not expired.")


@staff_only("support", "issuing")
@require_http_methods(["GET", "HEAD", "POST"])
def reactivate(request: HttpRequest, serial: int) -> HttpResponse:
    """Let an expired card live on, after a page that says so."""
    card = Card.objects.select_related("product").filter(serial=serial).first()
    if card is None:
        raise Http404
    expired = card.expires_ms is not None and now_ms() > card.expires_ms and not card.dead
    if not expired:
        messages.info(request, str(_NOT_EXPIRED))
        return redirect("desk:card", serial)
    words = agreement(card)
    if step_of(request) != "do":
        facts = [
            (Text("卡号", "Card number"), card.number),
            (Text("余额", "Balance"), format_money(card.balance_minor, card.currency)),
        ]
        values = {
            "title": TITLE,
            "agreement": words,
            "facts": facts,
            "forms": [],
            "button": TITLE,
            "token": new_token(),
        }
        return show(request, "desk/parts/confirm.html", values)
    order = Order("activate", None, {"first_serial": serial, "count": 1})
    confirmation = once(request, lambda: confirm(request, purpose=PURPOSE, text=words, orders=[order]))
    return go_on(request, confirmation, reverse("desk:card", args=[serial]), _DONE)


def agreement(card: Card) -> Text:
    """What the member of staff agrees to, with the rule behind it."""
    rule = Rule.EXPIRED_BALANCE
    return _AGREEMENT.format(
        number=card.number,
        product=card.product.name,
        balance=format_money(card.balance_minor, card.currency),
        days=(card.product.terms.validity_ms or 0) // DAY_MS,
        law=Text(rule.citation.zh, rule.citation.en),
    )
