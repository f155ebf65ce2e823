"""Offering cards: prices with their reasons, the rules that refuse, what risk says, other prices, back with it."""

from __future__ import annotations

from typing import Any

import pytest

from cardtrail.risk.port import Act
from cardtrail.web.accounts.deletion import objections_of
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import run_due
from cardtrail.web.cards import worth
from cardtrail.web.desk.casework import Case
from cardtrail.web.ledger.follow import catch_up
from cardtrail.web.ledger.models import Movement
from cardtrail.web.market import changing, deciding, following, forms, screening, timers
from cardtrail.web.market.models import Listing
from cardtrail.web.market.refusals import NotPossible
from cardtrail.web.notices.models import Notice
from cardtrail.web.orders import reconcile
from cardtrail.web.orders.models import Deal, Matter
from cardtrail.web.risks.decisions import OwnDecision
from cardtrail.web.risks.models import Decision, Penalty
from cardtrail.web.risks.penalties import penalise
from cardtrail.web.ui import clock
from cardtrail.web.ui.clock import DAY_MS, HOUR_MS, MINUTE_MS, now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number
from cardtrail.wire.products import Transferable
from tests.web.market.stalls import Stalls, said, text_of
from tests.web.people import claim, do

pytestmark = pytest.mark.django_db


def test_the_form_shows_a_band_with_its_reason_and_the_cap(stalls: Stalls) -> None:
    [serial] = stalls.cards()
    page = text_of(stalls.at_seller.get("/market/sell/", {"card": card_number(serial)}))
    assert "参考价" in page
    assert "近期同类成交不足" in page, "why the band is what it is"
    assert "¥500.00" in page, "the cap"
    stalls.at_seller.cookies["cardtrail_language"] = "en"
    assert "Fewer than" in text_of(stalls.at_seller.get("/market/sell/", {"card": card_number(serial)}))


def test_the_words_that_are_shown_are_the_ones_that_are_kept(stalls: Stalls) -> None:
    [serial] = stalls.cards()
    shown = text_of(stalls.at_seller.post("/market/sell/", stalls.sell_form([serial], step="check")))
    stalls.sell([serial])
    kept = Confirmation.objects.get(purpose="sell").text
    assert kept in shown
    for said_so in ("账本上锁定", "最高也不超过此价", "¥450.00", "30 天"):
        assert said_so in kept


def test_equal_cards_are_listed_together_each_by_itself(stalls: Stalls) -> None:
    serials = stalls.cards(3)
    stalls.sell(serials)
    made = Listing.objects.all()
    assert {one.serial for one in made} == set(serials)
    assert {one.stage for one in made} == {"listed"}
    assert len({one.confirmation_id for one in made}) == 1, "one confirmation"
    changing_one = made[0]
    stalls.at_seller.post(f"/market/mine/{changing_one.pk}/withdraw/")
    assert sorted(Listing.objects.values_list("stage", flat=True)) == ["listed", "listed", "withdrawn"]


