"""The demonstration: a season played on a real ledger, in this process. What it tells of has to be there."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.test import Client

from cardtrail.wallet.codes import CardCode, code_key
from cardtrail.web.accounts.models import Identity
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.api.keys import find_key
from cardtrail.web.cards.models import Gift, Share
from cardtrail.web.demo.cast import HOLDERS, STAFF, TRADERS
from cardtrail.web.desk import approving
from cardtrail.web.desk.casework import Appeal, Case, LossClaim
from cardtrail.web.desk.reports import quarters, report_of
from cardtrail.web.ledger.follow import rebuild
from cardtrail.web.ledger.models import Card, DayFlow, Movement, Product, Totals
from cardtrail.web.notices.models import Mail, Notice
from cardtrail.web.ui import clock
from cardtrail.web.webhooks.models import Delivery, Endpoint
from cardtrail.wire.identifiers import parse_card_number

# One after the other in one process: the season is played once for all of this folder.
pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def test_nobody_is_left_in_another_time(told: dict[str, Any]) -> None:
    assert abs(clock.now_ms() - time.time_ns() // 1_000_000) < 1_000
    latest = Movement.objects.order_by("-time_ms").values_list("time_ms", flat=True).first()
    assert latest is not None
    assert latest < clock.now_ms()
    assert not Notice.objects.filter(at_ms__gt=clock.now_ms()).exists()


def test_the_projection_is_what_the_ledger_says(told: dict[str, Any]) -> None:
    def rows() -> list[list[Any]]:
        tables = (Product, Card, Movement, Totals, DayFlow)
        return [[list(row) for row in table.objects.order_by("pk").values_list()] for table in tables]

    def without_keys(found: list[list[Any]]) -> list[list[Any]]:
        # Days and movements get new row numbers when they are made again.
        return [sorted(str(row[1:]) for row in table) for table in found]

    before = without_keys(rows())
    rebuild()
    assert without_keys(rows()) == before


def test_nothing_was_refused_and_every_person_moved_through_a_confirmation(told: dict[str, Any]) -> None:
    assert not Action.objects.filter(state=Action.State.REFUSED).exclude(kind="take_back").exists()
    entries = set(Action.objects.filter(state=Action.State.DONE).values_list("entry_index", flat=True))
    moved = set(Movement.objects.values_list("index", flat=True))
    assert moved <= entries, "a movement without anybody's confirmation"
    assert all(len(bytes(each.evidence)) == 32 for each in Confirmation.objects.all()[:50])


def test_one_wallet_has_a_card_in_every_state(told: dict[str, Any]) -> None:
    states = {card.state for card in Card.objects.filter(holder__email="linxiaoman@demo.example")}
    assert states >= {"active", "held", "frozen", "rebind", "expired", "empty", "split", "merged"}


def test_every_desk_has_something_to_do(told: dict[str, Any]) -> None:
    assert {(case.kind, case.is_open) for case in Case.objects.all()} >= {
        ("not_me", True),
        ("lost", True),
        ("enquiry", True),
        ("appeal", True),
        ("conduct", True),
        ("error", False),
    }
    assert not [case for case in Case.objects.all() if case.overdue], "this brand answers in time"
    assert set(Appeal.objects.filter(state=Appeal.State.OPEN).values_list("act", flat=True)) == {
        *("freeze", "penalty")
    }
    assert LossClaim.objects.get().state == LossClaim.State.PENDING
    assert Identity.objects.filter(state="submitted").count() == 1
    assert set(approving.waiting().values_list("approval", flat=True)) == {"issue", "void", "penalty"}
    assert Endpoint.objects.get().active is False
    assert Delivery.objects.filter(state=Delivery.State.DELIVERED).exists()


def test_gifts_have_gone_every_way(told: dict[str, Any]) -> None:
    assert set(Gift.objects.values_list("state", flat=True)) == {"offered", "taken", "returned", "expired"}
    share = Share.objects.get()
    assert (share.gifts.count(), share.gifts.filter(state="taken").count()) == (5, 2)


def test_the_law_is_kept_all_the_way(told: dict[str, Any]) -> None:
    last = DayFlow.objects.order_by("-day")[:45]
    for flow in last:
        owed = flow.outstanding_after - flow.inactive_after
        assert (flow.deposit_after or 0) * 100 >= owed * 40, flow.day
    assert len(quarters()) > 10
    for quarter in quarters():
        report_of(quarter)  # Raises where flows and balances do not fit together.


def test_visitors_are_told_what_works(told: dict[str, Any]) -> None:
    printed = [part for part in (*HOLDERS, *TRADERS, *STAFF) if part.printed]
    assert [account["email"] for account in told["accounts"]] == [part.email for part in printed]
    key = find_key(told["api_key"])
    assert key is not None
    assert key.revoked_ms is None
    assert told["webhook_secret"].startswith("whsec_")
    assert len(told["unclaimed"]) == 6
    for row in told["unclaimed"]:
        card = Card.objects.get(serial=parse_card_number(row["number"].replace(" ", "")))
        network = bytes.fromhex(_network())
        public = code_key(CardCode.parse(row["code"]), network, card.serial).public
        assert (card.state, bytes(card.owner), card.balance_minor) == ("active", public, row["face"] * 100)
        assert row["url"].startswith(f"{told['address']}/claim#")


def test_no_mail_of_the_season_goes_out_now(told: dict[str, Any]) -> None:
    assert Mail.objects.exists()
    assert not Mail.objects.filter(sent_ms__isnull=True).exists()
    assert Notice.objects.filter(read_ms__isnull=True).exists()
    assert Notice.objects.filter(read_ms__isnull=False).exists()


def test_everybody_signs_in(told: dict[str, Any]) -> None:
    for account in told["accounts"]:
        client = Client()
        values = {"login": account["email"], "password": account["password"]}
        answer = client.post("/accounts/login/", values)
        assert answer.status_code == 302, account
        second = "totp_secret" in account
        assert ("authenticate" in answer["Location"]) is second, (account, answer["Location"])


def _network() -> str:
    from cardtrail.web.ledger.models import Position

    return bytes(Position.objects.get(id=1).network or b"").hex()
