"""`claim`, `give`, `hold`, `release`, `return`: how a card goes from one holder to the next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cardtrail.cli import out
from cardtrail.cli.failures import Misuse
from cardtrail.cli.options import (
    CARD,
    EXISTING_FILE,
    FILE,
    LENGTH,
    PUBLIC_KEY,
    TO,
    amount_of,
    card_argument,
    clearer_option,
    fields_of,
    identity_option,
    json_option,
    keys_option,
    ledger_argument,
    receipt_option,
    reference_hash,
    wallet_option,
)
from cardtrail.cli.secret_files import removed_if_refused, write_secret

if TYPE_CHECKING:
    from cardtrail.client.build import SignedCommand
    from cardtrail.wallet.links import GiftLink
    from cardtrail.wallet.wallet import Wallet

LINK_BASE = "https://cards.example"
"""Stands in a gift link until a brand's own site does."""


@click.command()
@ledger_argument
@click.argument("card", metavar="[CARD]", type=CARD, required=False)
@wallet_option
@click.option(
    "--code-file", type=EXISTING_FILE, help="A file with the code or the link, instead of typing it."
)
@click.option(
    "--codes", "codes_file", type=EXISTING_FILE, help="The brand's own file of codes, as `issue` wrote it."
)
@click.option("--rebind", is_flag=True, help="Take a lost card that was set aside for this wallet.")
@identity_option
@clearer_option
@receipt_option
@json_option
def claim(
    ledger: str,
    card: int | None,
    wallet_file: Path,
    code_file: Path | None,
    codes_file: Path | None,
    rebind: bool,
    identity: tuple[str, ...],
    clearer_keys: Path | None,
    receipt_file: Path | None,
    as_json: bool,
) -> None:
    """Make a card yours, by its code or a gift link. From then on the code, and every copy of it, is worthless.

    The code or link is asked for and not shown; it can also be piped in. A link knows its card, a code needs CARD.

    \b
    Example:
      cardtrail claim spring-ledger 0000000000000125 --wallet ann.wallet
    """
    from cardtrail.cli.holder import check_identity, open_wallet, send
    from cardtrail.cli.results import number_of, show_done
    from cardtrail.cli.session import open_session

    fields = fields_of(identity)
    with open_session(ledger) as session, open_wallet(session, wallet_file) as wallet:
        serial, make = _claim_of(card, code_file, codes_file, rebind=rebind)
        check_identity(session, serial, fields)
        answer = send(session, wallet, make(wallet, fields), clearer_keys)
        text = f"card {number_of(serial)} is yours · 已归你所有"
        show_done(session, answer, text, as_json=as_json, receipt_file=receipt_file, serials=(serial,))


def _claim_of(
    card: int | None, code_file: Path | None, codes_file: Path | None, *, rebind: bool
) -> tuple[int, Callable[[Wallet, dict[str, str] | None], SignedCommand]]:
    """The card that is to be taken, and what makes the command of it: by whatever was given."""
    from cardtrail.cli.batch_issue import read_codes
    from cardtrail.cli.holder import read_secret
    from cardtrail.cli.results import number_of
    from cardtrail.wallet.codes import CardCode
    from cardtrail.wallet.links import GiftLink

    if rebind:
        serial = _needed(card)
        return serial, lambda wallet, fields: wallet.finish_rebind(serial, fields)
    if codes_file is not None:
        serial = _needed(card)
        code = read_codes(codes_file).get(serial)
        if code is None:
            raise Misuse(f"{codes_file} has no code for card {number_of(serial)}")
    else:
        text = read_secret("Code or gift link", code_file)
        if "#" in text:
            link = GiftLink.parse(text)
            if card not in (None, link.serial):
                raise Misuse(
                    f"the link is of card {number_of(link.serial)}, not of {number_of(_needed(card))}"
                )
            return link.serial, lambda wallet, fields: wallet.accept(link, fields)
        serial, code = _needed(card), CardCode.parse(text)
    return serial, lambda wallet, fields: wallet.claim(serial, code, fields)


