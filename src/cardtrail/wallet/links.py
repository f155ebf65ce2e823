"""Gift links: `https://host/c/<card number>#<secret>`. The secret is the seed of the key that may release the card.

It stands in the fragment, which browsers do not send: neither a server's log nor a chat's preview robot sees it. And
opening the link moves nothing; only a signature by the link's key does.
"""

from __future__ import annotations

import base64
import secrets
from urllib.parse import urlsplit

from cardtrail.signing.hkdf import hkdf_sha256
from cardtrail.signing.keys import SecretKey
from cardtrail.wire.identifiers import CARD_NUMBER_DIGITS, card_number, parse_card_number

LINK_SECRET_BYTES = 16
MAX_LINK_CHARS = 2000

_FRAGMENT_CHARS = 22
_MARK = "/c/"
_PURPOSE = b"cardtrail/v1/link\x00"


class LinkError(ValueError):
    """A text that is not a gift link. The message never repeats any of it."""


class GiftLink:
    """A card's serial and the secret that may take it. Its repr and str hide the secret; `url` gives it away.

    base   the address of the site that shows the card, such as `https://cards.example`
    """

    __slots__ = ("base", "secret", "serial")

    def __init__(self, base: str, serial: int, secret: bytes) -> None:
        if len(secret) != LINK_SECRET_BYTES:
            raise LinkError(f"a gift link's secret has {LINK_SECRET_BYTES} bytes")
        card_number(serial)
        self.base = _check_base(base.rstrip("/"))
        self.serial = serial
        self.secret = secret

    @classmethod
    def parse(cls, text: str) -> GiftLink:
        """The link behind a text in exactly the form that `url` writes; white space around it is ignored.
        Raises `LinkError`.
        """
        link = text.strip()
        if len(link) > MAX_LINK_CHARS:
            raise LinkError("this is too long for a gift link")
        address, _, fragment = link.partition("#")
        base, mark, number = address.rpartition(_MARK)
        if not mark or len(number) != CARD_NUMBER_DIGITS:
            raise LinkError("a gift link ends with a card number and, behind #, its secret")
        try:
            serial = parse_card_number(number)
        except ValueError:
            raise LinkError("the card number in the link is mistyped") from None
        made = cls(base, serial, _unfragment(fragment))
        if made.url != link:
            raise LinkError("the link is not in the form in which gift links are written")
        return made

    @property
    def url(self) -> str:
        """The whole link, with its secret."""
        fragment = base64.urlsafe_b64encode(self.secret).rstrip(b"=").decode()
        return f"{self.address}#{fragment}"

    @property
    def address(self) -> str:
        """The link without its secret: safe to log."""
        return f"{self.base}{_MARK}{card_number(self.serial)}"

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, GiftLink)
            and (self.base, self.serial) == (other.base, other.serial)
            and secrets.compare_digest(self.secret, other.secret)
        )

    def __hash__(self) -> int:
        return hash((self.base, self.serial, self.secret))

    def __repr__(self) -> str:
        return f"GiftLink({self.address!r}, secret hidden)"


def link_key(secret: bytes, network: bytes, serial: int) -> SecretKey:
    """The release key behind a link.

    HKDF-SHA256 of the secret, with info `cardtrail/v1/link`, a zero byte, network, serial in 8 bytes big-endian.
    """
    return SecretKey(hkdf_sha256(secret, info=_PURPOSE + network + serial.to_bytes(8, "big")))


def _check_base(base: str) -> str:
    try:
        parts = urlsplit(base)
        whole = parts.geturl() == base
        extras = (parts.username, parts.password, parts.query, parts.fragment, parts.port == 0)
    except ValueError:
        raise LinkError("the link's address cannot be read") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not whole or any(extras):
        raise LinkError(
            "a gift link begins with https:// and a host, and has no user name, password or query"
        )
    if not base.isascii() or not base.isprintable() or " " in base or "\\" in base:
        raise LinkError("a gift link's address is plain printable ASCII")
    return base


def _unfragment(fragment: str) -> bytes:
    if len(fragment) != _FRAGMENT_CHARS or not fragment.isascii():
        raise LinkError(f"the link's secret has {_FRAGMENT_CHARS} characters; it was cut off or changed")
    try:
        return base64.urlsafe_b64decode(fragment + "==")
    except ValueError:
        raise LinkError("the link's secret has characters that do not belong there") from None
