"""What people write to each other: tidied to plain text, and gently warned about where it leads off the market.

Words alone never punish anybody: a warning is shown to both and that is all. The patterns are plain and run in time
linear in the text; whoever wants to get around them can, which is why the warning stands on every talk anyway.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from cardtrail.web.ui.texts import Text

MOST_CHARS: Final = 500
"""Longer is not a message."""

MOST_RAW: Final = 4 * MOST_CHARS
"""What is sent is not even looked at beyond this: normalising can make text longer, but not without bound."""

_KEPT_CONTROL: Final = "\n"
_DROPPED: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))
"""Categories of Unicode that are dropped: controls, formats (among them bidirectional overrides and what has no width),
lone surrogates, private and unassigned."""

_LINES = re.compile(r"\n{3,}")
_PUNCTUATION = re.compile(r"([，！？；：（）])")
_BLANKS = re.compile(r"[^\S\n]+")
_BETWEEN = re.compile(r"[\s\-_.·・,，、。*~|/\\()（）【】\[\]]+")
_NUMERALS: Final = str.maketrans("零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖", "00123456789123456789")


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that is often the beginning of a fraud: how it is recognised, and what both are told."""

    code: str
    pattern: re.Pattern[str]
    text: Text


WARNINGS: Final = (
    Warned(
        "code",
        re.compile(
            r"卡密|密码|验证码|刮开|截图|卡背|password|passcode|pin code|card code|the code|secret|screenshot"
        ),
        Text(
            "不要把卡密、密码或验证码告诉任何人，也不要索要：余额在卡的页面上就能核验。",
            "Never tell anybody a card's code or a password, and never ask for one: its balance is proved on its page.",
        ),
    ),
    Warned(
        "contact",
        re.compile(
            r"微信|威信|薇信|维信|v信|wechat|weixin|wei xin|[加\+]\s?[vq]\b|\bvx\b|\bwx\b|企鹅|\bqq\b"
            r"|telegram|whatsapp|手机号|电话|加我|私聊|phone|call me|text me"
        ),
        Text(
            "离开集市成交，没有人能替你把关：卡和钱都不受保护。",
            "Off the market nobody can protect you: neither the card nor the money.",
        ),
    ),
    Warned(
        "payment",
        re.compile(
            r"支付宝|转账|红包|收款码|银行卡|私下|线下|alipay|bank transfer|red packet|off the platform|outside"
        ),
        Text(
            "只在这里付款：由支付机构代管，卡到了才放款。",
            "Pay here only: the provider holds the money until the card has arrived.",
        ),
    ),
    Warned(
        "link",
        re.compile(r"https?:|www\.|\.(?:com|cn|net|top|xyz|cc)\b|二维码|扫码|qr code"),
        Text("不要打开对方发来的链接或二维码。", "Do not open links or codes that somebody sends you."),
    ),
)

_INNOCENT: Final = re.compile(
    r"\b20\d\d\s?[-./年]\s?\d{1,2}\s?[-./月]\s?\d{1,2}|[¥$]\s?\d[\d,.]*|\d[\d,.]*\s?元"
)
"""Dates and amounts: digits that are no number to call."""

_NUMBER: Final = re.compile(r"\d{7,}")
_NUMBER_CODE: Final = "contact"


def tidy(raw: str) -> str:
    """What somebody wrote as plain text: compatibility forms folded (NFKC), nothing unseen, no blank deserts. Empty if
    nothing is left; longer than `MOST_CHARS` if it was."""
    folded = _folded(raw[:MOST_RAW].replace("\r\n", "\n").replace("\r", "\n"))
    seen = "".join(
        sign for sign in folded if sign == _KEPT_CONTROL or unicodedata.category(sign) not in _DROPPED
    )
    text = _LINES.sub("\n\n", _BLANKS.sub(" ", _folded(seen)))
    return "\n".join(line.strip() for line in text.split("\n")).strip()


def _folded(text: str) -> str:
    """NFKC, but for Chinese punctuation, which it would make half as wide."""
    parts = _PUNCTUATION.split(text)
    return "".join(
        part if _PUNCTUATION.fullmatch(part) else unicodedata.normalize("NFKC", part) for part in parts
    )


def warnings_in(text: str) -> list[str]:
    """The codes of what a tidied text should be warned about; mostly none."""
    low = unicodedata.normalize("NFKC", text).lower()
    found = [warned.code for warned in WARNINGS if warned.pattern.search(low)]
    # Digits that are spelled out or split up are one number all the same; an amount is shorter.
    digits = _BETWEEN.sub("", _INNOCENT.sub("#", low).translate(_NUMERALS))
    if _NUMBER.search(digits) and _NUMBER_CODE not in found:
        found.append(_NUMBER_CODE)
    return found


def words_for(codes: list[str]) -> list[Text]:
    """What both are told about a message."""
    return [warned.text for warned in WARNINGS if warned.code in codes]
