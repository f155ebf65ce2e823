"""The figures of the desk's first page, from the projection."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from cardtrail.web.ledger.models import Card, DayFlow, Movement, Totals
from cardtrail.web.ui.charts import Series, line_chart, stacked_bars
from cardtrail.web.ui.clock import DAY_MS, HOUR_MS, day_of, now_ms
from cardtrail.web.ui.rings import gauge
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.units import COUNT, money_unit

SPANS = (7, 30, 90)
"""How many days back the charts may go."""

MOST_CLAIMS = 20_000
"""So many claims are looked at, the latest: enough for a distribution, and no more than a page can wait for."""

_BUCKETS = (
    (HOUR_MS, Text("≤1 小时", "≤ 1 h")),
    (DAY_MS, Text("≤1 天", "≤ 1 d")),
    (3 * DAY_MS, Text("≤3 天", "≤ 3 d")),
    (7 * DAY_MS, Text("≤7 天", "≤ 7 d")),
    (30 * DAY_MS, Text("≤30 天", "≤ 30 d")),
    (None, Text("更久", "longer")),
)


@dataclass(frozen=True, slots=True)
class Days:
    """One currency's flows on consecutive days, gaps filled: `flows` has one row a day, none where nothing happened;
    `last` the latest row at or before each day."""

    currency: str
    labels: Sequence[str]
    flows: Sequence[DayFlow | None]
    last: Sequence[DayFlow | None]

    @classmethod
    def read(cls, currency: str, count: int) -> Days:
        """The last `count` days, today included."""
        today = day_of(now_ms())
        first = today - datetime.timedelta(days=count - 1)
        rows = {flow.day: flow for flow in DayFlow.objects.filter(currency=currency, day__gte=first)}
        latest = DayFlow.objects.filter(currency=currency, day__lt=first).order_by("-day").first()
        days = [first + datetime.timedelta(days=number) for number in range(count)]
        last = []
        for day in days:
            latest = rows.get(day, latest)
            last.append(latest)
        return cls(
            currency, [f"{day.month}-{day.day:02}" for day in days], [rows.get(day) for day in days], last
        )

    def of(self, name: str) -> tuple[int, ...]:
        """A flow, day by day."""
        return tuple(0 if flow is None else getattr(flow, name) for flow in self.flows)

    def after(self, name: str) -> tuple[int, ...]:
        """How something stood at the end of each day."""
        return tuple(0 if flow is None else getattr(flow, name) or 0 for flow in self.last)

    @property
    def owed(self) -> tuple[int, ...]:
        """What was owed to holders at the end of each day."""
        pairs = zip(self.after("outstanding_after"), self.after("inactive_after"), strict=True)
        return tuple(outstanding - inactive for outstanding, inactive in pairs)


def charts(totals: Totals, count: int, target_bp: int) -> list[str]:
    """The desk's charts for one currency. `target_bp`: the custody ratio that the law asks of this issuer."""
    days = Days.read(totals.currency, count)
    money = money_unit(totals.currency)
    return [
        line_chart(
            Text("未消费余额与存管资金", "Balances owed and funds in custody"),
            days.labels,
            [
                Series(Text("未消费余额", "Owed to holders"), days.owed),
                Series(Text("存管资金", "In custody"), days.after("deposit_after")),
            ],
            money,
            area=True,
        ),
        gauge(
            Text("存管比例", "Custody ratio"),
            totals.custody_ratio_bp or 0,
            target_bp,
            Text("法定下限", "Least by law"),
        ),
        stacked_bars(
            Text("每天的金额流动", "Money in and out, day by day"),
            days.labels,
            [
                Series(Text("激活", "Activated"), days.of("activated")),
                Series(Text("消费", "Redeemed"), days.of("redeemed")),
                Series(Text("退款", "Refunded"), days.of("refunded")),
                Series(Text("作废", "Voided"), days.of("voided")),
            ],
            money,
        ),
        stacked_bars(
            Text("每天换手的卡", "Cards that changed hands each day"),
            days.labels,
            [
                Series(Text("首次领取", "First claims"), days.of("claims")),
                Series(Text("转让", "Transfers"), days.of("transfers")),
            ],
            COUNT,
        ),
        _time_to_claim(count),
    ]


def waits_ms(since_ms: int) -> list[int]:
    """How long cards waited for their first claim after activation, of the latest claims since a moment."""
    activated = Card.objects.filter(serial=OuterRef("serial")).values("activated_ms")[:1]
    claims = (
        Movement.objects.filter(kind="transfer", hop=1, time_ms__gte=since_ms)
        .annotate(activated_ms=Subquery(activated))
        .order_by("-time_ms")
        .values_list("time_ms", "activated_ms")[:MOST_CLAIMS]
    )
    return [max(0, claimed - began) for claimed, began in claims if began is not None]


def _time_to_claim(count: int) -> str:
    waits = waits_ms(now_ms() - count * DAY_MS)
    counts = [0] * len(_BUCKETS)
    for wait_ms in waits:
        place = next(n for n, (most_ms, _) in enumerate(_BUCKETS) if most_ms is None or wait_ms <= most_ms)
        counts[place] += 1
    return stacked_bars(
        Text("从激活到领取", "From activation to claim"),
        [label for _, label in _BUCKETS],
        [Series(Text("卡", "Cards"), tuple(counts))],
        COUNT,
    )
