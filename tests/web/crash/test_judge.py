"""The judge of the crash tests finds nothing where all is well, and each thing that is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.test import Client

from cardtrail.web.actions.models import Action
from cardtrail.web.actions.perform import perform
from cardtrail.web.cards.models import Gift
from cardtrail.web.checkout import asking, paying
from cardtrail.web.checkout.models import Payment
from cardtrail.web.ledger.follow import catch_up
from cardtrail.web.ledger.models import Card, HolderKey, Totals
from cardtrail.web.notices.mail import send_due
from cardtrail.web.notices.models import Mail, Notice
from tests.crash import web_judge
from tests.crash.web_browser import Page
from tests.web.ledgers import Ledger
from tests.web.people import People, claim, prove, secured, witness

pytestmark = pytest.mark.django_db


@dataclass
class Past:
    """Somebody has claimed three cards, given one, and paid with another; `first` is where that begins in the log."""

    first: int

    def judged(self) -> str:
        return "\n".join(web_judge.problems(web_judge.whole_log(), self.first))


@pytest.fixture
def past(ledger: Ledger, people: People, client: Client, monkeypatch: pytest.MonkeyPatch) -> Past:
    folder = settings.CONFIG.directory / "mail"
    for file in folder.glob("*"):
        file.unlink()
    monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
    monkeypatch.setattr(settings, "EMAIL_FILE_PATH", str(folder), raising=False)
    person = secured(people.make())
    serials = ledger.issue(3)
    first = ledger.link.client.ledger().size
    given, spent, _ = claim(person, ledger, serials)
    client.force_login(person)
    session = client.session
    prove(session)
    session.save()
    _give(client, given)
    ask = asking.Ask("till", 8_800, "CNY", "A-1", "山野咖啡", people.make("小周"))
    attempt = paying.pay(witness(person), person, asking.ask(ask), {spent.serial: 8_800})
    perform(attempt.confirmation)
    while send_due():
        pass
    while web_judge.settle(0):
        catch_up()  # The ledger is sealed a moment later.
    return Past(first)


def _give(client: Client, card: Card) -> None:
    path = f"/cards/{card.number.replace(' ', '')}/give/"
    page = Page(path, 200, client.get(path).content.decode())
    form = dict(page.form('name="how"')) | {"how": "link", "step": "confirm"}
    assert client.post(path, form).status_code == 302


def test_nothing_is_wrong(past: Past) -> None:
    assert past.judged() == ""
    assert Gift.objects.get().state == "offered"
    assert Payment.objects.get().state == "paid"


def _notice_twice() -> None:
    notice = Notice.objects.filter(kind="payments.redeemed").get()
    notice.pk, notice.key = None, "again"
    notice.save()


def _mail_twice() -> None:
    file = next(iter((settings.CONFIG.directory / "mail").iterdir()))
    file.with_name("again").write_bytes(file.read_bytes())


WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "a balance": (
        lambda: Card.objects.filter(serial=0).update(balance_minor=1),
        "is not as the ledger has it",
    ),
    "a holder": (lambda: Card.objects.filter(serial=2).update(holder=None), "somebody else's"),
    "a lost key": (lambda: HolderKey.objects.all().delete(), "somebody else's"),
    "a sum": (lambda: Totals.objects.update(redeemed=0), "money is missing"),
    "an entry": (lambda: Action.objects.filter(kind="hold").update(entry_index=0), "is not its command"),
    "refused and done": (
        lambda: Action.objects.filter(kind="redeem").update(state="refused"),
        "is in the log",
    ),
    "untold": (lambda: Notice.objects.filter(kind="gifts.held").delete(), "not told"),
    "told twice": (_notice_twice, "told too often"),
    "mailed twice": (_mail_twice, "went out 2 times"),
    "not mailed": (lambda: Mail.objects.update(sent_ms=None, claimed_ms=None), "no process died over it"),
    "a gift": (lambda: Gift.objects.update(state="taken"), "by the log offered"),
    "no way back": (
        lambda: Action.objects.filter(kind="take_back").update(state="declined"),
        "never come back",
    ),
    "for nobody": (lambda: Gift.objects.update(release=None), "held for nobody"),
    "a payment": (lambda: Payment.objects.update(state="open"), "was kept, 0 should be"),
    "a refund": (lambda: Payment.objects.update(refunded_minor=100), "8700 should be"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_found(past: Past, name: str) -> None:
    spoil, words = WRONG[name]
    spoil()
    assert words in past.judged()
