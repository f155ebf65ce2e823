"""`redeem`, `split`, `merge`: what a holder does with the value of cards."""

from __future__ import annotations

from pathlib import Path

import click

from cardtrail.cli.options import (
    CARD,
    amount_of,
    card_argument,
    clearer_option,
    json_option,
    ledger_argument,
    receipt_option,
    reference_hash,
    together,
    wallet_option,
)

_common = together(wallet_option, clearer_option, receipt_option, json_option)


@click.command()
@ledger_argument
@card_argument
@click.argument("amount", metavar="AMOUNT")
@click.option("--order", required=True, help="What is paid; only its SHA-256 goes on the ledger.")
@_common
def redeem(
    ledger: str,
    card: int,
    amount: str,
    order: str,
    wallet_file: Path,
    clearer_keys: Path | None,
    receipt_file: Path | None,
    as_json: bool,
) -> None:
    """Pay AMOUNT with a card. What is left stays on it.

    \b
    Example:
      cardtrail redeem spring-ledger 12 99.90 --order A-17 --wallet ann.wallet
    """
    from cardtrail.cli.holder import open_wallet, send
    from cardtrail.cli.results import number_of, show_done
    from cardtrail.cli.session import open_session
    from cardtrail.wire.money import format_money

    with open_session(ledger) as session, open_wallet(session, wallet_file) as wallet:
        currency = session.product(session.card(card)).terms.currency
        minor = amount_of(amount, currency)
        answer = send(session, wallet, wallet.redeem(card, minor, reference_hash(order)), clearer_keys)
        left = format_money(session.card(card).balance_minor, currency)
        text = f"{format_money(minor, currency)} paid with card {number_of(card)}, {left} left · 已支付"
        show_done(session, answer, text, as_json=as_json, receipt_file=receipt_file, serials=(card,))


@click.command()
@ledger_argument
@card_argument
@click.argument("amounts", metavar="AMOUNT AMOUNT...", nargs=-1, required=True)
@_common
def split(
    ledger: str,
    card: int,
    amounts: tuple[str, ...],
    wallet_file: Path,
    clearer_keys: Path | None,
    receipt_file: Path | None,
    as_json: bool,
) -> None:
    """Turn one card into several that add up to its balance. All of them are yours, the old one ends.

    \b
    Example:
      cardtrail split spring-ledger 12 60 40 --wallet ann.wallet
    """
    from cardtrail.cli.holder import open_wallet, send
    from cardtrail.cli.results import number_of, show_done
    from cardtrail.cli.session import open_session

    if len(amounts) < 2:
        raise click.UsageError("name at least two amounts; together they are the card's balance")
    with open_session(ledger) as session, open_wallet(session, wallet_file) as wallet:
        currency = session.product(session.card(card)).terms.currency
        parts = [amount_of(amount, currency) for amount in amounts]
        answer = send(session, wallet, wallet.split(card, parts), clearer_keys)
        made = tuple(session.client.created(answer.index))
        text = f"split into {', '.join(map(number_of, made))} · 已拆分"
        show_done(session, answer, text, as_json=as_json, receipt_file=receipt_file, serials=made)


@click.command()
@ledger_argument
@click.argument("cards", metavar="CARD CARD...", nargs=-1, required=True, type=CARD)
@_common
def merge(
    ledger: str,
    cards: tuple[int, ...],
    wallet_file: Path,
    clearer_keys: Path | None,
    receipt_file: Path | None,
    as_json: bool,
) -> None:
    """Turn several cards of one product into one that bears all of their balances.

    \b
    Example:
      cardtrail merge spring-ledger 12 13 --wallet ann.wallet
    """
    from cardtrail.cli.holder import open_wallet, send
    from cardtrail.cli.results import number_of, show_done
    from cardtrail.cli.session import open_session

    if len(set(cards)) < max(2, len(cards)):
        raise click.UsageError("name at least two cards, each once")
    with open_session(ledger) as session, open_wallet(session, wallet_file) as wallet:
        for card in cards:
            session.card(card)
        answer = send(session, wallet, wallet.merge(cards), clearer_keys)
        made = tuple(session.client.created(answer.index))
        text = f"merged into {number_of(made[0])} · 已合并"
        show_done(session, answer, text, as_json=as_json, receipt_file=receipt_file, serials=made)
