"""The app's addresses."""

from __future__ import annotations

from django.urls import path

from cardtrail.web.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.index, name="index"),
    path("<int:id>/", views.detail, name="detail"),
    path("<int:id>/not-me/", views.not_me, name="not_me"),
]
