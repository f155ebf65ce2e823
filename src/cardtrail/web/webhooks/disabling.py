"""Stopping an endpoint, by staff or because its receiver is gone, and starting it again."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.db import transaction

from cardtrail.web.webhooks.models import Endpoint

Hook = Callable[[Endpoint], None]

_hooks: list[Hook] = []


def on_disabled(hook: Hook) -> Hook:
    """Have a function called when an endpoint is stopped by itself, in the same transaction: to tell staff.

    Called with the endpoint once per stop; may be used as a decorator.
    """
    if hook not in _hooks:
        _hooks.append(hook)
    return hook


def disable(endpoint_id: uuid.UUID, reason: Endpoint.DisabledReason, now_ms: int) -> bool:
    """Stop an endpoint. Whether this call did it."""
    with transaction.atomic():
        changed = Endpoint.objects.filter(pk=endpoint_id, active=True).update(
            active=False, disabled_ms=now_ms, disabled_reason=reason
        )
        if changed and reason != Endpoint.DisabledReason.PAUSED:
            endpoint = Endpoint.objects.get(pk=endpoint_id)
            for hook in _hooks:
                hook(endpoint)
    return bool(changed)


def resume(endpoint_id: uuid.UUID) -> bool:
    """Start an endpoint again: what waits for it is due at once. Whether this call did it."""
    changed = Endpoint.objects.filter(pk=endpoint_id, active=False).update(
        active=True, disabled_ms=None, disabled_reason="", failing_since_ms=None
    )
    return bool(changed)
