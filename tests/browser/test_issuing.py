"""The desk's issuing side in a browser: custody, a product, a batch, its codes, activation, old cards; at a desk and
on a phone, in both languages, by keyboard."""

from __future__ import annotations

from dataclasses import replace

import pyrage
import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.cache import cache
from playwright.sync_api import Page, expect

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import approve
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.desk import batches
from cardtrail.web.desk.stock import Batch, Delivery, Import
from cardtrail.web.ledger.follow import catch_up
from cardtrail.web.ledger.models import Card, Product
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number
from tests.browser.conftest import DESKTOP, PHONE, check_axe, follow, press_to, sign_in_browser
from tests.web.desk.issuers import TRANSFER, deposit, draft, found_brand, issue, second, staff
from tests.web.ledgers import Ledger
from tests.web.people import PASSWORD, People, witness

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LOOKS = [(DESKTOP, False), (DESKTOP, True), (PHONE, False), (PHONE, True)]
NAMES = ["desk-zh", "desk-en", "phone-zh", "phone-en"]
LONG = "城市书房与山野咖啡馆联名二〇二六年中秋国庆双节通用礼品卡（限门店及官方网店使用）"
IDENTITY = pyrage.x25519.Identity.generate()


@pytest.fixture(autouse=True)
def _here(site, monkeypatch):
    """Links that the site makes lead to the site."""
    cache.clear()
    monkeypatch.setattr(settings, "CONFIG", replace(settings.CONFIG, public_url=site))


@pytest.fixture
def enter(open_page, site):
    """A page of a browser in which somebody is signed in."""

    def opened(person: Person, size=DESKTOP, *, english: bool = False) -> Page:
        if english:
            Person.objects.filter(pk=person.pk).update(language="en")
        EmailAddress.objects.get_or_create(
            user=person, email=person.email, defaults={"verified": True, "primary": True}
        )
        page = open_page(size, english=english)
        sign_in_browser(page, person, site)
        return page

    return opened


@pytest.fixture
def brand(ledger: Ledger) -> Ledger:
    """A brand that may issue."""
    found_brand()
    ledger.define(name="春日礼品卡")
    deposit(20_000_000)
    catch_up()
    return ledger


@pytest.mark.parametrize(("size", "english"), [LOOKS[0], LOOKS[3]], ids=[NAMES[0], NAMES[3]])
def test_from_nothing_to_cards_that_can_be_used(
    ledger: Ledger, people: People, enter, shot, request, size, english
):
    """One long way: state the deposit, define, be approved, issue, deliver the codes, activate."""
    name = request.node.callspec.id
    found_brand()
    page = enter(staff(people, "issuing", "finance"), size, english=english)

    def look(what: str) -> None:
        check_axe(page)
        shot(page, f"issuing-{name}-{what}")

    def say(zh: str, en: str) -> str:
        return en if english else zh

    page.goto("/desk/products/")
    expect(page.locator(".empty")).to_be_visible()
    look("01-no-products")
    page.goto("/desk/custody/")
    page.locator("[name=deposit]").fill("200,000")
    page.locator("[name=as_of]").fill("2026-01-01T18:00")
    page.locator("[name=sha256]").fill("ab" * 32)
    look("02-custody")
    page.get_by_role("button", name=say("下一步：核对", "Next: check")).click()
    expect(page.locator("main")).to_contain_text("¥200,000.00")
    look("03-custody-confirm")
    page.get_by_role("button", name=say("登记", "Enter it")).click()
    expect(page.locator(".notice.good")).to_be_visible()
    look("04-custody-stated")

    page.goto("/desk/products/new/")
    page.locator("[name=name]").fill(LONG)
    page.locator("[name=face_limit]").fill("2000")
    look("05-define")
    page.get_by_role("button", name=say("下一步：核对条款", "Next: check the terms")).click()
    expect(page.locator(".law")).to_contain_text(say("单张不记名卡最高 ¥1,000.00", "bears at most ¥1,000.00"))
    look("06-define-refused")
    page.locator("[name=face_limit]").fill("1000")
    page.locator("[name=validity_days]").fill("1096")
    page.get_by_role("button", name=say("下一步：核对条款", "Next: check the terms")).click()
    expect(page.get_by_role("button", name=say("提交批准", "Submit for approval"))).to_be_visible()
    look("07-define-confirm")
    page.get_by_role("button", name=say("提交批准", "Submit for approval")).click()
    expect(page.locator(".notice.info").first).to_be_visible()
    look("08-define-awaits")
    second(people.make("阿强"), Confirmation.objects.get(purpose="define"))
    page.goto("/desk/products/")
    page.get_by_role("link", name=LONG).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(LONG)
    look("09-product")
    page.get_by_role("link", name=say("发行", "Issue cards"), exact=True).click()
    page.locator("[name=face][value='10000']").check()
    page.locator("[name=count]").fill("12")
    page.locator("[name=buyer][value=organisation]").check()
    page.locator("[name=name]").fill("示例科技（上海）有限公司")
    page.locator("[name=document]").fill("91310000MA1K00000X")
    look("10-issue")
    page.get_by_role("button", name=say("下一步：核对", "Next: check")).click()
    expect(page.locator("main")).to_contain_text("¥1,200.00")
    look("11-issue-confirm")
    page.get_by_role("button", name=say("发行", "Issue"), exact=True).click()
    expect(page.locator("#issued")).to_have_attribute("value", "12")
    look("12-batch")

    page.get_by_role("link", name=say("交付卡密", "Deliver the codes")).click()
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit], main button.primary").first.click()
    page.locator("[name=recipients]").fill("AGE-SECRET-KEY-1QQQ")
    page.get_by_role("button", name=say("生成文件", "Make the file")).click()
    expect(page.locator(".error-summary")).to_be_visible()
    look("13-deliver-secret-key")
    page.locator("[name=recipients]").fill(str(IDENTITY.to_public()))
    page.get_by_role("button", name=say("生成文件", "Make the file")).click()
    fetch = page.get_by_role("link", name=say("下载文件", "Fetch the file"))
    expect(fetch).to_be_visible()
    with page.expect_download() as downloading:
        fetch.click()
    content = downloading.value.path().read_bytes()
    assert pyrage.decrypt(content, [IDENTITY]).count(b"\n") == 13
    expect(page.locator(".button.danger")).to_be_visible()
    look("14-deliver-ready")
    page.get_by_role(
        "button", name=say("我已拿到文件，销毁你们的副本", "I have it, destroy our copy")
    ).click()
    expect(page.locator(".notice.good").first).to_be_visible()
    assert Delivery.objects.get().destroyed

    page.get_by_role("link", name=say("激活 12 张", "Activate 12 cards")).click()
    page.get_by_role("button", name=say("下一步：核对", "Next: check")).click()
    expect(page.locator("main")).to_contain_text("¥1,200.00")
    look("15-activate-confirm")
    page.get_by_role("button", name=say("激活", "Activate"), exact=True).click()
    expect(page.locator("#activated")).to_have_attribute("value", "12")
    look("16-batch-done")
    assert Card.objects.filter(status=1).count() == 12
    page.goto("/desk/batches/")
    look("17-batches")
    page.goto("/desk/stock/")
    look("18-stock")


