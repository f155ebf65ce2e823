"""People who sell and buy by the pages, and what a test does for them."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db.models import Max
from django.test import Client
from msgspec.structs import replace

from cardtrail.risk.conditions import Above
from cardtrail.risk.first_rules import FIRST_RULES
from cardtrail.risk.port import Act, Outcome
from cardtrail.risk.rules import Rule
from cardtrail.web.accounts.models import Person
from cardtrail.web.ledger.follow import catch_up
from cardtrail.web.ledger.models import Card
from cardtrail.web.market.models import Group, Listing, Offer, Talk
from cardtrail.web.orders.models import Deal
from cardtrail.web.risks.models import Rules
from cardtrail.web.ui.clock import now_ms
from cardtrail.wire.identifiers import card_number
from cardtrail.wire.words import Words
from tests.web.desk.team import browser
from tests.web.ledgers import Ledger
from tests.web.orders.play import Play
from tests.web.people import People, claim

PRICE = "450.00"
PRICE_MINOR = 45_000


class Stalls:
    """A seller with cards of ¥500, a buyer, somebody else; each with a browser."""

    def __init__(self, ledger: Ledger, people: People, play: Play) -> None:
        cache.clear()
        self.ledger, self.people, self.play = ledger, people, play
        self.staff, _ = self.somebody("客服")
        self.rules()
        self.seller, self.at_seller = self.somebody("小满")
        self.buyer, self.at_buyer = self.somebody("阿强")
        self.other, self.at_other = self.somebody("老周")

    def somebody(self, name: str) -> tuple[Person, Client]:
        """A person who has been here for a while, on a device that is known, and their browser."""
        from datetime import timedelta

        from django.utils import timezone

        person = self.people.make(name)
        Person.objects.filter(pk=person.pk).update(joined=timezone.now() - timedelta(days=90))
        person.refresh_from_db()
        return person, browser(person)

    def rules(self, then: str = "", *acts: Act) -> None:
        """Risk's rules from now on: one that always says `then` for these acts, or none at all."""
        one = replace(
            FIRST_RULES.rules[0],
            code="always",
            acts=acts or (Act.LIST,),
            when=Above(measure="value_minor", limit=0),
            then=Outcome(then or "allow"),
            words=Words(zh="测试规则拦下了它。", en="A rule of the test stops it."),
        )
        weaker = replace(
            one,
            code="always_a_step_up",
            then=Outcome.STEP_UP,
            words=Words(zh="请再验证一次身份（测试）。", en="Prove yourself (test)."),
        )
        _set_rules(self.staff, (one, *([weaker] * (then == "hold"))) if then else ())

    def cards(self, count: int = 1, face: int = 50_000, **terms: Any) -> list[int]:
        """Cards of the seller's."""
        product = self.ledger.define(**terms) if terms else 0
        serials = self.ledger.issue(count, face, product)
        claim(self.seller, self.ledger, serials)
        return serials

    def sell_form(self, serials: list[int], price: str = PRICE, **more: Any) -> dict[str, Any]:
        """What the form for the prices sends: equal cards share one price."""
        named = {"card": [card_number(serial) for serial in serials]}
        return {**named, f"price_{serials[0]}": price, "motive": "cash", "step": "confirm", **more}

    def sell(self, serials: list[int] | None = None, price: str = PRICE, **more: Any) -> Listing:
        """The seller offers cards by the page; the first of their listings."""
        chosen = serials or self.cards()
        answer = self.at_seller.post("/market/sell/", self.sell_form(chosen, price, **more))
        assert answer.status_code == 302, text_of(answer)
        return Listing.objects.filter(serial=chosen[0]).latest("opened_ms")

    def buy(self, listing: Listing, at: Client | None = None, **more: Any) -> Any:
        """A buyer confirms on the page, as the page that they see has it; gives the answer."""
        client = at or self.at_buyer
        url = f"/market/listing/{listing.pk}/buy/"
        page = client.get(url)
        if page.status_code != 200:
            return page
        return client.post(url, hidden_of(page) | more)

    def bought(self, listing: Listing, at: Client | None = None) -> Deal:
        """A buyer buys, pays, and has the card."""
        answer = self.buy(listing, at)
        assert answer.status_code == 302, text_of(answer)
        deal = Deal.objects.get(listing=str(listing.pk), reserves=True)
        assert answer["Location"] == f"/market/orders/{deal.number}/", answer["Location"]
        self.play.pay(deal)
        assert set(self.play.deliver()) == {200}
        deal.refresh_from_db()
        return deal

    def offer(self, listing: Listing, price: str = "400", at: Client | None = None) -> Offer:
        """A buyer offers a price."""
        client = at or self.at_buyer
        listing.refresh_from_db()
        given = {"price": price, "version": listing.shown_version}
        answer = client.post(f"/market/listing/{listing.pk}/ask/", given)
        assert answer.status_code == 302, text_of(answer)
        return Offer.objects.filter(listing=listing).latest("opened_ms")

    def answer(self, offer: Offer, act: str, at: Client, **fields: Any) -> Offer:
        """One of the two answers an offer."""
        answer = at.post(f"/market/offers/{offer.pk}/{act}/", fields)
        assert answer.status_code == 302, text_of(answer)
        offer.refresh_from_db()
        return offer

    def talk(self, listing: Listing, text: str = "还在吗？") -> Talk:
        """The buyer asks something."""
        self.at_buyer.post(f"/market/listing/{listing.pk}/ask/", {"text": text})
        return Talk.objects.get(listing=listing, buyer=self.buyer)

    def card(self, serial: int) -> Card:
        catch_up()
        return Card.objects.get(serial=serial)

    def now(self, listing: Listing | UUID) -> Listing:
        return Listing.objects.get(pk=listing.pk if isinstance(listing, Listing) else listing)


def sell_without_rules(client: Client, serial: int, group: Group) -> None:
    """Somebody who was never here before offers a card on the market and in a group; risk has no rules."""
    no_rules(Person.objects.latest("joined"))
    form = {
        "card": card_number(serial),
        f"price_{serial}": PRICE,
        "step": "confirm",
        "group": str(group.pk),
        "where": "both",
    }
    answer = client.post("/market/sell/", form)
    assert answer.status_code == 302, text_of(answer)


def no_rules(author: Person) -> None:
    """Risk lets everything pass."""
    _set_rules(author, ())


def _set_rules(author: Person, rules: tuple[Rule, ...]) -> None:
    last = Rules.objects.aggregate(last=Max("version"))["last"] or FIRST_RULES.version
    raw = replace(FIRST_RULES, version=last + 1, rules=rules).to_json().decode()
    Rules.objects.create(version=last + 1, raw=raw, from_ms=now_ms(), author=author)


def hidden_of(answer: Any) -> dict[str, str]:
    """The hidden fields of a page's first form, without the token against forgery, and its address."""
    [form] = re.findall(r'<form method="post" data-once>.*?</form>', text_of(answer), re.DOTALL)[:1]
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    found.pop("csrfmiddlewaretoken", None)
    return found


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def said(answer: Any) -> str:
    """What the next page says at its top."""
    page = answer.client.get(answer["Location"]) if answer.status_code == 302 else answer
    return text_of(page)
