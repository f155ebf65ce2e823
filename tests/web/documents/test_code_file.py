"""Code files: whoever has the key reads every code, nobody else any; a secret key is refused and not repeated."""

from __future__ import annotations

import base64
import csv
import io

import pyrage
import pytest

from cardtrail.signing.keys import SecretKey
from cardtrail.wallet.codes import CardCode
from cardtrail.web.documents.code_file import HEADER, BadRecipient, code_file, parse_recipients
from cardtrail.wire.identifiers import parse_card_number
from tests.web.documents.samples import BASE, DAY_MS, MADE_MS, fresh

CARDS = [fresh(serial, expires_ms=MADE_MS + serial * DAY_MS) for serial in range(3)] + [
    fresh(7, currency="JPY")
]


def ssh_key(seed: bytes = bytes(32)) -> str:
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in (b"ssh-ed25519", SecretKey(seed).public))
    return f"ssh-ed25519 {base64.b64encode(blob).decode()} printer@example"


@pytest.fixture
def identity():
    return pyrage.x25519.Identity.generate()


def test_the_recipient_reads_every_code(identity):
    sealed = code_file(CARDS, [str(identity.to_public())], base=BASE)
    rows = list(
        csv.DictReader(io.StringIO(pyrage.decrypt(sealed, [identity]).decode("utf-8-sig"), newline=""))
    )
    assert list(rows[0]) == list(HEADER)
    assert [parse_card_number(row["card_number"]) for row in rows] == [card.serial for card in CARDS]
    assert [CardCode.parse(row["code"]) for row in rows] == [card.code for card in CARDS]
    assert [(row["face"], row["currency"]) for row in rows] == [("500.00", "CNY")] * 3 + [("50000", "JPY")]
    assert [row["expires"] for row in rows] == ["2026-11-22", "2026-11-23", "2026-11-24", ""]
    assert rows[0]["claim_address"] == f"{BASE}/claim#{CARDS[0].number}.{CARDS[0].code.text}"


def test_nobody_else_reads_anything(identity):
    sealed = code_file(CARDS, [str(identity.to_public())], base=BASE)
    assert sealed.startswith(b"age-encryption.org/v1\n")
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed, [pyrage.x25519.Identity.generate()])
    for card in CARDS:
        assert card.code.text.encode() not in sealed
        assert card.code.grouped.encode() not in sealed


def test_several_recipients_each_with_their_own_key(identity):
    other = pyrage.x25519.Identity.generate()
    sealed = code_file(CARDS, [str(identity.to_public()), str(other.to_public()), ssh_key()], base=BASE)
    assert pyrage.decrypt(sealed, [identity]) == pyrage.decrypt(sealed, [other])
    assert b"\n-> ssh-ed25519 " in sealed


def test_the_same_codes_are_never_sealed_alike(identity):
    keys = [str(identity.to_public())]
    assert code_file(CARDS, keys, base=BASE) != code_file(CARDS, keys, base=BASE)


def test_recipients_in_a_text(identity):
    key = str(identity.to_public())
    assert parse_recipients(f"# the printer\n\n  {key} \r\n{ssh_key()}\n{key}\n") == [key, ssh_key()]


@pytest.mark.parametrize(
    "bad",
    [
        "age1",
        "x",
        "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq",
        "ssh-ed25519 AAAA",
        "ssh-dss AAAA",
    ],
)
def test_what_is_no_public_key(identity, bad):
    with pytest.raises(BadRecipient, match="line 3") as caught:
        parse_recipients(f"# keys\n{identity.to_public()}\n{bad}")
    assert caught.value.line == 3
    assert not caught.value.secret
    with pytest.raises(BadRecipient):
        code_file(CARDS, [bad], base=BASE)


@pytest.mark.parametrize("change", [str, str.lower])
def test_a_secret_key_is_refused_and_not_repeated(identity, change):
    secret = change(str(identity))
    with pytest.raises(BadRecipient, match="secret key") as caught:
        parse_recipients(secret)
    assert caught.value.secret
    assert secret not in str(caught.value)


def test_no_recipient_or_too_many():
    with pytest.raises(BadRecipient, match="1 to 20"):
        parse_recipients("# nobody\n")
    with pytest.raises(BadRecipient, match="1 to 20"):
        code_file(CARDS, [], base=BASE)
    keys = [str(pyrage.x25519.Identity.generate().to_public()) for _ in range(21)]
    assert len(parse_recipients("\n".join(keys[:20]))) == 20
    with pytest.raises(BadRecipient, match="1 to 20"):
        parse_recipients("\n".join(keys))


def test_no_codes(identity):
    with pytest.raises(ValueError, match="no codes"):
        code_file([], [str(identity.to_public())], base=BASE)


def test_a_product_cannot_become_a_formula(identity):
    sealed = code_file([fresh(1, product="=cmd()")], [str(identity.to_public())], base=BASE)
    assert b",'=cmd()," in pyrage.decrypt(sealed, [identity])
