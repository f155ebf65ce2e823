"""The chapters about using a card and about what goes wrong with one."""

from __future__ import annotations

from hashlib import sha256

from cardtrail.cli.options import DAY_MS
from cardtrail.cli.tour.stage import Stage
from cardtrail.client.build import sign
from cardtrail.wire.cards import Status
from cardtrail.wire.commands import Cause, Freeze, Rebind, Refund, Unfreeze, Void
from cardtrail.wire.money import format_money
from cardtrail.wire.reasons import Reason
from cardtrail.wire.roles import Role

PAID_MINOR = 12_850
REFUNDED_MINOR = 2_850


def spend(stage: Stage, serial: int) -> int:
    """Paid with in part, refunded in part, divided and joined again. Answers with the card that remains."""
    stage.day(10)
    voice = stage.voice
    voice.chapter("使用", "Using a card", stage.clock.now_ms)
    voice.tell(
        "卡可以只用一部分；退款不会超过面值；拆开合起，金额一分不差。",
        "A card can be used in part. A refund never goes beyond the face. Dividing and joining keep every fen.",
    )
    jing = stage.person("jing")
    order = sha256(b"order 1").digest()
    paid, back = format_money(PAID_MINOR, "CNY"), format_money(REFUNDED_MINOR, "CNY")
    answer = stage.accepted(jing.redeem(serial, PAID_MINOR, order), jing)
    voice.done(f"小静用卡支付 {paid}", "Jing pays with the card", answer.index)
    answer = stage.as_role(Role.ISSUER, Refund(*stage.about(serial), REFUNDED_MINOR, order))
    left = stage.card(serial).balance_minor
    stage.must(left == 50_000 - PAID_MINOR + REFUNDED_MINOR, "the balance should be what was not spent")
    voice.done(f"退货退回 {back}，余额 {format_money(left, 'CNY')}", "refunded, this is left", answer.index)
    voice.tell("退款超过已消费的部分：", "A refund of more than was spent:")
    again = Refund(*stage.about(serial), PAID_MINOR, order)
    stage.refused(sign(again, stage.keys[Role.ISSUER]), Reason.AMOUNT_OVER_FACE)
    parts = (20_000, 15_000, left - 35_000)
    answer = stage.accepted(jing.split(serial, parts), jing)
    made = list(stage.session.client.created(answer.index))
    amounts = " + ".join(format_money(part, "CNY") for part in parts)
    voice.done(f"拆成三张 {amounts}", "split into three", answer.index)
    answer = stage.accepted(jing.merge(made[:2]), jing)
    (merged,) = stage.session.client.created(answer.index)
    stage.must(stage.card(merged).balance_minor == sum(parts[:2]), "merging should keep the sum")
    voice.done(f"两张合成一张 {format_money(sum(parts[:2]), 'CNY')}", "two merged into one", answer.index)
    return merged


def freeze(stage: Stage, serial: int) -> None:
    """A card is stopped on suspicion, and goes on when it is cleared."""
    stage.day(12)
    voice = stage.voice
    voice.chapter("冻结与解冻", "Freezing and unfreezing", stage.clock.now_ms)
    voice.tell(
        "风控方收到举报，先冻结这张卡；冻结期间谁也动不了：",
        "After a report the clearer freezes the card. Nobody can use it meanwhile:",
    )
    jing = stage.person("jing")
    case = sha256(b"case R-17").digest()
    stage.as_role(Role.CLEARER, Freeze(*stage.about(serial), Role.CLEARER, Cause.FRAUD, case))
    stage.refused(jing.redeem(serial, 1_000, sha256(b"order 2").digest()), Reason.CARD_FROZEN, jing)
    stage.day(13)
    answer = stage.as_role(Role.CLEARER, Unfreeze(*stage.about(serial), Role.CLEARER, Cause.CLEARED, case))
    voice.done("查清误报，立即解冻", "cleared, and unfrozen at once", answer.index)
    answer = stage.accepted(jing.redeem(serial, 1_000, sha256(b"order 2").digest()), jing)
    voice.done("恢复使用，支付 ¥10.00", "it works again", answer.index)


def rebind(stage: Stage, lost: int, coveted: int) -> None:
    """A lost card comes back after a delay; a false claim is objected to."""
    stage.day(14)
    voice = stage.voice
    voice.chapter("挂失与换绑", "Lost and found", stage.clock.now_ms)
    voice.tell(
        "小芳丢了手机，连同里面的钱包。品牌方核实身份后，把卡换绑到她的新钱包；7 天内原钥匙可以反对。",
        "Fang has lost her phone and its wallet. Once her identity is proved, the brand rebinds her card to a new "
        "wallet; for 7 days whoever has the old key can object.",
    )
    stage.claim("fang", lost)
    new = stage.person("fang-new")
    key = new.rebind_key(lost)
    answer = stage.as_role(Role.ISSUER, Rebind(*stage.about(lost), key, sha256(b"case L-9").digest()))
    voice.done("已登记换绑", "reported lost", answer.index)
    voice.tell("等待期还没过：", "Before the delay is over:")
    stage.refused(new.finish_rebind(lost), Reason.REBIND_PENDING, new)
    voice.tell(
        "有人拿假证件挂失小静的卡。小静收到通知，她还有钥匙，当场反对：",
        "Somebody with forged papers reports Jing's card as lost. Jing is told, still has her key, and objects:",
    )
    thief, jing = stage.person("thief"), stage.person("jing")
    false = Rebind(*stage.about(coveted), thief.rebind_key(coveted), sha256(b"case L-10").digest())
    stage.as_role(Role.ISSUER, false)
    answer = stage.accepted(jing.object_to_rebind(coveted), jing)
    stage.owned_by("jing", coveted)
    voice.done("反对成功，卡仍归小静", "the card stays Jing's", answer.index)
    stage.clock.now_ms += 7 * DAY_MS
    answer = stage.accepted(new.finish_rebind(lost), new)
    stage.owned_by("fang-new", lost)
    voice.done("7 天后，小芳取回了卡", "7 days later Fang has her card again", answer.index)


def void(stage: Stage, serial: int) -> None:
    """A misprinted card is ended."""
    voice = stage.voice
    voice.tell("一张印错的卡，品牌方作废：", "A misprinted card is voided by the brand:")
    case = sha256(b"misprint 3").digest()
    answer = stage.as_role(Role.ISSUER, Void(*stage.about(serial), Cause.ERROR, case))
    stage.must(stage.card(serial).status is Status.VOID, "the card should be void")
    voice.done(f"{stage.number(serial)} 已作废", "voided", answer.index)
