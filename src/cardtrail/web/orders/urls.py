"""The app's addresses: none for people. Pages of orders are the market's."""

from __future__ import annotations

from django.urls import path

from cardtrail.web.orders import incoming

urlpatterns = [path("notify/<slug:provider>/", incoming.notify, name="pay_notify")]
