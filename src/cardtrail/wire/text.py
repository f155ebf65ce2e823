"""Names that people read: which characters may stand in them.

Python's `isprintable` and `strip` follow the Unicode tables of the interpreter that runs. A name that one replica
takes and another refuses would split the ledger, so the rule is written out here and does not move."""

from __future__ import annotations

import re

# Control characters and line breaks, the soft hyphen, marks of direction and joining, invisible operators, the byte
# order mark and its kin, surrogates: what cannot be seen, or makes a text read otherwise than it is written.
_NOT_PLAIN = re.compile(
    r"[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb]"
)


def is_plain_text(name: str) -> bool:
    """Whether a name holds none of the characters above and neither begins nor ends with a space (U+0020).
    Everything else may stand in it, whether or not Unicode has given it a meaning yet."""
    return _NOT_PLAIN.search(name) is None and name == name.strip(" ")
