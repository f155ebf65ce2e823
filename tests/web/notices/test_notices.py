"""People are told of every change to their cards, once, and can stop what was not them."""

from __future__ import annotations

import smtplib
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import perform
from cardtrail.web.actions.public import gift_secret
from cardtrail.web.desk.casework import Case
from cardtrail.web.ledger.follow import rebuild
from cardtrail.web.ledger.models import Card
from cardtrail.web.notices import mail as mailing
from cardtrail.web.notices.from_ledger import _OWNERS
from cardtrail.web.notices.mail import send_due
from cardtrail.web.notices.models import Mail, Notice
from cardtrail.web.notices.tell import TOGETHER, News, notify, notify_all
from cardtrail.web.notices.titles import title_of
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.web.ui.texts import Text
from tests.web.ledgers import Ledger
from tests.web.people import People, agree, claim, do, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def kinds(person: object) -> list[str]:
    return list(Notice.objects.filter(person=person).order_by("id").values_list("kind", flat=True))


def test_giver_and_taker_are_told(ledger: Ledger, people: People) -> None:
    giver, taker = people.make("小满"), people.make("阿强")
    [serial] = ledger.issue()
    claim(giver, ledger, [serial])
    held = agree(giver, Order("hold", serial, {"until_ms": now_ms() + DAY_MS}))
    perform(held)
    do(taker, Order("accept", serial, secret=gift_secret(held.only_action)))
    do(taker, Order("redeem", serial, {"amount_minor": 1_234, "order": "ab" * 32}))
    assert kinds(giver) == ["cards.came", "gifts.held", "cards.left"]
    assert kinds(taker) == ["cards.came", "payments.redeemed"]
    told = Notice.objects.get(person=taker, kind="payments.redeemed")
    assert "¥12.34" in told.zh
    assert "¥487.66" in told.en


def test_nobody_is_told_twice(ledger: Ledger, people: People) -> None:
    person = people.make()
    claim(person, ledger, ledger.issue(3))
    before = Notice.objects.count()
    assert before == 3
    rebuild()
    assert Notice.objects.count() == before
    assert send_due() == 3
    assert send_due() == 0
    assert len(mail.outbox) == 3


def news_for(person: Person, key: str, **more: Any) -> News:
    return News(
        **{"person_id": person.pk, "kind": "gifts.held", "key": key, "text": Text("一", "one"), **more}
    )


def test_many_are_told_at_once_and_nobody_twice(people: People) -> None:
    one, other = people.make("小满"), people.make("阿强")
    told = [news_for(one, "a"), news_for(one, "b"), news_for(other, "a"), news_for(one, "a")]
    assert notify_all(told) == 3
    assert notify_all([*told, news_for(other, "b")]) == 1
    assert notify(one, "gifts.held", key="b", text=Text("一", "one")) is None
    assert sorted(Notice.objects.values_list("person__name", "key")) == sorted(
        [("小满", "a"), ("小满", "b"), ("阿强", "a"), ("阿强", "b")]
    )
    assert Mail.objects.count() == 4


def test_of_many_only_those_who_are_there_and_want_it_get_mails(people: People) -> None:
    keen, quiet, gone = people.make("小满"), people.make("阿强"), people.make("老周")
    quiet.no_mail = ["gifts"]
    quiet.save()
    gone.deleted_ms = now_ms()
    gone.save()
    told = [news_for(each, "a") for each in (keen, quiet, gone)]
    assert notify_all([*told, news_for(keen, "b", mail=False), news_for(quiet, "b", kind="cards.left")]) == 4
    assert sorted(Mail.objects.values_list("notice__person__name", "notice__key")) == sorted(
        [("小满", "a"), ("阿强", "b")]
    )


def test_many_cost_as_much_as_one(people: People, django_assert_num_queries: Any) -> None:
    person = people.make()
    for count in (1, TOGETHER):
        with django_assert_num_queries(3):
            notify_all([news_for(person, f"{count}/{place}") for place in range(count)])
    assert notify_all([news_for(person, f"more/{place}") for place in range(TOGETHER + 1)]) == TOGETHER + 1


