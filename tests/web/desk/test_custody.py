"""The bank's statement: entered by finance, in the custodian's name, for everybody to see."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cardtrail.web.actions.models import Confirmation
from cardtrail.web.desk import deposit as standing
from cardtrail.web.ledger.models import DayFlow, Totals
from cardtrail.web.ui.clock import DAY_MS, day_of, now_ms
from tests.web.desk.issuers import Desk, deposit, found_brand, staff
from tests.web.ledgers import Ledger
from tests.web.people import People

pytestmark = pytest.mark.django_db

FORM = {"deposit": "100,000.50", "as_of": "2026-01-01T18:00"}


@pytest.fixture
def desk(ledger: Ledger, people: People, client: Any, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Somebody of finance."""
    found_brand()
    return Desk(client, staff(people, "finance"), monkeypatch)


def test_a_statement_is_entered_with_the_hash_of_its_file(desk: Desk) -> None:
    content = b"%PDF-1.7 statement"
    page = desk.agree("/desk/custody/", **FORM, file=SimpleUploadedFile("s.pdf", content))
    assert "¥100,000.50" in page
    totals = Totals.objects.get()
    assert (totals.deposit_minor, totals.deposit_as_of_ms) == (10_000_050, 1_767_261_600_000)
    confirmation = Confirmation.objects.get(purpose="attest")
    assert confirmation.orders[0]["parameters"]["statement"] == sha256(content).hexdigest()
    assert "2026-01-01 18:00" in confirmation.text


@pytest.mark.parametrize(
    "changes",
    [{"sha256": ""}, {"sha256": "xyz"}, {"deposit": "-1"}, {"as_of": "2999-01-01T00:00"}, {"as_of": "x"}],
)
def test_what_is_wrong_is_not_entered(desk: Desk, changes: dict[str, str]) -> None:
    desk.post("/desk/custody/", 200, **{**FORM, "sha256": "ab" * 32, **changes}, do="yes")
    assert not Confirmation.objects.filter(purpose="attest").exists()


def test_the_page_says_what_may_still_be_issued(desk: Desk, ledger: Ledger) -> None:
    ledger.define()
    deposit(400_000)
    assert "¥10,000.00" in desk.get("/desk/custody/")
    ledger.issue(50, 10_000)
    assert "¥5,000.00" in desk.get("/desk/custody/")


def test_last_quarters_end_counts(desk: Desk, ledger: Ledger) -> None:
    before = day_of(now_ms() - 100 * DAY_MS)
    DayFlow.objects.create(day=before, currency="CNY", outstanding_after=900, inactive_after=200)
    assert standing.custody_now().last_quarter.counted_fen == 700