@click.command()
@ledger_argument
@card_argument
@wallet_option
@click.option("--to", "to", type=TO, help="A wallet's address for this card: `cardtrail wallet key`.")
@click.option(
    "--link", "link_file", type=FILE, help="New file for a gift link; whoever has it can take the card."
)
@click.option("--print-link", is_flag=True, help="Show the link instead.")
@click.option("--again", is_flag=True, help="The same link once more, of a gift that still waits.")
@click.option(
    "--for", "length_ms", type=LENGTH, default="7d", show_default=True, help="How long the link works."
)
@click.option("--base", default=LINK_BASE, show_default=True, help="The site in the link.")
@clearer_option
@receipt_option
@json_option
def give(
    ledger: str,
    card: int,
    wallet_file: Path,
    to: tuple[bytes, bytes] | None,
    link_file: Path | None,
    print_link: bool,
    again: bool,
    length_ms: int,
    base: str,
    clearer_keys: Path | None,
    receipt_file: Path | None,
    as_json: bool,
) -> None:
    """Give a card away: by a link that works for a while, or at once to somebody's wallet.

    A gift by link can be taken back with `cardtrail return` until it is taken.

    \b
    Example:
      cardtrail give spring-ledger 12 --wallet ann.wallet --link for-bob.txt
    """
    from cardtrail.cli.holder import open_wallet, send
    from cardtrail.cli.results import number_of, show_done
    from cardtrail.cli.session import open_session

    if [to is not None, link_file is not None, print_link].count(True) != 1:
        raise click.UsageError("say how to give it: --to ADDRESS, --link FILE or --print-link")
    if again and to is not None:
        raise click.UsageError("--again is for a link: --link FILE or --print-link")
    with open_session(ledger) as session, open_wallet(session, wallet_file) as wallet:
        if again:
            _tell_link(wallet.gift_link(card, base), link_file, as_json=as_json)
            return
        if to is not None:
            answer = send(session, wallet, wallet.give(card, *to), clearer_keys)
            text = f"card {number_of(card)} given away · 已赠出"
            show_done(session, answer, text, as_json=as_json, receipt_file=receipt_file, serials=(card,))
            return
        until_ms = session.clock() + length_ms
        command, link = wallet.give_by_link(card, until_ms, base)
        if link_file is not None:
            write_secret(link_file, link.url + "\n")
        with removed_if_refused([] if link_file is None else [link_file]):
            answer = send(session, wallet, command, clearer_keys)
        text = f"card {number_of(card)} waits for its link until {out.local_time(until_ms)} · 待领取"
        more = _where(link, link_file)
        show_done(
            session, answer, text, as_json=as_json, receipt_file=receipt_file, serials=(card,), more=more
        )
        if not as_json:
            _say_where(link, link_file)


def _tell_link(link: GiftLink, link_file: Path | None, *, as_json: bool) -> None:
    """The link of a gift that waits already."""
    if link_file is not None:
        write_secret(link_file, link.url + "\n")
    if as_json:
        out.print_json({"serial": link.serial, **_where(link, link_file)})
    else:
        _say_where(link, link_file)


def _where(link: GiftLink, link_file: Path | None) -> dict[str, str]:
    return {"link": link.url} if link_file is None else {"link_file": str(link_file)}


def _say_where(link: GiftLink, link_file: Path | None) -> None:
    where = link.url if link_file is None else f"the link is in {link_file}: whoever has it can take the card"
    out.console().print(f"  {where}", soft_wrap=True)


@click.command()
@ledger_argument
@card_argument
@wallet_option
@click.option(
    "--price", help="For a sale: what you ask. The settler releases it to the buyer, or returns it."
)
@click.option("--for-key", type=PUBLIC_KEY, help="Without a price: the key that may release it.")
@click.option("--for", "length_ms", type=LENGTH, default="3d", show_default=True, help="How long.")
@click.option("--order", help="The order it belongs to; only its SHA-256 goes on the ledger.")
@clearer_option
@receipt_option
@json_option
def hold(
    ledger: str,
    card: int,
    wallet_file: Path,
    price: str | None,
    for_key: bytes | None,
    length_ms: int,
    order: str | None,
    clearer_keys: Path | None,
    receipt_file: Path | None,
    as_json: bool,
) -> None:
    """Set a card aside so that it cannot be promised twice: for a sale with a price, or for a key.

    \b
    Example:
      cardtrail hold my 12 --wallet ann.wallet --price 92.00 --order A-17
    """
    from cardtrail.cli.holder import open_wallet, send
    from cardtrail.cli.results import number_of, show_done
    from cardtrail.cli.session import open_session
    from cardtrail.client.build import sign
    from cardtrail.wire.commands import Hold
    from cardtrail.wire.money import format_money

    if (price is None) == (for_key is None):
        raise click.UsageError("say for whom: --price AMOUNT for a sale, or --for-key KEY")
    with open_session(ledger) as session, open_wallet(session, wallet_file) as wallet:
        record = session.card(card)
        currency = session.product(record).terms.currency
        until_ms = session.clock() + length_ms
        reference = reference_hash(order)
        if price is not None:
            asked = amount_of(price, currency)
            answer = send(
                session, wallet, wallet.hold_for_sale(card, asked, until_ms, reference), clearer_keys
            )
            what = f"for sale at {format_money(asked, currency)}"
        else:
            about = (session.network, session.ends_ms(), card, record.version)
            body = Hold(*about, for_key or b"", until_ms, None, reference)
            answer = send(session, wallet, sign(body, wallet.key_for(record)), clearer_keys)
            what = "set aside for a key"
        text = f"card {number_of(card)} is {what} until {out.local_time(until_ms)} · 已锁定"
        show_done(session, answer, text, as_json=as_json, receipt_file=receipt_file, serials=(card,))


