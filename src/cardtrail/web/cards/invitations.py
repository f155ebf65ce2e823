"""Mails to people without an account: a gift waits for them. The mail holds no secret, for only an account with this
very address can claim the gift. Claimed first, then sent, as with notices: never twice by us.
"""

from __future__ import annotations

import logging
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
from django.urls import reverse

from cardtrail.web.cards import addressed
from cardtrail.web.cards.following import SOMEBODY
from cardtrail.web.cards.models import Gift, Invitation
from cardtrail.web.ui.clock import DAY_MS, MINUTE_MS, now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.times import moment, zone_for

log = logging.getLogger(__name__)

TOGETHER: Final = 50
GIVEN_UP_AFTER: Final = 12

_SUBJECT = Text("{who} 送给你一张礼品卡", "{who} gives you a gift card")
_BODY = Text(
    "你好：\n\n{who} 送给你一张礼品卡。{note}\n\n请用这个邮箱注册，卡就在钱包里等你收下：\n{url}\n\n"
    "请在 {until}之前收下；过期会退回给送卡的人。\n\n这封邮件里没有卡密，转发给别人也领不走卡。"
    "我们不会向你索要卡密、密码或验证码。\n",
    "Hello,\n\n{who} gives you a gift card.{note}\n\nSign up with this e-mail address, and the card waits in your "
    "wallet for you to accept it:\n{url}\n\nPlease accept it by {until}; after that it goes back to whoever gave "
    "it.\n\nThis mail holds no code: nobody else can claim the card with it. We never ask for a code, your password "
    "or a one-time code.\n",
)
_NOTE = Text("留言：“{note}”", ' They write: "{note}"')


def send_due(limit: int = TOGETHER) -> int:
    """Send what is due. Gives how many mails went out."""
    now = now_ms()
    due = Invitation.objects.filter(
        sent_ms__isnull=True, claimed_ms__isnull=True, next_try_ms__lte=now, attempts__lt=GIVEN_UP_AFTER
    )
    sent = 0
    for id in list(due.order_by("next_try_ms", "id").values_list("id", flat=True)[:limit]):
        taken = Invitation.objects.filter(id=id, claimed_ms__isnull=True)
        if taken.update(claimed_ms=now, attempts=F("attempts") + 1):
            sent += _send(Invitation.objects.select_related("gift", "gift__giver").get(id=id))
    return sent


def _send(invitation: Invitation) -> int:
    gift = invitation.gift
    if gift.state != Gift.State.OFFERED:
        invitation.delete()
        return 0
    try:
        _message(invitation).send()
    except OSError as error:  # smtplib's errors are OSErrors too.
        wait_ms = min(MINUTE_MS * 2 ** min(invitation.attempts, 10), DAY_MS)
        log.warning(
            "invitation %d was not taken (%s); tried again later", invitation.id, type(error).__name__
        )
        Invitation.objects.filter(id=invitation.id).update(claimed_ms=None, next_try_ms=now_ms() + wait_ms)
        return 0
    Invitation.objects.filter(id=invitation.id).update(sent_ms=now_ms())
    return 1


def _message(invitation: Invitation) -> EmailMessage:
    gift, language = invitation.gift, invitation.language
    who = (gift.giver.name or SOMEBODY.in_language(language)).replace("\n", " ")
    note = _NOTE.format(note=gift.note) if gift.note else Text("", "")
    url = f"{settings.CONFIG.public_url}{reverse('account_signup')}?{urlencode({'next': reverse('wallet')})}"
    body = _BODY.format(who=who, note=note, url=url, until=moment(gift.until_ms, zone_for(None)))
    host = settings.CONFIG.mail_from.partition("@")[2]
    return EmailMessage(
        subject=_SUBJECT.format(who=who).in_language(language),
        body=body.in_language(language),
        to=[addressed.address_of(gift)],
        headers={"Message-ID": f"<gift-{gift.id}@{host}>", "Auto-Submitted": "auto-generated"},
    )
