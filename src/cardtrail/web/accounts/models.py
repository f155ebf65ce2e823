"""People, their devices, and who they are by law."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from cardtrail.web.accounts import browsers
from cardtrail.web.ui.texts import Text


class People(BaseUserManager["Person"]):
    """Makes people; Django's own parts look them up by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Person:
        """A person with this address. Without a password they sign in by passkey."""
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser):
    """Somebody who signs in: a holder, or a member of the brand's staff.

    name        what other people may see, chosen by the person
    language    of pages and mails: `zh-hans` or `en`
    time_zone   IANA name; empty: the browser's
    no_mail     groups of notices that the person does not want by mail (`mail_groups`)
    deleted_ms  when the account was deleted; the row stays without personal data, for actions refer to it
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=60, blank=True)
    language = models.CharField(max_length=10, default="zh-hans")
    time_zone = models.CharField(max_length=40, blank=True)
    no_mail = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    deleted_ms = models.BigIntegerField(null=True)
    joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[People] = People()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return f"person {self.id}"


class Device(models.Model):
    """A browser that a person has signed in with.

    token       SHA-256 of the random name in the browser's cookie; the name itself is kept by the browser alone
    label       what it looks like, from what the browser says of itself: `iPhone · Safari`
    address     where it was last seen
    trusted_ms  since when it counts as usual for the person, none: not yet
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="devices")
    token = models.CharField(max_length=64)
    label = models.CharField(max_length=80)
    address = models.GenericIPAddressField()
    first_seen_ms = models.BigIntegerField()
    last_seen_ms = models.BigIntegerField()
    trusted_ms = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "token"], name="one_device_per_person_and_browser")
        ]

    @property
    def is_phone(self) -> bool:
        """Whether it is a telephone, for its picture."""
        return browsers.is_phone(self.label)

    def __str__(self) -> str:
        return f"device {self.id}"


class SignIn(models.Model):
    """A session of a person on a device.

    session  what the database knows of the session's key (`sessions.kept`)
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="sign_ins")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="sign_ins")
    session = models.CharField(max_length=40, unique=True)
    address = models.GenericIPAddressField()
    started_ms = models.BigIntegerField()
    seen_ms = models.BigIntegerField()

    def __str__(self) -> str:
        return f"sign-in {self.pk}"


class Identity(models.Model):
    """Who a person is by law, as they told us, sealed under the key-encryption key.

    kind         of document: `prc_id` or `passport`
    name, number sealed; `identity.reveal` opens them
    known        keyed hash of kind and number: the same document again, without reading it
    state        submitted, checked or refused; only the newest row of a person counts
    reason       why it was refused, for the person: Chinese and English
    retention    `account`: goes with the account. `purchase`: the person bought cards, for which the law has us
                 keep it five years (Order 9 of 2012 of the Ministry of Commerce)
    keep_until_ms  with `purchase`: when it may go
    locked_ms    since when the account is deleted and nobody may look at this but an authority
    """

    KINDS: ClassVar[dict[str, Text]] = {
        "prc_id": Text("居民身份证", "PRC resident identity card"),
        "passport": Text("护照", "Passport"),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=20)
    name = models.BinaryField()
    number = models.BinaryField()
    known = models.BinaryField(db_index=True, max_length=32)
    state = models.CharField(max_length=10, default="submitted")
    reason_zh = models.CharField(max_length=200, blank=True)
    reason_en = models.CharField(max_length=200, blank=True)
    submitted_ms = models.BigIntegerField()
    checked_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    checked_ms = models.BigIntegerField(null=True)
    retention = models.CharField(max_length=10, default="account")
    keep_until_ms = models.BigIntegerField(null=True)
    locked_ms = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["person"],
                condition=models.Q(state__in=["submitted", "checked"], locked_ms__isnull=True),
                name="one_identity_that_counts",
            )
        ]

    @property
    def reason(self) -> Text:
        """Why it was refused."""
        return Text(self.reason_zh, self.reason_en)

    @property
    def kind_text(self) -> Text:
        """What kind of document it is."""
        return self.KINDS[self.kind]

    def __str__(self) -> str:
        return f"identity {self.id}"
