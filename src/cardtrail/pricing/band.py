"""The price band of a card: between which prices like cards were sold lately, and why it says so.

The brand's buyback is the floor, for nobody has to sell for less; the resale cap of the product's terms is the ceiling.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Final

from cardtrail.pricing.baseline import SOURCE, reported
from cardtrail.pricing.likeness import Likeness, likeness, size_of
from cardtrail.pricing.quantiles import quantile, trimmed
from cardtrail.pricing.sales import Sale, Ware, one_voice
from cardtrail.pricing.value import DAY_MS, WHOLE_BP, Value
from cardtrail.pricing.words import percent
from cardtrail.wire.money import format_money
from cardtrail.wire.words import Words, sentence


class Step(Value):
    """One way to choose sales: how far back, and in what they have to be alike besides currency and size."""

    days: int
    same_age: bool
    same_validity: bool
    same_peak: bool


class Method(Value):
    """How bands are made. Ours: no source prescribes it.

    steps         tried in turn until one finds enough sales; later ones look further back, or at less like cards
    enough        so many sales are needed
    most_a_party  so many sales of one seller, and of one buyer, count
    trim_bp       share of sales left out at each end
    low_bp, high_bp  the quantiles between which the band lies
    """

    steps: tuple[Step, ...]
    enough: int
    most_a_party: int
    trim_bp: int
    low_bp: int
    high_bp: int


METHOD: Final = Method(
    steps=(
        Step(days=30, same_age=True, same_validity=True, same_peak=True),
        Step(days=30, same_age=False, same_validity=True, same_peak=True),
        Step(days=90, same_age=False, same_validity=True, same_peak=True),
        Step(days=90, same_age=False, same_validity=False, same_peak=True),
        Step(days=180, same_age=False, same_validity=False, same_peak=False),
    ),
    enough=8,
    most_a_party=2,
    trim_bp=1_000,
    low_bp=2_500,
    high_bp=7_500,
)


class Basis(enum.StrEnum):
    """What a band rests on."""

    SALES = "sales"
    BASELINE = "baseline"
    BOUNDS = "bounds"


class Band(Value):
    """Between which prices a card sells; all amounts in minor units of its currency.

    low, middle, high   never below the floor or above the ceiling
    floor_minor         the brand's buyback, none: it buys none back
    ceiling_minor       the most that may be asked
    basis               own sales, the reported baseline, or nothing but floor and ceiling
    sales, days         how many sales, and of how many days; 0 without own sales
    step                which step of the method found them, from 0; none without own sales
    reason              why, for people
    """

    currency: str
    low_minor: int
    middle_minor: int
    high_minor: int
    floor_minor: int | None
    ceiling_minor: int
    basis: Basis
    sales: int
    days: int
    step: int | None
    reason: Words


class _Found(Value):
    """Shares of the balance, before floor and ceiling, and where they come from."""

    low_bp: int
    middle_bp: int
    high_bp: int
    basis: Basis
    sales: int = 0
    days: int = 0
    step: int | None = None


def band(
    ware: Ware,
    sales: Iterable[Sale],
    *,
    now_ms: int,
    buyback_minor: int | None = None,
    cap_bp: int = WHOLE_BP,
    method: Method = METHOD,
) -> Band:
    """The band of a card at a moment.

    sales           any: what is not like the card, too old, linked or later than now is left out here
    buyback_minor   what the brand would pay for the card now
    cap_bp          the resale cap of the product's terms, as a share of the balance
    """
    found = (
        _from_sales(ware, list(sales), now_ms, method)
        or _from_baseline(ware, now_ms)
        or _Found(low_bp=0, middle_bp=WHOLE_BP, high_bp=WHOLE_BP, basis=Basis.BOUNDS)
    )
    ceiling = ware.balance_minor * cap_bp // WHOLE_BP
    floor = None if buyback_minor is None else min(buyback_minor, ceiling)

    def within(share_bp: int) -> int:
        return min(max(ware.balance_minor * share_bp // WHOLE_BP, floor or 0), ceiling)

    return Band(
        currency=ware.currency,
        low_minor=within(found.low_bp),
        middle_minor=within(found.middle_bp),
        high_minor=within(found.high_bp),
        floor_minor=floor,
        ceiling_minor=ceiling,
        basis=found.basis,
        sales=found.sales,
        days=found.days,
        step=found.step,
        reason=_reason(ware, found, floor, ceiling, cap_bp, method),
    )


def _from_sales(ware: Ware, sales: list[Sale], now_ms: int, method: Method) -> _Found | None:
    wanted = likeness(ware, now_ms)
    honest = [
        (sale, likeness(sale.ware, sale.at_ms))
        for sale in sales
        if not sale.linked
        and sale.ware.currency == wanted.currency
        and size_of(sale.ware.balance_minor) == wanted.size
    ]
    for place, step in enumerate(method.steps):
        since_ms = now_ms - step.days * DAY_MS
        like = [
            sale for sale, its in honest if since_ms <= sale.at_ms <= now_ms and _alike(wanted, its, step)
        ]
        shares = sorted(sale.share_bp for sale in one_voice(like, method.most_a_party))
        if len(shares) >= method.enough:
            core = trimmed(shares, method.trim_bp)
            return _Found(
                low_bp=quantile(core, method.low_bp),
                middle_bp=quantile(core, WHOLE_BP // 2),
                high_bp=quantile(core, method.high_bp),
                basis=Basis.SALES,
                sales=len(shares),
                days=step.days,
                step=place,
            )
    return None


def _alike(wanted: Likeness, its: Likeness, step: Step) -> bool:
    return (
        (its.age == wanted.age or not step.same_age)
        and (its.validity == wanted.validity or not step.same_validity)
        and (its.peak == wanted.peak or not step.same_peak)
    )


def _from_baseline(ware: Ware, now_ms: int) -> _Found | None:
    row = reported(ware.currency, ware.balance_minor)
    if row is None:
        return None
    low, high = row.peak if row.peak is not None and likeness(ware, now_ms).peak else row.second_hand
    return _Found(low_bp=low, middle_bp=(low + high) // 2, high_bp=high, basis=Basis.BASELINE)


_ALIKE = (
    Words("同类成交", "sales of like cards"),
    Words("相近成交（面额段相同）", "sales of cards of like size"),
)
_BY_SALES = Words(
    "近 {days} 天 {sales} 笔{alike}，中间价为余额的 {middle}",
    "{sales} {alike} in the last {days} days, the middle one at {middle} of the balance",
)
_BY_BASELINE = Words(
    "近期同类成交不足 {enough} 笔，按 {source}的参考价：余额的 {low} 至 {high}",
    "fewer than {enough} sales of like cards lately, so by the {source}: {low} to {high} of the balance",
)
_BY_BOUNDS = Words(
    "近期同类成交不足 {enough} 笔，也没有该币种的参考价",
    "fewer than {enough} sales of like cards lately, and no reported prices in this currency",
)
_FLOOR = Words("下限为品牌回购价 {floor}", "not below the brand's buyback, {floor}")
_CEILING = Words("上限为余额的 {cap}", "at most {cap} of the balance may be asked")


def _reason(ware: Ware, found: _Found, floor: int | None, ceiling: int, cap_bp: int, method: Method) -> Words:
    parts = [_main_reason(found, method)]
    if floor is not None and ware.balance_minor * found.low_bp // WHOLE_BP < floor:
        parts.append(_FLOOR.filled(floor=format_money(floor, ware.currency)))
    if found.basis is Basis.BOUNDS or ware.balance_minor * found.high_bp // WHOLE_BP > ceiling:
        parts.append(_CEILING.filled(cap=percent(cap_bp)))
    return sentence(parts)


def _main_reason(found: _Found, method: Method) -> Words:
    match found.basis:
        case Basis.SALES:
            exact = found.step is not None and method.steps[found.step].same_validity
            return _BY_SALES.filled(
                days=found.days, sales=found.sales, alike=_ALIKE[not exact], middle=percent(found.middle_bp)
            )
        case Basis.BASELINE:
            return _BY_BASELINE.filled(
                enough=method.enough,
                source=SOURCE,
                low=percent(found.low_bp),
                high=percent(found.high_bp),
            )
        case Basis.BOUNDS:
            return _BY_BOUNDS.filled(enough=method.enough)
