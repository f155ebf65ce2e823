"""Sellers' accounts with payment providers: entered and changed by two, told to the person, kept by open orders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings

from cardtrail.payments.alipay.provider import Alipay
from cardtrail.payments.registry import Registry
from cardtrail.web.accounts import deletion
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.desk import separation
from cardtrail.web.market import desk_payees
from cardtrail.web.notices.models import Mail, Notice
from cardtrail.web.orders import providers
from cardtrail.web.orders.models import Account, Deal
from tests.payments.fakes import Fake, rsa_key, silent
from tests.web.desk.team import Member, browser, member
from tests.web.market.stalls import Stalls, text_of
from tests.web.people import People

pytestmark = [pytest.mark.django_db]

FIRST, SECOND = "2088102175953034", "2088102175957777"
NEW = "/market/desk/payees/new/"


@pytest.fixture
def alipay() -> Iterator[Alipay]:
    """Alipay, which nobody can reach: an address to pay at is made without asking it."""
    made = Alipay("2021000000000000", rsa_key("shop"), rsa_key("alipay").public_key(), transport=Fake(silent))
    with providers.using(Registry({"alipay": made})):
        yield made


@pytest.fixture
def seller(people: People, alipay: Alipay) -> Person:
    return people.make("小满")


@pytest.fixture
def one(people: People) -> Member:
    return member(people, "finance", name="财务甲")


@pytest.fixture
def two(people: People) -> Member:
    return member(people, "finance", name="财务乙")


def form(person: Person, account: str = FIRST, **fields: str) -> dict[str, str]:
    return {"email": person.email, "provider": "alipay", "account": account, **fields}


def submit(staff: Member, person: Person, account: str = FIRST) -> Confirmation:
    assert account in staff.post(NEW, **form(person, account))
    staff.post(NEW, do="yes", **form(person, account))
    return Confirmation.objects.filter(approval="payee").latest("at_ms")


def answer(staff: Member, made: Confirmation, what: str = "approve") -> str:
    return staff.post(f"/desk/approvals/{made.pk}/{what}/")


def enter(one: Member, two: Member, person: Person, account: str = FIRST) -> None:
    answer(two, submit(one, person, account))
    assert providers.payee("alipay", person.pk) == account


def told(person: Person) -> Notice:
    """What they heard last about where they are paid."""
    return Notice.objects.filter(person=person, kind="security.payee").latest("pk")


def paid_to(deal: Deal) -> str:
    """The account that the provider is told, as the address to pay at says."""
    [content] = parse_qs(urlsplit(deal.pay_url).query)["biz_content"]
    return next(account for account in (FIRST, SECOND) if account in content)


@pytest.mark.database
def test_it_counts_once_a_second_has_approved_it(seller: Person, one: Member, two: Member) -> None:
    made = submit(one, seller)
    assert providers.payee("alipay", seller.pk) is None
    assert not Account.objects.exists()
    assert FIRST in one.get("/market/desk/payees/"), "it stands among what waits"
    assert "须由另一位工作人员批准" in answer(one, made)
    assert providers.payee("alipay", seller.pk) is None
    assert FIRST in two.get(f"/desk/approvals/{made.pk}/")
    answer(two, made)
    assert providers.payee("alipay", seller.pk) == FIRST
    page = one.get("/market/desk/payees/")
    for words in (seller.email, FIRST, "财务甲 · 财务乙", "支付宝"):
        assert words in page, words


@pytest.mark.database
def test_declined_nobody_is_paid_there(seller: Person, one: Member, two: Member) -> None:
    answer(two, submit(one, seller), "decline")
    assert providers.payee("alipay", seller.pk) is None
    assert "没有生效，一切照旧" in told(seller).zh
    enter(one, two, seller, SECOND)


def test_the_person_is_told_the_last_four_and_what_to_do(seller: Person, one: Member, two: Member) -> None:
    enter(one, two, seller)
    first = told(seller)
    enter(one, two, seller, SECOND)
    changed = told(seller)
    for notice in (first, changed):
        assert Mail.objects.filter(notice=notice).exists(), "whatever they chose about mails"
        assert FIRST not in notice.zh + notice.en
        assert SECOND not in notice.zh + notice.en
        assert "联系客服" in notice.zh
        assert "tell our support" in notice.en
    assert "尾号 3034" in first.zh
    for words in (changed.zh, changed.en):
        assert FIRST[-4:] in words
        assert SECOND[-4:] in words


def test_the_person_hears_of_it_before_anybody_approves_it(seller: Person, one: Member, two: Member) -> None:
    made = submit(one, seller)
    asked = told(seller)
    for words in ("提出登记收款账户", "尾号 3034", "批准后才生效", "联系客服"):
        assert words in asked.zh, words
    assert "once a second member of staff approves it" in asked.en
    answer(two, made)
    assert told(seller) != asked
    submit(one, seller, SECOND)
    change = told(seller)
    for words in (change.zh, change.en):
        assert FIRST[-4:] in words
        assert SECOND[-4:] in words
    assert "批准后才生效" in change.zh
    assert providers.payee("alipay", seller.pk) == FIRST


@pytest.mark.database
def test_a_form_that_is_sent_twice_asks_once(seller: Person, one: Member) -> None:
    token = "0123456789abcdef" * 2
    for _ in range(2):
        assert "已提交，等另一位工作人员批准" in one.post(NEW, do="yes", **form(seller, token=token))
    assert Confirmation.objects.filter(approval="payee").count() == 1
    assert Notice.objects.filter(person=seller, kind="security.payee").count() == 1


@pytest.mark.database
def test_a_change_counts_once_it_is_approved(seller: Person, one: Member, two: Member) -> None:
    enter(one, two, seller)
    made = submit(two, seller, SECOND)
    assert FIRST in made.text
    assert SECOND in made.text
    assert providers.payee("alipay", seller.pk) == FIRST
    answer(one, made)
    assert providers.payee("alipay", seller.pk) == SECOND
    assert Account.objects.filter(person=seller).count() == 1


@pytest.mark.database
def test_orders_under_way_keep_the_account_they_were_opened_with(
    stalls: Stalls, alipay: Alipay, one: Member, two: Member
) -> None:
    enter(one, two, stalls.seller)
    first, second = (stalls.sell([serial]) for serial in stalls.cards(2))
    assert stalls.buy(first).status_code == 302
    kept = Deal.objects.get(listing=str(first.pk))
    assert (kept.payee, paid_to(kept)) == (FIRST, FIRST)
    enter(two, one, stalls.seller, SECOND)
    kept.refresh_from_db()
    assert providers.payment_of(kept, kept.order).payee == FIRST
    assert stalls.buy(second, stalls.at_other).status_code == 302
    later = Deal.objects.get(listing=str(second.pk))
    assert (later.payee, paid_to(later)) == (SECOND, SECOND)
    account = Account.objects.get()
    one.post(f"/market/desk/payees/{account.pk}/stop/", do="yes")
    assert providers.payment_of(kept, kept.order).payee == FIRST


def test_who_cannot_be_paid_cannot_sell_and_reads_whom_to_ask(
    stalls: Stalls, alipay: Alipay, one: Member, two: Member
) -> None:
    serials = stalls.cards()
    refused = stalls.at_seller.post("/market/sell/", stalls.sell_form(serials))
    assert refused.status_code == 422
    assert "请联系客服，由财务登记" in text_of(refused)
    assert "请联系客服，由财务登记" in stalls.at_seller.get("/market/sell/").content.decode()
    assert "还没有登记" in stalls.at_seller.get("/market/mine/").content.decode()
    enter(one, two, stalls.seller)
    assert "请联系客服" not in stalls.at_seller.get("/market/sell/").content.decode()
    mine = stalls.at_seller.get("/market/mine/").content.decode()
    assert "支付宝" in mine
    assert "尾号 3034" in mine
    assert FIRST not in mine
    assert stalls.sell(serials).stage == "listed"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"account": "208810217595303"}, "2088 开头的 16 位数字"),
        ({"account": "acct_1Nv0FGQ9RKHgCVdK"}, "2088 开头的 16 位数字"),
        ({"account": ""}, "必填"),
        ({"provider": "sandbox"}, ""),
        ({"provider": "stripe"}, ""),
        ({"email": "nobody@example.com"}, "不能为这个邮箱登记"),
    ],
)
def test_what_is_wrong_is_not_asked_for(
    seller: Person, one: Member, wrong: dict[str, str], words: str
) -> None:
    assert words in one.post(NEW, 422, **{**form(seller), **wrong, "do": "yes"})
    assert not Confirmation.objects.filter(approval="payee").exists()


def test_before_it_is_asked_for_every_address_looks_alike(
    seller: Person, people: People, one: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether somebody has an account is told by nothing that leaves no trace."""
    unknown, friend, unverified = "nobody@example.com", people.make("表姐"), people.make("未验证")
    EmailAddress.objects.filter(user=unverified).update(verified=False)
    monkeypatch.setattr(separation, "group_of", lambda staff: {staff.pk, friend.pk})
    addresses = [seller.email, unknown, friend.email, unverified.email]
    shown = [_bare(one.post(NEW, **form(seller) | {"email": email}), email) for email in addresses]
    assert len(set(shown)) == 1
    refused = [
        _bare(one.post(NEW, 422, do="yes", **form(seller) | {"email": email}), email)
        for email in addresses[1:]
    ]
    assert len(set(refused)) == 1
    assert "不能为这个邮箱登记" in refused[0]
    assert not Confirmation.objects.filter(approval="payee").exists()
    assert not Notice.objects.filter(kind="security.payee").exists()
    submit(one, seller)
    assert "提出登记" in told(seller).zh


