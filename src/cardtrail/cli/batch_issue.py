"""Issuing a batch: codes made and kept first, then the products that are missing, then the cards.

The order matters. Codes are on the disk before any card is on the ledger: a crash may leave codes without
cards, which are worth nothing, but never cards whose codes nobody has.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from cardtrail.cli.batch import Row
from cardtrail.cli.failures import RefusedByLedger, Unavailable
from cardtrail.cli.out import Tick, note
from cardtrail.cli.secret_files import write_secret
from cardtrail.cli.session import Session
from cardtrail.cli.terms import usual_terms
from cardtrail.client.build import SignedCommand, sign
from cardtrail.client.errors import BadAnswer, NodeUnavailable
from cardtrail.signing.keys import SecretKey
from cardtrail.wallet.codes import CardCode, code_key
from cardtrail.wire.answers import Accepted
from cardtrail.wire.commands import Define, Issue
from cardtrail.wire.identifiers import card_number, group_digits
from cardtrail.wire.money import format_money
from cardtrail.wire.roles import Role
from cardtrail.wire.scalars import MAX_CARDS_PER_COMMAND

CODES_HEADER = ("number", "product", "face", "code")


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
    """Issue every row. The codes' file stays whatever happens.

    Raises `Misuse` if that file is there already; `RefusedByLedger`, or `Unavailable` if the ledger cannot be reached,
    with how far it came.

    tick   told how many cards are issued, and of how many
    """
    info = session.refresh()
    ranges = _lay_out(rows, info.cards)
    total = sum(row.count for row in rows)
    codes = [CardCode.generate() for _ in range(total)]
    write_codes(codes_file, ranges, codes)
    numbers = {product.name: product.product for product in info.products}
    sequence = info.sequence(Role.ISSUER)
    defines = _definitions(session, issuer, rows, numbers, sequence)
    issues = _issues(session, issuer, ranges, codes, numbers, sequence + len(defines))
    answers = []
    issued = 0
    # Each is signed when its turn comes, so that the last one of many has not run out of time before it is sent.
    for command in chain(defines, issues):
        here = len(command.body.owners) if isinstance(command.body, Issue) else 0
        try:
            answers.append(session.submit(command))
        except RefusedByLedger as refused:
            how_far = (
                f"Of the {total:,} cards in {codes_file} the first {issued:,} were issued; "
                "the codes of the others are worth nothing."
            )
            raise RefusedByLedger(refused.code, f"{refused.text} {how_far}", refused.id) from None
        except (NodeUnavailable, BadAnswer) as error:
            raise Unavailable(f"{error}\n{_certain(info.cards, issued, here, codes_file)}") from error
        except KeyboardInterrupt:
            note(_certain(info.cards, issued, here, codes_file))
            raise
        issued += here
        tick(issued, total)
    defined = tuple(command.body.name for command in defines if isinstance(command.body, Define))
    return Issued(tuple(ranges), defined, tuple(answers))


def _certain(first: int, issued: int, here: int, codes_file: Path) -> str:
    """Which cards of a batch that was cut off are issued for certain, and which may be."""
    done = (
        f"Cards {_span(first, issued)} are issued for certain" if issued else "No card is issued for certain"
    )
    open_ = f"; whether {_span(first + issued, here)} are, `cardtrail card` tells later" if here else ""
    return (
        f"{done}{open_}. Keep {codes_file}: it has their codes. Further cards of the batch were not issued."
    )


def _span(first: int, count: int) -> str:
    ends = [group_digits(card_number(serial)) for serial in (first, first + count - 1)]
    return f"{ends[0]} to {ends[1]}"


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
) -> Iterator[SignedCommand]:
    network, left = session.network, iter(codes)
    for cards in ranges:
        end = cards.first_serial + cards.count
        for first in range(cards.first_serial, end, MAX_CARDS_PER_COMMAND):
            serials = range(first, min(end, first + MAX_CARDS_PER_COMMAND))
            owners = tuple([code_key(next(left), network, serial).public for serial in serials])
            body = Issue(
                network,
                session.ends_ms(),
                sequence,
                numbers[cards.product],
                cards.face_minor,
                first,
                owners,
            )
            sequence += 1
            yield sign(body, *issuer)
