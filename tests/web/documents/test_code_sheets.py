"""Card sheets: every card once, its QR what the claim page reads, the secret in the fragment only."""

from __future__ import annotations

import io
from urllib.parse import urlsplit

import pytest
import segno
from pypdf import PdfReader

from cardtrail.wallet.codes import CardCode
from cardtrail.web.documents import code_sheets as module
from cardtrail.web.documents.code_sheets import code_sheets
from cardtrail.web.documents.codes import claim_address
from cardtrail.web.documents.paper import INK, Paper
from cardtrail.wire.identifiers import group_digits, parse_card_number
from tests.web.documents.samples import BASE, DAY_MS, ISSUER, MADE_MS, fresh, pages_of, squeezed


def make(cards, **changes) -> bytes:
    fields = {"issuer": ISSUER, "base": BASE, "batch": "冬季 A-017", "made_ms": MADE_MS}
    return code_sheets(cards, **(fields | changes))


@pytest.mark.parametrize(("count", "per_page", "pages"), [(10, 10, 1), (11, 10, 2), (17, 8, 3)])
def test_every_card_is_on_one_page(count, per_page, pages):
    cards = [fresh(serial) for serial in range(100, 100 + count)]
    texts = pages_of(make(cards, per_page=per_page))
    assert len(texts) == pages
    for place, card in enumerate(cards):
        assert [squeezed(card.code.grouped) in text for text in texts] == [
            number == place // per_page for number in range(pages)
        ]
        assert squeezed(group_digits(card.number)) in texts[place // per_page]
    for number, text in enumerate(texts, 1):
        assert f"{number}/{pages}" in text
        assert "机密" in text
        assert "Confidential" in text


def test_what_a_card_says():
    (text,) = pages_of(make([fresh(5, face_minor=123_456)]))
    for words in (
        "云上茶事",
        "四季礼品卡",
        "¥1,234.56",
        "扫码领取",
        "Scan to claim",
        "cards.example/claim",
        "冬季 A-017",
    ):
        assert squeezed(words) in text


def test_how_long_it_is_valid():
    told = (
        ({}, ("长期有效", "No expiry")),
        ({"expires_ms": MADE_MS}, ("有效期至 2026-11-22", "Valid until 2026-11-22")),
        ({"validity_ms": 3 * 365 * DAY_MS}, ("激活后 3 年有效", "Valid 3 years from activation")),
        ({"validity_ms": 1464 * DAY_MS}, ("激活后 4 年有效", "Valid 4 years from activation")),
        ({"validity_ms": 366 * DAY_MS}, ("激活后 1 年有效", "Valid 1 year from activation")),
        ({"validity_ms": 90 * DAY_MS}, ("激活后 90 天有效", "Valid 90 days from activation")),
        ({"validity_ms": DAY_MS, "expires_ms": 0}, ("有效期至 1970-01-01", "Valid until 1970-01-01")),
    )
    (text,) = pages_of(make([fresh(number, **changes) for number, (changes, _) in enumerate(told)]))
    for _, words in told:
        assert [text.count(squeezed(word)) for word in words] == [1, 1]


def test_the_qr_holds_number_and_code_behind_the_hash(monkeypatch):
    contents = []

    def make_qr(content, **options):
        contents.append(content)
        return real(content, **options)

    real = segno.make_qr
    monkeypatch.setattr(module.segno, "make_qr", make_qr)
    cards = [fresh(serial) for serial in range(4)]
    make(cards, base=BASE + "/")
    assert contents == [claim_address(BASE, card) for card in cards]
    for content, card in zip(contents, cards, strict=True):
        address = urlsplit(content)
        assert (address.scheme, address.netloc, address.path, address.query) == (
            "https",
            "cards.example",
            "/claim",
            "",
        )
        number, _, code = address.fragment.partition(".")
        assert parse_card_number(number) == card.serial
        assert CardCode.parse(code) == card.code


def test_the_qr_is_drawn_module_by_module(monkeypatch):
    """Darkness looked up in the middle of each module, as a camera would; with four light modules around."""
    fills = []
    real = Paper.fill

    def fill(self, x, y, width, height, colour):
        fills.append((x, y, width, height, colour))
        real(self, x, y, width, height, colour)

    monkeypatch.setattr(Paper, "fill", fill)
    card = fresh(9)
    make([card])
    matrix = segno.make_qr(claim_address(BASE, card), error="m").matrix
    dark = [(x, y, width, height) for x, y, width, height, colour in fills if colour == INK]
    left, top = min(x for x, *_ in dark), min(y for _, y, *_ in dark)
    step = max(x + width - left for x, _, width, _ in dark) / len(matrix)
    assert step * (len(matrix) + 8) == pytest.approx(25)

    def is_dark(column: int, row: int) -> int:
        px, py = left + (column + 0.5) * step, top + (row + 0.5) * step
        return int(any(x <= px < x + width and y <= py < y + height for x, y, width, height in dark))

    drawn = [[is_dark(column, row) for column in range(len(matrix))] for row in range(len(matrix))]
    assert drawn == [[int(bool(cell)) for cell in row] for row in matrix]


def test_the_address_is_not_a_link():
    """There is nothing to click by mistake, and nothing for a scanner of attachments to follow."""
    reader = PdfReader(io.BytesIO(make([fresh(1)])))
    assert not any("/Annots" in page for page in reader.pages)


def test_progress_after_every_page():
    told = []
    make(
        [fresh(serial) for serial in range(19)],
        per_page=8,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(8, 19), (16, 19), (19, 19)]


def test_the_same_cards_give_the_same_bytes():
    cards = [fresh(serial) for serial in range(3)]
    assert make(cards) == make(cards)
    assert make(cards) != make(cards, made_ms=MADE_MS + 1000)


def test_no_cards():
    with pytest.raises(ValueError, match="no cards"):
        make([])


def test_long_names_do_not_run_into_the_amount():
    long = "一个名字长得出奇的礼品卡品牌及其全称" * 3
    (text,) = pages_of(make([fresh(1, product=long)], issuer=type(ISSUER)(long)))
    assert long not in text
    assert text.count("…") == 2


def test_a_long_host_name_stays_on_its_card(monkeypatch):
    written = []
    real = Paper.text

    def text(self, x, y, line, style, align="left"):
        written.append((y, line))
        real(self, x, y, line, style, align)

    monkeypatch.setattr(Paper, "text", text)
    host = "a-rather-long-name-of-a-brand.gift-cards-and-more.example.com"
    make([fresh(1)], base=f"https://{host}", per_page=10)
    bottom = (297 - 5 * 54) / 2 + 54
    (end,) = [y for y, line in written if line.endswith("void.")]
    assert end < bottom - 1
    (text,) = pages_of(make([fresh(1)], base=f"https://{host}"))
    assert text.count(f"{host}/claim") == 2


def test_a_code_is_in_no_repr():
    card = fresh(3)
    assert card.code.text not in repr(card)
    assert card.code.grouped not in repr(card)
