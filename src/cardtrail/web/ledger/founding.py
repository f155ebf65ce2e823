"""Founding a ledger: the issuer appoints itself by the first entry, then all other roles."""

from __future__ import annotations

import secrets

from cardtrail.client.build import SignedCommand, sign
from cardtrail.signing.keyfile import write_key
from cardtrail.signing.keys import SecretKey
from cardtrail.web.ledger.follow import catch_up
from cardtrail.web.ledger.link import Link, NoAuthority
from cardtrail.web.ui.clock import HOUR_MS, now_ms
from cardtrail.wire.answers import Refused
from cardtrail.wire.commands import Appoint
from cardtrail.wire.roles import Role
from cardtrail.wire.scalars import NETWORK_BYTES


class FoundingError(RuntimeError):
    """The ledger refused a founding entry, or was founded by keys that are not ours."""


def is_founded(link: Link) -> bool:
    """Whether the ledger has its first entry. Raises `LedgerAway`."""
    return link.client.ledger().network is not None


def found(link: Link) -> bytes:
    """Appoint the five roles with the keys kept beside us, made where missing. Gives the network.

    Can be repeated: what an interrupted founding has done stays done. Raises `LedgerAway`, `FoundingError`.
    """
    info = link.client.ledger()
    keys = {role: _key(link, role) for role in Role}
    issuer = keys[Role.ISSUER]
    network = info.network
    if network is None:
        network = secrets.token_bytes(NETWORK_BYTES)
        _submit(link, _appointment(network, issuer, 0, Role.ISSUER, issuer))
        info = link.client.ledger()
    elif info.authorities[Role.ISSUER].keys != (issuer.public,):
        raise FoundingError("the ledger has another issuer than the one whose key we keep")
    for role in Role:
        if role not in info.authorities:
            sequence = link.client.ledger().sequence(Role.ISSUER)
            _submit(link, _appointment(network, issuer, sequence, role, keys[role]))
    catch_up()
    return network


def _key(link: Link, role: Role) -> SecretKey:
    try:
        return link.authority(role)
    except NoAuthority:
        key = SecretKey.generate()
        path = link.key_path(role)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_key(path, key)
        return key


def _appointment(
    network: bytes, issuer: SecretKey, sequence: int, role: Role, key: SecretKey
) -> SignedCommand:
    return sign(Appoint(network, now_ms() + HOUR_MS, Role.ISSUER, sequence, role, (key.public,), 1), issuer)


def _submit(link: Link, command: SignedCommand) -> None:
    answer = link.client.submit(command)
    if isinstance(answer, Refused):
        raise FoundingError(f"the ledger refused a founding entry: {answer.reason.value}")
