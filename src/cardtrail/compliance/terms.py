"""Terms of a product, before it is defined: what they may not say."""

from __future__ import annotations

from dataclasses import dataclass

from cardtrail.compliance.faces import YUAN, check_currency, check_face
from cardtrail.compliance.refusal import Refused, refused
from cardtrail.compliance.rules import Rule
from cardtrail.compliance.validity import check_validity
from cardtrail.wire.words import Words


@dataclass(frozen=True, slots=True)
class TermsDraft:
    """What a product is to allow, as far as the law looks at it.

    faces_fen           face values it is issued with
    face_limit_fen      the most one card may bear, however it came about
    validity_ms         from activation; none: unlimited
    assignable          its cards can be passed on, at least as a gift
    assignment_reason   why not, in the words of whoever drafts it: a ban without a reason is unreasonable, one with a
                        reason is for people to judge
    replaces_lost       a lost named card is replaced
    refunds             money comes back where the law says so
    """

    currency: str
    named: bool
    faces_fen: tuple[int, ...]
    face_limit_fen: int
    validity_ms: int | None
    assignable: bool
    assignment_reason: str
    replaces_lost: bool
    refunds: bool


def check_terms(draft: TermsDraft) -> Refused | None:
    """The first rule that stands against the draft."""
    return next(iter(flaws_of_terms(draft)), None)


def flaws_of_terms(draft: TermsDraft) -> tuple[Refused, ...]:
    """Every rule that stands against the draft, for a form that shows them all."""
    found = [check_currency(draft.named, draft.currency), check_validity(draft.named, draft.validity_ms)]
    if draft.currency == YUAN:  # Another currency's amounts are no fen.
        found.append(check_face(draft.named, max(draft.face_limit_fen, *draft.faces_fen, 0)))
    found += [_check_assignment(draft), _check_replacement(draft), _check_refunds(draft)]
    return tuple(refusal for refusal in found if refusal is not None)


def _check_assignment(draft: TermsDraft) -> Refused | None:
    if draft.assignable or draft.assignment_reason.strip(" \t\r\n\u3000"):
        return None
    return refused(
        Rule.TERMS_ASSIGNMENT,
        Words(
            "条款禁止转让却未说明理由，属无效条款。请允许赠送，或写明合理理由。",
            "The terms forbid passing the card on and give no reason; such a term is void. Allow gifts, or state a "
            "reason that holds.",
        ),
    )


def _check_replacement(draft: TermsDraft) -> Refused | None:
    if draft.replaces_lost or not draft.named:
        return None
    return refused(
        Rule.TERMS_REPLACEMENT,
        Words(
            "条款拒绝补办遗失的记名卡，属无效条款。请允许挂失补办。",
            "The terms refuse to replace a lost named card; such a term is void. Allow loss reports.",
        ),
    )


def _check_refunds(draft: TermsDraft) -> Refused | None:
    if draft.refunds:
        return None
    return refused(
        Rule.TERMS_REFUND,
        Words(
            "条款排除退款，属无效条款。请删去。",
            "The terms exclude refunds; such a term is void. Leave it out.",
        ),
    )
