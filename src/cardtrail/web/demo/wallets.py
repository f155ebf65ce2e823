"""The stories of single people: above all of 林小满, whose wallet has a card in every state."""

from __future__ import annotations

from functools import partial
from typing import Final

from cardtrail.web.cards.models import Gift
from cardtrail.web.demo import holding
from cardtrail.web.demo.everyday import SHOPS, Crowd
from cardtrail.web.demo.house import AUTUMN, FIRM, OPENING, SPRING, House
from cardtrail.web.demo.issuing import OLD_CARDS
from cardtrail.web.ui.clock import HOUR_MS

LAKE, CANAL, CREEK = SHOPS


class Wallets:
    """Scenes of holders. `kept` are serials and gifts that later scenes go on with."""

    def __init__(self, house: House, crowd: Crowd) -> None:
        self._house = house
        self._crowd = crowd
        self.kept: dict[str, int] = {}
        self._gifts: dict[str, Gift] = {}

    def _claim(self, who: str, product: str, yuan: int, name: str) -> None:
        fresh = self._house.take(product, yuan * 100)
        self.kept[name] = holding.claim(self._house, self._house[who], fresh)

    def _pay(self, who: str, shop: str, **parts: float) -> None:
        charged = {self.kept[name]: round(yuan * 100) for name, yuan in parts.items()}
        holding.pay(self._house, self._house[who], charged, shop, self._crowd.reference())

    def _give(self, who: str, name: str, to: str, note: str, days: float) -> None:
        email = self._house[to].email if to else ""
        gift = holding.give(self._house, self._house[who], self.kept[name], to=email, note=note, days=days)
        self._gifts[name] = gift

    def long_ago(self) -> None:
        """Three years ago: two cards of the opening, one over by now, one nearly."""
        on = self._house.stage.on
        on(1100, 12, 15, lambda: self._claim("linxiaoman", OPENING, 200, "over"))
        on(1088, 12, 15, lambda: self._pay("linxiaoman", LAKE, over=137))
        on(1077, 12, 15, lambda: self._claim("linxiaoman", OPENING, 100, "soon"))
        on(900, 12, 15, lambda: self._pay("linxiaoman", LAKE, soon=36))
        on(1099, 12, 15, lambda: self._claim("chenaqiang", OPENING, 200, "aqiang_old"))
        on(700, 12, 15, lambda: self._pay("chenaqiang", CANAL, aqiang_old=200))

    def agenda(self) -> None:
        """This season."""
        self._xiaoman()
        self._others()

    def _xiaoman(self) -> None:
        on, me = self._house.stage.on, "linxiaoman"
        on(44, 12, 8, lambda: self._claim(me, SPRING, 500, "main"))
        on(43, 19, 2, lambda: self._claim(me, SPRING, 100, "used"))
        on(42, 12, 31, lambda: self._pay(me, LAKE, used=64))
        on(40, 18, 44, lambda: self._pay(me, LAKE, main=88))
        on(
            39,
            20,
            5,
            lambda: holding.claim_old(self._house, self._house[me], OLD_CARDS[4][0], OLD_CARDS[4][1]),
        )
        for minute, name in enumerate(("one", "two", "three")):
            on(37, 12, 12 + minute, partial(self._claim, me, AUTUMN, 200, name))
        on(36, 19, 26, lambda: self._claim(me, AUTUMN, 500, "family"))
        on(34, 18, 50, lambda: self._pay(me, CANAL, used=36))
        on(33, 21, 3, self._split)
        on(33, 21, 10, lambda: self._give(me, "part1", "chenaqiang", "上次的饭钱，别推啦", 7))
        on(32, 8, 40, lambda: self._take("chenaqiang", "part1"))
        on(31, 12, 20, lambda: self._claim(me, FIRM, 2000, "firm"))
        on(30, 12, 40, self._merge)
        on(28, 19, 40, lambda: self._pay(me, LAKE, main=93.5))
        on(27, 12, 15, lambda: self._give(me, "part3", "", "谁先看到算谁的", 3))
        on(24, 12, 33, lambda: self._claim(me, AUTUMN, 1000, "frozen"))
        on(21, 18, 58, lambda: self._pay(me, CREEK, firm=468))
        on(20, 13, 5, self._refund)
        on(15, 20, 20, lambda: self._claim(me, SPRING, 200, "back"))
        on(14, 9, 12, lambda: self._give(me, "back", "", "给你留着", 7))
        on(13, 22, 41, lambda: holding.take_back(self._house, self._gifts["back"]))
        on(9, 19, 15, lambda: self._pay(me, LAKE, firm=108, back=42.5))
        for place in range(5):
            on(8, 10, 22 + place, partial(self._claim, me, SPRING, 50, f"share{place}"))
        on(6, 12, 55, lambda: self._claim(me, SPRING, 200, "wanted"))
        on(5, 19, 33, lambda: self._claim(me, SPRING, 100, "link"))
        on(2, 20, 48, lambda: self._give(me, "three", "wangfang", "中秋快乐，来店里坐坐", 14))
        on(1, 19, 52, lambda: self._give(me, "link", "", "谢谢帮我收快递！", 10))
        on(1, 20, 30, self._share)

    def _split(self) -> None:
        person = self._house["linxiaoman"]
        parts = holding.split(self._house, person, self.kept["family"], 200_00, 200_00, 100_00)
        self.kept |= dict(zip(("part1", "part2", "part3"), parts, strict=True))

    def _merge(self) -> None:
        self.kept["merged"] = holding.merge(
            self._house, self._house["linxiaoman"], self.kept["one"], self.kept["two"]
        )

    def _take(self, who: str, name: str) -> None:
        holding.take(self._house, self._house[who], self._gifts[name])

    def _refund(self) -> None:
        payment = self._house["linxiaoman"].payments.filter(amount_minor=468_00).get()
        holding.refund(self._house, payment, 58_00, "酒水没有开，退回")

    def _share(self) -> None:
        house, serials = self._house, [self.kept[f"share{n}"] for n in range(5)]
        made = holding.share(house, house["linxiaoman"], serials, "项目上线啦，请大家喝茶", 3)
        house.stage.on(1, 20, 41, lambda: holding.take_of(house, house["lilei"], made))
        house.stage.on(1, 21, 7, lambda: holding.take_of(house, house["tangguo"], made))

    def _others(self) -> None:
        on = self._house.stage.on
        on(43, 12, 40, lambda: self._claim("chenaqiang", SPRING, 200, "aqiang"))
        on(35, 19, 12, lambda: self._pay("chenaqiang", CANAL, aqiang=74))
        on(24, 13, 11, lambda: self._claim("chenaqiang", AUTUMN, 1000, "aqiang_frozen"))
        on(42, 18, 33, lambda: self._claim("wangfang", SPRING, 500, "wangfang"))
        on(41, 19, 18, lambda: self._pay("wangfang", CREEK, wangfang=126))
        on(29, 12, 24, lambda: self._claim("zhaoyiming", SPRING, 100, "zhao"))
        on(41, 11, 50, lambda: self._claim("sunyue", SPRING, 500, "sunyue"))
        on(22, 12, 20, lambda: self._pay("sunyue", LAKE, sunyue=58))
        nearly = self._house.stage.ends_ms - 9 * HOUR_MS
        self._house.stage.at(nearly, lambda: self._pay("sunyue", CREEK, sunyue=236))
        on(19, 12, 45, lambda: self._claim("sima", SPRING, 200, "sima"))
        on(40, 12, 10, lambda: self._claim("anna", SPRING, 500, "anna"))
        on(39, 19, 3, lambda: self._pay("anna", LAKE, anna=96.5))
        on(25, 18, 47, lambda: self._pay("anna", CREEK, anna=132))
        on(4, 12, 51, lambda: self._pay("anna", LAKE, anna=58))
        on(23, 12, 30, lambda: self._claim("anna", AUTUMN, 200, "anna_autumn"))
        on(
            12,
            9,
            25,
            lambda: self._give("anna", "anna_autumn", "linxiaoman", "Thank you for showing me around!", 7),
        )
        on(12, 12, 2, lambda: self._take("linxiaoman", "anna_autumn"))
        on(1, 12, 26, lambda: self._claim("ouyang", SPRING, 200, "ouyang"))
        on(1, 12, 26, lambda: self._give("ouyang", "ouyang", "chenaqiang", "生日快乐，阿强", 14))


HISTORY_DAYS: Final = 1101
"""The brand began so many days ago: a card of its first days is over by now."""
