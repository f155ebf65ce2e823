"""Card codes: 24 Crockford base32 characters (120 random bits) and a check character; the seed of a card's first key.

Alphabet and check symbol: D. Crockford, "Base 32", https://www.crockford.com/base32.html. The check symbol is
the number modulo 37, the smallest prime above 32: it catches every wrong character and every pair of
neighbours exchanged.
"""

from __future__ import annotations

import secrets
import unicodedata

from cardtrail.signing.hkdf import hkdf_sha256
from cardtrail.signing.keys import SecretKey

CODE_CHARS = 24
CODE_BITS = 5 * CODE_CHARS
CODE_BYTES = CODE_BITS // 8
GROUP_CHARS = 5

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHECKS = _ALPHABET + "*~$=U"
_VALUES = {char: value for value, char in enumerate(_ALPHABET)}
_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0"})
_SEPARATORS = dict.fromkeys(map(ord, " -\t\r\n\u2010\u2011\u2012\u2013\u2014\u2212"))
_PURPOSE = b"cardtrail/v1/code\x00"


class CodeError(ValueError):
    """A text that is not a card code. The message says what is wrong with it and never repeats any of it."""


class CardCode:
    """A code. Its repr and str hide it; `text` and `grouped` give it away, for printing and nothing else."""

    __slots__ = ("_number",)

    def __init__(self, number: int) -> None:
        if not 0 <= number < 1 << CODE_BITS:
            raise CodeError(f"a card code stands for {CODE_BITS} bits")
        self._number = number

    @classmethod
    def generate(cls) -> CardCode:
        """A new code from the operating system's randomness."""
        return cls(secrets.randbits(CODE_BITS))

    @classmethod
    def parse(cls, text: str) -> CardCode:
        """The code a person typed: any case, any dashes and spaces, I and L for 1, O for 0, full-width characters.

        Raises `CodeError`.
        """
        if len(text) > 8 * CODE_CHARS:
            raise CodeError("this is too long for a card code")
        # Chinese input methods write full-width letters and digits; compatibility normalisation undoes that.
        typed = unicodedata.normalize("NFKC", text).translate(_SEPARATORS)
        if not typed.isascii():
            raise CodeError("a card code has Latin letters and digits only")
        chars = typed.upper().translate(_MISREAD)
        if len(chars) != CODE_CHARS + 1:
            raise CodeError(f"a card code has {CODE_CHARS + 1} characters, this has {len(chars)}")
        number = 0
        for place, char in enumerate(chars[:-1], 1):
            if char not in _VALUES:
                raise CodeError(f"character {place} cannot be part of a card code")
            number = number << 5 | _VALUES[char]
        if _CHECKS[number % len(_CHECKS)] != chars[-1]:
            raise CodeError("the last character does not fit the others; one of them is mistyped")
        return cls(number)

    @property
    def text(self) -> str:
        """The code in its one normal form: 24 characters and the check character."""
        chars = "".join(_ALPHABET[self._number >> shift & 31] for shift in range(CODE_BITS - 5, -1, -5))
        return chars + _CHECKS[self._number % len(_CHECKS)]

    @property
    def grouped(self) -> str:
        """The code as it is printed: five groups of five."""
        text = self.text
        return "-".join(text[i : i + GROUP_CHARS] for i in range(0, len(text), GROUP_CHARS))

    @property
    def secret(self) -> bytes:
        """The 15 secret bytes."""
        return self._number.to_bytes(CODE_BYTES, "big")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CardCode) and secrets.compare_digest(self.secret, other.secret)

    def __hash__(self) -> int:
        return hash(self._number)

    def __repr__(self) -> str:
        return "CardCode(hidden)"


def code_key(code: CardCode, network: bytes, serial: int) -> SecretKey:
    """The key that owns a card until its code is used.

    HKDF-SHA256 of the code's 15 bytes, with info `cardtrail/v1/code`, a zero byte, network, serial in 8 bytes
    big-endian: a code leaked from one ledger or printed on the wrong card opens nothing.
    """
    return SecretKey(hkdf_sha256(code.secret, info=_PURPOSE + network + serial.to_bytes(8, "big")))
