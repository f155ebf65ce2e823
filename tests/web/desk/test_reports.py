"""The desk's first page and the quarterly reports state what the ledger states."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from pypdf import PdfReader

from cardtrail.web.actions.orders import Order
from cardtrail.web.desk.brand import Brand
from cardtrail.web.desk.figures import waits_ms
from cardtrail.web.desk.models import Staff
from cardtrail.web.desk.reports import quarters, report_of
from tests.web.ledgers import Ledger
from tests.web.people import People, claim, do, secured

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def season(ledger: Ledger, people: People) -> Ledger:
    """A few cards bought, claimed and spent, and a deposit."""
    person = people.make()
    Brand.objects.create(name="山茶", legal_name="山茶餐饮（杭州）有限公司", kind="brand", set_up_ms=1)
    serials = ledger.issue(4)
    ledger.issue(2, active=False)
    claim(person, ledger, serials[:3])
    do(person, Order("redeem", serials[0], {"amount_minor": 12_345, "order": "ab" * 32}))
    do(person, Order("refund", serials[0], {"amount_minor": 345, "order": "ab" * 32}))
    do(person, Order("void", serials[3], {"cause": "error", "case": "cd" * 32}))
    do(
        person,
        Order(
            "attest",
            None,
            {"currency": "CNY", "deposit_minor": 60_000, "as_of_ms": 1, "statement": "ab" * 32},
        ),
    )
    return ledger


def staff(people: People, *roles: str) -> Staff:
    return Staff.objects.create(person=people.make("同事"), roles=list(roles))


def test_the_report_adds_up(season: Ledger) -> None:
    [quarter] = quarters()
    report = report_of(quarter)
    assert report.flows.issued_fen == 6 * 50_000
    assert (report.flows.redeemed_fen, report.flows.refunded_fen) == (12_345, 345)
    assert report.flows.voided_fen == 50_000
    assert report.closing.outstanding_fen == 5 * 50_000 - 12_000
    assert report.closing.inactive_fen == 2 * 50_000
    assert report.required_fen == (3 * 50_000 - 12_000) * 40 // 100
    assert report.shortfall_fen == 0


def test_first_page(season: Ledger, people: People, client: Client) -> None:
    client.force_login(secured(staff(people, "support").person))
    page = client.get("/desk/").content.decode()
    assert "¥1,380.00" in page
    assert "43.47%" in page
    assert len(waits_ms(0)) == 3


def test_table_and_document(season: Ledger, people: People, client: Client) -> None:
    memory = season.link.client.memory
    assert memory is not None
    path: Path = settings.CONFIG.vkey
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(memory.vkey.encode())
    season.link.client.wait_for_checkpoint(3)
    client.force_login(secured(staff(people, "finance").person))
    assert "季度" in client.get("/desk/reports/").content.decode()
    table = client.get("/desk/reports.csv").content.decode("utf-8-sig")
    assert "1380.00" in table
    [quarter] = quarters()
    answer = client.get(f"/desk/reports/{quarter.year}/{quarter.number}/")
    text = "".join(
        page.extract_text().replace("\x00", "") for page in PdfReader(io.BytesIO(answer.content)).pages
    )
    assert "¥1,380.00" in text
    assert "山茶餐饮（杭州）有限公司" in text
    assert client.get("/desk/reports/1999/1/").status_code == 404


def test_only_finance_and_auditors_see_reports(season: Ledger, people: People, client: Client) -> None:
    client.force_login(secured(staff(people, "support").person))
    assert client.get("/desk/reports/").status_code == 403
    client.force_login(secured(people.make()))
    assert client.get("/desk/reports/").status_code == 404
