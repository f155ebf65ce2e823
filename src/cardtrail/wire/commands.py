"""The commands: what a holder or an authority may ask of the ledger. One record each, encoded as a tagged
array.

All carry the network they are meant for and the moment after which they are void (`not_after_ms`). One that
touches existing cards carries the version it expects of each; an authority's command that touches none, or a
whole range, carries the role's sequence. So no signed command can ever take effect twice."""

from __future__ import annotations

import enum
from typing import Annotated

from msgspec import Meta

from cardtrail.wire.codec import Codec
from cardtrail.wire.money import Currency, Minor, PositiveMinor, Totals
from cardtrail.wire.products import ProductId, ProductName, Terms
from cardtrail.wire.record import Record
from cardtrail.wire.roles import Role, RoleKeys, Threshold
from cardtrail.wire.scalars import (
    MAX_CARDS_PER_COMMAND,
    MAX_PARTS,
    Count,
    Hash,
    Key,
    Millis,
    Network,
    Sequence,
    Serial,
    Version,
)


class Cause(enum.IntEnum):
    """Why an authority freezes, unfreezes, voids or rebinds. The case hash leads to the file behind it."""

    REQUEST = 0
    LOSS = 1
    FRAUD = 2
    CHARGEBACK = 3
    COURT_ORDER = 4
    COMPLIANCE = 5
    ERROR = 6
    CLEARED = 7
    BUYBACK = 8


class Command(Record):
    """What every command that is sent to a ledger carries: the network it is meant for, and the last moment
    it may take effect.
    """

    network: Network
    not_after_ms: Millis


class CardCommand(Command):
    """A command about one existing card, and the version its signer saw."""

    serial: Serial
    version: Version


class Define(Command, tag="define"):
    """The issuer defines the next product."""

    sequence: Sequence
    product: ProductId
    name: ProductName
    terms: Terms


class Issue(Command, tag="issue"):
    """The issuer adds cards of one product and face, inactive, one for each owner key, from `first_serial` on."""

    sequence: Sequence
    product: ProductId
    face_minor: PositiveMinor
    first_serial: Serial
    owners: Annotated[tuple[Key, ...], Meta(min_length=1, max_length=MAX_CARDS_PER_COMMAND)]


class Activate(Command, tag="activate"):
    """The issuer activates a range of cards that were paid for, or re-activates expired ones."""

    sequence: Sequence
    first_serial: Serial
    count: Annotated[int, Meta(ge=1, le=MAX_CARDS_PER_COMMAND)]


class Transfer(CardCommand, tag="transfer"):
    """The owner names the next owner: a claim (the owner key is a code's), or a direct gift."""

    owner: Key
    envelope: Hash


class Hold(CardCommand, tag="hold"):
    """The owner sets the card aside until a time for whoever may release it. With a price it is a sale."""

    release: Key | Role
    until_ms: Millis
    price_minor: Minor | None
    reference: Hash


class Release(CardCommand, tag="release"):
    """The release key names the next owner of a held card, and by its reference the hold that it means."""

    owner: Key
    envelope: Hash
    reference: Hash


class Return(CardCommand, tag="return"):
    """The hold ends without a new owner: by the release key at any time, by the owner once it has expired or,
    to object, while a rebind is pending."""


class Redeem(CardCommand, tag="redeem"):
    """The owner pays an amount for an order."""

    amount_minor: PositiveMinor
    order: Hash


class Refund(CardCommand, tag="refund"):
    """The issuer puts an amount of an order back onto a card, never beyond its face value."""

    amount_minor: PositiveMinor
    order: Hash


class Split(CardCommand, tag="split"):
    """The owner turns one card into several that add up to its balance. The parts keep the owner's key:
    dividing is not passing on."""

    amounts_minor: Annotated[tuple[PositiveMinor, ...], Meta(min_length=2, max_length=MAX_PARTS)]


class CardVersion(Record):
    """A card and the version expected of it."""

    serial: Serial
    version: Version


class Merge(Command, tag="merge"):
    """Several cards of one product become one, owned by the key of the first. Every card's key signs.
    Ascending serials.
    """

    cards: Annotated[tuple[CardVersion, ...], Meta(min_length=2, max_length=MAX_PARTS)]


class Freeze(CardCommand, tag="freeze"):
    """Issuer, clearer or regulator stops a card where it is."""

    by: Role
    cause: Cause
    case: Hash


class Unfreeze(CardCommand, tag="unfreeze"):
    """The role that froze a card, or the regulator, lets it go on."""

    by: Role
    cause: Cause
    case: Hash


class Void(CardCommand, tag="void"):
    """The issuer ends a card for good."""

    cause: Cause
    case: Hash


class Rebind(CardCommand, tag="rebind"):
    """The issuer, after proof of identity, sets a lost card aside for the claimant's key. The terms' delay
    must pass before that key can release it; until then the present owner can object with `return`."""

    release: Key
    case: Hash


class Appoint(Command, tag="appoint"):
    """A role's keys are set. The first entry of every log appoints the issuer and names the network."""

    by: Role
    sequence: Sequence
    role: Role
    keys: RoleKeys
    threshold: Threshold


class Attest(Command, tag="attest"):
    """The custodian states the deposit it keeps for a currency at a moment, with the hash of its statement."""

    sequence: Sequence
    currency: Currency
    deposit_minor: Minor
    as_of_ms: Millis
    statement: Hash


class Seal(Record, tag="seal"):
    """The node states what the log has led to before entry `entry`, which is this seal: root of the card
    register, count of cards, totals by currency (sorted). It carries no signature: every replay computes it
    again, and the checkpoint that ends with it is signed."""

    network: Network
    entry: Count
    register_root: Hash
    cards: Count
    totals: tuple[Totals, ...]


Body = (
    Define
    | Issue
    | Activate
    | Transfer
    | Hold
    | Release
    | Return
    | Redeem
    | Refund
    | Split
    | Merge
    | Freeze
    | Unfreeze
    | Void
    | Rebind
    | Appoint
    | Attest
    | Seal
)
"""What a command says, before it is signed."""

BODY_CODEC: Codec[Body] = Codec(Body)


def kind_of(body: Body) -> str:
    """The command's name, the first element of its array."""
    return str(type(body).__struct_config__.tag)


KINDS: tuple[str, ...] = tuple(str(member.__struct_config__.tag) for member in Body.__args__)
"""Every command's name, in the order of the declaration above."""
