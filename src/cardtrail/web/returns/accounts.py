"""Where a person is paid: their own account with a provider that pays people."""

from __future__ import annotations

from dataclasses import dataclass

from cardtrail.payments.payouts import NotOffered, payer
from cardtrail.payments.settings import ConfigFault
from cardtrail.web.accounts.models import Person
from cardtrail.web.orders import providers


@dataclass(frozen=True, slots=True)
class Account:
    """An account.

    reference   the provider's name for it
    same_name   whether we know that it is in the person's own name. The sandbox's play accounts are made for the
                person; of no other provider's account have we seen a proof
    """

    provider: str
    reference: str
    same_name: bool


def account_of(person: Person, currency: str) -> Account | None:
    """The account that a payout in this currency goes to; none if there is nobody to pay it, or nowhere."""
    try:
        known = providers.registry()
    except ConfigFault:
        return None
    for provider in known:
        try:
            payer(provider, currency)
        except NotOffered:
            continue
        reference = providers.payee(provider.name, person.pk)
        if reference:
            return Account(provider.name, reference, provider.name == providers.SANDBOX)
    return None
