"""Transports that stand for a provider, and keys made on the spot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa

from cardtrail.payments.port import Payment, PaymentRequest, ProviderAway
from cardtrail.payments.transport import Answer

NOW_MS = 1_800_000_000_000
"""2027-01-15 16:00:00 in Beijing."""

ORDER = "order_0123456789"


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """A key of this test run: the same for the same name."""
    del name
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Sent:
    """One request that was sent."""

    def __init__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
        self.method, self.url, self.headers, self.body = method, url, dict(headers), body


class Fake:
    """A transport that answers by a function, and keeps what was sent."""

    def __init__(self, answer: Callable[[Sent], Answer]) -> None:
        self._answer = answer
        self.sent: list[Sent] = []

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.sent.append(Sent(method, url, headers, body))
        return self._answer(self.sent[-1])


def silent(_: Sent) -> Answer:
    """A provider that does not answer."""
    raise ProviderAway("no answer")


def payment_request(**changes: object) -> PaymentRequest:
    values = {
        "order_id": ORDER,
        "amount_minor": 8_850,
        "currency": "CNY",
        "subject": "礼品卡",
        "payer": "",
        "payee": "2088000000000001",
        "expires_ms": NOW_MS + 900_000,
        "notify_url": "https://cards.example/pay/notify/x/",
        "return_url": "https://cards.example/orders/1/",
        **changes,
    }
    return PaymentRequest(**values)


def a_payment(**changes: object) -> Payment:
    values = {
        "order_id": ORDER,
        "payment_id": "",
        "amount_minor": 8_850,
        "currency": "CNY",
        "payee": "2088000000000001",
        **changes,
    }
    return Payment(**values)