@click.command()
@ledger_argument
@card_argument
@click.option(
    "--to", "to", type=TO, required=True, help="The buyer's address for this card: `cardtrail wallet key`."
)
@click.option("--order", help="The order that was paid; refused if the card is set aside for another.")
@click.option(
    "--any-order", is_flag=True, help="Whatever order it is set aside for: nothing is checked then."
)
@keys_option
@clearer_option
@receipt_option
@json_option
def release(
    ledger: str,
    card: int,
    to: tuple[bytes, bytes],
    order: str | None,
    any_order: bool,
    keys: Path | None,
    clearer_keys: Path | None,
    receipt_file: Path | None,
    as_json: bool,
) -> None:
    """Hand a sold card to its buyer, as the settler, once the payment has come.

    A gift is taken with `cardtrail claim` instead.

    \b
    Example:
      TO=$(cardtrail wallet key spring-ledger 12 --wallet bob.wallet)
      cardtrail release spring-ledger 12 --to $TO --order A-17
    """
    from cardtrail.cli.holder import cleared
    from cardtrail.cli.results import number_of, show_done
    from cardtrail.cli.role_keys import signers
    from cardtrail.cli.session import open_session
    from cardtrail.client.build import sign
    from cardtrail.wire.commands import Release
    from cardtrail.wire.roles import Role
    from cardtrail.wire.scalars import NO_HASH

    if (order is None) is not any_order:
        raise click.UsageError("say which order was paid: --order REF, or --any-order to check nothing")
    with open_session(ledger) as session:
        record = session.card(card)
        settler = signers(session, Role.SETTLER, keys)
        about = (session.network, session.ends_ms(), card, record.version)
        held = NO_HASH if record.hold is None else record.hold.reference
        reference = held if order is None else reference_hash(order)
        command = sign(Release(*about, *to, reference), *settler)
        if clearer_keys is not None:
            command = cleared(session, [command], clearer_keys)[0]
        answer = session.submit(command)
        text = f"card {number_of(card)} released to its buyer · 已交付"
        show_done(session, answer, text, as_json=as_json, receipt_file=receipt_file, serials=(card,))


@click.command("return")
@ledger_argument
@card_argument
@click.option("--wallet", "wallet_file", type=EXISTING_FILE, help="As the owner: your wallet's file.")
@click.option("--settler", is_flag=True, help="As the settler: the sale did not come about.")
@keys_option
@clearer_option
@receipt_option
@json_option
def give_back(
    ledger: str,
    card: int,
    wallet_file: Path | None,
    settler: bool,
    keys: Path | None,
    clearer_keys: Path | None,
    receipt_file: Path | None,
    as_json: bool,
) -> None:
    """End a hold; the card stays its owner's.

    The owner takes back a gift by link at any time and anything else once its time is over, and objects with it when
    somebody else reports the card as lost. The settler returns what was not sold.

    \b
    Example:
      cardtrail return spring-ledger 12 --wallet ann.wallet
    """
    from cardtrail.cli.holder import cleared, open_wallet, send
    from cardtrail.cli.results import number_of, show_done
    from cardtrail.cli.role_keys import signers
    from cardtrail.cli.session import open_session
    from cardtrail.client.build import sign
    from cardtrail.wire.commands import Return
    from cardtrail.wire.roles import Role

    if (wallet_file is None) is not settler:
        raise click.UsageError("say who you are: --wallet FILE as the owner, or --settler")
    with open_session(ledger) as session:
        record = session.card(card)
        if wallet_file is not None:
            with open_wallet(session, wallet_file) as wallet:
                answer = send(session, wallet, wallet.take_back(card), clearer_keys)
        else:
            own = signers(session, Role.SETTLER, keys)
            command = sign(Return(session.network, session.ends_ms(), card, record.version), *own)
            if clearer_keys is not None:
                command = cleared(session, [command], clearer_keys)[0]
            answer = session.submit(command)
        text = f"card {number_of(card)} is no longer set aside · 已退回"
        show_done(session, answer, text, as_json=as_json, receipt_file=receipt_file, serials=(card,))


def _needed(card: int | None) -> int:
    if card is None:
        raise click.UsageError("name the CARD, by the number printed on it")
    return card
