"""Batches: the list, one batch with its progress, issuing, and activating."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.models import Action
from cardtrail.web.cards.once import new_token, once
from cardtrail.web.desk import activating, batches, delivery
from cardtrail.web.desk.access import staff_only
from cardtrail.web.desk.issuing_forms import BatchForm, BuyerForm, RangeForm, word
from cardtrail.web.desk.law import RefusedByLaw
from cardtrail.web.desk.purchases import BuyerDraft, buyer_name, document_end
from cardtrail.web.desk.sections import show
from cardtrail.web.desk.shelf import in_spans, states_of
from cardtrail.web.desk.stock import Activation, Batch, Purchase
from cardtrail.web.desk.views.products import may_issue, product_or_404
from cardtrail.web.desk.views.steps import ask, go_on, step_of
from cardtrail.web.ledger.models import Product
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number, group_digits
from cardtrail.wire.money import format_money

ISSUED = Text("已全部发行。", "Every card is issued.")
ACTIVATED = Text("已激活，可以使用了。", "Activated: the cards can be used.")


@staff_only("issuing", "auditor")
@require_safe
def batch_list(request: HttpRequest) -> HttpResponse:
    """All batches, the newest first."""
    page = page_of(Batch.objects.order_by("-id"), request)
    names = dict(Product.objects.values_list("id", "name"))
    rows = [
        {"batch": batch, "product": names.get(batch.product_id, ""), "state": batches.state_of(batch)}
        for batch in page
    ]
    values = {
        "page": page,
        "rows": rows,
        "products": Product.objects.order_by("-id"),
        "may_issue": may_issue(request),
    }
    return show(request, "desk/batches/list.html", values)


@staff_only("issuing")
@require_http_methods(["GET", "HEAD", "POST"])
def new_batch(request: HttpRequest, product_id: int) -> HttpResponse:
    """Issue cards of a product."""
    product = product_or_404(product_id)
    form = BatchForm(product, request.POST or None)
    values = {"form": form, "product": product, "token": new_token()}
    step = step_of(request)
    if step == "form" or not form.is_valid():
        return show(request, "desk/batches/form.html", values)
    given = form.cleaned_data
    draft = batches.Draft(product, int(given["face"]), given["count"], form.draft)
    person = person_of(request)
    try:
        if step == "check":
            refused = batches.check(draft, now_ms())
            if refused is not None:
                raise RefusedByLaw(refused)
            approval = batches.needs_approval(person, draft.total_minor)
            return ask(
                request,
                title=Text("确认发行", "Confirm the issue"),
                agreement=batches.agreement(draft, approval),
                facts=_facts(draft),
                forms=[form],
                button=Text("提交批准", "Submit for approval") if approval else Text("发行", "Issue"),
                approval=approval,
            )
        confirmation = once(request, lambda: batches.order(request, person, draft).issue)
    except RefusedByLaw as error:
        return show(request, "desk/batches/form.html", {**values, "refusals": [error.refused]}, status=409)
    batch = Batch.objects.get(issue=confirmation)
    return go_on(request, confirmation, reverse("desk:batch", args=[batch.pk]), ISSUED)


@staff_only("issuing", "auditor")
@require_safe
def batch_page(request: HttpRequest, batch_id: int) -> HttpResponse:
    """One batch."""
    return show(request, "desk/batches/detail.html", _shown(request, get_object_or_404(Batch, pk=batch_id)))


@staff_only("issuing", "auditor")
@require_safe
def batch_progress(request: HttpRequest, batch_id: int) -> HttpResponse:
    """How far a batch is, for the page that asks again and again while something is under way."""
    return render(
        request, "desk/batches/progress.html", _shown(request, get_object_or_404(Batch, pk=batch_id))
    )


@staff_only("issuing")
@require_POST
def batch_again(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Ask anew for the cards that the ledger refused."""
    batch = get_object_or_404(Batch, pk=batch_id)
    to = reverse("desk:batch", args=[batch.pk])
    try:
        confirmation = batches.order_again(request, person_of(request), batch)
    except RefusedByLaw as error:
        values = {**_shown(request, batch), "refusals": [error.refused]}
        return show(request, "desk/batches/detail.html", values, status=409)
    return redirect(to) if confirmation is None else go_on(request, confirmation, to, ISSUED)


