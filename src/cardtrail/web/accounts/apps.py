"""The app's registration."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People: who they are, how they sign in, on which devices."""

    name = "cardtrail.web.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Tell custody what this app has sealed, and have second factors read with whoever is signed in."""
        from cardtrail.web.accounts import sealing, second_factor

        sealing.register()
        second_factor.register()
