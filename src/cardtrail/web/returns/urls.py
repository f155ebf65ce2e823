"""The addresses of returns: holders' pages, and staff's at the desk."""

from __future__ import annotations

from django.urls import path, register_converter

from cardtrail.web.cards.access import CardNumber
from cardtrail.web.returns.views import desk, holder, payout, terms

register_converter(CardNumber, "returned_card")

app_name = "returns"

urlpatterns = [
    path("returns/", holder.mine, name="mine"),
    path("returns/points/", holder.account, name="points"),
    path("returns/cards/<returned_card:serial>/", holder.card, name="card"),
    path("returns/<uuid:return_id>/", holder.one, name="return"),
    path("desk/returns/", desk.returns, name="desk"),
    path("desk/returns/export/", desk.export, name="export"),
    path("desk/returns/terms/", terms.versions, name="terms"),
    path("desk/returns/terms/new/", terms.new, name="new_terms"),
    path("desk/returns/terms/<int:offer_id>/approve/", terms.approve, name="approve_terms"),
    path("desk/returns/terms/<int:offer_id>/decline/", terms.decline, name="decline_terms"),
    path("desk/returns/<uuid:return_id>/", payout.payout, name="payout"),
    path("desk/returns/<uuid:return_id>/again/", desk.again, name="again"),
    path("desk/returns/<uuid:return_id>/by-hand/", payout.by_hand, name="by_hand"),
    path("desk/returns/<uuid:return_id>/account/", payout.account, name="redirect"),
]
