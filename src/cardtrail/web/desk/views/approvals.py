"""What waits for a second member of staff: the list, one request whole, and the answer."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cardtrail.web.actions.confirm import NotAwaiting, SamePerson
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.pairs import verified
from cardtrail.web.desk import approving
from cardtrail.web.desk.access import staff_behind, staff_only
from cardtrail.web.desk.models import CASE_READERS
from cardtrail.web.desk.sections import show
from cardtrail.web.desk.steps_in_words import in_words, step_word
from cardtrail.web.desk.stock import Batch
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.texts import Text

_GONE = Text("这项申请已经处理过。", "This request was dealt with already.")
_DONE = Text("已批准并执行。", "Approved and done.")
_UNDER_WAY = Text("已批准，正在执行。", "Approved and under way.")
_REFUSED = Text("已批准，但没有办成：{reason}", "Approved, but it was not done: {reason}")
_DECLINED = Text("已拒绝，什么也没有发生。", "Declined; nothing has happened.")
_TAKEN_BACK = Text("已撤回，什么也没有发生。", "Taken back; nothing has happened.")


@staff_only()
@require_safe
def approvals(request: HttpRequest) -> HttpResponse:
    """Everything that waits and that this member of staff may see."""
    staff = staff_behind(request)
    page = page_of(approving.shown_to(staff), request)
    rows = [
        {
            "confirmation": each,
            "kind": approving.kind_word(each),
            "hindrance": approving.hindrance(staff, each),
            "own": each.person_id == staff.person_id,
        }
        for each in page
    ]
    return show(request, "desk/approvals/list.html", {"page": page, "rows": rows})


@staff_only()
@require_safe
def approval(request: HttpRequest, confirmation_id: UUID) -> HttpResponse:
    """One request whole: the words confirmed, the evidence, what it leads to."""
    staff, found = staff_behind(request), _found(request, confirmation_id)
    ruling, known = approving.ruling_behind(found), approving.declared(found)
    shown = {
        "confirmation": found,
        "kind": approving.kind_word(found),
        "own": found.person_id == staff.person_id,
        "waits": found.approved_ms is None and found.declined_ms is None,
        "hindrance": approving.hindrance(staff, found),
        "evidence": bytes(found.evidence).hex(),
        "verified": verified(found),
        "steps": in_words(found) if known is None else [known.word],
        "more": known.page(found) if known is not None and staff.may(*known.readers) else "",
        "actions": [(step_word(action.kind), action) for action in found.actions.order_by("place")[:20]],
        "ruling": ruling,
        "batch": Batch.objects.filter(issue=found).first(),
        "reads_cases": staff.may(*CASE_READERS),
        "reads_batches": staff.may("issuing", "auditor"),
    }
    return show(request, "desk/approvals/detail.html", shown)


@staff_only()
@require_POST
def approve(request: HttpRequest, confirmation_id: UUID) -> HttpResponse:
    """Approve, and do it at once."""
    found = _found(request, confirmation_id)
    try:
        outcomes = approving.approve(request, staff_behind(request), found)
    except approving.NotYours as refusal:
        messages.error(request, str(refusal.text))
        return redirect("desk:approval", found.pk)
    except (NotAwaiting, SamePerson):
        messages.info(request, str(_GONE))
        return redirect("desk:approval", found.pk)
    refused = next((outcome for outcome in outcomes if outcome.state == "refused"), None)
    if refused is not None:
        messages.error(request, str(_REFUSED.format(reason=refused.reason or "")))
    elif any(outcome.state != "done" for outcome in outcomes):
        messages.info(request, str(_UNDER_WAY))
    else:
        messages.success(request, str(_DONE))
    return redirect(reverse("desk:approval", args=[found.pk]))


@staff_only()
@require_POST
def decline(request: HttpRequest, confirmation_id: UUID) -> HttpResponse:
    """Decline, or take back what one asked for oneself."""
    staff, found = staff_behind(request), _found(request, confirmation_id)
    try:
        approving.decline(request, staff, found)
    except approving.NotYours as refusal:
        messages.error(request, str(refusal.text))
        return redirect("desk:approval", found.pk)
    except NotAwaiting:
        messages.info(request, str(_GONE))
        return redirect("desk:approval", found.pk)
    messages.success(request, str(_TAKEN_BACK if found.person_id == staff.person_id else _DECLINED))
    return redirect("desk:approvals")


def _found(request: HttpRequest, confirmation_id: UUID) -> Confirmation:
    """A request that this member of staff may see, whether it still waits or not."""
    rows = Confirmation.objects.exclude(approval="").select_related("person", "approved_by", "approval_given")
    found: Confirmation = get_object_or_404(rows, pk=confirmation_id)
    staff = staff_behind(request)
    roles = approving.approvers().get(found.approval)
    if roles is None or not (staff.may("auditor", "admin", *roles) or found.person_id == staff.person_id):
        raise Http404
    return found
