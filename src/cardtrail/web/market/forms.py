"""What people fill in on the market: prices and motives of a sale, an offer, a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms

from cardtrail.pricing.band import Band
from cardtrail.pricing.sales import Sale as PastSale
from cardtrail.web.accounts.models import Person
from cardtrail.web.checkout.forms import AmountField
from cardtrail.web.ledger.models import Card
from cardtrail.web.market import bands, groups, rules, saying, words
from cardtrail.web.market.models import Group, Listing
from cardtrail.web.market.selling import Ask, Sale
from cardtrail.web.ui.texts import Text, promise
from cardtrail.wire.money import exponent, format_money

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


_LOW = Text(
    "尾号 {last}：{price} 低于参考价 {low} – {high}。没有写错吧？",
    "Card …{last}: {price} is below the price band, {low} – {high}. Is it what you meant?",
)
_LOW_EVEN = Text(
    "尾号 {last}：{price} 低于参考价 {low} – {high}，也低于品牌回购的 {floor}。没有写错吧？",
    "Card …{last}: {price} is below the price band, {low} – {high}, and below the {floor} that the brand pays. Is it "
    "what you meant?",
)


@dataclass(frozen=True, slots=True)
class Lot:
    """Cards that are alike to a buyer: one kind, one balance, valid as long. They are offered at one price.

    name   of its field
    cap    the most that may be asked for each
    """

    name: str
    cards: tuple[Card, ...]
    band: Band
    cap_minor: int

    @property
    def card(self) -> Card:
        """One of them."""
        return self.cards[0]

    @property
    def suggested(self) -> str:
        """The price to begin with: the middle of the band, in round figures, as somebody would type it."""
        middle_minor, whole = min(self.band.middle_minor, self.cap_minor), 10 ** exponent(self.card.currency)
        round_minor = middle_minor // whole * whole
        return plain_amount(max(round_minor, self.band.low_minor), self.card.currency)

    @property
    def reason(self) -> Text:
        """Why the band is what it is."""
        return bands.reason_of(self.band)

    def low(self, price_minor: int) -> Text | None:
        """What to say of a price that is below the band: a slip of the finger gives a card away. None if it is not."""
        band = self.band
        if price_minor >= band.low_minor:
            return None
        floor_minor = band.floor_minor or 0
        words = _LOW_EVEN if price_minor < floor_minor else _LOW
        return words.format(
            price=format_money(price_minor, band.currency),
            last=self.card.last_four,
            low=format_money(band.low_minor, band.currency),
            high=format_money(band.high_minor, band.currency),
            floor=format_money(floor_minor, band.currency),
        )


def lots(cards: Sequence[Card], known: Mapping[str, list[PastSale]], floors: Mapping[int, int]) -> list[Lot]:
    """Cards in lots of equal ones. `known`: past sales by currency; `floors`: what the brand pays for a card."""
    by: dict[tuple[int, int, int | None], list[Card]] = {}
    for card in cards:
        by.setdefault((card.product_id, card.balance_minor, card.expires_ms), []).append(card)
    made = []
    for equal in by.values():
        card, terms = equal[0], equal[0].product.terms
        band = bands.band_of(
            card,
            known[card.currency],
            cap_bp=rules.cap_bp(terms),
            buyback_minor=floors.get(card.serial),
        )
        made.append(Lot(f"price_{card.serial}", tuple(equal), band, rules.cap_minor(card, terms)))
    return made


class SellForm(forms.Form):
    """What is asked for each lot, why it is sold, and where it is offered."""

    EVERYWHERE, BOTH, GROUP = "", "both", "group"

    motive = forms.ChoiceField(
        label=promise("为什么出售？", "Why do you sell?"),
        help_text=promise("只用于统计，买家看不到。", "For our figures alone; buyers do not see it."),
        required=False,
        choices=[(value, text) for value, text in words.MOTIVES.items()],
        widget=forms.RadioSelect,
        initial="",
    )
    group = forms.ChoiceField(label=promise("群", "Group"), required=False)
    where = forms.ChoiceField(
        label=promise("在哪里出售", "Where"),
        required=False,
        choices=[
            (BOTH, promise("集市和群里", "On the market and in the group")),
            (GROUP, promise("只在群里", "In the group alone")),
        ],
    )

    def __init__(self, data: Any, person: Person, offered: list[Lot], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.person, self.lots = person, offered
        for lot in offered:
            self.fields[lot.name] = AmountField(
                label=promise("每张标价", "Price of each")
                if len(lot.cards) > 1
                else promise("标价", "Price"),
                initial=lot.suggested,
                currency=lot.card.currency,
            )
        mine = list(groups.of(person).order_by("name")[:50])
        nowhere = ("", promise("不在群里出售", "In no group"))
        self.fields["group"].choices = [nowhere, *((str(one.pk), one.name) for one in mine)]  # type: ignore[attr-defined]
        self.has_groups = bool(mine)

    def clean(self) -> dict[str, Any]:
        """Say at its field which price is above the cap."""
        cleaned: dict[str, Any] = super().clean() or {}
        for lot in self.lots:
            price_minor = cleaned.get(lot.name)
            if price_minor is not None:
                reason = rules.over_cap(lot.card, lot.card.product.terms, price_minor)
                if reason is not None:
                    self.add_error(lot.name, str(reason))
        return cleaned

    def rows(self) -> list[tuple[Lot, Any]]:
        """Each lot with its field."""
        return [(lot, self[lot.name]) for lot in self.lots]

    def low(self) -> list[Text]:
        """What to say of prices below their bands."""
        said = [lot.low(self.cleaned_data[lot.name]) for lot in self.lots]
        return [words for words in said if words is not None]

    def sale(self) -> Sale:
        """What was filled in. Raises `NotPossible` for a group that the person is not in."""
        asks = tuple(Ask(card, self.cleaned_data[lot.name]) for lot in self.lots for card in lot.cards)
        group: Group | None = groups.mine_to_offer_into(self.person, self.cleaned_data.get("group") or "")
        only = group is not None and self.cleaned_data.get("where") == self.GROUP
        return Sale(asks, self.cleaned_data.get("motive") or "", group, group_only=only)


class PriceForm(forms.Form):
    """Another price."""

    def __init__(self, data: Any = None, *, listing: Listing, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"price": plain_amount(listing.price_minor, listing.currency)})
        super().__init__(data, **kwargs)
        label = _in(listing.currency, Text("价格", "Price"))
        self.fields["price"] = AmountField(label=label, currency=listing.currency)


class OfferForm(forms.Form):
    """A price that a buyer offers, or that one of the two answers with."""

    def __init__(self, data: Any = None, *, currency: str, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        label = _in(currency, Text("我的价格", "Your price"))
        self.fields["price"] = AmountField(label=label, currency=currency)


class SayForm(forms.Form):
    """A message."""

    text = forms.CharField(
        label=promise("留言", "Message"),
        max_length=saying.MOST_RAW,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": saying.MOST_CHARS, "autocomplete": "off"}),
        error_messages={"required": promise("请写点什么。", "Write something first.")},
    )


class NameForm(forms.Form):
    """A group's name."""

    name = forms.CharField(
        label=promise("群的名字", "Name of the group"),
        max_length=groups.MOST_NAME,
        error_messages={"required": promise("请给群起个名字。", "Give the group a name.")},
    )


def _in(currency: str, what: Text) -> StrPromise:
    """A label that says in which money."""
    unit = Text("元", "yuan") if currency == "CNY" else Text(currency, currency)
    return promise(f"{what.zh}（{unit.zh}）", f"{what.en} ({unit.en})")


def plain_amount(amount_minor: int, currency: str) -> str:
    """An amount as somebody would type it: 45000 → 450.00."""
    digits = exponent(currency)
    if not digits:
        return str(amount_minor)
    whole, part = divmod(amount_minor, 10**digits)
    return f"{whole}.{part:0{digits}d}"
