"""What holders type."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest

from cardtrail.web.cards.claiming import is_readable
from cardtrail.web.cards.giving import USUAL_MS, Choice
from cardtrail.web.cards.typed import MOST_CHARS, Typed, read
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.times import at, day_of
from cardtrail.wire.money import format_money

NOTE_CHARS: Final = 200


class AskedFor(forms.CharField):
    """Text that is asked for, while the form itself says what is missing: both may be pasted into one field."""

    def validate(self, value: str) -> None:
        """Nothing is wrong with an empty field by itself."""


class AskedForAddress(forms.EmailField):
    """An e-mail address that is asked for only where another field says so."""

    def validate(self, value: str) -> None:
        """Nothing is wrong with an empty field by itself."""


class ClaimForm(forms.Form):
    """A card number and a code. `typed` is what was meant, once the form was checked."""

    number = AskedFor(
        label=Text("卡号", "Card number"),  # type: ignore[arg-type]  # rendered when it is shown
        help_text=Text("卡面上的 16 位数字", "The 16 digits on the card"),  # type: ignore[arg-type]
        max_length=MOST_CHARS,
    )
    code = AskedFor(
        label=Text("卡密", "Code"),  # type: ignore[arg-type]
        help_text=Text(
            "刮开涂层后的 25 个字符，分五组；大小写、空格和横线都不要紧",
            "The 25 characters under the coating, in five groups. Capitals, spaces and dashes do not matter",
        ),  # type: ignore[arg-type]
        max_length=MOST_CHARS,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.typed: Typed | None = None

    def clean(self) -> dict[str, Any]:
        """Say what is mistyped, where the text alone shows it."""
        cleaned: dict[str, Any] = super().clean() or {}
        typed = read(cleaned.get("number", ""), cleaned.get("code", ""))
        self.typed = typed
        if not is_readable(typed):
            for name, problem in (("number", typed.number_problem), ("code", typed.code_problem)):
                if problem is not None and not self.has_error(name):
                    self.add_error(name, str(problem))
        return cleaned


class GiveForm(forms.Form):
    """How a card is given: by link or to a person, with a note, until a day."""

    LINK, PERSON = "link", "person"

    how = forms.ChoiceField(
        label=Text("怎么送", "How"),  # type: ignore[arg-type]
        choices=[
            (
                LINK,
                Text("链接或二维码：发给谁由你决定", "By link or QR code: you decide whom you send it to"),
            ),
            (
                PERSON,
                Text("送到邮箱：只有这个人能领取", "To an e-mail address: only this person can claim it"),
            ),
        ],
        initial=LINK,
        widget=forms.RadioSelect,
    )
    to = AskedForAddress(
        label=Text("对方的邮箱", "Their e-mail address"),  # type: ignore[arg-type]
        help_text=Text("选“送到邮箱”时填写", "If you give by e-mail"),  # type: ignore[arg-type]
    )
    note = forms.CharField(
        label=Text("留言", "Note"),  # type: ignore[arg-type]
        help_text=Text("最多 200 字，对方打开时看到", "Up to 200 characters, shown to whoever opens it"),  # type: ignore[arg-type]
        max_length=NOTE_CHARS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    until = forms.DateField(
        label=Text("领取期限", "To be claimed by"),  # type: ignore[arg-type]
        help_text=Text(
            "到这天结束还没人领取，卡会自动退回", "If nobody claims it by the end of that day, it comes back"
        ),  # type: ignore[arg-type]
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )

    def __init__(self, *args: Any, latest_ms: int, zone: ZoneInfo, **kwargs: Any) -> None:
        self._latest_ms, self._zone = latest_ms, zone
        first, last = at(now_ms(), zone).date(), at(latest_ms, zone).date()
        usual = at(min(now_ms() + USUAL_MS, latest_ms), zone).date()
        kwargs["initial"] = {"until": usual, "how": self.LINK} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.fields["until"].widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}
        for field in self.fields.values():
            field.error_messages["required"] = str(Text("这一项需要填写。", "This has to be filled in."))
            field.error_messages["invalid"] = str(Text("请核对这一项的写法。", "Check how this is written."))

    def clean_until(self) -> date:
        """The day, which is neither past nor later than the terms allow."""
        day: date = self.cleaned_data["until"]
        last = at(self._latest_ms, self._zone).date()
        if day < at(now_ms(), self._zone).date():
            raise forms.ValidationError(str(Text("这一天已经过去了。", "That day is past.")))
        if day > last:
            text = Text("这种卡最晚只能等到 {day}。", "Cards of this kind wait until {day} at most.")
            raise forms.ValidationError(str(text.format(day=day_of(self._latest_ms, self._zone))))
        return day

    def clean(self) -> dict[str, Any]:
        """An address is needed for giving to a person, and for nothing else."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("how") == self.PERSON and not cleaned.get("to") and not self.has_error("to"):
            self.add_error("to", str(Text("请填写对方的邮箱。", "Enter their e-mail address.")))
        if cleaned.get("how") == self.LINK:
            cleaned["to"] = ""
            self.errors.pop("to", None)
        return cleaned

    @property
    def choice(self) -> Choice:
        """What was chosen, once the form is valid."""
        cleaned = self.cleaned_data
        end = datetime.combine(cleaned["until"], time(23, 59, 59), self._zone)
        until_ms = min(int(end.timestamp()) * 1000, self._latest_ms)
        return Choice(cleaned.get("to", ""), " ".join(cleaned["note"].split()), until_ms)


class ShareForm(GiveForm):
    """Which cards go into a group, with a note, until a day."""

    how = None  # type: ignore[assignment]  # a share goes out by link
    to = None  # type: ignore[assignment]
    field_order = ("serials", "note", "until")

    def __init__(self, *args: Any, cards: Sequence[Card], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(card.serial), _card_words(card)) for card in cards]
        self.fields["serials"] = forms.MultipleChoiceField(
            label=Text("选卡", "Cards"),  # type: ignore[arg-type]
            help_text=Text("每人领一张，先到先得", "One for each person, first come, first served"),  # type: ignore[arg-type]
            choices=choices,
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": str(Text("请至少选一张卡。", "Choose at least one card."))},
        )
        self.order_fields(self.field_order)

    @property
    def serials(self) -> list[int]:
        """The cards that were chosen."""
        return [int(text) for text in self.cleaned_data["serials"]]


def filled_in(request: HttpRequest, form: type[GiveForm]) -> str:
    """What was filled in, as the end of an address: whoever is sent to prove who they are finds it there again."""
    names = _names(form)
    return urlencode([(name, value) for name in names for value in request.POST.getlist(name)])


def brought(request: HttpRequest, form: type[GiveForm]) -> dict[str, Any]:
    """What an address brings to fill in. It is only shown; nothing happens before somebody sends it."""
    query = request.GET
    return {
        name: query.getlist(name) if name == "serials" else query[name]
        for name in _names(form)
        if name in query
    }


def _names(form: type[GiveForm]) -> tuple[str, ...]:
    return ("serials", "note", "until") if issubclass(form, ShareForm) else ("how", "to", "note", "until")


def _card_words(card: Card) -> Text:
    amount = format_money(card.balance_minor, card.currency)
    return Text(
        f"{card.product.name} · {amount} · 尾号 {card.last_four}",
        f"{card.product.name} · {amount} · …{card.last_four}",
    )
