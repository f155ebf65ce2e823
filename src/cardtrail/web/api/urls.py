"""The app's addresses."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from cardtrail.web.api.app import answering, api, nothing_here
from cardtrail.web.api.docs import docs
from cardtrail.web.api.routes import batches, cards, ledger, payments, points, webhooks

api.add_router("/payments", payments.router)
api.add_router("/products", batches.products)
api.add_router("/batches", batches.router)
api.add_router("/activations", batches.activations)
api.add_router("/cards", cards.router)
api.add_router("/points", points.router)
api.add_router("/totals", ledger.totals)
api.add_router("/ledger", ledger.router)
api.add_router("/webhooks", webhooks.router)

_patterns, _app_name, _namespace = api.urls

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/docs", docs, name="api_docs"),
    path(
        "v1/",
        include(
            ([answering(pattern) for pattern in _patterns if isinstance(pattern, URLPattern)], _app_name),
            namespace=_namespace,
        ),
    ),
    re_path(r"^(?P<path>.*)$", nothing_here),
]
