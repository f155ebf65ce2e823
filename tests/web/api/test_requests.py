"""What every request meets: keys, scopes, strict reading, problems, names for repeats, limits."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from cardtrail.web.api import idempotency, keys
from cardtrail.web.api.models import ApiKey, Call, Lookup
from cardtrail.web.api.scopes import SCOPES
from cardtrail.web.checkout.models import Payment
from cardtrail.web.desk.models import Staff
from cardtrail.web.ui.clock import DAY_MS, MINUTE_MS, now_ms
from cardtrail.wire.identifiers import card_number

pytestmark = pytest.mark.django_db

ASK = {"amount_minor": 3_000, "currency": "CNY", "reference": "web-1"}


def told(answer) -> tuple[int, str]:
    body = answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "code", "detail"} <= set(body)
    assert body["status"] == answer.status_code
    return answer.status_code, body["code"]


# Keys


@pytest.mark.database
def test_a_key_is_shown_once_and_kept_as_a_hash(program):
    row = ApiKey.objects.values().get()
    assert program.secret not in str(row)
    assert program.secret.startswith(row["prefix"])


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ct_", "Basic x", "Bearer " + "A" * 4000, "bearer ct_é"]
)
def test_without_a_key(client, ledger, header):
    answer = client.get("/api/v1/payments", headers={"Authorization": header} if header else {})
    assert told(answer) == (401, "unauthorised")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_wrong_secret_with_the_right_beginning(client, program):
    wrong = program.secret[:-1] + ("A" if program.secret[-1] != "A" else "B")
    assert told(client.get("/api/v1/payments", headers={"Authorization": f"Bearer {wrong}"})) == (
        401,
        "unauthorised",
    )


def test_a_session_opens_nothing(browser, developer, ledger):
    answer = browser(developer).get("/api/v1/payments")
    assert told(answer) == (401, "unauthorised")


@pytest.mark.database
def test_a_revoked_key_opens_nothing(program):
    assert program.get("/payments").status_code == 200
    keys.revoke(program.key)
    assert told(program.get("/payments")) == (401, "unauthorised")


@pytest.mark.database
def test_a_key_can_do_no_more_than_its_maker(developer, program):
    Staff.objects.filter(person=developer).update(roles=["developer"])
    assert program.get("/payments").status_code == 200
    batch = {"product": 0, "face_minor": 5_000, "count": 1}
    assert told(program.post("/batches", batch)) == (403, "missing_scope")
    with pytest.raises(ValueError, match="only give it what they may do"):
        keys.make_key(developer, "x", ["batches:write"], [])
    Staff.objects.filter(person=developer).update(active=False)
    assert told(program.get("/payments")) == (403, "missing_scope")


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/payments", "payments:read"),
        ("/products", "batches:read"),
        ("/batches", "batches:read"),
        ("/cards/0000000000000000", "cards:read"),
        ("/points", "points:read"),
        ("/totals", "totals:read"),
        ("/ledger", "totals:read"),
        ("/webhooks", "webhooks:write"),
    ],
)
def test_each_scope_is_asked_for(ledger, program_with, path, scope):
    without = program_with([name for name in SCOPES if name != scope])
    assert told(without.get(path)) == (403, "missing_scope")
    assert program_with([scope]).get(path).status_code in {200, 404, 503}


@pytest.mark.database
def test_a_limit_a_minute(program_with, ledger):
    program = program_with(per_minute=3)
    answers = [program.get("/totals") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[0]["RateLimit"].startswith('"key";r=2;t=')
    assert answers[0]["RateLimit-Policy"] == '"key";q=3;w=60'
    assert 1 <= int(answers[3]["Retry-After"]) <= 61
    ApiKey.objects.update(window_ms=now_ms() - 2 * MINUTE_MS)
    assert program.get("/totals").status_code == 200


# Reading


@pytest.mark.parametrize(
    "body",
    [
        b'{"amount_minor": 30.5, "reference": "a"}',
        b'{"amount_minor": 3000.0, "reference": "a"}',
        b'{"amount_minor": 1e400, "reference": "a"}',
        b'{"amount_minor": NaN, "reference": "a"}',
        b'{"amount_minor": -Infinity, "reference": "a"}',
        b'{"amount_minor": 1' + b"0" * 5000 + b', "reference": "a"}',
        b'{"amount_minor": 3000, "amount_minor": 1, "reference": "a"}',
        b'{"amount_minor": 3000, "reference": "a"} x',
        b'{"amount_minor": 3000, "reference": "\xff"}',
        b'{"amount_minor": 3000, "reference": "\\ud800"}',
        b"[" * 60_000,
        b'{"amount_minor": 3000,}',
        b"\xef\xbb\xbf{}",
    ],
)
def test_json_with_two_meanings(program, ledger, body):
    assert told(program.post("/payments", body)) == (400, "malformed_json")
    assert not Payment.objects.exists()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"amount_minor": 0}, "/amount_minor"),
        ({"amount_minor": -1}, "/amount_minor"),
        ({"amount_minor": "3000"}, "/amount_minor"),
        ({"amount_minor": True}, "/amount_minor"),
        ({"amount_minor": None}, "/amount_minor"),
        ({"amount_minor": [3000]}, "/amount_minor"),
        ({"amount_minor": 10**17}, "/amount_minor"),
        ({"currency": "cny"}, "/currency"),
        ({"kind": "gift"}, "/kind"),
        ({"reference": ""}, "/reference"),
        ({"reference": "a" * 101}, "/reference"),
        ({"reference": "a\u0000b"}, "/reference"),
        ({"reference": "a\u202eb"}, "/reference"),
        ({"reference": " a"}, "/reference"),
        ({"shop": "a\nb"}, "/shop"),
        ({"expires_in_s": 29}, "/expires_in_s"),
        ({"tip_minor": 1}, "/tip_minor"),
    ],
)
def test_fields_that_cannot_be_used(program, ledger, change, pointer):
    answer = program.post("/payments", ASK | change)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert not Payment.objects.exists()


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"x"', b"3"])
def test_bodies_that_are_no_object(program, ledger, body):
    assert told(program.post("/payments", body))[0] == 422


def test_other_kinds_of_bodies(program, ledger):
    answer = program.client.post(
        "/api/v1/payments",
        {"amount_minor": 1},
        headers={"Authorization": f"Bearer {program.secret}", "Idempotency-Key": "a"},
    )
    assert told(answer) == (415, "unsupported_media_type")
    big = json.dumps(ASK | {"reference": "a" * 70_000}).encode()
    assert told(program.post("/payments", big)) == (413, "body_too_large")
    assert told(program.post("/payments", b" " * 3_000_000)) == (413, "body_too_large")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/back",
        "http://shop.example/back",
        "https://shop.example.evil.example/",
        "https://shop.example@evil.example/",
        "https://shop.example:444/",
        "javascript:alert(1)",
        "//shop.example/",
        "/back",
        "https://shop.example/\nback",
        "https://shop.example\\@evil.example/",
        "https://shop.example/#x",
        "http://localhost:1234/",
    ],
)
def test_people_are_sent_back_to_the_keys_origins_alone(program, ledger, url):
    answer = program.post("/payments", ASK | {"return_url": url})
    assert told(answer) == (422, "return_url_not_allowed")


def test_addresses_that_are_none(program, ledger):
    for path in ("/nothing", "/payments/", "/payments/x/y/z", "/cards/1", "/cards/0000000000000019", "/payments/pay_x",
                 "/payments/%00", "/payments/pay_x/refunds", "/activations/0", "/batches/0", "/products/7",
                 "/"):  # fmt: skip
        assert told(program.get(path)) == (404, "not_found"), path
    assert told(program.client.put("/api/v1/payments"))[0] == 405
    assert told(program.get("/products/x")) == (422, "invalid")
    assert told(program.get(f"/products/{2**70}")) == (422, "invalid")


def test_our_own_faults_are_problems_too(program, ledger, monkeypatch, caplog):
    from cardtrail.web.api.routes import ledger as route

    def broken():
        raise RuntimeError("secret detail")

    monkeypatch.setattr(route, "position", broken)
    answer = program.get("/totals")
    assert told(answer) == (500, "internal_error")
    assert "secret detail" not in answer.content.decode()
    assert "secret detail" in caplog.text


# Names for repeats


def test_a_name_is_asked_for(program, ledger):
    headers = {"Authorization": f"Bearer {program.secret}"}
    answer = program.client.post(
        "/api/v1/payments", json.dumps(ASK), content_type="application/json", headers=headers
    )
    assert told(answer) == (400, "idempotency_key_required")
    assert told(program.post("/payments", ASK, name="é")) == (400, "bad_idempotency_key")
    assert told(program.post("/payments", ASK, name="a" * 256)) == (400, "bad_idempotency_key")


@pytest.mark.database
def test_the_same_request_gets_the_same_answer(program, program_with, ledger):
    first = program.post("/payments", ASK, name="one")
    again = program.post("/payments", ASK, name="one")
    assert (again.status_code, again.content) == (201, first.content)
    assert again["Idempotency-Replayed"] == "true"
    assert Payment.objects.count() == 1
    assert told(program.post("/payments", ASK | {"amount_minor": 1}, name="one")) == (
        422,
        "idempotency_key_reused",
    )
    assert told(program.post(f"/payments/{first.json()['id']}/cancel", ASK, name="one")) == (
        422,
        "idempotency_key_reused",
    )
    assert program_with().post("/payments", ASK, name="one").status_code == 201, "names belong to a key"
    assert Payment.objects.count() == 2


@pytest.mark.database
def test_a_refusal_is_an_answer_too(program, ledger):
    wrong = ASK | {"return_url": "https://evil.example/"}
    first, again = (program.post("/payments", wrong, name="one") for _ in range(2))
    assert told(again) == (422, "return_url_not_allowed")
    assert again.content == first.content


@pytest.mark.database
def test_while_the_first_is_under_way(program, ledger, monkeypatch):
    from cardtrail.web.api.routes import payments as route

    inner = []
    real = route.asking.ask

    def ask(wanted):
        inner.append(program.post("/payments", ASK, name="one"))
        return real(wanted)

    monkeypatch.setattr(route.asking, "ask", ask)
    assert program.post("/payments", ASK, name="one").status_code == 201
    assert told(inner[0]) == (409, "request_under_way")
    assert int(inner[0]["Retry-After"]) >= 1
    assert Payment.objects.count() == 1


@pytest.mark.database
def test_whoever_died_half_way_can_be_followed(program, ledger, monkeypatch):
    from cardtrail.web.api.routes import payments as route

    class Killed(BaseException):
        pass

    def killed(payment):
        raise Killed

    real, keep = route.show_payment, Call.objects.filter
    monkeypatch.setattr(route, "show_payment", killed)
    monkeypatch.setattr(
        idempotency.Call.objects,
        "filter",
        lambda **given: Call.objects.none() if "status__isnull" in given else keep(**given),
    )
    with pytest.raises(Killed):
        program.post("/payments", ASK, name="one")
    monkeypatch.undo()
    assert not Payment.objects.exists(), "what was begun is undone whole"
    assert route.show_payment is real
    assert told(program.post("/payments", ASK, name="one")) == (409, "request_under_way")
    Call.objects.update(lease_ms=now_ms() - 1)
    assert program.post("/payments", ASK, name="one").status_code == 201


@pytest.mark.database
def test_names_are_kept_for_a_day(program, ledger):
    program.post("/payments", ASK, name="one")
    assert idempotency.forget_old(now_ms()) == 0
    Call.objects.update(made_ms=now_ms() - DAY_MS - 1)
    assert program.post("/payments", ASK, name="one").status_code == 201
    assert Payment.objects.count() == 2
    Call.objects.update(made_ms=now_ms() - DAY_MS - 1)
    assert idempotency.forget_old(now_ms()) == 1


@pytest.mark.database
def test_kept_answers_are_sealed(program, ledger, settings):
    settings.WEBHOOKS_LOOPBACK = True
    hook = {"url": "http://127.0.0.1:9999/events", "event_types": ["payment.paid"]}
    first = program.post("/webhooks", hook, name="one").json()
    assert first["secret"].startswith("whsec_")
    assert first["secret"].encode() not in bytes(Call.objects.get().answer)
    assert program.post("/webhooks", hook, name="one").json() == first
    listed = program.get("/webhooks").json()["items"]
    assert listed == [{name: first[name] for name in first if name != "secret"}]
    assert program.post(f"/webhooks/{first['id']}/test").status_code == 202
    assert program.delete(f"/webhooks/{first['id']}").status_code == 204
    assert told(program.delete(f"/webhooks/{first['id']}")) == (404, "not_found")


# Lists and cards


@pytest.mark.database
def test_pages(program, ledger):
    made = [program.post("/payments", ASK | {"reference": f"r{n}"}).json()["id"] for n in range(5)]
    seen, url = [], "/api/v1/payments?limit=2&state=open"
    while url:
        page = program.get(url.removeprefix("/api/v1")).json()
        assert len(page["items"]) <= 2
        seen += [item["id"] for item in page["items"]]
        url = page["next"]
    assert sorted(seen) == sorted(made)
    assert len(seen) == 5
    assert [item["reference"] for item in program.get("/payments?reference=r3").json()["items"]] == ["r3"]
    for query in ("limit=0", "limit=101", "state=gone", "limit=x"):
        assert told(program.get(f"/payments?{query}")) == (422, "invalid")
    other = program.get("/payments?limit=1").json()["next"].partition("cursor=")[2].split("&")[0]
    for forged in ("x", other[:-2] + "zz"):
        assert told(program.get(f"/payments?cursor={forged}")) == (422, "bad_cursor")
    assert told(program.get(f"/batches?cursor={other}")) == (422, "bad_cursor"), "a cursor is for one list"


@pytest.mark.database
def test_every_look_at_a_card_is_written_down(program, cards):
    number = card_number(cards[0].serial)
    shown = program.get(f"/cards/{number}").json()
    assert (shown["state"], shown["balance_minor"], shown["card_number"]) == ("active", 5_000, number)
    assert "小满" not in json.dumps(shown)
    assert [(look.key_id, look.serial) for look in Lookup.objects.all()] == [
        (program.key.pk, cards[0].serial)
    ]


def test_the_log(program, ledger, cards):
    ledger.link.client.wait_for_checkpoint(1)
    shown = program.get("/ledger").json()
    assert shown["checkpoint"].startswith("cardtrail.test/web\n")
    totals = program.get("/totals").json()
    assert totals["items"][0]["outstanding_minor"] == 15_000


def test_cookies_change_nothing(program, ledger):
    """The key alone decides: a browser's cookies are neither asked nor set."""
    answer = Client(enforce_csrf_checks=True).post(
        "/api/v1/payments",
        json.dumps(ASK),
        content_type="application/json",
        headers={"Authorization": f"Bearer {program.secret}", "Idempotency-Key": "a"},
    )
    assert answer.status_code == 201
    assert not answer.cookies
