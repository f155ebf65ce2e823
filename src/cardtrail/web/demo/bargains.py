"""The market's stories: one order in each state that can be shown standing still, bids, talks, a group, and what lands
on the desks. People of `cast.TRADERS` play them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest

from cardtrail.deals.regions import Outcome
from cardtrail.web.demo import dealing, holding
from cardtrail.web.demo.cast import TRADERS
from cardtrail.web.demo.house import SPRING, House
from cardtrail.web.demo.stage import PHONE
from cardtrail.web.market import changing, groups
from cardtrail.web.market.models import Group, Listing, Offer
from cardtrail.web.orders import acts
from cardtrail.web.orders.models import Deal, Errand
from cardtrail.web.orders.providers import payer
from cardtrail.web.ui.clock import HOUR_MS, now_ms


class Bargains:
    """Scenes of the market's people. Listings, orders, bids and groups are kept by name: later scenes, others' too, go
    on with them. Whoever complains does so on the next morning: after a day time may have confirmed an order."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.listed: dict[str, Listing] = {}
        self.deals: dict[str, Deal] = {}
        self._bids: dict[str, Offer] = {}
        self._group: Group | None = None

    def agenda(self) -> None:
        """This season's."""
        self._house.stage.on(44, 10, 30, self._arrive)
        self._to_sell()
        self._records()
        self._reversed()
        self._appealed()
        self._refunded()
        self._split()
        self._appealable()
        self._waiting_for_staff()
        self._disputed()
        self._quiet()
        self._bidding()
        self._meeting()

    def last_minute(self) -> None:
        """What stands still for minutes or hours only: an order that waits for its payment, a card that is kept."""
        self._buy("xiahe", "many0")
        dealing.agree(self._house, self._bids["kept"])

    # People

    def _arrive(self) -> None:
        """They have used their browsers for long when they first sell."""
        for part in TRADERS:
            self._house.stage.at_browser(self._house[part.key], PHONE)

    def _offer(self, who: str, *what: tuple[str, int, float], motive: str = "", group: bool = False) -> None:
        """Somebody offers cards that they have just claimed: name, face and price in yuan."""
        person = self._house[who]
        prices: dict[int, int] = {}
        for _, face, price in what:
            fresh = self._house.take(SPRING, face * 100)
            prices[holding.claim(self._house, person, fresh)] = round(price * 100)
        made = dealing.list_cards(
            self._house,
            person,
            prices,
            motive=motive,
            group=self._group if group else None,
            group_only=group,
        )
        for (name, *_), listing in zip(what, made, strict=True):
            self.listed[name] = listing

    def _buy(self, who: str, name: str) -> None:
        self.deals[name] = dealing.buy(self._house, self._house[who], self.listed[name])

    def _have(self, who: str, name: str) -> None:
        self.deals[name] = dealing.bought(self._house, self._house[who], self.listed[name])

    def _with(self, name: str, scene: Callable[..., object], *more: object) -> Callable[[], None]:
        """A scene about an order, once it is there."""
        return lambda: _play(scene, self._house, self.deals[name], *more)

    # Orders

    def _to_sell(self) -> None:
        """What a visitor who signs in as 罗北 can sell by hand: two cards alike, which go through, and one more, which
        staff look at first: it would be the fourth that 罗北 passes on within three days."""
        for place, yuan in enumerate((100, 100, 200)):
            scene = partial(self._claimed, "luobei", yuan)
            self._house.stage.on(20, 18, 10 + place, scene)

    def _claimed(self, who: str, yuan: int) -> None:
        holding.claim(self._house, self._house[who], self._house.take(SPRING, yuan * 100))

    def _records(self) -> None:
        """罗北 has sold before; everybody was content."""
        on = self._house.stage.on
        for place, (days_ago, buyer) in enumerate(((38, "hanlu"), (35, "yuzhou"), (31, "caiwei"))):
            name = f"record{place}"
            on(days_ago, 10, 14, partial(self._offer, "luobei", (name, 200, 176 + place), motive="gift"))
            on(days_ago, 12, 40, partial(self._have, buyer, name))
            on(days_ago - 1, 9, 5, self._with(name, dealing.content))

    def _reversed(self) -> None:
        """Completed and paid; weeks later the buyer's bank takes the money back. The seller owes it."""
        on = self._house.stage.on
        on(33, 11, 2, lambda: self._offer("qiming", ("reversed", 200, 168), motive="cash"))
        on(33, 15, 26, lambda: self._have("dusheng", "reversed"))
        on(32, 8, 50, self._with("reversed", dealing.content))
        on(2, 16, 12, lambda: self._house.bank.call_back(self.deals["reversed"]))

    def _appealed(self) -> None:
        """Decided for the buyer, and on appeal, by somebody else, for the seller."""
        on, name = self._house.stage.on, "appealed"
        on(27, 10, 33, lambda: self._offer("qiming", (name, 100, 91)))
        on(27, 13, 8, lambda: self._have("caiwei", name))
        words = "在店里付款时提示余额不足，和页面上写的不一样。"
        on(26, 8, 15, self._with(name, dealing.dispute, "balance", words, dealing.screenshot(380, 300)))
        on(25, 9, 40, self._with(name, dealing.answer, "卡上就是一百元，成交时页面显示得很清楚。"))
        on(25, 12, 22, lambda: dealing.rest(self._house, self.deals[name], self._house["caiwei"]))
        on(
            24,
            15,
            4,
            lambda: self._rule(name, Outcome.REFUND, "门店的付款记录还没有拿到，先按买家的截图退款。"),
        )
        plea = dealing.shown("请查账本：那家店当时扣的是另一张卡。", dealing.screenshot(420, 260, 330))
        on(23, 19, 31, lambda: acts.appeal(self._at("qiming"), self.deals[name], plea))
        reasons = "账本显示争议前后这张卡余额一直是 100 元，门店当时扣的是买家另一张卡。改判付款给卖家。"
        on(21, 10, 50, lambda: self._rule_on_appeal(name, Outcome.RELEASE, reasons))

    def _refunded(self) -> None:
        """The seller sees that the buyer is right."""
        on, name = self._house.stage.on, "refunded"
        on(20, 11, 30, lambda: self._offer("qiming", (name, 100, 87)))
        on(20, 12, 31, lambda: self._have("hanlu", name))
        words = "买重了，卖家答应过可以退。聊天里有。"
        on(19, 8, 6, self._with(name, dealing.dispute, "other", words))
        on(18, 9, 12, lambda: acts.concede(self._at("qiming"), self.deals[name]))

    def _split(self) -> None:
        """They come to terms by themselves: a part of the price goes back."""
        on, name = self._house.stage.on, "split"
        on(17, 10, 10, lambda: self._offer("luobei", (name, 200, 182)))
        on(17, 12, 15, lambda: self._have("yuzhou", name))
        words = "说好是有效期两年以上的，实际只剩一年多。"
        on(16, 8, 2, self._with(name, dealing.dispute, "not_as_described", words))
        on(15, 9, 33, lambda: acts.propose_split(self._at("luobei"), self.deals[name], 20_00))
        on(15, 12, 4, lambda: acts.accept_split(self._at("yuzhou"), self.deals[name], 20_00))

    def _appealable(self) -> None:
        """Decided for the seller; the buyer, 夏荷, may appeal."""
        on, name = self._house.stage.on, "appealable"
        on(9, 10, 26, lambda: self._offer("qiming", (name, 100, 89), motive="promotion"))
        on(9, 18, 3, lambda: self._have("xiahe", name))
        words = "付款时店员说这张卡用不了，换了一张才付成。"
        on(8, 13, 20, self._with(name, dealing.dispute, "unusable", words, dealing.screenshot(400, 280)))
        on(
            7,
            10,
            2,
            self._with(name, dealing.answer, "卡一直是正常的，收银台当时没有网。", dealing.screenshot(350)),
        )
        on(7, 20, 45, lambda: dealing.rest(self._house, self.deals[name], self._house["xiahe"]))
        reasons = "账本上没有任何一次被拒绝的付款，当天该店收银台断网 40 分钟。卡可以正常使用，付款给卖家。"
        on(3, 14, 40, lambda: self._rule(name, Outcome.RELEASE, reasons))

    def _waiting_for_staff(self) -> None:
        """Both sides have shown all they have: staff decide."""
        on, name = self._house.stage.on, "deciding"
        on(8, 9, 45, lambda: self._offer("luobei", (name, 200, 179), ("wanted", 100, 92)))
        on(6, 12, 36, lambda: self._have("caiwei", name))
        words = "收到后发现这张卡以前转手过，卖家说是自己买的。"
        on(
            5,
            8,
            21,
            self._with(name, dealing.dispute, "not_as_described", words, dealing.screenshot(310, 440)),
        )
        says = "我说的是自己领的卡，没有说过没转手。来历在卡的页面上人人能看。"
        on(4, 9, 17, self._with(name, dealing.answer, says, dealing.screenshot(400, 320, 260)))
        on(3, 21, 40, lambda: dealing.rest(self._house, self.deals[name], self._house["caiwei"]))

    def _disputed(self) -> None:
        """The buyer has shown something, and it is the seller's turn."""
        on, name = self._house.stage.on, "disputed"
        on(4, 10, 5, lambda: self._offer("luobei", (name, 200, 175), ("bargain", 50, 47)))
        on(2, 21, 26, lambda: self._have("xiahe", name))
        words = "聊天里说好送一张 10 元的小卡，没有收到。"
        on(1, 12, 14, self._with(name, dealing.dispute, "other", words, dealing.screenshot(300, 380, 220)))

    def _quiet(self) -> None:
        """Delivered and not confirmed; confirmed and not paid out; held by risk; not paid in time; taken down."""
        on, at, ends_ms = self._house.stage.on, self._house.stage.at, self._house.stage.ends_ms
        at(ends_ms - 6 * HOUR_MS, lambda: self._have("xiahe", "new"))
        on(5, 10, 12, lambda: self._offer("mubai", ("held", 500, 438), ("kept", 100, 91), ("down", 100, 60)))
        at(ends_ms - 3 * HOUR_MS, self._pay_from_elsewhere)
        on(4, 18, 20, lambda: self._buy("dusheng", "kept"))
        on(4, 19, 0, self._house.stage.tick)
        on(3, 11, 11, self._take_down)
        at(ends_ms - 28 * HOUR_MS, lambda: self._offer("caiwei", ("sure", 100, 90), ("new", 100, 90)))
        at(ends_ms - 20 * HOUR_MS, lambda: self._have("leo", "sure"))
        at(ends_ms - 9 * HOUR_MS, self._with("sure", dealing.content))
        cards = tuple((f"many{place}", 50, 46.5 + place / 2) for place in range(4))
        at(ends_ms - 5 * HOUR_MS, lambda: self._offer("shanhu", *cards, motive="promotion"))

    def _pay_from_elsewhere(self) -> None:
        """Another account pays than the buyer's own."""
        self._buy("yuzhou", "held")
        bank = self._house.bank
        strange = payer(bank.provider.name, self._house["dusheng"].pk)
        self.deals["held"] = bank.pay(self.deals["held"], strange)

    def _take_down(self) -> None:
        """A price that is too good: risk takes it down until the seller has explained it."""
        by = self._house["zhenglan"]
        self._house.stage.at_browser(by)
        changing.delist(self.listed["down"].pk, by=str(by.pk), why="risk")

    # Bids, talks, a group

    def _bidding(self) -> None:
        """Prices that somebody is asked for an answer to."""
        house, at, ends_ms = self._house, self._house.stage.at, self._house.stage.ends_ms
        leo, xiahe, luobei = "leo", "xiahe", "luobei"
        on = house.stage.on
        on(36, 10, 4, lambda: self._offer("caiwei", ("agreed", 100, 94)))
        on(36, 10, 40, lambda: self._bid("hanlu", "agreed", 88))
        on(36, 11, 15, lambda: self._counter("caiwei", "agreed", 91))
        on(36, 11, 52, self._take_counter)

        on(3, 12, 20, lambda: self._talk(xiahe, "wanted", "在吗？这张还在卖吗", "在的", "有效期到什么时候？",
            "页面上有，还有两年多", "可以加微信聊吗", "就在这里说吧，付款和交付都在这里"))  # fmt: skip
        at(ends_ms - 10 * HOUR_MS, lambda: self._bid("hanlu", "wanted", 86))
        at(
            ends_ms - 9 * HOUR_MS,
            lambda: self._talk(leo, "bargain", "Hello! Would you take 43?", "你好，46 可以"),
        )
        at(ends_ms - 9 * HOUR_MS + 1, lambda: self._bid(leo, "bargain", 43))
        at(ends_ms - 8 * HOUR_MS, lambda: self._counter(luobei, "bargain", 46))
        at(
            ends_ms - 4 * HOUR_MS,
            lambda: self._talk(xiahe, "kept", "88 可以吗？今天就付", "可以，你出价我来接受"),
        )
        at(ends_ms - HOUR_MS, lambda: self._bid(xiahe, "kept", 88))

    def _meeting(self) -> None:
        """A group of neighbours, and a card that is offered to them alone."""
        on = self._house.stage.on
        on(10, 20, 30, self._found_group)
        for minute, key in enumerate(("xiahe", "leo", "caiwei", "yuzhou")):
            on(9, 8, 12 + minute, partial(self._join, key))
        on(9, 20, 40, lambda: self._offer("luobei", ("among_us", 100, 88), motive="gift", group=True))

    def _found_group(self) -> None:
        self._house.stage.at_browser(self._house["luobei"])
        self._group = groups.make(self._house["luobei"], "运河边的邻居")

    def _join(self, key: str) -> None:
        if self._group is not None:
            groups.join(self._house[key], self._group)

    def _talk(self, who: str, name: str, *lines: str) -> None:
        dealing.talk(self._house, self._house[who], self.listed[name], *lines)

    def _bid(self, who: str, name: str, yuan: float) -> None:
        self._bids[name] = dealing.bid(self._house, self._house[who], self.listed[name], round(yuan * 100))

    def _counter(self, who: str, name: str, yuan: float) -> None:
        person = self._house[who]
        self._bids[name] = dealing.counter(self._house, person, self._bids[name], round(yuan * 100))

    def _take_counter(self) -> None:
        """The buyer takes the seller's price and pays."""
        offer = self._bids["agreed"]
        self.deals["agreed"] = dealing.bought(self._house, self._house["hanlu"], self.listed["agreed"], offer)
        self._house.stage.at(now_ms() + 15 * HOUR_MS, self._with("agreed", dealing.content))

    # Staff

    def _at(self, key: str) -> HttpRequest:
        return self._house.stage.at_browser(self._house[key])

    def _rule(self, name: str, outcome: Outcome, reasons: str) -> None:
        acts.rule(self._at("wutong"), self.deals[name], outcome, reasons)

    def _rule_on_appeal(self, name: str, outcome: Outcome, reasons: str) -> None:
        acts.rule_on_appeal(self._at("zhenglan"), self.deals[name], outcome, reasons)


def _play(scene: Callable[..., object], house: House, deal: Deal, *more: object) -> None:
    scene(house, deal, *more)


def ask_again() -> None:
    """The provider is asked once more how orders can be paid that wait for it: where its page is, is known only when
    it runs."""
    waiting = Deal.objects.filter(stage="awaiting_payment")
    Errand.objects.filter(deal__in=waiting, kind="create_payment").update(
        state=Errand.State.DUE, next_try_ms=now_ms(), lease_ms=0
    )
    waiting.update(pay_url="", pay_qr="")
