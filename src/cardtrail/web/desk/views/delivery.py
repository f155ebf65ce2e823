"""Handing a batch's codes over: choosing how, fetching the file, destroying our copy."""

from __future__ import annotations

from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cardtrail.web.accounts.address import client_address
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.desk import delivery
from cardtrail.web.desk.access import staff_only
from cardtrail.web.desk.delivery_forms import DeliveryForm, words_for
from cardtrail.web.desk.issuing_forms import word
from cardtrail.web.desk.sections import show
from cardtrail.web.desk.stock import Batch, Delivery
from cardtrail.web.documents.code_file import BadRecipient
from cardtrail.web.ui.texts import Text

DESTROYED = Text(
    "我们的副本已销毁，卡密只在你手里。", "Our copy is destroyed; the codes are in your hands alone."
)


@staff_only("issuing")
@reauthentication_required  # type: ignore[untyped-decorator]
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def deliver(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Choose how the codes are handed over; then where the file is, and what becomes of our copy."""
    batch = get_object_or_404(Batch, pk=batch_id)
    current = delivery.under_way(batch)
    form = DeliveryForm(batch, request.POST or None)
    if request.method == "POST" and current is None and form.is_valid():
        try:
            current = delivery.begin(
                batch, form.cleaned_data["kind"], form.cleaned_data["recipients"], person_of(request)
            )
        except delivery.NotDeliverable as error:
            form.add_error(None, word(error.text))
        except BadRecipient as error:
            if error.secret:
                form.data = {"kind": Delivery.Kind.AGE.value}  # Not shown once more.
            form.add_error("recipients", word(words_for(error)))
        else:
            if batch.count <= delivery.AT_ONCE[current.kind]:
                delivery.make(current)
            return redirect("desk:deliver", batch.pk)
    expired = current is None and batch.delivered_ms is None and delivery.all_expired(batch)
    values = {
        "batch": batch,
        "form": form,
        "delivery": current,
        "expired": delivery.EXPIRED if expired else None,
    }
    return show(request, "desk/batches/deliver.html", values)


@staff_only("issuing")
@require_safe
def delivery_progress(request: HttpRequest, batch_id: int) -> HttpResponse:
    """How far the file is."""
    batch = get_object_or_404(Batch, pk=batch_id)
    values = {"batch": batch, "delivery": delivery.under_way(batch)}
    return render(request, "desk/batches/delivery_state.html", values)


@staff_only("issuing")
@reauthentication_required  # type: ignore[untyped-decorator]
@never_cache
@require_safe
def fetch(request: HttpRequest, delivery_id: UUID) -> HttpResponseBase:
    """The file."""
    row = get_object_or_404(Delivery, pk=delivery_id)
    try:
        pieces = delivery.hand_over(row, person_of(request), str(client_address(request)))
    except delivery.NotDeliverable as error:
        messages.error(request, str(error.text))
        return redirect("desk:deliver", row.batch_id)
    kind = "application/pdf" if row.kind == Delivery.Kind.PDF else "application/octet-stream"
    response = StreamingHttpResponse(pieces, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{row.file_name}"'
    response["Content-Length"] = str(row.size)
    return response


@staff_only("issuing")
@require_POST
def destroy(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Destroy our copy, once somebody has the file."""
    row = get_object_or_404(Delivery, pk=delivery_id)
    try:
        delivery.destroy(row, person_of(request))
    except delivery.NotDeliverable as error:
        messages.error(request, str(error.text))
        return redirect("desk:deliver", row.batch_id)
    messages.success(request, str(DESTROYED))
    return redirect(reverse("desk:batch", args=[row.batch_id]))
