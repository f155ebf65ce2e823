"""Signing for a role: its key files, as many as the ledger asks for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cardtrail.cli.failures import Failure, Misuse

if TYPE_CHECKING:
    from cardtrail.cli.session import Session
    from cardtrail.signing.keys import SecretKey
    from cardtrail.wire.roles import Role


def signers(session: Session, role: Role, keys: Path | None) -> list[SecretKey]:
    """Enough present keys of a role. Raises `Misuse` if there is no place to look, `Failure` if there are too
    few there.

    keys   the folder of key files; none: the ledger directory's own
    """
    from cardtrail.signing.keyfile import read_key

    name = role.name.lower()
    if keys is None and session.path is None:
        raise Misuse(f"this needs the {name}'s key: say with --keys in which folder it lies")
    folder = keys if keys is not None else (session.path or Path()) / "keys"
    authority = session.info.authorities.get(role)
    if authority is None:
        raise Failure(f"the ledger has no {name}; the issuer appoints one with `cardtrail appoint`")
    files = sorted(folder.glob(f"{name}*.key"))
    if not files:
        raise Misuse(
            f"there is no key file of the {name} in {folder} (such as {name}.key); --keys names another folder"
        )
    found = {key.public: key for key in map(read_key, files)}
    usable = [found[public] for public in authority.keys if public in found]
    if len(usable) < authority.threshold:
        raise Failure(
            f"the {name} needs {authority.threshold} of {len(authority.keys)} keys to sign, and {folder} has "
            f"{len(usable)} of them"
        )
    return usable[: authority.threshold]