def test_the_same_form_twice_is_one_listing(stalls: Stalls) -> None:
    [serial] = stalls.cards()
    form = stalls.sell_form([serial], token="a" * 32)
    first, second = (stalls.at_seller.post("/market/sell/", form) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Listing.objects.count() == 1


@pytest.mark.parametrize(
    ("terms", "rule"),
    [
        ({"transferable": Transferable.NO}, "这种卡不能转让"),
        ({"transferable": Transferable.GIFT}, "可以赠送，不能出售"),
        ({"cooling_off_ms": 2 * DAY_MS}, "冷静期"),
        ({"max_hops": 1}, "最多转手 1 次"),
        ({"hold_limit_ms": 2 * DAY_MS}, "锁定时间太短"),
    ],
    ids=["not_transferable", "gifts_only", "cooling_off", "hops", "hold_limit"],
)
def test_what_may_not_be_sold_is_refused_with_its_rule(
    stalls: Stalls, terms: dict[str, Any], rule: str
) -> None:
    [serial] = stalls.cards(**{"name": "别的卡", **terms})
    assert rule in text_of(stalls.at_seller.get("/market/sell/"))
    assert rule in text_of(stalls.at_seller.post("/market/sell/", stalls.sell_form([serial])))
    assert not Listing.objects.exists()


@pytest.mark.parametrize(
    "price", ["500.01", "0", "-1", "NaN", "1e400", "4.5.0", "99999999999999999999", "0.001", "", "１e3"]
)
def test_prices_that_are_none(stalls: Stalls, price: str) -> None:
    [serial] = stalls.cards()
    answer = stalls.at_seller.post("/market/sell/", stalls.sell_form([serial], price))
    assert answer.status_code == 422
    assert not Listing.objects.exists()


def test_the_cap_is_the_whole_balance_whatever_the_terms_say(stalls: Stalls) -> None:
    [serial] = stalls.cards(name="贵卡", resale_cap_bp=20_000)
    answer = stalls.at_seller.post("/market/sell/", stalls.sell_form([serial], "500.01"))
    assert "最多可标 ¥500.00" in text_of(answer)
    [capped] = stalls.cards(name="限价卡", resale_cap_bp=9_000)
    answer = stalls.at_seller.post("/market/sell/", stalls.sell_form([capped], "450.01"))
    assert "最多可标 ¥450.00" in text_of(answer)


def test_a_newcomer_offers_five_cards(stalls: Stalls) -> None:
    serials = stalls.cards(6, 10_000)
    answer = stalls.at_seller.post("/market/sell/", stalls.sell_form(serials, "90"))
    assert "同时最多出售 5 张" in text_of(answer)
    stalls.sell(serials[:5], "90")
    answer = stalls.at_seller.post("/market/sell/", stalls.sell_form(serials[5:], "90"))
    assert "你已有 5 张在售" in text_of(answer)


def test_a_newcomer_sells_for_little_at_a_time(stalls: Stalls) -> None:
    [serial] = stalls.cards(1, 100_000)
    answer = stalls.at_seller.post("/market/sell/", stalls.sell_form([serial], "900"))
    assert "单笔最多 ¥500.00" in text_of(answer)


def test_nobody_offers_somebody_elses_card(stalls: Stalls) -> None:
    serials = stalls.ledger.issue(1)
    claim(stalls.buyer, stalls.ledger, serials)
    page = stalls.at_seller.post("/market/sell/", stalls.sell_form(serials))
    assert page.status_code == 200
    assert "出售哪些卡" in text_of(page)
    assert not Listing.objects.exists()


def test_while_the_ledger_is_away_it_waits_and_then_comes_on_sale(stalls: Stalls) -> None:
    [serial] = stalls.cards()
    stalls.ledger.wire.cut = True
    answer = stalls.at_seller.post("/market/sell/", stalls.sell_form([serial]))
    page = text_of(stalls.at_seller.get(answer["Location"]))
    assert "卡正在账本上锁定" in page
    assert 'hx-trigger="every 2s"' in page
    stalls.ledger.wire.cut = False
    Action.objects.update(lease_ms=0, next_try_ms=0)
    run_due()
    assert "在售" in text_of(stalls.at_seller.get(answer["Location"] + "?fragment=1"))
    assert Notice.objects.filter(person=stalls.seller, kind="market.listed").count() == 1


# What risk says


def test_a_step_up_is_asked_for_and_nothing_is_offered_before_it(stalls: Stalls) -> None:
    serials = stalls.cards(2)
    stalls.rules("step_up", Act.LIST)
    answer = stalls.at_seller.post("/market/sell/", stalls.sell_form(serials))
    page = text_of(answer)
    assert "请再验证一次" in page
    assert "%3Fcard%3D" in page, "what was filled in comes back"
    assert not Listing.objects.exists()
    assert Decision.objects.filter(person=stalls.seller, outcome="step_up").count() == 1, "the answer is kept"


def test_proved_once_more_the_same_form_goes_through(stalls: Stalls) -> None:
    [serial] = stalls.cards()
    stalls.rules("step_up", Act.LIST)
    session = stalls.at_seller.session
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": now_ms() / 1000}]
    session.save()
    assert stalls.sell([serial]).stage == "listed"
    session["account_authentication_methods"] = [
        {"method": "mfa", "type": "totp", "at": now_ms() / 1000 - 3_600}
    ]
    session.save()
    answer = stalls.at_seller.post("/market/sell/", stalls.sell_form(stalls.cards()))
    assert "请再验证一次" in text_of(answer), "an hour later it is asked for anew"


def test_a_block_says_why_and_a_person_can_be_asked(stalls: Stalls) -> None:
    [serial] = stalls.cards()
    stalls.rules("block", Act.LIST)
    answer = stalls.at_seller.post("/market/sell/", stalls.sell_form([serial]))
    assert answer.status_code == 403
    assert "测试规则拦下了它" in text_of(answer)
    decision = Decision.objects.get(outcome="block")
    given = {"decision": str(decision.pk), "words": "我只是换了手机"}
    assert stalls.at_other.post("/market/appeal/", given).status_code == 404, "of somebody else's decision"
    for _ in range(2):
        answer = stalls.at_seller.post("/market/appeal/", given)
    assert answer["Location"].startswith("/records/cases/")
    case = Case.objects.get()
    assert "我只是换了手机" in case.entries.get().zh


def test_what_is_held_waits_unsigned_until_somebody_has_looked(stalls: Stalls) -> None:
    [serial] = stalls.cards()
    stalls.rules("hold", Act.LIST)
    listing = stalls.sell([serial])
    assert listing.stage == "screening"
    assert stalls.card(serial).state == "active", "nothing was signed"
    page = text_of(stalls.at_seller.get(f"/market/mine/{listing.pk}/"))
    assert "工作人员先看" in page
    assert "测试规则拦下了它" in page
    assert "请再验证一次身份" not in page, "while a person looks nothing is asked of the seller"
    assert list(screening.waiting()) == [listing]
    with pytest.raises(OwnDecision):
        screening.clear(listing, by=stalls.seller, why="我自己")
    screening.clear(listing, by=stalls.staff, why="看过了")
    assert stalls.now(listing).stage == "listed"
    assert stalls.card(serial).state == "sale"


def test_what_is_held_can_be_refused_or_taken_back(stalls: Stalls) -> None:
    serials = stalls.cards(2)
    stalls.rules("hold", Act.LIST)
    first, second = stalls.sell(serials[:1]), stalls.sell(serials[1:])
    screening.refuse(first, by=stalls.staff, why="risk")
    assert stalls.now(first).stage == "delisted"
    stalls.at_seller.post(f"/market/mine/{second.pk}/withdraw/")
    assert stalls.now(second).stage == "withdrawn"
    stalls.at_seller.post(f"/market/mine/{first.pk}/withdraw/")
    assert set(Action.objects.filter(confirmation__purpose="sell").values_list("state", flat=True)) == {
        "declined"
    }
    assert stalls.card(serials[0]).state == "active"


# Other prices, and back


def test_down_is_at_once_and_changes_nothing_on_the_ledger(stalls: Stalls) -> None:
    listing = stalls.sell()
    version = stalls.card(listing.serial).version
    answer = stalls.at_seller.post(f"/market/mine/{listing.pk}/price/", {"price": "420"})
    assert answer.status_code == 302
    now = stalls.now(listing)
    assert (now.price_minor, now.shown_version, now.discount_bp) == (42_000, 2, 1_600)
    assert stalls.card(listing.serial).version == version


def test_up_beyond_what_was_confirmed_lists_it_anew(stalls: Stalls) -> None:
    listing = stalls.sell()
    url = f"/market/mine/{listing.pk}/price/"
    asked = stalls.at_seller.post(url, {"price": "470"})
    assert "先撤回现在的出售" in text_of(asked)
    assert stalls.now(listing).stage == "listed", "nothing has happened yet"
    stalls.at_seller.post(url, {"price": "470", "step": "confirm"})
    assert stalls.now(listing).stage == "withdrawn"
    new = Listing.objects.get(stage="listed")
    assert (new.price_minor, new.motive) == (47_000, "cash")
    assert stalls.card(listing.serial).hold_price_minor == 47_000
    too_much = stalls.at_seller.post(f"/market/mine/{new.pk}/price/", {"price": "501"})
    assert "最多可标" in text_of(too_much)
    assert stalls.now(new).stage == "listed"


def test_taken_back_the_card_is_free_again(stalls: Stalls) -> None:
    listing = stalls.sell()
    stalls.at_seller.post(f"/market/mine/{listing.pk}/withdraw/")
    assert stalls.now(listing).stage == "withdrawn"
    assert stalls.card(listing.serial).state == "active"
    assert stalls.sell([listing.serial]).stage == "listed", "and can be offered again"


def test_after_thirty_days_it_comes_back_by_itself(stalls: Stalls, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = stalls.sell()
    later = now_ms() + 30 * DAY_MS + 1
    monkeypatch.setattr("cardtrail.web.market.deciding.now_ms", lambda: later)
    assert timers.run_due(later) == 1
    assert stalls.now(listing).stage == "expired"
    assert stalls.card(listing.serial).state == "active"
    assert timers.run_due(later) == 0


def test_nobody_else_changes_it(stalls: Stalls) -> None:
    listing = stalls.sell()
    for url in ("", "price/", "withdraw/"):
        path = f"/market/mine/{listing.pk}/{url}"
        assert stalls.at_other.get(path).status_code in {404, 405}
        assert stalls.at_other.post(path, {"price": "1"}).status_code in {404, 405}
    assert stalls.now(listing).price_minor == 45_000


# The card itself, and staff


def test_a_card_that_is_frozen_while_listed_is_not_offered_any_more(stalls: Stalls) -> None:
    listing = stalls.sell()
    do(None, Order("freeze", listing.serial, {"cause": "request", "case": "00" * 32}))
    catch_up()
    now = stalls.now(listing)
    assert (now.stage, now.why) == ("withdrawn", "card_frozen")
    stalls.at_buyer.get("/market/")
    assert "已冻结" in text_of(stalls.at_seller.get(f"/market/mine/{listing.pk}/"))


def test_a_listing_that_was_turned_down_was_never_set_aside(stalls: Stalls) -> None:
    """And one that was taken down is: each is told what holds for it."""
    stalls.rules("hold", Act.LIST)
    listing = stalls.sell()
    screening.refuse(listing, by=stalls.staff, why="risk")
    assert stalls.card(listing.serial).state == "active"
    told = Notice.objects.get(person=stalls.seller, kind="market.delisted")
    assert "没有锁定" in told.zh
    assert "仍锁定" not in told.zh
    assert "still set aside" not in told.en
    stalls.rules()
    other = stalls.sell()
    changing.delist(other.pk, by=str(stalls.staff.pk), why="rules")
    assert (
        "仍锁定" in Notice.objects.get(person=stalls.seller, serial=other.serial, kind="market.delisted").zh
    )


@pytest.mark.parametrize(
    ("currency", "typed", "minor"), [("CNY", "45", 4_500), ("KWD", "45.125", 45_125), ("JPY", "45", 45)]
)
def test_prices_are_read_in_the_cards_own_money(currency: str, typed: str, minor: int) -> None:
    form = forms.OfferForm({"price": typed}, currency=currency)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["price"] == minor
    listing = Listing(price_minor=minor, currency=currency)
    again = forms.PriceForm(listing=listing)
    price = forms.PriceForm({"price": again.initial["price"]}, listing=listing)
    assert price.is_valid(), price.errors
    assert price.cleaned_data["price"] == minor
    assert ("元" in str(form.fields["price"].label)) is (currency == "CNY")


def test_where_no_limits_are_set_nothing_is_sold(stalls: Stalls) -> None:
    """Nor is its value added to that of another money."""
    product = stalls.ledger.define("第纳尔卡", currency="KWD")
    serials = stalls.ledger.issue(1, 50_000, product)
    claim(stalls.seller, stalls.ledger, serials)
    answer = stalls.at_seller.post("/market/sell/", stalls.sell_form(serials, "45.125"))
    assert "这种货币还没有设定交易限额" in text_of(answer)
    assert not Listing.objects.exists()


def test_one_listing_that_cannot_hear_keeps_no_other_waiting(
    stalls: Stalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    sick, well = (stalls.sell([serial]) for serial in stalls.cards(2))
    real = deciding.lock
    with monkeypatch.context() as patched:
        patched.setattr(deciding, "lock", lambda id: real(id) if id != sick.pk else 1 // 0)
        for listing in (sick, well):
            do(None, Order("freeze", listing.serial, {"cause": "request", "case": "00" * 32}))
        catch_up()
        assert (stalls.now(sick).stage, stalls.now(well).stage) == ("listed", "withdrawn")
        [matter] = Matter.objects.filter(kind="news_not_taken")
        assert (matter.serial, matter.facts["listing"]) == (sick.serial, str(sick.pk))
        assert reconcile.run().away == 1
    assert reconcile.run().fed == {"CardGone": 1}
    assert stalls.now(sick).stage == "withdrawn"
    assert reconcile.run().fed == {}


def test_what_happened_to_the_card_before_it_was_listed_says_nothing(stalls: Stalls) -> None:
    """The projection may come to a card's past only after it was listed."""
    listing = stalls.sell()
    past = list(Movement.objects.filter(serial=listing.serial, kind="transfer"))
    assert past
    following.moved(past)
    assert stalls.now(listing).stage == "listed"


def test_taken_down_and_put_back_once(stalls: Stalls) -> None:
    listing = stalls.sell()
    colleague, _ = stalls.somebody("客服二")
    changing.delist(listing.pk, by=str(stalls.staff.pk), why="rules")
    now = stalls.now(listing)
    assert (now.stage, now.why) == ("delisted", "rules")
    assert stalls.card(listing.serial).state == "sale", "an appeal can put it back as it was"
    assert stalls.at_buyer.get(f"/market/listing/{listing.pk}/").status_code == 404
    with pytest.raises(NotPossible) as same:
        changing.overturn(listing.pk, by=str(stalls.staff.pk))
    assert same.value.code == "same_reviewer"
    changing.overturn(listing.pk, by=str(colleague.pk))
    assert stalls.now(listing).stage == "listed"


def test_what_is_on_sale_is_linked_from_the_card(stalls: Stalls) -> None:
    [serial] = stalls.cards()
    number = card_number(serial)
    card_page = f"/cards/{number}/"
    page = text_of(stalls.at_seller.get(card_page))
    assert f"/market/sell/{number}/" in page
    listing = stalls.sell([serial])
    page = text_of(stalls.at_seller.get(card_page))
    assert f"/market/sell/{number}/" not in page
    assert f"/market/card/{number}/" in page
    assert stalls.at_seller.get(f"/market/card/{number}/")["Location"] == f"/market/mine/{listing.pk}/"
    assert stalls.at_other.get(f"/market/card/{number}/").status_code == 404


def test_an_account_with_cards_on_sale_stays(stalls: Stalls) -> None:
    listing = stalls.sell()
    assert any("在出售" in str(one.text) for one in objections_of(stalls.seller))
    stalls.at_seller.post(f"/market/mine/{listing.pk}/withdraw/")
    assert not any("在出售" in str(one.text) for one in objections_of(stalls.seller))


def test_a_hold_that_ends_too_soon_is_ended(stalls: Stalls) -> None:
    listing = stalls.sell(stalls.cards(name="短卡", hold_limit_ms=5 * DAY_MS))
    assert listing.hold_until_ms - now_ms() < 5 * DAY_MS
    assert timers.run_due(listing.hold_until_ms - 2 * DAY_MS - HOUR_MS) == 0
    assert timers.run_due(listing.hold_until_ms - 2 * DAY_MS + 1) == 1
    assert stalls.now(listing).why == "hold_ends"
    assert "锁定期限" in said(stalls.at_seller.get(f"/market/mine/{listing.pk}/"))


def test_a_listing_that_cannot_be_read_keeps_nobody_waiting(stalls: Stalls) -> None:
    broken, other = stalls.sell(), stalls.sell()
    offer = stalls.answer(stalls.offer(stalls.sell()), "accept", stalls.at_seller)
    Listing.objects.filter(pk=broken.pk).update(state=b"{}", next_ms=1)
    at_ms = other.next_ms or 0
    clock.set_ahead(at_ms - now_ms() + MINUTE_MS)
    try:
        timers.run_due(now_ms())
    finally:
        clock.set_ahead(0)
    assert stalls.now(other).stage == "expired"
    offer.refresh_from_db()
    assert offer.kept_until_ms is None


def test_the_brands_buyback_is_the_floor(stalls: Stalls) -> None:
    [serial] = stalls.cards()
    before = worth.brand_pays(lambda card, person: 42_000)
    page = text_of(stalls.at_seller.get("/market/sell/", {"card": card_number(serial)}))
    worth.brand_pays(before)
    assert "品牌回购" in page
    assert "¥420.00 – ¥425.00" in page
    assert "下限为品牌回购价 ¥420.00" in page


def test_what_was_sold_and_refunded_is_not_called_sold(stalls: Stalls) -> None:
    listing = stalls.sell()
    deal = stalls.bought(listing)
    pages = ("/market/mine/", f"/market/mine/{listing.pk}/")
    assert ["已售出" in text_of(stalls.at_seller.get(page)) for page in pages] == [True, True]
    Deal.objects.filter(pk=deal.pk).update(stage="refunded")
    for page in pages:
        text = text_of(stalls.at_seller.get(page))
        assert "已退款" in text
        assert "已售出" not in text


def test_whoever_may_not_sell_reads_so_before_choosing(stalls: Stalls) -> None:
    stalls.cards()
    assert "你被暂停出售" not in text_of(stalls.at_seller.get("/market/sell/"))
    reason = Text("测试", "A test")
    penalise(stalls.seller, by=stalls.staff, case="2026-000001", reason=reason, kind=Penalty.Kind.SELL)
    assert "你被暂停出售" in text_of(stalls.at_seller.get("/market/sell/"))


def test_nothing_chosen_is_said(stalls: Stalls) -> None:
    stalls.cards()
    words = "请先选择要出售的卡"
    assert words not in text_of(stalls.at_seller.get("/market/sell/"))
    assert words in text_of(stalls.at_seller.get("/market/sell/", {"next": "1"}))


def test_what_risk_holds_is_called_so_in_the_list(stalls: Stalls) -> None:
    stalls.sell()
    assert ">工作人员先看<" not in text_of(stalls.at_seller.get("/market/mine/"))
    stalls.rules("hold")
    stalls.sell()
    page = text_of(stalls.at_seller.get("/market/mine/"))
    assert page.count(">工作人员先看<") == 1
    assert "准备中" not in page


def test_a_price_that_may_be_a_slip_is_asked_about(stalls: Stalls, monkeypatch: pytest.MonkeyPatch) -> None:
    """When it is named first, and when it is changed; above the band nobody is asked."""
    [serial] = stalls.cards()
    form = stalls.sell_form([serial], "45") | {"step": "check"}
    page = text_of(stalls.at_seller.post("/market/sell/", form))
    assert "没有写错吧" in page
    assert "¥45.00 低于参考价" in page
    high = stalls.sell_form([serial], "499") | {"step": "check"}
    assert "没有写错吧" not in text_of(stalls.at_seller.post("/market/sell/", high))

    listing = stalls.sell([serial], "499")
    url = f"/market/mine/{listing.pk}/price/"
    assert "没有写错吧" in text_of(stalls.at_seller.post(url, {"price": "45"}))
    assert stalls.now(listing).price_minor == 49_900
    stalls.at_seller.post(url, {"price": "498"})
    assert stalls.now(listing).price_minor == 49_800
    stalls.at_seller.post(url, {"price": "45", "step": "confirm"})
    assert stalls.now(listing).price_minor == 4_500
    monkeypatch.setattr("cardtrail.web.market.views.sell.floors_of", lambda *_: {serial: 30_000})
    assert "也低于品牌回购的 ¥300.00" in text_of(stalls.at_seller.post(url, {"price": "44"}))
