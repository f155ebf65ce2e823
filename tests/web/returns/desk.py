"""A brand that takes cards back, for tests: a real ledger, play money, terms in force, people with cards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cardtrail.pricing.offers import Rate, Unit
from cardtrail.web.accounts import identity
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import declare
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.perform import perform
from cardtrail.web.actions.perform import run_due as run_actions
from cardtrail.web.ledger.models import Card
from cardtrail.web.returns import handing, offering, payouts, quotes
from cardtrail.web.returns.models import Offer, Return
from cardtrail.web.returns.refusals import Refusal
from cardtrail.web.risks.presence import Presence
from cardtrail.web.ui.clock import MINUTE_MS, now_ms
from cardtrail.web.ui.texts import Text
from tests.web.ledgers import Ledger
from tests.web.orders.play import Play
from tests.web.people import People, claim, witness


def here() -> Presence:
    """Somebody who has just proved who they are."""
    return Presence(None, "192.0.2.1", now_ms())


@dataclass
class Brand:
    """Who takes cards back."""

    ledger: Ledger
    people: People
    play: Play
    finance: Person = field(init=False)
    second: Person = field(init=False)

    def __post_init__(self) -> None:
        self.finance, self.second = self.people.make("财务"), self.people.make("复核")

    def offer(self, unit: Unit = Unit.MONEY, *, approved: bool = True, **terms: Any) -> Offer:
        """Terms in force from now on."""
        money = unit is Unit.MONEY
        fields: dict[str, Any] = {
            "currency": "CNY",
            "from_ms": now_ms(),
            "rates": (Rate(pays=8_200),) if money else (Rate(pays=10, per=100),),
            "least_minor": 100,
            "day_limit": 1_000_000,
            "person_limit": 200_000,
            "person_cards": 3,
            "valid_ms": 10 * MINUTE_MS,
        }
        made = offering.propose(witness(self.finance), offering.Draft(unit=unit, **{**fields, **terms}))
        return offering.approve(witness(self.second), made) if approved else made

    def holder(self, name: str = "小满", *, checked: bool = True) -> Person:
        """Somebody whose identity was checked."""
        person = self.people.make(name)
        if checked:
            told = identity.submit(person, "id_card", name, "11010519491231002X")
            identity.check(told, self.finance, True)
        return person

    def card(self, person: Person, face: int = 50_000) -> Card:
        """A card of a person's."""
        return claim(person, self.ledger, self.ledger.issue(1, face))[0]

    def quoted(self, card: Card, person: Person, unit: Unit = Unit.MONEY) -> Return:
        """A quote that stands."""
        made = quotes.make(card, person, unit)
        assert isinstance(made, Return), made
        return made

    def refused(self, card: Card, person: Person, unit: Unit = Unit.MONEY) -> str:
        """The code of the refusal to quote."""
        made = quotes.make(card, person, unit)
        assert isinstance(made, Refusal), made
        return made.code

    def agree(self, given: Return) -> Confirmation | Refusal:
        """The holder says yes; nothing is performed yet."""
        return handing.agree(witness(given.person), given, here())

    def hand_back(self, given: Return) -> Return:
        """The holder says yes, and the page does what follows."""
        answer = self.agree(given)
        assert isinstance(answer, Confirmation), answer
        perform(answer)
        payouts.run_for(given.pk)
        return now(given)

    def work(self) -> None:
        """What the worker does until there is nothing left."""
        for _ in range(8):
            Action.objects.update(lease_ms=0, next_try_ms=0)
            Return.objects.update(lease_ms=0, next_try_ms=0)
            if not run_actions() and not payouts.run_due():
                return

    def agree_to_something(self) -> Confirmation:
        """A confirmation of the second person's that is about something else."""
        about = {"something": "else"}
        return declare(witness(self.second), purpose="test", text=Text("我同意", "I agree"), about=about)

    def paid(self, given: Return) -> int:
        """What the provider has paid for a return."""
        found = self.play.provider.paid_out(given.key)
        return 0 if found is None else found.amount_minor


def now(given: Return) -> Return:
    """The row as it stands."""
    return Return.objects.select_related("person", "offer", "confirmation").get(pk=given.pk)


def fresh(card: Card) -> Card:
    """The card as it stands."""
    return Card.objects.select_related("product").get(serial=card.serial)
