"""Accounts, from start to finish in a browser: passkeys, authenticator apps, devices, both languages, keyboard only."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.core.cache import cache
from playwright.sync_api import Page, expect

from cardtrail.web.accounts.models import Person
from tests.browser.conftest import DESKTOP, PHONE, check_axe, follow, passkey, press_to, sign_in_browser
from tests.web.accounts.flows import SECRET, app_code, mailed_code, member
from tests.web.people import PASSWORD

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LONG_NAME = "欧阳司徒上官端木百里东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶"


@pytest.fixture(autouse=True)
def _fresh_counts(site):
    cache.clear()


def words(page: Page, zh: str, en: str) -> str:
    return en if page.locator("html").get_attribute("lang") == "en" else zh


@pytest.mark.parametrize("english", [False, True], ids=["zh", "en"])
def test_sign_up_and_in_with_a_passkey(open_page, shot, english):
    page = open_page(PHONE, english=english, own=True)
    passkey(page)
    page.goto("/accounts/signup/")
    expect(page.locator("html")).to_have_attribute("lang", "en" if english else "zh-Hans")
    tag = "en" if english else "zh"
    check_axe(page)
    shot(page, f"sign-up-{tag}")
    follow(page.get_by_role("link", name=words(page, "用通行密钥注册", "Sign up with a passkey")))
    check_axe(page)
    page.get_by_label(words(page, "称呼", "Name")).fill("Xiaoman" if english else "小满")
    page.get_by_label(words(page, "邮箱", "E-mail address")).fill("xm@example.com")
    shot(page, f"sign-up-passkey-{tag}")
    page.get_by_role("button", name=words(page, "继续", "Continue")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        words(page, "确认邮箱", "Confirm your e-mail address")
    )
    check_axe(page)
    shot(page, f"code-{tag}")
    page.get_by_label(words(page, "邮件里的验证码", "Code from the mail")).fill(mailed_code())
    page.get_by_role("button", name=words(page, "继续", "Continue")).click()
    make = page.get_by_role("button", name=words(page, "建立通行密钥", "Make the passkey"))
    expect(make).to_be_visible()
    check_axe(page)
    shot(page, f"make-passkey-{tag}")
    make.click()
    page.wait_for_url(lambda url: "/accounts/" not in url)

    page.goto("/me/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Xiaoman" if english else "小满")
    check_axe(page)
    shot(page, f"me-{tag}")
    page.get_by_role("main").get_by_role("button", name=words(page, "退出登录", "Sign out")).click()
    page.goto("/accounts/login/?next=/me/devices/")
    check_axe(page)
    shot(page, f"sign-in-{tag}")
    page.get_by_role("button", name=words(page, "用通行密钥登录", "Sign in with a passkey")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        words(page, "设备和登录", "Devices and sessions")
    )
    check_axe(page)
    shot(page, f"devices-{tag}")


@pytest.mark.parametrize("english", [False, True], ids=["zh", "en"])
def test_password_then_an_app_then_a_recovery_code(open_page, shot, people, monkeypatch, english):
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.generate_totp_secret", lambda: SECRET)
    person = member(people)
    page = open_page(PHONE, english=english)
    tag = "en" if english else "zh"
    enter_password(page, person)
    expect(page.locator("html")).to_have_attribute("lang", "en" if english else "zh-Hans")
    expect(page.get_by_role("heading", level=1)).to_have_text(words(page, "保护你的卡", "Protect your cards"))
    check_axe(page)
    shot(page, f"protect-{tag}")
    follow(page.get_by_role("link", name=words(page, "启用验证器", "Turn on an authenticator app")))
    check_axe(page)
    shot(page, f"app-{tag}")
    page.get_by_label(words(page, "6 位数字", "Six digits")).fill("000000")
    page.get_by_role("button", name=words(page, "启用", "Turn on")).click()
    expect(page.get_by_role("alert")).to_be_visible()
    check_axe(page)
    shot(page, f"app-wrong-{tag}")
    page.get_by_label(words(page, "6 位数字", "Six digits")).fill(app_code())
    page.get_by_role("button", name=words(page, "启用", "Turn on")).click()
    codes = page.locator("main code")
    expect(codes).to_have_count(10)
    check_axe(page)
    shot(page, f"recovery-codes-{tag}")
    recovery = codes.first.inner_text()

    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name=words(page, "退出登录", "Sign out")).click()
    enter_password(page, person)
    expect(page.get_by_role("heading", level=1)).to_have_text(words(page, "第二步验证", "Second step"))
    check_axe(page)
    shot(page, f"second-step-{tag}")
    page.get_by_label(words(page, "6 位数字", "Six digits")).fill(recovery)
    page.get_by_role("button", name=words(page, "登录", "Sign in")).click()
    page.goto("/accounts/2fa/")
    expect(page.get_by_text(words(page, "还剩 9 个", "9 left"))).to_be_visible()
    check_axe(page)
    shot(page, f"ways-{tag}")


def test_a_passkey_is_added_renamed_used_to_prove_and_removed(open_page, people, shot):
    page = open_page(PHONE, own=True)
    passkey(page)
    person = member(people)
    enter_password(page, person)
    page.get_by_role("link", name="添加通行密钥").click()
    shot(page, "add-passkey-zh")
    page.get_by_role("button", name="添加").click()
    page.wait_for_url("**/recovery-codes/")
    page.goto("/me/delete/")  # The sign-in was by password: it counts once it is proved again.
    page.wait_for_url("**/webauthn/reauthenticate/**")
    check_axe(page)
    shot(page, "prove-zh")
    page.get_by_role("button", name="使用通行密钥").click()
    page.wait_for_url("**/me/delete/")
    check_axe(page)
    shot(page, "delete-zh")
    page.goto("/accounts/2fa/webauthn/")
    check_axe(page)
    shot(page, "passkeys-zh")
    page.get_by_role("link", name=re.compile("重命名")).click()
    page.get_by_label("密钥名称").fill("我的手机")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("strong").filter(has_text="我的手机")).to_be_visible()
    follow(page.get_by_role("link", name=re.compile("移除")))
    check_axe(page)
    page.get_by_role("button", name="移除").click()
    expect(page.get_by_text("还没有通行密钥")).to_be_visible()
    check_axe(page)
    shot(page, "no-passkeys-zh")


def test_a_passkey_that_is_not_there_is_told_kindly(page_phone, shot):
    page = page_phone
    page.goto("/accounts/login/")
    refuse = "navigator.credentials.get = () => Promise.reject(new DOMException('', 'NotAllowedError'))"
    page.evaluate(f"() => {{ {refuse} }}")
    page.get_by_role("button", name="用通行密钥登录").click()
    expect(page.get_by_text("没有完成。请再试一次")).to_be_visible()
    check_axe(page)
    shot(page, "passkey-refused-zh")


def test_keyboard_alone(page_desktop, people):
    """Sign in and change the name without touching the mouse."""
    page = page_desktop
    person = member(people, app=True)
    page.goto("/accounts/login/")
    tab_to_field(page, "login")
    page.keyboard.type(person.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/2fa/authenticate/")
    tab_to_field(page, "code")
    page.keyboard.type(app_code())
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/accounts/" not in url)
    page.goto("/me/")
    press_to(page, "称呼、语言和时区")
    page.wait_for_url("**/me/profile/")
    tab_to_field(page, "name")
    page.keyboard.press("Control+A")
    page.keyboard.type("谷雨")
    page.keyboard.press("Enter")
    page.wait_for_url("**/me/")
    expect(page.get_by_role("heading", level=1)).to_have_text("谷雨")


def test_the_skip_link_leads_past_the_head(page_desktop):
    page = page_desktop
    page.goto("/accounts/login/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"


@pytest.mark.parametrize(
    ("size", "english"), [(PHONE, False), (DESKTOP, True)], ids=["phone-zh", "desktop-en"]
)
def test_every_page_of_ones_own_looks_after_itself(open_page, people, site, shot, size, english):
    person = member(people, LONG_NAME)
    person.language = "en" if english else "zh-hans"
    person.save()
    page = open_page(size, english=english)
    sign_in_browser(page, person, site)
    tag = f"{'phone' if size is PHONE else 'desktop'}-{'en' if english else 'zh'}"
    for path in ("/me/", "/me/profile/", "/me/mails/", "/me/devices/", "/accounts/2fa/", "/accounts/email/"):
        page.goto(path)
        check_axe(page)
        shot(page, f"own-{path.strip('/').replace('/', '-')}-{tag}")
    page.goto("/me/identity/")
    page.get_by_label(words(page, "密码", "Password")).fill(PASSWORD)
    page.get_by_role("button", name=words(page, "确认", "Confirm")).click()
    page.wait_for_url("**/me/identity/")
    check_axe(page)
    shot(page, f"own-me-identity-empty-{tag}")
    page.get_by_label(words(page, "真实姓名", "Name as on the document")).fill("欧阳小满")
    page.get_by_label(words(page, "证件号码", "Number of the document")).fill("110105194912310021")
    submit = page.get_by_role("button", name=words(page, "同意并提交", "Agree and submit"))
    submit.click()
    expect(page.get_by_role("alert")).to_be_visible()
    check_axe(page)
    shot(page, f"own-me-identity-wrong-{tag}")
    page.get_by_label(words(page, "证件号码", "Number of the document")).fill("11010519491231002X")
    submit.click()
    expect(page.get_by_text(words(page, "等待核对", "Waiting to be checked"))).to_be_visible()
    check_axe(page)
    shot(page, f"own-me-identity-{tag}")


def test_ending_another_session(open_page, people, site, shot):
    person = member(people)
    here = open_page(PHONE)
    there = open_page(DESKTOP)
    enter_password(there, person)
    enter_password(here, person)
    here.goto("/me/devices/")
    here.get_by_role("button", name=re.compile("^结束 ")).click()
    expect(here.get_by_text("那个设备已退出登录")).to_be_visible()
    shot(here, "ended-zh")
    there.goto("/me/")
    expect(there.get_by_role("heading", level=1)).to_have_text("登录")
    assert person.email not in there.content()


def test_deleting_the_account(page_phone, people, shot):
    page = page_phone
    person = member(people)
    enter_password(page, person)
    page.goto("/me/delete/")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="确认").click()
    page.get_by_label("我明白删除后不能恢复").check()
    page.get_by_role("button", name="永久删除账户").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("账户已删除")
    check_axe(page)
    shot(page, "deleted-zh")
    assert Person.objects.get(pk=person.pk).deleted_ms is not None


def test_a_forgotten_password(page_phone, people, shot):
    page = page_phone
    person = member(people)
    page.goto("/accounts/login/")
    follow(page.get_by_role("link", name="忘记密码"))
    check_axe(page)
    shot(page, "forgotten-zh")
    page.get_by_label("邮箱").fill(person.email)
    page.get_by_role("button", name="发送验证码").click()
    expect(page.get_by_label("邮件里的验证码")).to_be_visible()
    page.get_by_label("邮件里的验证码").fill(mailed_code())
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_label("新密码")).to_be_visible()
    check_axe(page)
    shot(page, "new-password-zh")
    page.get_by_label("新密码").fill("another good one 7")
    page.get_by_role("button", name="保存新密码").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("密码已更新")
    assert "密码已重设" in mail.outbox[-1].subject


def enter_password(page: Page, person: Person) -> None:
    page.goto("/accounts/login/")
    page.get_by_label(words(page, "邮箱", "E-mail address")).fill(person.email)
    page.get_by_label(words(page, "密码", "Password"), exact=True).fill(PASSWORD)
    page.get_by_role("button", name=words(page, "登录", "Sign in"), exact=True).click()
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


def tab_to_field(page: Page, name: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement?.name") == name:
            return
    raise AssertionError(f"the Tab key does not reach the field {name!r}")
