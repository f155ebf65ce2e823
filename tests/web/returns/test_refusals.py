"""What is not taken back, and why: one clear sentence each, and nothing has happened."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cardtrail.pricing.offers import Rate, Unit
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import perform
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.web.market import desk_held
from cardtrail.web.notices.models import Notice
from cardtrail.web.orders.models import Matter
from cardtrail.web.returns import handing, limits, quotes
from cardtrail.web.returns.accounts import Account
from cardtrail.web.returns.models import Return
from cardtrail.web.returns.refusals import Refusal
from cardtrail.web.risks import penalties
from cardtrail.web.risks.models import Decision
from cardtrail.web.ui.clock import DAY_MS, MINUTE_MS, now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.products import Transferable
from tests.web.people import claim, do, witness
from tests.web.returns.desk import Brand, fresh, now

pytestmark = pytest.mark.django_db


def code_of(answer: Confirmation | Refusal) -> str:
    assert isinstance(answer, Refusal), answer
    assert answer.text.zh.endswith("。")
    assert answer.text.en.endswith(".")
    return answer.code


def test_nothing_is_offered(brand: Brand) -> None:
    person = brand.holder()
    card = brand.card(person)
    assert brand.refused(card, person) == "not_offered"
    assert quotes.estimates(card, person) == []
    assert quotes.buyback_floor(card, person) is None


def test_terms_that_nobody_approved_do_not_count(brand: Brand) -> None:
    brand.offer(approved=False)
    person = brand.holder()
    assert brand.refused(brand.card(person), person) == "not_offered"


def test_terms_count_from_their_moment(brand: Brand, later: Callable[[int], None]) -> None:
    brand.offer()
    brand.offer(from_ms=now_ms() + DAY_MS, rates=(Rate(pays=5_000),))
    person = brand.holder()
    card = brand.card(person)
    assert quotes.buyback_floor(card, person) == 41_000
    later(DAY_MS + MINUTE_MS)
    assert quotes.buyback_floor(card, person) == 25_000


def test_a_quote_that_has_run_out(brand: Brand, later: Callable[[int], None]) -> None:
    brand.offer()
    person = brand.holder()
    given = brand.quoted(brand.card(person), person)
    later(10 * MINUTE_MS + 1)
    assert code_of(brand.agree(given)) == "quote_expired"
    assert (now(given).state, now(given).confirmation) == ("quoted", None)


def test_a_quote_in_the_last_millisecond(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    brand.offer()
    person = brand.holder()
    given = brand.quoted(brand.card(person), person)
    monkeypatch.setattr(handing, "now_ms", lambda: given.until_ms)
    assert isinstance(brand.agree(given), Confirmation)


def test_a_withdrawn_quote(brand: Brand) -> None:
    brand.offer()
    person = brand.holder()
    given = brand.quoted(brand.card(person), person)
    assert quotes.withdraw(given)
    assert code_of(brand.agree(given)) == "quote_lapsed"


def test_a_new_quote_replaces_the_old(brand: Brand) -> None:
    brand.offer(person_limit=41_000)
    person = brand.holder()
    card = brand.card(person)
    first, second = brand.quoted(card, person), brand.quoted(card, person)
    assert (now(first).state, now(second).state) == ("lapsed", "quoted")


def test_the_balance_has_changed(brand: Brand) -> None:
    brand.offer()
    person = brand.holder()
    card = brand.card(person)
    given = brand.quoted(card, person)
    do(person, Order("redeem", card.serial, {"amount_minor": 100, "order": bytes(32).hex()}))
    assert code_of(brand.agree(given)) == "balance_changed"


def test_the_balance_changes_after_the_yes(brand: Brand) -> None:
    """Our projection did not know; the ledger's card does."""
    brand.offer()
    person = brand.holder()
    card = brand.card(person)
    given = brand.quoted(card, person)
    confirmation = brand.agree(given)
    do(person, Order("redeem", card.serial, {"amount_minor": 100, "order": bytes(32).hex()}))
    perform(confirmation)
    ended = now(given)
    assert (ended.state, ended.reason_code) == ("refused", "balance_changed")
    assert (fresh(card).state, fresh(card).balance_minor) == ("active", 49_900)
    assert brand.paid(given) == 0


