"""What the holders' verbs share: their wallet, their secrets typed in, a clearance where one is needed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cardtrail.cli.failures import Misuse, note_accepted

if TYPE_CHECKING:
    from cardtrail.cli.session import Session
    from cardtrail.client.build import SignedCommand
    from cardtrail.wallet.wallet import Wallet
    from cardtrail.wire.answers import Accepted

CLEARANCE_LIFETIME_MS = 10 * 60_000
MAX_SECRET_CHARS = 4096


@contextmanager
def open_wallet(session: Session, file: Path) -> Iterator[Wallet]:
    """A wallet of this ledger, with what was left open the last time settled. Raises `Misuse` for another ledger's."""
    from cardtrail.wallet.wallet import Wallet

    wallet = Wallet.open(file, session.client, now_ms=lambda: max(session.clock(), session.info.time_ms))
    try:
        if wallet.network != session.network:
            raise Misuse(f"the wallet {file} is of another ledger")
        if wallet.pending:
            wallet.recover()
        yield wallet
    finally:
        wallet.close()


def send(
    session: Session, wallet: Wallet, command: SignedCommand, clearer_keys: Path | None = None
) -> Accepted:
    """Send a holder's command and let the wallet note the outcome. Raises `RefusedByLedger`."""
    from cardtrail.wallet.book import WalletFileError

    if clearer_keys is not None:
        command = cleared(session, [command], clearer_keys)[0]
    try:
        answer = session.check(wallet.send(command))
    except (OSError, WalletFileError):
        # The wallet could not note the outcome. What the ledger says of it decides whether it may be done again.
        known = session.client.command(command.id)
        note_accepted(None if known is None else known.index)
        raise
    note_accepted(answer.index)
    return answer


def cleared(session: Session, commands: list[SignedCommand], keys: Path) -> list[SignedCommand]:
    """The commands with one clearance for all of them, signed with the clearer's keys."""
    from cardtrail.cli.role_keys import signers
    from cardtrail.client.build import clear
    from cardtrail.wire.roles import Role

    until_ms = max(session.clock(), session.info.time_ms) + CLEARANCE_LIFETIME_MS
    clearer = signers(session, Role.CLEARER, keys)
    given = clear([command.id for command in commands], clearer, session.network, until_ms)
    return [command.cleared(given[command.id]) for command in commands]


def check_identity(session: Session, serial: int, fields: dict[str, str] | None) -> None:
    """Say before signing that a named card needs to know its holder."""
    if fields is None and session.product(session.card(serial)).terms.named:
        raise Misuse("cards of this product are named: say who you are with --identity name=... (and others)")


def read_secret(what: str, file: Path | None) -> str:
    """A code or a link: from a file, from a pipe, or typed without being shown. Never from the command line,
    which other people on the machine can read."""
    if file is not None:
        text = file.read_text(encoding="utf-8")
    elif sys.stdin.isatty():
        text = click.prompt(what, hide_input=True, err=True)
    else:
        text = sys.stdin.readline(MAX_SECRET_CHARS)
    if not text.strip():
        raise Misuse(f"no {what.lower()} was given; type it when asked, pipe it in, or name its file")
    return str(text).strip()
