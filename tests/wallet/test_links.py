"""Attack 29: gift links keep their secret in the fragment, are parsed strictly, and move nothing by being opened."""

from __future__ import annotations

import contextlib
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.wallet.links import GiftLink, LinkError, link_key
from tests.wallet.vectors import load

LINK = GiftLink("https://cards.example", 7, bytes(range(16)))


@pytest.mark.parametrize("vector", load("links")["links"], ids=lambda vector: vector["url"][-50:])
def test_vectors(vector):
    link = GiftLink(vector["base"], vector["serial"], bytes.fromhex(vector["secret"]))
    assert link.url == vector["url"]
    assert GiftLink.parse(vector["url"]) == link
    key = link_key(link.secret, bytes.fromhex(vector["network"]), link.serial)
    assert key.public.hex() == vector["public"]


def test_the_secret_is_in_the_fragment_and_nowhere_else():
    parts = urlsplit(LINK.url)
    secret = parts.fragment
    assert len(secret) == 22
    assert secret not in LINK.address
    assert LINK.url == f"{LINK.address}#{secret}"
    for shown in (repr(LINK), str(LINK)):
        assert secret not in shown
        assert LINK.secret.hex() not in shown


@pytest.mark.parametrize(
    "base",
    [
        "https://cards.example",
        "http://127.0.0.1:8000",
        "https://cards.example/a/b",
        "https://cards.example/c/x",
    ],
)
def test_sites_may_be_anywhere(base):
    link = GiftLink(base + "/", 3, bytes(16))
    assert link.base == base
    assert GiftLink.parse(f"  {link.url}\n") == link


@pytest.mark.parametrize(
    "text",
    [
        "",
        LINK.address,
        LINK.url[:-1],
        LINK.url + "A",
        LINK.url[:-1] + "9",  # The same bytes, spelt with stray bits.
        LINK.url.replace("#", "?"),
        LINK.url.replace("/c/", "/d/"),
        LINK.url.replace("https", "ftp"),
        LINK.url.replace("https://", ""),
        LINK.url.replace("https://", "HTTPS://"),
        LINK.url.replace("https://", "https://me@"),
        LINK.url.replace("/c/", "/c/?x=1&y="),
        LINK.url.replace("/c/0", "/c/1"),
        LINK.url.replace("/c/0", "/c/ 0"),
        LINK.url.replace("example", "exa\nmple"),
        LINK.url.replace("example", "exämple"),
        LINK.url.replace("example", "example:port"),
        LINK.url.replace("#", "##"),
        "https://[/c/0000000000000075#" + "A" * 22,
        LINK.url + " " * 3000 + "x",
    ],
)
def test_what_is_no_link_is_refused_without_repeating_it(text):
    with pytest.raises(LinkError) as caught:
        GiftLink.parse(text)
    assert urlsplit(LINK.url).fragment[:8] not in str(caught.value)


@given(
    st.text(max_size=120)
    | st.from_regex(r"https://[a-z:/?#@\[\]]{0,20}/c/[0-9]{16}#[\w=-]{20,24}", fullmatch=True)
)
def test_any_text_is_a_link_or_an_error(text):
    with contextlib.suppress(LinkError):
        assert GiftLink.parse(text).url == text.strip()


@given(st.integers(0, 10**15 - 1), st.binary(min_size=16, max_size=16))
def test_a_link_leads_back_to_itself(serial, secret):
    link = GiftLink("https://cards.example", serial, secret)
    assert GiftLink.parse(link.url) == link
    assert hash(GiftLink.parse(link.url)) == hash(link)


def test_a_secret_has_its_length():
    with pytest.raises(LinkError, match="16 bytes"):
        GiftLink("https://cards.example", 0, bytes(15))
