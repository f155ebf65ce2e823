"""People who deal, and what a test does with their orders."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from cardtrail.deals.parameters import Risk
from cardtrail.deals.regions import Advice
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.perform import run_due
from cardtrail.web.ledger.follow import catch_up
from cardtrail.web.ledger.models import Card
from cardtrail.web.orders import errands, gate
from cardtrail.web.orders.deciding import go
from cardtrail.web.orders.models import Deal, Errand
from cardtrail.web.orders.opening import Offer, open_deal
from tests.web.actions.sales import PRICE, offer
from tests.web.ledgers import Ledger
from tests.web.orders.play import Play
from tests.web.people import People, claim, witness


class Market:
    """A ledger, play money, a seller, a buyer, somebody else, and members of staff."""

    def __init__(self, ledger: Ledger, people: People, play: Play) -> None:
        self.ledger, self.play = ledger, play
        self.seller, self.buyer, self.other = people.make("小满"), people.make("阿强"), people.make("老周")
        self.staff, self.colleague = people.make("客服一"), people.make("客服二")
        self.serial, self.listing = self.list_card()

    def list_card(self, price_minor: int = PRICE) -> tuple[int, Confirmation]:
        """One more card of the seller's, claimed and listed."""
        [serial] = self.ledger.issue()
        claim(self.seller, self.ledger, [serial])
        return serial, offer(self.seller, serial, price_minor)

    def offer(self, **changed: Any) -> Offer:
        given: dict[str, Any] = {
            "listing": f"listing-{self.serial}",
            "version": 1,
            "serial": self.serial,
            "seller": self.seller,
            "hold": self.listing,
            "price_minor": PRICE,
            "provider": "sandbox",
            "risk": Risk.LOW,
        }
        return Offer(**{**given, **changed})

    def order(self, buyer: Person | None = None, **changed: Any) -> Deal:
        """An order, its payment awaited."""
        person = buyer or self.buyer
        return go(open_deal(witness(person), person, self.offer(**changed)))

    def bought(self, **changed: Any) -> Deal:
        """An order that is paid and delivered."""
        deal = self.order(**changed)
        self.play.pay(deal)
        assert self.play.deliver() == [200]
        deal.refresh_from_db()
        assert deal.stage == "delivered", deal.stage
        return deal

    def work(self) -> None:
        """What the worker would do, until nothing is left to do at present."""
        for _ in range(20):
            Action.objects.filter(state__in=("confirmed", "signed")).update(lease_ms=0, next_try_ms=0)
            Errand.objects.filter(state__in=Errand.OPEN).update(lease_ms=0, next_try_ms=0)
            done = run_due() + errands.run_due()
            catch_up()
            if not done:
                return

    def risk_says(self, advice: Advice, *reasons: str) -> None:
        gate.answered_by(lambda _: (advice, reasons))

    @property
    def card(self) -> Card:
        catch_up()
        return Card.objects.get(serial=self.serial)

    def now(self, deal: Deal | UUID) -> Deal:
        return Deal.objects.get(pk=deal.pk if isinstance(deal, Deal) else deal)

    def regions(self, deal: Deal) -> tuple[str, str, str, str]:
        """Stage, card, funds, dispute."""
        now = self.now(deal)
        return now.stage, now.card, now.funds, now.dispute
