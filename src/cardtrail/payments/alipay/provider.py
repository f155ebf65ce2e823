"""Alipay behind the port."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from cardtrail.payments.alipay import gateway, notice
from cardtrail.payments.bodies import as_beijing, as_yuan, text, yuan
from cardtrail.payments.clock import clock_ms
from cardtrail.payments.keys import private_key, public_key
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
from cardtrail.payments.settings import Settings
from cardtrail.payments.transport import Http, Transport

HOLD_DAYS = 365
_TERMS = Terms(
    currencies=frozenset({"CNY"}),
    held_by="Alipay, unsettled, in the name of the seller's sub-merchant account (直付通账期)",
    longest_hold_ms=HOLD_DAYS * 24 * 3600 * 1000,
    then="releases",
    calls_back=False,
    source="alipay.trade.settle.confirm and SettleInfo.settle_period_time, opendocs.alipay.com",
    payee_form="2088[0-9]{12}",
)


class Alipay:
    """The provider. `cardtrail.payments.alipay` says how the money is held."""

    name = "alipay"
    terms = _TERMS
    received = Reply(200, "text/plain", b"success")

    def __init__(
        self,
        app_id: str,
        key: RSAPrivateKey,
        alipay: RSAPublicKey,
        *,
        transport: Transport | None = None,
        url: str = gateway.URL,
        now_ms: Callable[[], int] = clock_ms,
    ) -> None:
        self._gateway = gateway.Gateway(app_id, key, alipay, transport or Http(), url, now_ms)

    def create(self, request: PaymentRequest) -> PayWay:
        """See the port. Nothing is sent: the address is signed here, and the trade begins when it is opened. So another
        request for the same order is refused by Alipay's page, not here."""
        if request.currency not in self.terms.currencies:
            raise ProviderRefused("not_allowed", "currency")
        content = {
            "out_trade_no": request.order_id,
            "total_amount": as_yuan(request.amount_minor),
            "subject": request.subject,
            "product_code": "QUICK_WAP_WAY",
            "time_expire": as_beijing(request.expires_ms),
            "sub_merchant": {"merchant_id": request.payee},
            "settle_info": {**_settle_info(request.amount_minor), "settle_period_time": f"{HOLD_DAYS}d"},
        }
        extra = {"notify_url": request.notify_url, "return_url": request.return_url}
        return PayWay(payment_id="", url=self._gateway.address("alipay.trade.wap.pay", content, extra))

    def parse_notification(self, body: bytes, headers: Mapping[str, str], now_ms: int) -> Event | None:
        """See the port."""
        return notice.parse(self._gateway, body, now_ms)

    def close(self, payment: Payment) -> None:
        """See the port. A trade that nobody has opened is unknown to Alipay: nothing is there to be closed, and the
        address can still be opened until the order expires."""
        check_order_id(payment.order_id)
        try:
            self._gateway.call("alipay.trade.close", {"out_trade_no": payment.order_id})
        except ProviderRefused as error:
            if error.code in ("unknown_order", "closed"):
                return
            standing = self.query(payment) if error.detail == "ACQ.TRADE_STATUS_ERROR" else None
            if standing is None or standing.state == "pending":
                raise
            if standing.state == "paid":
                raise ProviderRefused("already_paid", error.detail) from None

    def release(self, payment: Payment, amount_minor: int, key: str) -> Progress:
        """See the port. It is Alipay that refuses an amount other than the trade's less its refunds."""
        check_amount(amount_minor)
        check_key(key)
        content = {
            "out_request_no": key,
            "trade_no": payment.payment_id or self._trade_no(payment),
            "settle_info": _settle_info(amount_minor),
        }
        self._gateway.call("alipay.trade.settle.confirm", content)
        return Progress.DONE

    def refund(self, payment: Payment, amount_minor: int, key: str) -> Progress:
        """See the port."""
        check_amount(amount_minor)
        check_key(key)
        check_order_id(payment.order_id)
        content = {
            "out_trade_no": payment.order_id,
            "refund_amount": as_yuan(amount_minor),
            "out_request_no": key,
        }
        self._gateway.call("alipay.trade.refund", content)
        # `fund_change` N in the answer means that this key was done before. Either way it is done.
        return Progress.DONE

    def query(self, payment: Payment, *, refunds: Sequence[str] = (), release: str = "") -> Standing | None:
        """See the port. What was not refunded and does not wait unsettled any more was released."""
        check_order_id(payment.order_id)
        content = {"out_trade_no": payment.order_id, "query_options": ["trade_settle_info", "fund_bill_list"]}
        try:
            answer = self._gateway.call("alipay.trade.query", content)
        except ProviderRefused as error:
            if error.code == "unknown_order":
                return None
            raise
        try:
            return _standing(answer, sum(self._refunded_minor(payment, key) for key in refunds))
        except (KeyError, ValueError, AttributeError):
            raise ProviderAway("Alipay's answer cannot be read") from None

    def __repr__(self) -> str:
        return f"Alipay({self._gateway.app_id})"

    def _trade_no(self, payment: Payment) -> str:
        standing = self.query(payment)
        if standing is None:
            raise ProviderRefused("unknown_order")
        return standing.payment_id

    def _refunded_minor(self, payment: Payment, key: str) -> int:
        check_key(key)
        content = {"out_trade_no": payment.order_id, "out_request_no": key}
        answer = self._gateway.call("alipay.trade.fastpay.refund.query", content)
        # A refund that was never taken is answered without a status.
        return yuan(text(answer["refund_amount"])) if answer.get("refund_status") == "REFUND_SUCCESS" else 0


def from_settings(settings: Settings) -> Alipay:
    """The provider as it is configured. Raises `ConfigFault`."""
    prefix = "CARDTRAIL_PAY_ALIPAY"
    return Alipay(
        settings.needed(f"{prefix}_APP_ID"),
        private_key(settings, f"{prefix}_KEY_FILE"),
        public_key(settings, f"{prefix}_PUBLIC_KEY_FILE"),
        url=settings.optional(f"{prefix}_GATEWAY", gateway.URL),
    )


def _settle_info(amount_minor: int) -> dict[str, object]:
    return {"settle_detail_infos": [{"trans_in_type": "defaultSettle", "amount": as_yuan(amount_minor)}]}


def _standing(answer: Mapping[str, Any], refunded_minor: int) -> Standing:
    status, trade_no = text(answer["trade_status"]), text(answer["trade_no"])
    # A trade that was refunded whole is closed, too; but its payment has a date.
    if status not in ("TRADE_SUCCESS", "TRADE_FINISHED") and not answer.get("send_pay_date"):
        pending = status == "WAIT_BUYER_PAY"
        return Standing(payment_id=trade_no, state="pending" if pending else "closed", currency="CNY")
    paid_minor = yuan(text(answer["total_amount"]))
    # Only where there is an account period is this figure given; else the money went to the seller at once.
    unsettled = (answer.get("trade_settle_info") or {}).get("trade_unsettled_amount", "0")
    return Standing(
        payment_id=trade_no,
        state="paid",
        currency="CNY",
        paid_minor=paid_minor,
        refunded_minor=refunded_minor,
        released_minor=max(0, paid_minor - refunded_minor - yuan(text(unsettled))),
        payer=text(answer.get("buyer_user_id") or answer.get("buyer_open_id") or ""),
        method=notice.method_of(json.dumps(answer.get("fund_bill_list", [])), "fund_channel"),
    )