def test_too_late(brand: Brand, later: Callable[[int], None]) -> None:
    """The yes could not be carried out for long: the price does not stand for ever."""
    brand.offer()
    person = brand.holder()
    given = brand.quoted(brand.card(person), person)
    confirmation = brand.agree(given)
    later(handing.SPARE_MS + 1)
    perform(confirmation)
    assert (now(given).state, now(given).reason_code) == ("refused", "too_late")


@pytest.mark.parametrize(
    "state", ["frozen", "held", "sale", "rebind", "expired", "inactive", "empty", "void"]
)
def test_cards_as_they_stand(brand: Brand, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    brand.offer()
    person = brand.holder()
    card = brand.card(person)
    given = brand.quoted(card, person)
    with monkeypatch.context() as patched:
        patched.setattr(Card, "state", state)
        assert brand.refused(card, person) == state
        assert code_of(brand.agree(given)) == state
        assert quotes.buyback_floor(card, person) is None
    assert now(given).state == "quoted"


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"transferable": Transferable.NO}, "not_transferable"),
        ({"hold_limit_ms": 5 * MINUTE_MS}, "not_transferable"),
        ({"max_hops": 1}, "too_many_hops"),
        ({"cooling_off_ms": DAY_MS}, "cooling_off"),
    ],
)
def test_products_that_the_ledger_would_refuse(brand: Brand, terms: dict[str, object], code: str) -> None:
    brand.offer()
    brand.ledger.define(**terms)
    person = brand.holder()
    card = claim(person, brand.ledger, brand.ledger.issue(1))[0]
    assert brand.refused(card, person) == code


def test_somebody_elses_card(brand: Brand) -> None:
    brand.offer()
    person, other = brand.holder(), brand.holder("阿宁")
    card = brand.card(person)
    given = brand.quoted(card, person)
    Card.objects.filter(serial=card.serial).update(holder=other)
    assert code_of(brand.agree(given)) == "not_yours"


def test_budget_and_limits(brand: Brand) -> None:
    brand.offer(day_limit=90_000, person_limit=60_000, person_cards=1)
    person, other = brand.holder(), brand.holder("阿宁")
    brand.quoted(brand.card(person), person)
    assert brand.refused(brand.card(person), person) == "person_cards"
    brand.quoted(brand.card(other), other)
    third = brand.holder("小北")
    assert brand.refused(brand.card(third), third) == "day_limit"
    said = quotes.make(brand.card(third), third, Unit.MONEY)
    assert isinstance(said, Refusal)
    assert not any(figure.isdigit() for figure in said.text.zh)


def test_what_came_to_nothing_frees_the_budget(brand: Brand, later: Callable[[int], None]) -> None:
    brand.offer(day_limit=41_000)
    person, other = brand.holder(), brand.holder("阿宁")
    card, others = brand.card(person), brand.card(other)
    first = brand.quoted(card, person)
    assert brand.refused(others, other) == "day_limit"
    quotes.withdraw(first)
    second = brand.quoted(others, other)
    later(10 * MINUTE_MS + 1)
    third = brand.hand_back(brand.quoted(card, person))
    assert third.state == "paid"
    assert code_of(brand.agree(second)) == "quote_expired"
    assert brand.refused(others, other) == "day_limit"


def test_money_asks_for_an_identity(brand: Brand) -> None:
    brand.offer()
    brand.offer(Unit.POINTS)
    person = brand.holder(checked=False)
    card = brand.card(person)
    money, points = quotes.estimates(card, person)
    assert money.refusal is not None
    assert money.refusal.law is not None
    assert (money.refusal.code, money.refusal.url) == ("surrender_identity", "/me/identity/")
    assert money.refusal.law.rule.citation.zh
    assert points.refusal is None
    assert brand.refused(card, person) == "surrender_identity"


