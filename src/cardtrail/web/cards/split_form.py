"""The amounts into which a card is split."""

from __future__ import annotations

from typing import Any, Final

from django import forms

from cardtrail.web.cards.forms import AskedFor
from cardtrail.web.cards.splitting import FEWEST, equal_parts, most_parts
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.texts import Text
from cardtrail.wire.money import exponent, format_money, parse_money

ONE_EMPTY: Final = Text(
    "只能留空一张，它会得到余下的金额。", "Leave only one part empty; it gets what remains."
)
NOTHING_LEFT: Final = Text("没有余下的金额给这一张了。", "Nothing is left for this part.")


class SplitForm(forms.Form):
    """One field for each part; one of them may be left empty and gets what remains.

    amounts   in minor units, once the form is valid
    """

    def __init__(self, *args: Any, card: Card, count: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._card = card
        self.amounts: list[int] = []
        self.count = min(max(count, FEWEST), most_parts(card.balance_minor))
        for place, amount in enumerate(equal_parts(card.balance_minor, self.count)):
            self.fields[f"part_{place}"] = AskedFor(
                label=str(Text("第 {n} 张", "Part {n}").format(n=place + 1)),
                initial=_typed(amount, card.currency),
                max_length=30,
            )

    def clean(self) -> dict[str, Any]:
        """Every amount is one, and together they are the balance."""
        cleaned: dict[str, Any] = super().clean() or {}
        amounts = {name: self._amount(name, text) for name, text in list(cleaned.items())}
        if self.errors:
            return cleaned
        empty = [name for name, amount in amounts.items() if amount is None]
        rest = self._card.balance_minor - sum(amount or 0 for amount in amounts.values())
        if len(empty) > 1:
            self.add_error(empty[1], str(ONE_EMPTY))
        elif empty and rest < 1:
            self.add_error(empty[0], str(NOTHING_LEFT))
        elif empty:
            amounts[empty[0]] = rest
        elif rest:
            self.add_error(None, str(self._wrong_sum(rest)))
        self.amounts = [amount or 0 for amount in amounts.values()]
        return cleaned

    def _amount(self, name: str, text: str) -> int | None:
        if not text.strip():
            return None
        try:
            amount = parse_money(text, self._card.currency)
        except ValueError:
            amount = 0
        if amount < 1:
            words = Text("请填一个金额，例如 {example}。", "Enter an amount, such as {example}.")
            self.add_error(name, str(words.format(example=format_money(5_000, self._card.currency))))
        return amount

    def _wrong_sum(self, rest: int) -> Text:
        amount = format_money(abs(rest), self._card.currency)
        if rest > 0:
            text = Text("各张之和比余额少 {amount}。", "The parts add up to {amount} less than the balance.")
        else:
            text = Text("各张之和比余额多 {amount}。", "The parts add up to {amount} more than the balance.")
        return text.format(amount=amount)


def _typed(amount_minor: int, currency: str) -> str:
    """An amount as people type it, without a sign or code."""
    digits = exponent(currency)
    whole, part = divmod(amount_minor, 10**digits)
    return f"{whole}.{part:0{digits}d}" if digits else str(whole)
