"""What people fill in at a till and when paying."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, QueryDict

from cardtrail.web.checkout.asking import CODE_DIGITS, MOST_MINOR, MOST_REFERENCE, plain_text
from cardtrail.web.checkout.refunding import MOST_NOTE
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.texts import Text, promise
from cardtrail.wire.identifiers import parse_card_number
from cardtrail.wire.money import exponent, parse_money

AMOUNT_PREFIX = "amount_"
MOST_CHARS = 24


class AmountField(forms.CharField):
    """An amount as somebody types it; its value is in the currency's minor units: fen, if it is yuan."""

    def __init__(self, *, currency: str = "CNY", **kwargs: Any) -> None:
        kwargs.setdefault("error_messages", {"required": promise("请输入金额。", "Enter an amount.")})
        super().__init__(max_length=MOST_CHARS, **kwargs)
        self.currency = currency

    def clean(self, value: object) -> int | None:
        """Minor units. Raises `ValidationError`."""
        text = super().clean(value)
        if not text:
            return None
        try:
            amount = parse_money(text, self.currency)
        except ValueError:
            amount = 0
        if not 1 <= amount <= MOST_MINOR:
            raise ValidationError(
                promise("请输入大于零的金额，例如 88.00。", "Enter an amount above nothing, such as 88.00.")
            )
        return amount


class TillForm(forms.Form):
    """A till asks for an amount."""

    amount = AmountField(label=promise("金额（元）", "Amount (yuan)"))
    reference = forms.CharField(
        label=promise("订单号", "Order reference"),
        max_length=MOST_REFERENCE,
        required=False,
        help_text=promise("付款人会看到。", "The payer sees it."),
    )

    def clean_reference(self) -> str:
        """A reference that can be shown."""
        text: str = self.cleaned_data["reference"]
        if text and not plain_text(text, MOST_REFERENCE):
            raise ValidationError(promise("含有不可见字符。", "It has characters that cannot be seen."))
        return text


class RefundForm(forms.Form):
    """A till gives money back."""

    amount = AmountField(label=promise("退款金额（元）", "Amount to give back (yuan)"))
    note = forms.CharField(label=promise("说明", "Note"), max_length=MOST_NOTE, required=False)


class CodeForm(forms.Form):
    """Eight digits from a till's screen."""

    code = forms.CharField(
        label=promise("8 位付款码", "Eight-digit payment code"),
        max_length=20,
        help_text=promise("显示在收银台的屏幕上。", "It stands on the till's screen."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "autofocus": True}),
    )

    def clean_code(self) -> str:
        """The digits alone."""
        digits = re.sub(r"[\s-]", "", self.cleaned_data["code"])
        if len(digits) != CODE_DIGITS or not (digits.isascii() and digits.isdigit()):
            raise ValidationError(promise("付款码是 8 位数字。", "A payment code has eight digits."))
        return digits


def parts_in(data: QueryDict, cards: Sequence[Card], amount_minor: int) -> tuple[dict[int, int], Text | None]:
    """Who pays how much, as a form says it, and what is wrong with that.

    Raises `Http404` for a card that is not among the person's: a form of ours does not name any.
    """
    own = {card.serial: card for card in cards}
    given = {name: str(value) for name, value in data.items()}
    if "card" in given:
        return {_own(given["card"], own): amount_minor}, None
    parts: dict[int, int] = {}
    for name, text in given.items():
        if not name.startswith(AMOUNT_PREFIX) or not text.strip():
            continue
        serial = _own(name.removeprefix(AMOUNT_PREFIX), own)
        try:
            part = parse_money(text[:MOST_CHARS], own[serial].currency)
        except ValueError:
            return parts, Text("“{text}”不是金额。", "“{text}” is no amount.").format(text=text[:MOST_CHARS])
        if part:
            parts[serial] = part
    if not parts:
        return parts, Text("请选择用哪张卡付款。", "Choose a card to pay with.")
    return parts, None


def plain_amount(amount_minor: int, currency: str) -> str:
    """An amount as it stands in a field: `88.00`."""
    digits = exponent(currency)
    whole, part = divmod(amount_minor, 10**digits)
    return f"{whole}.{part:0{digits}d}" if digits else str(whole)


def serial_of(number: str) -> int:
    """The card that a form names. Raises `Http404` for what is no number."""
    try:
        return parse_card_number(number)
    except ValueError:
        raise Http404 from None


def _own(number: str, own: dict[int, Card]) -> int:
    serial = serial_of(number)
    if serial not in own:
        raise Http404
    return serial
