"""Who is told when an endpoint was stopped."""

from __future__ import annotations

from django.urls import reverse

from cardtrail.web.desk.models import Staff
from cardtrail.web.notices.tell import notify
from cardtrail.web.ui.texts import Text
from cardtrail.web.webhooks.models import Endpoint

_STOPPED = Text("事件推送 {name} 没有再发送。{reason}。", "Events are no longer sent to {name}. {reason}.")


def tell_staff(endpoint: Endpoint) -> None:
    """A notice, and a mail, to everybody who looks after the brand's systems. Part of the caller's transaction."""
    for staff in Staff.objects.filter(active=True).select_related("person"):
        if staff.may("developer"):
            notify(
                staff.person,
                "webhooks.stopped",
                key=f"webhook/{endpoint.pk}/{endpoint.disabled_ms}",
                text=_STOPPED.format(name=endpoint.name, reason=endpoint.reason_text),
                url=reverse("webhooks:endpoint", kwargs={"pk": endpoint.pk}),
                at_ms=endpoint.disabled_ms,
            )