@pytest.mark.parametrize(("size", "english"), [LOOKS[0], LOOKS[3]], ids=[NAMES[0], NAMES[3]])
def test_a_big_batch_shows_how_far_it_is(brand: Ledger, people: People, enter, shot, request, size, english):
    person = staff(people, "issuing")
    batch = batches.order(witness(person), person, draft(3_500, 10_000, TRANSFER))
    page = enter(person, size, english=english)
    page.goto(f"/desk/batches/{batch.pk}/")
    expect(page.locator(".notice.warn")).to_be_visible()
    check_axe(page)
    shot(page, f"issuing-{request.node.callspec.id}-20-awaits")
    approve(witness(people.make("阿强")), batch.issue, Text("同意", "I agree"))
    batches.run_due(1)
    page.reload()
    expect(page.locator("#issued")).not_to_have_attribute("value", "0")
    shot(page, f"issuing-{request.node.callspec.id}-21-under-way")
    while batches.run_due():
        pass
    expect(page.locator("#issued")).to_have_attribute("value", "3500")
    assert Batch.objects.get().issued == 3_500


@pytest.mark.parametrize(("size", "english"), LOOKS[1:3], ids=NAMES[1:3])
def test_old_cards_come_in(brand: Ledger, people: People, enter, shot, request, size, english):
    name = request.node.callspec.id
    page = enter(staff(people, "issuing"), size, english=english)

    def look(what: str) -> None:
        check_axe(page)
        shot(page, f"issuing-{name}-{what}")

    page.goto("/desk/imports/")
    look("30-imports-empty")
    follow(page.get_by_role("link", name="Bring in a file" if english else "导入文件"))
    look("31-import-form")
    text = "卡号,卡密,余额,面值,有效期\n80010001,123456,37.50,50,2027-03-31\n80010002,2222,100,,\n"
    text += "3,1,5,,\n4,4444,60,50,\n"
    page.locator("[name=file]").set_input_files(
        {"name": "旧卡.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.locator("main button.primary").click()
    expect(page.locator(".confirm")).to_be_visible()
    look("32-import-checked")
    page.locator(".confirm button.primary").click()
    expect(page.locator(".field.invalid")).to_be_visible()
    page.locator("[name=only_good]").check()
    page.locator(".confirm button.primary").click()
    while batches.run_due():
        pass
    expect(page.locator("#ready")).to_have_attribute("value", "2")
    look("33-import-done")
    assert Import.objects.get().rows.filter(ready=True).count() == 2
    page.goto("/desk/imports/")
    look("34-imports")


def test_stock_is_sold_by_keyboard_alone(brand: Ledger, people: People, enter, shot):
    person = staff(people, "issuing")
    issue(person, draft(100, 10_000, None))
    page = enter(person)
    page.goto(f"/desk/stock/?first={card_number(0)}&last={card_number(99)}")
    press_to(page, "激活这个范围")
    page.wait_for_url("**/activate/**")
    press_to(page, "下一步：核对")
    expect(page.locator("[name=document]")).to_be_visible()
    press_to(page, "下一步：核对")
    expect(page.locator(".law")).to_contain_text("须登记身份")
    check_axe(page)
    shot(page, "issuing-desk-zh-40-activate-refused")
    page.locator("[name=name]").focus()
    page.keyboard.type("王小明")
    page.keyboard.press("Tab")
    page.keyboard.type("11010119900101001X")
    press_to(page, "下一步：核对")
    expect(page.locator(".confirm")).to_contain_text("¥10,000.00")
    press_to(page, "激活")
    expect(page.locator(".notice.good")).to_be_visible()
    assert Card.objects.filter(status=1).count() == 100
    assert Product.objects.count() == 1
