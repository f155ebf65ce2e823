"""Products, batches of cards, and making cards usable."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router
from ninja.params.functions import Query

from cardtrail.web.actions.perform import perform
from cardtrail.web.api.app import ERRORS, ApiKeyAuth, idempotent, key_of, witness
from cardtrail.web.api.idempotency import once
from cardtrail.web.api.problems import Problem, not_found
from cardtrail.web.api.reading import cursor, next_url, place_of
from cardtrail.web.api.schemas import (
    ActivationIn,
    ActivationOut,
    BatchesOut,
    BatchIn,
    BatchOut,
    BuyerIn,
    Fault,
    ProductOut,
    ProductsOut,
)
from cardtrail.web.desk import activating, batches
from cardtrail.web.desk.law import RefusedByLaw
from cardtrail.web.desk.purchases import BuyerDraft
from cardtrail.web.desk.stock import Activation, Batch
from cardtrail.web.ledger.models import Product
from cardtrail.wire.identifiers import card_number, parse_card_number

products = Router(tags=["batches"])
router = Router(tags=["batches"])
activations = Router(tags=["batches"])

SmallId = Annotated[int, Path(ge=0, le=2_147_483_647)]


@products.get(
    "", auth=ApiKeyAuth("batches:read"), response={200: ProductsOut, **ERRORS}, summary="List products"
)
def list_products(request: HttpRequest) -> ProductsOut:
    """Every kind of card with its terms. Scope: batches:read."""
    return ProductsOut(items=[_product(one) for one in Product.objects.order_by("id")])


@products.get(
    "/{product_id}",
    auth=ApiKeyAuth("batches:read"),
    response={200: ProductOut, **ERRORS},
    summary="See a product",
)
def get_product(request: HttpRequest, product_id: SmallId) -> ProductOut:
    """One kind of card. Scope: batches:read."""
    found = Product.objects.filter(id=product_id).first()
    if found is None:
        raise not_found("There is no such product.")
    return _product(found)


@router.post(
    "",
    auth=ApiKeyAuth("batches:write"),
    response={201: BatchOut, **ERRORS},
    summary="Issue a batch",
    openapi_extra=idempotent(),
)
def create_batch(request: HttpRequest, body: BatchIn) -> HttpResponse:
    """The cards are inactive; their codes are collected in the desk, by people. Above the brand's limit the batch waits
    (`awaiting`) until a second member of staff approves it: for a program as for a person. Scope: batches:write."""
    key = key_of(request)

    def make() -> Batch:
        product = Product.objects.filter(id=body.product).first()
        if product is None:
            raise _invalid("unknown_product", "/product", "There is no such product.")
        draft = batches.Draft(product, body.face_minor, body.count, _buyer(body.buyer))
        try:
            return batches.order(witness(request), key.made_by, draft)
        except RefusedByLaw as refusal:
            raise _by_law(refusal) from None

    return once(request, key, make, _batch, then=_issued)


@router.get("", auth=ApiKeyAuth("batches:read"), response={200: BatchesOut, **ERRORS}, summary="List batches")
def list_batches(
    request: HttpRequest,
    limit: int = Query(50, ge=1, le=100),
    cursor_: str | None = Query(None, alias="cursor", max_length=500),
) -> BatchesOut:
    """Newest first. Scope: batches:read."""
    rows = Batch.objects.order_by("-pk")
    place = place_of("batches", cursor_)
    if place is not None:
        rows = rows.filter(pk__lt=place[0])
    found = list(rows[: limit + 1])
    page = found[:limit]
    more = next_url(request, cursor("batches", page[-1].pk)) if len(found) > limit else None
    return BatchesOut(items=[_batch(batch) for batch in page], next=more)


@router.get(
    "/{batch_id}", auth=ApiKeyAuth("batches:read"), response={200: BatchOut, **ERRORS}, summary="See a batch"
)
def get_batch(request: HttpRequest, batch_id: SmallId) -> BatchOut:
    """How far a batch is. Scope: batches:read."""
    found = Batch.objects.filter(pk=batch_id).first()
    if found is None:
        raise not_found("There is no such batch.")
    return _batch(found)


@activations.post(
    "",
    auth=ApiKeyAuth("activate:write"),
    response={201: ActivationOut, **ERRORS},
    summary="Activate cards",
    openapi_extra=idempotent(),
)
def create_activation(request: HttpRequest, body: ActivationIn) -> HttpResponse:
    """From one card number to another. Above the brand's limit it waits for a second member of staff.
    Scope: activate:write."""
    key = key_of(request)

    def make() -> Activation:
        first, last = (_serial(body.first_card, "/first_card"), _serial(body.last_card, "/last_card"))
        try:
            return activating.order(witness(request), key.made_by, first, last, _buyer(body.buyer))
        except RefusedByLaw as refusal:
            raise _by_law(refusal) from None
        except activating.NotInStock as refusal:
            raise Problem(409, "not_in_stock", refusal.text.en) from None

    return once(request, key, make, _activation, then=_activated)


@activations.get(
    "/{activation_id}",
    auth=ApiKeyAuth("activate:write"),
    response={200: ActivationOut, **ERRORS},
    summary="See an activation",
)
def get_activation(request: HttpRequest, activation_id: SmallId) -> ActivationOut:
    """How far an activation is. Scope: activate:write."""
    found = Activation.objects.filter(pk=activation_id).first()
    if found is None:
        raise not_found("There is no such activation.")
    return _activation(found)


def _issued(batch: Batch) -> Batch:
    if not batch.issue.approval:
        perform(batch.issue)
    return Batch.objects.get(pk=batch.pk)


def _activated(made: Activation) -> Activation:
    if not made.confirmation.approval:
        perform(made.confirmation)
    return Activation.objects.select_related("confirmation").get(pk=made.pk)


def _product(product: Product) -> ProductOut:
    terms = product.terms
    return ProductOut(
        id=product.id,
        name=product.name,
        currency=terms.currency,
        faces_minor=list(terms.faces),
        face_limit_minor=terms.face_limit_minor,
        named=terms.named,
        transferable=terms.transferable.name.lower(),
        split=terms.split,
        merge=terms.merge,
        validity_ms=terms.validity_ms,
        max_hops=terms.max_hops,
        entry=product.entry,
    )


def _batch(batch: Batch) -> BatchOut:
    return BatchOut(
        id=str(batch.pk),
        state=batches.state_of(batch),
        product=batch.product_id,
        face_minor=batch.face_minor,
        currency=batch.currency,
        count=batch.count,
        issued=batch.issued,
        activated=batch.activated,
        delivered_ms=batch.delivered_ms,
        created_ms=batch.made_ms,
    )


def _activation(made: Activation) -> ActivationOut:
    return ActivationOut(
        id=str(made.pk),
        state=activating.state_of(made.confirmation),
        first_card=card_number(made.first_serial),
        last_card=card_number(made.last_serial),
        count=made.count,
        total_minor=made.total_minor,
        currency=made.currency,
        created_ms=made.made_ms,
    )


def _buyer(given: BuyerIn | None) -> BuyerDraft | None:
    if given is None:
        return None
    return BuyerDraft(
        given.kind,
        given.method,
        given.on_premises,
        name=given.name,
        document=given.document,
        invoice=given.invoice,
    )


def _serial(number: str, pointer: str) -> int:
    try:
        return parse_card_number(number)
    except ValueError as error:
        raise _invalid("bad_card_number", pointer, str(error)) from None


def _by_law(refusal: RefusedByLaw) -> Problem:
    found = refusal.refused
    return Problem(
        422, "refused_by_law", found.with_source.en, rule=found.rule.code, values=dict(found.values)
    )


def _invalid(code: str, pointer: str, detail: str) -> Problem:
    return Problem(422, code, detail, errors=[Fault(pointer=pointer, code=code, detail=detail)])
