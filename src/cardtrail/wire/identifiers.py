"""Names of things: command ids, printed card numbers, network ids."""

from __future__ import annotations

from hashlib import sha256

from cardtrail.wire.scalars import NETWORK_BYTES

CARD_NUMBER_DIGITS = 16
MAX_PRINTABLE_SERIAL = 10 ** (CARD_NUMBER_DIGITS - 1) - 1


def command_id(body: bytes) -> bytes:
    """SHA-256 of the signed body: who signs, or in which order, does not change what was asked."""
    return sha256(body).digest()


def card_number(serial: int) -> str:
    """The number printed on a card: its serial in 15 digits and a Luhn check digit (ISO/IEC 7812-1, Annex B).
    No secret.
    """
    if not 0 <= serial <= MAX_PRINTABLE_SERIAL:
        raise ValueError(f"serial {serial} has no card number; it must be from 0 to {MAX_PRINTABLE_SERIAL}")
    digits = f"{serial:0{CARD_NUMBER_DIGITS - 1}d}"
    return digits + str(_luhn(digits))


def group_digits(number: str) -> str:
    """A card number as it is printed, in groups of four."""
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))


def parse_card_number(text: str) -> int:
    """The serial of a printed number, or of a plain serial: up to 15 digits without spaces, dashes and leading
    zeros, so that a printed number with a digit left out does not name another card. Raises `ValueError` saying
    what is wrong.
    """
    digits = text.replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > CARD_NUMBER_DIGITS:
        raise ValueError(f"{text!r} is not a card number; it has {CARD_NUMBER_DIGITS} digits")
    if len(digits) < CARD_NUMBER_DIGITS:
        if digits != text or (digits[0] == "0" and digits != "0"):
            raise ValueError(
                f"{text!r} is not a card number: it has {len(digits)} digits of {CARD_NUMBER_DIGITS}; type all of "
                "them, or a serial without spaces, dashes and leading zeros"
            )
        return int(digits)
    if str(_luhn(digits[:-1])) != digits[-1]:
        raise ValueError(
            f"{text!r} is not a card number: its last digit does not fit, so one digit is mistyped"
        )
    return int(digits[:-1])


def _luhn(digits: str) -> int:
    total = 0
    for position, char in enumerate(reversed(digits)):
        value = int(char) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return -total % 10


def parse_network(text: str) -> bytes:
    """A network id from its hexadecimal form. Raises `ValueError`."""
    try:
        network = bytes.fromhex(text)
    except ValueError:
        network = b""
    if len(network) != NETWORK_BYTES:
        raise ValueError(f"{text!r} is not a network id; it is {2 * NETWORK_BYTES} hexadecimal digits")
    return network
