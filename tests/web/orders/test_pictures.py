"""Evidence from strangers: only pixels and words are kept."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image, ImageOps

from cardtrail.web.orders import acts, exhibits, pictures
from cardtrail.web.orders.models import Exhibit, Picture
from cardtrail.web.orders.pictures import clean
from cardtrail.web.orders.refusals import NotPossible
from tests.web.orders.market import Market
from tests.web.orders.test_disputes import disputed
from tests.web.people import witness


def picture(form: str = "JPEG", size: tuple[int, int] = (60, 40), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, form, **options)
    return out.getvalue()


def test_metadata_goes_and_the_picture_stays() -> None:
    exif = Image.Exif()
    exif[0x010E] = "31.2304N 121.4737E, secret place"
    raw = picture(exif=exif) + b"<script>alert(1)</script>PK\x03\x04"
    assert b"secret place" in raw
    kept = clean(raw)
    assert b"secret place" not in kept.content
    assert b"<script" not in kept.content
    with Image.open(io.BytesIO(kept.content)) as again:
        assert (again.format, again.size, dict(again.getexif())) == ("JPEG", (60, 40), {})


def test_turned_as_its_camera_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert (clean(picture(exif=exif)).width, clean(picture(exif=exif)).height) == (40, 60)


@pytest.mark.parametrize("tag", [0x011A, 0x011B, 0x0143, 0x0154])
def test_what_else_a_camera_wrote_spoils_no_picture(tag: int) -> None:
    """Words where a number belongs, such as a resolution: some cameras do that."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Foo", 6
    odd = exif.tobytes().replace(b"\x01\x0f\x00\x02", tag.to_bytes(2, "big") + b"\x00\x02")
    assert odd != exif.tobytes()
    kept = clean(picture(exif=odd))
    assert (kept.width, kept.height) == (40, 60)


def test_every_way_to_hold_a_camera_is_told_as_by_pillow() -> None:
    corners = Image.new("RGB", (64, 32), "white")
    corners.paste("red", (0, 0, 16, 16))
    corners.paste("blue", (48, 0, 64, 16))
    for turned in range(1, 9):
        exif, out = Image.Exif(), io.BytesIO()
        exif[0x0112] = turned
        corners.save(out, "PNG", exif=exif)
        with (
            Image.open(io.BytesIO(out.getvalue())) as raw,
            Image.open(io.BytesIO(clean(out.getvalue()).content)) as kept,
        ):
            upright = ImageOps.exif_transpose(raw).convert("RGB")
            assert kept.size == upright.size
            for place in (
                (4, 4),
                (upright.width - 5, upright.height - 5),
                (4, upright.height - 5),
                (upright.width - 5, 4),
            ):
                assert all(
                    abs(a - b) < 60
                    for a, b in zip(kept.getpixel(place), upright.getpixel(place), strict=True)
                )


def test_large_ones_become_smaller_and_transparent_ones_white() -> None:
    kept = clean(picture("PNG", (4_000, 1_000)))
    assert (kept.width, kept.height) == (2_000, 500)
    out = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(io.BytesIO(clean(out.getvalue()).content)) as white:
        assert min(white.getpixel((5, 5))) > 250


def bomb() -> bytes:
    """A few hundred bytes that say they are 60,000 pixels wide and high."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "picture_unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "picture_unreadable"),
        (b"%PDF-1.7", "picture_unreadable"),
        (b"GIF89a" + bytes(40), "picture_unreadable"),
        (picture()[:200], "picture_unreadable"),
        (bytes(pictures.MAX_BYTES + 1), "picture_too_large"),
        (bomb(), "picture_too_large"),
    ],
    ids=["nothing", "svg", "pdf", "gif", "cut off", "too large", "bomb"],
)
def test_what_is_no_picture_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(NotPossible) as refused:
        clean(raw)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "kept"),
    [("  好\u202e的\u200b \x00", "好的"), ("a\ud800b", "a?b"), ("line\nline", "line\nline")],
)
def test_words_are_kept_without_tricks(text: str, kept: str) -> None:
    assert exhibits.tidy(text) == kept


@pytest.mark.parametrize(("text", "code"), [(" \u200b", "text_missing"), ("x" * 4_001, "text_too_long")])
def test_words_that_are_none_or_too_many(text: str, code: str) -> None:
    with pytest.raises(NotPossible) as refused:
        exhibits.read(text, [])
    assert refused.value.code == code


def test_too_many_pictures() -> None:
    with pytest.raises(NotPossible):
        exhibits.read("看图", [picture()] * 7)


@pytest.mark.django_db
def test_both_sides_show_what_they_have_and_strangers_nothing(market: Market) -> None:
    deal = disputed(market)
    mine = exhibits.read("付款截图", [picture(), picture("PNG")])
    for person in (market.seller, market.buyer):
        acts.give_evidence(witness(person), deal, mine)
    with pytest.raises(NotPossible):
        acts.give_evidence(witness(market.other), deal, mine)
    shown = Exhibit.objects.filter(deal=deal, purpose="evidence")
    assert {exhibit.side for exhibit in shown} == {"buyer", "seller"}
    assert Picture.objects.count() == 4
    assert bytes(shown[0].sha256).hex() in {each.sha256 for each in market.now(deal).order.evidence}
