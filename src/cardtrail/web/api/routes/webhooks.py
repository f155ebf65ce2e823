"""Endpoints for events."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router

from cardtrail.web.api.app import ERRORS, ApiKeyAuth, idempotent, key_of
from cardtrail.web.api.idempotency import HEADER, once
from cardtrail.web.api.problems import Problem, not_found
from cardtrail.web.api.schemas import EndpointIn, EndpointOut, EndpointsOut, EventOut, Fault, NewEndpointOut
from cardtrail.web.checkout.asking import plain_text
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.webhooks.emit import emit_test
from cardtrail.web.webhooks.endpoints import add_endpoint
from cardtrail.web.webhooks.failures import SendFailed
from cardtrail.web.webhooks.models import Attempt, Delivery, Endpoint, Event

router = Router(tags=["webhooks"])


@router.post(
    "",
    auth=ApiKeyAuth("webhooks:write"),
    response={201: NewEndpointOut, **ERRORS},
    summary="Add an endpoint",
    openapi_extra=idempotent(),
)
def create_endpoint(request: HttpRequest, body: EndpointIn) -> HttpResponse:
    """The answer has the signing secret, this one time. Scope: webhooks:write."""
    key = key_of(request)

    def make() -> tuple[Endpoint, str]:
        if body.description and not plain_text(body.description, 120):
            raise _invalid("bad_description", "/description", "It has characters that cannot be seen.")
        try:
            return add_endpoint(
                url=body.url,
                description=body.description,
                event_types=body.event_types,
                created_by=key.made_by,
                now_ms=now_ms(),
            )
        except SendFailed as failure:
            raise _invalid(failure.code, "/url", failure.text.en) from None
        except ValueError as error:
            raise _invalid("unknown_event_type", "/event_types", str(error)) from None

    def show(made: tuple[Endpoint, str]) -> NewEndpointOut:
        return NewEndpointOut(**_endpoint(made[0]).model_dump(), secret=made[1])

    return once(request, key, make, show)


@router.get(
    "", auth=ApiKeyAuth("webhooks:write"), response={200: EndpointsOut, **ERRORS}, summary="List endpoints"
)
def list_endpoints(request: HttpRequest) -> EndpointsOut:
    """Oldest first. Scope: webhooks:write."""
    return EndpointsOut(items=[_endpoint(one) for one in Endpoint.objects.all()[:1000]])


@router.delete(
    "/{endpoint_id}",
    auth=ApiKeyAuth("webhooks:write"),
    response={204: None, **ERRORS},
    summary="Delete an endpoint",
)
def delete_endpoint(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """With its delivery log; nothing more is sent to it. Scope: webhooks:write."""
    found = _found(endpoint_id)
    with transaction.atomic():
        Attempt.objects.filter(delivery__endpoint=found).delete()
        Delivery.objects.filter(endpoint=found).delete()
        found.delete()
    return HttpResponse(status=204)


@router.post(
    "/{endpoint_id}/test",
    auth=ApiKeyAuth("webhooks:write"),
    response={202: EventOut, **ERRORS},
    summary="Send a test event",
    openapi_extra=idempotent(),
)
def test_endpoint(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """It is signed and delivered as any other. Scope: webhooks:write."""
    found, key = _found(endpoint_id), key_of(request)

    def make() -> Event:
        if not found.active:
            raise Problem(409, "endpoint_stopped", "The endpoint is paused or was stopped; resume it first.")
        name = f"{found.pk}/{key.pk}/{request.headers[HEADER]}"[:180]
        return emit_test(found, key=name, now_ms=now_ms())

    return once(request, key, make, lambda event: EventOut(id=event.id, type=event.type), status=202)


def _found(endpoint_id: UUID) -> Endpoint:
    found = Endpoint.objects.filter(pk=endpoint_id).first()
    if found is None:
        raise not_found("There is no such endpoint.")
    return found


def _endpoint(endpoint: Endpoint) -> EndpointOut:
    return EndpointOut(
        id=str(endpoint.pk),
        url=endpoint.url,
        description=endpoint.description,
        event_types=endpoint.event_types,
        active=endpoint.active,
        disabled_reason=endpoint.disabled_reason or None,
        created_ms=endpoint.created_ms,
    )


def _invalid(code: str, pointer: str, detail: str) -> Problem:
    return Problem(422, code, detail, errors=[Fault(pointer=pointer, code=code, detail=detail)])
