"""A sign-in from a device that was never used before: the person hears of it."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from cardtrail.web.accounts.address import parse_address, shortened
from cardtrail.web.accounts.models import Device
from cardtrail.web.ui.texts import Text


def welcome(request: HttpRequest, device: Device) -> None:
    """Tell the owner of a new device, except for the first one: that is where they have just signed up."""
    from cardtrail.web.notices.tell import notify

    if not Device.objects.filter(person=device.person).exclude(pk=device.pk).exists():
        return
    address = parse_address(device.address)
    text = Text(
        "你的账户在新设备上登录：{label}，网络地址 {address}。如果不是你，请马上结束这个会话并修改密码。",
        "Your account was signed in to on a new device: {label}, from {address}. If this was not you, end that session "
        "and change your password now.",
    ).format(label=device.label, address=shortened(address) if address else "?")
    with transaction.atomic():
        notify(device.person, "new_device", key=f"device/{device.pk}", text=text, url=reverse("devices"))
