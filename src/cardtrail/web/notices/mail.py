"""Mails on their way: claimed first, then sent. A mail is never sent twice by us.

If we were to crash between the claim and writing down that it went out, the mail stays claimed and is not sent again,
whether it went or not; the notice is in the pages all the same. `unsettled` counts such mails. A server that refuses a
mail has not taken it, so that it is tried again.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F

from cardtrail.web.notices.models import Mail
from cardtrail.web.ui.clock import DAY_MS, MINUTE_MS, now_ms
from cardtrail.web.ui.texts import Text

log = logging.getLogger(__name__)

TOGETHER = 50
GIVEN_UP_AFTER = 12
UNSETTLED_AFTER_MS = 10 * MINUTE_MS

_SUBJECT = Text("卡迹提醒：{text}", "Cardtrail: {text}")
_BODY = Text(
    "{name}，你好：\n\n{text}\n\n查看详情：{url}\n\n不是你本人操作？打开上面的页面，点“这不是我”，我们会立即冻结这张卡。\n\n"
    "我们不会向你索要卡密、密码或验证码。\n",
    "Hello {name},\n\n{text}\n\nMore: {url}\n\nWas this not you? Open the page above and choose “This was not me”: "
    "the card is frozen at once.\n\nWe never ask for a card's code, your password or a one-time code.\n",
)


def send_due(limit: int = TOGETHER) -> int:
    """Send what is due. Gives how many mails went out."""
    now = now_ms()
    due = Mail.objects.filter(
        sent_ms__isnull=True, claimed_ms__isnull=True, next_try_ms__lte=now, attempts__lt=GIVEN_UP_AFTER
    )
    mails = list(due.select_related("notice", "notice__person").order_by("next_try_ms", "id")[:limit])
    if not mails:
        return 0
    sent: list[int] = []
    try:
        with get_connection() as connection:
            for mail in mails:
                # Each for itself: whatever happens to us here leaves no more than one that is neither sent nor free.
                if Mail.objects.filter(id=mail.id, claimed_ms__isnull=True).update(
                    claimed_ms=now, attempts=F("attempts") + 1
                ) and _send(mail, connection):
                    sent.append(mail.id)
    finally:
        # That they went out is written down for all together: until then they stay claimed, and nobody else's.
        Mail.objects.filter(id__in=sent).update(sent_ms=now_ms(), failed="")
    return len(sent)


def unsettled() -> int:
    """How many mails were claimed by a process that died before it wrote down that they went out."""
    return Mail.objects.filter(sent_ms__isnull=True, claimed_ms__lt=now_ms() - UNSETTLED_AFTER_MS).count()


def _send(mail: Mail, connection: BaseEmailBackend) -> bool:
    """Whether a claimed mail has gone out."""
    person = mail.notice.person
    if person.deleted_ms is not None:
        mail.delete()
        return False
    try:
        _message(mail, connection).send()
    except OSError as error:  # smtplib's errors are OSErrors too.
        wait_ms = min(MINUTE_MS * 2 ** min(mail.attempts + 1, 10), DAY_MS)
        log.warning("mail %d was not taken (%s); tried again later", mail.id, type(error).__name__)
        Mail.objects.filter(id=mail.id).update(
            claimed_ms=None, next_try_ms=now_ms() + wait_ms, failed=type(error).__name__
        )
        return False
    return True


def _message(mail: Mail, connection: BaseEmailBackend) -> EmailMessage:
    notice, person, language = mail.notice, mail.notice.person, mail.language
    text = Text(notice.zh, notice.en).in_language(language)
    url = f"{settings.CONFIG.public_url}/notices/{notice.pk}/"
    host = settings.CONFIG.mail_from.partition("@")[2]
    return EmailMessage(
        subject=" ".join(_SUBJECT.in_language(language).format(text=text).split())[:180],
        body=_BODY.in_language(language).format(name=person.name or person.email, text=text, url=url),
        to=[person.email],
        # Whatever happens on the way, the receiving side can tell that it is one and the same mail.
        headers={"Message-ID": f"<notice-{notice.pk}@{host}>", "Auto-Submitted": "auto-generated"},
        connection=connection,
    )
