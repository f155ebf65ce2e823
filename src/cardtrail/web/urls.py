"""Which room answers which address."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from cardtrail.web.desk.views.setup import first_run
from cardtrail.web.health import healthz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz),
    path("setup/", first_run, name="setup"),
    path("accounts/", include("cardtrail.web.accounts.urls")),
    path("me/", include("cardtrail.web.accounts.me_urls")),
    path("desk/api-keys/", include("cardtrail.web.api.desk_urls")),
    path("desk/", include("cardtrail.web.desk.urls")),
    path("", include("cardtrail.web.returns.urls")),
    path("notices/", include("cardtrail.web.notices.urls")),
    path("market/", include("cardtrail.web.market.urls")),
    path("hooks/", include("cardtrail.web.webhooks.urls")),
    path("pay/", include("cardtrail.web.orders.urls")),
    path("pay/", include("cardtrail.web.checkout.urls")),
    path("api/", include("cardtrail.web.api.urls")),
    path("ledger/", include("cardtrail.web.transparency.urls")),
    path("", include("cardtrail.web.ui.urls")),
    path("", include("cardtrail.web.cards.urls")),
]

handler400 = "cardtrail.web.ui.errors.bad_request"
handler403 = "cardtrail.web.ui.errors.permission_denied"
handler404 = "cardtrail.web.ui.errors.page_not_found"
handler500 = "cardtrail.web.ui.errors.server_error"
handler429 = "cardtrail.web.ui.errors.too_many"  # allauth asks for it where its limits are reached.
