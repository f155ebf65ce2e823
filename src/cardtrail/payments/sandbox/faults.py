"""The switches: what is to go wrong, for all new payments or for one."""

from __future__ import annotations

import secrets
from typing import Annotated, Literal

import msgspec

_Ms = Annotated[int, msgspec.Meta(ge=0, le=7 * 24 * 3600 * 1000)]


class Faults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What goes wrong with a payment. All off: it behaves.

    late_ms           notifications are sent that much later
    duplicates        how many more times each notification is sent, after it was taken
    reordered         every other notification waits some seconds, so that the next one overtakes it
    lost              no notification is ever sent; only a query tells
    amount            the payer pays less or more than asked, by a tenth
    wrong_currency    pays in another currency
    wrong_payer       another account pays than the one chosen
    pay_after_expiry  a payment is still taken after its time, and it is not closed by itself
    charged_back      the bank takes the money back, `charged_back_ms` after it was paid
    bank_decides      after taking it back, the bank decides: won, the money is there again; lost, it is gone. Never:
                      it stays open
    bank_decides_ms   so long after it took it back
    refund            refuse: a refund is refused; fail: it is accepted and then fails; slow: it takes some seconds
    answers           error: calls are answered 500 and nothing is done; lost: what was asked is done, and the answer is
                      a 500; hang: it is done, and the answer comes after `hang_ms`
    percent           how many of a hundred payments, or calls, it strikes
    """

    late_ms: _Ms = 0
    duplicates: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    reordered: bool = False
    lost: bool = False
    amount: Literal["exact", "short", "over"] = "exact"
    wrong_currency: bool = False
    wrong_payer: bool = False
    pay_after_expiry: bool = False
    charged_back: bool = False
    charged_back_ms: _Ms = 0
    bank_decides: Literal["never", "won", "lost"] = "never"
    bank_decides_ms: _Ms = 0
    refund: Literal["works", "refuse", "fail", "slow"] = "works"
    answers: Literal["work", "error", "lost", "hang"] = "work"
    hang_ms: _Ms = 15_000
    percent: Annotated[int, msgspec.Meta(ge=0, le=100)] = 100

    def drawn(self) -> Faults:
        """For one payment: these switches where chance strikes it, else none but those of the answers."""
        if secrets.randbelow(100) < self.percent:
            return self
        return Faults(answers=self.answers, hang_ms=self.hang_ms, percent=self.percent)

    def answer_now(self) -> Literal["work", "error", "lost", "hang"]:
        """How this call is to be answered."""
        return self.answers if secrets.randbelow(100) < self.percent else "work"


def paid_instead(faults: Faults, amount_minor: int, currency: str) -> tuple[int, str]:
    """Amount and currency that are really paid when this much is asked."""
    tenth = max(1, amount_minor // 10)
    if faults.amount == "short":
        # A single fen cannot be paid short of anything but nothing.
        amount_minor = max(1, amount_minor - tenth)
    elif faults.amount == "over":
        amount_minor += tenth
    if faults.wrong_currency:
        currency = "EUR" if currency == "USD" else "USD"
    return amount_minor, currency
