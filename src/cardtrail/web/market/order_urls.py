"""Addresses of orders, for their parties."""

from __future__ import annotations

from django.urls import URLPattern, path

from cardtrail.web.market.views import disputes, orders

urlpatterns: list[URLPattern] = [
    path("orders/", orders.orders, name="orders"),
    path("orders/<order:number>/", orders.order, name="order"),
    path("orders/<order:number>/state/", orders.state, name="order_state"),
    path("orders/<order:number>/paid/", orders.paid, name="order_paid"),
    path("orders/<order:number>/step-up/", orders.step_up, name="order_step_up"),
    path("orders/<order:number>/act/<slug:act>/", orders.act, name="order_act"),
    path("orders/<order:number>/dispute/", disputes.dispute, name="dispute"),
    path("orders/<order:number>/dispute/open/", disputes.open_dispute, name="open_dispute"),
    path("orders/<order:number>/dispute/evidence/", disputes.evidence, name="give_evidence"),
    path("orders/<order:number>/dispute/split/", disputes.propose, name="propose_split"),
    path("orders/<order:number>/dispute/appeal/", disputes.appeal, name="appeal_decision"),
    path("orders/<order:number>/pictures/<int:picture>/", disputes.picture, name="exhibit_picture"),
]
