"""The chapters in the middle: gifts, sales, and a clearance over many commands."""

from __future__ import annotations

from cardtrail.cli.options import DAY_MS
from cardtrail.cli.tour.stage import Stage
from cardtrail.client.build import sign
from cardtrail.wire.commands import Return
from cardtrail.wire.money import format_money
from cardtrail.wire.reasons import Reason
from cardtrail.wire.roles import Role

LINK_BASE = "https://cards.example"
PRICE_MINOR = 47_000
BULK_CARDS = 20
BULK_PRICE_MINOR = 95_000


def gifts(stage: Stage, serial: int) -> None:
    """A card goes by link; another gift is taken back in time."""
    stage.day(4)
    voice = stage.voice
    voice.chapter("用链接赠送", "Giving by link", stage.clock.now_ms)
    voice.tell(
        "小芳把卡放进一个链接发给小静。打开链接不会动卡，签名领取才会。",
        "Fang puts her card into a link for Jing. Opening a link moves nothing; only a signature does.",
    )
    fang, jing, ming = stage.person("fang"), stage.person("jing"), stage.person("ming")
    command, link = fang.give_by_link(serial, stage.clock.now_ms + 7 * DAY_MS, LINK_BASE)
    stage.accepted(command, fang)
    late = ming.accept(link)  # Signed while the gift still waits; sent too late.
    answer = stage.accepted(jing.accept(link), jing)
    stage.owned_by("jing", serial)
    voice.done(f"{stage.number(serial)} 小芳 → 小静", "Fang to Jing", answer.index)
    voice.tell("链接被转发进群，小明晚了一步：", "The link was forwarded to a group, and Ming comes second:")
    stage.refused(late, Reason.CARD_NOT_HELD, ming)
    voice.tell(
        "小静也送出一张，又改了主意：没人领取之前可以收回。",
        "Jing gives the card on, and changes her mind: until it is taken she can take it back.",
    )
    command, _ = jing.give_by_link(serial, stage.clock.now_ms + 7 * DAY_MS, LINK_BASE)
    stage.accepted(command, jing)
    answer = stage.accepted(jing.take_back(serial), jing)
    stage.must(stage.card(serial).hold is None, "the gift should be back")
    voice.done("已收回", "taken back", answer.index)


def sales(stage: Stage, serial: int) -> None:
    """A card is sold, cannot be sold twice, and another one comes back unsold."""
    stage.day(6)
    voice = stage.voice
    voice.chapter("出售与交付", "Selling and delivering", stage.clock.now_ms)
    price = format_money(PRICE_MINOR, "CNY")
    voice.tell(
        f"小明把 ¥500 的卡标价 {price} 锁定待售；小静付款给支付机构，结算方交付。",
        f"Ming sets his ¥500 card aside for sale at {price}. Jing pays the payment provider; the settler delivers.",
    )
    ming, jing = stage.person("ming"), stage.person("jing")
    until_ms = stage.clock.now_ms + 3 * DAY_MS
    answer = stage.accepted(ming.hold_for_sale(serial, PRICE_MINOR, until_ms, stage.order(serial)), ming)
    voice.done("已锁定待售", "set aside", answer.index)
    voice.tell(
        "小明想把同一张卡再卖给另一个人（一卡两卖）：",
        "Ming tries to sell the same card to somebody else as well:",
    )
    stage.refused(ming.hold_for_sale(serial, PRICE_MINOR, until_ms), Reason.CARD_HELD, ming)
    to = jing.address(serial)
    settler = stage.keys[Role.SETTLER]
    answer = stage.accepted(sign(stage.release(serial, to), settler))
    stage.owned_by("jing", serial)
    voice.done("已交付给小静", "delivered to Jing", answer.index)
    voice.tell(
        "小静也挂出一张，没人买，结算方退回。",
        "Jing offers a card as well; nobody buys, and the settler returns it.",
    )
    unsold = serial + 1
    stage.accepted(jing.hold_for_sale(unsold, PRICE_MINOR, stage.clock.now_ms + 3 * DAY_MS), jing)
    stage.day(8)
    answer = stage.accepted(sign(Return(*stage.about(unsold)), settler))
    stage.must(stage.card(unsold).hold is None, "the unsold card should be free")
    voice.done("未售出，已退回", "returned unsold", answer.index)


def bulk(stage: Stage, first: int) -> None:
    """Named cards need the clearer's word: one signature for twenty sales, one for twenty deliveries."""
    stage.day(9)
    voice = stage.voice
    voice.chapter("批量放行", "One clearance for many", stage.clock.now_ms)
    voice.tell(
        f"小伟要卖 {BULK_CARDS} 张记名卡。产品条款要求风控方放行，没有放行：",
        f"Wei wants to sell {BULK_CARDS} named cards. Their terms ask for a clearance. Without one:",
    )
    wei, mei = stage.person("wei"), stage.person("mei")
    fields = {"name": "张伟"}
    serials = range(first, first + BULK_CARDS)
    stage.all_accepted([wei.claim(serial, stage.codes[serial], fields) for serial in serials], wei)
    until_ms = stage.clock.now_ms + 3 * DAY_MS
    holds = [wei.hold_for_sale(serial, BULK_PRICE_MINOR, until_ms, stage.order(serial)) for serial in serials]
    stage.refused(holds[0], Reason.CLEARANCE_MISSING)
    voice.tell(
        f"风控方查过小伟和买家小美，用一个签名放行 {BULK_CARDS} 笔挂售，再用一个放行 {BULK_CARDS} 笔交付。",
        "The clearer checks Wei and the buyer Mei, then signs once for all offers and once for all deliveries.",
    )
    stage.all_accepted(stage.cleared(holds), wei)
    settler = stage.keys[Role.SETTLER]
    releases = []
    for serial in serials:
        to = mei.address(serial, {"name": "赵梅"})
        releases.append(sign(stage.release(serial, to), settler))
    answers = stage.all_accepted(stage.cleared(releases))
    for serial in serials:
        stage.owned_by("mei", serial)
    voice.done(f"{BULK_CARDS} 张卡已交付小美", f"{BULK_CARDS} cards are Mei's", answers[-1].index)
