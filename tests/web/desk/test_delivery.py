"""Codes are handed over once: whole, to whom they are meant for, and nothing is kept of them afterwards."""

from __future__ import annotations

import csv
import io
import stat
from collections.abc import Iterator
from typing import Any

import pyrage
import pytest

from cardtrail.wallet.codes import CardCode
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.orders import Order
from cardtrail.web.desk import activating, batches, delivery
from cardtrail.web.desk.chunks import work
from cardtrail.web.desk.stock import Batch, CodeChunk, Delivery, Handover
from cardtrail.web.documents.code_file import BadRecipient
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.wire.cards import Status
from cardtrail.wire.identifiers import parse_card_number
from tests.web.desk.issuers import Desk, deposit, draft, found_brand, issue, second, staff
from tests.web.ledgers import Ledger
from tests.web.people import People, do, witness

pytestmark = pytest.mark.django_db

IDENTITY = pyrage.x25519.Identity.generate()
RECIPIENT = str(IDENTITY.to_public())


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture(autouse=True)
def _empty_outbox(ledger: Ledger) -> Iterator[None]:
    yield
    for path in delivery.outbox().iterdir():
        path.unlink()


@pytest.fixture
def batch(ledger: Ledger, people: People) -> Batch:
    """Three cards, issued."""
    found_brand()
    ledger.define()
    deposit(10_000_000)
    return issue(people.make(), draft(3))


@pytest.fixture
def clerk(people: People) -> Any:
    """Somebody who delivers codes."""
    return people.make("小林")


def ready(batch: Batch, clerk: Any, kind: str = "age") -> Delivery:
    """A file that can be fetched."""
    made = delivery.begin(batch, kind, RECIPIENT, clerk)
    assert delivery.make(made)
    made.refresh_from_db()
    return made


def fetch(made: Delivery, clerk: Any) -> bytes:
    """The whole file."""
    content = b"".join(delivery.hand_over(made, clerk, "192.0.2.1"))
    made.refresh_from_db()
    return content


def codes_in(content: bytes) -> dict[int, CardCode]:
    """What the recipient finds in an encrypted file."""
    text = pyrage.decrypt(content, [IDENTITY]).decode("utf-8-sig")
    rows = csv.DictReader(io.StringIO(text))
    return {parse_card_number(row["card_number"]): CardCode.parse(row["code"]) for row in rows}


def sealed(batch: Batch) -> list[bool]:
    """Which chunks still have their codes."""
    return [value is not None for value in batch.chunks.values_list("sealed", flat=True)]


def test_the_recipient_gets_codes_that_claim_the_cards(batch: Batch, clerk: Any, people: People) -> None:
    codes = codes_in(fetch(ready(batch, clerk), clerk))
    assert sorted(codes) == [0, 1, 2]
    activating.order(witness(clerk), clerk, 0, 2, None)
    batches.run_due()
    outcomes = do(
        people.make(), *(Order("claim", serial, secret=code.secret) for serial, code in codes.items())
    )
    assert [outcome.state for outcome in outcomes] == ["done"] * 3


def test_sheets_are_a_pdf(batch: Batch, clerk: Any) -> None:
    assert fetch(ready(batch, clerk, "pdf"), clerk).startswith(b"%PDF-")


