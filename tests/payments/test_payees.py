"""Sellers' accounts as each provider writes them: a slip of the pen is noticed before somebody else is paid."""

from __future__ import annotations

import pytest

from cardtrail.payments.alipay.provider import Alipay
from cardtrail.payments.port import Terms, is_payee
from cardtrail.payments.sandbox.client import Sandbox
from cardtrail.payments.stripe.provider import Stripe
from cardtrail.payments.wechat.provider import WeChat

STRIPE = Stripe("sk_test_x", "whsec_x", frozenset({"HKD"})).terms


@pytest.mark.parametrize(
    ("terms", "account"),
    [
        (Alipay.terms, "2088102175953034"),
        (WeChat.terms, "1900000109"),
        (WeChat.terms, "12345678"),
        (STRIPE, "acct_1Nv0FGQ9RKHgCVdK"),
    ],
)
def test_its_own_are_known(terms: Terms, account: str) -> None:
    assert is_payee(account, terms)


@pytest.mark.parametrize(
    ("terms", "account"),
    [
        (Alipay.terms, "208810217595303"),
        (Alipay.terms, "20881021759530345"),
        (Alipay.terms, "1088102175953034"),
        (Alipay.terms, "2088102175953034\n"),
        (Alipay.terms, "２０８８102175953034"),
        (Alipay.terms, "seller@example.com"),
        (WeChat.terms, "1900000"),
        (WeChat.terms, "190000010a"),
        (WeChat.terms, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"),
        (STRIPE, "acct_"),
        (STRIPE, "acct_1"),
        (STRIPE, "cus_1Nv0FGQ9RKHgCVdK"),
        (STRIPE, " acct_1Nv0FGQ9RKHgCVdK"),
        (STRIPE, "acct_1Nv0FGQ9RKHgCVdK/../x"),
    ],
)
def test_what_is_none_is_noticed(terms: Terms, account: str) -> None:
    assert not is_payee(account, terms)


def test_the_sandbox_needs_none() -> None:
    assert not Sandbox.terms.payee_form
    assert not is_payee("", Sandbox.terms)
    assert not is_payee("person_1", Sandbox.terms)
