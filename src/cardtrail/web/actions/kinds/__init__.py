"""What each kind of action says to the ledger, and with which keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cardtrail.web.actions.kinds import holder, issuer
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
