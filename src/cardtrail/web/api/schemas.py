"""What the API takes and gives. Amounts are integers in minor units with the currency beside them; times are integer
milliseconds since 1970. What it takes is taken strictly: no unknown field, no number written as a text, no fraction."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

CARD_NUMBER = r"^[0-9]{16}$"
MOST_INTEGER = 2**63 - 1
PLAIN = r"^\S(.*\S)?$"

Amount = Annotated[int, Field(ge=1, le=10_000_000_000, description="In minor units (fen, cents).")]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217")]


class Given(BaseModel):
    """What comes from outside."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Shown(BaseModel):
    """What we answer."""

    model_config = ConfigDict(extra="forbid")


class Fault(Shown):
    """One field that cannot be used."""

    pointer: str = Field(description="JSON Pointer into the body, or the parameter's name")
    code: str
    detail: str


class ProblemDetails(BaseModel):
    """RFC 9457. `code` is stable; `detail` is for people and may change."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[Fault] = []


class PaymentIn(Given):
    """An amount that a shop asks for."""

    kind: Literal["till", "online"] = "online"
    amount_minor: Amount
    currency: Currency = "CNY"
    reference: str = Field(
        min_length=1, max_length=100, description="Your own order reference. The payer sees it."
    )
    shop: str | None = Field(
        None, min_length=1, max_length=60, description="The shop's name; by default the brand's."
    )
    return_url: str | None = Field(
        None,
        max_length=500,
        description="Where the payer goes on, with `?payment=<id>`; its origin has to be one of the key's. Ask for the "
        "payment then: the address proves nothing.",
    )
    expires_in_s: int | None = Field(
        None, ge=30, le=86_400, description="By default 900 online, 300 at a till."
    )


class PaidBy(Shown):
    """One card's part of a payment."""

    card_number: str
    amount_minor: int
    entry: int = Field(description="Index of the ledger's entry")


class PaymentOut(Shown):
    """A payment. `state` is one of open, paying, paid, partly_refunded, refunded, cancelled, expired."""

    id: str
    kind: str
    state: str
    amount_minor: int
    currency: str
    refunded_minor: int
    reference: str
    shop: str
    order: str = Field(description="What the ledger's entries name this payment by: 64 hexadecimal digits")
    pay_url: str | None = Field(description="Where the payer goes; for a till, what its QR code says")
    code: str | None = Field(description="Eight digits to type, while a till's payment is open")
    qr_svg: str | None = Field(description="The QR code, while a till's payment is open")
    return_url: str | None
    created_ms: int
    expires_ms: int
    ended_ms: int | None
    cards: list[PaidBy]


class RefundIn(Given):
    """Money to give back."""

    amount_minor: Amount | None = Field(None, description="By default all that is left.")
    note: str = Field("", max_length=200)


class RefundOut(Shown):
    """A refund. `state`: pending until the ledger has answered; then done, partly or refused."""

    id: str
    payment: str
    state: str
    amount_minor: int
    done_minor: int
    currency: str
    note: str
    reason: str | None = Field(description="Code of the ledger's refusal")
    reason_text: str | None
    created_ms: int
    ended_ms: int | None


class ProductOut(Shown):
    """A kind of card and its terms."""

    id: int
    name: str
    currency: str
    faces_minor: list[int]
    face_limit_minor: int
    named: bool
    transferable: str
    split: bool
    merge: bool
    validity_ms: int | None
    max_hops: int
    entry: int


class BuyerIn(Given):
    """Who buys cards, and how they are paid for: the law asks for it above its thresholds."""

    kind: Literal["person", "organisation"]
    method: Literal["bank_transfer", "cash", "other"]
    on_premises: bool
    name: str = Field("", max_length=120)
    document: str = Field("", max_length=60)
    invoice: str = Field("", max_length=60)


