"""What the parties of an order type, and the pictures they send."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile

from cardtrail.deals.moves.gating import PAYOUT_REVIEW
from cardtrail.web.orders import exhibits
from cardtrail.web.orders.pictures import MAX_BYTES
from cardtrail.web.orders.refusals import NotPossible
from cardtrail.web.ui.texts import Text, promise
from cardtrail.wire.money import format_money, parse_money

REASONS: Final = {
    "unusable": Text("店里用不了", "It cannot be paid with"),
    "stopped": Text("卡被冻结或作废", "It is frozen or void"),
    "balance": Text("余额与约定不符", "The balance is not what was agreed"),
    "not_as_described": Text("与描述不符", "It is not as described"),
    "not_me": Text("不是我买的", "I did not buy it"),
    "other": Text("其他", "Something else"),
}
"""What a buyer can say is wrong."""


_OF_STAFF: Final = {
    PAYOUT_REVIEW: Text("工作人员审核后不付款", "Our staff looked at it, and it is not paid out"),
}
"""Why there is a dispute that no buyer opened."""


def reason_words(code: str) -> Text:
    """A reason, as it was chosen."""
    return (REASONS | _OF_STAFF).get(code, Text(code, code))


class Pictures(forms.ClearableFileInput):
    """A field for several files."""

    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """Up to six pictures; gives their bytes. Whether they are pictures is looked at when they are read."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            label=promise("图片", "Pictures"),
            help_text=promise(
                "最多 6 张，每张不超过 8 MB，JPEG、PNG 或 WebP。位置等信息会去掉。",
                "At most 6, up to 8 MB each; JPEG, PNG or WebP. Where they were taken is removed.",
            ),
            required=False,
            widget=Pictures(attrs={"accept": "image/jpeg,image/png,image/webp"}),
            **more,
        )

    def clean(self, data: Any, initial: Any = None) -> list[bytes]:
        """The files' bytes. Raises `ValidationError`."""
        files: list[UploadedFile[bytes]] = data if isinstance(data, list) else [data] if data else []
        if len(files) > exhibits.MOST_PICTURES:
            raise forms.ValidationError(promise("一次最多 6 张图片。", "At most 6 pictures at a time."))
        # One byte more than is allowed is enough to know that it is too much.
        return [file.read(MAX_BYTES + 1) for file in files]


class ShownForm(forms.Form):
    """Words and pictures. `shown` is what is kept of them, once the form is valid."""

    text = forms.CharField(
        label=promise("说明", "What happened"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=exhibits.MOST_TEXT,
        error_messages={"required": promise("请说明情况。", "Say what happened.")},
    )
    pictures = PicturesField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shown: exhibits.Shown | None = None

    def clean(self) -> dict[str, Any]:
        """Read what was sent: pictures are made anew."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                self.shown = exhibits.read(cleaned["text"], cleaned["pictures"])
            except NotPossible as refusal:
                field = refusal.field if refusal.field in self.fields else None
                self.add_error(field, str(refusal.text))
        return cleaned


class AppealForm(ShownForm):
    """Why a decision should be looked at again."""

    text = forms.CharField(
        label=promise("为什么应当改判", "Why it should be decided otherwise"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=exhibits.MOST_TEXT,
        error_messages={"required": promise("请写明为什么。", "Say why.")},
    )
    field_order = ("text", "pictures")


class DisputeForm(ShownForm):
    """What is wrong, and what shows it."""

    reason = forms.ChoiceField(
        label=promise("哪里有问题", "What is wrong"),
        choices=[(code, words) for code, words in REASONS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": promise("请选一项。", "Choose one.")},
    )
    field_order = ("reason", "text", "pictures")


class SplitForm(forms.Form):
    """How much should go back to the buyer. `refund_minor`, once the form is valid."""

    amount = forms.CharField(label=promise("退给买家", "Back to the buyer"), max_length=30)

    def __init__(self, *args: Any, price_minor: int, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._price, self._currency = price_minor, currency
        self.refund_minor = 0
        self.fields["amount"].help_text = str(
            Text("大于零、小于 {price}。其余付给卖家，卡归买家。",
                 "More than nothing, less than {price}. The seller gets the rest; the buyer keeps the card.")
            .format(price=format_money(price_minor, currency))
        )  # fmt: skip

    def clean_amount(self) -> str:
        """An amount between nothing and the price."""
        typed: str = self.cleaned_data["amount"]
        try:
            amount = parse_money(typed, self._currency)
        except ValueError:
            amount = 0
        if not 0 < amount < self._price:
            words = Text(
                "请填大于零、小于 {price} 的金额。", "Enter an amount above nothing and below {price}."
            )
            raise forms.ValidationError(str(words.format(price=format_money(self._price, self._currency))))
        self.refund_minor = amount
        return typed
