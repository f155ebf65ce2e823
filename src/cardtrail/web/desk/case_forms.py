"""The forms of casework."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from cardtrail.web.desk import reasons
from cardtrail.web.desk.cases import NOTE_MOST
from cardtrail.web.desk.casework import Case
from cardtrail.web.desk.words import CAUSE_WORDS, KIND_WORDS
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.texts import Text, promise
from cardtrail.wire.identifiers import parse_card_number

OPENED_BY_STAFF: Final = ("enquiry", "error", "court", "not_me")
"""Kinds that staff open by hand; the others come about by themselves."""

REASON_MOST: Final = 400


def choices(words: dict[str, Text], names: tuple[str, ...]) -> list[tuple[str, Any]]:
    """Choices of a field, from a table of words."""
    return [(name, words[name]) for name in names]


def serial_of(typed: str) -> int:
    """The serial of a card number as people type it. Raises `ValidationError`."""
    try:
        return parse_card_number("".join(typed.split()).replace("-", ""))
    except ValueError:
        raise ValidationError(
            promise("卡号应为 16 位数字，请核对。", "A card number has 16 digits; please check it.")
        ) from None


class CardForm(forms.Form):
    """A card by its number."""

    number = forms.CharField(label=promise("卡号", "Card number"), max_length=30)

    def clean_number(self) -> int:
        """The serial of a card that exists."""
        serial = serial_of(self.cleaned_data["number"])
        if not Card.objects.filter(serial=serial).exists():
            raise ValidationError(promise("没有这张卡。", "There is no such card."))
        return serial


class CaseField(forms.CharField):
    """The number of a case that is open."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            label=promise("案件编号", "Case number"),
            help_text=promise(
                "例如 2026-000123，案件须未关闭。", "For example 2026-000123; the case has to be open."
            ),
            max_length=12,
            **more,
        )

    def clean(self, value: Any) -> Case:
        """The case."""
        number = str(super().clean(value)).strip()
        case = Case.objects.select_related("person").filter(number=number).first()
        if case is None:
            raise ValidationError(promise("没有这个案件。", "There is no such case."))
        if not case.is_open:
            raise ValidationError(promise("这个案件已经结束。", "This case is over."))
        return case


class PersonForm(forms.Form):
    """A person by their e-mail address, for a case."""

    case = CaseField()
    email = forms.EmailField(label=promise("账户邮箱", "E-mail address of the account"))


class NewCaseForm(forms.Form):
    """A case that staff open."""

    kind = forms.ChoiceField(label=promise("类型", "Kind"), choices=choices(KIND_WORDS, OPENED_BY_STAFF))
    number = forms.CharField(
        label=promise("涉及的卡号", "Card number it is about"), max_length=30, required=False
    )
    words = forms.CharField(
        label=promise("事由", "What it is about"),
        help_text=promise("不要写卡密或密码。", "No card codes or passwords, please."),
        max_length=NOTE_MOST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_number(self) -> int | None:
        """The serial of a card that exists, none if the case is about no card."""
        typed = self.cleaned_data["number"]
        if not typed.strip():
            return None
        serial = serial_of(typed)
        if not Card.objects.filter(serial=serial).exists():
            raise ValidationError(promise("没有这张卡。", "There is no such card."))
        return serial


class WordsForm(forms.Form):
    """A note, or a message."""

    words = forms.CharField(
        label=promise("内容", "Text"), max_length=NOTE_MOST, widget=forms.Textarea(attrs={"rows": 3})
    )


class BothForm(forms.Form):
    """A text that a holder reads, in both languages."""

    zh = forms.CharField(
        label=promise("中文", "In Chinese"),
        max_length=REASON_MOST,
        widget=forms.Textarea(attrs={"rows": 3, "lang": "zh"}),
    )
    en = forms.CharField(
        label=promise("英文", "In English"),
        max_length=REASON_MOST,
        widget=forms.Textarea(attrs={"rows": 3, "lang": "en"}),
    )

    @property
    def text(self) -> Text:
        """What was written."""
        return Text(self.cleaned_data["zh"], self.cleaned_data["en"])


class ActForm(forms.Form):
    """Something to be done to a card: for which case, why, and what more the holder is told."""

    case = CaseField()
    cause = forms.ChoiceField(
        label=promise("原因", "Cause"),
        help_text=promise("持卡人会看到与原因对应的说明。", "Its holder reads a sentence for each cause."),
    )
    zh = forms.CharField(
        label=promise("补充说明（中文）", "More for the holder, in Chinese"),
        max_length=REASON_MOST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "lang": "zh"}),
    )
    en = forms.CharField(
        label=promise("补充说明（英文）", "More for the holder, in English"),
        max_length=REASON_MOST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "lang": "en"}),
    )

    def __init__(self, act: str, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        cause = self.fields["cause"]
        if isinstance(cause, forms.ChoiceField):
            cause.choices = choices(CAUSE_WORDS, reasons.CAUSES[act])

    def clean(self) -> dict[str, Any]:
        """What is added is added in both languages."""
        values = super().clean() or {}
        missing = [name for name in ("zh", "en") if not values.get(name)]
        if len(missing) == 1:
            self.add_error(
                missing[0], promise("请同时填写中文和英文。", "Please write it in both languages.")
            )
        return values

    @property
    def more(self) -> Text | None:
        """What staff add to the standard reason."""
        zh, en = self.cleaned_data["zh"], self.cleaned_data["en"]
        return Text(zh, en) if zh and en else None
