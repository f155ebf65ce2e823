"""Issuing a batch: codes made and kept first, then the products that are missing, then the cards.

The order matters. Codes are on the disk before any card is on the ledger: a crash may leave codes without
cards, which are worth nothing, but never cards whose codes nobody has.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cardtrail.cli.batch import Row
from cardtrail.cli.failures import RefusedByLedger
from cardtrail.cli.out import Tick
from cardtrail.cli.secret_files import write_secret
from cardtrail.cli.session import Session
from cardtrail.cli.terms import usual_terms
from cardtrail.client.build import SignedCommand, sign
from cardtrail.signing.keys import SecretKey
from cardtrail.wallet.codes import CardCode, code_key
from cardtrail.wire.answers import Accepted
from cardtrail.wire.commands import Define, Issue
from cardtrail.wire.identifiers import card_number
from cardtrail.wire.money import format_money
from cardtrail.wire.roles import Role
from cardtrail.wire.scalars import MAX_CARDS_PER_COMMAND

CODES_HEADER = ("number", "product", "face", "code")
_TICK_CARDS = 200


@dataclass(frozen=True, slots=True)
class Range:
    """Cards of one product and face with serials in a row."""

    product: str
    face_minor: int
    first_serial: int
    count: int


@dataclass(frozen=True, slots=True)
class Issued:
    """What came of a batch: the cards, the products that were defined for it, the entries."""

    ranges: tuple[Range, ...]
    defined: tuple[str, ...]
    answers: tuple[Accepted, ...]


def issue_batch(
    session: Session, issuer: Sequence[SecretKey], rows: Sequence[Row], codes_file: Path, tick: Tick
) -> Issued:
    """Issue every row. Raises `Misuse` if the codes' file is there already, `RefusedByLedger` with how far it came."""
    info = session.refresh()
    ranges = _lay_out(rows, info.cards)
    total = sum(row.count for row in rows)
    codes = [CardCode.generate() for _ in range(total)]
    write_codes(codes_file, ranges, codes)
    numbers = {product.name: product.product for product in info.products}
    sequence = info.sequence(Role.ISSUER)
    defines = _definitions(session, issuer, rows, numbers, sequence)
    commands = [*defines, *_issues(session, issuer, ranges, codes, numbers, sequence + len(defines), tick)]
    answers = []
    for place, command in enumerate(commands):
        try:
            answers.append(session.submit(command))
        except RefusedByLedger as refused:
            issued = sum(len(done.body.owners) for done in commands[:place] if isinstance(done.body, Issue))
            raise RefusedByLedger(
                refused.code,
                f"{refused.text} Of the {total:,} cards in {codes_file} the first {issued:,} were issued; "
                "the codes of the others are worth nothing.",
                refused.id,
            ) from None
    defined = tuple(command.body.name for command in defines if isinstance(command.body, Define))
    return Issued(tuple(ranges), defined, tuple(answers))


def write_codes(file: Path, ranges: Sequence[Range], codes: Sequence[CardCode]) -> None:
    """Keep the codes where only their owner reads them, on the disk when this returns. Raises `Misuse` rather than
    replace a file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CODES_HEADER)
    left = iter(codes)
    for cards in ranges:
        face = format_money(cards.face_minor, "CNY")
        for serial in range(cards.first_serial, cards.first_serial + cards.count):
            writer.writerow((card_number(serial), cards.product, face, next(left).grouped))
    write_secret(file, text.getvalue())


def read_codes(file: Path) -> dict[int, CardCode]:
    """Codes by serial, from a file that `write_codes` wrote. Raises `ValueError`."""
    with file.open(encoding="utf-8", newline="") as handle:
        return {int(row["number"][:-1]): CardCode.parse(row["code"]) for row in csv.DictReader(handle)}


def _lay_out(rows: Sequence[Row], first_serial: int) -> list[Range]:
    ranges = []
    for row in rows:
        ranges.append(Range(row.product, row.face_minor, first_serial, row.count))
        first_serial += row.count
    return ranges


def _definitions(
    session: Session,
    issuer: Sequence[SecretKey],
    rows: Sequence[Row],
    numbers: dict[str, int],
    sequence: int,
) -> list[SignedCommand]:
    """Define the products that are missing, and note their numbers."""
    commands: list[SignedCommand] = []
    for row in rows:
        if row.product in numbers:
            continue
        faces = [each.face_minor for each in rows if each.product == row.product]
        number = numbers[row.product] = len(numbers)
        body = Define(
            session.network,
            session.ends_ms(),
            sequence + len(commands),
            number,
            row.product,
            usual_terms(faces, named=row.named),
        )
        commands.append(sign(body, *issuer))
    return commands


def _issues(
    session: Session,
    issuer: Sequence[SecretKey],
    ranges: Sequence[Range],
    codes: Sequence[CardCode],
    numbers: dict[str, int],
    sequence: int,
    tick: Tick,
) -> Iterator[SignedCommand]:
    network, left, done = session.network, iter(codes), 0
    for cards in ranges:
        end = cards.first_serial + cards.count
        for first in range(cards.first_serial, end, MAX_CARDS_PER_COMMAND):
            owners = []
            for serial in range(first, min(end, first + MAX_CARDS_PER_COMMAND)):
                owners.append(code_key(next(left), network, serial).public)
                done += 1
                if done % _TICK_CARDS == 0:
                    tick(done, len(codes))
            body = Issue(
                network,
                session.ends_ms(),
                sequence,
                numbers[cards.product],
                cards.face_minor,
                first,
                tuple(owners),
            )
            sequence += 1
            yield sign(body, *issuer)
