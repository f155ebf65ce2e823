"""How the market does, in numbers, beside what was reported of the ways people go without it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, QuerySet, Sum
from django.utils.safestring import SafeString

from cardtrail.pricing.baseline import TABLE, Reported
from cardtrail.pricing.likeness import size_of
from cardtrail.pricing.quantiles import quantile
from cardtrail.pricing.value import WHOLE_BP
from cardtrail.web.market.models import Listing, Sold
from cardtrail.web.market.words import MOTIVES
from cardtrail.web.orders.models import Claim, Deal, Ending, Step
from cardtrail.web.ui.charts import Series, line_chart, stacked_bars
from cardtrail.web.ui.clock import DAY_MS, day_of, now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.units import SHARE, count_unit

CURRENCY: Final = "CNY"
SPANS: Final = (7, 30, 90)
P95_BP: Final = 9_500
MEDIAN_BP: Final = 5_000
MOST: Final = 200_000
"""So many orders of a span are looked at, the newest."""

REPORTED: Final = (
    (Text("二手平台", "Second-hand app"), 1_500),
    (Text("社交群", "Chat group"), 800),
    (Text("第三方担保", "Middleman"), 3_500),
)
"""How often a sale succeeded, as a market article reported it for 2023: for comparison, in basis points."""

ENDS: Final = {
    "completed": Text("完成", "Completed"),
    "refunded": Text("退款", "Refunded"),
    "split": Text("分款", "Split"),
    "cancelled": Text("取消", "Cancelled"),
    "reversed": Text("被撤回", "Taken back"),
}
_UNDER_WAY: Final = Text("进行中", "Under way")

SIZES: Final = (
    Text("小额（≤ ¥200）", "Small (≤ ¥200)"),
    Text("中额（≤ ¥700）", "Middle (≤ ¥700)"),
    Text("大额", "Large"),
)


@dataclass(frozen=True, slots=True)
class Success:
    """How many orders were opened, and what became of them. `share_bp`: completed of all opened, none of none."""

    opened: int
    by_stage: dict[str, int]

    @property
    def completed(self) -> int:
        """How many were completed."""
        return self.by_stage.get("completed", 0)

    @property
    def under_way(self) -> int:
        """How many have not ended."""
        return self.opened - sum(self.by_stage.get(end, 0) for end in ENDS)

    @property
    def share_bp(self) -> int | None:
        """Completed of opened, in basis points."""
        return self.completed * WHOLE_BP // self.opened if self.opened else None


@dataclass(frozen=True, slots=True)
class Times:
    """Lengths of time: the middle one, and what 95 of 100 stay below. None where there were none."""

    count: int
    median_ms: int | None
    p95_ms: int | None


@dataclass(frozen=True, slots=True)
class Price:
    """Prices of one size of cards, as shares of the balance, beside what was reported."""

    size: Text
    sales: int
    low_bp: int | None
    middle_bp: int | None
    high_bp: int | None
    reported: Reported


@dataclass(frozen=True, slots=True)
class Disputes:
    """Disputes of orders that ended within the span, and how they ended."""

    count: int
    of_ended: int
    outcomes: Sequence[tuple[Text, int]]


@dataclass(frozen=True, slots=True)
class Losses:
    """What fraud and mistakes cost: payments that banks took back, refunds after disputes, and what is still owed."""

    reversed_count: int
    reversed_minor: int
    refunded_count: int
    refunded_minor: int
    owed_minor: int


def since(days: int) -> int:
    """When a span of days began."""
    return now_ms() - days * DAY_MS


def success(since_ms: int) -> Success:
    """What became of the orders that were opened since then."""
    rows = Deal.objects.filter(currency=CURRENCY, opened_ms__gte=since_ms).order_by()
    by_stage: Counter[str] = Counter()
    for stage, funds, n in rows.values_list("stage", "funds").annotate(n=Count("pk")):
        by_stage[_became(stage, funds)] += n
    return Success(by_stage.total(), dict(by_stage))


def settling(since_ms: int) -> Times:
    """From order to the end, of those that were completed."""
    rows = Ending.objects.filter(currency=CURRENCY, ended="completed", at_ms__gte=since_ms).order_by("-at_ms")
    pairs = rows.values_list("deal__opened_ms", "at_ms")[:MOST]
    return _times(end - begin for begin, end in pairs)


def delivering(since_ms: int) -> Times:
    """From the payment's arrival to the card in the buyer's wallet."""
    steps = Step.objects.filter(at_ms__gte=since_ms, kind__in=("paid", "delivered")).order_by("version")
    paid: dict[object, int] = {}
    took = []
    for deal_id, kind, stage, at_ms in steps.values_list("deal_id", "kind", "stage", "at_ms")[: 2 * MOST]:
        if kind == "paid" and stage == "funded":
            paid[deal_id] = at_ms
        elif kind == "delivered" and deal_id in paid:
            took.append(at_ms - paid[deal_id])
    return _times(took)


def prices(since_ms: int) -> list[Price]:
    """Completed sales by size, without those between linked accounts."""
    shares: dict[int, list[int]] = {}
    for balance, price in _sold(since_ms).values_list("balance_minor", "price_minor")[:MOST]:
        shares.setdefault(size_of(balance), []).append(price * WHOLE_BP // balance)
    found = []
    for size, reported in enumerate(TABLE):
        of_size = sorted(shares.get(size, []))
        low, middle, high = (quantile(of_size, bp) if of_size else None for bp in (1_000, MEDIAN_BP, 9_000))
        found.append(Price(SIZES[size], len(of_size), low, middle, high, reported))
    return found


def disputes(since_ms: int) -> Disputes:
    """How disputes ended."""
    rows = Ending.objects.filter(currency=CURRENCY, at_ms__gte=since_ms).exclude(ended="cancelled")
    disputed = Counter(rows.filter(disputed=True).values_list("ended", flat=True))
    outcomes = [(words, disputed[end]) for end, words in ENDS.items() if disputed[end]]
    return Disputes(sum(disputed.values()), rows.count(), outcomes)


def losses(since_ms: int) -> Losses:
    """What was lost."""
    endings = Ending.objects.filter(currency=CURRENCY, at_ms__gte=since_ms)
    back = endings.filter(disputed=True, refund_minor__gt=0).aggregate(n=Count("pk"), sum=Sum("refund_minor"))
    taken = Deal.objects.filter(currency=CURRENCY, funds="reversed", changed_ms__gte=since_ms).aggregate(
        n=Count("pk"), sum=Sum("price_minor")
    )
    owed = Claim.objects.filter(currency=CURRENCY, dropped_ms__isnull=True).aggregate(sum=Sum("amount_minor"))
    return Losses(taken["n"], taken["sum"] or 0, back["n"], back["sum"] or 0, owed["sum"] or 0)


def motives(since_ms: int) -> list[tuple[Text, int]]:
    """Why sellers sell, as far as they said."""
    rows = Listing.objects.filter(opened_ms__gte=since_ms).order_by().values("motive").annotate(n=Count("pk"))
    said = {row["motive"]: row["n"] for row in rows}
    return [(words, said[motive.value]) for motive, words in MOTIVES.items() if said.get(motive.value)]


def days(since_ms: int) -> list[tuple[str, dict[str, int], int]]:
    """Day by day, in China's days: how many orders were opened, by what became of them, and their value."""
    found: dict[str, Counter[str]] = {}
    value: Counter[str] = Counter()
    at = since_ms
    while at <= now_ms():
        found[day_of(at).isoformat()] = Counter()
        at += DAY_MS
    rows = Deal.objects.filter(currency=CURRENCY, opened_ms__gte=since_ms).order_by("-opened_ms")
    for opened_ms, stage, funds, price in rows.values_list("opened_ms", "stage", "funds", "price_minor")[
        :MOST
    ]:
        day = day_of(opened_ms).isoformat()
        became = _became(stage, funds)
        found.setdefault(day, Counter())[became if became in ENDS else "under_way"] += 1
        value[day] += price
    return [(day, dict(counts), value[day]) for day, counts in sorted(found.items())]


