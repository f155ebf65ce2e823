"""How allauth's second factors meet our people."""

from __future__ import annotations

from typing import Any, ClassVar, cast
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings

from cardtrail.web.accounts import browsers, sealing
from cardtrail.web.accounts.models import Person
from cardtrail.web.ui.texts import Text

BRAND = "Cardtrail 卡迹"


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """allauth's second factors, with their secrets sealed and with our words."""

    error_messages: ClassVar[dict[str, object]] = DefaultMFAAdapter.error_messages | {
        "incorrect_code": Text("没有通过验证，请再试一次", "That could not be verified; try again"),
        "unverified_email": Text("请先验证邮箱", "Confirm your e-mail address first"),
    }

    def encrypt(self, text: str) -> str:
        """Seal a secret of an authenticator app: a copy of the database alone makes no codes."""
        return sealing.seal_second_factor(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open it again."""
        return sealing.open_second_factor(encrypted_text)

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        """What a passkey is called at first: the device it was made on, and a number from the second on."""
        request = self.request
        name = browsers.label(request.META.get("HTTP_USER_AGENT", "")) if request else browsers.UNKNOWN
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return name if count == 0 else f"{name} ({count + 1})"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Whom a passkey is for: the host of our public address, whatever the request claims."""
        return {"id": cast(str, urlsplit(settings.CONFIG.public_url).hostname), "name": BRAND}

    def get_public_key_credential_user_entity(self, user: Person) -> dict[str, Any]:
        """How a device lists the passkey: the person's name and address."""
        entity = cast(dict[str, Any], super().get_public_key_credential_user_entity(user))
        return entity | {"display_name": user.name or user.email}
