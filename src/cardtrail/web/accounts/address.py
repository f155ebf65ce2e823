"""Where a request comes from, decided in one place: limits, evidence and notices all ask here."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest

from cardtrail.web.config import Networks

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

LOCAL = ipaddress.IPv4Address("127.0.0.1")
MAX_FORWARDED = 20
"""Addresses of a forwarding header that are looked at, from the right. No honest chain is longer."""

_MAX_TEXT = 45  # The longest spelling of an IPv6 address.


def client_address(request: HttpRequest) -> Address:
    """The address of whoever sent a request.

    A forwarding header is believed only as far as proxies that the operator named vouch for it: from the right, the
    first address that is not one of theirs. Whatever stands further left the client may have written itself.
    """
    peer = _peer(request)
    trusted: Networks = settings.CONFIG.trusted_proxies
    if not is_trusted(peer, trusted):
        return peer
    believed = peer
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    for text in reversed(forwarded[-MAX_FORWARDED:]):
        address = parse_address(text.strip())
        if address is None:
            return believed
        believed = address
        if not is_trusted(address, trusted):
            return believed
    return believed


def parse_address(text: str) -> Address | None:
    """An address in its one usual spelling, none for anything else.

    `::ffff:192.0.2.1` is the IPv4 address in it, for otherwise one client would have two names. Spellings that some
    libraries read in another way are refused: octal (`010.0.0.1`), hexadecimal, shortened (`127.1`) or decimal
    numbers, ports, brackets, zones.
    """
    if len(text) > _MAX_TEXT or "%" in text or not text.isascii():
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return normal(address)


def normal(address: Address) -> Address:
    """The address itself, or the IPv4 address that an IPv6 address stands for."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_trusted(address: Address, networks: Networks) -> bool:
    """Whether an address belongs to one of the operator's proxies."""
    return any(address in network for network in networks)


def shortened(address: Address) -> str:
    """Enough of an address for its owner to recognise, and not enough to find anybody by: `192.0.2.*`,
    `2001:db8:7::*`.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return ".".join(str(address).split(".")[:3]) + ".*"
    network = ipaddress.IPv6Network((address, 48), strict=False)
    return f"{network.network_address}*"


def _peer(request: HttpRequest) -> Address:
    """Who is at the other end of the connection. A local socket has no address: that is this machine."""
    text = request.META.get("REMOTE_ADDR") or ""
    address = parse_address(text.partition("%")[0])
    if address is None and text:
        raise ValueError("the server gave the connection's address in a form that nobody knows")
    return address or LOCAL