@staff_only("issuing")
@require_http_methods(["GET", "HEAD", "POST"])
def activate(request: HttpRequest) -> HttpResponse:
    """Activate a range. `?first=&last=` fill the form in."""
    form = RangeForm(
        request.POST or None, initial={name: request.GET.get(name, "") for name in ("first", "last")}
    )
    buyer_form = BuyerForm(request.POST if "buyer" in request.POST else None)
    values: dict[str, object] = {"form": form, "buyer_form": None}
    step = step_of(request)
    if request.method != "POST" or not form.is_valid():
        return show(request, "desk/batches/activate.html", values)
    first, last = form.cleaned_data["first"], form.cleaned_data["last"]
    try:
        part = activating.range_of(first, last)
        buyer = None
        if not part.bought:
            values["buyer_form"] = buyer_form
            if step == "form" or not buyer_form.is_bound or not buyer_form.is_valid():
                return show(request, "desk/batches/activate.html", {**values, "part": part})
            buyer = buyer_form.draft
        elif step == "form":
            return show(request, "desk/batches/activate.html", values)
        if step == "check":
            return _ask_activation(request, part, buyer, [form] if part.bought else [form, buyer_form])
        confirmation = once(
            request, lambda: activating.order(request, person_of(request), first, last, buyer).confirmation
        )
    except activating.NotInStock as error:
        form.add_error(None, word(error.text))
        return show(request, "desk/batches/activate.html", values, status=409)
    except RefusedByLaw as error:
        return show(
            request, "desk/batches/activate.html", {**values, "refusals": [error.refused]}, status=409
        )
    return go_on(request, confirmation, _after(confirmation.pk), ACTIVATED)


def _ask_activation(
    request: HttpRequest, part: activating.Range, buyer: BuyerDraft | None, forms: list[RangeForm | BuyerForm]
) -> HttpResponse:
    refused = activating.check(part, buyer, now_ms())
    if refused is not None:
        raise RefusedByLaw(refused)
    approval = activating.needs_approval(person_of(request), part)
    return ask(
        request,
        title=Text("确认激活", "Confirm the activation"),
        agreement=activating.agreement(part, buyer, approval),
        facts=[
            (Text("产品", "Product"), part.product.name),
            (Text("卡号", "Card numbers"), f"{_number(part.first_serial)} – {_number(part.last_serial)}"),
            (Text("张数", "Cards"), f"{part.count:,}"),
            (Text("合计", "Together"), format_money(part.total_minor, part.product.terms.currency)),
        ],
        forms=forms,
        button=Text("提交批准", "Submit for approval") if approval else Text("激活", "Activate"),
        approval=approval,
    )


def _after(confirmation_id: UUID) -> str:
    row = Activation.objects.get(confirmation_id=confirmation_id)
    if row.batch_id is not None:
        return reverse("desk:batch", args=[row.batch_id])
    return (
        f"{reverse('desk:stock')}?first={card_number(row.first_serial)}&last={card_number(row.last_serial)}"
    )


def _facts(draft: batches.Draft) -> list[tuple[Text, object]]:
    facts: list[tuple[Text, object]] = [
        (Text("产品", "Product"), draft.product.name),
        (Text("面值", "Face value"), format_money(draft.face_minor, draft.currency)),
        (Text("张数", "Cards"), f"{draft.count:,}"),
        (Text("合计", "Together"), format_money(draft.total_minor, draft.currency)),
    ]
    if draft.buyer is not None and draft.buyer.name:
        facts.append((Text("购卡人", "Buyer"), draft.buyer.name))
    return facts


def _shown(request: HttpRequest, batch: Batch) -> dict[str, object]:
    state = batches.state_of(batch)
    activations = list(batch.activations.select_related("confirmation").order_by("made_ms"))
    open_parts: list[activating.Range] = []
    if state in {"issued", "stopped"}:
        # Being activated just now, or one of them is frozen: then there is nothing to offer.
        with suppress(activating.NotInStock):
            open_parts = activating.ranges_of_batch(batch)
    spans = activating.spans_of(batch)
    moving = [activating.state_of(each.confirmation) for each in activations]
    return {
        "batch": batch,
        "product": Product.objects.filter(id=batch.product_id).first(),
        "state": state,
        "activating": "activating" in moving,
        "activation_waits": "awaiting" in moving,
        "reason": _reason(batch) if state == "stopped" else None,
        "spans": spans,
        "open_parts": open_parts,
        "states": states_of(in_spans(spans)),
        "buyer": _buyer(batch.purchase),
        "delivery": delivery.under_way(batch),
        "expired": delivery.EXPIRED if state == "issued" and delivery.all_expired(batch) else None,
        "last_delivery": batch.deliveries.filter(destroyed=True)
        .select_related("made_by", "ended_by")
        .first(),
        "may_issue": may_issue(request),
    }


def _buyer(purchase: Purchase | None) -> dict[str, object] | None:
    if purchase is None:
        return None
    return {"row": purchase, "name": buyer_name(purchase), "document_end": document_end(purchase)}


def _reason(batch: Batch) -> Text | None:
    refused = Action.objects.filter(pk__in=batch.chunks.values("action"), state=Action.State.REFUSED).first()
    return None if refused is None else refused.reason


def _number(serial: int) -> str:
    return group_digits(card_number(serial))
