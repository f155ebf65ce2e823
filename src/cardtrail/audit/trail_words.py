"""What a command did, and who signed it, in a few words for people."""

from __future__ import annotations

from cardtrail.audit.report import moment
from cardtrail.wire.commands import (
    Activate,
    Body,
    Freeze,
    Hold,
    Issue,
    Merge,
    Rebind,
    Redeem,
    Refund,
    Release,
    Return,
    Split,
    Transfer,
    Unfreeze,
    Void,
    kind_of,
)
from cardtrail.wire.money import format_money
from cardtrail.wire.roles import Role

_KEY_DIGITS = 8
_KEYS_NAMED = 2


def short_key(key: bytes) -> str:
    """The beginning of a key, enough to tell the keys of one trail apart."""
    return f"key {key.hex()[:_KEY_DIGITS]}"


def money(amount_minor: int, currency: str | None) -> str:
    """An amount; in bare minor units if the currency is not known."""
    return f"{amount_minor:,} minor units" if currency is None else format_money(amount_minor, currency)


def signed_by(body: Body, signers: tuple[bytes, ...], release: bytes | Role | None) -> str:
    """Who signed: the role where one acted, and the beginning of each key.

    release  who could release the card before the command, which may be a role
    """
    role: Role | None = None
    if isinstance(body, Issue | Activate | Refund | Void | Rebind):
        role = Role.ISSUER
    elif isinstance(body, Freeze | Unfreeze):
        role = body.by
    elif isinstance(body, Release | Return) and isinstance(release, Role):
        role = release
    keys = ", ".join(map(short_key, signers[:_KEYS_NAMED]))
    if len(signers) > _KEYS_NAMED:
        keys += f" and {len(signers) - _KEYS_NAMED} more"
    return keys if role is None else f"{role.name.lower()}, {keys}"


def say(body: Body, hop: int | None, currency: str | None) -> str:
    """What the command did to the card.

    hop  of the card before it: the first transfer of a card is its claim
    """
    if isinstance(body, Transfer):
        return f"{'Claimed' if hop == 0 else 'Passed on'} to {short_key(body.owner)}"
    if isinstance(body, Hold):
        return _say_hold(body, currency)
    if isinstance(body, Split):
        return f"Split into {len(body.amounts_minor)} cards"
    if isinstance(body, Merge):
        return f"{len(body.cards)} cards merged into one"
    return _say_amount(body, currency) or _say_state(body)


def _say_hold(body: Hold, currency: str | None) -> str:
    to = f"the {body.release.name.lower()}" if isinstance(body.release, Role) else short_key(body.release)
    if body.price_minor is None:
        return f"Set aside for {to} until {moment(body.until_ms)}"
    return f"Up for sale at {money(body.price_minor, currency)} until {moment(body.until_ms)}"


def _say_amount(body: Body, currency: str | None) -> str | None:
    if isinstance(body, Issue):
        return f"Issued with {money(body.face_minor, currency)}"
    if isinstance(body, Redeem):
        return f"Paid {money(body.amount_minor, currency)}"
    return f"Refunded {money(body.amount_minor, currency)}" if isinstance(body, Refund) else None


def _say_state(body: Body) -> str:
    if isinstance(body, Release):
        return f"Released to {short_key(body.owner)}"
    if isinstance(body, Freeze | Unfreeze | Void):
        verb = {"freeze": "Frozen", "unfreeze": "Unfrozen", "void": "Voided"}[kind_of(body)]
        return f"{verb}: {body.cause.name.lower().replace('_', ' ')}, case {body.case.hex()[:_KEY_DIGITS]}"
    if isinstance(body, Rebind):
        return f"Reported lost: set aside for {short_key(body.release)}, case {body.case.hex()[:_KEY_DIGITS]}"
    return {"activate": "Activated", "return": "Returned to its owner"}.get(kind_of(body), kind_of(body))
