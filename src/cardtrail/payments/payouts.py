"""Paying a person out of the brand's own money: what the brand takes back a card for.

An order's money comes from a buyer and is only passed on; this money was never paid in for anything. Not every provider
does that for every merchant, and what is not there cannot be called: a provider that pays out has these methods besides
the port's, one that does not is refused by `payer` with a word for it.
"""

from __future__ import annotations

import re
from typing import Protocol, runtime_checkable

import msgspec

from cardtrail.payments.port import Progress, Provider, check_amount, check_key

_ACCOUNT = re.compile(r"[!-~]{1,128}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_MAX_SUBJECT = 100


class NotOffered(Exception):  # noqa: N818 - it names what is wrong
    """The provider does not pay people out of the brand's money, or not in this currency."""


class Payout(msgspec.Struct, frozen=True, kw_only=True):
    """Money that the brand sends to a person. Raises `ValueError` for values that no provider could take.

    key           ours, 1 to 64 of A-Z a-z 0-9 _, one for each payout: repeated with it, nothing is paid twice
    account       the person's account at the provider
    amount_minor  from 1, in minor units of `currency` (ISO 4217)
    subject       what the person reads, at most 100 characters; no card number
    """

    key: str
    account: str
    amount_minor: int
    currency: str
    subject: str

    def __post_init__(self) -> None:
        check_key(self.key)
        check_amount(self.amount_minor)
        if not _ACCOUNT.fullmatch(self.account):
            raise ValueError("an account has 1 to 128 ASCII characters and no blanks")
        if not _CURRENCY.fullmatch(self.currency):
            raise ValueError("a currency is three capital letters (ISO 4217)")
        if not 0 < len(self.subject) <= _MAX_SUBJECT or not self.subject.isprintable():
            raise ValueError(f"a subject has 1 to {_MAX_SUBJECT} printable characters")


class PaidOut(msgspec.Struct, frozen=True, kw_only=True):
    """A payout as the provider has it."""

    progress: Progress
    account: str
    amount_minor: int
    currency: str
    at_ms: int


@runtime_checkable
class PaysOut(Protocol):
    """A provider that pays people. Both methods may raise `ProviderAway` and `ProviderRefused`; call them outside of a
    database transaction."""

    def pay_out(self, payout: Payout) -> Progress:
        """Pay. The same payout again does nothing and answers the same; another one under its key is refused:
        `key_reused`."""

    def paid_out(self, key: str) -> PaidOut | None:
        """The payout of a key, none if the provider never heard of it."""


def payer(provider: Provider, currency: str) -> PaysOut:
    """The provider, as one that pays out in this currency. Raises `NotOffered`."""
    if not isinstance(provider, PaysOut) or currency not in provider.terms.currencies:
        raise NotOffered(f"{provider.name} does not pay people in {currency} here")
    return provider