def test_a_mail_is_not_sent_again_after_a_crash(
    ledger: Ledger, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim(people.make(), ledger, ledger.issue())

    class Killed(BaseException):
        pass

    def die(*_: object) -> int:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(mailing, "_send", die)
        with pytest.raises(Killed):
            send_due()
    assert send_due() == 0
    Mail.objects.update(claimed_ms=1)
    assert mailing.unsettled() == 1


def test_a_mail_that_the_server_refuses_is_tried_again(
    ledger: Ledger, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim(people.make(), ledger, ledger.issue())
    with monkeypatch.context() as patch:
        patch.setattr(
            mailing.EmailMessage, "send", lambda _: (_ for _ in ()).throw(smtplib.SMTPServerDisconnected())
        )
        assert send_due() == 0
    Mail.objects.update(next_try_ms=0)
    assert send_due() == 1


def test_not_me_freezes_the_card_and_signs_out_elsewhere(
    ledger: Ledger, people: People, client: Client
) -> None:
    person = people.make()
    [serial] = ledger.issue()
    claim(person, ledger, [serial])
    elsewhere = Client()
    sign_in(elsewhere, person)
    assert elsewhere.get("/notices/").status_code == 200
    sign_in(client, person)
    notice = Notice.objects.get(person=person, kind="cards.came")
    page = client.get(f"/notices/{notice.pk}/")
    assert "这不是我" in page.content.decode()
    client.post(f"/notices/{notice.pk}/not-me/")
    assert Card.objects.get(serial=serial).state == "frozen"
    assert elsewhere.get("/notices/").status_code == 302
    assert client.get("/notices/").status_code == 200
    confirmation = Confirmation.objects.get(purpose="not_me")
    assert "请立即冻结" in confirmation.text
    assert kinds(person)[-1] == "cards.frozen"


def test_somebody_elses_notice_is_nobodys_business(ledger: Ledger, people: People, client: Client) -> None:
    claim(people.make(), ledger, ledger.issue())
    notice = Notice.objects.get()
    client.force_login(people.make("别人"))
    assert client.get(f"/notices/{notice.pk}/").status_code == 404
    assert client.post(f"/notices/{notice.pk}/not-me/").status_code == 404
    assert Card.objects.get().state == "active"


def test_a_card_that_left_long_ago_is_not_frozen_by_its_former_holder(
    ledger: Ledger, people: People, client: Client
) -> None:
    giver, taker = people.make(), people.make("阿强")
    [serial] = ledger.issue()
    claim(giver, ledger, [serial])
    held = agree(giver, Order("hold", serial, {"until_ms": now_ms() + DAY_MS}))
    perform(held)
    do(taker, Order("accept", serial, secret=gift_secret(held.only_action)))
    notice = Notice.objects.get(person=giver, kind="cards.left")
    client.force_login(giver)
    assert "这不是我" in client.get(f"/notices/{notice.pk}/").content.decode()
    Notice.objects.filter(pk=notice.pk).update(at_ms=now_ms() - 4 * DAY_MS)
    assert "这不是我" not in client.get(f"/notices/{notice.pk}/").content.decode()
    client.post(f"/notices/{notice.pk}/not-me/")
    assert Card.objects.get(serial=serial).state == "active"


def test_a_card_that_never_was_theirs_is_not_frozen_at_somebodys_word(
    ledger: Ledger, people: People, client: Client
) -> None:
    holder, stranger = people.make(), people.make("路人")
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    # Whoever says that they lost a card hears of it as the claim goes on.
    notify(stranger, "cards.loss", key="loss/1", text=Text("未获批准", "Not granted"), serial=serial)
    notice = Notice.objects.get(person=stranger)
    client.force_login(stranger)
    assert "这不是我" not in client.get(f"/notices/{notice.pk}/").content.decode()
    client.post(f"/notices/{notice.pk}/not-me/")
    assert Card.objects.get(serial=serial).state == "active"
    assert not Confirmation.objects.filter(purpose="not_me").exists()


def test_what_a_thief_made_of_the_card_is_frozen(ledger: Ledger, people: People, client: Client) -> None:
    person, other = people.make(), people.make("阿强")
    serials = ledger.issue(3, 50_000)
    stolen, own, untouched = serials
    claim(person, ledger, serials)
    notice = Notice.objects.get(person=person, serial=stolen, kind="cards.came")
    do(person, Order("split", stolen, {"amounts_minor": [10_000, 15_000, 25_000]}))
    parts = list(Card.objects.exclude(serial__in=serials).order_by("serial"))
    do(person, Order("merge", None, {"serials": [parts[0].serial, own]}))
    merged = Card.objects.latest("serial")
    held = agree(person, Order("hold", parts[1].serial, {"until_ms": now_ms() + DAY_MS}))
    perform(held)
    do(other, Order("accept", parts[1].serial, secret=gift_secret(held.only_action)))
    elsewhere = Client()
    sign_in(elsewhere, person)
    sign_in(client, person)
    page = client.get(f"/notices/{notice.pk}/").content.decode()
    assert parts[2].last_four in page
    assert merged.last_four in page
    client.post(f"/notices/{notice.pk}/not-me/")
    state = {card.serial: card.state for card in Card.objects.all()}
    assert (state[parts[2].serial], state[merged.serial]) == ("frozen", "frozen")
    assert (state[parts[1].serial], state[untouched]) == ("active", "active"), (
        "not of this card, or not theirs"
    )
    case = Case.objects.get(kind="not_me")
    assert case.entries.filter(kind="ledger", zh__contains="已冻结").count() == 2
    assert elsewhere.get("/notices/").status_code == 302


def test_not_me_signs_out_elsewhere_even_if_nothing_is_left_to_freeze(
    ledger: Ledger, people: People, client: Client
) -> None:
    person = people.make()
    [serial] = ledger.issue()
    claim(person, ledger, [serial])
    Card.objects.filter(serial=serial).update(frozen_by=0)
    elsewhere = Client()
    sign_in(elsewhere, person)
    sign_in(client, person)
    notice = Notice.objects.get(person=person, kind="cards.came")
    client.post(f"/notices/{notice.pk}/not-me/")
    assert elsewhere.get("/notices/").status_code == 302
    assert client.get("/notices/").status_code == 200


def test_a_notice_is_headed_by_a_few_words_and_says_its_sentence_below(
    ledger: Ledger, people: People, client: Client
) -> None:
    person = people.make()
    claim(person, ledger, ledger.issue())
    sign_in(client, person)
    notice = Notice.objects.get(person=person)
    for language, title, text in (("zh-hans", "卡已到账", notice.zh), ("en", "A card arrived", notice.en)):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        page = client.get(f"/notices/{notice.pk}/").content.decode()
        assert f"<h1>{title}</h1>" in page
        assert f">{text}</p>" in page
        assert f"<title>{title} " in page


def test_every_kind_that_the_ledger_tells_of_has_its_own_title() -> None:
    for kind in {*(kind for kind, _ in _OWNERS.values()), "cards.left", "cards.came"}:
        assert title_of(kind) not in {title_of("cards."), title_of("payments."), title_of("nothing")}, kind


def test_a_kind_without_a_title_takes_its_groups() -> None:
    assert title_of("security.something").en == "Account security"
    assert title_of("something").en == "Notice"
