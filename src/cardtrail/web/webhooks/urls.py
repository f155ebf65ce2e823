"""The app's addresses."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from cardtrail.web.webhooks import views

app_name = "webhooks"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.endpoint_list, name="list"),
    path("new/", views.endpoint_new, name="new"),
    path("types/", views.type_list, name="types"),
    path("deliveries/<int:pk>/", views.delivery_page, name="delivery"),
    path("deliveries/<int:pk>/resend/", views.delivery_resend, name="delivery_resend"),
    path("<uuid:pk>/", views.endpoint_page, name="endpoint"),
    path("<uuid:pk>/edit/", views.endpoint_edit, name="edit"),
    path("<uuid:pk>/rotate/", views.endpoint_rotate, name="rotate"),
    path("<uuid:pk>/pause/", views.endpoint_pause, name="pause"),
    path("<uuid:pk>/resume/", views.endpoint_resume, name="resume"),
    path("<uuid:pk>/test/", views.endpoint_test, name="test"),
    path("<uuid:pk>/resend/", views.endpoint_resend, name="resend"),
]
