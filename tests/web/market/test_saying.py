"""What people write: tidied, warned about where it leads off the market, and left alone where it is innocent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.web.market.saying import MOST_CHARS, MOST_RAW, tidy, warnings_in, words_for


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("  你好  ", "你好"),
        ("ｗｅｃｈａｔ　１３８", "wechat 138"),
        ("好的，明天（周六）可以吗？", "好的，明天（周六）可以吗？"),
        ("a\u200d\u0301", "á"),
        ("a\u202eb\u2066c\u200dd\ufeff", "abcd"),
        ("a\x00b\x07c\ud800", "abc"),
        ("一\r\n\r\n\r\n\r\n二", "一\n\n二"),
        ("a \t  b", "a b"),
        ("①②③", "123"),
    ],
)
def test_tidied(raw: str, text: str) -> None:
    assert tidy(raw) == text


@given(st.text(max_size=2_000))
def test_tidied_twice_is_tidied_once(raw: str) -> None:
    once = tidy(raw)
    assert tidy(once) == once
    assert all(sign == "\n" or sign.isprintable() for sign in once)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("加我微信聊", "contact"),
        ("v\u200bx: abc", "contact"),
        ("138 0013 8000", "contact"),
        ("一三八-零零一三-八零零零", "contact"),
        ("１３８００１３８０００", "contact"),
        ("call me", "contact"),
        ("先把卡密发来验一下", "code"),
        ("what is the code?", "code"),
        ("支付宝转账给我，便宜点", "payment"),
        ("看这个 https://example.com", "link"),
    ],
)
def test_warned(raw: str, code: str) -> None:
    found = warnings_in(tidy(raw))
    assert code in found
    assert words_for(found)


@pytest.mark.parametrize(
    "raw",
    [
        "¥450.00 可以吗？",
        "450 太贵了，420 行不行",
        "2027-12-31 到期的对吧",
        "¥1,000.00 和 ¥2,000.00 的都要",
        "1000元到2000元之间的",
        "余额 1000 的也有吗",
        "周末 10 点付款",
        "encoded in the decoder",
        "这张卡可以拆分吗",
        "I can pay tonight",
        "送给微笑的朋友",
    ],
)
def test_innocent(raw: str) -> None:
    assert warnings_in(tidy(raw)) == []


def test_long_texts_are_cut_before_they_are_looked_at() -> None:
    assert len(tidy("x" * 10_000_000)) <= MOST_RAW
    assert MOST_CHARS < MOST_RAW
