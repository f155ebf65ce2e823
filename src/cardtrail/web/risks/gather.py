"""From what is asked to what is known: the signals of one question."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import Max

from cardtrail.risk.links import Kind
from cardtrail.risk.port import Act
from cardtrail.risk.signals import Signals
from cardtrail.web.accounts.models import Device, Person
from cardtrail.web.ledger.models import Card
from cardtrail.web.risks import counters, penalties
from cardtrail.web.risks.links import group_of, shared_by
from cardtrail.web.risks.presence import STRONG, Presence, device_of
from cardtrail.web.risks.traces import Traces

OUTWARD = frozenset((Act.LIST, Act.GIVE, Act.RETURN))
"""Acts by which a card leaves the person who asks: only these count as cards moved."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What somebody wants to do.

    person             who wants it; for `buy` and `deliver` the buyer
    value_minor        what is at stake; a card's balance counts where that is more
    about              what it is for: `listing/…`, `order/…`
    counterparty       the other side, if it is known
    payer              the person's side of the money, as provider and account: where it came from, for a sale where it
                       is to go; empty: not known
    payer_is_person    whether that account is the person's own
    clean_value_minor  value of the person's completed deals that earn a record; none: not known
    open_value_minor   value of all that is under way for them, this included
    others             further cards that go in the same act: one question for all of them, with the value of all
    traces             the person's traces and the other side's, if the asker has read them in this transaction
    """

    person: Person
    act: Act
    serial: int | None
    value_minor: int
    currency: str
    about: str
    counterparty: Person | None = None
    payer: str = ""
    payer_is_person: bool | None = None
    clean_value_minor: int | None = None
    open_value_minor: int | None = None
    others: tuple[int, ...] = ()
    traces: Traces | None = None

    @property
    def leaving(self) -> frozenset[int]:
        """The cards that leave the person by this."""
        if self.act not in OUTWARD or self.serial is None:
            return frozenset()
        return frozenset((self.serial, *self.others))


def gather(inquiry: Inquiry, presence: Presence, at_ms: int, *, keep: bool = True) -> Signals:
    """All signals, and what was seen is kept. Where a card would leave, the gates of everybody whose cards were counted
    are locked until the transaction ends: nobody else is told the same number. Unless `keep`, nothing is written or
    locked."""
    person, device = inquiry.person, device_of(inquiry.person, presence)
    seen = _noted(inquiry, presence, device, at_ms)
    if keep:
        seen.write()
    group = group_of(person, seen)
    if keep and inquiry.leaving:
        counters.lock(group)
    own_cards, group_cards = _cards(inquiry, group, at_ms)
    penalised, penalised_kinds = penalties.weigh(person, inquiry.act)
    cards = _read(inquiry)
    return Signals(
        currency=inquiry.currency,
        value_minor=_value(inquiry, cards),
        card_age_ms=_youngest_ms(inquiry, cards, at_ms),
        account_age_ms=_since(_joined_ms(person), at_ms),
        device_age_ms=None if device is None else _since(device.first_seen_ms, at_ms),
        address_age_ms=_since(seen.network_since_ms(presence.address), at_ms),
        factor_age_ms=_since(_factor_since_ms(person), at_ms),
        proof_age_ms=_since(presence.proved_ms, at_ms),
        cards_moved=own_cards,
        group_cards=group_cards,
        group_size=len(group),
        counterparty_kinds=_with_counterparty(inquiry, seen),
        penalised_kinds=penalised_kinds,
        penalised_person=penalised,
        payer_is_person=inquiry.payer_is_person,
        clean_value_minor=inquiry.clean_value_minor,
        open_value_minor=inquiry.open_value_minor,
    )


def traces_for(person: Person, counterparty: Person | None) -> Traces:
    """What a question about these two begins with."""
    return Traces(person) if counterparty is None else Traces(person, counterparty)


def _noted(inquiry: Inquiry, presence: Presence, device: Device | None, at_ms: int) -> Traces:
    """The person's traces, those of this question included."""
    seen = inquiry.traces or traces_for(inquiry.person, inquiry.counterparty)
    seen.note_device(device, at_ms)
    seen.note_address(presence.address, at_ms)
    seen.note_identity(at_ms)
    if inquiry.payer:
        seen.note(Kind.PAYER, inquiry.payer, at_ms)
    if inquiry.counterparty is not None and inquiry.act is Act.DELIVER:
        seen.note(Kind.COUNTERPARTY, str(inquiry.counterparty.pk), at_ms)
        seen.note(Kind.COUNTERPARTY, str(inquiry.person.pk), at_ms, of=inquiry.counterparty)
    return seen


def _cards(inquiry: Inquiry, group: frozenset[UUID], at_ms: int) -> tuple[int, int]:
    """How many different cards the person, and the whole group, passed on within the window, this one included."""
    moved = counters.moved(group, at_ms)
    this = inquiry.leaving
    own = moved.get(inquiry.person.pk, frozenset())
    return len(own | this), len(frozenset().union(*moved.values()) | this)


def _read(inquiry: Inquiry) -> list[Card]:
    """The cards that are asked about, as far as the ledger has them."""
    serials = [] if inquiry.serial is None else [inquiry.serial, *inquiry.others]
    return list(Card.objects.filter(serial__in=serials)) if serials else []


def _value(inquiry: Inquiry, cards: list[Card]) -> int:
    on_cards = sum(card.balance_minor for card in cards if card.currency == inquiry.currency)
    return max(inquiry.value_minor, on_cards)


def _youngest_ms(inquiry: Inquiry, cards: list[Card], at_ms: int) -> int | None:
    """The age of the youngest of the cards; none where one of them is not known."""
    ages = [age for card in cards if (age := _since(card.activated_ms, at_ms)) is not None]
    known = bool(cards) and len(ages) == len({inquiry.serial, *inquiry.others})
    return min(ages) if known else None


def _since(began_ms: int | None, at_ms: int) -> int | None:
    """An age; two clocks that differ make nothing older or unborn."""
    return None if began_ms is None else max(at_ms - began_ms, 0)


def _joined_ms(person: Person) -> int:
    return round(person.joined.timestamp() * 1000)


def _factor_since_ms(person: Person) -> int:
    """When the newest second factor was added; where there is none, none was added since the person joined."""
    rows = Authenticator.objects.filter(user_id=person.pk, type__in=STRONG)
    newest = rows.aggregate(newest=Max("created_at"))["newest"]
    return _joined_ms(person) if newest is None else round(newest.timestamp() * 1000)


def _with_counterparty(inquiry: Inquiry, seen: Traces) -> int | None:
    if inquiry.counterparty is None:
        return None
    if inquiry.counterparty.pk == inquiry.person.pk:
        return len(Kind)
    return shared_by(inquiry.person, inquiry.counterparty, seen)
