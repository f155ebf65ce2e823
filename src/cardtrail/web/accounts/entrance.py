"""allauth's forms in our words. What they check and do stays allauth's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms

from cardtrail.web.accounts.forms import NameField
from cardtrail.web.ui.texts import Text

MAX_KEY_NAME = 60
EMAIL = Text("邮箱", "E-mail address")
PASSWORD = Text("密码", "Password")
NEW_PASSWORD = Text("新密码", "New password")
PASSWORD_RULES = Text(
    "至少 10 个字符，不要全是数字，不要太常见", "At least 10 characters, not all digits, not a common one"
)
MAILED_CODE = Text("邮件里的验证码", "Code from the mail")
APP_CODE = Text("验证器里的 6 位数字", "Six digits from your authenticator app")
KEY_NAME = Text("密钥名称", "Name of the passkey")


class Worded(forms.Form):
    """A form whose fields are named and explained by us. A label is enough: nothing stands inside an empty field."""

    words: ClassVar[Mapping[str, Text]] = {}
    hints: ClassVar[Mapping[str, Text]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.words.get(name, field.label)  # type: ignore[assignment]  # rendered when it is shown
            field.help_text = self.hints.get(name, "")  # type: ignore[assignment]
        for name in ("code", "login", "email"):
            if name in self.fields:
                self.fields[name].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}


class LoginForm(Worded, account.LoginForm):  # type: ignore[misc]  # allauth has no types
    """Signing in."""

    words: ClassVar = {"login": EMAIL, "password": PASSWORD}


class SignupForm(Worded, account.SignupForm):  # type: ignore[misc]
    """Signing up."""

    words: ClassVar = {"email": EMAIL, "password1": PASSWORD}
    hints: ClassVar = {
        "name": Text("收到你礼物的人会看到它", "People who receive your gifts see it"),
        "email": Text("我们会发一个验证码给你", "We send you a code"),
        "password1": PASSWORD_RULES,
    }
    field_order = ("name", "email", "password1")


class ResetPasswordForm(Worded, account.ResetPasswordForm):  # type: ignore[misc]
    """Whose password was forgotten."""

    words: ClassVar = {"email": EMAIL}


class NewPasswordForm(Worded, account.ResetPasswordKeyForm):  # type: ignore[misc]
    """A new password after a mailed code. Asked for once: browsers show what is typed."""

    password2 = None
    words: ClassVar = {"password1": NEW_PASSWORD}
    hints: ClassVar = {"password1": PASSWORD_RULES}


class ChangePasswordForm(Worded, account.ChangePasswordForm):  # type: ignore[misc]
    """A new password for the old one."""

    password2 = None
    words: ClassVar = {"oldpassword": Text("现在的密码", "Present password"), "password1": NEW_PASSWORD}
    hints: ClassVar = {"password1": PASSWORD_RULES}


class SetPasswordForm(Worded, account.SetPasswordForm):  # type: ignore[misc]
    """A first password, for somebody who signed up by passkey."""

    password2 = None
    words: ClassVar = {"password1": NEW_PASSWORD}
    hints: ClassVar = {"password1": PASSWORD_RULES}


class ChangeEmailForm(Worded, account.AddEmailForm):  # type: ignore[misc]
    """Another address."""

    words: ClassVar = {"email": Text("新邮箱", "New e-mail address")}


class ReauthenticateForm(Worded, account.ReauthenticateForm):  # type: ignore[misc]
    """The password once more."""

    words: ClassVar = {"password": PASSWORD}


class EmailCodeForm(Worded, account.ConfirmEmailVerificationCodeForm):  # type: ignore[misc]
    """The code that shows that an address is the person's."""

    words: ClassVar = {"code": MAILED_CODE}


class ResetCodeForm(Worded, account.ConfirmPasswordResetCodeForm):  # type: ignore[misc]
    """The code that allows a new password."""

    words: ClassVar = {"code": MAILED_CODE}


class SecondFactorForm(Worded, mfa.AuthenticateForm):  # type: ignore[misc]
    """The code after the password."""

    words: ClassVar = {"code": APP_CODE}
    hints: ClassVar = {"code": Text("或者一个备用码", "Or one of your recovery codes")}


class SecondFactorAgainForm(Worded, mfa.ReauthenticateForm):  # type: ignore[misc]
    """A code once more."""

    words: ClassVar = {"code": APP_CODE}
    hints: ClassVar = {"code": Text("或者一个备用码", "Or one of your recovery codes")}


class ActivateAppForm(Worded, totp.ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new authenticator app."""

    words: ClassVar = {"code": APP_CODE}


class AddPasskeyForm(Worded, webauthn.AddWebAuthnForm):  # type: ignore[misc]
    """A further passkey. Every key is asked to be one that signs in by itself."""

    name = NameField(label=KEY_NAME, max_length=MAX_KEY_NAME, required=False)
    words: ClassVar = {"name": KEY_NAME}


class SignupPasskeyForm(Worded, webauthn.SignupWebAuthnForm):  # type: ignore[misc]
    """The passkey that an account begins with."""

    name = NameField(label=KEY_NAME, max_length=MAX_KEY_NAME, required=False)
    words: ClassVar = {"name": KEY_NAME}


class RenamePasskeyForm(Worded, webauthn.EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a passkey."""

    name = NameField(label=KEY_NAME, max_length=MAX_KEY_NAME)
    words: ClassVar = {"name": KEY_NAME}
