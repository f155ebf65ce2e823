"""The app's registration."""

from __future__ import annotations

from django.apps import AppConfig


class TransparencyConfig(AppConfig):
    """The public page: latest checkpoint, totals, how to verify."""

    name = "cardtrail.web.transparency"
    label = "transparency"
