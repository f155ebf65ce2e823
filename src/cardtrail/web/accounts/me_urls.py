"""The pages about oneself."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from cardtrail.web.accounts.views import closing, identity, me, protect, sessions

urlpatterns: list[URLPattern | URLResolver] = [
    path("", me.me, name="me"),
    path("profile/", me.profile, name="profile"),
    path("mails/", me.mails, name="mails"),
    path("protect/", protect.protect, name="protect"),
    path("devices/", sessions.devices, name="devices"),
    path("devices/end/<int:session_id>/", sessions.end, name="end_session"),
    path("devices/end/others/", sessions.end_others, name="end_other_sessions"),
    path("identity/", identity.identity, name="identity"),
    path("delete/", closing.delete, name="delete_account"),
    path("deleted/", closing.deleted, name="account_deleted"),
]
