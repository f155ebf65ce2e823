"""A card's proof: for the script that checks it in the page, and as a file that checks itself."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cardtrail.client.errors import NodeUnavailable, NotFound, NotPublished, ProofError
from cardtrail.web.cards.access import own_card
from cardtrail.web.cards.proofs import CardProof, card_proof
from cardtrail.web.cards.standalone import file_name, standalone_html
from cardtrail.web.ledger.link import LedgerAway, link
from cardtrail.web.ui.errors import unavailable

log = logging.getLogger(__name__)


@require_safe
@never_cache
@login_required
def record(request: HttpRequest, serial: int) -> HttpResponse:
    """The proof of one's own card as JSON; 503 while there is none to be had."""
    proof = _proof(request, serial)
    return JsonResponse({}, status=503) if proof is None else JsonResponse(proof.record())


@require_safe
@never_cache
@login_required
def file(request: HttpRequest, serial: int) -> HttpResponse:
    """The same as one file to keep, which checks itself without us."""
    proof = _proof(request, serial)
    if proof is None:
        return unavailable(request)
    body = standalone_html(proof, proof.vkey, get_language() or "zh-hans")
    response = HttpResponse(body, content_type="text/html; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file_name(proof)}"'
    return response


def verifier_key() -> str:
    """The log's verifier key as we trust it; empty while there is none."""
    try:
        memory = link().client.memory
    except LedgerAway:
        return ""
    return "" if memory is None else memory.vkey.encode()


def _proof(request: HttpRequest, serial: int) -> CardProof | None:
    own = own_card(request, serial)
    try:
        return card_proof(link().client, serial, defined_in=own.product.entry)
    except ProofError:
        # Nobody is shown a proof that does not hold; the operator has to see it.
        log.exception("the node's proof of card %d does not hold", serial)
        return None
    except (NodeUnavailable, NotFound, NotPublished) as error:
        log.info("no proof of card %d just now (%s)", serial, type(error).__name__)
        return None
