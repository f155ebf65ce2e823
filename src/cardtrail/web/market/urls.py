"""Addresses of the market, below /market/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, register_converter

from cardtrail.web.cards.access import CardNumber
from cardtrail.web.market import desk_urls, order_urls
from cardtrail.web.market.views import browse, buy, groups, sell, talks

register_converter(CardNumber, "listed_card")

app_name = "market"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", browse.browse, name="browse"),
    path("prices/", browse.prices, name="prices"),
    path("listing/<uuid:listing_id>/", browse.listing, name="listing"),
    path("listing/<uuid:listing_id>/proof", browse.listing_proof, name="listing_proof"),
    path("listing/<uuid:listing_id>/ask/", talks.ask, name="ask"),
    path("listing/<uuid:listing_id>/buy/", buy.buy, name="buy"),
    path("sell/", sell.sell, name="sell"),
    path("sell/<listed_card:serial>/", sell.sell_card, name="sell_card"),
    path("card/<listed_card:serial>/", sell.of_card, name="of_card"),
    path("appeal/", sell.appeal, name="appeal"),
    path("mine/", sell.mine, name="mine"),
    path("mine/<uuid:listing_id>/", sell.selling_page, name="selling"),
    path("mine/<uuid:listing_id>/price/", sell.price, name="price"),
    path("mine/<uuid:listing_id>/withdraw/", sell.withdraw, name="withdraw"),
    path("talks/", talks.talks, name="talks"),
    path("talks/<uuid:talk_id>/", talks.talk, name="talk"),
    path("talks/<uuid:talk_id>/say/", talks.say, name="say"),
    path("offers/<uuid:offer_id>/<slug:act>/", talks.answer, name="answer"),
    path("groups/", groups.groups, name="groups"),
    path("groups/<uuid:group_id>/", groups.group, name="group"),
    path("groups/<uuid:group_id>/<slug:act>/", groups.change, name="change_group"),
    path("g/<slug:public>", groups.landing, name="join_link"),
    path("g/<slug:public>/join/", groups.join, name="join"),
    *order_urls.urlpatterns,
    *desk_urls.urlpatterns,
]
