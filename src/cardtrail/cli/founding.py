"""`init`: a new ledger. The issuer appoints itself by the first entry, then everybody else."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from cardtrail.cli import out
from cardtrail.cli.options import json_option
from cardtrail.cli.session import Session, embedded, is_address, open_node, submit_all

if TYPE_CHECKING:
    from cardtrail.client.build import SignedCommand
    from cardtrail.node.directory import Directory
    from cardtrail.signing.keys import SecretKey
    from cardtrail.wire.roles import Role


@click.command()
@click.argument("named", metavar="DIR", type=click.Path(file_okay=False))
@click.option(
    "--name", help="The log's name, seen by whoever verifies it (default: cardtrail.local/ and 8 digits)."
)
@json_option
def init(named: str, name: str | None, as_json: bool) -> None:
    """Make a new ledger in DIR and appoint its five authorities.

    DIR/keys gets one secret key for each role. On a ledger shared by several organisations, each makes its own and is
    appointed with `cardtrail appoint`; the files here are then removed.

    \b
    Example:
      cardtrail init spring-ledger --name cards.example.com/2026
    """
    from cardtrail.node.directory import Directory
    from cardtrail.signing.notes import is_valid_name
    from cardtrail.wire.scalars import NETWORK_BYTES

    if is_address(named):
        raise click.BadParameter(
            f"{named} is an address; make the ledger in a directory of this machine, and serve it with `cardtrail node`"
        )
    directory = Path(named)
    if Directory(directory).database.exists():
        raise click.BadParameter(f"there is a ledger at {directory} already; name another directory")
    if name is not None and not is_valid_name(name):
        raise click.BadParameter(f"{name!r} cannot name a log: it must be ASCII without spaces and +")
    network = secrets.token_bytes(NETWORK_BYTES)
    made = Directory.create(directory, name or f"cardtrail.local/{network[:4].hex()}")
    with open_node(directory) as node, embedded(node) as session:
        found(session, network, role_keys(made))
    if as_json:
        out.print_json(
            {
                "directory": str(directory),
                "network": network.hex(),
                "origin": made.vkey().name,
                "vkey": made.vkey().encode(),
            }
        )
        return
    _show(made, network)


def role_keys(directory: Directory) -> dict[Role, SecretKey]:
    """The keys that a new ledger's directory was given."""
    from cardtrail.signing.keyfile import read_key
    from cardtrail.wire.roles import Role

    return {role: read_key(directory.role_key(role)) for role in Role}


def found(session: Session, network: bytes, keys: dict[Role, SecretKey]) -> None:
    """The first entries of a log: the issuer by itself, then by the issuer all others."""
    from cardtrail.wire.roles import Role

    issuer = keys[Role.ISSUER]
    ends_ms = session.ends_ms()
    others = [role for role in keys if role is not Role.ISSUER]
    submit_all(session, [_appointment(network, ends_ms, issuer, 0, Role.ISSUER, issuer)])
    submit_all(
        session,
        [
            _appointment(network, ends_ms, issuer, sequence, role, keys[role])
            for sequence, role in enumerate(others, 1)
        ],
    )


def _appointment(
    network: bytes, ends_ms: int, issuer: SecretKey, sequence: int, role: Role, key: SecretKey
) -> SignedCommand:
    from cardtrail.client.build import sign
    from cardtrail.wire.commands import Appoint
    from cardtrail.wire.roles import Role

    return sign(Appoint(network, ends_ms, Role.ISSUER, sequence, role, (key.public,), 1), issuer)


def _show(made: Directory, network: bytes) -> None:
    path = made.path
    screen = out.console()
    screen.print(Text.assemble((f"A new ledger is in {path}", "bold"), " · 新账本已建好"), soft_wrap=True)
    for file, what in (
        ("ledger.db", "entries, cards, proofs"),
        ("keys/", "one secret key for each role: issuer, clearer, settler, custodian, regulator"),
        ("log.key", "what signs the log's checkpoints; secret"),
        ("log.vkey", "its public half: give it to whoever wants to verify"),
        ("checkpoint", "the latest signed checkpoint"),
    ):
        screen.print(Text.assemble((f"  {file:<12}", "cyan"), what))
    screen.print(f"  network     {network.hex()}", soft_wrap=True)
    screen.print(f"  log.vkey    {made.vkey().encode()}", soft_wrap=True)
    screen.print("Next 下一步:")
    screen.print(f"  cardtrail issue {path} examples/spring-batch.csv --codes codes.csv", soft_wrap=True)
