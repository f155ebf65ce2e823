"""The terms a batch's products get when they are not defined yet, and the law they come from.

MOFCOM Order 9 of 2012, as amended by Order 2 of 2016: an anonymous card bears at most 1,000 yuan and is valid
for at least three years; a named one bears at most 5,000 yuan, is valid without limit, and its holder is
known. Both can be passed on (法释〔2025〕4号 Art. 9 and 11).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click
from msgspec.structs import replace

from cardtrail.cli.options import DAY_MS, HOUR_MS, amount_of
from cardtrail.wire.products import BASIS_POINTS, CLEARABLE, Terms, Transferable

CURRENCY = "CNY"
USUAL_FACES_MINOR = (10_000, 50_000, 100_000)
ANONYMOUS_LIMIT_MINOR = 100_000
NAMED_LIMIT_MINOR = 500_000
ANONYMOUS_VALIDITY_MS = (3 * 365 + 1) * DAY_MS
"""Three years, whichever of them is a leap year."""

COOLING_OFF_MS = 24 * HOUR_MS
MAX_HOPS = 20
HOLD_LIMIT_MS = 30 * DAY_MS
REBIND_DELAY_MS = 7 * DAY_MS


def face_limit_minor(*, named: bool) -> int:
    """The most that a card of this kind may bear."""
    return NAMED_LIMIT_MINOR if named else ANONYMOUS_LIMIT_MINOR


def usual_terms(faces_minor: Iterable[int], *, named: bool) -> Terms:
    """Cards that can be given, sold up to their balance, split and merged.

    A named card, which may bear much and whose holders are known, rests for a day after its activation, and
    is set aside and released only with the clearer's word.
    """
    return Terms(
        currency=CURRENCY,
        faces=tuple(sorted({*faces_minor, *USUAL_FACES_MINOR})),
        face_limit_minor=face_limit_minor(named=named),
        named=named,
        transferable=Transferable.SALE,
        cooling_off_ms=COOLING_OFF_MS if named else 0,
        resale_cap_bp=BASIS_POINTS,
        max_hops=MAX_HOPS,
        clearance=("hold", "release") if named else (),
        split=True,
        merge=True,
        validity_ms=None if named else ANONYMOUS_VALIDITY_MS,
        hold_limit_ms=HOLD_LIMIT_MS,
        rebind_delay_ms=REBIND_DELAY_MS,
    )


_FIELDS = {
    "cooling_off": "cooling_off_ms",
    "hold_limit": "hold_limit_ms",
    "rebind_delay": "rebind_delay_ms",
    "validity": "validity_ms",
    "max_hops": "max_hops",
    "split": "split",
    "merge": "merge",
}


def changed_terms(
    faces: Sequence[str], cleared: Sequence[str], *, named: bool, changes: Mapping[str, int | bool | None]
) -> Terms:
    """The usual terms with what a person asked for instead. Raises `click.BadParameter`.

    faces     exactly these, as people write amounts
    cleared   the verbs that need a clearance; none: as usual
    changes   options by name; none: as usual
    """
    amounts = tuple(sorted({amount_of(face, CURRENCY) for face in faces}))
    limit = face_limit_minor(named=named)
    if amounts[-1] > limit:
        raise click.BadParameter(
            f"{'a named' if named else 'an anonymous'} card bears at most {limit // 100:,} yuan"
        )
    unknown = sorted(set(cleared) - CLEARABLE)
    if unknown:
        raise click.BadParameter(
            f"no verb {unknown[0]!r} can need a clearance; these can: {', '.join(sorted(CLEARABLE))}"
        )
    fields: dict[str, Any] = {
        _FIELDS[name]: value for name, value in changes.items() if name in _FIELDS and value is not None
    }
    if changes.get("resale_cap") is not None:
        fields["resale_cap_bp"] = int(changes["resale_cap"] or 0) * BASIS_POINTS // 100
    if cleared:
        fields["clearance"] = tuple(sorted(set(cleared)))
    return replace(usual_terms((), named=named), faces=amounts, **fields)
