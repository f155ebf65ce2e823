"""WeChat Pay's signatures and its encrypted resources, by the functions of `wechatpayv3`.

Its client class is not used: asked to check a notification with an unknown serial number it fetches certificates
first, so that any stranger makes us call out; it looks at no time; and it knows nothing of 平台收付通.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from wechatpayv3.utils import aes_decrypt, build_authorization, rsa_verify

from cardtrail.payments.bodies import strict_json, text

WINDOW_MS = 5 * 60_000
"""What WeChat Pay's documents tell to refuse beyond: a clock five minutes off, either way."""

_TIME = re.compile(r"[1-9][0-9]{9}")


class BadSeal(Exception):  # noqa: N818 - it names what happened
    """Not from WeChat Pay. `code` is one of `BadNotification`'s."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Keys:
    """Who we are and whom we believe.

    merchant       the platform's merchant id (sp_mchid)
    serial         of the merchant's API certificate
    key            its private key
    wechat         WeChat Pay's keys: by public key id (`PUB_KEY_ID_…`) or by the serial of a platform certificate
    api_v3_key     32 characters, for resources in notifications
    """

    def __init__(
        self,
        merchant: str,
        serial: str,
        key: RSAPrivateKey,
        wechat: Mapping[str, RSAPublicKey],
        api_v3_key: str,
    ) -> None:
        if len(api_v3_key.encode()) != 32:
            raise ValueError("an API v3 key has 32 characters")
        self.merchant = merchant
        self._serial = serial
        self._key = key
        self._wechat = {name.upper().removeprefix("0X"): public for name, public in wechat.items()}
        self._api_v3_key = api_v3_key

    def authorization(self, method: str, path: str, body: str) -> str:
        """The header that signs a request."""
        return cast(
            "str", build_authorization(path, method, self.merchant, self._serial, self._key, data=body)
        )

    @property
    def wanted_serial(self) -> str:
        """Which key WeChat Pay is asked to sign its answers with."""
        return next(iter(self._wechat))

    def check(self, headers: Mapping[str, str], body: bytes, now_ms: int) -> None:
        """Whether WeChat Pay signed this, and recently. Raises `BadSeal`.

        headers   with names in lower case
        """
        time = headers.get("wechatpay-timestamp", "")
        nonce = headers.get("wechatpay-nonce", "")
        signature = headers.get("wechatpay-signature", "")
        kind = headers.get("wechatpay-signature-type", "WECHATPAY2-SHA256-RSA2048")
        if not (_TIME.fullmatch(time) and nonce and signature) or kind != "WECHATPAY2-SHA256-RSA2048":
            raise BadSeal("malformed")
        public = self._wechat.get(headers.get("wechatpay-serial", "").upper())
        if public is None:
            raise BadSeal("unknown_key")
        try:
            genuine = rsa_verify(time, nonce, body.decode("utf-8"), signature, public)
        except UnicodeDecodeError:
            raise BadSeal("malformed") from None
        if not genuine:
            raise BadSeal("bad_signature")
        if abs(now_ms - int(time) * 1000) > WINDOW_MS:
            raise BadSeal("stale")

    def opened(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        """The content of an encrypted resource (AEAD_AES_256_GCM). Raises `BadSeal`."""
        try:
            if resource["algorithm"] != "AEAD_AES_256_GCM":
                raise ValueError("another algorithm")
            plain = aes_decrypt(
                nonce=text(resource["nonce"]),
                ciphertext=text(resource["ciphertext"]),
                associated_data=text(resource.get("associated_data") or ""),
                apiv3_key=self._api_v3_key,
            )
            if plain is None:
                raise BadSeal("bad_signature")
            return strict_json(plain)
        except (KeyError, ValueError):
            raise BadSeal("malformed") from None

    def __repr__(self) -> str:
        return f"Keys({self.merchant})"
