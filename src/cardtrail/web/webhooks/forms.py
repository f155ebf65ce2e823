"""What staff fill in about an endpoint."""

from __future__ import annotations

import uuid

from django import forms
from django.http import QueryDict

from cardtrail.web.ui.clock import DAY_MS, HOUR_MS
from cardtrail.web.ui.texts import Text, promise
from cardtrail.web.webhooks.addresses import MAX_URL
from cardtrail.web.webhooks.endpoints import check_address
from cardtrail.web.webhooks.event_types import EVENT_TYPES
from cardtrail.web.webhooks.failures import SendFailed
from cardtrail.web.webhooks.models import STATE_TEXTS

_REQUIRED = {"required": promise("请填写", "Enter something here")}

SPANS: dict[str, tuple[int, Text]] = {
    "1h": (HOUR_MS, Text("最近 1 小时", "the last hour")),
    "24h": (DAY_MS, Text("最近 24 小时", "the last 24 hours")),
    "7d": (7 * DAY_MS, Text("最近 7 天", "the last 7 days")),
    "30d": (30 * DAY_MS, Text("最近 30 天", "the last 30 days")),
}


class EndpointForm(forms.Form):
    """Address, description and types of events."""

    url = forms.CharField(
        max_length=MAX_URL,
        label=promise("接收地址", "Address"),
        help_text=promise(
            "你的系统接收事件的网址，以 https:// 开头", "Where your system takes events; begins with https://"
        ),
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}),
        error_messages=_REQUIRED,
    )
    description = forms.CharField(
        max_length=120, required=False, label=promise("说明", "Description"), widget=forms.TextInput()
    )
    event_types = forms.MultipleChoiceField(
        choices=lambda: [
            (kind.name, f"{kind.title} · {kind.name}") for kind in EVENT_TYPES.values() if kind.always
        ],
        label=promise("订阅的事件", "Events"),
        help_text=promise("只发送选中的事件", "Only these are sent"),
        widget=forms.CheckboxSelectMultiple(),
        error_messages={"required": promise("请至少选一种事件", "Choose at least one")},
    )

    def clean_url(self) -> str:
        """The address, if something may be sent there."""
        url = str(self.cleaned_data["url"]).strip()
        try:
            check_address(url)
        except SendFailed as failure:
            raise forms.ValidationError(str(failure.text), code=failure.code) from None
        return url


class NewEndpointForm(EndpointForm):
    """An endpoint to be added; `once` becomes its id, so that sending the form twice adds one."""

    once = forms.UUIDField(widget=forms.HiddenInput(), initial=uuid.uuid4)


class OnceForm(forms.Form):
    """A button whose effect must not double: `once` names this very press."""

    once = forms.UUIDField()


class RotateForm(forms.Form):
    """Which secret the person saw when asking for another."""

    number = forms.IntegerField(min_value=1)


class ResendForm(forms.Form):
    """How far back to look for what did not arrive."""

    span = forms.ChoiceField(
        choices=lambda: [(name, str(text)) for name, (_, text) in SPANS.items()],
        initial="24h",
        label=promise("补发未送达的", "Send again what failed in"),
    )


class LogForm(forms.Form):
    """How the delivery log is narrowed."""

    use_required_attribute = False  # "All" is an empty value.

    state = forms.ChoiceField(
        label=promise("状态", "State"),
        choices=lambda: [
            ("", str(Text("全部状态", "All states"))),
            *((name, str(text)) for name, text in STATE_TEXTS.items()),
        ],
    )
    type = forms.ChoiceField(
        label=promise("事件", "Event"),
        choices=lambda: [
            ("", str(Text("全部事件", "All events"))),
            *((kind.name, f"{kind.title} · {kind.name}") for kind in EVENT_TYPES.values()),
        ],
    )

    @classmethod
    def chosen(cls, query: QueryDict) -> dict[str, str]:
        """What a query string chooses, by field; nonsense chooses nothing."""
        form = cls(query)
        form.is_valid()
        return {name: str(form.cleaned_data[name]) for name in cls.base_fields if name in form.cleaned_data}
