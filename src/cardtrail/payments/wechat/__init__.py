"""WeChat Pay (微信支付) API v3, by 平台收付通 (电商收付通).

The seller is a sub-merchant (二级商户); orders are placed with `profit_sharing`, so that the money is frozen at
WeChat Pay in the sub-merchant's name. `release` is `/v3/ecommerce/profitsharing/finish-order`, which unfreezes to
the seller all that is left; it is taken at once and done a little later. Without it WeChat Pay unfreezes by itself
after 180 days. A refund before that comes out of the frozen money. Turned down: splitting (分账) of the brand's own
receipts, which would be holding buyers' money, is frozen for 30 days at most, and pays at most 30 % to others.

Payers scan a QR code (Native). Domestic payments are not called back by banks; complaints (消费者投诉) are a process
of their own, which staff follow at WeChat Pay.

Documents: https://pay.weixin.qq.com/docs/partner/apis/ecommerce-profit-sharing/orders/finish-order.html,
https://pay.weixin.qq.com/doc/v3/partner/4012525463 (180 days; refunds come out of the frozen money),
https://pay.weixin.qq.com/doc/v3/partner/4012476892 (refunds), https://pay.weixin.qq.com/doc/v3/merchant/4014547102
(30 days).
"""
