"""The market in numbers: counted from the same rows that the orders are made of, beside what was reported."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest

from cardtrail.web.market import desk_figures
from cardtrail.web.market.desk_exports import TABLES
from cardtrail.web.orders import acts
from cardtrail.web.orders.models import Claim
from tests.web.desk.team import member
from tests.web.market.stalls import Stalls
from tests.web.people import witness

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def traded(stalls: Stalls, monkeypatch: pytest.MonkeyPatch) -> Stalls:
    """One sale completed, one cancelled, one under way."""
    first, second, third = (stalls.sell([serial]) for serial in stalls.cards(3))
    acts.confirm_receipt(witness(stalls.buyer), stalls.bought(first))
    stalls.buy(second)
    from cardtrail.web.orders.models import Deal

    acts.cancel(witness(stalls.buyer), Deal.objects.get(listing=str(second.pk)))
    stalls.bought(third)
    return stalls


def test_success_is_completed_of_opened(traded: Stalls) -> None:
    found = desk_figures.success(desk_figures.since(7))
    assert (found.opened, found.completed, found.under_way) == (3, 1, 1)
    assert found.share_bp == 3_333
    assert desk_figures.success(desk_figures.since(0) + 60_000).share_bp is None


def test_prices_stand_beside_what_was_reported(traded: Stalls) -> None:
    small, middle, large = desk_figures.prices(desk_figures.since(7))
    assert (small.sales, large.sales) == (0, 0)
    assert (middle.sales, middle.low_bp, middle.middle_bp, middle.high_bp) == (1, 9_000, 9_000, 9_000)
    assert (middle.reported.second_hand, middle.reported.dealer) == ((8_000, 8_500), (7_500, 8_000))


def test_times_are_medians_of_what_happened(traded: Stalls) -> None:
    since = desk_figures.since(7)
    delivered, settled = desk_figures.delivering(since), desk_figures.settling(since)
    assert (delivered.count, settled.count) == (2, 1)
    assert delivered.median_ms is not None
    assert delivered.p95_ms is not None
    assert 0 <= delivered.median_ms <= delivered.p95_ms
    assert desk_figures.settling(desk_figures.since(0) + 60_000).median_ms is None


def test_losses_and_motives(traded: Stalls) -> None:
    from cardtrail.web.orders.models import Deal

    deal = Deal.objects.get(stage="completed")
    Deal.objects.filter(pk=deal.pk).update(funds="reversed")
    Claim.objects.create(
        deal=deal, seller=deal.seller, amount_minor=deal.price_minor, currency="CNY", made_ms=1
    )
    lost = desk_figures.losses(desk_figures.since(7))
    assert (lost.reversed_count, lost.reversed_minor, lost.owed_minor) == (1, 45_000, 45_000)
    [(motive, count)] = desk_figures.motives(desk_figures.since(7))
    assert (str(motive), count) == ("需要现金", 3)


def test_the_page_and_its_files(traded: Stalls, django_assert_max_num_queries: Any) -> None:
    treasurer = member(traded.people, "finance")
    text = treasurer.get("/market/desk/figures/", days=7)
    for words in ("33.33%", "15%", "8%", "35%", "80% – 85%", "需要现金", "付款到账"):
        assert words in text, words
    with django_assert_max_num_queries(24):
        treasurer.get("/market/desk/figures/")
    answer = treasurer.client.get("/market/desk/figures.csv", {"days": "7"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["日期", "完成", "退款", "分款", "取消", "被撤回", "进行中", "金额（元）"]
    assert rows[-1][1:] == ["1", "0", "0", "1", "0", "1", "1350.00"]
    prices = treasurer.client.get("/market/desk/figures.csv", {"what": "prices"}).content.decode("utf-8-sig")
    assert "90%" in prices
    assert "80% – 85%" in prices


def table_of(asker: Any, what: str) -> list[list[str]]:
    answer = asker.client.get("/market/desk/figures.csv", {"days": "7", "what": what})
    assert answer.status_code == 200, what
    assert f"market-{what}.csv" in answer["Content-Disposition"]
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_each_figure_is_in_a_file_that_the_page_links(traded: Stalls) -> None:
    from cardtrail.web.orders.models import Deal, Ending

    deal = Deal.objects.get(stage="completed")
    Ending.objects.filter(deal=deal).update(disputed=True, refund_minor=1_000)
    Deal.objects.filter(pk=deal.pk).update(funds="reversed")
    treasurer = member(traded.people, "finance")
    page = treasurer.get("/market/desk/figures/", days=7)
    linked = re.findall(r'href="/market/desk/figures.csv\?days=7&amp;what=(\w+)"', page)
    assert linked == list(TABLES)
    files = {what: table_of(treasurer, what) for what in linked}
    assert files["success"][1] == ["本集市（托管）", "3", "0", "1", "0%"], (
        "what a bank took back is no success"
    )
    assert [row[-1] for row in files["success"][2:]] == ["15%", "8%", "35%"]
    assert [row[1] for row in files["times"][1:]] == ["2", "1"]
    assert all(re.fullmatch(r"\d+\.\d{3}", cell) for row in files["times"][1:] for cell in row[2:])
    assert files["disputes"][1:] == [["了结的订单", "1"], ["其中有争议", "1"], ["争议结果：完成", "1"]]
    assert files["losses"][1:] == [
        ["被银行撤回", "1", "450.00"],
        ["争议后退款", "1", "10.00"],
        ["卖家未结清", "", "0.00"],
    ]
    assert files["motives"][1:] == [["需要现金", "3"]]
    assert treasurer.client.get("/market/desk/figures.csv", {"what": "people"}).status_code == 404


def test_no_file_says_of_whom(traded: Stalls) -> None:
    treasurer = member(traded.people, "finance")
    for what in TABLES:
        text = str(table_of(treasurer, what))
        for person in (traded.seller, traded.buyer):
            for known in (person.name, person.email, str(person.pk), person.pk.hex):
                assert known not in text, what


def test_an_empty_market_has_figures_too(stalls: Stalls) -> None:
    text = member(stalls.people, "auditor").get("/market/desk/figures/")
    assert "成功率" in text
    assert "还没有人说" in text
