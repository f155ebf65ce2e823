"""The app's addresses."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from cardtrail.web.ui import gallery, views

app_name = "ui"
urlpatterns: list[URLPattern | URLResolver] = [
    path("language/", views.set_language, name="language"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("design/", gallery.design, name="design"),
]
