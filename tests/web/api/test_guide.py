"""The guide's calls, typed as they stand there, against a live server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from cardtrail.web.checkout import asking
from cardtrail.web.checkout.models import Payment
from cardtrail.web.ui.clock import MINUTE_MS
from cardtrail.wire.identifiers import card_number
from tests.docs.blocks import blocks
from tests.web.api.test_payments import pay

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "api.md"


@pytest.mark.skipif(shutil.which("curl") is None, reason="the guide's calls are made with curl")
def test_the_guides_calls_from_first_to_refund(live_server, program, phone, cards, monkeypatch):
    monkeypatch.setattr(settings, "WEBHOOKS_LOOPBACK", True, raising=False)
    known = {
        "API": f"{live_server.url}/api/v1",
        "KEY": program.secret,
        "RECEIVER": "http://127.0.0.1:9999/events",
    }
    known["CARD"] = card_number(cards[0].serial)
    answers = []
    for block in blocks(GUIDE):
        if block.language != "bash" or "curl" not in block.code:
            continue
        if "/refunds" in block.code:
            pay(phone, known["PAYMENT"], {cards[0].serial: "50", cards[1].serial: "38"})
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.code],
            env=os.environ | known,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"line {block.line}: {done.stdout} {done.stderr}"
        answers.append(json.loads(done.stdout))
        known.setdefault("PAYMENT", answers[0]["id"])
    asked, seen, endpoint, refund, card = answers
    assert asked == seen
    assert endpoint["secret"].startswith("whsec_")
    assert (refund["state"], refund["done_minor"]) == ("done", 3_800)
    assert card["balance_minor"] == 0
    assert Payment.objects.get().status == "partly_refunded"


def test_the_guides_numbers_and_problems_are_the_programs(program, phone, cards):
    text = GUIDE.read_text("utf-8")
    assert "waits 15 minutes" in text
    assert "waits five minutes" in text
    assert asking.LIVES_MS == {"online": 15 * MINUTE_MS, "till": 5 * MINUTE_MS}
    (shown,) = [json.loads(block.code) for block in blocks(GUIDE) if block.language == "json"]
    ask = {"amount_minor": 8_800, "reference": "order-1024"}
    payment = program.post("/payments", ask).json()["id"]
    pay(phone, payment, {cards[0].serial: "50", cards[1].serial: "38"})
    program.post(f"/payments/{payment}/refunds", {"amount_minor": 3_800})
    assert program.post(f"/payments/{payment}/refunds", {"amount_minor": 5_001}).json() == shown
