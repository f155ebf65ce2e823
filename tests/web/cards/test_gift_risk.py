"""A gift passes a card on as a sale does: risk is asked once for all its cards; what it says is shown and kept."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from msgspec.structs import replace

from cardtrail.risk.first_rules import FIRST_RULES
from cardtrail.risk.port import Act, Outcome
from cardtrail.web.accounts.models import Person
from cardtrail.web.cards.models import Gift
from cardtrail.web.desk import separation
from cardtrail.web.market import desk_held
from cardtrail.web.notices.models import Notice
from cardtrail.web.orders.models import Matter
from cardtrail.web.orders.refusals import NotPossible
from cardtrail.web.risks import standing
from cardtrail.web.risks.models import Decision, Moved
from cardtrail.web.risks.penalties import penalise
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number
from cardtrail.wire.words import Words
from tests.web.cards.conftest import Browser
from tests.web.desk.team import member
from tests.web.ledgers import Ledger
from tests.web.people import People, claim, witness

pytestmark = pytest.mark.django_db


def only(monkeypatch: pytest.MonkeyPatch, *codes: str, then: Outcome | None = None) -> None:
    """Of the first rules these, so that one test is about one thing."""
    rules = [rule for rule in FIRST_RULES.rules if rule.code in codes]
    assert len(rules) == len(codes)
    if then is not None:
        rules = [replace(rule, then=then, unknown=then) for rule in rules]
    monkeypatch.setattr(standing, "FIRST_RULES", replace(FIRST_RULES, rules=tuple(rules)))


def cards_of(giver: Person, ledger: Ledger, count: int, face: int = 10_000) -> list[int]:
    serials = ledger.issue(count, face)
    claim(giver, ledger, serials)
    return serials


def give(client: Client, serial: int, **fields: str) -> Any:
    url = f"/cards/{card_number(serial)}/give/"
    until = re.search(r'name="until" value="([0-9-]+)"', client.get(url).content.decode())
    assert until is not None
    data = {"how": "link", "to": "", "note": "生日快乐", "until": until[1], "step": "confirm"}
    return client.post(url, data | fields)


def share(client: Client, serials: list[int]) -> Any:
    until = re.search(r'name="until" value="([0-9-]+)"', client.get("/share/").content.decode())
    assert until is not None
    data = {"serials": [str(serial) for serial in serials], "note": "请大家喝茶", "until": until[1]}
    return client.post("/share/", data | {"step": "confirm"})


@pytest.mark.database
def test_a_gift_is_asked_about_and_the_decision_kept(ledger: Ledger, browser: Browser, giver: Person) -> None:
    [serial] = cards_of(giver, ledger, 1)
    assert give(browser(giver), serial).status_code == 302
    decision = Decision.objects.get(act=Act.GIVE)
    assert (decision.person, decision.serial, decision.outcome) == (giver, serial, "allow")
    assert decision.about == f"gift/{serial}"
    assert Moved.objects.filter(person=giver, serial=serial).exists(), "a gift is a card that leaves"


def test_a_proof_is_asked_for_as_in_selling_and_the_form_comes_back(
    ledger: Ledger, browser: Browser, giver: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Attack row 15: a new device gives a card away."""
    only(monkeypatch, "new_device")
    [serial] = cards_of(giver, ledger, 1, 50_000)
    client = browser(giver)
    answer = give(client, serial, note="趁热")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "你刚在这台设备上登录" in page
    [back] = re.findall(r'href="(/[^"]*reauthenticate[^"]*)"', page)
    assert "note%3D" in back
    assert not Gift.objects.exists()
    assert [each.outcome for each in Decision.objects.all()] == ["step_up"]
    assert not Moved.objects.exists()
    form = client.get(f"/cards/{card_number(serial)}/give/?note=%E8%B6%81%E7%83%AD").content.decode()
    assert "趁热" in form


def test_what_is_blocked_is_not_given(
    ledger: Ledger, browser: Browser, giver: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, "new_device", then=Outcome.BLOCK)
    [serial] = cards_of(giver, ledger, 1, 50_000)
    answer = give(browser(giver), serial)
    assert answer.status_code == 403
    assert "申诉" in answer.content.decode()
    assert not Gift.objects.exists()
    assert not Matter.objects.exists()


