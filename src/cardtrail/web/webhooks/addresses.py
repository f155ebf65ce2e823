"""Where events may be sent: to the public internet, never into the network this server stands in.

Whoever may name an address would otherwise make this server ask its neighbours: databases, administration pages, a
cloud's metadata service. The name is resolved here, every address it has is looked at, and the connection goes to an
address that was looked at, not to the name again: a name that changes its mind between the two gains nothing.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from cardtrail.web.webhooks.failures import SendFailed

MAX_URL = 500
LOWEST_OPEN_PORT = 1024
MAX_ADDRESSES = 3

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_PRINTABLE = re.compile(r"[!-~]+")
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?", re.IGNORECASE)
# A last label that begins like a number: such hosts are IP addresses to one resolver and names to another
# (https://url.spec.whatwg.org/#ends-in-a-number-checker).
_NUMERIC_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?", re.IGNORECASE)

# https://www.iana.org/assignments/iana-ipv4-special-registry
_REFUSED_4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared with the carrier; Alibaba Cloud's metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's host, a public address that is not public
        "169.254.0.0/16",  # link-local; metadata of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
# https://www.iana.org/assignments/iana-ipv6-special-registry
_GLOBAL_6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_6 = tuple(
    ipaddress.IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments, Teredo
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address inside, reached through whoever relays
        "3fff::/20",
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Url:
    """An address that is well formed: where to connect is still to be found out."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def host_field(self) -> str:
        """The `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def parse_url(text: str) -> Url:
    """The address in a text. Raises `SendFailed`; asks nobody."""
    if len(text) > MAX_URL or not _PRINTABLE.fullmatch(text) or "\\" in text:
        raise SendFailed("not_an_address")
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise SendFailed("not_an_address") from None
    if parts.scheme not in {"http", "https"}:
        raise SendFailed("not_https")
    if not host or parts.fragment:
        raise SendFailed("not_an_address")
    if parts.username is not None or parts.password is not None:
        raise SendFailed("has_user")
    secure = parts.scheme == "https"
    if not secure and not loopback_allowed():
        raise SendFailed("not_https")
    _check_host(host)
    if port is None:
        port = 443 if secure else 80
    elif port != 443 and port < LOWEST_OPEN_PORT:
        raise SendFailed("bad_port")
    return Url(secure, host, port, _path(parts))


def resolve(url: Url) -> list[str]:
    """The IP addresses to connect to, all of them allowed. Raises `SendFailed`."""
    try:
        found = socket.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise SendFailed("unknown_name") from None
    addresses = [ipaddress.ip_address(str(place[0]).partition("%")[0]) for *_, place in found]
    # One refused address refuses the name: honest names do not point inside and outside at once.
    if not addresses or not all(_may_connect(address, url) for address in addresses):
        raise SendFailed("not_public")
    return list(dict.fromkeys(str(address) for address in addresses))[:MAX_ADDRESSES]


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet. IPv4 addresses inside IPv6 ones count as themselves."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _REFUSED_4)
    inner = _inner(address)
    if inner is not None:
        return is_public(inner)
    return address in _GLOBAL_6 and not any(address in network for network in _REFUSED_6)


def loopback_allowed() -> bool:
    """Whether receivers on this very machine are allowed: in a demonstration, or by setting."""
    return bool(getattr(settings, "WEBHOOKS_LOOPBACK", False)) or settings.CONFIG.demo


def _may_connect(address: Address, url: Url) -> bool:
    if loopback_allowed():
        inner = _inner(address) if isinstance(address, ipaddress.IPv6Address) else None
        if (inner or address).is_loopback:
            return True
    return url.secure and is_public(address)


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


def _check_host(host: str) -> None:
    if ":" in host:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            raise SendFailed("not_an_address") from None
        if "%" in host:
            raise SendFailed("not_an_address")
    elif _NUMERIC_END.fullmatch(host):
        try:
            ipaddress.IPv4Address(host)
        except ValueError:
            # 0177.0.0.1, 0x7f.1, 2130706433: readers disagree about what these are.
            raise SendFailed("odd_number") from None
    elif len(host) > 253 or not _NAME.fullmatch(host):
        raise SendFailed("not_an_address")


def _path(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