def test_an_address_beside_the_one_they_sign_in_with_finds_nobody(seller: Person, one: Member) -> None:
    """The list knows people by one address; another would tell that it is the same person's."""
    EmailAddress.objects.create(user=seller, email="beside@example.com", verified=True, primary=False)
    assert "不能为这个邮箱登记" in one.post(
        NEW, 422, do="yes", **form(seller) | {"email": "beside@example.com"}
    )


def _bare(page: str, email: str) -> str:
    """A page without what differs from one to the next by itself."""
    main = page[page.index("<main") : page.index("</main>")].replace(email, "")
    return re.sub(r'name="(csrfmiddlewaretoken|token)" value="[^"]*"', "", main)


@pytest.mark.database
def test_one_request_at_a_time_and_an_account_is_one_persons(
    seller: Person, people: People, one: Member, two: Member
) -> None:
    made = submit(one, seller)
    assert "已有一项申请等待批准" in two.post(NEW, 422, do="yes", **form(seller, SECOND))
    other = people.make("阿强")
    rival = submit(one, other)
    answer(two, made)
    assert "已登记在另一个人名下" in answer(two, rival)
    answer(two, rival, "decline")
    assert "已登记在另一个人名下" in one.post(NEW, 422, do="yes", **form(other))
    assert "现在就付到这个账户" in one.post(NEW, 422, do="yes", **form(seller))
    assert Account.objects.get().person == seller


