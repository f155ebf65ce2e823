"""What penalties say of a seller whose card somebody buys. Risk was asked about the seller when they offered it, and a
purchase asks about the buyer; a penalty that began since, on this account or on one that belongs with it, counts at
once, and so does its end. What follows from it is for the same rules to say as at offering."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from cardtrail.risk.conditions import Above, All, Below, Condition, Is, Ramp
from cardtrail.risk.decide import decide
from cardtrail.risk.port import Act, Outcome, Question
from cardtrail.risk.rules import RuleSet
from cardtrail.risk.signals import Signals
from cardtrail.web.accounts.models import Person
from cardtrail.web.risks.penalties import weigh
from cardtrail.web.risks.standing import standing_rules
from cardtrail.web.ui.clock import now_ms

log = logging.getLogger(__name__)

_OF_PENALTIES: Final = frozenset(("penalised_person", "penalised_kinds"))


@dataclass(frozen=True, slots=True)
class Reach:
    """How far penalties reach a seller.

    stops    nothing of theirs is sold now: what rules refuse, and what they would have a person look at
    careful  they would have to prove who they are, and are not there: what they sell is treated with the most care
    """

    stops: bool = False
    careful: bool = False


def reach_of(seller: Person) -> Reach:
    """What penalties and the rules about them say of somebody's sales now. If the rules cannot be read, a seller whom
    any penalty reaches sells nothing."""
    penalised, kinds = weigh(seller, Act.LIST)
    if not penalised and not kinds:
        return Reach()
    try:
        outcome = _outcome(standing_rules(), seller, penalised, kinds)
    except ValueError:
        log.exception("the rules about penalties cannot be read")
        outcome = Outcome.BLOCK
    # A penalty of their own needs no rule.
    stops = penalised or outcome in (Outcome.HOLD, Outcome.BLOCK)
    return Reach(stops=stops, careful=outcome is Outcome.STEP_UP)


def _outcome(rules: RuleSet, seller: Person, penalised: bool, kinds: int) -> Outcome:
    about_them = tuple(rule for rule in rules.rules if _signals(rule.when) <= _OF_PENALTIES)
    signals = Signals(currency=rules.currency, penalised_person=penalised, penalised_kinds=kinds)
    question = Question(person=str(seller.pk), act=Act.LIST, serial=None, at_ms=now_ms(), signals=signals)
    return decide(replace(rules, rules=about_them), question).outcome


def _signals(condition: Condition) -> frozenset[str]:
    """What a condition looks at."""
    match condition:
        case Above(measure=measure, limit=Ramp(of=of)):
            return frozenset((measure, of))
        case Above(measure=name) | Below(measure=name) | Is(fact=name):
            return frozenset((name,))
        case All(of=parts):
            return frozenset().union(*map(_signals, parts))