def charts(since_ms: int) -> list[SafeString]:
    """Orders by day and by how they ended; prices by day and size."""
    by_day = days(since_ms)
    labels = [day[5:] for day, _, _ in by_day]
    names = {**ENDS, "under_way": _UNDER_WAY}
    series = [
        Series(words, tuple(counts.get(end, 0) for _, counts, _ in by_day)) for end, words in names.items()
    ]
    shown = [each for each in series if any(each.values)] or series[:1]
    drawn = [stacked_bars(Text("每日订单", "Orders by day"), labels, shown, count_unit("笔", "orders"))]
    return drawn + _price_chart(since_ms)


def _price_chart(since_ms: int) -> list[SafeString]:
    """The middle price of each day, all sizes together; days without a sale keep the last one's."""
    shares: dict[str, list[int]] = {}
    rows = _sold(since_ms).values_list("at_ms", "balance_minor", "price_minor")[:MOST]
    for at_ms, balance, price in rows:
        shares.setdefault(day_of(at_ms).isoformat(), []).append(price * WHOLE_BP // balance)
    if len(shares) < 2:
        return []
    middles = [(day, quantile(sorted(of_day), MEDIAN_BP)) for day, of_day in sorted(shares.items())]
    title = Text("每日成交价占余额（中位数）", "Price of the day as a share of the balance (median)")
    line = Series(Text("中位数", "Median"), tuple(middle for _, middle in middles))
    return [line_chart(title, [day[5:] for day, _ in middles], [line], SHARE)]


def _became(stage: str, funds: str) -> str:
    """How an order stands. One whose payment a bank took back after it was completed is no success."""
    return "reversed" if stage == "completed" and funds == "reversed" else stage


def _sold(since_ms: int) -> QuerySet[Sold]:
    return Sold.objects.filter(Sold.STANDS, linked=False, currency=CURRENCY, at_ms__gte=since_ms).order_by(
        "-at_ms"
    )


def _times(lengths: Iterable[int]) -> Times:
    found = sorted(lengths)
    if not found:
        return Times(0, None, None)
    return Times(len(found), quantile(found, MEDIAN_BP), quantile(found, P95_BP))
