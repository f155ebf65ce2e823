"""Who wants to know how an action ended: a domain's own rows change in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from cardtrail.web.actions.models import Action

Hook = Callable[[Action], None]

_hooks: dict[str, list[Hook]] = defaultdict(list)


def on_settled(purpose: str, hook: Hook) -> None:
    """Call this with each action, whose confirmation has this purpose, once it is done or refused, in the transaction
    that writes that down. Apps say so when they are ready."""
    if hook not in _hooks[purpose]:
        _hooks[purpose].append(hook)


def tell(action: Action) -> None:
    """Tell everybody who wants to know."""
    for hook in _hooks[action.confirmation.purpose]:
        hook(action)
