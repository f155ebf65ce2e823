"""What is asked for: the kinds of actions, before anybody has confirmed them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any


@dataclass(frozen=True, slots=True)
class Order:
    """One action to confirm.

    kind         a key of `kinds.KINDS`
    serial       the card, none where there is none yet
    parameters   JSON values; what each kind takes stands with it in `kinds`
    secret       a code's or link's secret, kept apart from everything that is readable. Its repr hides it
    waits        it is not taken up until it is let go (`actions.waiting`): what was agreed to for the case that
                 something else comes first, such as the delivery of a card for its payment
    """

    kind: str
    serial: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    secret: bytes | None = field(default=None, repr=False)
    waits: bool = False

    def evidence(self) -> dict[str, Any]:
        """What of it goes into the evidence: a secret only as its hash."""
        said: dict[str, Any] = {
            "kind": self.kind,
            "serial": self.serial,
            "parameters": dict(self.parameters),
            "secret_sha256": None if self.secret is None else sha256(self.secret).hexdigest(),
        }
        if self.waits:
            said["waits"] = True
        return said
