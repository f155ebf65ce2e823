"""Looking for cards: filters, order, and what stands beside each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.db.models import Count, Q, QuerySet

from cardtrail.risk.port import Act
from cardtrail.web.accounts.models import Person
from cardtrail.web.checkout.forms import AmountField
from cardtrail.web.ledger.models import Product
from cardtrail.web.market import groups
from cardtrail.web.market.models import Listing, Sold
from cardtrail.web.orders.opening import HOLD_LEFT_MS
from cardtrail.web.risks import penalties
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.web.ui.texts import promise

PER_PAGE: Final = 24

SORTS: Final[Mapping[str, tuple[str, ...]]] = {
    "new": ("-opened_ms",),
    "cheap": ("price_minor",),
    "discount": ("-discount_bp",),
    "large": ("-balance_minor",),
}


class Filter(forms.Form):
    """What somebody looks for; whatever is filled in wrongly is left out, and an amount that is none is said to be."""

    product = forms.ChoiceField(label=promise("卡种", "Kind of card"))
    face = forms.ChoiceField(label=promise("余额", "Balance"))
    most = AmountField(label=promise("最高价", "Price up to"))
    discount = forms.ChoiceField(
        label=promise("优惠", "Discount"),
        choices=[
            ("", promise("不限", "Any")),
            ("500", promise("低于余额 5% 以上", "5% or more")),
            ("1000", promise("10% 以上", "10% or more")),
            ("2000", promise("20% 以上", "20% or more")),
        ],
    )
    valid = forms.ChoiceField(
        label=promise("有效期", "Valid for"),
        choices=[
            ("", promise("不限", "Any")),
            ("90", promise("3 个月以上", "3 months or more")),
            ("365", promise("1 年以上", "1 year or more")),
        ],
    )
    sort = forms.ChoiceField(
        label=promise("排序", "Sort by"),
        choices=[
            ("new", promise("最新", "Newest")),
            ("cheap", promise("价格从低到高", "Lowest price")),
            ("discount", promise("优惠最多", "Largest discount")),
            ("large", promise("余额最大", "Largest balance")),
        ],
    )

    use_required_attribute = False

    def __init__(self, data: Any, products: list[Product]) -> None:
        super().__init__(data)
        anything = ("", promise("不限", "Any"))
        self.fields["product"].choices = [anything, *((str(one.pk), one.name) for one in products)]  # type: ignore[attr-defined]
        self.fields["face"].choices = [  # type: ignore[attr-defined]
            anything,
            ("0-20000", promise("¥200 以内", "Up to ¥200")),
            ("20001-70000", promise("¥200 – ¥700", "¥200 – ¥700")),
            ("70001-", promise("¥700 以上", "Above ¥700")),
        ]

    @property
    def asked(self) -> bool:
        """Whether anything is looked for."""
        return any(self.cleaned_data.get(name) for name in ("product", "face", "most", "discount", "valid"))

    def apply(self, rows: QuerySet[Listing]) -> QuerySet[Listing]:
        """The listings that are looked for, in the order that is wanted."""
        self.is_valid()
        # What is empty or was never offered is not looked for; nobody has to mend it. What somebody typed, they can.
        for name in [name for name in self.errors if name != "most" or not self.data.get("most", "").strip()]:
            del self.errors[name]
        wanted = self.cleaned_data
        if wanted.get("product"):
            rows = rows.filter(product_id=int(wanted["product"]))
        if wanted.get("face"):
            low, _, high = wanted["face"].partition("-")
            rows = rows.filter(balance_minor__gte=int(low))
            rows = rows.filter(balance_minor__lte=int(high)) if high else rows
        if wanted.get("most"):
            rows = rows.filter(currency="CNY", price_minor__lte=wanted["most"])
        if wanted.get("discount"):
            rows = rows.filter(discount_bp__gte=int(wanted["discount"]))
        if wanted.get("valid"):
            until_ms = now_ms() + int(wanted["valid"]) * DAY_MS
            rows = rows.filter(Q(expires_ms__isnull=True) | Q(expires_ms__gte=until_ms))
        return rows.order_by(*SORTS.get(wanted.get("sort") or "new", SORTS["new"]), "pk")


def on_offer(person: Person | None) -> QuerySet[Listing]:
    """What can be bought by this person: on the market, or in a group of theirs, and of nobody who may not sell now."""
    rows = Listing.objects.filter(stage="listed", hold_until_ms__gt=now_ms() + HOLD_LEFT_MS)
    stopped = penalties.running(Act.LIST).values("person_id")
    return rows.filter(groups.visible(person)).exclude(seller__in=stopped)


def sold_by(sellers: list[Any]) -> dict[Any, int]:
    """How many sales each of these sellers has completed with people who are not linked to them. One query."""
    rows = (
        Sold.objects.filter(Sold.STANDS, seller__in=sellers, linked=False)
        .values("seller_id")
        .annotate(n=Count("deal"))
    )
    return {row["seller_id"]: row["n"] for row in rows.order_by()}
