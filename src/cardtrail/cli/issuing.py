"""`issue`, `activate`, `define`: how the brand brings cards into the world."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from cardtrail.cli import out
from cardtrail.cli.failures import Failure, Misuse, RefusedByLedger, note_accepted
from cardtrail.cli.options import (
    CARD,
    EXISTING_FILE,
    FILE,
    LENGTH,
    json_option,
    keys_option,
    ledger_argument,
    receipt_option,
)

if TYPE_CHECKING:
    from cardtrail.cli.batch_issue import Issued, Range
    from cardtrail.cli.session import Session
    from cardtrail.signing.keys import SecretKey
    from cardtrail.wire.answers import Accepted


@click.command()
@ledger_argument
@click.argument("batch", metavar="BATCH.csv", type=EXISTING_FILE)
@click.option(
    "--codes", "codes_file", type=FILE, required=True, help="New file for card numbers and their codes."
)
@keys_option
@json_option
def issue(ledger: str, batch: Path, codes_file: Path, keys: Path | None, as_json: bool) -> None:
    """Issue the cards of a batch file, and define the products it needs.

    BATCH.csv has the columns product, face (yuan), count, kind (named or anonymous). The codes go into a new
    file that only you can read, and nowhere else: whoever has a code has the card. They are on the disk
    before the first card is issued.

    A product that the ledger does not have yet gets the usual terms: anonymous cards bear at most 1,000 yuan
    and are valid for three years, named ones at most 5,000 yuan without an end.

    \b
    Example:
      cardtrail issue spring-ledger examples/spring-batch.csv --codes codes.csv
    """
    from cardtrail.cli.batch import raise_flaws, read_batch, unfit_for
    from cardtrail.cli.batch_issue import issue_batch
    from cardtrail.cli.role_keys import signers
    from cardtrail.cli.session import open_session
    from cardtrail.wire.roles import Role

    rows = read_batch(batch)
    with open_session(ledger) as session:
        raise_flaws(batch, unfit_for(rows, session.info.products))
        issuer = signers(session, Role.ISSUER, keys)
        with out.progress("cards 发行") as tick:
            issued = issue_batch(session, issuer, rows, codes_file, tick)
    note_accepted(issued.answers[-1].index)
    if as_json:
        out.print_json(_document(issued, codes_file))
    else:
        _show(issued, ledger, codes_file)


def _document(issued: Issued, codes_file: Path) -> dict[str, Any]:
    from cardtrail.wire.views import to_json

    ranges = [
        {
            "product": cards.product,
            "face_minor": cards.face_minor,
            "first_serial": cards.first_serial,
            "count": cards.count,
        }
        for cards in issued.ranges
    ]
    return {
        "cards": sum(cards.count for cards in issued.ranges),
        "ranges": ranges,
        "defined": list(issued.defined),
        "codes": str(codes_file),
        "entries": [to_json(answer) for answer in issued.answers],
    }


def _show(issued: Issued, ledger: str, codes_file: Path) -> None:
    from cardtrail.cli.results import number_of
    from cardtrail.wire.money import format_money

    screen = out.console()
    total = sum(cards.count for cards in issued.ranges)
    noun = "card" if total == 1 else "cards"
    screen.print(
        Text.assemble(
            (f"{total:,} {noun} issued", "bold"),
            ", not active yet · 已发行，尚未激活",
        )
    )
    for cards in issued.ranges:
        last = cards.first_serial + cards.count - 1
        face = format_money(cards.face_minor, "CNY")
        line = f"  {number_of(cards.first_serial)} to {number_of(last)}  {face:>10}  {out.visible(cards.product)}"
        screen.print(line, soft_wrap=True)
    screen.print(f"Their codes are in {codes_file}: keep it secret · 卡密在此，请保密", soft_wrap=True)
    screen.print("Next 下一步:")
    for first, count in _by_product(issued.ranges):
        screen.print(f"  cardtrail activate {ledger} {first} --count {count}", soft_wrap=True)


def _by_product(ranges: Sequence[Range]) -> list[tuple[int, int]]:
    """First serial and count of what one `activate` can take: cards in a row of one product."""
    runs: list[tuple[str, int, int]] = []
    for cards in ranges:
        if runs and runs[-1][0] == cards.product:
            name, first, count = runs.pop()
            runs.append((name, first, count + cards.count))
        else:
            runs.append((cards.product, cards.first_serial, cards.count))
    return [(first, count) for _, first, count in runs]


@click.command()
@ledger_argument
@click.argument("first", metavar="CARD", type=CARD)
@click.option(
    "--count", type=click.IntRange(1), default=1, show_default=True, help="How many cards from CARD on."
)
@keys_option
@receipt_option
@json_option
def activate(
    ledger: str, first: int, count: int, keys: Path | None, receipt_file: Path | None, as_json: bool
) -> None:
    """Make cards usable that were paid for, from CARD on. All of them are of one product.

    More than 1,000 are activated by several entries. Expired cards are activated again in the same way.

    \b
    Example:
      cardtrail activate spring-ledger 0 --count 600
    """
    from cardtrail.cli.results import show_done
    from cardtrail.cli.role_keys import signers
    from cardtrail.cli.session import open_session
    from cardtrail.wire.roles import Role

    with open_session(ledger) as session:
        cards = session.info.cards
        if first + count > cards:
            raise Failure(f"there are no {count:,} cards from {first} on; the ledger has {cards:,} in all")
        issuer = signers(session, Role.ISSUER, keys)
        with out.progress("cards 激活") as tick:
            answer = _activate(session, issuer, first, count, tick)
        text = "1 card activated" if count == 1 else f"{count:,} cards activated"
        show_done(session, answer, f"{text} · 已激活", as_json=as_json, receipt_file=receipt_file)


def _activate(
    session: Session, issuer: Sequence[SecretKey], first: int, count: int, tick: out.Tick
) -> Accepted:
    """Activate at least one card, so many at a time as a command may name. Answers with the last answer.

    Raises `RefusedByLedger` with how far it came.
    """
    from cardtrail.client.build import sign
    from cardtrail.wire.commands import Activate
    from cardtrail.wire.roles import Role
    from cardtrail.wire.scalars import MAX_CARDS_PER_COMMAND

    sequence, done = session.info.sequence(Role.ISSUER), 0
    while True:
        some = min(MAX_CARDS_PER_COMMAND, count - done)
        body = Activate(session.network, session.ends_ms(), sequence, first + done, some)
        try:
            answer = session.submit(sign(body, *issuer))
        except RefusedByLedger as refused:
            if not done:
                raise
            far = f"{refused.text} The {done:,} cards from {first} on are active."
            raise RefusedByLedger(refused.code, far, refused.id) from None
        sequence, done = sequence + 1, done + some
        tick(done, count)
        if done == count:
            return answer


@click.command()
@ledger_argument
@click.argument("name")
@click.option(
    "--face", "faces", multiple=True, required=True, help="A face value in yuan; give it once for each."
)
@click.option(
    "--named/--anonymous", default=False, help="Whether a new owner's identity is kept.", show_default=True
)
@click.option(
    "--transferable",
    type=click.Choice(["no", "gift", "sale"]),
    default="sale",
    show_default=True,
    help="How far its cards may be passed on.",
)
@click.option(
    "--cooling-off", type=LENGTH, help="After activation, before it can be passed on (default: named 24h)."
)
@click.option("--max-hops", type=click.IntRange(1), help="How often the owner may change (default: 20).")
@click.option(
    "--resale-cap", type=click.IntRange(0, 10_000), help="Highest price in percent of the balance (100)."
)
@click.option("--hold-limit", type=LENGTH, help="The longest a card may be set aside (default: 30d).")
@click.option("--rebind-delay", type=LENGTH, help="How long an owner can object to a rebind (default: 7d).")
@click.option(
    "--validity", type=LENGTH, help="From activation (default: anonymous three years, named no end)."
)
@click.option(
    "--clearance", "cleared", multiple=True, help="A holder's verb that needs a clearance; repeatable."
)
@click.option("--split/--no-split", default=True, show_default=True, help="Whether its cards can be split.")
@click.option("--merge/--no-merge", default=True, show_default=True, help="Whether its cards can be merged.")
@keys_option
@receipt_option
@json_option
def define(
    ledger: str,
    name: str,
    faces: tuple[str, ...],
    named: bool,
    transferable: str,
    cleared: tuple[str, ...],
    keys: Path | None,
    receipt_file: Path | None,
    as_json: bool,
    **changes: int | bool | None,
) -> None:
    """Define a product, named NAME, and the terms of its cards. They hold for ever; other terms are another product.

    `cardtrail issue` defines products by itself where the usual terms will do.

    \b
    Example:
      cardtrail define my "Tea Card" --face 100 --face 500 --transferable gift
    """
    from msgspec.structs import replace

    from cardtrail.cli.batch import name_fault
    from cardtrail.cli.results import show_done
    from cardtrail.cli.role_keys import signers
    from cardtrail.cli.session import open_session
    from cardtrail.cli.terms import changed_terms
    from cardtrail.client.build import sign
    from cardtrail.wire.commands import Define
    from cardtrail.wire.products import Transferable
    from cardtrail.wire.roles import Role

    terms = changed_terms(faces, cleared, named=named, changes=changes)
    terms = replace(terms, transferable=Transferable[transferable.upper()])
    fault = name_fault(name)
    if fault is not None:
        raise click.BadParameter(fault)
    with open_session(ledger) as session:
        products = session.info.products
        if any(product.name == name for product in products):
            raise Misuse(
                f"the ledger has a product named {name} already, and its terms hold for ever; "
                f'give other terms another name, such as "{name} II"'
            )
        number = len(products)
        body = Define(
            session.network, session.ends_ms(), session.info.sequence(Role.ISSUER), number, name, terms
        )
        answer = session.submit(sign(body, *signers(session, Role.ISSUER, keys)))
        text = f"product {number} defined: {name} · 已定义"
        show_done(session, answer, text, as_json=as_json, receipt_file=receipt_file, more={"product": number})
