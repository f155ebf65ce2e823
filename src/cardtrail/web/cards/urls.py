"""The app's addresses."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, register_converter

from cardtrail.web.cards.access import CardNumber
from cardtrail.web.cards.views import (
    card,
    claim,
    gift,
    gifts,
    give,
    home,
    lost,
    merge,
    outcome,
    proof,
    records,
    share,
    shared,
    split,
)

register_converter(CardNumber, "card")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="wallet"),
    path("ended/", home.ended, name="ended"),
    path("claim/", claim.claim, name="claim"),
    path("claim", claim.claim),
    path("confirmed/<uuid:confirmation_id>/", outcome.under_way, name="under_way"),
    path("cards/<card:serial>/", card.card, name="card"),
    path("cards/<card:serial>/proof.json", proof.record, name="card_proof"),
    path("cards/<card:serial>/proof.html", proof.file, name="card_proof_file"),
    path("cards/<card:serial>/give/", give.give, name="give"),
    path("cards/<card:serial>/split/", split.split, name="split"),
    path("cards/<card:serial>/split/parts/", split.parts, name="split_parts"),
    path("cards/<card:serial>/merge/", merge.merge, name="merge"),
    path("cards/<card:serial>/merge/result/", merge.result, name="merged"),
    path("cards/<card:serial>/stop/", lost.stop, name="stop"),
    path("cards/<card:serial>/object/", lost.object_, name="object"),
    path("cards/<card:serial>/reactivate/", lost.reactivate, name="reactivate"),
    path("lost/", lost.lost, name="lost"),
    path("lost/<uuid:claim_id>/", lost.loss, name="loss"),
    path("lost/<uuid:claim_id>/withdraw/", lost.withdraw, name="withdraw_loss"),
    path("lost/<uuid:claim_id>/collect/", lost.collect, name="collect"),
    path("cards/<card:serial>/receipts/<int:entry>/", records.receipt, name="receipt"),
    path("cards/<card:serial>/assignment.pdf", records.notice, name="card_notice"),
    path("records/", records.records, name="records"),
    path("records/records.json", records.export, name="records_json"),
    path("records/assignments.pdf", records.notice, name="notice_of_assignment"),
    path("records/cards/", records.cards, name="records_cards"),
    path("records/movements/", records.movements, name="records_movements"),
    path("records/confirmations/", records.confirmations, name="records_confirmations"),
    path("records/confirmations/<uuid:confirmation_id>/", records.confirmation, name="records_confirmation"),
    path("gifts/", gifts.gifts, name="gifts"),
    path("gifts/<uuid:gift_id>/", gifts.gift, name="gift"),
    path("gifts/<uuid:gift_id>/take-back/", gifts.take_back, name="take_back"),
    path("gifts/<uuid:gift_id>/accept/", gifts.accept, name="accept_gift"),
    path("c/<card:serial>", gift.landing, name="gift_link"),
    path("c/<card:serial>/look", gift.look, name="look_gift"),
    path("c/<card:serial>/take", gift.take, name="take_gift"),
    path("share/", share.share, name="share"),
    path("shares/<uuid:share_id>/", share.made, name="made_share"),
    path("shares/<uuid:share_id>/stop/", share.stop, name="stop_share"),
    path("shares/<uuid:share_id>/remove/", share.remove, name="remove_visitor"),
    path("s/<slug:public>", shared.landing, name="share_link"),
    path("s/<slug:public>/look", shared.look, name="look_share"),
    path("s/<slug:public>/take", shared.take, name="take_share"),
    path("", include("cardtrail.web.desk.holder_urls")),
]
