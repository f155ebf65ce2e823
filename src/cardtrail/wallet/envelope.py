"""Identity envelopes: who a card's new owner is, kept off the ledger. A command carries only the envelope's hash.

The hash is SHA-256 over the canonical msgpack array `[schema, salt, [[name, value], ...]]`, fields sorted by
name. Without the 32 random bytes of salt anybody could try out names and telephone numbers; with them the hash
tells nothing, and two cards of one person have nothing in common. Whoever keeps the envelope can later show
it, and the hash proves it.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated

from msgspec import Meta

from cardtrail.wire.codec import Codec, encode
from cardtrail.wire.record import Record

HOLDER = "cardtrail/v1/holder"
SALT_BYTES = 32
MAX_FIELDS = 32

FieldName = Annotated[str, Meta(min_length=1, max_length=64)]
FieldValue = Annotated[str, Meta(max_length=1024)]


class Envelope(Record):
    """What is known of a holder. Its repr shows the names of the fields and nothing of their values.

    schema   what the fields mean
    fields   (name, value), sorted by name, no name twice; texts in Unicode normal form C
    """

    schema: FieldName
    salt: Annotated[bytes, Meta(min_length=SALT_BYTES, max_length=SALT_BYTES)]
    fields: Annotated[tuple[tuple[FieldName, FieldValue], ...], Meta(max_length=MAX_FIELDS)]

    @property
    def hash(self) -> bytes:
        """What goes on the ledger."""
        return sha256(encode(self)).digest()

    def __repr__(self) -> str:
        return f"Envelope({self.schema!r}, fields={[name for name, _ in self.fields]})"


_CODEC: Codec[Envelope] = Codec(Envelope)


def fill_envelope(fields: Mapping[str, str], *, schema: str = HOLDER, salt: bytes | None = None) -> Envelope:
    """An envelope with these fields and a new salt (a given one only to make an envelope again). Raises
    `ValueError`.
    """
    normal = {_normal(name): _normal(value) for name, value in fields.items()}
    if len(normal) != len(fields):
        raise ValueError("two fields of the envelope have the same name")
    envelope = Envelope(schema, salt or secrets.token_bytes(SALT_BYTES), tuple(sorted(normal.items())))
    return _CODEC.decode(encode(envelope))


def open_envelope(data: bytes) -> Envelope:
    """The envelope in these bytes. Raises `ValueError` for anything `fill_envelope` would not make."""
    envelope = _CODEC.decode(data)
    again = fill_envelope(dict(envelope.fields), schema=envelope.schema, salt=envelope.salt)
    if again != envelope:
        raise ValueError("the envelope's fields are not sorted, or not in normal form")
    return envelope


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)
