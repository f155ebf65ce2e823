"""The desk's pages of this app; the project hangs them below the desk's address."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from cardtrail.web.api import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.key_list, name="api_keys"),
    path("new/", views.key_new, name="api_key_new"),
    path("<slug:prefix>/revoke/", views.key_revoke, name="api_key_revoke"),
]
