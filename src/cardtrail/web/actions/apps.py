"""The app's registration."""

from __future__ import annotations

from django.apps import AppConfig


class ActionsConfig(AppConfig):
    """Everything that changes the ledger: confirmed by a person, signed by custody, done once."""

    name = "cardtrail.web.actions"
    label = "actions"
