"""What an audit found: what was checked, the sums, and every flaw with its place. As JSON and as text for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cardtrail.ledger.state import Deposit
from cardtrail.wire.money import Totals, format_money
from cardtrail.wire.views import to_json


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is not as it must be.

    place        where, for people: "entry 17", "tile 0/3", "card 5 in the table `cards`"
    entry_index  the log entry concerned, where there is one
    what         what is wrong there
    """

    place: str
    entry_index: int | None
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


@dataclass(frozen=True, slots=True)
class Checked:
    """How much was verified.

    kinds   entries by command kind, in the order of `wire.commands.KINDS`, those that occur
    rows    rows of a ledger's database compared with the replay, by table; empty if only the log was audited
    """

    entries: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    signatures: int = 0
    seals: int = 0
    checkpoints: int = 0
    tiles: int = 0
    cards: int = 0
    rows: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """The result of an audit.

    origin, size, root   of the checkpoint that was audited; size 0 and no root if there was none to be believed
    beyond               entries of the database behind that checkpoint, replayed as well
    totals, deposits     by currency, after the last entry replayed
    first_ms, last_ms    time of the first and the last entry replayed
    flaws                in the log's order: at most one of the rules (after it nothing means anything), all of the rest
    """

    origin: str
    size: int
    root: bytes | None
    network: bytes | None
    beyond: int
    checked: Checked
    totals: tuple[Totals, ...]
    deposits: tuple[Deposit, ...]
    first_ms: int | None
    last_ms: int | None
    flaws: tuple[Flaw, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.flaws

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; hashes as hexadecimal text, money in minor units."""
        checked = self.checked
        return {
            "sound": self.sound,
            "origin": self.origin,
            "size": self.size,
            "root": to_json(self.root),
            "network": to_json(self.network),
            "beyond": self.beyond,
            "first_ms": self.first_ms,
            "last_ms": self.last_ms,
            "checked": {
                "entries": checked.entries,
                "kinds": dict(checked.kinds),
                "signatures": checked.signatures,
                "seals": checked.seals,
                "checkpoints": checked.checkpoints,
                "tiles": checked.tiles,
                "cards": checked.cards,
                "rows": dict(checked.rows),
            },
            "totals": to_json(self.totals),
            "deposits": to_json(self.deposits),
            "flaws": [
                {"place": flaw.place, "entry": flaw.entry_index, "what": flaw.what} for flaw in self.flaws
            ],
        }

    def lines(self) -> list[str]:
        """The report as text for people, line by line."""
        checked = self.checked
        lines = [f"Log {self.origin}, {self.size:,} entries{self._period()}"]
        if self.beyond:
            lines.append(f"and {self.beyond:,} that no checkpoint covers yet")
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in checked.kinds.items())
        lines += [
            f"  entries      {checked.entries:>12,}   {kinds}",
            f"  signatures   {checked.signatures:>12,}",
            f"  seals        {checked.seals:>12,}",
            f"  checkpoints  {checked.checkpoints:>12,}",
            f"  tiles        {checked.tiles:>12,}",
            f"  cards        {checked.cards:>12,}",
        ]
        if checked.rows:
            rows = ", ".join(f"{table} {count:,}" for table, count in checked.rows.items())
            lines.append(f"  rows         {sum(checked.rows.values()):>12,}   {rows}")
        lines += [line for totals in self.totals for line in _totals_lines(totals)]
        lines += [
            f"  {deposit.currency} deposit stated by the custodian: "
            f"{format_money(deposit.deposit_minor, deposit.currency)} as of {moment(deposit.as_of_ms)}"
            for deposit in self.deposits
        ]
        if self.sound:
            return [*lines, "Sound: everything fits."]
        return [*lines, f"NOT SOUND, {len(self.flaws)} found:", *(f"  {flaw}" for flaw in self.flaws)]

    def _period(self) -> str:
        if self.first_ms is None or self.last_ms is None:
            return ""
        return f", {moment(self.first_ms)} to {moment(self.last_ms)}"


def damage_report(flaws: list[Flaw]) -> Report:
    """The report on a ledger that was not replayed, because what would have been read is damaged already."""
    return Report("(not read)", 0, None, None, 0, Checked(), (), (), None, None, tuple(flaws))


def moment(time_ms: int) -> str:
    """A moment for people, to the second, in UTC."""
    try:
        when = datetime.fromtimestamp(time_ms // 1000, UTC)
    except (OverflowError, ValueError):
        return f"{time_ms} ms"  # Past the year 9999; a log may say so, and a report must not fail on it.
    return when.strftime("%Y-%m-%d %H:%M:%S UTC")


def _totals_lines(totals: Totals) -> list[str]:
    def money(amount_minor: int) -> str:
        return format_money(amount_minor, totals.currency)

    return [
        f"  {totals.currency} issued {money(totals.issued)} = outstanding {money(totals.outstanding)}"
        f" + redeemed {money(totals.redeemed)} + voided {money(totals.voided)}",
        f"      of the outstanding: not activated {money(totals.inactive)}, set aside {money(totals.held)},"
        f" frozen {money(totals.frozen)}",
    ]
