"""The app's registration."""

from __future__ import annotations

from django.apps import AppConfig


class APIConfig(AppConfig):
    """The REST API for the brand's developers."""

    name = "cardtrail.web.api"
    label = "api"
