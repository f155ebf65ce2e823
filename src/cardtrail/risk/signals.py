"""What can be known about somebody who wants to do something. Every signal may be missing."""

from __future__ import annotations

from typing import Literal

from cardtrail.risk.value import Value
from cardtrail.wire.money import Currency, Minor
from cardtrail.wire.scalars import Count

Measure = Literal[
    "value_minor",
    "card_age_ms",
    "account_age_ms",
    "device_age_ms",
    "address_age_ms",
    "factor_age_ms",
    "cards_moved",
    "group_cards",
    "group_size",
    "counterparty_kinds",
    "penalised_kinds",
    "clean_value_minor",
    "open_value_minor",
]
"""Signals that are numbers, and that a rule may compare."""

Fact = Literal["payer_is_person", "penalised_person"]
"""Signals that are so or not."""

MONEY: frozenset[Measure] = frozenset(("value_minor", "clean_value_minor", "open_value_minor"))
"""Amounts, in the rules' currency. In another one they count as not known."""


class Signals(Value):
    """None: not known, which is something else than nought.

    value_minor         what is at stake: what is on the card, or its price if that is more
    card_age_ms         since the card's first activation
    account_age_ms      since the person signed up
    device_age_ms       since the person was first seen on this device
    address_age_ms      since the person was first seen in this network
    factor_age_ms       since the newest passkey or authenticator app of the person was added
    proof_age_ms        since the person last proved in this session, by one of those, who they are
    cards_moved         different cards that the person passed on within 72 hours, this one included
    group_cards         likewise of all accounts linked to the person's, its own included
    group_size          accounts in that group, 1 for one without links
    counterparty_kinds  kinds of things the person shares with the other side (`links.Kind`)
    penalised_kinds     the most kinds of things shared with one account that is under a penalty
    penalised_person    the person, by their identity document, is under a penalty
    payer_is_person     the money came from the person's own account
    clean_value_minor   value of completed deals with people who are not linked, that nobody disputed with success
    open_value_minor    value of all that is under way for the person, this deal included
    """

    currency: Currency
    value_minor: Minor | None = None
    card_age_ms: Count | None = None
    account_age_ms: Count | None = None
    device_age_ms: Count | None = None
    address_age_ms: Count | None = None
    factor_age_ms: Count | None = None
    proof_age_ms: Count | None = None
    cards_moved: Count | None = None
    group_cards: Count | None = None
    group_size: Count | None = None
    counterparty_kinds: Count | None = None
    penalised_kinds: Count | None = None
    penalised_person: bool | None = None
    payer_is_person: bool | None = None
    clean_value_minor: Minor | None = None
    open_value_minor: Minor | None = None

    def measure(self, name: Measure, currency: str) -> int | None:
        """A number, for rules whose amounts are in this currency."""
        if name in MONEY and currency != self.currency:
            return None
        value: int | None = getattr(self, name)
        return value

    def known(self) -> dict[str, int | str]:
        """All that is known, by name, for the record. Facts are 0 or 1."""
        found = {name: getattr(self, name) for name in self.__struct_fields__}
        return {
            name: int(value) if isinstance(value, bool) else value
            for name, value in found.items()
            if value is not None
        }
