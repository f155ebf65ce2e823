"""The app's registration."""

from __future__ import annotations

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The brand's desk: products, issuing, cases, approvals, dashboards, reports."""

    name = "cardtrail.web.desk"
    label = "desk"

    def ready(self) -> None:
        """Give the pages the brand's name, and keep staff from deleting their accounts."""
        from cardtrail.web.accounts import deletion
        from cardtrail.web.desk import access, appointing, wiring, wiring_cases
        from cardtrail.web.desk.brand import brand_name
        from cardtrail.web.desk.sections import sections
        from cardtrail.web.ui.site import sources

        sources.brand = brand_name
        sources.staff = access.works_here
        access.register()
        sources.sections = sections
        deletion.objections.append(appointing.objections)
        wiring.connect()
        wiring_cases.connect()
