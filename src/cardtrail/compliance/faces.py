"""How much one card may bear."""

from __future__ import annotations

from cardtrail.compliance.refusal import Refused, amounts, refused
from cardtrail.compliance.rules import Rule
from cardtrail.wire.words import Words

YUAN = "CNY"


def check_currency(named: bool, currency: str) -> Refused | None:
    """Whether the limits can be kept at all: they are stated in yuan, and a product in another currency would go
    round every one of them."""
    if currency == YUAN:
        return None
    return refused(
        _rule(named),
        Words(
            "法定限额以人民币计，其他币种无从核对。请以人民币（CNY）发行。",
            "The limits are stated in yuan and cannot be checked in another currency. Issue in CNY.",
        ),
    )


def check_face(named: bool, face_fen: int) -> Refused | None:
    """Whether a card may bear that much, however it came about: issued, merged or refunded onto."""
    amounts(face_fen=face_fen)
    rule = _rule(named)
    if face_fen <= rule.numbers["limit_fen"]:
        return None
    kind = Words("记名卡", "a named card") if named else Words("不记名卡", "an anonymous card")
    words = Words(
        "单张{kind}最高 {limit_fen}，此处为 {face_fen}。请降低面值。",
        "{face_fen} is too much for one card: {kind} bears at most {limit_fen}. Choose a smaller face value.",
    )
    return refused(rule, words, face_fen=face_fen, kind=kind)


def _rule(named: bool) -> Rule:
    return Rule.FACE_NAMED if named else Rule.FACE_ANONYMOUS
