"""Making, finding, counting and revoking API keys."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from django.db.models import F

from cardtrail.web.accounts.models import Person
from cardtrail.web.api.models import ApiKey
from cardtrail.web.api.scopes import grantable
from cardtrail.web.desk.models import Staff
from cardtrail.web.ui.clock import MINUTE_MS, now_ms

_FORM: Final = re.compile(r"(ct_[a-z2-7]{8})_[A-Za-z0-9_-]{43}")
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass(frozen=True, slots=True)
class Rate:
    """How many requests a key has had in this minute: `limit`, how many are left, seconds until it begins anew."""

    limit: int
    left: int
    reset_s: int

    @property
    def exceeded(self) -> bool:
        """Whether this request is one too many."""
        return self.left < 0


def make_key(
    person: Person, name: str, scopes: Sequence[str], origins: Sequence[str], per_minute: int = 600
) -> tuple[ApiKey, str]:
    """A new key and its secret, which cannot be had again. Raises `ValueError` for scopes its maker cannot give."""
    staff = Staff.objects.filter(person=person, active=True).first()
    granted = grantable(staff, scopes)
    if set(granted) != set(scopes) or not granted:
        raise ValueError("the maker of a key can only give it what they may do themselves")
    prefix = "ct_" + "".join(secrets.choice(_ALPHABET) for _ in range(8))
    secret = f"{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        prefix=prefix,
        digest=sha256(secret.encode()).digest(),
        name=name,
        scopes=granted,
        origins=list(origins),
        per_minute=per_minute,
        made_by=person,
        made_ms=now_ms(),
    )
    return key, secret


def find_key(secret: str) -> ApiKey | None:
    """The key that a program shows, unless it was revoked or its maker has left."""
    found = _FORM.fullmatch(secret)
    key = ApiKey.objects.select_related("made_by").filter(prefix=found[1]).first() if found else None
    digest = bytes(key.digest) if key is not None else bytes(32)
    if not hmac.compare_digest(sha256(secret.encode()).digest(), digest) or key is None:
        return None
    return None if key.revoked_ms is not None else key


def scopes_of(key: ApiKey) -> list[str]:
    """What the key may do today: what it was given, as far as its maker may still do it."""
    return grantable(Staff.objects.filter(person_id=key.made_by_id, active=True).first(), key.scopes)


def count(key: ApiKey) -> Rate:
    """Count a request."""
    now = now_ms()
    window = now - now % MINUTE_MS
    fresh = ApiKey.objects.filter(pk=key.pk, window_ms__lt=window)
    if not fresh.update(window_ms=window, used=1, last_used_ms=now):
        ApiKey.objects.filter(pk=key.pk).update(used=F("used") + 1, last_used_ms=now)
    used = ApiKey.objects.values_list("used", flat=True).get(pk=key.pk)
    return Rate(key.per_minute, key.per_minute - used, (window + MINUTE_MS - now) // 1000 + 1)


def revoke(key: ApiKey) -> None:
    """From now on the key opens nothing."""
    ApiKey.objects.filter(pk=key.pk, revoked_ms__isnull=True).update(revoked_ms=now_ms())
