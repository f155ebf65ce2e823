"""The port: a question, and the verdict on it."""

from __future__ import annotations

import enum

from cardtrail.risk.signals import Signals
from cardtrail.risk.value import Value
from cardtrail.wire.scalars import Millis, Serial
from cardtrail.wire.words import Words


class Act(enum.StrEnum):
    """What somebody wants to do.

    LIST, GIVE  a holder offers a card for sale, or gives it away
    BUY         somebody is about to pay for a card; asked about the buyer
    DELIVER     it was paid for and is about to become the buyer's; asked about the buyer once more
    RETURN      a holder hands a card back to the brand
    """

    LIST = "list"
    GIVE = "give"
    BUY = "buy"
    DELIVER = "deliver"
    RETURN = "return"


class Outcome(enum.StrEnum):
    """What follows, from the mildest to the gravest.

    STEP_UP   the person proves once more, by passkey or authenticator app, who they are; then it is asked again
    HOLD      it waits for a person's decision, or for the time that `clears_ms` names
    BLOCK     no
    """

    ALLOW = "allow"
    STEP_UP = "step_up"
    HOLD = "hold"
    BLOCK = "block"

    @property
    def gravity(self) -> int:
        """0 for allow, up to 3 for block."""
        return _GRAVITY[self]


_GRAVITY = {outcome: place for place, outcome in enumerate(Outcome)}


class Question(Value):
    """Who wants to do what, with which card, and what is known about it."""

    person: str
    act: Act
    serial: Serial | None
    at_ms: Millis
    signals: Signals


class Reason(Value):
    """One rule that did not simply let it pass.

    code       the rule's
    outcome    what it asks for; for a step-up that has been made already, allow
    unknown    it could not be told whether the rule applies, and this follows from not knowing
    words      for the person, its places filled
    clears_ms  when it would no longer apply if nothing but time passed; none: time alone does not help
    """

    code: str
    outcome: Outcome
    unknown: bool
    words: Words
    clears_ms: int | None = None


class Verdict(Value):
    """The answer.

    reasons    the gravest first; empty for a plain allow
    values     every value that was known, and the limits it was compared with, by name
    rules      version of the rules; 0: risk itself failed
    clears_ms  when it would be allowed, or allowed with a step-up, if nothing but time passed
    """

    outcome: Outcome
    reasons: tuple[Reason, ...]
    values: dict[str, int | str]
    rules: int
    clears_ms: int | None = None

    @property
    def allowed(self) -> bool:
        """Whether it may go on now."""
        return self.outcome is Outcome.ALLOW

    @property
    def decisive(self) -> tuple[Reason, ...]:
        """The reasons that weigh as much as the answer. A rule that would have asked for less, for a proof of identity
        say, asks nobody for anything while a graver one stands."""
        return tuple(reason for reason in self.reasons if reason.outcome is self.outcome) or self.reasons
