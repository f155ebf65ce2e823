import re, pytest, json
from django.test import Client
from django.urls import reverse
from cardtrail.web.desk.models import Staff, ROLES
from tests.web.people import secured, claim, do
from cardtrail.wire.identifiers import card_number

pytestmark = [pytest.mark.django_db]
NASTY = [
    "\0",
    "a\0b",
    "😀" * 20,
    "\u202e",
    "9" * 30,
    "-1",
    "1e400",
    "' OR 1=1",
    "\ud7ff",
    "%00",
    "٣",
    "x" * 5000,
]


def test_nasty(ledger, people):
    from tests.web.desk.team import member

    p = secured(people.make("‮😀" * 10))
    serials = ledger.issue(3)
    claim(p, ledger, serials[:2])
    staff = secured(people.make("st"))
    Staff.objects.create(person=staff, roles=list(ROLES))
    bad = []
    n = 0
    for who in (p, staff, None):
        c = Client(raise_request_exception=False)
        if who:
            c.force_login(who)
        num = card_number(serials[0])
        urls = {
            "/": ["page"],
            "/ended/": ["page"],
            "/notices/": ["page"],
            "/gifts/": ["page"],
            "/records/movements/": ["page"],
            "/records/cards/": ["page"],
            "/records/confirmations/": ["page"],
            "/lost/": ["card"],
            f"/cards/{num}/merge/result/": ["serials"],
            f"/cards/{num}/split/parts/": ["parts"],
            f"/cards/{num}/": ["whole", "page"],
            "/pay/receipts/": ["page"],
            "/me/identity/": ["next"],
            "/accounts/login/": ["next", "login"],
            "/accounts/signup/": ["next"],
            "/desk/": ["days"],
            "/desk/cases/": ["q", "kind", "whose", "state", "sort", "page"],
            "/desk/cases.csv": ["q", "kind", "whose", "state"],
            "/desk/search/": ["number", "case"],
            "/desk/audit/": ["sort_of", "who", "since", "until", "page"],
            "/desk/audit.csv": ["who", "since"],
            "/desk/staff/": ["page"],
            "/desk/identities/": ["page"],
            "/desk/approvals/": ["page"],
            f"/desk/cards/{num}/": ["case"],
            f"/desk/cards/{num}/freeze/": ["case"],
            "/desk/batches/": ["page", "state", "q"],
            "/desk/activate/": ["first", "last"],
            "/hooks/": ["page"],
            "/ledger/": ["page", "entry"],
            "/desk/join/a%00b/": ["x"],
            "/api/v1/payments": ["cursor", "reference"],
            "/desk/products/": ["page"],
            "/desk/reports/": ["quarter", "year"],
            "/desk/imports/": ["page"],
            "/desk/api-keys/": ["page"],
            "/desk/people/": ["q"],
            "/confirmed/00000000-0000-0000-0000-000000000000/": ["next", "back"],
            "/cards/" + num + "/receipts/99999999999999999999999/": ["x"],
            "/notices/99999999999999999999999999/": ["x"],
            "/desk/staff/99999999999999999999999/": ["x"],
            "/desk/batches/99999999999999999999999/": ["x"],
            "/s/abc": ["x"],
            "/desk/cases/zzz/": ["x"],
        }
        for u, ps in urls.items():
            for q in ps:
                for v in NASTY:
                    r = c.get(u, {q: v})
                    n += 1
                    if r.status_code >= 500:
                        bad.append((who and who.name, u, q, v[:10], r.status_code))
                    if r.status_code in (301, 302) and re.match(r"(https?:)?//", r["Location"]):
                        bad.append(("redir", u, q, v[:10], r["Location"]))
        for u, f in {
            "/lost/": {"step": "check", "number": "$", "what": "$", "proof": "$"},
            "/claim/": {"number": "$", "code": "$"},
            "/language/": {"language": "$", "next": "$"},
            f"/cards/{num}/give/": {
                "step": "check",
                "how": "person",
                "to": "$",
                "note": "$",
                "days": "$",
                "until": "$",
            },
            f"/cards/{num}/split/": {"step": "check", "amounts": "$", "parts": "$", "amount_1": "$"},
            f"/cards/{num}/merge/": {"step": "check", "cards": "$", "serials": "$"},
            "/share/": {"step": "check", "serials": "$", "cards": "$", "note": "$"},
            "/pay/": {"code": "$"},
            "/pay/till/": {"amount": "$", "reference": "$"},
            "/me/profile/": {"name": "$", "time_zone": "$", "language": "$"},
            "/me/identity/": {"kind": "prc_id", "name": "$", "number": "$"},
            "/accounts/login/": {"login": "$", "password": "$"},
            "/accounts/signup/": {"email": "$", "password1": "$", "name": "$"},
            f"/c/{num}/look": {"secret": "$"},
            f"/c/{num}/take": {"secret": "$", "token": "$"},
            "/s/abc/look": {"secret": "$"},
            "/desk/search/person/": {"case": "$", "email": "$"},
            "/desk/cases/new/": {"kind": "$", "text": "$", "summary": "$", "card": "$", "email": "$"},
            "/desk/staff/invite/": {"email": "$", "roles": "$"},
            "/desk/products/new/": {"name": "$", "faces": "$", "step": "check", "currency": "$"},
            "/desk/batches/new/": {"product": "$", "count": "$", "face": "$", "name": "$", "document": "$"},
            "/desk/activate/": {"first": "$", "last": "$", "name": "$"},
            f"/desk/cards/{num}/freeze/": {"case": "$", "cause": "$", "reason": "$", "zh": "$", "en": "$"},
            "/hooks/new/": {"url": "$", "description": "$", "event_types": "$"},
            "/desk/api-keys/new/": {"name": "$", "scopes": "$", "origins": "$"},
            "/desk/limits/": {"approval_over": "$", "cover": "$"},
        }.items():
            for v in NASTY:
                r = c.post(u, {k: (v if x == "$" else x) for k, x in f.items()})
                n += 1
                if r.status_code >= 500:
                    bad.append((who and who.name, "POST", u, v[:10], r.status_code))
    print(n, bad)
    assert not bad
