"""The page that shows all tokens and components, with content as it really looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cardtrail.web.ui import charts, faces, icons, rings
from cardtrail.web.ui.pages import page_of, sorting
from cardtrail.web.ui.texts import Text, promise
from cardtrail.web.ui.trail import Branch, Stop
from cardtrail.web.ui.units import SHARE, count_unit, money_unit

NOON_MS: Final = 1_790_000_000_000
DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000

COLOURS: Final = (
    "paper", "surface", "sunken", "line", "line-strong", "ink", "soft", "accent", "accent-soft", "accent-text",
    "good", "good-soft", "warn", "warn-soft", "bad", "bad-soft", "tone-1", "tone-2", "tone-3", "tone-4", "tone-5",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SampleProduct:
    """A product that is only drawn."""

    name: str
    hue: str = ""


@dataclass(frozen=True, slots=True)
class SampleCard:
    """A card that is only drawn."""

    serial: int
    product: SampleProduct
    balance_minor: int
    face_minor: int
    state: str = "active"
    expires_ms: int | None = NOON_MS + 900 * DAY_MS
    currency: str = "CNY"
    product_id: int = 0


class SampleForm(forms.Form):
    """Every kind of field."""

    amount = forms.CharField(
        label=promise("金额", "Amount"),
        help_text=promise("最多 ¥480.00，可以用一部分", "At most ¥480.00; a part is fine"),
    )
    code = forms.CharField(
        label=promise("卡密", "Code"),
        help_text=promise("24 位字母和数字，大小写均可", "24 letters and digits"),
    )
    note = forms.CharField(
        label=promise("留言", "Note"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    kind = forms.ChoiceField(
        label=promise("怎么送", "How to give it"),
        widget=forms.RadioSelect,
        choices=[("link", promise("用链接", "By link")), ("qr", promise("当面扫码", "By QR code"))],
    )
    until = forms.ChoiceField(
        label=promise("多久内领取", "To be taken within"),
        choices=[("1", promise("1 天", "1 day")), ("7", promise("7 天", "7 days"))],
    )
    agree = forms.BooleanField(
        label=promise(
            "我明白：对方领取后，这张卡就是对方的了", "I understand that the card is theirs once taken"
        )
    )


@require_GET
def design(request: HttpRequest) -> HttpResponse:
    """All tokens and components."""
    rows = [
        (
            serial,
            Text("明前龙井礼品卡", "Spring tea gift card"),
            state,
            100_000 - serial * 137 % 90_000,
            NOON_MS - serial * HOUR_MS,
        )
        for serial, state in enumerate([*faces.STATES] * 9)
    ]
    return render(
        request,
        "ui/design.html",
        {
            **samples(),
            "colours": COLOURS,
            "icons": sorted(icons.SHAPES),
            "states": list(faces.STATES),
            "page": page_of(rows, request, 8),
            "by": sorting(
                request, {"number": "serial", "balance": "balance_minor", "time": "time_ms"}, "-time"
            ),
        },
    )


def samples() -> dict[str, object]:
    """What the page shows, apart from its lists."""
    form = SampleForm({"amount": "500", "note": "", "kind": "link", "until": "7"})
    form.add_error(
        "amount",
        str(Text("余额只有 ¥480.00，请填不超过它的金额", "The balance is ¥480.00: enter at most that")),
    )
    return {
        "cards": _cards(),
        "form": form,
        "blank_form": SampleForm(auto_id="blank_%s"),
        "stops": _stops(),
        "charts": _charts(),
        "spark": charts.sparkline(
            [3, 5, 4, 8, 7, 11, 9, 14], Text("一周领取：3 到 14", "Claims this week: 3 to 14")
        ),
    }


def _cards() -> list[SampleCard]:
    tea = SampleProduct("明前龙井礼品卡", "jade")
    long = SampleProduct("云间茶事·二〇二六丙午马年新春限定联名臻选礼盒储值卡（长三角门店通用）", "cinnabar")
    return [
        SampleCard(100_000_000_427, tea, 48_000, 50_000),
        SampleCard(7, long, 99_999_999_900, 100_000_000_000, expires_ms=None),
        SampleCard(52, SampleProduct("Afternoon tea for two", "plum"), 20_000, 20_000, "held"),
        SampleCard(60, SampleProduct("员工福利卡", "indigo"), 30_000, 100_000, "frozen"),
        SampleCard(61, SampleProduct("茶器雅集", "umber"), 0, 20_000, "empty"),
        SampleCard(62, SampleProduct("岁末答谢卡", "ink"), 20_000, 20_000, "void"),
    ]


def _stops() -> list[Stop]:
    you, other = Text("你", "You"), Text("另一位持卡人", "Another holder")
    brand, risk = Text("云间茶事", "Cloud Tea"), Text("云间茶事·风控", "Cloud Tea, risk")
    proof = (
        (Text("账本条目", "Ledger entry"), "18,204"),
        (Text("条目哈希", "Entry hash"), "9f2c 41d0 77ab 3e58 … c01e"),
        (Text("检查点", "Checkpoint"), Text("第 18,240 条，已签名", "size 18,240, signed")),
    )

    def stop(icon: str, title: Text, day: int, who: Text, **more: Any) -> Stop:
        return Stop(icon, title, NOON_MS + (day - 40) * DAY_MS, who, proof=proof, **more)

    wish = Text("“生日快乐，慢慢喝。”", "“Happy birthday.”")
    why = Text("理由：持卡人报告“这不是我”", "Reason: the holder said “this was not me”")
    joined = Branch(Text("来自尾号 0528", "from …0528"), "#trail")
    parted = Branch(Text("拆出尾号 0934，¥20.00", "¥20.00 to …0934"), "#trail")
    return [
        stop("file", Text("发行", "Issued"), 0, brand, amount_minor=30_000),
        stop("check", Text("激活", "Activated"), 1, brand, tone="good"),
        stop("download", Text("用卡密领取", "Claimed by code"), 2, other, tone="accent"),
        stop("file", Text("发行", "Issued"), 3, brand, amount_minor=20_000, line="other"),
        stop("gift", Text("作为礼物送出", "Given as a gift"), 9, other, sub=wish, tone="accent"),
        stop(
            "merge", Text("与另一张卡合并", "Merged with another card"), 12, you,
            amount_minor=50_000, joins=("other",), branches=(joined,),
        ),
        stop(
            "split", Text("拆出一张", "Split"), 20, you,
            amount_minor=48_000, leaves=("part",), branches=(parted,),
        ),
        stop("snowflake", Text("冻结", "Frozen"), 30, risk, sub=why, tone="bad"),
        stop(
            "shop", Text("到店消费", "Paid in a shop"), 39, you,
            sub=Text("西湖天地店", "West Lake shop"), amount_minor=-3_850, tone="good",
        ),
    ]  # fmt: skip


def _charts() -> list[object]:
    days = [Text(f"11月{day}日", f"{day} Nov") for day in range(1, 23)]
    rising = tuple(12_000_000 + 640_000 * day + 210_000 * (day * 7 % 5) for day in range(22))
    issued = tuple(90 + day * 13 % 47 for day in range(22))
    redeemed = tuple(40 + day * 29 % 31 for day in range(22))
    given = tuple(12 + day * 17 % 19 for day in range(22))
    money = money_unit("CNY")
    return [
        charts.line_chart(
            Text("未兑付余额", "Outstanding balance"), days,
            [charts.Series(Text("未兑付", "Outstanding"), rising)], money, area=True,
        ),
        charts.line_chart(
            Text("存管比例", "Custody ratio"), days,
            [charts.Series(Text("存管比例", "Ratio"), tuple(4_350 - day * 11 % 160 for day in range(22)))],
            SHARE, mark=charts.Mark(Text("要求 40%", "Required 40%"), 4_000),
        ),
        charts.stacked_bars(
            Text("每天的变动", "Changes per day"), days,
            [
                charts.Series(Text("领取", "Claimed"), issued),
                charts.Series(Text("消费", "Redeemed"), redeemed),
                charts.Series(Text("赠送", "Given"), given),
            ],
            count_unit("笔", "cards"),
        ),
        rings.donut(
            Text("卡在哪里", "Where the cards are"),
            [
                (Text("持卡人手中", "With holders"), 182_400_00),
                (Text("未激活", "Not active yet"), 60_000_00),
                (Text("赠送中", "Being given"), 9_320_00),
                (Text("已冻结", "Frozen"), 1_200_00),
            ],
            money,
        ),
        rings.gauge(Text("存管比例", "Custody ratio"), 4_250, 4_000, Text("要求", "Required")),
        rings.gauge(Text("存管比例", "Custody ratio"), 3_120, 4_000, Text("低于要求", "Below the required")),
    ]  # fmt: skip
