"""`wallet`: a holder's own file of keys."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click
from rich.table import Table

from cardtrail.cli import out
from cardtrail.cli.options import (
    FILE,
    card_argument,
    fields_of,
    identity_option,
    json_option,
    ledger_argument,
    wallet_option,
)


@click.group()
def wallet() -> None:
    """Make a wallet, see what it owns, tell others where to send a card.

    A wallet is one file with one secret; every key of every card is derived from it. Keep a copy somewhere safe.

    \b
    Example:
      cardtrail wallet new spring-ledger ann.wallet
    """


@wallet.command("new")
@ledger_argument
@click.argument("file", metavar="FILE", type=FILE)
@json_option
def new(ledger: str, file: Path, as_json: bool) -> None:
    """Make a wallet for the cards of this ledger.

    \b
    Example:
      cardtrail wallet new spring-ledger ann.wallet
    """
    from cardtrail.cli.session import open_session
    from cardtrail.wallet.wallet import Wallet

    with open_session(ledger) as session:
        Wallet.create(file, session.client, session.network).close()
        network = session.network.hex()
    if as_json:
        out.print_json({"wallet": str(file), "network": network})
        return
    out.print_done(out.console(), f"a wallet is in {file}: keep it secret, keep a copy · 钱包已建好")


@wallet.command("show")
@ledger_argument
@wallet_option
@json_option
def show(ledger: str, wallet_file: Path, as_json: bool) -> None:
    """Show the cards a wallet owns, as the ledger has them now.

    \b
    Example:
      cardtrail wallet show spring-ledger --wallet ann.wallet
    """
    from cardtrail.cli.card_view import state_of
    from cardtrail.cli.holder import open_wallet
    from cardtrail.cli.results import number_of
    from cardtrail.cli.session import open_session
    from cardtrail.wallet.holdings import NotOurs
    from cardtrail.wire.money import format_money
    from cardtrail.wire.views import card_to_json

    awaited = _awaited(wallet_file)
    with open_session(ledger) as session, open_wallet(session, wallet_file) as owned:
        for serial in awaited:
            with contextlib.suppress(NotOurs):
                owned.learn(serial)
        cards = owned.refresh()
        if as_json:
            out.print_json({"cards": [card_to_json(card) for card in cards]})
            return
        if not cards:
            out.console().print("No cards yet 还没有卡. Take one with: cardtrail claim", soft_wrap=True)
            return
        table = Table(box=None, pad_edge=False)
        table.add_column("card 卡号", no_wrap=True)
        table.add_column("balance 余额", justify="right", no_wrap=True)
        table.add_column("state 状态", no_wrap=True)
        table.add_column("product 产品")
        for card in cards:
            product = session.product(card)
            balance = format_money(card.balance_minor, product.terms.currency)
            table.add_row(
                number_of(card.serial), balance, state_of(card, session.clock()), out.visible(product.name)
            )
        out.console().print(table)


@wallet.command("key")
@ledger_argument
@card_argument
@wallet_option
@click.option("--rebind", is_flag=True, help="The key to give to the issuer for a card that you lost.")
@identity_option
@json_option
def key(
    ledger: str, card: int, wallet_file: Path, rebind: bool, identity: tuple[str, ...], as_json: bool
) -> None:
    """Print where somebody can send you CARD: a public key, and for named cards a colon and a hash. Neither is secret.

    It is good until the card's owner changes. When they have sent it, `cardtrail wallet show` has it.

    \b
    Example:
      cardtrail wallet key spring-ledger 12 --wallet bob.wallet
    """
    from cardtrail.cli.holder import check_identity, open_wallet
    from cardtrail.cli.session import open_session
    from cardtrail.wire.scalars import NO_HASH

    fields = fields_of(identity)
    with open_session(ledger) as session, open_wallet(session, wallet_file) as owned:
        session.card(card)
        if rebind:
            address = owned.rebind_key(card).hex()
        else:
            check_identity(session, card, fields)
            to = owned.address(card, fields)
            address = to.owner.hex() + ("" if to.envelope == NO_HASH else ":" + to.envelope.hex())
    if as_json:
        out.print_json({"serial": card, "address": address, "rebind": rebind})
    else:
        click.echo(address)


def _awaited(wallet_file: Path) -> list[int]:
    """Cards for which the wallet gave out an address: somebody may have sent them since."""
    from cardtrail.wallet.book import WalletFile

    opened = WalletFile(wallet_file)
    opened.close()
    return [owned.serial for owned in opened.book.expected]