def test_a_download_that_broke_off_is_made_good_by_the_same_file(
    batch: Batch, clerk: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(delivery, "_PIECE", 100)
    made = ready(batch, clerk)
    pieces = delivery.hand_over(made, clerk, "192.0.2.1")
    first = next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    made.refresh_from_db()
    assert made.handed_ms is None
    with pytest.raises(delivery.NotDeliverable):
        delivery.destroy(made, clerk)
    assert sealed(batch) == [True]
    whole = fetch(made, clerk)
    assert whole.startswith(first)
    assert fetch(made, clerk) == whole
    assert [row.finished_ms is not None for row in Handover.objects.order_by("pk")] == [False, True, True]


def test_a_second_delivery_gives_the_same_file(batch: Batch, clerk: Any, people: People) -> None:
    made = ready(batch, clerk)
    other = delivery.begin(batch, "pdf", "", people.make())
    assert other == made
    assert not delivery.make(other)


def test_our_copy_goes_whole_and_at_once(batch: Batch, clerk: Any) -> None:
    made = ready(batch, clerk)
    content = fetch(made, clerk)
    assert delivery.destroy(made, clerk)
    made.refresh_from_db()
    batch.refresh_from_db()
    assert (made.destroyed, made.ended_by, batch.delivered_ms) == (True, clerk, made.ended_ms)
    assert made.size == len(content)
    assert sealed(batch) == [False]
    assert not Action.objects.filter(sealed__isnull=False).exists()
    assert list(delivery.outbox().iterdir()) == []
    assert not delivery.destroy(made, clerk)
    with pytest.raises(delivery.NotDeliverable):
        fetch(made, clerk)
    with pytest.raises(delivery.NotDeliverable):
        delivery.begin(batch, "age", RECIPIENT, clerk)


def test_a_crash_while_it_is_destroyed_destroys_all_or_nothing(
    batch: Batch, clerk: Any, monkeypatch: Any
) -> None:
    made = ready(batch, clerk)
    content = fetch(made, clerk)
    with monkeypatch.context() as patch:
        patch.setattr(delivery, "path_of", lambda _: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            delivery.destroy(made, clerk)
    batch.refresh_from_db()
    if batch.delivered_ms is None:
        assert fetch(made, clerk) == content
    else:
        assert sealed(batch) == [False]
    delivery.run_due(now_ms())
    assert list(delivery.outbox().iterdir()) == []


@pytest.mark.parametrize("point", ["code_file", "_write", "keyring"])
def test_a_file_that_a_crash_left_half_made_is_made_anew(
    batch: Batch, clerk: Any, monkeypatch: Any, point: str
) -> None:
    made = delivery.begin(batch, "age", RECIPIENT, clerk)

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(delivery, point, die)
        with pytest.raises(Killed):
            delivery.make(made)
    assert not delivery.make(made), "somebody else may still be at it"
    Delivery.objects.update(lease_ms=0)
    assert delivery.run_due(now_ms()) == 1
    made.refresh_from_db()
    assert sorted(codes_in(fetch(made, clerk))) == [0, 1, 2]


def test_the_worker_destroys_what_was_fetched_a_day_ago(batch: Batch, clerk: Any) -> None:
    made = ready(batch, clerk)
    fetch(made, clerk)
    handed_ms = made.handed_ms or 0
    assert delivery.run_due(handed_ms + DAY_MS - 1) == 0
    assert sealed(batch) == [True]
    assert delivery.run_due(handed_ms + DAY_MS) == 1
    made.refresh_from_db()
    assert (made.destroyed, made.ended_by) == (True, None)
    assert sealed(batch) == [False]


def test_a_file_that_nobody_fetched_takes_no_codes_with_it(batch: Batch, clerk: Any) -> None:
    made = ready(batch, clerk)
    assert delivery.run_due(made.made_ms + DAY_MS) == 1
    made.refresh_from_db()
    batch.refresh_from_db()
    assert (made.destroyed, batch.delivered_ms) == (False, None)
    assert sealed(batch) == [True]
    assert list(delivery.outbox().iterdir()) == []
    assert sorted(codes_in(fetch(ready(batch, clerk), clerk))) == [0, 1, 2]


@pytest.mark.parametrize("kind", ["age", "pdf"])
def test_the_file_on_the_disk_is_ours_alone_and_sealed(batch: Batch, clerk: Any, kind: str) -> None:
    made = ready(batch, clerk, kind)
    path = delivery.path_of(made)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert b"PDF" not in path.read_bytes()[:4096]
    assert b"age-encryption" not in path.read_bytes()


def test_a_damaged_file_is_made_again_with_the_same_codes(batch: Batch, clerk: Any) -> None:
    made = ready(batch, clerk)
    before = codes_in(fetch(made, clerk))
    path = delivery.path_of(made)
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    with pytest.raises(delivery.NotDeliverable):
        fetch(made, clerk)
    assert delivery.run_due(now_ms()) == 1
    made.refresh_from_db()
    assert codes_in(fetch(made, clerk)) == before


def test_codes_wait_for_the_last_card(ledger: Ledger, people: People, clerk: Any) -> None:
    found_brand()
    ledger.define()
    deposit(10_000_000)
    waiting = batches.order(witness(clerk), clerk, draft(501))
    with pytest.raises(delivery.NotDeliverable):
        delivery.begin(waiting, "age", RECIPIENT, clerk)
    second(people.make(), waiting.issue)
    work(waiting.issue)
    delivery.begin(waiting, "age", RECIPIENT, clerk)


@pytest.mark.parametrize("recipients", ["", "age1nonsense", "AGE-SECRET-KEY-1QQQQ"])
def test_nothing_is_made_for_a_key_that_is_none(batch: Batch, clerk: Any, recipients: str) -> None:
    with pytest.raises(BadRecipient):
        delivery.begin(batch, "age", recipients, clerk)
    assert not Delivery.objects.exists()


def test_by_the_pages(batch: Batch, people: People, client: Any, monkeypatch: Any) -> None:
    person = staff(people, "issuing")
    desk = Desk(client, person, monkeypatch)
    path = f"/desk/batches/{batch.pk}/codes/"
    assert "/accounts/reauthenticate/" in client.get(path)["Location"]
    desk.prove()
    assert "只交付一次" in desk.get(path)
    page = desk.post(path, 200, kind="age", recipients="AGE-SECRET-KEY-1QQQQ").content.decode()
    assert "私钥" in page
    assert "AGE-SECRET" not in page
    desk.post(path, 200, kind="age", recipients=" ")
    desk.post(path, 302, kind="age", recipients=RECIPIENT)
    made = Delivery.objects.get()
    assert made.sha256 in desk.get(path)
    desk.post(f"/desk/codes/{made.pk}/destroy/", 302)
    assert sealed(batch) == [True]
    answer = client.get(f"/desk/codes/{made.pk}/")
    assert answer["Content-Disposition"] == f'attachment; filename="cardtrail-batch-{batch.pk}.csv.age"'
    assert "no-store" in answer["Cache-Control"]
    content = b"".join(answer.streaming_content)
    assert len(content) == int(answer["Content-Length"])
    assert sorted(codes_in(content)) == [0, 1, 2]
    desk.post(f"/desk/codes/{made.pk}/destroy/", 302)
    assert CodeChunk.objects.get().sealed is None
    page = desk.get(f"/desk/batches/{batch.pk}/")
    assert "没有留存卡密" in page
    assert made.sha256 in page
    client.get(f"/desk/codes/{made.pk}/")


@pytest.mark.parametrize("role", ["auditor", "finance", "admin", "support"])
def test_only_issuing_sees_codes(
    batch: Batch, people: People, clerk: Any, client: Any, monkeypatch: Any, role: str
) -> None:
    made = ready(batch, clerk)
    desk = Desk(client, staff(people, role), monkeypatch)
    desk.prove()
    for path in (f"/desk/batches/{batch.pk}/codes/", f"/desk/codes/{made.pk}/"):
        desk.get(path, 403)
    desk.post(f"/desk/codes/{made.pk}/destroy/", 403)
    assert not Handover.objects.exists()


def expire(batch: Batch, *serials: int) -> None:
    Card.objects.filter(serial__in=serials).update(status=Status.ACTIVE, expires_ms=now_ms() - 1)


def test_codes_of_cards_that_have_all_expired_are_not_delivered(
    batch: Batch, people: People, clerk: Any, client: Any, monkeypatch: Any
) -> None:
    desk = Desk(client, staff(people, "issuing"), monkeypatch)
    desk.prove()
    path, codes = f"/desk/batches/{batch.pk}/", f"/desk/batches/{batch.pk}/codes/"
    expire(batch, 0, 1)
    assert f'href="{codes}"' in desk.get(path), "one of them can still be claimed and used"
    assert "<form" in desk.get(codes).partition("<main")[2]
    expire(batch, 2)
    page = desk.get(path)
    assert f'href="{codes}"' not in page
    assert "已全部到期" in page
    page = desk.get(codes).partition("<main")[2]
    assert "已全部到期" in page
    assert "<form" not in page
    with pytest.raises(delivery.NotDeliverable) as refusal:
        delivery.begin(batch, "age", RECIPIENT, clerk)
    assert refusal.value.text == delivery.EXPIRED
    Card.objects.filter(serial=1).update(expires_ms=now_ms() + DAY_MS)
    assert f'href="{codes}"' in desk.get(path), "re-activated"


def test_cards_that_are_at_their_end_do_not_keep_a_batch_from_being_expired(batch: Batch) -> None:
    assert not delivery.all_expired(batch), "not active yet, none of them has begun to expire"
    Card.objects.filter(serial=0).update(status=Status.VOID)
    expire(batch, 1, 2)
    assert delivery.all_expired(batch)
