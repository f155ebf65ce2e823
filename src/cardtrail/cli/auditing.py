"""Where an audit reads from: a ledger's directory, exported tiles, or any server of either."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import click

from cardtrail.audit.records import Records
from cardtrail.audit.replay import audit_log
from cardtrail.audit.report import Flaw, Report, damage_report
from cardtrail.audit.source import (
    VKEY_PATH,
    DirectorySource,
    FetchedSource,
    Source,
    check_partials,
    read_vkey,
)
from cardtrail.cli.failures import Misuse, Unavailable
from cardtrail.cli.out import Tick
from cardtrail.cli.session import is_address, read_vkey_file
from cardtrail.client.client import Client
from cardtrail.client.errors import BadAnswer, NodeUnavailable
from cardtrail.client.exchange import Patience, ask
from cardtrail.client.transport import HttpTransport
from cardtrail.node.damage import damaged_places
from cardtrail.node.directory import Directory, DirectoryBusy
from cardtrail.node.store import Store
from cardtrail.node.tiles import StoreTiles
from cardtrail.signing.notes import NoteError, VerifierKey
from cardtrail.signing.pool import VerifierPool


@dataclass(frozen=True, slots=True)
class Place:
    """What is audited.

    records   a ledger's tables, where nobody writes to them meanwhile
    remarks   what the report does not say and a reader should know
    damaged   pages of the database that cannot be read rightly: then nothing else is
    """

    source: Source
    vkey: VerifierKey
    records: Records | None = None
    remarks: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()


@contextmanager
def place_of(where: str, vkey_file: Path | None) -> Iterator[Place]:
    """What a person named. Raises `click.BadParameter` if it is none of the three."""
    given = None if vkey_file is None else read_vkey_file(vkey_file)
    if is_address(where):
        yield _served(where, given)
        return
    path = Path(where)
    if (path / "ledger.db").exists():
        with _ledger(Directory(path), given) as place:
            yield place
    elif (path / "checkpoint").exists():
        source = DirectorySource(path)
        yield Place(source, given or _own_key(source, path / VKEY_PATH), remarks=_unpinned(given))
    else:
        raise click.BadParameter(
            f"{path} holds neither a ledger (ledger.db) nor an exported log (checkpoint, tile/); name another folder"
        )


def audit_place(place: Place, older: Sequence[tuple[str, str]], tick: Tick) -> Report:
    """Check everything there is."""
    if place.damaged:
        return damage_report([Flaw(where, None, "its checksum does not fit") for where in place.damaged])
    with VerifierPool() as pool:
        report = audit_log(
            place.source, place.vkey, pool, older=older, records=place.records, on_progress=tick
        ).report
    if isinstance(place.source, DirectorySource) and report.sound:
        found = [Flaw(flaw.place, None, flaw.what) for flaw in check_partials(place.source, report.size)]
        return with_flaws(report, found)
    return report


def with_flaws(report: Report, flaws: Sequence[Flaw]) -> Report:
    """A report with what was found besides."""
    return replace(report, flaws=(*report.flaws, *flaws))


@contextmanager
def _ledger(directory: Directory, given: VerifierKey | None) -> Iterator[Place]:
    """A ledger's own directory: with its tables if no node writes to them, else the log alone."""
    vkey = given or directory.vkey()
    damaged = tuple(damaged_places(directory.database))
    if damaged:
        yield Place(DirectorySource(directory.path), vkey, damaged=damaged)
        return
    try:
        lock = directory.lock()
    except DirectoryBusy:
        lock = None
    store = Store(directory.database, readonly=True)
    try:
        source = FetchedSource(StoreTiles(store).read)
        if lock is None:
            remark = (
                "a node is writing here: its log was audited, not its tables; stop it to audit these as well"
            )
            yield Place(source, vkey, remarks=(remark,))
        else:
            yield Place(source, vkey, store)
    finally:
        store.close()
        if lock is not None:
            lock.release()


def _served(url: str, given: VerifierKey | None) -> Place:
    try:
        transport = HttpTransport(url)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    patience = Patience(attempts=5, total_s=10.0)

    def fetch(path: str) -> bytes | None:
        try:
            response = ask(transport, patience, "GET", f"/{path}").response
        except (NodeUnavailable, BadAnswer) as error:
            raise Unavailable(str(error)) from None
        if response.status == 404:
            return None
        if response.status != 200:
            raise OSError(f"{url} answered /{path} with status {response.status}")
        return response.body

    source = FetchedSource(fetch)
    if given is not None:
        return Place(source, given)
    # A node says its key in /v1/ledger, exported files have it beside them.
    file = fetch(VKEY_PATH)
    vkey = Client(transport, patience=patience).ledger().vkey if file is None else _read_key(file, url)
    return Place(source, vkey, remarks=_unpinned(given))


def _own_key(source: Source, file: Path) -> VerifierKey:
    data = source.read(VKEY_PATH)
    if data is None:
        raise Misuse(f"there is no {file}; name the log's verifier key with --vkey")
    return _read_key(data, str(file))


def _read_key(data: bytes, where: str) -> VerifierKey:
    try:
        return read_vkey(data)
    except NoteError as error:
        raise Misuse(f"{where}: {error}; name the log's verifier key with --vkey") from None


def _unpinned(given: VerifierKey | None) -> tuple[str, ...]:
    if given is not None:
        return ()
    return ("the log's key came with the log itself; give one that you trust with --vkey",)
