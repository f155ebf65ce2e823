"""What each kind of action says to the ledger, and with which keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cardtrail.web.actions.kinds import holder, issuer, returning, settler
from cardtrail.web.actions.kinds.plan import Bench, Plan
from cardtrail.web.actions.models import Action

Build = Callable[[Action, Bench], Plan]

KINDS: Mapping[str, Build] = {
    "claim": holder.claim,
    "claim_imported": holder.claim_imported,
    "accept": holder.accept,
    "hold": holder.hold,
    "take_back": holder.take_back,
    "redeem": holder.redeem,
    "split": holder.split,
    "merge": holder.merge,
    "object": holder.object_to_rebind,
    "finish_rebind": holder.finish_rebind,
    "hold_sale": holder.hold_sale,
    "set_aside": holder.set_aside,
    "deliver": settler.deliver,
    "give_up": settler.give_up,
    "end_sale": settler.end_sale,
    "hand_in": returning.hand_in,
    "take_in": returning.take_in,
    "hand_back": returning.hand_back,
    "define": issuer.define,
    "issue": issuer.issue,
    "issue_imported": issuer.issue_imported,
    "activate": issuer.activate,
    "spend_imported": issuer.spend_imported,
    "freeze": issuer.freeze,
    "unfreeze": issuer.unfreeze,
    "void": issuer.void,
    "rebind": issuer.rebind,
    "refund": issuer.refund,
    "attest": issuer.attest,
}
"""Every kind of action."""
