"""Stripe, by Connect with separate charges and transfers.

The seller is a connected account. A buyer pays on Stripe's own page (Checkout) to the platform; `release` is a
transfer to the seller's account, tied to that charge (`source_transaction`); a refund before that is paid from the
platform's balance.

What this is not: Stripe "doesn't provide escrow services or support escrow accounts". Until the transfer the money
lies on the platform's balance at Stripe. Stripe, and not this product, holds it, yet it is the platform's in name:
an operator has to ask their own counsel whether that may be, and set payouts to manual, or it is paid out to their
bank meanwhile. Elsewhere than in the United States (two years) and Thailand (ten days) it has to be paid out within
90 days. Turned down: manual capture, where the money stays with the payer's bank, but for seven days only and then
falls back to them, which is shorter than a dispute here can last; destination charges, which pay the seller at once.

A card payment can be charged back for months, also after the transfer; the platform pays then. Stripe's fees are the
platform's, too. A Checkout page lives for half an hour at least, so an order that expires earlier is closed by
`close`.

Documents: https://docs.stripe.com/connect/separate-charges-and-transfers,
https://docs.stripe.com/connect/manual-payouts, https://docs.stripe.com/webhooks (signatures),
https://docs.stripe.com/api/idempotent_requests.
"""