@pytest.mark.database
def test_without_asking_a_new_device_gives_everything_away(
    ledger: Ledger, browser: Browser, giver: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cardtrail.web.cards import giving

    only(monkeypatch, "new_device", then=Outcome.BLOCK)
    monkeypatch.setattr(giving, "ask_to_give", lambda *_: None)
    [serial] = cards_of(giver, ledger, 1, 50_000)
    assert give(browser(giver), serial).status_code == 302
    assert Gift.objects.count() == 1


def test_the_fourth_card_within_three_days_waits_whether_sold_or_given(
    ledger: Ledger, browser: Browser, giver: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Attack row 11."""
    only(monkeypatch, "many_cards")
    serials, client = cards_of(giver, ledger, 4), browser(giver)
    assert [give(client, serial).status_code for serial in serials] == [302, 302, 302, 200]
    assert Gift.objects.count() == 3
    assert Decision.objects.latest("at_ms").answer.values["cards_moved"] == 4


@pytest.mark.database
def test_a_share_is_one_question_for_all_its_cards(
    ledger: Ledger, browser: Browser, giver: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, "many_cards")
    serials, client = cards_of(giver, ledger, 4), browser(giver)
    assert share(client, serials).status_code == 200
    assert not Gift.objects.exists()
    [decision] = Decision.objects.all()
    assert (decision.answer.values["cards_moved"], decision.answer.values["value_minor"]) == (4, 40_000)
    assert not Moved.objects.exists()
    assert share(client, serials[:3]).status_code == 302
    assert Moved.objects.count() == 3


def test_newcomers_give_no_more_than_they_may_sell_without_a_proof(
    ledger: Ledger, browser: Browser, giver: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Attack row 17: gifts under way count together."""
    only(monkeypatch, "newcomer_gift")
    serials, client = cards_of(giver, ledger, 3, 50_000), browser(giver)
    assert [give(client, serial).status_code for serial in serials] == [302, 302, 200]
    assert Decision.objects.latest("at_ms").answer.values["open_value_minor"] == 150_000


class TestHeld:
    """What is held waits for staff."""

    @pytest.fixture
    def held(
        self, ledger: Ledger, browser: Browser, giver: Person, monkeypatch: pytest.MonkeyPatch
    ) -> tuple[Client, int, Decision]:
        only(monkeypatch, "new_device", then=Outcome.HOLD)
        [serial] = cards_of(giver, ledger, 1, 50_000)
        client = browser(giver)
        answer = give(client, serial)
        assert "工作人员会先看一下" in answer.content.decode()
        return client, serial, Decision.objects.get()

    def test_nothing_is_asked_of_who_waits_for_staff(
        self, ledger: Ledger, browser: Browser, giver: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A rule that would have wanted a proof is not read beside the one that holds."""
        only(monkeypatch, "new_device", then=Outcome.HOLD)
        [held] = standing.FIRST_RULES.rules
        weaker = replace(
            held,
            code="weaker",
            then=Outcome.STEP_UP,
            words=Words(zh="请证明是你。", en="Prove that it is you."),
        )
        monkeypatch.setattr(standing, "FIRST_RULES", replace(standing.FIRST_RULES, rules=(held, weaker)))
        [serial] = cards_of(giver, ledger, 1, 50_000)
        page = give(browser(giver), serial).content.decode()
        assert "工作人员会先看一下" in page
        assert "请证明是你" not in page
        assert {reason.code for reason in Decision.objects.get().answer.reasons} == {"new_device", "weaker"}

    def test_staff_find_it_once(self, held: tuple[Client, int, Decision]) -> None:
        client, serial, decision = held
        give(client, serial)
        [matter] = Matter.objects.all()
        assert (matter.kind, matter.serial) == ("gift_held", serial)
        assert matter.facts["decision"] == str(decision.pk)

    def test_the_card_says_so_until_they_have_looked(
        self, held: tuple[Client, int, Decision], people: People
    ) -> None:
        client, serial, decision = held
        url = f"/cards/{card_number(serial)}/"
        assert "工作人员正在看你要送出的这张卡" in client.get(url).content.decode()
        by = people.make("客服")
        desk_held.decide(witness(by), decision, by, "本人确认过", allow=True)
        assert "工作人员正在看" not in client.get(url).content.decode()

    @pytest.mark.database
    def test_let_pass_it_is_given_once(self, held: tuple[Client, int, Decision], people: People) -> None:
        client, serial, decision = held
        by = people.make("客服")
        desk_held.decide(witness(by), decision, by, "本人确认过", allow=True)
        assert "可以送出" in Notice.objects.get(person=decision.person, kind="gifts.reviewed").zh
        assert Matter.objects.get().closed_by == by
        assert give(client, serial).status_code == 302
        gift = Gift.objects.get()
        latest = Decision.objects.latest("at_ms")
        assert (latest.outcome, latest.passed_by) == ("hold", by)
        assert Moved.objects.filter(serial=serial).exists()
        client.post(f"/gifts/{gift.id}/take-back/")
        ledger_says_back(gift)
        assert give(client, serial).status_code == 200, "what was let pass was used"

    def test_not_let_pass_the_giver_hears_why(
        self, held: tuple[Client, int, Decision], people: People
    ) -> None:
        client, serial, decision = held
        by = people.make("客服")
        desk_held.decide(witness(by), decision, by, "无法核实", allow=False)
        assert "无法核实" in Notice.objects.get(person=decision.person, kind="gifts.reviewed").zh
        assert give(client, serial).status_code == 200
        with pytest.raises(NotPossible, match="dealt with already"):
            desk_held.decide(witness(by), decision, by, "再想想", allow=True)

    def test_staff_see_the_card_and_how_it_was_decided(
        self, held: tuple[Client, int, Decision], people: People
    ) -> None:
        _, serial, decision = held
        one = member(people, "risk", name="风控甲")
        url = f"/market/desk/held/{decision.pk}/"
        assert url in one.get("/market/desk/")
        page = one.get(url)
        assert "¥500.00" in page
        assert f"/desk/cards/{card_number(serial)}/" in page or f"/desk/cards/{serial}/" in page
        one.post(f"{url}decide/", words="查过了", do="pass")
        page = member(people, "auditor").get(url)
        for words in ("已放行", "风控甲", "查过了"):
            assert words in page
        assert 'name="do"' not in page

    def test_a_note_alone_does_not_end_it(self, held: tuple[Client, int, Decision], people: People) -> None:
        """Closed like that, nobody could let it pass any more, and the giver would hear nothing."""
        one, matter = member(people, "risk"), Matter.objects.get()
        url = f"/market/desk/matters/{matter.pk}/"
        assert 'name="note"' not in one.get(url)
        assert "自动了结" in one.post(f"{url}close/", note="看过")
        assert desk_held.waiting(held[2]) is not None

    def test_nobody_lets_their_own_pass(self, held: tuple[Client, int, Decision]) -> None:
        _, _, decision = held
        with pytest.raises(NotPossible, match="leave it to a colleague"):
            desk_held.decide(witness(decision.person), decision, decision.person, "我自己", allow=True)

    def test_nor_that_of_an_account_linked_to_theirs(
        self, held: tuple[Client, int, Decision], people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _, _, decision = held
        monkeypatch.setattr(separation, "group_of", lambda staff: {staff.pk, decision.person_id})
        by = people.make("客服")
        with pytest.raises(NotPossible, match="leave it to a colleague"):
            desk_held.decide(witness(by), decision, by, "我认识", allow=True)
        assert not Matter.objects.get().closed_ms

    def test_it_helps_against_a_hold_alone(
        self, held: tuple[Client, int, Decision], people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client, serial, decision = held
        by = people.make("客服")
        desk_held.decide(witness(by), decision, by, "本人确认过", allow=True)
        only(monkeypatch, "new_device", then=Outcome.BLOCK)
        assert give(client, serial).status_code == 403
        assert not Gift.objects.exists()

    def test_a_penalty_is_newer_than_what_staff_let_pass(
        self, held: tuple[Client, int, Decision], people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client, serial, decision = held
        by = people.make("客服")
        desk_held.decide(witness(by), decision, by, "本人确认过", allow=True)
        penalise(decision.person, by=by, case="1", reason=Text("卖假卡。", "Sold false cards."))
        only(monkeypatch, "new_device", "under_penalty")
        assert give(client, serial).status_code == 403
        assert not Gift.objects.exists()


def ledger_says_back(gift: Gift) -> None:
    from cardtrail.web.ledger.follow import catch_up

    catch_up()
    gift.refresh_from_db()
    assert gift.state == Gift.State.RETURNED, gift.state
