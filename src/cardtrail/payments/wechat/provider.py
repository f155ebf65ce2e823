"""WeChat Pay behind the port."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from cardtrail.payments.bodies import as_zoned, integer, strict_json, text
from cardtrail.payments.clock import clock_ms
from cardtrail.payments.keys import certificate, private_key, public_key
from cardtrail.payments.port import (
    Event,
    Payment,
    PaymentRequest,
    PayWay,
    Progress,
    ProviderAway,
    ProviderRefused,
    Reply,
    Standing,
    Terms,
    check_amount,
    check_key,
    check_order_id,
)
from cardtrail.payments.settings import ConfigFault, Settings
from cardtrail.payments.transport import Http, Transport
from cardtrail.payments.wechat import notice
from cardtrail.payments.wechat.seal import BadSeal, Keys

HOST = "https://api.mch.weixin.qq.com"
HOLD_DAYS = 180
_TERMS = Terms(
    currencies=frozenset({"CNY"}),
    held_by="WeChat Pay, frozen, in the name of the seller's sub-merchant account (平台收付通)",
    longest_hold_ms=HOLD_DAYS * 24 * 3600 * 1000,
    then="releases",
    calls_back=False,
    source="https://pay.weixin.qq.com/doc/v3/partner/4012525463",
    payee_form="[0-9]{8,32}",
)
_CODES = {
    "ORDER_NOT_EXIST": "unknown_order",
    "RESOURCE_NOT_EXISTS": "unknown_order",
    "ORDERPAID": "already_paid",
    "ORDER_CLOSED": "closed",
    "OUT_TRADE_NO_USED": "key_reused",
    "NOT_ENOUGH": "not_enough",
    "NO_AUTH": "not_allowed",
    "SIGN_ERROR": "not_allowed",
}
_PASSING = frozenset(
    {"SYSTEM_ERROR", "BIZERR_NEED_RETRY", "FREQUENCY_LIMITED", "FREQUENCY_LIMIT_EXCEED", "RATELIMIT_EXCEEDED"}
)


class WeChat:
    """The provider. `cardtrail.payments.wechat` says how the money is held.

    app_id       the platform's public account or application (sp_appid)
    refund_url   where refunds are notified: `…/pay/notify/wechat/`
    """

    name = "wechat"
    terms = _TERMS
    received = Reply(200, "application/json", b'{"code":"SUCCESS"}')

    def __init__(
        self,
        app_id: str,
        keys: Keys,
        refund_url: str,
        *,
        transport: Transport | None = None,
        now_ms: Callable[[], int] = clock_ms,
    ) -> None:
        self._app_id = app_id
        self._keys = keys
        self._refund_url = refund_url
        self._transport = transport or Http()
        self._now_ms = now_ms

    def create(self, request: PaymentRequest) -> PayWay:
        """See the port. WeChat Pay itself refuses the same order with other values."""
        content = {
            "sp_appid": self._app_id,
            "sp_mchid": self._keys.merchant,
            "sub_mchid": request.payee,
            "description": request.subject,
            "out_trade_no": request.order_id,
            "time_expire": as_zoned(request.expires_ms),
            "notify_url": request.notify_url,
            "settle_info": {"profit_sharing": True},
            "amount": {"total": request.amount_minor, "currency": request.currency},
        }
        if request.currency not in self.terms.currencies:
            raise ProviderRefused("not_allowed", "currency")
        answer = self._call("POST", "/v3/pay/partner/transactions/native", content)
        return PayWay(payment_id="", qr=_part(answer, "code_url"))

    def parse_notification(self, body: bytes, headers: Mapping[str, str], now_ms: int) -> Event | None:
        """See the port."""
        return notice.parse(self._keys, self._app_id, body, headers, now_ms)

    def close(self, payment: Payment) -> None:
        """See the port."""
        path = f"{_transaction(payment)}/close"
        try:
            self._call("POST", path, {"sp_mchid": self._keys.merchant, "sub_mchid": payment.payee})
        except ProviderRefused as error:
            if error.code not in ("unknown_order", "closed"):
                raise

    def release(self, payment: Payment, amount_minor: int, key: str) -> Progress:
        """See the port. WeChat Pay takes no amount and pays all that is left: only more than was paid is refused."""
        check_amount(amount_minor)
        check_key(key)
        standing = self.query(payment)
        if standing is None:
            raise ProviderRefused("unknown_order")
        if not standing.paid_minor:
            raise ProviderRefused("not_paid")
        if amount_minor > standing.paid_minor:
            raise ProviderRefused("not_the_rest")
        content = {
            "sub_mchid": payment.payee,
            "transaction_id": standing.payment_id,
            "out_order_no": key,
            "description": "交易完成",
        }
        self._call("POST", "/v3/ecommerce/profitsharing/finish-order", content)
        return Progress.DONE if self._released(payment, standing.payment_id, key) else Progress.PENDING

    def refund(self, payment: Payment, amount_minor: int, key: str) -> Progress:
        """See the port. It is taken at once; a notification, or `query`, tells of its end."""
        check_amount(amount_minor)
        check_key(key)
        check_order_id(payment.order_id)
        content = {
            "sub_mchid": payment.payee,
            "sp_appid": self._app_id,
            "out_trade_no": payment.order_id,
            "out_refund_no": key,
            "amount": {
                "refund": amount_minor,
                "total": payment.amount_minor,
                "currency": payment.currency,
            },
            "notify_url": self._refund_url,
        }
        self._call("POST", "/v3/ecommerce/refunds/apply", content)
        return Progress.PENDING

    def query(self, payment: Payment, *, refunds: Sequence[str] = (), release: str = "") -> Standing | None:
        """See the port. Refunds and the release are looked up one by one."""
        asked = urlencode({"sp_mchid": self._keys.merchant, "sub_mchid": payment.payee})
        path = f"{_transaction(payment)}?{asked}"
        try:
            answer = self._call("GET", path, None)
        except ProviderRefused as error:
            if error.code == "unknown_order":
                return None
            raise
        try:
            state = text(answer["trade_state"])
            if state not in ("SUCCESS", "REFUND"):
                return Standing(
                    payment_id=text(answer.get("transaction_id") or ""),
                    state="closed" if state in ("CLOSED", "REVOKED") else "pending",
                    currency=payment.currency,
                )
            return self._paid(payment, answer, refunds, release)
        except (KeyError, ValueError, AttributeError, TypeError):
            raise ProviderAway("WeChat Pay's answer cannot be read") from None

    def __repr__(self) -> str:
        return f"WeChat({self._keys.merchant})"

    def _paid(
        self, payment: Payment, answer: Mapping[str, Any], refunds: Sequence[str], release: str
    ) -> Standing:
        payment_id = text(answer["transaction_id"])
        sums = {"SUCCESS": 0, "PROCESSING": 0}
        for key in refunds:
            status, amount_minor = self._refunded(payment, key)
            if status in sums:
                sums[status] += amount_minor
        paid_minor = integer(answer["amount"]["total"])
        released = bool(release) and self._released(payment, payment_id, release)
        return Standing(
            payment_id=payment_id,
            state="paid",
            currency=text(answer["amount"].get("currency", "CNY")),
            paid_minor=paid_minor,
            refunded_minor=sums["SUCCESS"],
            refunding_minor=sums["PROCESSING"],
            released_minor=paid_minor - sum(sums.values()) if released else 0,
            payer=text((answer.get("payer") or {}).get("sp_openid", "")),
            method=notice.method_of(text(answer.get("bank_type") or "")),
        )

    def _refunded(self, payment: Payment, key: str) -> tuple[str, int]:
        check_key(key)
        path = f"/v3/ecommerce/refunds/out-refund-no/{key}?{urlencode({'sub_mchid': payment.payee})}"
        try:
            answer = self._call("GET", path, None)
        except ProviderRefused as error:
            if error.code == "unknown_order":
                return "", 0
            raise
        return text(answer["status"]), integer(answer["amount"]["refund"])

    def _released(self, payment: Payment, payment_id: str, key: str) -> bool:
        check_key(key)
        asked = {"sub_mchid": payment.payee, "transaction_id": payment_id, "out_order_no": key}
        try:
            answer = self._call("GET", f"/v3/ecommerce/profitsharing/orders?{urlencode(asked)}", None)
        except ProviderRefused as error:
            if error.code == "unknown_order":
                return False
            raise
        return answer.get("status") == "FINISHED"

    def _call(self, method: str, path: str, content: Mapping[str, object] | None) -> dict[str, Any]:
        body = "" if content is None else json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        headers = {
            "accept": "application/json",
            "content-type": "application/json",
            "user-agent": "cardtrail",
            "wechatpay-serial": self._keys.wanted_serial,
            "authorization": self._keys.authorization(method, path, body),
        }
        answer = self._transport.send(method, HOST + path, headers, body.encode())
        if answer.status >= 500 or answer.status == 429:
            raise ProviderAway(f"WeChat Pay answered {answer.status}")
        if 200 <= answer.status < 300:
            try:
                self._keys.check(answer.headers, answer.body, self._now_ms())
                return strict_json(answer.body) if answer.body else {}
            except BadSeal as error:
                # Not a refusal: whoever answered, it may have been done.
                raise ProviderAway(f"an answer that WeChat Pay did not sign ({error.code})") from None
            except ValueError:
                raise ProviderAway("WeChat Pay's answer cannot be read") from None
        detail = _refusal(answer.body) or str(answer.status)
        if detail in _PASSING:
            raise ProviderAway(f"WeChat Pay cannot do it now ({detail})")
        raise ProviderRefused(_CODES.get(detail, "other"), detail)


def from_settings(settings: Settings) -> WeChat:
    """The provider as it is configured. Raises `ConfigFault`."""
    prefix = "CARDTRAIL_PAY_WECHAT"
    wechat = {}
    if settings.optional(f"{prefix}_PUBLIC_KEY_FILE"):
        public = public_key(settings, f"{prefix}_PUBLIC_KEY_FILE")
        wechat[settings.needed(f"{prefix}_PUBLIC_KEY_ID")] = public
    if settings.optional(f"{prefix}_CERTIFICATE_FILE"):
        serial, public = certificate(settings, f"{prefix}_CERTIFICATE_FILE")
        wechat[serial] = public
    if not wechat:
        raise ConfigFault(f"{prefix}_PUBLIC_KEY_FILE or {prefix}_CERTIFICATE_FILE has to be set")
    try:
        api_v3_key = settings.secret_file(f"{prefix}_API_V3_KEY_FILE").decode("ascii").strip()
        keys = Keys(
            settings.needed(f"{prefix}_MERCHANT_ID"),
            settings.needed(f"{prefix}_SERIAL"),
            private_key(settings, f"{prefix}_KEY_FILE"),
            wechat,
            api_v3_key,
        )
    except ConfigFault:
        raise
    except ValueError:
        raise ConfigFault(
            f"the file that {prefix}_API_V3_KEY_FILE names holds no key of 32 characters"
        ) from None
    return WeChat(settings.needed(f"{prefix}_APP_ID"), keys, settings.needed(f"{prefix}_NOTIFY_URL"))


def _transaction(payment: Payment) -> str:
    check_order_id(payment.order_id)
    return f"/v3/pay/partner/transactions/out-trade-no/{payment.order_id}"


def _part(answer: Mapping[str, Any], name: str) -> str:
    try:
        return text(answer[name])
    except (KeyError, ValueError):
        raise ProviderAway("WeChat Pay's answer cannot be read") from None


def _refusal(body: bytes) -> str:
    """The code in a refusal; only its characters that can be a code."""
    try:
        code = text(strict_json(body).get("code", ""))
    except ValueError:
        return ""
    return code if code.replace("_", "").isalnum() and code.isascii() and len(code) <= 64 else ""
