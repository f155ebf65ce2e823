"""Stripe's library on our transport: one way out of the machine, with its timeouts and limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import stripe

from cardtrail.payments.port import ProviderAway
from cardtrail.payments.transport import Transport


class OnTransport(stripe.HTTPClient):
    """What the library calls to send a request."""

    name = "cardtrail"

    def __init__(self, transport: Transport) -> None:
        super().__init__()
        self._transport = transport

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Body, status, headers. Raises the library's `APIConnectionError`."""
        body = post_data.encode() if isinstance(post_data, str) else post_data or b""
        try:
            answer = self._transport.send(method.upper(), url, headers or {}, body)
        except ProviderAway as error:
            raise stripe.APIConnectionError(str(error)) from None  # type: ignore[no-untyped-call]
        return answer.body.decode("utf-8", "replace"), answer.status, answer.headers

    def close(self) -> None:
        """Nothing of its own to close."""
