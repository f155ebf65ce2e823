"""Which room answers which address."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from cardtrail.web.health import healthz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz),
    path("accounts/", include("cardtrail.web.accounts.urls")),
    path("me/", include("cardtrail.web.accounts.me_urls")),
    path("desk/", include("cardtrail.web.desk.urls")),
    path("notices/", include("cardtrail.web.notices.urls")),
    path("hooks/", include("cardtrail.web.webhooks.urls")),
    path("pay/", include("cardtrail.web.checkout.urls")),
    path("api/", include("cardtrail.web.api.urls")),
    path("ledger/", include("cardtrail.web.transparency.urls")),
    path("", include("cardtrail.web.ui.urls")),
    path("", include("cardtrail.web.cards.urls")),
]