class BatchIn(Given):
    """Cards to issue. They cannot be used before they are activated."""

    product: int = Field(ge=0, le=2_147_483_647)
    face_minor: Amount
    count: int = Field(ge=1, le=100_000)
    buyer: BuyerIn | None = Field(None, description="None for stock.")


class BatchOut(Shown):
    """A batch. `state`: awaiting (a second member of staff has to approve it), declined, issuing, stopped, issued."""

    id: str
    state: str
    product: int
    face_minor: int
    currency: str
    count: int
    issued: int
    activated: int
    delivered_ms: int | None
    created_ms: int


class ActivationIn(Given):
    """Cards to make usable, by number, both ends included."""

    first_card: str = Field(pattern=CARD_NUMBER)
    last_card: str = Field(pattern=CARD_NUMBER)
    buyer: BuyerIn | None = Field(None, description="Who buys cards that were stock until now.")


class ActivationOut(Shown):
    """An activation. `state`: awaiting, declined, activating, stopped, active."""

    id: str
    state: str
    first_card: str
    last_card: str
    count: int
    total_minor: int
    currency: str
    created_ms: int


class CardOut(Shown):
    """How a card stands. Its holder is nobody's business here."""

    card_number: str
    product: int
    state: str
    balance_minor: int
    face_minor: int
    currency: str
    activated_ms: int | None
    expires_ms: int | None
    entry: int = Field(description="Index of the entry that changed it last")


class PostingOut(Shown):
    """A line of an account of points: what the brand gave for a card that came back."""

    key: str = Field(description="What the line stands for; there is one line of each key")
    account: str = Field(description="Whose account, an opaque id of 32 hexadecimal digits; it names nobody")
    points: int
    at_ms: int
    entry: int = Field(description="Index of the ledger's entry by which the card ended")
    return_id: str


class PostingsOut(Shown):
    """A page of postings, the oldest first."""

    items: list[PostingOut]
    next: str | None = Field(description="The following page, none at the end")


class PointsAccountOut(Shown):
    """An account of points: the sum of its postings."""

    account: str
    points: int
    postings: int


class TotalsOut(Shown):
    """The sums of one currency."""

    currency: str
    issued_minor: int
    outstanding_minor: int
    inactive_minor: int
    redeemed_minor: int
    voided_minor: int
    held_minor: int
    frozen_minor: int
    deposit_minor: int | None
    deposit_as_of_ms: int | None
    custody_ratio_bp: int | None


class LedgerOut(Shown):
    """The log: how far we follow it, and its latest signed checkpoint."""

    entries: int
    cards: int
    time_ms: int
    network: str
    checkpoint: str = Field(description="The signed note, c2sp.org/tlog-checkpoint")


class EndpointIn(Given):
    """Where to send which events."""

    url: str = Field(min_length=1, max_length=500)
    description: str = Field("", max_length=120)
    event_types: list[str] = Field(min_length=1, max_length=50)


class EndpointOut(Shown):
    """An endpoint for events."""

    id: str
    url: str
    description: str
    event_types: list[str]
    active: bool
    disabled_reason: str | None
    created_ms: int


class NewEndpointOut(EndpointOut):
    """A new endpoint with its signing secret, which is not shown again."""

    secret: str


class EventOut(Shown):
    """An event on its way."""

    id: str
    type: str


class PaymentsOut(Shown):
    """A page. `next` is the address of the following one."""

    items: list[PaymentOut]
    next: str | None


class RefundsOut(Shown):
    """The refunds of a payment, oldest first."""

    items: list[RefundOut]


class ProductsOut(Shown):
    """All products."""

    items: list[ProductOut]


class BatchesOut(Shown):
    """A page. `next` is the address of the following one."""

    items: list[BatchOut]
    next: str | None


class AllTotalsOut(Shown):
    """The sums, currency by currency, as of an entry of the log."""

    entry: int
    items: list[TotalsOut]


class EndpointsOut(Shown):
    """All endpoints."""

    items: list[EndpointOut]
