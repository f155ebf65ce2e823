"""Where a log is read from: anything that answers the paths of c2sp.org/tlog-tiles."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Protocol

from cardtrail.merkle.checkpoint import Checkpoint, CheckpointError
from cardtrail.merkle.hashing import HASH_SIZE
from cardtrail.merkle.pyramid import TILE_WIDTH
from cardtrail.merkle.tiles import (
    BundleError,
    EntriesRef,
    TileRef,
    decode_bundle,
    entries_path,
    parse_path,
    tile_path,
)
from cardtrail.signing.notes import NoteError, VerifierKey, open_note

CHECKPOINT_PATH: Final = "checkpoint"
VKEY_PATH: Final = "log.vkey"

_LENGTH_SIZE: Final = 2
_PARTIAL_FOLDER = re.compile(r"[0-9]{3}\.p")


class Source(Protocol):
    """A log's static files, wherever they are kept."""

    def read(self, path: str) -> bytes | None:
        """What stands at a path such as `checkpoint`, `tile/0/x001/234` or `tile/entries/000.p/17`, or none.

        Raises `OSError` if it cannot be read.
        """


class SourceFlaw(ValueError):  # noqa: N818 - it names what was found
    """Something of the log is missing or has the wrong form.

    place     what
    readable  of a damaged bundle, the entries that could still be told apart
    """

    def __init__(self, place: str, what: str, readable: tuple[bytes, ...] = ()) -> None:
        super().__init__(f"{place}: {what}")
        self.place: Final = place
        self.what: Final = what
        self.readable: Final = readable


class DirectorySource:
    """A log exported as plain files."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, path: str) -> bytes | None:
        """The file at a path of the log; none for any other path, so that nothing outside the log is ever read."""
        if path not in (CHECKPOINT_PATH, VKEY_PATH) and parse_path(path) is None:
            return None
        try:
            return (self._root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def partials(self) -> Iterator[str]:
        """The paths of all partial tiles and bundles that are there, those of earlier checkpoints too."""
        for folder in sorted((self._root / "tile").rglob("*.p")):
            if _PARTIAL_FOLDER.fullmatch(folder.name) and folder.is_dir():
                for file in sorted(folder.iterdir()):
                    yield file.relative_to(self._root).as_posix()


class FetchedSource:
    """A log behind a function that fetches a path, such as one that asks a web server.

    fetch  answers with the body, or with none where the server says there is no such thing; raises `OSError` for
           everything else
    """

    def __init__(self, fetch: Callable[[str], bytes | None]) -> None:
        self._fetch = fetch

    def read(self, path: str) -> bytes | None:
        """What the function fetched."""
        return self._fetch(path)


def read_vkey(data: bytes) -> VerifierKey:
    """The verifier key in a `log.vkey` file: `name+hash+key` and a newline, byte for byte. Raises `NoteError`."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise NoteError("the verifier key is not text") from None
    key = VerifierKey.parse(text)
    if text != key.encode() + "\n":
        raise NoteError(
            "the verifier key's file is not the key and one newline: a character of it was changed"
        )
    return key


def open_checkpoint(note: bytes | str, key: VerifierKey) -> Checkpoint:
    """The checkpoint in a note, once it is found signed by the log's key. Raises `NoteError`."""
    try:
        text = open_note(note.decode() if isinstance(note, bytes) else note, key)
        checkpoint = Checkpoint.parse(text)
    except UnicodeDecodeError:
        raise NoteError("the checkpoint is not text") from None
    except CheckpointError as error:
        raise NoteError(f"the signed text is not a checkpoint: {error}") from None
    if checkpoint.origin != key.name:
        raise NoteError(f"the checkpoint is of the log {checkpoint.origin}, not of {key.name}")
    return checkpoint


class LogReader:
    """Tiles and entries of a log of `size` leaves, each of the right length or a `SourceFlaw` that names it."""

    def __init__(self, source: Source, size: int) -> None:
        self.size: Final = size
        self._source = source

    def bundle(self, n: int) -> list[bytes]:
        """The entries of bundle `n`, as far as the log reaches."""
        width = min(TILE_WIDTH, self.size - n * TILE_WIDTH)
        path, stored = entries_path(n, width), width
        data = self._read(path)
        if data is None and width < TILE_WIDTH:
            # A log may drop a partial bundle once the full one is there.
            path, stored = entries_path(n), TILE_WIDTH
            data = self._read(path)
        if data is None:
            raise SourceFlaw(path, "it is missing")
        try:
            return decode_bundle(data, stored)[:width]
        except BundleError as error:
            raise SourceFlaw(path, str(error), _readable(data)) from None

    def entries(self) -> Iterator[tuple[int, bytes]]:
        """Every entry with its index."""
        for n in range(-(-self.size // TILE_WIDTH)):
            yield from enumerate(self.bundle(n), n * TILE_WIDTH)

    def tile(self, level: int, n: int, width: int) -> bytes:
        """The first `width` hashes of a tile."""
        path = tile_path(level, n, width)
        data = self._read(path)
        if data is None and width < TILE_WIDTH:
            full = self._read(tile_path(level, n))
            data = None if full is None else full[: width * HASH_SIZE]
        if data is None:
            raise SourceFlaw(path, "it is missing")
        if len(data) != width * HASH_SIZE:
            raise SourceFlaw(path, f"it has {len(data)} bytes, not {width} hashes")
        return data

    def _read(self, path: str) -> bytes | None:
        try:
            return self._source.read(path)
        except OSError as error:
            raise SourceFlaw(path, f"it cannot be read: {error}") from error


def check_partials(source: DirectorySource, size: int) -> Iterator[SourceFlaw]:
    """The flaws of partial tiles that an export keeps for earlier checkpoints: each must begin what took its place.

    size  of the log, whose own tiles are taken to be verified
    """
    for path in source.partials():
        ref = parse_path(path)
        if ref is None:
            yield SourceFlaw(path, "a log has no such file")
            continue
        data = source.read(path)
        if isinstance(ref, TileRef):
            end = size >> 8 * ref.level
            whole = min(TILE_WIDTH, end - ref.n * TILE_WIDTH)
            wider = source.read(tile_path(ref.level, ref.n, whole)) if whole > 0 else None
            fits = wider is not None and data == wider[: ref.width * HASH_SIZE] and ref.width <= whole
        else:
            fits = _bundle_fits(source, ref, size, data or b"")
        if not fits:
            yield SourceFlaw(path, "it does not begin the tile that took its place")


def _bundle_fits(source: DirectorySource, ref: EntriesRef, size: int, data: bytes) -> bool:
    whole = min(TILE_WIDTH, size - ref.n * TILE_WIDTH)
    wider = source.read(entries_path(ref.n, whole)) if whole >= ref.width else None
    try:
        return (
            wider is not None and decode_bundle(data, ref.width) == decode_bundle(wider, whole)[: ref.width]
        )
    except BundleError:
        return False


def _readable(data: bytes) -> tuple[bytes, ...]:
    """The entries of a damaged bundle, up to where its lengths lead out of it."""
    entries: list[bytes] = []
    start = 0
    while start + _LENGTH_SIZE <= len(data):
        body = start + _LENGTH_SIZE
        end = body + int.from_bytes(data[start:body], "big")
        if end > len(data):
            break
        entries.append(data[body:end])
        start = end
    return tuple(entries)
