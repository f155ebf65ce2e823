from __future__ import annotations
import pytest
from django.core.cache import cache
from cardtrail.web.desk.stock import *
from cardtrail.web.actions.confirm import approve
from cardtrail.web.actions.models import *
from cardtrail.web.actions.perform import perform
from cardtrail.web.ledger.models import *
from cardtrail.web.ui.texts import Text
from tests.web.desk.issuers import *
from tests.web.people import sign_in, witness
pytestmark = pytest.mark.django_db
TERMS = {"name": "春日礼品卡", "faces": "100 500", "face_limit": "1000", "named": "no", "validity_days": "1096", "transferable": "2", "max_hops": "20", "cooling_off_days": "0", "resale_cap_percent": "100", "hold_limit_days": "30", "rebind_delay_days": "7", "split": "on", "merge": "on"}
def hidden(html):
    import re
    from html import unescape
    return [(unescape(n), unescape(v)) for n, v in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html)]
def test_thin(ledger, people, client, settings):
    settings.DEBUG_PROPAGATE_EXCEPTIONS=True
    from cardtrail.web.accounts import second_factor
    second_factor.has_second_factor = lambda p: True
    found_brand(); 
    a = staff(people, "issuing", "finance", "admin"); b = staff(people, "issuing", name="阿强")
    sign_in(client, a)
    r = client.get("/desk/products/"); assert r.status_code == 200
    r = client.get("/desk/products/new/"); assert r.status_code == 200
    r = client.post("/desk/products/new/", {**TERMS, "face_limit": "2000", "faces": "2000", "validity_days": "30"})
    assert r.status_code == 409, r.content.decode()
    assert "不记名卡限额" in r.content.decode()
    r = client.post("/desk/products/new/", TERMS); assert r.status_code == 200
    open("/tmp/confirm.html","w").write(r.content.decode())
    data = dict(hidden(r.content.decode())); 
    r = client.post("/desk/products/new/", {**data, "do": "yes"}); assert r.status_code == 302, r.content.decode()
    c = Confirmation.objects.get(purpose="define")
    approve(witness(b), c, Text("好","ok")); print(perform(c))
    p = Product.objects.get(); print(p.terms)
    for u in ("/desk/products/", "/desk/products/0/", "/desk/batches/", "/desk/custody/", "/desk/limits/", "/desk/stock/", "/desk/stock/activate/", "/desk/products/0/issue/"):
        r = client.get(u); assert r.status_code == 200, u
    r = client.post("/desk/products/0/issue/", {"face": "50000", "count": "10", "buyer": "stock", "method": "cash"})
    assert r.status_code == 409
    r = client.post("/desk/custody/", {"deposit": "100,000", "as_of": "2026-01-01T10:00", "sha256": "ab"*32}); assert r.status_code == 200
    r = client.post("/desk/custody/", {**dict(hidden(r.content.decode())), "do": "yes"}); assert r.status_code == 302, r.content.decode()
    print(Totals.objects.get().deposit_minor)
    r = client.post("/desk/products/0/issue/", {"face": "50000", "count": "10", "buyer": "stock", "method": "cash"}); assert r.status_code == 200
    r = client.post("/desk/products/0/issue/", {**dict(hidden(r.content.decode())), "do": "yes"}); assert r.status_code == 302, r.content.decode()
    bt = Batch.objects.get(); print(bt.issued)
    assert bt.issued == 10
    for u in ("/desk/batches/", f"/desk/batches/{bt.pk}/", f"/desk/batches/{bt.pk}/progress/", "/desk/stock/"):
        r = client.get(u); assert r.status_code == 200, u
    r = client.post("/accounts/reauthenticate/", {"password": "correct horse battery"}); assert r.status_code == 302
    r = client.get(f"/desk/batches/{bt.pk}/codes/"); assert r.status_code == 200, r
    r = client.post(f"/desk/batches/{bt.pk}/codes/", {"kind": "pdf"}); assert r.status_code == 302, r.content.decode()
    d = Delivery.objects.get(); print(d.size, d.sha256)
    r = client.get(f"/desk/batches/{bt.pk}/codes/"); assert r.status_code == 200, r
    r = client.get(f"/desk/codes/{d.pk}/"); body = b"".join(r.streaming_content); assert body[:4] == b"%PDF"
    r = client.post(f"/desk/codes/{d.pk}/destroy/"); assert r.status_code == 302
    bt.refresh_from_db(); assert bt.delivered_ms
    r = client.get(f"/desk/batches/{bt.pk}/"); assert r.status_code == 200
    from cardtrail.wire.identifiers import card_number
    r = client.post("/desk/stock/activate/", {"first": card_number(0), "last": card_number(9)}); assert r.status_code == 200
    data = {"first": card_number(0), "last": card_number(9), "buyer": "person", "method": "cash"}
    r = client.post("/desk/stock/activate/", data); assert r.status_code == 200, r.content.decode()
    r = client.post("/desk/stock/activate/", {**dict(hidden(r.content.decode())), "do": "yes"}); assert r.status_code == 302, r.content.decode()
    bt.refresh_from_db(); assert bt.activated == 10
    r = client.get(f"/desk/batches/{bt.pk}/"); assert r.status_code == 200
