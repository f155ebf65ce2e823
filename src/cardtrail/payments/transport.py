"""One HTTP request to a provider. Injected everywhere, so that no test can reach further than it means to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec
import urllib3

from cardtrail.payments.port import ProviderAway

_MAX_ANSWER_BYTES = 1024 * 1024
_TIMEOUT = urllib3.Timeout(connect=3.0, read=8.0)


class Answer(msgspec.Struct, frozen=True):
    """What came back; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Transport(Protocol):
    """Whatever sends a request and brings the answer."""

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One request, once. Raises `ProviderAway` if there is no answer in time, or one that is far too long."""


class Http:
    """Over the network: certificates checked, redirects not followed, nothing tried twice by itself."""

    def __init__(self, timeout: urllib3.Timeout = _TIMEOUT) -> None:
        self._pool = urllib3.PoolManager(maxsize=16, retries=False, timeout=timeout)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """See `Transport`."""
        try:
            # Not the texts of these errors: they hold the address, and some providers put a signature into it.
            answer = self._pool.request(
                method, url, body=body or None, headers=headers, redirect=False, preload_content=False
            )
            try:
                content = answer.read(_MAX_ANSWER_BYTES + 1)
            finally:
                answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise ProviderAway(f"the provider does not answer ({type(error).__name__})") from None
        if len(content) > _MAX_ANSWER_BYTES:
            raise ProviderAway("the provider's answer is too long")
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, content)
