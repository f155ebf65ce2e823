"""An audit: a log read from its source, its tree and its rules worked out again, everything compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from cardtrail.audit.records import Records, TableCheck
from cardtrail.audit.report import Checked, Flaw, Report
from cardtrail.audit.rules import CardTable, RulesReplay
from cardtrail.audit.source import CHECKPOINT_PATH, LogReader, Source, SourceFlaw, open_checkpoint
from cardtrail.audit.tree import Signed, TreeReplay
from cardtrail.ledger.admission import Verifier
from cardtrail.ledger.state import State
from cardtrail.merkle.checkpoint import Checkpoint
from cardtrail.merkle.pyramid import TILE_WIDTH
from cardtrail.signing.notes import NoteError, VerifierKey

CHUNK_ENTRIES: Final = 4 * TILE_WIDTH
PROGRESS_CARDS: Final = 10_000

Progress = Callable[[int, int], None]
"""Told how much is done, and of how much: entries, and the cards they made."""


@dataclass(frozen=True, slots=True)
class Audit:
    """A finished audit: the report, and the state it came to (up to the first flaw)."""

    report: Report
    state: State
    cards: CardTable


def audit_log(
    source: Source,
    key: VerifierKey,
    verifier: Verifier,
    *,
    older: Sequence[tuple[str, bytes | str]] = (),
    records: Records | None = None,
    on_progress: Progress | None = None,
) -> Audit:
    """Verify a log from its first entry to its checkpoint. Nothing a node says is believed but what `key` signed.

    source    the log's static paths
    verifier  whoever verifies signatures, such as `signing.pool.VerifierPool`
    older     checkpoints of this log seen at other times: (what to call it, signed note); each must be a prefix
    records   the database of a ledger's directory, compared with the replay; entries behind the checkpoint are
              replayed too. Its pages must be undamaged (`node.store.damaged_pages`) and nobody may be writing
    """
    return _Run(source, key, verifier, older, records, on_progress).audit()


class _Run:
    """One audit under way."""

    def __init__(
        self,
        source: Source,
        key: VerifierKey,
        verifier: Verifier,
        older: Sequence[tuple[str, bytes | str]],
        records: Records | None,
        on_progress: Progress | None,
    ) -> None:
        self._key = key
        self._records = records
        self._tables = None if records is None else TableCheck(records)
        self._on_progress = on_progress
        self._flaws: list[Flaw] = []
        self._latest = self._read_latest(source)
        self._size = 0 if self._latest is None else self._latest.size
        self._signed: dict[int, list[Signed]] = {}
        self._collect_checkpoints(older)
        self._reader = LogReader(source, self._size)
        self._tree = TreeReplay(self._reader, self._signed)
        taken = None if self._tables is None else self._tables.taken
        self._rules = RulesReplay(verifier, frozenset(self._signed), taken)
        self._end = self._size if self._tables is None else max(self._size, self._tables.head().size)

    def audit(self) -> Audit:
        """Do all of it."""
        if self._latest is not None:
            complete = self._replay()
            self._rules.finish()
            self._collect_log_flaws()
            if complete and not self._flaws_of_log():
                self._check_outcome()
        return Audit(self._report(), self._rules.state, self._rules.cards)

    def _read_latest(self, source: Source) -> Checkpoint | None:
        try:
            note = source.read(CHECKPOINT_PATH)
            if note is not None:
                return open_checkpoint(note, self._key)
            what = "there is none, so nothing of this log was signed yet"
        except OSError as error:
            what = f"it cannot be read: {error}"
        except NoteError as error:
            what = str(error)
        self._flaws.append(Flaw("checkpoint", None, what))
        return None

    def _collect_checkpoints(self, older: Sequence[tuple[str, bytes | str]]) -> None:
        if self._latest is None:
            return
        self._signed[self._size] = [Signed("checkpoint", self._size, self._latest.root)]
        for place, note in older:
            self._add_checkpoint(place, note, None)
        for size, note in () if self._records is None else self._records.checkpoints():
            self._add_checkpoint(f"the checkpoint over {size} entries in the table `checkpoints`", note, size)

    def _add_checkpoint(self, place: str, note: bytes | str, size: int | None) -> None:
        try:
            checkpoint = open_checkpoint(note, self._key)
        except NoteError as error:
            self._flaws.append(Flaw(place, None, str(error)))
            return
        if size not in (None, checkpoint.size):
            self._flaws.append(Flaw(place, None, f"its note covers {checkpoint.size} entries"))
        elif checkpoint.size > self._size:
            what = (
                f"it covers {checkpoint.size} entries, but the log ends at {self._size}: entries were dropped"
            )
            self._flaws.append(Flaw(place, None, what))
        else:
            self._signed.setdefault(checkpoint.size, []).append(
                Signed(place, checkpoint.size, checkpoint.root)
            )

    def _replay(self) -> bool:
        """Feed every entry to the tree and the rules. False if the entries could not be read to their end."""
        buffer: list[bytes] = []
        done = 0
        try:
            for bundle in chain(self._bundles(), self._beyond()):
                self._tree.feed(bundle)
                if self._tree.tree.size == self._size:
                    self._tree.compare_edge()
                buffer += bundle
                if len(buffer) >= CHUNK_ENTRIES:
                    self._rules.feed(done, buffer)
                    done, buffer = done + len(buffer), []
                    self._tell(done, self._end)
        except SourceFlaw:
            return False
        finally:
            self._rules.feed(done, buffer)
        return True

    def _bundles(self) -> Iterator[list[bytes]]:
        for n in range(-(-self._size // TILE_WIDTH)):
            try:
                yield self._reader.bundle(n)
            except SourceFlaw as flaw:
                index = self._tree.first_unlike(n, flaw.readable)
                self._flaws.append(Flaw(f"entry {index}", index, f"{flaw.place}: {flaw.what}"))
                raise

    def _beyond(self) -> Iterator[list[bytes]]:
        """The entries that only the database has, since no checkpoint covers them yet."""
        if self._records is None:
            return
        pending: list[bytes] = []
        expected = self._size
        for index, entry in self._records.entries(self._size, self._end):
            if index != expected:
                break
            expected += 1
            pending.append(entry)
            if len(pending) == TILE_WIDTH:
                yield pending
                pending = []
        if pending:
            yield pending
        if expected != self._end:
            what = f"it is missing, but the log has {self._end} entries"
            self._flaws.append(Flaw(f"entry {expected} in the table `entries`", expected, what))

    def _collect_log_flaws(self) -> None:
        """The tree's flaws and the rules'. An entry that is not what was signed explains what the rules say of it."""
        rule, changed = self._rules.flaw, self._tree.changed_entry
        if changed is not None:
            self._flaws.append(changed if rule is None else min(changed, rule, key=_index_of))
            return
        if rule is not None:
            self._flaws.append(rule)
        self._flaws += self._tree.flaws()

    def _flaws_of_log(self) -> bool:
        return self._rules.flaw is not None or self._tree.rewritten

    def _check_outcome(self) -> None:
        cards = len(self._rules.cards)

        def on_card(serial: int) -> None:
            if serial % PROGRESS_CARDS == 0:
                self._tell(self._end + serial, self._end + cards)

        flaw = self._rules.check_whole(on_card)
        if flaw is not None:
            self._flaws.append(flaw)
        if self._tables is not None:
            named = {flaw.place for flaw in self._flaws}
            self._flaws += [
                flaw
                for flaw in self._tables.finish(self._rules, self._tree)
                if flaw.place.removesuffix(" in the table `tiles`") not in named
            ]
        self._tell(self._end + cards, self._end + cards)

    def _tell(self, done: int, total: int) -> None:
        if self._on_progress is not None:
            self._on_progress(done, total)

    def _report(self) -> Report:
        rules, state = self._rules, self._rules.state
        kinds = rules.kinds()
        return Report(
            origin=self._key.name,
            size=self._size,
            root=None if self._latest is None else self._latest.root,
            network=state.network,
            beyond=max(0, state.size - self._size),
            checked=Checked(
                entries=state.size,
                kinds=kinds,
                signatures=rules.signatures,
                seals=kinds.get("seal", 0),
                checkpoints=sum(map(len, self._signed.values())),
                tiles=self._tree.tiles,
                cards=len(rules.cards),
                rows={} if self._tables is None else self._tables.rows,
            ),
            totals=tuple(state.totals[currency] for currency in sorted(state.totals)),
            deposits=tuple(state.deposits[currency] for currency in sorted(state.deposits)),
            first_ms=rules.first_ms,
            last_ms=state.time_ms if state.size else None,
            flaws=tuple(self._flaws),
        )


def _index_of(flaw: Flaw) -> int:
    return flaw.entry_index or 0
