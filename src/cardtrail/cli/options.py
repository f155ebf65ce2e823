"""Arguments and options that several verbs share, and how people write what they take."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import click

from cardtrail.cli.outputs import RECEIPT_FILE
from cardtrail.wire.identifiers import parse_card_number
from cardtrail.wire.money import parse_money
from cardtrail.wire.scalars import NO_HASH

F = TypeVar("F", bound=Callable[..., Any])

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

_LENGTHS = {"m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}


class _Card(click.ParamType[int]):
    """A card by its printed number (16 digits, spaces allowed) or its serial."""

    name = "card"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return parse_card_number(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _Length(click.ParamType[int]):
    """A length of time such as 30m, 12h or 7d, in milliseconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"([1-9][0-9]{0,4})([mhd])", value)
        if match is None:
            self.fail(f"{value!r} is not a length of time; write it like 30m, 12h or 7d", param, ctx)
        return int(match[1]) * _LENGTHS[match[2]]


class _PublicKey(click.ParamType[bytes]):
    """A public key as 64 hexadecimal digits."""

    name = "key"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bytes:
        if isinstance(value, bytes):
            return value
        if re.fullmatch(r"[0-9a-fA-F]{64}", value) is None:
            self.fail(f"{value!r} is not a public key; it is 64 hexadecimal digits", param, ctx)
        return bytes.fromhex(value)


class _To(click.ParamType[tuple[bytes, bytes]]):
    """Where a card goes: an owner key, and for named cards a colon and the hash of the identity envelope."""

    name = "address"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[bytes, bytes]:
        if isinstance(value, tuple):
            return value
        if re.fullmatch(r"[0-9a-fA-F]{64}(:[0-9a-fA-F]{64})?", value) is None:
            self.fail("that is no address of a wallet; get one with: cardtrail wallet key", param, ctx)
        owner, _, envelope = value.partition(":")
        return bytes.fromhex(owner), bytes.fromhex(envelope) or NO_HASH


CARD = _Card()
LENGTH = _Length()
PUBLIC_KEY = _PublicKey()
TO = _To()
FILE = click.Path(dir_okay=False, path_type=Path)
EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)

ledger_argument = click.argument("ledger", metavar="LEDGER")
ledger_directory_argument = click.argument("directory", metavar="DIR", type=FOLDER)
card_argument = click.argument("card", metavar="CARD", type=CARD)
AS_JSON = "cardtrail.json"
"""Where the context notes that the answer is to be JSON, for whoever tells of a refusal."""


def _note_json(ctx: click.Context, param: click.Parameter, value: bool) -> bool:
    ctx.meta[AS_JSON] = value
    return value


json_option = click.option(
    "--json", "as_json", is_flag=True, callback=_note_json, help="Print one JSON document instead of text."
)
keys_option = click.option(
    "--keys", type=FOLDER, help="Where the role's key files lie (default: the ledger's own keys)."
)
wallet_option = click.option(
    "--wallet", "wallet_file", type=EXISTING_FILE, required=True, help="Your wallet's file."
)
identity_option = click.option(
    "--identity",
    "identity",
    multiple=True,
    metavar="NAME=VALUE",
    help="Who you are, for named cards; only a salted hash goes on the ledger. Repeatable.",
)
clearer_option = click.option(
    "--clearer",
    "clearer_keys",
    type=FOLDER,
    help="Key files of the clearer, where the product's terms ask for a clearance.",
)
vkey_option = click.option(
    "--vkey",
    "vkey_file",
    type=EXISTING_FILE,
    help="The log's verifier key, `log.vkey`, got from somebody you trust.",
)
receipt_option = click.option(
    "--receipt",
    "receipt_file",
    type=RECEIPT_FILE,
    help="Wait for the checkpoint and write the receipt there; replaces nothing but a receipt.",
)


def together(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one decorator; they are listed in this order."""

    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def amount_of(text: str, currency: str) -> int:
    """What a person typed, in minor units and more than nothing."""
    try:
        amount = parse_money(text, currency)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    if amount == 0:
        raise click.BadParameter(f"{text!r} is nothing; the amount must be more than zero")
    return amount


def fields_of(identity: tuple[str, ...]) -> dict[str, str] | None:
    """What `--identity` was given; none where it was not."""
    fields = {}
    for pair in identity:
        name, equals, value = pair.partition("=")
        if not (name and equals and value):
            raise click.BadParameter("an identity is given as NAME=VALUE, such as --identity name=王芳")
        fields[name] = value
    return fields or None


def reference_hash(text: str | None) -> bytes:
    """How a command refers to an order or a case kept elsewhere: by SHA-256 of its name. Zeroes where there is none."""
    return NO_HASH if text is None else sha256(text.encode(errors="surrogateescape")).digest()
