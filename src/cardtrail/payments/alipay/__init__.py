"""Alipay (支付宝), by 互联网平台直付通 with account period (账期).

The seller is a sub-merchant (二级商户) of the platform; a buyer's payment waits at Alipay, unsettled, in that name.
`release` is `alipay.trade.settle.confirm`: it settles to the seller the trade's amount less what was refunded, and
no other. Without it Alipay settles by itself after `settle_period_time`, at most 365 days. A refund before that is
paid from what waits. Turned down: pre-authorisation (预授权: for deposits, and only some trades may), and splitting
(分账, `order.settle`: there the money is the platform's own, which we must not hold).

Alipay answers a refund at once, and its notifications give the *sum* of all refunds of a trade: so no event is made
of those, and `refund` leaves nothing pending. Its domestic payments are not called back by banks.

Documents: 统一收单确认结算接口 (`docs/AlipayTradeSettleApi.md` in github.com/alipay/alipay-sdk-net-all),
`SettleInfo` there for the account period; notifications: https://opendocs.alipay.com/open/203/105286.
"""
