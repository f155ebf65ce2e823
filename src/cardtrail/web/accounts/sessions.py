"""The sessions' store. A copy of the database alone takes over nobody's session: it holds only a hash of what is in
the browser's cookie.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

_KEPT_CHARACTERS = 40  # As long as Django's column; 160 bits.


def kept(key: str) -> str:
    """What the database knows of a session's key. The key has 165 random bits: nobody finds it from its hash."""
    return hashlib.sha256(key.encode()).hexdigest()[:_KEPT_CHARACTERS]


def end(kept_key: str) -> None:
    """End the session that the database knows by this."""
    Session.objects.filter(session_key=kept_key).delete()


class SessionStore(db.SessionStore):
    """Django's database store, with `kept(key)` in the place of the key."""

    def _get_session_from_db(self) -> Session | None:
        key = self.session_key
        found = None
        if key is not None:
            now = timezone.now()
            found = Session.objects.filter(session_key=kept(key), expire_date__gt=now).first()
        if found is None:
            self._session_key = None
        return found

    def exists(self, session_key: str) -> bool:
        """Whether there is a session with this key."""
        return Session.objects.filter(session_key=kept(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row to be saved."""
        return Session(
            session_key=kept(self._get_or_create_session_key()),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
        )

    def delete(self, session_key: str | None = None) -> None:
        """End a session, this one if none is named."""
        key = self.session_key if session_key is None else session_key
        if key is not None:
            end(kept(key))
