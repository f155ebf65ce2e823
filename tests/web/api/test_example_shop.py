"""The example shop for real: its own process, a live server, a webhook over the wire."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from django.conf import settings

from cardtrail.web.api.keys import make_key
from cardtrail.web.api.scopes import SCOPES
from cardtrail.web.checkout.models import Payment
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.webhooks.deliver import deliver_due
from cardtrail.web.webhooks.models import Delivery
from tests.web.api.shops import open_shop
from tests.web.checkout.conftest import choice

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def send(url: str, **fields: str) -> tuple[int, str, str]:
    """Status, where it leads, and the page."""
    data = urlencode(fields).encode() if fields else None
    try:
        with urllib.request.build_opener(Stay).open(url, data, timeout=20) as answer:
            return answer.status, "", answer.read().decode()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers.get("Location", ""), answer.read().decode()


def test_from_tea_to_refund(live_server, ledger, developer, phone, cards, monkeypatch):
    monkeypatch.setattr(settings, "CONFIG", replace(settings.CONFIG, public_url=live_server.url))
    monkeypatch.setattr(settings, "WEBHOOKS_LOOPBACK", True, raising=False)
    port = free_port()
    _, secret = make_key(developer, "茶铺", list(SCOPES), [f"http://127.0.0.1:{port}"])
    with open_shop(live_server.url, secret, f"127.0.0.1:{port}") as (shop, process):
        assert "龙井" in send(shop)[2]
        status, pay_url, _ = send(f"{shop}/buy", tea="longjing")
        assert status == 303
        payment = Payment.objects.get()
        assert pay_url == f"{live_server.url}/pay/{payment.id}"
        assert "open" in send(f"{shop}/back?payment={payment.id}")[2], "coming back proves nothing"
        phone.post(f"/pay/{payment.id}/take")
        parts = choice({cards[0].serial: "50", cards[1].serial: "38"})
        phone.post(f"/pay/{payment.id}/cards/", parts | {"step": "confirm"})
        assert (
            f'href="{shop}/back?payment={payment.id}"'
            in phone.get(f"/pay/{payment.id}/done/").content.decode()
        )
        deliver_due(now_ms())
        assert process.stdout is not None
        assert process.stdout.readline().endswith("is paid\n"), "the webhook came, fitted, and was believed"
        assert "<b>paid</b>" in send(f"{shop}/back?payment={payment.id}")[2]
        assert send(f"{shop}/events", forged="1")[0] == 400
        assert send(f"{shop}/refund", payment=payment.id)[0] == 303
        assert "<b>refunded</b>" in send(f"{shop}/back?payment={payment.id}")[2]
        assert send(f"{shop}/refund", payment=payment.id)[0] == 303, "a second press refunds nothing more"
        deliver_due(now_ms())
        assert process.stdout.readline().endswith("is refunded\n")
    assert list(Card.objects.order_by("serial").values_list("balance_minor", flat=True)) == [
        5_000,
        5_000,
        5_000,
    ]
    states = set(Delivery.objects.values_list("state", flat=True))
    assert states == {"delivered"}
