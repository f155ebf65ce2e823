"""Risk between payment and delivery, with its own rules: a fresh proof of identity, a person's word, and the clearer's
signature that follows from them and from nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from cardtrail.payments.port import Method, Paid
from cardtrail.risk.port import Act
from cardtrail.web.desk.models import Staff
from cardtrail.web.market import order_gate
from cardtrail.web.orders import gate, heard
from cardtrail.web.orders.deciding import go, take
from cardtrail.web.orders.models import Deal
from cardtrail.web.risks.clear import is_cleared
from cardtrail.web.risks.links import are_linked
from cardtrail.web.risks.models import Decision
from cardtrail.web.ui import clock
from cardtrail.web.ui.clock import MINUTE_MS, now_ms
from tests.web.accounts.flows import SECRET, app_code
from tests.web.desk.team import Member
from tests.web.market.stalls import Stalls
from tests.web.orders.test_statements import statements

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def shop(stalls: Stalls) -> Iterator[Stalls]:
    """Stalls whose deliveries are asked about by risk itself."""
    before = gate.answered_by(order_gate.answer)
    yield stalls
    gate.answered_by(before)
    clock.set_ahead(0)


def bought(shop: Stalls, then: str) -> Deal:
    """Paid, and stopped by a rule."""
    shop.rules(then, Act.DELIVER)
    deal = shop.bought(shop.sell())
    assert deal.stage == ("funded" if then != "block" else deal.stage)
    return deal


def with_an_app(deal: Deal) -> None:
    """The buyer's second factor is an authenticator app."""
    Authenticator.objects.filter(user=deal.buyer).delete()
    TOTP.activate(deal.buyer, SECRET)
    cache.clear()


def prove(client: Client, deal: Deal) -> None:
    """By an authenticator app, on the page that asks for it."""
    with_an_app(deal)
    sent = client.post("/accounts/2fa/reauthenticate/", {"code": app_code()})
    assert sent.status_code == 302, sent.content.decode()


def url(deal: Deal, tail: str = "") -> str:
    return f"/market/orders/{deal.number}/{tail}"


def test_a_step_up_leads_to_the_proof_and_then_to_the_card(shop: Stalls) -> None:
    deal = bought(shop, "step_up")
    assert "请再验证一次身份" in shop.at_buyer.get(url(deal)).content.decode()
    page = shop.at_buyer.get(url(deal, "step-up/")).content.decode()
    assert f"/accounts/2fa/reauthenticate/?next=%2Fmarket%2Forders%2F{deal.number}%2Fstep-up%2F" in page
    prove(shop.at_buyer, deal)
    assert "已验证" in shop.at_buyer.get(url(deal, "step-up/")).content.decode()
    assert shop.at_buyer.post(url(deal, "step-up/")).status_code == 302
    deal.refresh_from_db()
    assert deal.stage == "delivered"
    assert list(
        Decision.objects.filter(act="deliver").order_by("at_ms").values_list("outcome", flat=True)
    ) == [
        "step_up",
        "allow",
    ]


def test_where_a_password_would_not_count_none_is_asked_for(shop: Stalls) -> None:
    deal = bought(shop, "step_up")
    with_an_app(deal)
    page = shop.at_buyer.get(url(deal, "step-up/")).content.decode()
    [prove_url] = [unescape(found) for found in re.findall(r'href="(/accounts/2fa/reauth[^"]*)"', page)]
    asked = shop.at_buyer.get(prove_url).content.decode()
    assert "使用密码" not in asked
    assert "使用密码" in shop.at_buyer.get(prove_url.replace("&factor=1", "")).content.decode()
    [action] = re.findall(r'action="(/accounts/2fa/[^"]*)"', asked)
    wrong = shop.at_buyer.post(action, {"code": "000000"})
    assert wrong.status_code == 200
    assert "使用密码" not in wrong.content.decode()


def test_without_a_proof_the_button_delivers_nothing(shop: Stalls) -> None:
    deal = bought(shop, "step_up")
    answer = shop.at_buyer.post(url(deal, "step-up/"))
    assert answer.headers["Location"].startswith("/accounts/2fa/")
    deal.refresh_from_db()
    assert (deal.stage, deal.gate) == ("funded", "step_up")


