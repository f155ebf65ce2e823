"""The app's registration."""

from __future__ import annotations

from django.apps import AppConfig


class APIConfig(AppConfig):
    """The REST API for the brand's developers."""

    name = "cardtrail.web.api"
    label = "api"

    def ready(self) -> None:
        """Have our sealed column known to the rotation of keys."""
        from cardtrail.web.actions.custody import RESEALED, Sealed
        from cardtrail.web.api.idempotency import about
        from cardtrail.web.api.models import Call

        RESEALED.append(Sealed(Call, "answer", about))
