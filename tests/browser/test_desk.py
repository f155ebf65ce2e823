"""The desk's casework in a browser: find a card, freeze it, lift it; four eyes; appeal; staff. In both languages, at a
desk and on a telephone, and once by keyboard alone."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from playwright.sync_api import Page, expect

from cardtrail.web.accounts import identity
from cardtrail.web.accounts.models import Person
from cardtrail.web.desk import losses
from cardtrail.web.desk.brand import Brand, forget_name
from cardtrail.web.desk.casework import Case
from cardtrail.web.desk.models import Staff
from cardtrail.web.ledger.models import Card
from cardtrail.wire.identifiers import card_number, group_digits
from tests.browser.conftest import DESKTOP, PHONE, follow, press_to, sign_in_browser
from tests.web.ledgers import Ledger
from tests.web.people import People, claim, witness

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

SIZES = pytest.mark.parametrize(
    ("size", "english"), [(DESKTOP, False), (PHONE, True)], ids=["desk-zh", "phone-en"]
)
OTHER_SIZES = pytest.mark.parametrize(
    ("size", "english"), [(DESKTOP, True), (PHONE, False)], ids=["desk-en", "phone-zh"]
)


@pytest.fixture(autouse=True)
def _here(site):
    cache.clear()
    forget_name()
    Brand.objects.create(name="城市书房", legal_name="城市书房文化（杭州）有限公司", set_up_ms=1)


@pytest.fixture
def enter(open_page, site):
    """A page of a browser in which somebody is signed in."""

    def opened(person: Person, size=DESKTOP, *, english: bool = False) -> Page:
        Person.objects.filter(pk=person.pk).update(language="en" if english else "zh-hans")
        EmailAddress.objects.get_or_create(
            user=person, email=person.email, defaults={"verified": True, "primary": True}
        )
        page = open_page(size, english=english)
        sign_in_browser(page, person, site)
        return page

    return opened


def staff(people: People, name: str, *roles: str) -> Person:
    person = people.make(name)
    Staff.objects.create(person=person, roles=list(roles))
    return person


def tag(size, english: bool) -> str:
    return f"{'desk' if size is DESKTOP else 'phone'}-{'en' if english else 'zh'}"


def open_a_case(page: Page, serial: int, english: bool) -> str:
    page.goto(f"/desk/cases/new/?card={card_number(serial)}")
    page.locator("#id_words").fill(
        "来电：不是本人消费，请核实。" if not english else "Call: not the holder's purchase; please check."
    )
    page.locator("main form button").first.click()
    page.wait_for_url("**/desk/cases/*-*/")
    return page.url.rstrip("/").split("/")[-1]


@SIZES
def test_find_freeze_and_lift(ledger: Ledger, people: People, enter, look_over, size, english):
    t = tag(size, english)
    holder = people.make("林小满")
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    page = enter(staff(people, "周明远" if not english else "Ming", "support", "risk"), size, english=english)
    page.goto("/desk/search/")
    look_over(page, f"search-{t}")
    page.locator("#id_number").fill(group_digits(card_number(serial)))
    page.locator("main form button").first.click()
    page.wait_for_url("**/desk/cards/*/")
    look_over(page, f"desk-card-{t}")
    open_a_case(page, serial, english)
    look_over(page, f"case-new-{t}")
    follow(page.get_by_role("link", name="Freeze" if english else "冻结", exact=True))
    look_over(page, f"freeze-{t}")
    page.locator("#id_cause").select_option("fraud")
    page.locator("main form .button.primary").click()
    expect(page.locator(".confirm")).to_contain_text("¥500.00")
    look_over(page, f"freeze-check-{t}")
    page.locator("main form .button.primary").click()
    expect(page.locator(".notice.good")).to_be_visible()
    assert Card.objects.get(serial=serial).state == "frozen"
    look_over(page, f"case-frozen-{t}")
    page.goto(f"/desk/cards/{card_number(serial)}/")
    look_over(page, f"desk-card-frozen-{t}")
    page.get_by_role("link", name="Unfreeze" if english else "解冻", exact=True).click()
    page.locator("main form .button.primary").click()
    page.locator("main form .button.primary").click()
    expect(page.locator(".notice.good")).to_be_visible()
    assert Card.objects.get(serial=serial).state == "active"
    page.goto("/desk/cases/")
    look_over(page, f"cases-{t}")


@OTHER_SIZES
def test_four_eyes(ledger: Ledger, people: People, enter, look_over, size, english):
    t = tag(size, english)
    [serial] = ledger.issue()
    asks = staff(people, "申请人" if not english else "Asking", "risk")
    second = staff(people, "批准人" if not english else "Second", "risk", "admin")
    page = enter(asks, size, english=english)
    open_a_case(page, serial, english)
    page.goto(f"/desk/cards/{card_number(serial)}/void/")
    follow(page.locator("main form .button.primary"))
    look_over(page, f"void-check-{t}")
    page.locator("main form .button.primary").click()
    page.goto("/desk/approvals/")
    page.locator("main .row-link").click()
    expect(page.locator("main")).to_contain_text(
        "another member of staff" if english else "须由另一位工作人员批准"
    )
    look_over(page, f"approval-own-{t}")
    other = enter(second, size, english=english)
    other.goto("/desk/approvals/")
    look_over(other, f"approvals-{t}")
    follow(other.locator("main .row-link"))
    look_over(other, f"approval-{t}")
    other.get_by_role("button", name="approve" if english else "批准").click()
    expect(other.locator(".notice.good")).to_be_visible()
    assert Card.objects.get(serial=serial).state == "void"
    look_over(other, f"approval-done-{t}")
    other.goto("/desk/approvals/")
    look_over(other, f"approvals-empty-{t}")
    other.goto("/desk/staff/")
    look_over(other, f"staff-{t}")
    other.goto("/desk/audit/")
    look_over(other, f"audit-{t}")
    other.goto(f"/desk/staff/{Staff.objects.get(person=asks).pk}/")
    look_over(other, f"member-{t}")


@SIZES
def test_appeal(ledger: Ledger, people: People, enter, look_over, size, english):
    t = tag(size, english)
    holder = people.make("林小满" if not english else "Xiaoman")
    [serial] = ledger.issue()
    claim(holder, ledger, [serial])
    page = enter(staff(people, "甲", "support"), DESKTOP, english=english)
    open_a_case(page, serial, english)
    page.goto(f"/desk/cards/{card_number(serial)}/freeze/")
    page.locator("main form .button.primary").click()
    page.locator("main form .button.primary").click()
    expect(page.locator(".notice.good")).to_be_visible()
    theirs = enter(holder, size, english=english)
    theirs.goto(f"/cards/{card_number(serial)}/")
    look_over(theirs, f"card-stopped-{t}")
    theirs.get_by_role("link", name="Appeal" if english else "申诉", exact=True).click()
    theirs.locator("#id_text").fill(
        "我在出差，是我本人消费。" * 3 if not english else "I was travelling; it was me. " * 3
    )
    look_over(theirs, f"appeal-{t}")
    theirs.locator("main form .button.primary").click()
    theirs.wait_for_url("**/records/cases/*/")
    look_over(theirs, f"my-case-{t}")
    number = Case.objects.get(kind="appeal").number
    other = enter(staff(people, "乙", "risk"), size, english=english)
    other.goto(f"/desk/cases/{number}/")
    look_over(other, f"case-appeal-{t}")
    other.goto(f"/desk/cases/{number}/appeal/")
    other.locator("#id_zh").fill("已核实是本人。")
    other.locator("#id_en").fill("We know now that it was you.")
    look_over(other, f"decide-appeal-{t}")
    other.locator("button[value=lift]").click()
    expect(other.locator(".notice.good")).to_be_visible()
    assert Card.objects.get(serial=serial).state == "active"


@OTHER_SIZES
def test_people_are_looked_up_for_a_case_and_see_it(
    ledger: Ledger, people: People, enter, look_over, size, english
):
    t = tag(size, english)
    holder = people.make("林小满" if not english else "Xiaoman")
    serials = ledger.issue(3)
    claim(holder, ledger, serials)
    identity.submit(holder, "passport", "LIN XIAOMAN", "E12345678")
    support = staff(people, "客服小李", "support")
    page = enter(support, size, english=english)
    number = open_a_case(page, serials[0], english)
    page.goto(f"/desk/search/?case={number}")
    page.locator("#id_email").fill(holder.email)
    page.locator("form[method=post] button", has_text="write it down" if english else "查找并记录").click()
    expect(page.locator("main")).to_contain_text(holder.email)
    look_over(page, f"person-account-{t}")
    for part in ("cards", "sessions"):
        page.goto(f"/desk/cases/{number}/people/{holder.pk}/{part}/")
        look_over(page, f"person-{part}-{t}")
    page.goto("/desk/identities/")
    look_over(page, f"identities-{t}")
    page.get_by_role("button", name="Open and check" if english else "打开并核验").click()
    expect(page.locator("main")).to_contain_text("E12345678")
    look_over(page, f"identity-{t}")
    page.locator("button[value=accept]").click()
    expect(page.locator(".notice.good")).to_be_visible()
    theirs = enter(holder, PHONE, english=english)
    theirs.goto("/records/looks/")
    look_over(theirs, f"looks-{t}")


@SIZES
def test_a_lost_card(ledger: Ledger, people: People, enter, look_over, size, english):
    t = tag(size, english)
    [serial] = ledger.issue()
    claim(people.make("旧账户"), ledger, [serial])
    claimant, support = people.make("新账户"), staff(people, "客服", "support")
    identity.check(identity.submit(claimant, "passport", "LIN", "E12345678"), support, True)
    made = losses.report(
        witness(claimant),
        serial,
        "手机丢了，旧账户登不上。" if not english else "I lost my phone and cannot sign in.",
    )
    page = enter(support, size, english=english)
    page.goto(f"/desk/cases/{made.case.number}/")
    look_over(page, f"case-loss-{t}")
    page.goto(f"/desk/cases/{made.case.number}/rebind/")
    look_over(page, f"rebind-check-{t}")
    page.locator("main form .button.primary").click()
    made.refresh_from_db()
    assert made.state == "checked"


def test_by_keyboard_alone(ledger: Ledger, people: People, enter):
    [serial] = ledger.issue()
    page = enter(staff(people, "周明远", "support", "risk"), DESKTOP)
    page.goto("/desk/search/")
    page.locator("#id_number").focus()
    page.keyboard.type(card_number(serial))
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/cards/*/")
    press_to(page, "立案")
    page.wait_for_url("**/desk/cases/new/*")
    page.locator("#id_words").focus()
    page.keyboard.type("keyboard")
    press_to(page, "立案")
    page.wait_for_url("**/desk/cases/*-*/")
    press_to(page, "冻结")
    page.wait_for_url("**/freeze/*")
    page.locator("#id_cause").focus()
    press_to(page, "下一步")
    expect(page.locator(".confirm")).to_be_visible()
    press_to(page, "冻结")
    expect(page.locator(".notice.good")).to_be_visible()
    assert Card.objects.get(serial=serial).state == "frozen"
