"""How allauth's flows meet our people."""

from __future__ import annotations

import logging
import smtplib
from typing import Any, ClassVar, cast
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from cardtrail.web.accounts import activity, devices, newcomers, second_factor
from cardtrail.web.accounts.address import client_address
from cardtrail.web.accounts.models import Person
from cardtrail.web.ui.clock import moment, now_ms
from cardtrail.web.ui.texts import Text

_log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """allauth's ways, with our own words, our own idea of a client's address, and devices."""

    error_messages: ClassVar[dict[str, object]] = DefaultAccountAdapter.error_messages | {
        "account_inactive": Text("这个账户已停用", "This account has been closed"),
        "email_password_mismatch": Text("邮箱或密码不对", "The e-mail address or the password is not right"),
        "email_taken": Text("这个邮箱不能用，请换一个", "This address cannot be used; choose another"),
        "incorrect_code": Text("验证码不对，请再看一遍", "That code is not right; look at it once more"),
        "incorrect_password": Text("密码不对", "The password is not right"),
        "rate_limited": Text("尝试太多次了，请过几分钟再来", "Too many attempts; come back in a few minutes"),
        "same_as_current": Text("这就是现在的邮箱", "This is your present address"),
        "too_many_login_attempts": Text(
            "尝试太多次了，请过几分钟再来", "Too many attempts; come back in a few minutes"
        ),
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that allauth's limits and sessions use: the same as everywhere."""
        return str(client_address(request))

    def is_safe_url(self, url: str) -> bool:
        """Whether somebody may be led there after signing in: our own pages only, without a host."""
        parts = urlsplit(url or "")
        return not parts.netloc and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Where somebody goes after signing in: home, or to set up a second factor first."""
        person = cast(Person, request.user)
        if second_factor.is_asked_for(request) and not second_factor.has_second_factor(person):
            return reverse("protect")
        return cast(str, super().get_login_redirect_url(request))

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """Where somebody goes after signing up."""
        return self.get_login_redirect_url(request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Where somebody goes after changing the password."""
        return reverse("me")

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        """Where somebody goes after confirming a new address."""
        return reverse("me") if self.request.user.is_authenticated else reverse("account_login")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whether a sensitive step asks once more who it is.

        Not for the first passkey or authenticator app and its recovery codes, right after signing in: they add a
        defence, and whoever has just typed a password or a mailed code would be asked the same again.
        """
        person = self.request.user
        if app == "allauth.mfa" and person.is_authenticated:
            records = get_authentication_records(self.request, person)
            fresh = now_ms() / 1000 - REAUTHENTICATION_TIMEOUT
            recent = [record["at"] for record in records if record["at"] > fresh]
            if recent and not second_factor.had_one_before(person, moment(int(recent[0] * 1000))):
                return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, object]]:
        """The ways to say once more who it is: the passkey first."""
        words = {
            "reauthenticate": Text("使用密码", "Use your password"),
            "mfa_reauthenticate": Text("使用验证器或备用码", "Use an authenticator or recovery code"),
            "mfa_reauthenticate:webauthn": Text("使用通行密钥", "Use your passkey"),
        }
        methods = cast(list[dict[str, object]], super().get_reauthentication_methods(user))
        named = [method | {"description": str(words[str(method["id"])])} for method in methods]
        return sorted(named, key=lambda method: method["id"] != "mfa_reauthenticate:webauthn")

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """A session has begun: note its device, and tell the person if it is a new one."""
        response = cast(HttpResponse, super().post_login(request, user, **kwargs))
        devices.forget(request)
        device, new = devices.meet(request)
        activity.write_down(request, device, now_ms())
        if new:
            newcomers.welcome(request, device)
        return response

    def set_password(self, user: Any, password: str) -> None:
        """Another password ends all sessions; where it was changed, the present one goes on."""
        super().set_password(user, password)
        request = self.request
        own = request.user.is_authenticated and request.user.pk == user.pk
        activity.end_all(user, but=request.session.session_key if own else None)
        if own:
            activity.write_down_soon(request)

    def format_email_subject(self, subject: str) -> str:
        """A mail's subject as its template says it: the sender's name is ours already."""
        return str(subject)

    def render_mail(
        self, template_prefix: str, email: Any, context: dict[str, Any], headers: Any = None
    ) -> Any:
        """A mail, with our own address in it and not the one that the request claims to have reached us under."""
        here = {"home": settings.CONFIG.public_url, "phone": context.get("user_agent", "")}
        return super().render_mail(template_prefix, email, context | here, headers)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail now, for a person is waiting for it. If it cannot be sent they are told; their work is kept."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, smtplib.SMTPException):
            _log.exception("a mail (%s) could not be sent", template_prefix)
            messages.error(self.request, render_to_string("account/messages/mail_not_sent.txt").strip())
