"""`card`, `trail`, `receipt`: what is known of a card, with the proof behind it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from cardtrail.cli import out
from cardtrail.cli.failures import Failure
from cardtrail.cli.options import (
    CARD,
    EXISTING_FILE,
    card_argument,
    json_option,
    ledger_argument,
    vkey_option,
)
from cardtrail.cli.outputs import PICTURE_FILE, RECEIPT_FILE

if TYPE_CHECKING:
    from cardtrail.cli.session import Session

_my_wallet = click.option(
    "--wallet", "wallet_file", type=EXISTING_FILE, help="Your wallet's file: says which keys are yours."
)


@click.command()
@ledger_argument
@card_argument
@_my_wallet
@vkey_option
@json_option
def card(ledger: str, card: int, wallet_file: Path | None, vkey_file: Path | None, as_json: bool) -> None:
    """Show a card as it stands, and verify that the latest checkpoint says the same.

    \b
    Example:
      cardtrail card spring-ledger 0000000000000125
    """
    from cardtrail.cli.card_view import draw_card, facts_of
    from cardtrail.cli.session import open_session
    from cardtrail.wire.views import card_to_json

    with open_session(ledger, vkey_file=vkey_file) as session:
        record = session.card(card)
        proof = _proof(session, card)
        yours = None if wallet_file is None else _owns(session, wallet_file, card)
        if as_json:
            document = {"card": card_to_json(record), "proof": proof, "key_pinned": session.pinned}
            out.print_json(document if yours is None else {**document, "yours": yours})
            return
        product = session.product(record)
        screen = out.console()
        screen.print(draw_card(record, product, session.clock(), yours=yours))
        out.print_facts(screen, facts_of(record, product))
        words = _proof_words(proof, record.version, pinned=session.pinned)
        screen.print(Text.assemble("  ", words), soft_wrap=True)


@click.command()
@ledger_argument
@card_argument
@_my_wallet
@click.option(
    "--svg",
    "svg_file",
    type=PICTURE_FILE,
    help="Write it as a picture instead; replaces nothing but a picture.",
)
@vkey_option
@json_option
def trail(
    ledger: str,
    card: int,
    wallet_file: Path | None,
    svg_file: Path | None,
    vkey_file: Path | None,
    as_json: bool,
) -> None:
    """Draw where a card has been: every stop of its life, and of the cards it was split or merged from.

    ● is a new owner, ◆ a split or merge, ○ anything else; ✓ behind an entry's number says that its place in the log was
    verified. With --wallet your own keys are called "you".

    \b
    Example:
      cardtrail trail spring-ledger 12 --svg trail.svg
    """
    from cardtrail.audit.trail import trail_to_json
    from cardtrail.cli.session import open_session
    from cardtrail.cli.trail_view import print_trail
    from cardtrail.cli.trails import fetch_trail, namer

    with open_session(ledger, vkey_file=vkey_file) as session:
        found, proved = fetch_trail(session, card)
    name = namer(found, wallet_file)
    if svg_file is not None:
        from cardtrail.audit.trail_picture import trail_svg

        PICTURE_FILE.write(svg_file, trail_svg(found))
        out.note(f"the picture is in {svg_file}")
    if as_json:
        out.print_json({**trail_to_json(found), "proved": sorted(proved)})
    elif svg_file is None:
        print_trail(out.console(), found, proved, name)


@click.command()
@ledger_argument
@click.argument("entry", metavar="[ENTRY]", required=False)
@click.option("--card", "card", type=CARD, help="The entry that last changed this card.")
@click.option(
    "--out",
    "out_file",
    type=RECEIPT_FILE,
    help="Write it to this file instead of printing it; replaces nothing but a receipt.",
)
@vkey_option
def receipt(
    ledger: str, entry: str | None, card: int | None, out_file: Path | None, vkey_file: Path | None
) -> None:
    """Fetch the receipt of an entry: the entry, its place in the log, the signed checkpoint (c2sp.org/tlog-proof).

    ENTRY is its index or the id of its command. Anybody can check a receipt with `cardtrail verify` and the log's key.

    \b
    Example:
      cardtrail receipt spring-ledger --card 12 --out card-12.receipt
    """
    from cardtrail.cli.session import is_address, open_session

    if (entry is None) == (card is None):
        raise click.UsageError("name the ENTRY, or a card with --card")
    with open_session(ledger, vkey_file=vkey_file) as session:
        which = _entry(entry) if entry is not None else session.card(card or 0).entry
        if isinstance(which, int) and which >= session.info.size:
            raise Failure(f"the log has no entry {which}; its last one is {session.info.size - 1}")
        text = session.client.receipt_text(which, wait=True)
    if out_file is None:
        click.echo(text, nl=False)
    else:
        RECEIPT_FILE.write(out_file, text)
        key = vkey_file or (None if is_address(ledger) else Path(ledger) / "log.vkey")
        pin = [] if key is None else ["--vkey", str(key)]
        command = shlex.join(["cardtrail", "verify", str(out_file), *pin])
        need = " --vkey FILE, the log's key from somebody you trust" if key is None else ""
        out.note(f"the receipt is in {out_file}; check it with: {command}{need}")


def _proof(session: Session, card: int) -> dict[str, Any] | None:
    """What the latest checkpoint proves of a card; none for one that is younger. Raises `ProofError`."""
    from cardtrail.client.errors import NotFound, NotPublished
    from cardtrail.wire.views import to_json

    try:
        proved = session.client.card_state(card, network=session.network)
    except (NotFound, NotPublished):
        return None
    return {
        "version": proved.card.version,
        "balance_minor": proved.card.balance_minor,
        "record": to_json(proved.card),
        "checkpoint_size": proved.checkpoint.size,
        "root": proved.checkpoint.root.hex(),
        "time_ms": proved.time_ms,
    }


def _proof_words(proof: dict[str, Any] | None, version: int, *, pinned: bool) -> Text:
    if proof is None:
        return Text("· not in a checkpoint yet; ask again in a second", style="yellow")
    said = "as shown" if proof["version"] == version else f"still at version {proof['version']}"
    words = f" {said}, by the checkpoint over {proof['checkpoint_size']:,} entries"
    doubt = "" if pinned else " (with the key that the node itself gave; pin it with --vkey)"
    return Text.assemble(("✓ proved", "green"), words, (doubt, "yellow"))


def _owns(session: Session, wallet_file: Path, card: int) -> bool:
    from cardtrail.cli.holder import open_wallet
    from cardtrail.wallet.holdings import NotOurs

    with open_wallet(session, wallet_file) as wallet:
        try:
            wallet.learn(card)
        except NotOurs:
            return False
        return True


def _entry(text: str) -> int | bytes:
    if re.fullmatch(r"[0-9]{1,15}", text):
        return int(text)
    if re.fullmatch(r"[0-9a-f]{64}", text):
        return bytes.fromhex(text)
    raise click.BadParameter(
        f"{text!r} is neither an entry's index nor a command's id of 64 hexadecimal digits"
    )
