"""Lost cards, as holders see it: who wants one back, and who still has it.

Claims belong to the desk, which decides on them; it stands above this app and is asked late.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest

from cardtrail.web.accounts.identity import identity_of
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import confirm
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.cards.once import once
from cardtrail.web.cards.refusal import NotNow
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.texts import Text
from cardtrail.wire.cards import HoldKind
from cardtrail.wire.identifiers import card_number, group_digits

if TYPE_CHECKING:
    from cardtrail.web.desk.casework import LossClaim

NOT_YET: Final = Text("现在还不能领回这张卡。", "This card cannot be collected yet.")
NOT_ASKED: Final = Text(
    "现在没有人要把这张卡换绑，不需要提出异议。",
    "Nobody wants this card rebound now; there is nothing to object to.",
)
WITHDRAWN: Final = Text("报失人自己撤回了。", "Whoever reported it took the report back.")
_COLLECT: Final = Text(
    "等待期已过，没有人提出异议。把卡号 {number} 的卡换绑到我名下；原来的卡密和链接从此失效。",
    "The delay is over and nobody objected. Rebind card {number} to me; its old code and links are void from now on.",
)
_OBJECT: Final = Text(
    "卡号 {number} 的卡没有丢，在我手里。我反对把它换绑给别人，请停止换绑。",
    "Card {number} is not lost: I have it. I object to its being rebound to somebody else; stop the rebind.",
)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a claim. `state`: done, now, next."""

    title: Text
    state: str


def report(request: HttpRequest, serial: int, how: str) -> LossClaim:
    """Whoever is signed in reports a card lost. Raises `NotNow` with the reason.

    Reported twice, it is one claim. If the card is their own it is to be stopped: `claim.stop` is for `perform`.
    """
    from cardtrail.web.desk import losses

    try:
        return losses.report(request, serial, how)
    except losses.LossRefused as refusal:
        raise NotNow(refusal.text) from None


def claims_of(person: Person) -> list[LossClaim]:
    """A person's claims, the latest first."""
    from cardtrail.web.desk import losses

    return list(losses.claims_of(person)[:50])


def own_claim(person: Person, claim_id: UUID) -> LossClaim:
    """One of a person's claims. Raises `Http404`: of anybody else's nobody learns whether it exists."""
    from cardtrail.web.desk import losses

    found = losses.claims_of(person).filter(id=claim_id).first()
    if found is None:
        raise Http404
    return found


def identity_state(person: Person) -> str:
    """Where the person's identity stands: checked, submitted, refused, or missing."""
    found = identity_of(person)
    return "missing" if found is None else str(found.state)


def steps(claim: LossClaim, identity: str) -> list[Step]:
    """The way of a claim, and where it stands on it."""
    titles = (
        Text("报失", "Report"),
        Text("身份", "Identity"),
        Text("批准", "Approval"),
        Text("等待", "Delay"),
        Text("领回", "Collect"),
    )
    stage = claim.stage
    asked = 2 if identity == "checked" else 1
    now = {"asked": asked, "checked": 2, "pending": 3, "collectable": 4, "done": 5}.get(stage, 0)
    return [
        Step(title, "done" if place < now else "now" if place == now else "next")
        for place, title in enumerate(titles)
    ]


def stopped(claim: LossClaim) -> str:
    """How the freeze stands that the claimant asked for with the report: done, refused, waiting; empty without one."""
    if claim.stop is None:
        return ""
    action = claim.stop.only_action
    return str(action.state) if action.ended else "waiting"


def collect_words(claim: LossClaim) -> Text:
    """What the claimant is shown and agrees to."""
    return _COLLECT.format(number=group_digits(card_number(claim.serial)))


def collect(request: HttpRequest, claim: LossClaim) -> Confirmation:
    """Confirm that the claimant takes the card, at the end of the delay. Raises `NotNow`."""

    def make() -> Confirmation:
        if claim.stage != "collectable":
            raise NotNow(NOT_YET)
        order = Order("finish_rebind", claim.serial)
        return confirm(request, purpose="collect", text=collect_words(claim), orders=[order])

    return once(request, make)


def withdraw(person: Person, claim_id: UUID) -> bool:
    """The claimant takes a claim back that staff have not agreed to; false once they have, or it has ended."""
    from cardtrail.web.desk import cases
    from cardtrail.web.desk.casework import LossClaim

    with transaction.atomic():
        claim = own_claim(person, claim_id)
        mine = LossClaim.objects.filter(pk=claim.pk, person=person, state=LossClaim.State.ASKED)
        if not mine.update(state=LossClaim.State.REFUSED, reason_zh=WITHDRAWN.zh, reason_en=WITHDRAWN.en):
            return False
        cases.decided(claim.case, person, WITHDRAWN)
        return True


def is_wanted(card: Card) -> bool:
    """Whether somebody wants this card rebound: its holder can object."""
    return not card.dead and card.hold_kind == HoldKind.REBIND


def object_words(card: Card) -> Text:
    """What the present holder is shown and agrees to."""
    return _OBJECT.format(number=card.number)


def object_to(request: HttpRequest, card: Card) -> Confirmation:
    """Confirm that the present holder still has the card. Raises `NotNow`."""

    def make() -> Confirmation:
        if not is_wanted(card):
            raise NotNow(NOT_ASKED)
        return confirm(
            request, purpose="object", text=object_words(card), orders=[Order("object", card.serial)]
        )

    return once(request, make)
