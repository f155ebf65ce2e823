"""Every day at the tills and among the holders: what makes the charts move. Drawn by lot, always the same lot."""

from __future__ import annotations

from typing import Final

from cardtrail.web.accounts.models import Person
from cardtrail.web.cards.models import Gift
from cardtrail.web.checkout.models import Payment
from cardtrail.web.demo import holding
from cardtrail.web.demo.cast import HOLDERS
from cardtrail.web.demo.house import AUTUMN, SPRING, House
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.clock import DAY_MS, HOUR_MS, MINUTE_MS, SHANGHAI, moment, now_ms

DAYS: Final = 44
SHOPS: Final = ("山茶小馆 湖滨店", "山茶小馆 运河店", "山茶小馆 西溪店")
WEEKDAYS: Final = (0.75, 0.7, 0.8, 0.9, 1.25, 1.6, 1.4)
"""Monday to Sunday: people eat out at the end of the week."""

PEAK_DAYS_AGO: Final = 9
"""The festival: everything rises towards it and calms down after."""

SITTINGS: Final = 6
"""So many times a day something happens; people come together."""

_OWN_STORY: Final = {
    *("linxiaoman", "chenaqiang", "zhaoyiming", "sunyue", "sima", "wangfang", "anna", "zhongqing"),
}
_NOTES: Final = (
    "生日快乐，去吃顿好的",
    "谢谢你上周帮忙",
    "中秋快乐！",
    "请你喝茶",
    "周末聚餐用这张",
    "辛苦了，给自己加个菜",
    "",
)


def bustle(days_ago: int) -> float:
    """How much goes on, 1 at the peak of an ordinary weekday."""
    distance = abs(days_ago - PEAK_DAYS_AGO)
    return 0.35 + 0.65 * max(0.0, 1 - distance / (30 if days_ago > PEAK_DAYS_AGO else 14))


class Crowd:
    """Everybody who has no story of their own, and what they do."""

    def __init__(self, house: House, scale: float) -> None:
        self._house = house
        self._chance = house.stage.chance
        self._people = [house[part.key] for part in HOLDERS if part.key not in _OWN_STORY]
        self._orders = 0
        self._scale = scale

    def agenda(self) -> None:
        """Put every day's doings on the agenda."""
        stage = self._house.stage
        for days_ago in range(DAYS, -1, -1):
            weekday = moment(stage.moment_of(days_ago, 12)).astimezone(SHANGHAI).weekday()
            busy = bustle(days_ago) * WEEKDAYS[weekday] * self._scale
            times = sorted(self._time(days_ago) for _ in range(SITTINGS))
            for scene, often in ((self.buy, 4.2), (self.eat, 9.5), (self.treat, 1.4)):
                for place in range(self._draw(busy * often)):
                    stage.at(self._chance.choice(times) + place * 7_000, scene, light=True)
            if self._chance.random() < 0.25 * busy:
                stage.on(
                    days_ago, self._chance.randrange(14, 17), self._chance.randrange(60), self.bring_back
                )

    def buy(self) -> None:
        """Somebody has bought a card and claims it."""
        kinds = (
            [(SPRING, 100_00)] * 4
            + [(SPRING, 200_00)] * 3
            + [(SPRING, 500_00), (SPRING, 50_00), (SPRING, 50_00)]
        )
        kinds += [(AUTUMN, 200_00)] * 4 + [(AUTUMN, 500_00)] * 2 + [(AUTUMN, 1000_00)]
        product, face = self._chance.choice(kinds)
        # Some are left for the stories, and for visitors.
        if len(self._house.stock[product, face]) > 12:
            # What was sold last is claimed soon; some lies in a drawer for weeks.
            fresh = self._house.take(product, face, -1 if self._chance.random() < 0.7 else 0)
            holding.claim(self._house, self._somebody(), fresh, self._house.stage.soon)

    def eat(self) -> None:
        """Somebody pays for a meal; now and then with two cards."""
        for person in self._chance.sample(self._people, 4):
            cards = [] if person.pk in self._house.stage.busy else holding.usable(person)
            if cards:
                self._dine(person, cards)
                return

    def _dine(self, person: Person, cards: list[Card]) -> None:
        bill = self._chance.choice((28, 42, 58, 74, 88, 96, 128, 156, 188, 236, 298, 366, 428, 568)) * 100
        bill += self._chance.choice((0, 0, 0, 50, 80))
        parts: dict[int, int] = {}
        for card in cards[: self._chance.choice((1, 1, 1, 2))]:
            parts[card.serial] = min(card.balance_minor, bill - sum(parts.values()))
            if sum(parts.values()) == bill:
                break
        shop, stage = self._chance.choice(SHOPS), self._house.stage
        holding.pay(self._house, person, parts, shop, self.reference(), stage.soon)

    def treat(self) -> None:
        """Somebody gives a card to somebody else, who takes it soon, or forgets."""
        giver, taker = self._chance.sample(self._people, 2)
        cards = [card for card in holding.usable(giver) if card.hop < card.product.terms.max_hops - 1]
        if len(cards) < 2 or giver.pk in self._house.stage.busy:
            return
        to = taker.email if self._chance.random() < 0.4 else ""
        note = self._chance.choice(_NOTES)
        days, stage = self._chance.choice((2, 3, 7)), self._house.stage
        gift = holding.give(self._house, giver, cards[-1].serial, to=to, note=note, days=days, do=stage.soon)
        if self._chance.random() < 0.82:
            wait_ms = self._chance.choice((4 * MINUTE_MS, HOUR_MS, 5 * HOUR_MS, DAY_MS))
            stage.at(now_ms() + wait_ms, lambda: self._take(taker, gift))

    def _take(self, taker: Person, gift: Gift) -> None:
        gift.refresh_from_db()
        if gift.state == Gift.State.OFFERED:
            holding.take(self._house, taker, gift)

    def bring_back(self) -> None:
        """A dish was not on the table: its price comes back."""
        since = now_ms() - 3 * DAY_MS
        paid = Payment.objects.filter(state=Payment.State.PAID, refunded_minor=0, made_ms__gte=since)
        for payment in paid.exclude(payer__email__startswith="linxiaoman").order_by("-made_ms")[:8]:
            charges = payment.attempts.get(state="paid").charges.all()
            cards = [self._house.card(charge.serial) for charge in charges]
            if all(
                card.state in {"active", "empty"} and card.holder_id == payment.payer_id for card in cards
            ):
                amount = min(payment.amount_minor, self._chance.choice((12_00, 18_00, 26_00)))
                holding.refund(self._house, payment, amount, "有一道菜没有上")
                return

    def reference(self) -> str:
        """The till's own number of an order."""
        self._orders += 1
        day = moment(now_ms()).astimezone(SHANGHAI)
        return f"{day:%m%d}-{self._orders:04}"

    def _draw(self, mean: float) -> int:
        whole = int(mean)
        return whole + (self._chance.random() < mean - whole)

    def _somebody(self) -> Person:
        return self._chance.choice(self._people)

    def _time(self, days_ago: int) -> int:
        """When people come: mostly at meals."""
        hour = self._chance.choice((11, 12, 12, 12, 13, 15, 17, 18, 18, 19, 19, 20))
        return self._house.stage.moment_of(days_ago, hour, self._chance.randrange(60))
