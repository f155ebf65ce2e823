"""The app's registration."""

from __future__ import annotations

from django.apps import AppConfig


class LookConfig(AppConfig):
    """Look and texts: templates, styles, icons, charts, both languages side by side."""

    name = "cardtrail.web.ui"
    label = "ui"