@pytest.mark.database
def test_nobody_enters_or_approves_their_own_or_a_friends(
    seller: Person, one: Member, two: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "与你自己有关" in one.post(NEW, 422, do="yes", **form(one.person))
    made = submit(one, seller)
    monkeypatch.setattr(
        separation, "group_of", lambda staff: {staff.pk, *([seller.pk] if staff == two.person else [])}
    )
    assert "与当事人有关联" in answer(two, made)
    assert providers.payee("alipay", seller.pk) is None
    answer(one, made, "decline")
    assert "须由同事办理" in two.post(NEW, 422, do="yes", **form(seller))


@pytest.mark.database
def test_who_writes_to_the_database_alone_has_nobody_paid_elsewhere(
    seller: Person, one: Member, two: Member
) -> None:
    enter(one, two, seller)
    Account.objects.update(reference=SECOND)
    assert providers.payee("alipay", seller.pk) is None
    assert "与确认不符" in one.get("/market/desk/payees/")
    made = submit(one, seller, "2088102175950000")
    Account.objects.update(reference="2088102175950000", agreed=made)
    assert providers.payee("alipay", seller.pk) is None, "one of the two has said so"
    Account.objects.update(agreed=None)
    assert providers.payee("alipay", seller.pk) is None


@pytest.mark.database
def test_to_stop_takes_one_and_the_person_is_told(seller: Person, one: Member, two: Member) -> None:
    enter(one, two, seller)
    changing = submit(one, seller, SECOND)
    url = f"/market/desk/payees/{Account.objects.get().pk}/stop/"
    assert "进行中的订单不变" in two.get(url)
    two.post(url, do="yes")
    assert providers.payee("alipay", seller.pk) is None
    assert "不再用来收款" in told(seller).zh
    assert "账户在提出申请后已经变动" in answer(two, changing)
    assert providers.payee("alipay", seller.pk) is None


def test_nobody_stops_a_friends(
    seller: Person, one: Member, two: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(one, two, seller)
    monkeypatch.setattr(separation, "group_of", lambda staff: {staff.pk, seller.pk})
    assert "与当事人有关联" in one.post(f"/market/desk/payees/{Account.objects.get().pk}/stop/", do="yes")
    assert Account.objects.exists()


def test_all_of_it_stands_in_the_audit_log(people: People, seller: Person, one: Member, two: Member) -> None:
    enter(one, two, seller)
    one.post(f"/market/desk/payees/{Account.objects.get().pk}/stop/", do="yes")
    log = member(people, "admin").get("/desk/audit/", sort="confirmed")
    for words in ("登记收款账户", "批准", "停用收款账户", "财务甲", "财务乙", FIRST):
        assert words in log, words


def test_roles(people: People, seller: Person, one: Member, two: Member) -> None:
    enter(one, two, seller)
    stop = f"/market/desk/payees/{Account.objects.get().pk}/stop/"
    auditor = member(people, "auditor")
    page = auditor.get("/market/desk/payees/")
    assert FIRST in page
    assert NEW not in page
    assert stop not in page
    for staff in (auditor, member(people, "support"), member(people, "risk"), member(people, "admin")):
        for url in (NEW, stop):
            assert staff.client.post(url, form(seller, SECOND, do="yes")).status_code == 403
    assert browser(seller).get("/market/desk/payees/").status_code == 404
    made = submit(one, seller, SECOND)
    assert member(people, "risk").client.post(f"/desk/approvals/{made.pk}/approve/").status_code == 404
    auditor.client.post(f"/desk/approvals/{made.pk}/approve/")
    assert providers.payee("alipay", seller.pk) == FIRST
    answer(member(people, "admin"), made)
    assert providers.payee("alipay", seller.pk) == SECOND


def test_both_languages(people: People, seller: Person, one: Member, two: Member) -> None:
    enter(one, two, seller)
    submit(one, seller, SECOND)
    one.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    for url, words in {
        "/market/desk/payees/": "takes two members of staff",
        NEW: "16 digits from 2088",
    }.items():
        answered = one.client.get(url)
        assert answered.status_code == 200
        assert words in answered.content.decode()
        assert "16 位数字" not in answered.content.decode()
    shown = one.client.post(NEW, form(people.make("阿强"), "2088102175950000")).content.decode()
    assert "Checked: Alipay has verified that account" in shown
    refused = one.client.post(NEW, form(people.make("老周"), "1")).content.decode()
    assert "This is not how Alipay writes an account" in refused


def test_with_play_money_alone_there_is_nothing_to_enter(stalls: Stalls, one: Member) -> None:
    assert desk_payees.ways() == []
    assert "无须登记" in one.get("/market/desk/payees/")
    assert "无须登记" in one.get(NEW)
    one.post(NEW, 422, do="yes", **form(stalls.seller))
    assert not Confirmation.objects.filter(approval="payee").exists()


def test_with_the_account_goes_where_they_were_paid(seller: Person, one: Member, two: Member) -> None:
    enter(one, two, seller)
    deletion.delete(seller)
    assert not Account.objects.exists()
