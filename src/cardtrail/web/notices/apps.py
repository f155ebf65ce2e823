"""The app's registration."""

from __future__ import annotations

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """What people are told, in the pages and by mail."""

    name = "cardtrail.web.notices"
    label = "notices"
