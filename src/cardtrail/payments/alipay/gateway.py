"""Alipay's gateway: requests signed by the application, answers by Alipay (RSA2: RSA with SHA-256, PKCS #1 v1.5).

Written on `cryptography`, not on the vendor's library: docs/decisions/0032-payment-providers.md says why.
"""

from __future__ import annotations

import binascii
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from cardtrail.payments.bodies import as_beijing, strict_json, text
from cardtrail.payments.port import ProviderAway, ProviderRefused
from cardtrail.payments.transport import Transport

URL = "https://openapi.alipay.com/gateway.do"

_CODES = {
    "ACQ.TRADE_NOT_EXIST": "unknown_order",
    "ACQ.TRADE_HAS_SUCCESS": "already_paid",
    "ACQ.TRADE_HAS_CLOSE": "closed",
    "ACQ.TRADE_HAS_FINISHED": "released",
    "ACQ.SELLER_BALANCE_NOT_ENOUGH": "released",
    "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL": "not_enough",
    "ACQ.REFUND_AMT_RESTRICTION": "not_enough",
    "ACQ.DISCORDANT_REPEAT_REQUEST": "key_reused",
    "ACQ.CONTEXT_INCONSISTENT": "key_reused",
    "ACQ.TRADE_NOT_ALLOW_REFUND": "not_allowed",
    "ACQ.REASON_TRADE_BEEN_FREEZEN": "not_allowed",
}
_PASSING = frozenset({"ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "isp.unknow-error", "aop.unknow-error"})


class Gateway:
    """Signs, asks, and checks what is answered.

    app_id   the application at Alipay's open platform
    key      the application's private key
    alipay   Alipay's public key for this application, not the application's own
    """

    def __init__(
        self,
        app_id: str,
        key: RSAPrivateKey,
        alipay: RSAPublicKey,
        transport: Transport,
        url: str,
        now_ms: Callable[[], int],
    ) -> None:
        self.app_id = app_id
        self._key = key
        self._alipay = alipay
        self._transport = transport
        self._url = url
        self._now_ms = now_ms

    def address(self, method: str, content: Mapping[str, object], extra: Mapping[str, str]) -> str:
        """A signed address that the payer's browser opens. Nothing in it is secret."""
        return f"{self._url}?{urlencode(self._signed(method, content, extra))}"

    def call(self, method: str, content: Mapping[str, object]) -> dict[str, Any]:
        """The answer to a request. Raises `ProviderAway`, `ProviderRefused`."""
        body = urlencode(self._signed(method, content, {})).encode()
        headers = {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}
        answer = self._transport.send("POST", self._url, headers, body)
        if answer.status != 200:
            raise ProviderAway(f"Alipay answered {answer.status}")
        signed, signature = _parts(answer.body, method)
        try:
            found = strict_json(signed)
            code, detail = text(found["code"]), text(found.get("sub_code", ""))
        except (KeyError, ValueError):
            raise ProviderAway("Alipay's answer cannot be read") from None
        if code == "10000":
            if not self.genuine(signed.encode(), signature):
                # Not a refusal: whoever answered, it may have been done.
                raise ProviderAway("an answer that Alipay did not sign")
            return found
        if code == "20000" or detail in _PASSING:
            raise ProviderAway(f"Alipay cannot do it now ({code})")
        # Not all refusals are signed: those about our own signature cannot be.
        raise ProviderRefused(_CODES.get(detail, "other"), detail or code)

    def genuine(self, signed: bytes, signature: str) -> bool:
        """Whether Alipay signed these bytes."""
        try:
            self._alipay.verify(b64decode(signature, validate=True), signed, PKCS1v15(), SHA256())
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True

    def _signed(self, method: str, content: Mapping[str, object], extra: Mapping[str, str]) -> dict[str, str]:
        fields = {
            "app_id": self.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": as_beijing(self._now_ms()),
            "version": "1.0",
            "biz_content": json.dumps(content, ensure_ascii=False, separators=(",", ":")),
            **extra,
        }
        signature = self._key.sign(joined(fields).encode(), PKCS1v15(), SHA256())
        return {**fields, "sign": b64encode(signature).decode()}


def joined(fields: Mapping[str, str]) -> str:
    """What is signed: the fields in the order of their names, `name=value`, joined by `&`."""
    return "&".join(f"{name}={value}" for name, value in sorted(fields.items()))


def _parts(body: bytes, method: str) -> tuple[str, str]:
    """The text of the answer that is signed, byte for byte, and the signature. Raises `ProviderAway`."""
    try:
        whole = body.decode("utf-8")
        document = strict_json(whole)
        name = method.replace(".", "_") + "_response"
        if name not in document:
            name = "error_response"
        if not isinstance(document.get(name), dict):
            raise ValueError("no answer in it")
        start = whole.index("{", whole.index(f'"{name}"') + len(name) + 2)
        _, end = json.JSONDecoder().raw_decode(whole, start)
        return whole[start:end], text(document.get("sign", ""))
    except ValueError:
        raise ProviderAway("Alipay's answer cannot be read") from None
