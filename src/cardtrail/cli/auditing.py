"""Where an audit reads from: a ledger's directory, exported tiles, or any server of either."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
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
from cardtrail.client.errors import BadAnswer, NodeUnavailable, Problem
from cardtrail.client.exchange import Patience, ask
from cardtrail.client.transport import HttpTransport
from cardtrail.node.damage import damaged_places
from cardtrail.node.directory import Directory, DirectoryBusy
from cardtrail.node.store import Store, StoreError
from cardtrail.node.tiles import StoreTiles
from cardtrail.signing.keyfile import KeyFileError, read_key
from cardtrail.signing.notes import NoteError, VerifierKey
from cardtrail.signing.pool import VerifierPool

_BESIDE_A_NODE = "a node is writing here: its log was audited, not its tables; stop it to audit these as well"


@dataclass(frozen=True, slots=True)
class Place:
    """What is audited.

    records   a ledger's tables, where nobody writes to them meanwhile
    remarks   what the report does not say and a reader should know
    damaged   pages of the database that cannot be read rightly: then nothing else is
    published copies of checkpoints beside the database: what to call each, and its bytes
    flaws     what is wrong with the other files of a ledger's directory
    """

    source: Source
    vkey: VerifierKey
    records: Records | None = None
    remarks: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    published: tuple[tuple[str, bytes], ...] = ()
    flaws: tuple[Flaw, ...] = ()


@contextmanager
def place_of(where: str, vkey_file: Path | None, tick: Tick = lambda done, total: None) -> Iterator[Place]:
    """What a person named. Raises `click.BadParameter` if it is none of the three.

    tick   told of the pages of a ledger's file, which are looked at first
    """
    given = None if vkey_file is None else read_vkey_file(vkey_file)
    if is_address(where):
        yield _served(where, given)
        return
    path = Path(where)
    if (path / "ledger.db").exists():
        with _ledger(Directory(path), given, tick) as place:
            yield place
    elif (path / "checkpoint").exists():
        source = DirectorySource(path)
        yield Place(source, given or _own_key(source, path / VKEY_PATH), remarks=_unpinned(given))
    else:
        raise click.BadParameter(
            f"{path} holds neither a ledger (ledger.db) nor an exported log (checkpoint, tile/); name another folder"
        )


def audit_place(place: Place, older: Sequence[tuple[str, bytes]], tick: Tick) -> Report:
    """Check everything there is."""
    if place.damaged:
        pages = [Flaw(where, None, "its checksum does not fit") for where in place.damaged]
        return damage_report([*pages, *place.flaws])
    with VerifierPool() as pool:
        known = [*older, *place.published]
        report = audit_log(
            place.source, place.vkey, pool, older=known, records=place.records, on_progress=tick
        ).report
    if isinstance(place.source, DirectorySource) and report.sound:
        found = [Flaw(flaw.place, None, flaw.what) for flaw in check_partials(place.source, report.size)]
        return with_flaws(report, found)
    return with_flaws(report, place.flaws)


def with_flaws(report: Report, flaws: Sequence[Flaw]) -> Report:
    """A report with what was found besides."""
    return replace(report, flaws=(*report.flaws, *flaws))


@contextmanager
def _ledger(directory: Directory, given: VerifierKey | None, tick: Tick) -> Iterator[Place]:
    """A ledger's own directory: its file and its tables too if no node writes to them, else the log alone."""
    _must_be_readable(directory.database)
    vkey = given or _key_of(directory)
    published = _published(directory)  # Before the database, which is written first: then it is never ahead.
    with ExitStack() as until:
        if not _nobody_writes(directory, until):
            # Pages that are being written look damaged to whoever reads the file past its writer.
            store = Store(directory.database, readonly=True)
            until.callback(store.close)
            source = FetchedSource(StoreTiles(store).read)
            flaws = _flaws_beside(directory, store, published)
            yield Place(source, vkey, None, (_BESIDE_A_NODE,), (), published, flaws)
            return
        damaged = tuple(damaged_places(directory.database, tick))
        if damaged:
            yield Place(DirectorySource(directory.path), vkey, damaged=damaged)
            return
        store = _resting(directory)
        until.callback(store.close)
        source = FetchedSource(StoreTiles(store).read)
        yield Place(source, vkey, store, (), (), published, _flaws_beside(directory, store, published))


def _must_be_readable(database: Path) -> None:
    """What cannot be read is not unsound. Raises `Unavailable`."""
    try:
        os.close(os.open(database, os.O_RDONLY | os.O_CLOEXEC))
    except OSError as error:
        raise Unavailable(f"{database} cannot be read: {error.strerror}") from None


def _key_of(directory: Directory) -> VerifierKey:
    try:
        data = directory.vkey_file.read_bytes()
    except OSError as error:
        raise Misuse(
            f"{directory.vkey_file} cannot be read: {error.strerror}; name the log's verifier key with --vkey"
        ) from None
    return _read_key(data, str(directory.vkey_file))


def _published(directory: Directory) -> tuple[tuple[str, bytes], ...]:
    """The file `checkpoint`, if it is there."""
    try:
        return (("the file `checkpoint`", directory.checkpoint.read_bytes()),)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise Unavailable(f"{directory.checkpoint} cannot be read: {error.strerror}") from None


def _flaws_beside(
    directory: Directory, store: Store, published: tuple[tuple[str, bytes], ...]
) -> tuple[Flaw, ...]:
    """What is wrong with the small files of a ledger's directory."""
    flaws = []
    if not published and store.checkpoint() is not None:
        flaws.append(
            Flaw("the file `checkpoint`", None, "it is missing; the next start of the node writes it")
        )
    for file in (directory.log_key_file, *sorted((directory.path / "keys").glob("*.key"))):
        # Copies leave the secret keys out, and whoever audits another's ledger cannot read them: neither is a flaw.
        if os.access(file, os.R_OK) and file.stat().st_mode & 0o077 == 0:
            try:
                read_key(file)
            except KeyFileError as error:
                flaws.append(Flaw(file.relative_to(directory.path).as_posix(), None, str(error)))
    return tuple(flaws)


def _nobody_writes(directory: Directory, until: ExitStack) -> bool:
    """Whether nobody writes to a ledger. If so, nobody begins to before `until` ends, except where nobody can."""
    try:
        until.callback(directory.lock().release)
    except DirectoryBusy:
        return False
    except StoreError:  # It is not ours to write: a copy that is kept read-only, or somebody else's.
        return _can_share(directory.path / "lock", until)
    return True


def _can_share(lock: Path, until: ExitStack) -> bool:
    try:
        descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return True  # A node makes it before it writes anything.
    except OSError:
        return False
    until.callback(os.close, descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _resting(directory: Directory) -> Store:
    """The tables of a ledger that nobody writes to, also where SQLite cannot make its files beside them."""
    log = directory.database.with_name(directory.database.name + "-wal")
    try:
        return Store(directory.database, readonly=True)
    except StoreError:
        if os.access(directory.path, os.W_OK) or (log.exists() and log.stat().st_size):
            raise
        return Store(directory.database, readonly=True, unchanging=True)


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
    vkey = _stated_key(Client(transport, patience=patience), url) if file is None else _read_key(file, url)
    return Place(source, vkey, remarks=_unpinned(given))


def _stated_key(client: Client, url: str) -> VerifierKey:
    try:
        return client.ledger().vkey
    except (Problem, BadAnswer):
        raise Misuse(
            f"{url} serves neither a ledger nor an exported log; give the address that `cardtrail node` printed, or "
            "that of the folder with the files checkpoint and log.vkey"
        ) from None


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
