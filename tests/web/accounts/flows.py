"""Ways through the accounts' pages that several tests go."""

from __future__ import annotations

import re

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.test import Client

from cardtrail.web.accounts.models import Person
from tests.web.people import PASSWORD, People

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CODE = re.compile(r"^[B-Z]{4}-[B-Z]{4}$", re.MULTILINE)
LOGIN = "/accounts/login/"


def member(people: People, name: str = "小满", *, app: bool = False) -> Person:
    """A person whose address is confirmed; with `app`, with an authenticator app and recovery codes too."""
    person = people.make(name)
    confirmed = {"email": person.email, "verified": True, "primary": True}
    EmailAddress.objects.update_or_create(user=person, defaults=confirmed)
    if app:
        TOTP.activate(person, SECRET)
        RecoveryCodes.activate(person)
    return person


def mailed_code() -> str:
    """The code in the mail that was sent last."""
    found = CODE.search(str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found.group()


def app_code(steps: int = 0) -> str:
    """What an authenticator app shows now, or so many half minutes later."""
    now = list(yield_hotp_counters_from_time())[1]
    return format_hotp_value(hotp_value(SECRET, now + steps))


def wrong_code() -> str:
    """Six digits that no app shows just now."""
    right = {app_code(steps) for steps in range(-3, 4)}
    return next(code for code in (f"{number:06}" for number in range(10)) if code not in right)


def recovery_codes(person: Person) -> list[str]:
    return (
        Authenticator.objects.get(user=person, type=Authenticator.Type.RECOVERY_CODES)
        .wrap()
        .get_unused_codes()
    )


def enter(client: Client, person: Person, password: str = PASSWORD, **data: str):
    """Send e-mail and password."""
    return client.post(LOGIN, {"login": person.email, "password": password, **data})


def sign_in(client: Client, person: Person) -> None:
    """Sign in with everything that it takes."""
    answer = enter(client, person)
    if answer.headers.get("Location") == "/accounts/2fa/authenticate/":
        answer = client.post(answer.headers["Location"], {"code": recovery_codes(person)[0]})
    assert answer.status_code == 302
    assert "_auth_user_id" in client.session


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session
