"""The form for terms, in the units people use: percent or points for a yuan, yuan, days, minutes."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from cardtrail.pricing.offers import Rate, Unit
from cardtrail.pricing.value import WHOLE_BP
from cardtrail.web.desk.issuing_forms import YUAN, MoneyField
from cardtrail.web.returns.models import Offer
from cardtrail.web.returns.offering import UNITS, VALID_MS, Draft
from cardtrail.web.ui.clock import DAY_MS, MINUTE_MS, SHANGHAI, moment, now_ms
from cardtrail.web.ui.texts import promise

ROWS: Final = (1, 2, 3)
YUAN_MINOR: Final = 100
MOST: Final = 10**9


def _percent(**more: Any) -> forms.DecimalField:
    return forms.DecimalField(min_value=0, max_value=1000, max_digits=6, decimal_places=2, **more)


def _age() -> forms.IntegerField:
    return forms.IntegerField(
        label=promise("适用于激活满（天）", "For cards active for (days)"),
        min_value=0,
        max_value=3660,
        required=False,
    )


class TermsForm(forms.Form):
    """Every term. Rows of rates that are left empty are left out; with none, nothing is taken back."""

    unit = forms.ChoiceField(
        label=promise("给什么", "What is given"),
        choices=[(str(unit), promise(word.zh, word.en)) for unit, word in UNITS.items()],
    )
    start = forms.DateTimeField(
        label=promise("生效时间（北京时间）", "Applies from (Beijing time)"),
        help_text=promise("批准得更晚，就从批准时起生效。", "If it is approved later, it applies from then."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    rate_1 = _percent(
        label=promise("比率一", "Rate 1"),
        help_text=promise(
            "现金填余额的百分比，如 82；积分填每元得几积分，如 10。全部留空即停止回收。",
            "Money: percent of the balance, such as 82. Points: how many for a yuan, such as 10. Leave all empty to "
            "stop taking cards back.",
        ),
        required=False,
    )
    up_to_1 = MoneyField(
        label=promise("适用于余额至多（元）", "For balances up to (yuan)"),
        help_text=promise("留空：不限。", "Empty: any."),
        required=False,
    )
    age_1 = _age()
    rate_2 = _percent(label=promise("比率二", "Rate 2"), required=False)
    up_to_2 = MoneyField(label=promise("适用于余额至多（元）", "For balances up to (yuan)"), required=False)
    age_2 = _age()
    rate_3 = _percent(label=promise("比率三", "Rate 3"), required=False)
    up_to_3 = MoneyField(label=promise("适用于余额至多（元）", "For balances up to (yuan)"), required=False)
    age_3 = _age()
    left_days = forms.IntegerField(
        label=promise("有效期至少还剩几天", "Days of validity left, at least"),
        min_value=0,
        max_value=3660,
        initial=0,
    )
    least = MoneyField(label=promise("最低余额（元）", "Smallest balance (yuan)"), initial="1")
    day_limit = forms.DecimalField(
        label=promise("每日预算（元或积分）", "Budget a day (yuan or points)"),
        min_value=0,
        max_value=MOST,
        decimal_places=2,
    )
    person_limit = forms.DecimalField(
        label=promise("每人每日（元或积分）", "To one person a day (yuan or points)"),
        min_value=0,
        max_value=MOST,
        decimal_places=2,
    )
    person_cards = forms.IntegerField(
        label=promise("每人每日张数", "Cards of one person a day"), min_value=0, max_value=1000, initial=3
    )
    valid_minutes = forms.IntegerField(
        label=promise("报价有效（分钟）", "A quote stands for (minutes)"),
        min_value=1,
        max_value=60,
        initial=VALID_MS // MINUTE_MS,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        start = moment(now_ms()).astimezone(SHANGHAI).replace(second=0, microsecond=0)
        self.fields["start"].initial = start.strftime("%Y-%m-%dT%H:%M")

    def clean_start(self) -> int:
        """The moment in ms."""
        given: datetime.datetime = self.cleaned_data["start"]
        return int(given.replace(tzinfo=SHANGHAI).timestamp()) * 1000

    def clean(self) -> dict[str, Any]:
        """Points are whole, and so are percents to the hundredth."""
        values = super().clean() or {}
        if values.get("unit") == Unit.POINTS:
            for name in ("day_limit", "person_limit", *(f"rate_{row}" for row in ROWS)):
                number = values.get(name)
                if number is not None and number != number.to_integral_value():
                    self.add_error(
                        name, ValidationError(promise("积分须为整数。", "Points are whole numbers."))
                    )
        return values

    @property
    def draft(self) -> Draft:
        """The terms of a valid form."""
        given = self.cleaned_data
        unit = Unit(given["unit"])
        scale = 1 if unit is Unit.POINTS else YUAN_MINOR
        return Draft(
            unit=unit,
            currency=YUAN,
            from_ms=given["start"],
            rates=tuple(rate for rate in (self._rate(unit, row) for row in ROWS) if rate is not None),
            least_minor=given["least"],
            day_limit=int(given["day_limit"] * scale),
            person_limit=int(given["person_limit"] * scale),
            person_cards=given["person_cards"],
            valid_ms=given["valid_minutes"] * MINUTE_MS,
        )

    def _rate(self, unit: Unit, row: int) -> Rate | None:
        given = self.cleaned_data
        number: Decimal | None = given[f"rate_{row}"]
        if not number:
            return None
        points = unit is Unit.POINTS
        return Rate(
            pays=int(number) if points else int(number * 100),
            per=YUAN_MINOR if points else WHOLE_BP,
            up_to_minor=given[f"up_to_{row}"],
            from_age_ms=(given[f"age_{row}"] or 0) * DAY_MS,
            least_left_ms=given["left_days"] * DAY_MS,
        )


def values_of(offer: Offer) -> dict[str, object]:
    """The form as it would be filled in for terms that there are: to change one thing and keep the others."""
    unit, terms = Unit(offer.unit), offer.terms
    points = unit is Unit.POINTS
    found: dict[str, object] = {
        "unit": offer.unit,
        "least": _hundredths(terms.least_minor),
        "day_limit": terms.day_limit if points else _hundredths(terms.day_limit),
        "person_limit": terms.person_limit if points else _hundredths(terms.person_limit),
        "person_cards": terms.person_cards,
        "valid_minutes": terms.valid_ms // MINUTE_MS,
        "left_days": max((rate.least_left_ms for rate in terms.rates), default=0) // DAY_MS,
    }
    for row, rate in zip(ROWS, terms.rates, strict=False):
        found[f"rate_{row}"] = rate.pays * YUAN_MINOR // rate.per if points else _hundredths(rate.pays)
        found[f"up_to_{row}"] = None if rate.up_to_minor is None else _hundredths(rate.up_to_minor)
        found[f"age_{row}"] = rate.from_age_ms // DAY_MS or None
    return found


def _hundredths(number: int) -> str:
    """Yuan of a number of fen, percent of basis points: without what says nothing."""
    whole, rest = divmod(number, 100)
    return f"{whole}.{rest:02d}" if rest else str(whole)
