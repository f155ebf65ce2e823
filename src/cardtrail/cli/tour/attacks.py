"""A chapter of what does not work: an old command again, a changed one, somebody else's name, another ledger's."""

from __future__ import annotations

from hashlib import sha256

from msgspec.structs import replace

from cardtrail.cli.tour.stage import Stage
from cardtrail.client.build import SignedCommand, sign
from cardtrail.signing.keys import SecretKey
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import Transfer
from cardtrail.wire.identifiers import command_id
from cardtrail.wire.reasons import Reason
from cardtrail.wire.scalars import NO_HASH
from cardtrail.wire.signed import Signed, SignedBy, command_message


def attacks(stage: Stage, serial: int) -> None:
    """Everything is tried on Jing's card."""
    stage.day(23)
    voice = stage.voice
    voice.chapter("攻击", "Attacks", stage.clock.now_ms)
    jing = stage.person("jing")
    thief_key = SecretKey.generate()
    paid = jing.redeem(serial, 500, sha256(b"order 3").digest())
    first = stage.accepted(paid, jing)
    balance = stage.card(serial).balance_minor
    voice.tell(
        "重放：收银台把小静已经用过的支付指令原样再发一遍。得到的还是第一次的回答，不会再扣：",
        "Replay: a till sends Jing's payment a second time. It gets the first answer again, and nothing is paid twice:",
    )
    again = stage.accepted(paid)
    stage.must(
        again == first and stage.card(serial).balance_minor == balance, "a replay should change nothing"
    )
    voice.done("余额不变", "the balance is the same", again.index)
    voice.tell(
        "把同一笔支付换个有效期再发，签名就不对了：",
        "With another expiry the signature does not fit any more:",
    )
    body = replace(paid.body, not_after_ms=stage.ends_ms())
    stage.refused(_dressed(body, jing.key_for(stage.card(serial)), paid), Reason.BAD_SIGNATURE)
    voice.tell(
        "按支付之前的版本重新签名：",
        "Signed anew, but for the card as it was before the payment:",
    )
    stage.refused(sign(body, jing.key_for(stage.card(serial))), Reason.WRONG_VERSION)
    voice.tell(
        "伪造：用自己的钥匙签名，写上小静的公钥：", "Forgery: the thief's signature under Jing's public key:"
    )
    theft = Transfer(*stage.about(serial), thief_key.public, NO_HASH)
    stage.refused(_forged(theft, stage.card(serial).owner, thief_key), Reason.BAD_SIGNATURE)
    voice.tell(
        "跨账本：把在另一个账本上签的指令拿来：",
        "Another ledger: a command that was signed for a different one:",
    )
    elsewhere = replace(theft, network=sha256(b"another ledger").digest()[:16])
    stage.refused(sign(elsewhere, jing.key_for(stage.card(serial))), Reason.WRONG_NETWORK)
    stage.owned_by("jing", serial)
    stage.must(stage.card(serial).balance_minor == balance, "the attacks should have changed nothing")
    voice.done("五次攻击，卡和余额都没变", "five attacks, and card and balance are as they were")


def _forged(body: Transfer, public: bytes, key: SecretKey) -> SignedCommand:
    """A command that says to be signed by a key and is signed by another."""
    data = encode(body)
    signature = SignedBy(public, key.sign(command_message(data)))
    return SignedCommand(encode(Signed(data, (signature,), None)), command_id(data), body)


def _dressed(body: object, key: SecretKey, original: SignedCommand) -> SignedCommand:
    """A changed body with the signature of the original one."""
    data = encode(body)
    signature = SignedBy(key.public, key.sign(command_message(encode(original.body))))
    return SignedCommand(encode(Signed(data, (signature,), None)), command_id(data), original.body)