def test_a_proof_from_before_it_was_asked_for_does_not_count(shop: Stalls) -> None:
    shop.rules("step_up", Act.DELIVER)
    listing = shop.sell()
    shop.buy(listing)
    deal = Deal.objects.get(listing=str(listing.pk))
    prove(shop.at_buyer, deal)
    shop.play.pay(deal)
    shop.play.deliver()
    deal.refresh_from_db()
    assert deal.gate == "step_up"
    answer = shop.at_buyer.post(url(deal, "step-up/"))
    assert answer.headers["Location"].startswith("/accounts/2fa/")


def test_a_proof_that_is_stale_does_not_count(shop: Stalls) -> None:
    deal = bought(shop, "step_up")
    prove(shop.at_buyer, deal)
    clock.set_ahead(11 * MINUTE_MS)
    answer = shop.at_buyer.post(url(deal, "step-up/"))
    assert answer.headers["Location"].startswith("/accounts/2fa/")


def test_the_seller_proves_nothing_for_the_buyer(shop: Stalls) -> None:
    deal = bought(shop, "step_up")
    assert shop.at_seller.post(url(deal, "step-up/")).headers["Location"] == url(deal)
    deal.refresh_from_db()
    assert deal.gate == "step_up"


def test_whoever_is_held_even_with_a_proof_has_their_money_back(shop: Stalls) -> None:
    deal = bought(shop, "step_up")
    prove(shop.at_buyer, deal)
    shop.rules("hold", Act.DELIVER)
    shop.at_buyer.post(url(deal, "step-up/"))
    deal.refresh_from_db()
    assert deal.stage in {"refunding", "refunded"}
    assert shop.card(deal.serial).holder == shop.seller


def test_a_reviewers_word_is_what_the_clearer_goes_by(shop: Stalls) -> None:
    deal = bought(shop, "hold")
    assert not is_cleared(deal.delivery)
    held = order_gate.held_decision(deal)
    assert held is not None
    staff, client = shop.somebody("审核员")
    reviewer = Member(Staff.objects.create(person=staff, roles=["risk"]), client)
    page = reviewer.get(f"/market/desk/orders/{deal.number}/")
    assert "涉及金额" in page
    assert "转人工" in page
    for act in ("挂牌", "购买", "交付"):
        assert f"<b>{act} · " in page, act
    sent: dict[str, Any] = {"reason": "explained", "words": "电话核实过", "allow": "yes"}
    reviewer.post(f"/market/desk/orders/{deal.number}/review/", **sent)
    deal.refresh_from_db()
    assert deal.stage == "delivered"
    held.refresh_from_db()
    assert held.passed_by == staff
    assert "电话核实过" in held.passed_why
    assert is_cleared(deal.delivery)


def test_what_risk_blocks_goes_back(shop: Stalls) -> None:
    deal = bought(shop, "block")
    assert deal.stage in {"refunding", "refunded"}
    assert "退款" in shop.at_buyer.get(url(deal)).content.decode()


def test_payers_whom_a_provider_does_not_name_have_nothing_in_common(shop: Stalls) -> None:
    one, two = shop.cards(2)
    for serial, person, client in ((one, shop.buyer, shop.at_buyer), (two, shop.other, shop.at_other)):
        listing = shop.sell([serial])
        shop.buy(listing, client)
        deal = Deal.objects.get(listing=str(listing.pk))
        paid = Paid(
            event_id=f"paid_{serial}", payment_id=f"p_{serial}", order_id=deal.number, at_ms=now_ms(),
            amount_minor=deal.price_minor, currency=deal.currency, payer="", method=Method.OTHER,
        )  # fmt: skip
        assert go(take(deal.pk, heard.event_of(deal, paid))).stage == "delivered"
        assert Decision.objects.get(about=order_gate.about(deal)).person == person
    assert not are_linked(shop.buyer, shop.other)


def test_risk_is_asked_with_few_statements(shop: Stalls) -> None:
    """What is not counted grows; and every delivery waits for it."""
    for listing in (shop.sell(), shop.sell()):
        shop.buy(listing)
    first, second = Deal.objects.select_related("delivery__confirmation", "buyer", "seller")
    with transaction.atomic():
        order_gate.answer(first)  # What is noted once for a person is noted.
        assert statements(lambda: order_gate.answer(second)) <= 16
