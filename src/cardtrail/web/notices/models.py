"""What people were told, and the mails that go out."""

from __future__ import annotations

from django.db import models

from cardtrail.web.accounts.models import Person

OF_CONFIRMATION = "confirmation/"
"""So begins the key of a notice about all cards of a confirmation; its id follows."""


class Notice(models.Model):
    """One thing somebody was told, in the pages. Texts in both languages, for a person may change theirs.

    key     what it is about, so that nobody is told twice: `entry/512/card/7`, `confirmation/<id>/hold`
    kind    the sort of notice, such as `payments.redeemed`: group and what happened; people choose by group what they
            get by mail (`accounts.mail_groups`)
    url     the page that shows more
    entry   the log entry behind it
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="notices")
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=32)
    zh = models.CharField(max_length=400)
    en = models.CharField(max_length=400)
    serial = models.BigIntegerField(null=True)
    url = models.CharField(max_length=200, blank=True)
    entry = models.BigIntegerField(null=True)
    at_ms = models.BigIntegerField()
    read_ms = models.BigIntegerField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "key"], name="told_once"),)
        indexes = (
            models.Index(fields=["person", "-at_ms"]),
            models.Index(fields=["person"], condition=models.Q(read_ms__isnull=True), name="unread_notices"),
        )


class Mail(models.Model):
    """One mail on its way out.

    claimed_ms   when a process took it to send; whatever happens after that, it is not sent a second time unless
                 the server refused it before taking it
    failed       the last failure, for the operator; holds no address
    """

    notice = models.OneToOneField(Notice, models.CASCADE, related_name="mail")
    language = models.CharField(max_length=10)
    attempts = models.PositiveIntegerField(default=0)
    next_try_ms = models.BigIntegerField(default=0)
    claimed_ms = models.BigIntegerField(null=True)
    sent_ms = models.BigIntegerField(null=True)
    failed = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["next_try_ms"],
                condition=models.Q(sent_ms__isnull=True, claimed_ms__isnull=True),
                name="mails_to_send",
            ),
        )
