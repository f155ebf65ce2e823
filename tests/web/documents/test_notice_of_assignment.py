"""The notice of assignment: all that Art. 11 of 法释〔2025〕4号 asks for, in both languages, other holders unnamed."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from cardtrail.web.documents.notice_of_assignment import notice_of_assignment
from tests.web.documents.samples import ISSUER, MADE_MS, assignment, pages_of, squeezed

KEY = "cards.example/log+0123abcd+" + "QUJD" * 11


def make(assignments, **changes) -> bytes:
    fields = {
        "holder": "李雷",
        "issuer": ISSUER,
        "log_name": "cards.example/log",
        "verifier_key": KEY,
        "published_at": "https://cards.example/transparency",
        "made_ms": MADE_MS,
    }
    return notice_of_assignment(assignments, **(fields | changes))


def text_of(pdf: bytes) -> str:
    return "".join(pages_of(pdf))


def test_what_a_notice_says():
    one = assignment(3)
    text = text_of(make([one]))
    for words in (
        "债权转让通知", "Notice of assignment",
        "法释〔2025〕4号", "第十一条", "Art. 11", "以原文为准", "The original text prevails",
        ISSUER.legal_name, "李雷", "另一持卡人 Another holder",
        "0000 0000 0000 0034", "四季礼品卡", "¥1,000.03 CNY",
        "2026-11-22 22:48:29.123 UTC+08:00", "cards.example/log，第 1003 条 entry 1003",
        one.leaf_hash.hex(), KEY, "https://cards.example/transparency", "cardtrail verify",
    ):  # fmt: skip
        assert squeezed(words) in text


def test_who_is_named():
    text = text_of(make([assignment(0, assignor="李雷", assignee=None)]))
    assert squeezed("转让人 Assignor 李雷 受让人 Assignee 另一持卡人 Another holder") in text
    text = text_of(make([assignment(0, assignor=None, assignee="李雷")]))
    assert squeezed("转让人 Assignor 另一持卡人 Another holder 受让人 Assignee 李雷") in text


def test_a_brand_without_a_company_name_is_addressed_by_its_own():
    assert squeezed("致 To the issuer 云上茶事") in text_of(
        make([assignment(0)], issuer=type(ISSUER)("云上茶事"))
    )


@pytest.mark.parametrize("count", [2, 7, 30])
def test_several_items_none_broken_over_pages(count):
    items = [assignment(number, product="名称很长的产品，" * (number % 4 * 8 + 1)) for number in range(count)]
    pages = pages_of(make(items))
    assert len(pages) > count // 6
    for number, page in enumerate(pages, 1):
        assert f"第{number}页，共{len(pages)}页Page{number}of{len(pages)}" in page
    for item in items:
        (page,) = [page for page in pages if squeezed(f"entry {item.entry_index}") in page]
        assert item.leaf_hash.hex() in page
        assert item.card_number in page


def test_the_same_values_give_the_same_bytes():
    assert make([assignment(1)]) == make([assignment(1)])
    assert make([assignment(1)]) != make([assignment(1)], made_ms=MADE_MS + 1000)


def test_its_properties():
    reader = PdfReader(io.BytesIO(make([assignment(1)])))
    assert reader.metadata.title == "债权转让通知 Notice of assignment"
    assert reader.metadata.author == ISSUER.legal_name
    assert reader.metadata.creation_date.timestamp() == MADE_MS // 1000
    fonts = reader.pages[0]["/Resources"]["/Font"]
    for font in fonts.values():
        (descendant,) = font.get_object()["/DescendantFonts"]
        assert descendant.get_object()["/FontDescriptor"].get_object().keys() & {"/FontFile2", "/FontFile3"}


def test_it_stays_small():
    """A font of 16 MB is behind it; only the characters in use are in it."""
    assert len(make([assignment(number) for number in range(20)])) < 200_000


def test_none():
    with pytest.raises(ValueError, match="no assignment"):
        make([])
