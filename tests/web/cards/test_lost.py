"""Lost cards: stopped at once, claimed by who lost them, objected to by who has them; and cards that have expired."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.test import Client

from cardtrail.web.accounts import identity
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import approve
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import perform, run_due
from cardtrail.web.cards.assignments import assignments_of
from cardtrail.web.desk import losses
from cardtrail.web.desk.casework import Case, LossClaim
from cardtrail.web.ledger.models import Card
from cardtrail.web.notices.models import Notice
from cardtrail.web.ui.clock import DAY_MS
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number
from tests.web.cards.conftest import Browser, Jump
from tests.web.cards.forms import hidden, text_of, token_in
from tests.web.ledgers import TERMS, Ledger
from tests.web.people import PASSWORD, People, claim, do, witness

pytestmark = pytest.mark.django_db

DELAY_MS = 15 * DAY_MS


@pytest.fixture
def holder(people: People) -> Person:
    return people.make("小满")


@pytest.fixture
def loser(people: People) -> Person:
    """Somebody who lost a card, with a checked identity."""
    person = people.make("阿强")
    identity.submit(person, "prc_id", "王强", "11010519491231002X")
    found = identity.identity_of(person)
    assert found is not None
    identity.check(found, people.make("小林"), ok=True)
    return person


def page_of(serial: int, what: str = "") -> str:
    return f"/cards/{card_number(serial)}/{what}"


def fields(serial: int) -> dict[str, str]:
    return {"number": card_number(serial), "what": "搬家时丢了卡密", "proof": "11 月 3 日在徐汇店买的"}


def report(client: Client, serial: int) -> LossClaim:
    """Through the pages, the last form sent twice."""
    check = client.post("/lost/", fields(serial) | {"step": "check"})
    assert "将要发生的事" in text_of(check), text_of(check)
    done = client.post("/lost/", hidden(check) | {"step": "confirm"})
    again = client.post("/lost/", hidden(check) | {"step": "confirm"})
    assert done["Location"] == again["Location"], "reported twice, it is one report"
    found = re.fullmatch(r"/lost/([0-9a-f-]{36})/", done["Location"])
    assert found is not None
    return LossClaim.objects.get(id=found[1])


def agreed(people: People, found: LossClaim) -> None:
    """Two members of staff agree, and the ledger begins the rebind."""
    made = losses.agree(witness(people.make("甲")), found)
    approve(witness(people.make("乙")), made, Text("同意", "Agreed"))
    perform(made)
    found.refresh_from_db()
    assert found.state == "pending"


def test_stopped_at_once_and_staff_look(ledger: Ledger, holder: Person, browser: Browser) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    client, elsewhere = browser(holder), browser(holder)
    assert elsewhere.get(page_of(serial)).status_code == 200
    page = client.get(page_of(serial, "stop/"))
    assert not Confirmation.objects.filter(purpose="not_me").exists(), "the page alone stops nothing"
    for _ in range(2):
        done = client.post(page_of(serial, "stop/"), {"token": token_in(page)})
        assert done["Location"] == page_of(serial)
    assert Card.objects.get(serial=serial).state == "frozen"
    assert Confirmation.objects.filter(purpose="not_me").count() == 1
    assert Case.objects.get(serial=serial).kind == Case.Kind.NOT_ME
    assert client.get(page_of(serial)).status_code == 200
    assert elsewhere.get(page_of(serial)).status_code == 302, "whoever else is signed in is not any more"
    assert client.get(page_of(serial, "stop/"))["Location"] == page_of(serial)


def test_stopping_waits_for_the_node(ledger: Ledger, holder: Person, browser: Browser) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    client = browser(holder)
    ledger.wire.cut = True
    assert client.post(page_of(serial, "stop/"))["Location"].startswith("/confirmed/")
    ledger.wire.cut = False
    Action.objects.update(next_try_ms=0)
    run_due()
    assert Card.objects.get(serial=serial).state == "frozen"


@pytest.mark.database
def test_from_report_to_collected(
    ledger: Ledger, people: People, holder: Person, loser: Person, browser: Browser, jump: Jump
) -> None:
    ledger.define(rebind_delay_ms=DELAY_MS)
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    client = browser(loser)
    found = report(client, serial)
    here = f"/lost/{found.id}/"
    assert found.how == "搬家时丢了卡密 / 11 月 3 日在徐汇店买的"
    assert found.stop is None
    assert Card.objects.get(serial=serial).state == "active", "a stranger's word stops nothing"
    agreed(people, found)
    page = client.get(here)
    assert "等待期到" in text_of(page)
    assert "领回这张卡" not in text_of(page)
    early = client.post(f"{here}collect/", follow=True)
    assert "还不能领回" in text_of(early)
    jump(DELAY_MS + 1000)
    page = client.get(here)
    for _ in range(2):
        done = client.post(f"{here}collect/", {"token": token_in(page)})
        assert done["Location"] == page_of(serial)
    assert Card.objects.get(serial=serial).holder == loser
    assert Confirmation.objects.filter(purpose="collect").count() == 1
    assert "已换绑到你名下" in text_of(client.get(here))
    assert browser(holder).get(page_of(serial)).status_code == 404
    assert assignments_of(loser) == [], "nobody passed the card on"
    assert [row.kind for row in assignments_of(holder)] == ["transfer"]


@pytest.mark.database
def test_the_present_holder_is_told_and_objects(
    ledger: Ledger, people: People, holder: Person, loser: Person, browser: Browser
) -> None:
    ledger.define(rebind_delay_ms=DELAY_MS)
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    found = report(browser(loser), serial)
    agreed(people, found)
    client = browser(holder)
    notice = Notice.objects.get(person=holder, kind="cards.rebind")
    assert notice.url == page_of(serial)
    assert hasattr(notice, "mail")
    card = text_of(client.get(page_of(serial)))
    assert f'href="{page_of(serial, "object/")}"' in card
    page = client.get(page_of(serial, "object/"))
    assert "有人要把这张卡换绑走" in text_of(page)
    for _ in range(2):
        assert client.post(page_of(serial, "object/"), {"token": token_in(page)})["Location"] == page_of(
            serial
        )
    assert Card.objects.get(serial=serial).state == "active"
    found.refresh_from_db()
    assert found.state == "objected"
    assert Confirmation.objects.filter(purpose="object").count() == 1
    mine = text_of(browser(loser).get(f"/lost/{found.id}/"))
    assert "提出了异议" in mine
    assert "小满" not in mine, "the claimant does not learn who"
    assert client.get(page_of(serial, "object/"))["Location"] == page_of(serial), (
        "there is nothing to object to"
    )


@pytest.mark.database
def test_ones_own_card_is_stopped_with_the_report(ledger: Ledger, holder: Person, browser: Browser) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    found = report(browser(holder), serial)
    assert found.stop is not None
    assert Card.objects.get(serial=serial).state == "frozen"
    assert "报失时已冻结" in text_of(browser(holder).get(f"/lost/{found.id}/"))


def test_a_report_while_the_node_is_away_is_kept(ledger: Ledger, holder: Person, browser: Browser) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    ledger.wire.cut = True
    found = report(browser(holder), serial)
    assert "账本一答复，这张卡就会冻结" in text_of(browser(holder).get(f"/lost/{found.id}/"))
    ledger.wire.cut = False
    Action.objects.update(next_try_ms=0)
    run_due()
    assert Card.objects.get(serial=serial).state == "frozen"


@pytest.mark.database
def test_without_a_checked_identity_the_way_leads_there_and_back(
    ledger: Ledger, people: People, holder: Person, browser: Browser
) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    client = browser(people.make("阿强"))
    found = report(client, serial)
    here = f"/lost/{found.id}/"
    assert f"/me/identity/?next={here}" in text_of(client.get(here))
    asked = client.get(f"/me/identity/?next={here}")["Location"]
    known = client.post(asked, {"password": PASSWORD})
    assert known["Location"] == f"/me/identity/?next={here}", "the way back survives proving who one is"
    given = {"kind": "prc_id", "name": "王强", "number": "11010519491231002X"}
    assert client.post(f"/me/identity/?next={here}", given)["Location"] == here
    assert "正在核对" in text_of(client.get(here))
    for elsewhere in ("https://example.org/", "//example.org/lost/"):
        assert client.post(f"/me/identity/?next={elsewhere}", given)["Location"] == "/"


@pytest.mark.database
@pytest.mark.parametrize("which", ["unclaimed", "unknown", "ended"])
def test_what_cannot_be_reported_is_refused_in_the_same_words(
    ledger: Ledger, people: People, browser: Browser, which: str
) -> None:
    unclaimed, ended = ledger.issue(2)
    claim(people.make("小满"), ledger, [ended])
    Card.objects.filter(serial=ended).update(status=2)
    serial = {"unclaimed": unclaimed, "unknown": 10**9, "ended": ended}[which]
    client = browser(people.make("阿强"))
    answer = text_of(client.post("/lost/", fields(serial) | {"step": "confirm"}))
    assert "按这个卡号无法报失" in answer
    assert "依据：" in answer
    assert "法释〔2025〕4号" in answer
    assert not LossClaim.objects.exists()


@pytest.mark.parametrize("number", ["1234", "", "9" * 16, "0", "abcd" * 4])
def test_a_mistyped_number_is_pointed_out(people: People, browser: Browser, number: str) -> None:
    client = browser(people.make())
    answer = client.post("/lost/", fields(0) | {"number": number, "step": "check"})
    assert "error-summary" in text_of(answer)
    assert not LossClaim.objects.exists()


def test_nobody_tries_numbers(ledger: Ledger, people: People, browser: Browser) -> None:
    ledger.issue()
    client = browser(people.make("阿强"))
    codes = [client.post("/lost/", fields(10**6 + n) | {"step": "confirm"}).status_code for n in range(12)]
    assert codes == [200] * 10 + [429] * 2


@pytest.mark.database
def test_taken_back_while_staff_have_not_agreed(
    ledger: Ledger, people: People, holder: Person, loser: Person, browser: Browser
) -> None:
    first, second = ledger.issue(2)
    claim(holder, ledger, [first, second])
    client = browser(loser)
    found = report(client, first)
    client.post(f"/lost/{found.id}/withdraw/")
    found.refresh_from_db()
    assert found.state == "refused"
    assert "自己撤回" in text_of(client.get(f"/lost/{found.id}/"))
    assert not found.case.is_open or Case.objects.get(pk=found.case_id).state == Case.State.DECIDED
    late = report(client, second)
    agreed(people, late)
    assert "不能撤回" in text_of(client.post(f"/lost/{late.id}/withdraw/", follow=True))
    late.refresh_from_db()
    assert late.state == "pending"


def test_of_other_peoples_claims_and_cards_nothing_is_there(
    ledger: Ledger, people: People, holder: Person, loser: Person, browser: Browser
) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    found = report(browser(loser), serial)
    stranger = browser(people.make("丽丽"))
    for url in (f"/lost/{found.id}/", f"/lost/{uuid4()}/"):
        assert stranger.get(url).status_code == 404
        assert stranger.post(f"{url}collect/").status_code == 404
        assert stranger.post(f"{url}withdraw/").status_code == 404
    for what in ("stop/", "object/", "reactivate/"):
        assert stranger.get(page_of(serial, what)).status_code == 404
        assert stranger.post(page_of(serial, what)).status_code == 404
    assert Card.objects.get(serial=serial).state == "active"
    assert browser(holder).get(f"/lost/{found.id}/").status_code == 404
    for url in ("/lost/", f"/lost/{found.id}/", page_of(serial, "stop/")):
        assert Client().get(url).status_code == 302


@pytest.mark.database
def test_an_expired_card_keeps_its_balance_and_is_asked_for(
    ledger: Ledger, holder: Person, browser: Browser, jump: Jump
) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    client = browser(holder)
    assert client.get(page_of(serial, "reactivate/"))["Location"] == page_of(serial)
    client.post(page_of(serial, "reactivate/"))
    assert not Case.objects.exists()
    jump((TERMS.validity_ms or 0) + DAY_MS)
    client = browser(holder)
    card = text_of(client.get(page_of(serial)))
    assert "余额没有消失" in card
    notice = card.partition('class="notice bad"')[2].partition("</div></div>")[0]
    assert f'href="{page_of(serial, "reactivate/")}"' in notice
    assert "请求重新激活" in notice
    assert "联系" not in notice
    page = text_of(client.get(page_of(serial, "reactivate/")))
    assert "第24条" in page
    for _ in range(2):
        client.post(page_of(serial, "reactivate/"))
    case = Case.objects.get(serial=serial)
    assert (case.person, case.kind) == (holder, Case.Kind.ENQUIRY)
    assert case.number in text_of(client.get(page_of(serial, "reactivate/")))


@pytest.mark.database
def test_of_an_expired_card_with_nothing_on_it_there_is_nothing_to_ask(
    ledger: Ledger, holder: Person, browser: Browser, jump: Jump
) -> None:
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    do(holder, Order("redeem", serial, {"amount_minor": 50_000, "order": "11" * 32}))
    jump((TERMS.validity_ms or 0) + DAY_MS)
    page = text_of(browser(holder).get(page_of(serial)))
    assert "这张卡已到期，余额已用完" in page
    assert page_of(serial, "reactivate/") not in page
