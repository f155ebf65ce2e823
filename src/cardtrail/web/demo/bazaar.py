"""Market days: strangers offer cards, others buy them, and prices come of it. Drawn by lot, always the same lot."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import Final

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.perform import run_due as run_actions
from cardtrail.web.demo import dealing, holding
from cardtrail.web.demo.cast import BUYERS, SELLERS
from cardtrail.web.demo.house import SPRING, House
from cardtrail.web.demo.stage import ANDROID
from cardtrail.web.ledger.models import Card
from cardtrail.web.market import screening
from cardtrail.web.market import timers as market_timers
from cardtrail.web.market.models import Listing
from cardtrail.web.market.refusals import NotPossible
from cardtrail.web.market.selling import Stopped
from cardtrail.web.orders import errands, timers
from cardtrail.web.orders.models import Deal
from cardtrail.web.returns import payouts
from cardtrail.web.ui.clock import HOUR_MS, MINUTE_MS, SHANGHAI, moment, now_ms

DAYS_AGO: Final = (41, 35, 30, 25, 19, 13, 6)
"""Market days. Between them every deal comes to its end."""

SALES: Final = 6
"""So many cards change hands on a market day. The buyer of the first says nothing, and time confirms for them; the
others end on one day, enough of them for its prices to be public."""

LOOKING: Final = (2, 1)
"""On these last days cards are offered, and nobody has bought them yet."""

_SHARES: Final = ((100_00, 0.905), (300_00, 0.885), (10_000_00, 0.86))
"""About which share of its balance a card brings, by balance: small ones are wanted most."""

_MOTIVES: Final = (Listing.Motive.CASH, Listing.Motive.GIFT, Listing.Motive.PROMOTION, Listing.Motive.UNSAID)
_FACES: Final = (200_00, 50_00, 100_00, 100_00, 200_00, 500_00)
_KEPT_BACK: Final = 14
"""Cards of a kind that are left in stock, for the stories and for visitors."""


class Bazaar:
    """Scenes of the market. `scale`: how many market days there are."""

    def __init__(self, house: House, scale: float) -> None:
        self._house = house
        self._days = DAYS_AGO[-max(3, round(len(DAYS_AGO) * scale)) :]
        # Its own lot, so that the market and the tills do not change each other's stories.
        self._chance = Random(house.stage.seed + 1)  # noqa: S311 - a story, not a secret

    def agenda(self) -> None:
        """Put the market days on the agenda, and what the worker does by itself."""
        stage = self._house.stage
        stage.besides.append(self.work)
        stage.on(44, 10, 20, self._arrive)
        for days_ago in self._days:
            sellers = self._chance.sample(SELLERS, SALES)
            buyers = self._chance.sample(BUYERS, SALES)
            for place, (seller, buyer) in enumerate(zip(sellers, buyers, strict=True)):
                minute = self._chance.randrange(8, 50)
                scene = partial(self._offer, seller, buyer, _FACES[place], says=place > 0)
                stage.on(days_ago, 9 + place, minute, scene)
        for days_ago in LOOKING:
            for place, seller in enumerate(self._chance.sample(SELLERS, 4)):
                face = _FACES[(place + days_ago) % len(_FACES)]
                stage.on(days_ago, 10 + place, 20, partial(self._offer, seller, "", face))

    def work(self) -> None:
        """What the worker does for orders, listings and returns, until nothing more is due."""
        self._house.bank.deliver()
        while timers.fire(now_ms()) + errands.run_due() + run_actions() + market_timers.run_due(now_ms()):
            pass
        payouts.run_due()
        self._house.bank.deliver()

    def _arrive(self) -> None:
        """They have used their browsers for days when they first sell: risk lets cards of any value pass."""
        for key in (*SELLERS, *BUYERS):
            self._house.stage.at_browser(self._house[key], ANDROID)

    def _offer(self, seller: str, buyer: str, face_minor: int, *, says: bool = False) -> None:
        """Somebody offers a card; on a market day somebody else comes by for it. `says`: and says when all is well."""
        person = self._house[seller]
        card = self._card(person, face_minor)
        prices = {card.serial: self._price(card)}
        try:
            [listing] = dealing.list_cards(self._house, person, prices, motive=self._chance.choice(_MOTIVES))
        except (Stopped, NotPossible):
            return  # Too many cards on the move, gifts included: nobody in this story argues with risk.
        if buyer:
            wait_ms = self._chance.randrange(30, 240) * MINUTE_MS
            self._house.stage.at(now_ms() + wait_ms, lambda: self._buy(self._house[buyer], listing, says))

    def _card(self, person: Person, face_minor: int) -> Card:
        """A card of theirs that can be sold: bought in the shop just before, if they have none."""
        own = [card for card in holding.usable(person) if self._suits(card)]
        if own:
            return self._chance.choice(own)
        left = len(self._house.stock[SPRING, face_minor])
        fresh = self._house.take(SPRING, face_minor if left > _KEPT_BACK else self._fullest())
        return self._house.card(holding.claim(self._house, person, fresh))

    def _fullest(self) -> int:
        """The face that most is left of."""
        return max(set(_FACES), key=lambda face: len(self._house.stock[SPRING, face]))

    @staticmethod
    def _suits(card: Card) -> bool:
        return card.product.name == SPRING and 30_00 <= card.balance_minor <= 500_00 and card.hop < 6

    def _price(self, card: Card) -> int:
        """What somebody asks: whole yuan, about what such cards bring, a little more towards the festival."""
        share = next(share for most, share in _SHARES if card.balance_minor <= most)
        rising = 0.0006 * max(0, 45 - self._days_ago())
        asked = share + rising + self._chance.uniform(-0.025, 0.02)
        return round(card.balance_minor * asked / 100) * 100

    def _days_ago(self) -> int:
        today = moment(self._house.stage.ends_ms).astimezone(SHANGHAI).date()
        return (today - moment(now_ms()).astimezone(SHANGHAI).date()).days

    def _buy(self, buyer: Person, listing: Listing, says: bool) -> None:
        listing.refresh_from_db()
        if listing.stage == "screening":
            by = self._house["zhenglan"]
            self._house.stage.at_browser(by)
            screening.clear(listing, by=by, why="赠送和出售的都是自己领的卡。")
        deal = dealing.bought(self._house, buyer, listing)
        if says:
            at_ms = now_ms() + self._chance.randrange(12, 20) * HOUR_MS
            self._house.stage.at(at_ms, lambda: self._confirm(deal))

    def _confirm(self, deal: Deal) -> None:
        dealing.content(self._house, deal)
