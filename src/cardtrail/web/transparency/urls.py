"""The app's addresses. The log's files stand below one prefix, as verifiers expect them (c2sp.org/tlog-tiles)."""

from __future__ import annotations

from django.urls import path

from cardtrail.web.transparency import mirror, views

urlpatterns = [
    path("", views.index, name="transparency"),
    path("checkpoint", mirror.checkpoint, name="checkpoint"),
    path("log.vkey", mirror.verifier_key, name="verifier_key"),
    path("tile/<path:path>", mirror.tile, name="tile"),
]
