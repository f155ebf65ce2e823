"""What authorities do to single cards, and to their own roles. Each names its cause and its case."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cardtrail.cli.options import (
    FILE,
    PUBLIC_KEY,
    amount_of,
    card_argument,
    json_option,
    keys_option,
    ledger_argument,
    receipt_option,
    reference_hash,
    together,
)
from cardtrail.cli.secret_files import removed_if_refused

if TYPE_CHECKING:
    from cardtrail.signing.keys import SecretKey

ROLES = ("issuer", "clearer", "settler", "custodian", "regulator")
CAUSES = (
    "request",
    "loss",
    "fraud",
    "chargeback",
    "court_order",
    "compliance",
    "error",
    "cleared",
    "buyback",
)
FREEZERS = ("issuer", "clearer", "regulator")

_common = together(keys_option, receipt_option, json_option)
_case = click.option("--case", required=True, help="The file behind it; only its SHA-256 goes on the ledger.")
_cause = click.option(
    "--cause", type=click.Choice(CAUSES), required=True, metavar="CAUSE", help=f"Why: {', '.join(CAUSES)}."
)
_by = click.option(
    "--by", type=click.Choice(FREEZERS), default="issuer", show_default=True, help="Who does it."
)


@click.command()
@ledger_argument
@card_argument
@click.argument("amount", metavar="AMOUNT")
@click.option("--order", required=True, help="The order; only its SHA-256 goes on the ledger.")
@_common
def refund(ledger: str, card: int, amount: str, order: str, **common: Any) -> None:
    """Put money of an order back onto a card, as its issuer. A card never comes to bear more than its face.

    \b
    Example:
      cardtrail refund spring-ledger 12 99.90 --order 2026-0412
    """
    from cardtrail.wire.commands import Refund
    from cardtrail.wire.money import format_money

    def body(session: Any, about: tuple[bytes, int, int, int], currency: str) -> tuple[Any, str]:
        minor = amount_of(amount, currency)
        return Refund(
            *about, minor, reference_hash(order)
        ), f"{format_money(minor, currency)} refunded · 已退款"

    _act(ledger, card, "issuer", body, **common)


@click.command()
@ledger_argument
@card_argument
@_by
@_cause
@_case
@_common
def freeze(ledger: str, card: int, by: str, cause: str, case: str, **common: Any) -> None:
    """Stop a card where it is, as issuer, clearer or regulator.

    \b
    Example:
      cardtrail freeze spring-ledger 12 --by clearer --cause fraud --case R-17
    """
    from cardtrail.wire.commands import Cause, Freeze
    from cardtrail.wire.roles import Role

    def body(session: Any, about: tuple[bytes, int, int, int], currency: str) -> tuple[Any, str]:
        return Freeze(*about, Role[by.upper()], Cause[cause.upper()], reference_hash(case)), "frozen · 已冻结"

    _act(ledger, card, by, body, **common)


@click.command()
@ledger_argument
@card_argument
@_by
@_cause
@_case
@_common
def unfreeze(ledger: str, card: int, by: str, cause: str, case: str, **common: Any) -> None:
    """Let a stopped card go on, as the role that froze it or as the regulator.

    \b
    Example:
      cardtrail unfreeze spring-ledger 12 --by clearer --cause cleared --case R-17
    """
    from cardtrail.wire.commands import Cause, Unfreeze
    from cardtrail.wire.roles import Role

    def body(session: Any, about: tuple[bytes, int, int, int], currency: str) -> tuple[Any, str]:
        return Unfreeze(
            *about, Role[by.upper()], Cause[cause.upper()], reference_hash(case)
        ), "unfrozen · 已解冻"

    _act(ledger, card, by, body, **common)


@click.command()
@ledger_argument
@card_argument
@_cause
@_case
@_common
def void(ledger: str, card: int, cause: str, case: str, **common: Any) -> None:
    """End a card for good, as its issuer. What it still bore counts as voided from then on.

    \b
    Example:
      cardtrail void spring-ledger 12 --cause error --case MISPRINT-3
    """
    from cardtrail.wire.commands import Cause, Void

    def body(session: Any, about: tuple[bytes, int, int, int], currency: str) -> tuple[Any, str]:
        return Void(*about, Cause[cause.upper()], reference_hash(case)), "voided · 已作废"

    _act(ledger, card, "issuer", body, **common)


@click.command()
@ledger_argument
@card_argument
@click.option(
    "--to", "claimant", type=PUBLIC_KEY, required=True, help="The claimant's key: `cardtrail wallet key`."
)
@_case
@_common
def rebind(ledger: str, card: int, claimant: bytes, case: str, **common: Any) -> None:
    """Set a lost card aside for its holder's new key, as its issuer, once their identity is proved.

    The claimant can take it with `cardtrail claim` after the delay in the product's terms. Until then whoever
    still has the present key can object with `cardtrail return`.

    \b
    Example:
      KEY=$(cardtrail wallet key spring-ledger 12 --wallet new.wallet --rebind)
      cardtrail rebind spring-ledger 12 --to $KEY --case LOSS-9
    """
    from cardtrail.cli.out import local_time
    from cardtrail.wire.commands import Rebind

    def body(session: Any, about: tuple[bytes, int, int, int], currency: str) -> tuple[Any, str]:
        delay_ms = session.product(session.card(card)).terms.rebind_delay_ms
        when = local_time(session.clock() + delay_ms)
        return Rebind(
            *about, claimant, reference_hash(case)
        ), f"set aside for its claimant from {when} on · 换绑中"

    _act(ledger, card, "issuer", body, **common)


@click.command()
@ledger_argument
@click.argument("role", metavar="ROLE", type=click.Choice(ROLES))
@click.argument("keys_named", metavar="[KEY]...", nargs=-1, type=PUBLIC_KEY)
@click.option(
    "--new", "new_files", multiple=True, type=FILE, help="Make a key, keep it in this new file, appoint it."
)
@click.option(
    "--threshold", type=click.IntRange(1, 16), default=1, show_default=True, help="How many must sign."
)
@click.option(
    "--by",
    type=click.Choice(ROLES),
    metavar="ROLE",
    help="Who appoints (default: the role itself, or for a new one the issuer).",
)
@_common
def appoint(
    ledger: str,
    role: str,
    keys_named: tuple[bytes, ...],
    new_files: tuple[Path, ...],
    threshold: int,
    by: str | None,
    keys: Path | None,
    receipt_file: Path | None,
    as_json: bool,
) -> None:
    """Give a role new keys, so many of which must sign from then on. The keys it has now are over.

    ROLE is issuer, clearer, settler, custodian or regulator.

    KEY is a public key of 64 hexadecimal digits, such as another organisation sends you. A file made with
    --new is found by the other verbs if it lies in the keys' folder under a name such as settler-2.key.

    \b
    Example:
      cardtrail appoint my settler --new my/keys/settler-2.key
    """
    from cardtrail.cli.results import show_done
    from cardtrail.cli.role_keys import signers
    from cardtrail.cli.session import open_session
    from cardtrail.client.build import sign
    from cardtrail.signing.keys import SecretKey
    from cardtrail.wire.commands import Appoint
    from cardtrail.wire.roles import Role

    if len(keys_named) + len(new_files) < threshold:
        raise click.UsageError("name at least as many keys as must sign, as KEY or with --new FILE")
    made = {file: SecretKey.generate() for file in new_files}
    public = tuple(sorted({*keys_named, *(key.public for key in made.values())}))
    with open_session(ledger) as session:
        appointed = Role[role.upper()]
        known = appointed in session.info.authorities
        appointer = Role[(by or (role if known else "issuer")).upper()]
        own = signers(session, appointer, keys)
        sequence = session.info.sequence(appointer)
        body = Appoint(session.network, session.ends_ms(), appointer, sequence, appointed, public, threshold)
        written: list[Path] = []
        with removed_if_refused(written):
            _keep(made, written)
            answer = session.submit(sign(body, *own))
        text = f"{role}: {threshold} of {len(public)} keys sign from now on · 已更换密钥"
        show_done(session, answer, text, as_json=as_json, receipt_file=receipt_file)


@click.command()
@ledger_argument
@click.argument("amount", metavar="AMOUNT")
@click.option("--statement", required=True, help="The bank's statement; only its SHA-256 goes on the ledger.")
@click.option("--currency", default="CNY", show_default=True, help="An ISO 4217 code.")
@_common
def attest(
    ledger: str,
    amount: str,
    statement: str,
    currency: str,
    keys: Path | None,
    receipt_file: Path | None,
    as_json: bool,
) -> None:
    """State, as the custodian, the deposit that is kept for the cards in circulation.

    \b
    Example:
      cardtrail attest spring-ledger 120000.00 --statement BANK-2026-Q1
    """
    from cardtrail.cli.results import show_done
    from cardtrail.cli.role_keys import signers
    from cardtrail.cli.session import open_session
    from cardtrail.client.build import sign
    from cardtrail.wire.commands import Attest
    from cardtrail.wire.money import format_money
    from cardtrail.wire.roles import Role

    if re.fullmatch("[A-Z]{3}", currency) is None:
        raise click.BadParameter(f"{currency!r} is no currency; write its three capital letters, such as CNY")
    minor = amount_of(amount, currency)
    with open_session(ledger) as session:
        custodian = signers(session, Role.CUSTODIAN, keys)
        sequence = session.info.sequence(Role.CUSTODIAN)
        as_of_ms = session.clock()
        body = Attest(
            session.network, session.ends_ms(), sequence, currency, minor, as_of_ms, reference_hash(statement)
        )
        answer = session.submit(sign(body, *custodian))
        text = f"deposit stated: {format_money(minor, currency)} · 已声明存管资金"
        show_done(session, answer, text, as_json=as_json, receipt_file=receipt_file)


def _act(
    ledger: str,
    card: int,
    role: str,
    body: Callable[[Any, tuple[bytes, int, int, int], str], tuple[Any, str]],
    *,
    keys: Path | None,
    receipt_file: Path | None,
    as_json: bool,
) -> None:
    """One command of a role about one card.

    body   makes it, given what every such command begins with and the card's currency, and says what it does
    """
    from cardtrail.cli.results import number_of, show_done
    from cardtrail.cli.role_keys import signers
    from cardtrail.cli.session import open_session
    from cardtrail.client.build import sign
    from cardtrail.wire.roles import Role

    with open_session(ledger) as session:
        record = session.card(card)
        own = signers(session, Role[role.upper()], keys)
        about = (session.network, session.ends_ms(), card, record.version)
        command, text = body(session, about, session.product(record).terms.currency)
        answer = session.submit(sign(command, *own))
        show_done(
            session,
            answer,
            f"card {number_of(card)} {text}",
            as_json=as_json,
            receipt_file=receipt_file,
            serials=(card,),
        )


def _keep(made: Mapping[Path, SecretKey], written: list[Path]) -> None:
    """Write new keys down before they are appointed. Raises `click.BadParameter` rather than replace a file.

    written   gets the files that were made
    """
    from cardtrail.signing.keyfile import write_key

    for file, key in made.items():
        try:
            write_key(file, key)
            written.append(file)
        except FileExistsError:
            raise click.BadParameter(
                f"{file} exists already, and keys are never overwritten; name another file"
            ) from None