def test_money_goes_to_an_account_in_the_same_name(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    brand.offer()
    person = brand.holder()
    monkeypatch.setattr(limits, "account_of", lambda *_: Account("other", "somebody", same_name=False))
    assert brand.refused(brand.card(person), person) == "surrender_account"


def test_nobody_pays(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    brand.offer()
    person = brand.holder()
    monkeypatch.setattr(limits, "account_of", lambda *_: None)
    assert brand.refused(brand.card(person), person) == "no_account"


def risk_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on risk has no answer: something as small as these cards waits for staff."""
    from cardtrail.risk.failure import on_failure

    monkeypatch.setattr("cardtrail.web.risks.ask.decide", lambda *_: on_failure(10_000, "CNY"))


def held(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> tuple[Card, Return, Decision]:
    """Somebody hands a card in while risk has no answer."""
    brand.offer()
    person = brand.holder()
    card = brand.card(person, 10_000)
    given = brand.quoted(card, person)
    with monkeypatch.context() as patched:
        risk_fails(patched)
        assert code_of(brand.agree(given)) == "risk_hold"
    return card, given, Decision.objects.get(about=f"return/{card.serial}")


def let_pass(brand: Brand, decision: Decision) -> None:
    """Staff have looked."""
    desk_held.decide(witness(brand.finance), decision, brand.finance, "看过了", allow=True)


def test_risk_holds_until_somebody_has_looked(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    card, given, decision = held(brand, monkeypatch)
    assert decision.outcome == "hold"
    assert now(given).state == "quoted"
    [matter] = Matter.objects.all()
    assert (matter.kind, matter.serial) == ("return_held", card.serial)
    let_pass(brand, decision)
    assert "可以交回品牌" in Notice.objects.get(person=given.person, kind="returns.reviewed").zh
    assert brand.hand_back(given).state == "paid"


def test_what_staff_let_pass_helps_against_a_hold_alone(
    brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And once: the card came back, and is handed in a second time."""
    card, given, decision = held(brand, monkeypatch)
    let_pass(brand, decision)
    risk_fails(monkeypatch)
    agreed = brand.agree(given)
    assert isinstance(agreed, Confirmation)
    latest = Decision.objects.latest("at_ms")
    assert (latest.outcome, latest.passed_by) == ("hold", brand.finance)
    assert Matter.objects.filter(closed_ms__isnull=True).count() == 0, "staff are not called again"
    Return.objects.filter(pk=given.pk).update(state=Return.State.GIVEN_BACK)
    assert code_of(brand.agree(brand.quoted(card, given.person))) == "risk_hold"


def test_a_penalty_is_newer_than_what_staff_let_pass(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    _, given, decision = held(brand, monkeypatch)
    let_pass(brand, decision)
    penalties.penalise(given.person, by=brand.second, case="1", reason=Text("卖假卡。", "Sold false cards."))
    assert code_of(brand.agree(given)) == "risk_block"
    assert now(given).state == "quoted"


def test_what_staff_do_not_let_pass_stays_held(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    brand.offer()
    person = brand.holder()
    given = brand.quoted(brand.card(person, 10_000), person)
    risk_fails(monkeypatch)
    assert [code_of(brand.agree(given)) for _ in range(2)] == ["risk_hold"] * 2
    [matter] = Matter.objects.all()
    decision = Decision.objects.get(pk=matter.facts["decision"])
    desk_held.decide(witness(brand.finance), decision, brand.finance, "无法核实", allow=False)
    assert "无法核实" in Notice.objects.get(person=person, kind="returns.reviewed").zh
    assert code_of(brand.agree(given)) == "risk_hold"


def test_risk_asks_for_a_proof(brand: Brand) -> None:
    from cardtrail.web.risks.presence import Presence

    brand.offer()
    person = brand.holder()
    given = brand.quoted(brand.card(person), person)
    answer = handing.agree(witness(person), given, Presence(None, "192.0.2.1", None))
    assert code_of(answer) == handing.STEP_UP
    assert Movement.objects.filter(kind="hold").count() == 0
    assert Return.objects.get().state == "quoted"
