"""A holder's records: stable bytes, a schema by name, everything in order whatever order it came in."""

from __future__ import annotations

import json
from dataclasses import replace

from cardtrail.web.documents.records import (
    CardRecord,
    ConfirmationRecord,
    LookUpRecord,
    MovementRecord,
    NoticeRecord,
    PersonRecord,
    Records,
    SessionRecord,
    records_json,
)

RECORDS = Records(
    made_ms=9,
    issuer="云上茶事",
    network=bytes(16),
    log="cards.example/log",
    verifier_key="log+0+x",
    person=PersonRecord("id", "李雷", "li@example.com", "zh-hans", "Asia/Shanghai", 1),
    cards=tuple(
        CardRecord(number, "四季", "CNY", 100, 50, "active", held=True, expires_ms=None)
        for number in ("18", "00")
    ),
    movements=tuple(
        MovementRecord(entry, b"\x01" * 32, 5, number, "transfer", 0, 50, "CNY", "another", "self")
        for entry, number in ((7, "18"), (7, "00"), (3, "18"))
    ),
    confirmations=tuple(
        ConfirmationRecord(name, time, "give", "赠送", "passkey", "phone", "192.0.2.1", b"\x02" * 32)
        for name, time in (("b", 5), ("a", 5), ("c", 4))
    ),
    sessions=tuple(
        SessionRecord("phone", address, first, 9)
        for address, first in (("192.0.2.2", 2), ("192.0.2.1", 2), ("x", 1))
    ),
    notices=tuple(NoticeRecord(time, "card", text) for time, text in ((2, "b"), (2, "a"), (1, "c"))),
    look_ups=tuple(
        LookUpRecord(time, "support", case, "lost") for time, case in ((2, "b"), (2, "a"), (1, "c"))
    ),
)
LISTS = ("cards", "movements", "confirmations", "sessions", "notices", "look_ups")


def test_the_document():
    document = json.loads(records_json(RECORDS))
    assert list(document) == [
        "schema", "made_ms", "issuer", "network", "log", "verifier_key", "person", *LISTS,
    ]  # fmt: skip
    assert document["schema"] == "cardtrail/v1/records"
    assert document["network"] == "00" * 16
    assert document["person"]["name"] == "李雷"
    assert document["movements"][0]["leaf_hash"] == "01" * 32
    assert document["cards"][0]["expires_ms"] is None


def test_in_order_whatever_order_they_came_in():
    turned = replace(RECORDS, **{name: getattr(RECORDS, name)[::-1] for name in LISTS})
    assert records_json(turned) == records_json(RECORDS)
    document = json.loads(records_json(RECORDS))
    assert [card["number"] for card in document["cards"]] == ["00", "18"]
    assert [(one["entry"], one["number"]) for one in document["movements"]] == [
        (3, "18"),
        (7, "00"),
        (7, "18"),
    ]
    assert [one["id"] for one in document["confirmations"]] == ["c", "a", "b"]
    assert [one["case"] for one in document["look_ups"]] == ["c", "a", "b"]


def test_people_can_read_it():
    text = records_json(RECORDS).decode()
    assert "李雷" in text
    assert text.endswith("}\n")
    assert '\n  "person": {\n    "id": "id",' in text


def test_a_lone_surrogate_stays_json():
    person = replace(RECORDS.person, name="x\ud800y")
    assert json.loads(records_json(replace(RECORDS, person=person)))["person"]["name"] == "x\ud800y"
