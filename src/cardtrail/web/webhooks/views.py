"""The desk's pages about endpoints and what was delivered to them."""

from __future__ import annotations

import logging
import uuid

from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cardtrail.web.accounts.models import Person
from cardtrail.web.desk.access import staff_only
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.texts import say
from cardtrail.web.webhooks.deliver import resend, resend_failed
from cardtrail.web.webhooks.disabling import disable, resume
from cardtrail.web.webhooks.emit import emit_test
from cardtrail.web.webhooks.endpoints import add_endpoint, known_types
from cardtrail.web.webhooks.event_types import EVENT_TYPES, FIELDS
from cardtrail.web.webhooks.failures import FAILURES
from cardtrail.web.webhooks.forms import (
    SPANS,
    EndpointForm,
    LogForm,
    NewEndpointForm,
    OnceForm,
    ResendForm,
    RotateForm,
)
from cardtrail.web.webhooks.messages import body_of
from cardtrail.web.webhooks.models import Delivery, Endpoint
from cardtrail.web.webhooks.schedule import DELAYS_MS
from cardtrail.web.webhooks.sealing import OVERLAP_MS, rotate

log = logging.getLogger(__name__)

State = Delivery.State


@require_safe
@staff_only("developer")
def endpoint_list(request: HttpRequest) -> HttpResponse:
    """All endpoints, each with what did not arrive and what arrived last."""
    endpoints = Endpoint.objects.annotate(
        troubled=Count("deliveries", filter=Q(deliveries__state__in=(State.FAILED, State.GIVEN_UP))),
        last_ms=Max("deliveries__delivered_ms"),
    ).order_by("created_ms", "id")
    return render(request, "webhooks/list.html", {"endpoints": endpoints})


@require_safe
@staff_only("developer")
def type_list(request: HttpRequest) -> HttpResponse:
    """Every type of event and its fields."""
    return render(request, "webhooks/types.html", {"kinds": EVENT_TYPES.values(), "fields": FIELDS.values()})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("developer")
