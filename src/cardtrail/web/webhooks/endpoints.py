"""Adding and changing endpoints."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from cardtrail.web.accounts.models import Person
from cardtrail.web.webhooks.addresses import parse_url, resolve
from cardtrail.web.webhooks.event_types import EVENT_TYPES
from cardtrail.web.webhooks.models import Endpoint
from cardtrail.web.webhooks.sealing import new_secret, seal


def add_endpoint(
    *,
    url: str,
    description: str,
    event_types: Iterable[str],
    created_by: Person,
    now_ms: int,
    id: uuid.UUID | None = None,
) -> tuple[Endpoint, str]:
    """A new endpoint and its signing secret, which cannot be had again.

    id   chosen by the caller where a repeat must not make a second one

    Raises `SendFailed` for an address that nothing may be sent to, `ValueError` for a type that does not exist.
    """
    check_address(url)
    secret = new_secret()
    endpoint_id = id or uuid.uuid4()
    endpoint = Endpoint.objects.create(
        id=endpoint_id,
        url=url,
        description=description,
        event_types=known_types(event_types),
        secret=seal(endpoint_id, secret),
        created_ms=now_ms,
        created_by=created_by,
    )
    return endpoint, secret


def check_address(url: str) -> None:
    """Raise `SendFailed` for an address that nothing may be sent to, as far as can be told today."""
    resolve(parse_url(url))


def known_types(names: Iterable[str]) -> list[str]:
    """The names in the order of `EVENT_TYPES`, each once. Raises `ValueError` for one that does not exist."""
    wanted = set(names)
    if foreign := wanted - set(EVENT_TYPES):
        raise ValueError(f"no such types of event: {', '.join(sorted(foreign))}")
    return [name for name in EVENT_TYPES if name in wanted]
