"""The addresses of casework that holders use. `cards.urls` takes them in, whose form of card numbers they share."""

from __future__ import annotations

from django.urls import path

from cardtrail.web.desk.views import appeals, penalties

urlpatterns = [
    path("cards/<card:serial>/appeal/", appeals.appeal, name="appeal"),
    path("records/looks/", appeals.looks, name="looks"),
    path("records/penalties/<int:penalty_id>/", penalties.my_penalty, name="penalty"),
    path("records/cases/<slug:number>/", appeals.my_case, name="my_case"),
]