def endpoint_new(request: HttpRequest) -> HttpResponseBase:
    """Add an endpoint. Its secret is in the answer to the form, and nowhere afterwards."""
    form = NewEndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if Endpoint.objects.filter(pk=given["once"]).exists():
            return redirect("webhooks:endpoint", pk=given["once"])
        endpoint, secret = add_endpoint(
            url=given["url"],
            description=given["description"],
            event_types=given["event_types"],
            created_by=_person(request),
            now_ms=now_ms(),
            id=given["once"],
        )
        _note(request, "added", endpoint.pk)
        return _secret_page(request, endpoint, secret, rotated=False)
    status = 422 if form.errors else 200
    return render(request, "webhooks/form.html", {"form": form, "endpoint": None}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("developer")
def endpoint_edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Change address, description and types."""
    endpoint = get_object_or_404(Endpoint, pk=pk)
    now = {name: getattr(endpoint, name) for name in ("url", "description", "event_types")}
    form = EndpointForm(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        Endpoint.objects.filter(pk=pk).update(
            url=given["url"],
            description=given["description"],
            event_types=known_types(given["event_types"]),
        )
        _note(request, "changed", pk)
        messages.success(request, str(say("已保存", "Saved")))
        return redirect("webhooks:endpoint", pk=pk)
    status = 422 if form.errors else 200
    return render(request, "webhooks/form.html", {"form": form, "endpoint": endpoint}, status=status)


@require_safe
@staff_only("developer")
def endpoint_page(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One endpoint and its delivery log."""
    endpoint = get_object_or_404(Endpoint.objects.select_related("created_by"), pk=pk)
    chosen = LogForm.chosen(request.GET)
    deliveries = endpoint.deliveries.select_related("event").order_by("-id")
    if "state" in chosen:
        deliveries = deliveries.filter(state=chosen["state"])
    if "type" in chosen:
        deliveries = deliveries.filter(event__type=chosen["type"])
    counts = dict(
        endpoint.deliveries.order_by()
        .values_list("state")
        .annotate(count=Count("id"))
        .values_list("state", "count")
    )
    context = {
        "endpoint": endpoint,
        "kinds": [EVENT_TYPES[name] for name in endpoint.event_types if name in EVENT_TYPES],
        "narrow": LogForm(initial=chosen),
        "narrowed": bool(chosen),
        "page": page_of(deliveries, request),
        "arrived": counts.get(State.DELIVERED, 0),
        "waiting": counts.get(State.PENDING, 0) + counts.get(State.SENDING, 0),
        "retrying": counts.get(State.FAILED, 0),
        "given_up": counts.get(State.GIVEN_UP, 0),
        "resend": ResendForm(),
        "once": uuid.uuid4(),
        "overlapping": endpoint.previous_secret is not None and now_ms() < (endpoint.previous_until_ms or 0),
    }
    return render(request, "webhooks/endpoint.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("developer")
def endpoint_rotate(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Ask, then give an endpoint a new secret."""
    endpoint = get_object_or_404(Endpoint, pk=pk)
    if request.method != "POST":
        context = {"endpoint": endpoint, "overlap_ms": OVERLAP_MS}
        return render(request, "webhooks/rotate.html", context)
    form = RotateForm(request.POST)
    number = form.cleaned_data["number"] if form.is_valid() else 0
    secret = rotate(pk, number=number, now_ms=now_ms())
    if secret is None:
        text = say(
            "密钥刚刚已经更换过，没有再换", "The secret was replaced a moment ago and not replaced again"
        )
        messages.warning(request, str(text))
        return redirect("webhooks:endpoint", pk=pk)
    _note(request, "rotated", pk)
    endpoint.refresh_from_db()
    return _secret_page(request, endpoint, secret, rotated=True)


@require_POST
@staff_only("developer")
def endpoint_pause(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Send an endpoint nothing for now; its events wait."""
    get_object_or_404(Endpoint, pk=pk)
    if disable(pk, Endpoint.DisabledReason.PAUSED, now_ms()):
        _note(request, "paused", pk)
        messages.success(request, str(say("已暂停，事件会排队等候", "Paused. Its events wait")))
    return redirect("webhooks:endpoint", pk=pk)


@require_POST
@staff_only("developer")
def endpoint_resume(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Go on sending."""
    get_object_or_404(Endpoint, pk=pk)
    if resume(pk):
        _note(request, "resumed", pk)
        messages.success(request, str(say("已恢复发送", "Sending again")))
    return redirect("webhooks:endpoint", pk=pk)


@require_POST
@staff_only("developer")
def endpoint_test(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Send a test event, once for each press of the button."""
    endpoint = get_object_or_404(Endpoint, pk=pk)
    form = OnceForm(request.POST)
    if not form.is_valid() or not endpoint.active:
        messages.error(request, str(say("没有发送，请再试一次", "Nothing was sent. Please try again")))
        return redirect("webhooks:endpoint", pk=pk)
    event = emit_test(endpoint, key=f"{pk}/{form.cleaned_data['once']}", now_ms=now_ms())
    _note(request, "tested", pk)
    return redirect("webhooks:delivery", pk=event.deliveries.get(endpoint=endpoint).pk)


@require_POST
@staff_only("developer")
def endpoint_resend(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Send again whatever did not arrive in a span of time."""
    endpoint = get_object_or_404(Endpoint, pk=pk)
    form = ResendForm(request.POST)
    if form.is_valid():
        moment_ms = now_ms()
        count = resend_failed(endpoint, moment_ms - SPANS[form.cleaned_data["span"]][0], moment_ms)
        _note(request, "asked to send failed events again to", pk)
        messages.success(
            request,
            str(say("{n} 条将重新发送", "Sending again: {n}", n=count))
            if count
            else str(say("这段时间没有未送达的事件", "Nothing failed in that time")),
        )
    return redirect("webhooks:endpoint", pk=pk)


@require_safe
@staff_only("developer")
def delivery_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One delivery: the event as it is sent, and every attempt."""
    delivery = get_object_or_404(Delivery.objects.select_related("event", "endpoint"), pk=pk)
    media_type, body = body_of(delivery.event)
    attempts = [(attempt, FAILURES.get(attempt.error)) for attempt in delivery.tries.order_by("-id")[:100]]
    context = {
        "delivery": delivery,
        "endpoint": delivery.endpoint,
        "body": body.decode(),
        "media_type": media_type,
        "attempts": attempts,
        "most": len(DELAYS_MS) + 1,
    }
    return render(request, "webhooks/delivery.html", context)


@require_POST
@staff_only("developer")
def delivery_resend(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send one event again."""
    delivery = get_object_or_404(Delivery, pk=pk)
    if resend(pk, now_ms()):
        _note(request, "asked to send an event again to", delivery.endpoint_id)
        messages.success(request, str(say("将重新发送", "It will be sent again")))
    else:
        messages.info(request, str(say("正在发送中", "It is being sent right now")))
    return redirect("webhooks:delivery", pk=pk)


def _secret_page(request: HttpRequest, endpoint: Endpoint, secret: str, *, rotated: bool) -> HttpResponse:
    context = {"endpoint": endpoint, "secret": secret, "rotated": rotated}
    page = render(request, "webhooks/secret.html", context)
    add_never_cache_headers(page)
    return page


def _person(request: HttpRequest) -> Person:
    if not isinstance(request.user, Person):
        raise TypeError("staff_only lets people in only")
    return request.user


def _note(request: HttpRequest, act: str, endpoint_id: uuid.UUID) -> None:
    log.info("person %s %s webhook endpoint %s", request.user.pk, act, endpoint_id)
