"""What somebody says of a card they have lost."""

from __future__ import annotations

from typing import Final

from django import forms

from cardtrail.web.ui.texts import Text, promise
from cardtrail.wire.identifiers import CARD_NUMBER_DIGITS, parse_card_number

HOW_CHARS: Final = 260
PROOF_CHARS: Final = 200
_REQUIRED: Final = promise("这一项需要填写。", "This has to be filled in.")


class LostForm(forms.Form):
    """Card number, what happened, proof of purchase. `serial` and `how`, once the form is valid."""

    number = forms.CharField(
        label=promise("卡号", "Card number"),
        help_text=promise(
            "16 位数字，在卡面、购卡凭证或收到的通知里",
            "16 digits: on the card, on the receipt, or in the notices you got",
        ),
        max_length=40,
        error_messages={"required": _REQUIRED},
    )
    what = forms.CharField(
        label=promise("发生了什么", "What happened"),
        help_text=promise("何时、怎样丢的；不要写卡密或密码", "When and how; leave out codes and passwords"),
        max_length=HOW_CHARS,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _REQUIRED},
    )
    proof = forms.CharField(
        label=promise("购买或获赠的凭证", "How you bought it or were given it"),
        help_text=promise(
            "在哪里、何时、付了多少、单号；获赠的写谁送的",
            "Where, when, how much, the receipt's number; or who gave it to you",
        ),
        max_length=PROOF_CHARS,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _REQUIRED},
    )

    def clean_number(self) -> int:
        """The serial of the number."""
        digits = "".join(self.cleaned_data["number"].replace("-", " ").split())
        try:
            if len(digits) != CARD_NUMBER_DIGITS:
                raise ValueError(digits)
            return parse_card_number(digits)
        except ValueError:
            text = Text(
                "请核对卡号：16 位数字，其中有输错的。", "Check the number: 16 digits, and one is mistyped."
            )
            raise forms.ValidationError(str(text)) from None

    @property
    def serial(self) -> int:
        """The card."""
        serial: int = self.cleaned_data["number"]
        return serial

    @property
    def how(self) -> str:
        """What staff read."""
        return f"{self.cleaned_data['what']} / {self.cleaned_data['proof']}"
