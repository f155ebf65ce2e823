"""Why staff decide as they do: a closed list, and their own words. Both parties read it."""

from __future__ import annotations

from typing import Any, Final

from django import forms

from cardtrail.deals.order_state import Order
from cardtrail.deals.regions import SELLERS_CARD, Dispute, Outcome
from cardtrail.web.market.order_dispute import OUTCOMES
from cardtrail.web.ui.texts import Text, promise
from cardtrail.wire.money import format_money, parse_money

REASONS: Final = {
    "ledger": Text("账本记录清楚", "The ledger's record is clear"),
    "not_as_agreed": Text("卡与约定不符", "The card is not what was agreed"),
    "as_agreed": Text("卡与约定相符", "The card is what was agreed"),
    "used": Text("买家已使用该卡", "The buyer has used the card"),
    "unusable": Text("卡无法使用，责任不在买家", "The card cannot be used, and not by the buyer's fault"),
    "no_evidence": Text("主张没有证据支持", "What was said is not supported by anything shown"),
    "no_answer": Text("对方未举证", "The other side showed nothing"),
    "both": Text("双方都有责任", "Both had a part in it"),
}

HELD: Final = {
    "explained": Text("已查明，属正常交易", "Looked into: a normal deal"),
    "payer_known": Text("付款人与买家的关系已核实", "Who paid, and why, is verified"),
    "stolen": Text("疑似被盗用的付款方式", "The means of payment may be stolen"),
    "ring": Text("疑似关联账户之间的交易", "The accounts seem to belong together"),
    "unexplained": Text("无法排除风险", "The risk could not be ruled out"),
}

NOTE_MOST: Final = 500


def said(reason: Text, words: str) -> str:
    """A reason of the list and the words beside it, in both languages, for both parties."""
    return f"{_both(reason)}\n{words}"


def in_own_language(text: str) -> str:
    """A kept text with the reasons of the lists in the reader's language alone."""
    for reason in (*REASONS.values(), *HELD.values()):
        text = text.replace(_both(reason), str(reason))
    return text


def _both(reason: Text) -> str:
    return f"{reason.zh} · {reason.en}"


class RulingForm(forms.Form):
    """How a dispute is decided, and why. `outcome` and `refund_minor`, once the form is valid."""

    decision = forms.ChoiceField(label=promise("裁决", "Decision"), widget=forms.RadioSelect)
    amount = forms.CharField(
        label=promise("分款时退给买家", "Back to the buyer, in a split"), max_length=30, required=False
    )
    reason = forms.ChoiceField(
        label=promise("理由", "Reason"),
        choices=[("", "—"), *REASONS.items()],
    )
    words = forms.CharField(
        label=promise("说明（双方都会读到）", "In words (both parties read it)"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2_000,
    )

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._order = order
        self.refund_minor = 0
        field = self.fields["decision"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(outcome.value, OUTCOMES[outcome]) for outcome in possible(order)]

    @property
    def outcome(self) -> Outcome:
        """The chosen outcome."""
        return Outcome(self.cleaned_data["decision"])

    @property
    def reasons(self) -> str:
        """What both parties read."""
        return said(REASONS[self.cleaned_data["reason"]], self.cleaned_data["words"])

    def clean(self) -> dict[str, Any]:
        """A split has its amount."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("decision") == Outcome.SPLIT.value:
            try:
                self.refund_minor = parse_money(cleaned.get("amount", ""), self._order.currency)
            except ValueError:
                self.refund_minor = 0
            if not 0 < self.refund_minor < self._order.price_minor:
                price = format_money(self._order.price_minor, self._order.currency)
                words = Text(
                    "请填大于零、小于 {price} 的金额。", "Enter an amount above nothing and below {price}."
                )
                self.add_error("amount", str(words.format(price=price)))
        return cleaned


def possible(order: Order) -> list[Outcome]:
    """What can be decided: no full refund for a card that was used, but with eyes open; no full payment to a seller
    who has the card again."""
    found = [Outcome.REFUND, Outcome.RELEASE, Outcome.SPLIT]
    if order.card_used and order.dispute is not Dispute.ESCALATED:
        found.remove(Outcome.REFUND)
    if order.card in SELLERS_CARD:
        found.remove(Outcome.RELEASE)
    return found


class ReviewForm(forms.Form):
    """Whether a held order may go on, and why."""

    reason = forms.ChoiceField(
        label=promise("理由", "Reason"),
        choices=[("", "—"), *HELD.items()],
    )
    words = forms.CharField(
        label=promise("说明（只有工作人员读到）", "In words (only our staff read it)"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=NOTE_MOST,
    )

    @property
    def reasons(self) -> str:
        """What is kept."""
        return said(HELD[self.cleaned_data["reason"]], self.cleaned_data["words"])


class NoteForm(forms.Form):
    """What was done about a matter."""

    note = forms.CharField(
        label=promise("怎么处理的", "What was done"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=NOTE_MOST,
    )
