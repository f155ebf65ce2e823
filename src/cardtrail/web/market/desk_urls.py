"""Addresses of the market's desk, for staff."""

from __future__ import annotations

from django.urls import URLPattern, path

from cardtrail.web.market.views import (
    desk_cases,
    desk_conduct,
    desk_figures,
    desk_held,
    desk_listings,
    desk_payees,
    desk_queue,
)

urlpatterns: list[URLPattern] = [
    path("desk/", desk_queue.queue_page, name="desk"),
    path("desk/closed/", desk_queue.closed, name="desk_closed"),
    path("desk/find/", desk_queue.find, name="desk_find"),
    path("desk/matters/<int:matter>/", desk_queue.matter_page, name="desk_matter"),
    path("desk/matters/<int:matter>/close/", desk_queue.close, name="desk_close"),
    path("desk/claims/", desk_queue.claims, name="desk_claims"),
    path("desk/orders/<order:number>/", desk_cases.case_page, name="desk_order"),
    path("desk/orders/<order:number>/money/", desk_cases.money, name="desk_money"),
    path("desk/orders/<order:number>/rule/", desk_cases.rule, name="desk_rule"),
    path("desk/orders/<order:number>/rule-on-appeal/", desk_cases.rule_on_appeal, name="desk_rule_on_appeal"),
    path("desk/orders/<order:number>/review/", desk_cases.review, name="desk_review"),
    path("desk/orders/<order:number>/pictures/<int:picture>/", desk_cases.picture, name="desk_picture"),
    path("desk/orders/<order:number>/conduct/<slug:side>/", desk_conduct.of_order, name="desk_conduct"),
    path("desk/listings/<uuid:listing_id>/conduct/", desk_conduct.of_listing, name="desk_listing_conduct"),
    path("desk/held/<uuid:decision>/", desk_held.held, name="desk_held"),
    path("desk/held/<uuid:decision>/decide/", desk_held.decide, name="desk_held_act"),
    path("desk/listings/", desk_listings.listings, name="desk_listings"),
    path("desk/listings/<uuid:listing_id>/", desk_listings.listing_page, name="desk_listing"),
    path("desk/listings/<uuid:listing_id>/<slug:act>/", desk_listings.act, name="desk_listing_act"),
    path("desk/payees/", desk_payees.payees, name="desk_payees"),
    path("desk/payees/new/", desk_payees.new_payee, name="desk_new_payee"),
    path("desk/payees/<int:account_id>/stop/", desk_payees.stop_payee, name="desk_stop_payee"),
    path("desk/figures/", desk_figures.figures, name="desk_figures"),
    path("desk/figures.csv", desk_figures.table, name="desk_figures_csv"),
]
