"""Forms of the accounts' pages."""

from __future__ import annotations

import zoneinfo
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.http import HttpRequest

from cardtrail.web.accounts import documents, mail_groups
from cardtrail.web.accounts.models import Identity, Person
from cardtrail.web.accounts.names import clean_name
from cardtrail.web.ui.clock import day_of, now_ms
from cardtrail.web.ui.texts import Text

NAME = Text("称呼", "Name")


class NameField(forms.CharField):
    """A name that other people will read: no control or direction characters in it."""

    def __init__(self, *, label: Text, max_length: int = 60, **kwargs: Any) -> None:
        super().__init__(label=label, max_length=max_length, **kwargs)  # type: ignore[arg-type]

    def clean(self, value: Any) -> str:
        """The name in Unicode normal form C, with single spaces."""
        return clean_name(super().clean(value))


class SignupExtra(forms.Form):
    """What signing up asks for besides address and password."""

    name = NameField(label=NAME, widget=forms.TextInput(attrs={"autocomplete": "nickname"}))

    def signup(self, request: HttpRequest, user: Person) -> None:
        """Keep it. allauth calls this once the person exists."""
        user.name = self.cleaned_data["name"]
        user.language = request.LANGUAGE_CODE or settings.LANGUAGE_CODE
        user.save(update_fields=["name", "language"])


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # the class takes no parameter when it runs
    """Name, language and time zone."""

    name = NameField(
        label=NAME, help_text=Text("收到你礼物的人会看到它", "People who receive your gifts see it")
    )
    language = forms.ChoiceField(label=Text("语言", "Language"), choices=settings.LANGUAGES)  # type: ignore[arg-type]
    time_zone = forms.ChoiceField(
        label=Text("时区", "Time zone"),  # type: ignore[arg-type]
        required=False,
        choices=lambda: [("", str(Text("跟随浏览器", "As the browser says"))), *time_zones()],
    )

    class Meta:
        model = Person
        fields: ClassVar[list[str]] = ["name", "language", "time_zone"]


class MailForm(forms.Form):
    """Which notices come by mail too."""

    groups = forms.MultipleChoiceField(
        label=Text("用邮件通知我", "Tell me by mail about"),  # type: ignore[arg-type]
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, staff: bool = False, **more: Any) -> None:
        super().__init__(*args, **more)
        groups = self.fields["groups"]
        if isinstance(groups, forms.MultipleChoiceField):
            groups.choices = [(key, str(text)) for key, text in mail_groups.offered(staff=staff).items()]


class IdentityForm(forms.Form):
    """What a person says they are by law."""

    kind = forms.ChoiceField(
        label=Text("证件类型", "Document"),  # type: ignore[arg-type]
        choices=lambda: [(kind, str(text)) for kind, text in Identity.KINDS.items()],
    )
    name = NameField(
        label=Text("真实姓名", "Name as on the document"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    number = forms.CharField(
        label=Text("证件号码", "Number of the document"),  # type: ignore[arg-type]
        max_length=30,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}
        ),
    )

    def clean(self) -> dict[str, Any]:
        """A number that can exist, tidied."""
        found = super().clean() or {}
        kind, number = found.get("kind"), found.get("number")
        if kind and number:
            found["number"] = documents.tidy(number)
            if problem := documents.problem_with(kind, found["number"], day_of(now_ms())):
                self.add_error("number", str(problem))
        return found


class DeleteForm(forms.Form):
    """The last question before an account goes."""

    understood = forms.BooleanField(
        label=Text("我明白删除后不能恢复", "I understand that this cannot be undone")  # type: ignore[arg-type]
    )


def time_zones() -> list[tuple[str, str]]:
    """The time zones to choose from: Shanghai first, then all cities."""
    cities = sorted(
        zone for zone in zoneinfo.available_timezones() if zone.count("/") == 1 and zone[0] in "AEIP"
    )
    regions = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
    ordered = [
        "Asia/Shanghai",
        *(zone for zone in cities if zone.startswith(regions) and zone != "Asia/Shanghai"),
        "UTC",
    ]
    return [(zone, zone.replace("_", " ")) for zone in ordered]
