"""The first chapters: cards are issued, activated, backed by a deposit, claimed by their codes."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from cardtrail.cli.batch import Row, read_batch
from cardtrail.cli.batch_issue import Range, issue_batch, read_codes
from cardtrail.cli.out import progress
from cardtrail.cli.tour.stage import Stage
from cardtrail.client.build import sign
from cardtrail.wallet.codes import code_key
from cardtrail.wire.cards import Status
from cardtrail.wire.commands import Activate, Attest, Transfer
from cardtrail.wire.money import format_money
from cardtrail.wire.reasons import Reason
from cardtrail.wire.roles import Role
from cardtrail.wire.scalars import NO_HASH

CUSTODY_PERCENT = 40
"""Of what is outstanding, the share a brand issuer keeps with a bank (MOFCOM Order 9 of 2012)."""


def issue(stage: Stage, batch: Path) -> dict[tuple[bool, int], Range]:
    """A batch is issued. Answers with its ranges by kind (named or not) and face."""
    voice, session = stage.voice, stage.session
    voice.chapter("发行", "Issuing", stage.clock.now_ms)
    rows = read_batch(batch)
    total = sum(row.count for row in rows)
    voice.tell(
        f"品牌方按批次文件 {batch.name} 发行 {total:,} 张卡：先把卡密写进只有自己能读的文件，再上账。",
        f"The brand issues {total:,} cards from {batch.name}: codes go to a private file first, then to the ledger.",
    )
    with progress(voice.pick("制卡", "keys")) as tick:
        issued = issue_batch(session, [stage.keys[Role.ISSUER]], rows, stage.path / "codes.csv", tick)
    for row, cards in zip(rows, issued.ranges, strict=True):
        face = format_money(row.face_minor, "CNY")
        zh = f"{'记名' if row.named else '不记名'} {face} × {row.count}"
        en = f"{'named' if row.named else 'anonymous'}"
        voice.done(zh, f"{en}, {stage.number(cards.first_serial)} …")
    stage.codes = read_codes(stage.path / "codes.csv")
    stage.must(session.refresh().cards == total, f"the ledger should have {total} cards")
    return {_kind(row): cards for row, cards in zip(rows, issued.ranges, strict=True)}


def warehouse_theft(stage: Stage, serial: int) -> None:
    """A code from the warehouse is worth nothing before its card is paid for."""
    stage.voice.tell(
        "仓库里有人偷抄了一张卡密，想抢先领取。卡还没有激活：",
        "Somebody in the warehouse copies a code and tries to claim the card before it is activated:",
    )
    thief = stage.person("thief")
    stage.refused(thief.claim(serial, stage.codes[serial]), Reason.CARD_INACTIVE, thief)


def activate(stage: Stage, ranges: dict[tuple[bool, int], Range]) -> None:
    """All of the batch is paid for."""
    stage.day(1)
    voice, session = stage.voice, stage.session
    voice.chapter("激活与存管", "Activation and deposit", stage.clock.now_ms)
    voice.tell("货款到账，按号段激活。", "The cards are paid for; they are activated by range.")
    issuer = stage.keys[Role.ISSUER]
    sequence = session.refresh().sequence(Role.ISSUER)
    commands = [
        sign(
            Activate(session.network, stage.ends_ms(), sequence + place, cards.first_serial, cards.count),
            issuer,
        )
        for place, cards in enumerate(ranges.values())
    ]
    answers = stage.all_accepted(commands)
    for cards in ranges.values():
        stage.must(stage.card(cards.first_serial).status is Status.ACTIVE, "every range should be active")
    voice.done(f"{len(answers)} 个号段已激活", f"{len(answers)} ranges activated", answers[-1].index)
    attest(stage, "BANK-1")


def attest(stage: Stage, statement: str) -> None:
    """The bank states the deposit for what is outstanding."""
    session = stage.session
    outstanding = sum(totals.outstanding for totals in session.client.totals().totals)
    deposit = outstanding * CUSTODY_PERCENT // 100
    money = format_money(deposit, "CNY")
    stage.voice.tell(
        f"存管银行声明：流通余额的 {CUSTODY_PERCENT}% 已存入专户。",
        f"The custodian bank states that {CUSTODY_PERCENT}% of what is outstanding is in its account.",
    )
    body = Attest(
        session.network,
        stage.ends_ms(),
        session.refresh().sequence(Role.CUSTODIAN),
        "CNY",
        deposit,
        stage.clock.now_ms,
        sha256(statement.encode()).digest(),
    )
    answer = stage.as_role(Role.CUSTODIAN, body)
    stage.voice.done(f"存管 {money}", "on record", answer.index)


def claims(stage: Stage, anonymous: int, dear: int, named: int) -> None:
    """Holders make cards theirs; a copied code comes too late."""
    stage.day(2)
    voice = stage.voice
    voice.chapter("凭卡密领取", "Claiming by code", stage.clock.now_ms)
    voice.tell(
        "小芳、小明、小静刮开卡密并领取。领取即换钥匙，卡密从此作废。",
        "Fang, Ming and Jing claim cards by their codes. Claiming re-keys a card; the code is dead from then on.",
    )
    stage.claim("fang", anonymous)
    stage.claim("ming", dear)
    answer = stage.claim("jing", dear + 1)
    voice.done("三张卡各归其主", "each card has its owner", answer.index)
    voice.tell(
        "记名卡要留身份：只有加盐的摘要上账，姓名不上账。",
        "A named card asks who its holder is. Only a salted hash goes on the ledger, never the name.",
    )
    answer = stage.claim("wei", named, {"name": "张伟"})
    voice.done("小伟领取记名卡", "Wei claims a named card", answer.index)
    voice.tell(
        "有人拍下了小芳的卡密，现在拿来领同一张卡：",
        "Somebody took a photograph of Fang's code and uses it on the same card now:",
    )
    card = stage.card(anonymous)
    thief = stage.person("thief")
    copied = code_key(stage.codes[anonymous], stage.session.network, anonymous)
    body = Transfer(*stage.about(anonymous), thief.address(anonymous).owner, NO_HASH)
    stage.refused(sign(body, copied), Reason.NOT_OWNER)
    stage.must(stage.card(anonymous) == card, "the copied code should have changed nothing")


def _kind(row: Row) -> tuple[bool, int]:
    return row.named, row.face_minor
