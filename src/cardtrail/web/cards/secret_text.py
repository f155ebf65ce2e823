"""Secrets of links, as they stand behind the # and as a form brings them."""

from __future__ import annotations

import base64
import binascii

from django.http import HttpRequest

from cardtrail.wallet.links import LINK_SECRET_BYTES


def spelled(secret: bytes) -> str:
    """A secret as a link has it."""
    return base64.urlsafe_b64encode(secret).rstrip(b"=").decode()


def secret_of(request: HttpRequest) -> bytes:
    """The secret that a form brings; one that opens nothing if it is none."""
    text = request.POST.get("secret", "")[:64]
    try:
        secret = base64.b64decode(text + "==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    return secret if len(secret) == LINK_SECRET_BYTES else bytes(LINK_SECRET_BYTES)
