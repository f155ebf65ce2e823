"""A card on sale, for tests: what seller and buyer confirm."""

from __future__ import annotations

from uuid import UUID

from cardtrail.web.accounts import identity
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import perform
from cardtrail.web.ui.clock import DAY_MS, now_ms
from tests.web.people import agree

PRICE = 45_000


def offer(seller: Person, serial: int, price_minor: int = PRICE) -> Confirmation:
    """The seller's one confirmation: the card is set aside, and comes back when the sale ends."""
    made = agree(
        seller,
        Order("hold_sale", serial, {"until_ms": now_ms() + 50 * DAY_MS, "price_minor": price_minor}),
        Order("end_sale", serial, {"hold": "self"}, waits=True),
        purpose="sell",
    )
    perform(made)
    return made


def deliver_to(buyer: Person, listing: Confirmation, serial: int, **changed: object) -> Action:
    """The buyer's confirmation: the card is to be delivered once it is paid for."""
    parameters = {
        "hold": str(listing.id),
        "seller": str(listing.person_id),
        "price_minor": PRICE,
        "balance_minor": 50_000,
    }
    order = Order("deliver", serial, {**parameters, **changed}, waits=True)
    return agree(buyer, order, purpose="buy").only_action


def dispute(buyer: Person, seller: Person, serial: int) -> Confirmation:
    """The buyer's confirmation at a dispute: the card is set aside again, to go either way."""
    until_ms = now_ms() + 50 * DAY_MS
    made = agree(
        buyer,
        Order("set_aside", serial, {"until_ms": until_ms, "price_minor": PRICE, "balance_minor": 50_000}),
        Order("give_up", serial, {"hold": "self", "to": str(seller.id), "balance_minor": 50_000}, waits=True),
        Order("end_sale", serial, {"hold": "self"}, waits=True),
        purpose="dispute",
    )
    perform(made)
    return made


def action_of(confirmation: Confirmation, kind: str) -> Action:
    """The confirmation's action of this kind, as it stands."""
    return confirmation.actions.get(kind=kind)


def state_of(id: UUID) -> str:
    """How an action stands, and why it was refused."""
    action = Action.objects.get(id=id)
    return action.reason_code or action.state


def identify(person: Person, staff: Person) -> None:
    """Staff have checked who the person is."""
    identity.check(identity.submit(person, "prc_id", "王强", "11010519491231002X"), staff, ok=True)
