"""What the brand's staff do: products, deposit, batches and their activation, an import of old cards."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Final

from cardtrail.compliance.custody import required_deposit
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.demo.house import AUTUMN, FIRM, OPENING, SPRING, House
from cardtrail.web.desk import activating, approving, batches, delivery, imported, products
from cardtrail.web.desk.brand import Brand, forget_name
from cardtrail.web.desk.deposit import custody_now
from cardtrail.web.desk.legacy_check import take_in
from cardtrail.web.desk.models import Staff
from cardtrail.web.desk.purchases import BuyerDraft
from cardtrail.web.desk.statements import Statement, attest
from cardtrail.web.desk.stock import Batch
from cardtrail.web.ui.clock import DAY_MS, HOUR_MS, now_ms
from cardtrail.wire.products import Terms, Transferable

YUAN: Final = 100

COMPANY: Final = BuyerDraft(
    "organisation", "bank_transfer", True, "西溪云杉科技有限公司工会", "91330100MA00000X0X", "FP-2026-0117"
)
BOOKSHOP: Final = BuyerDraft(
    "organisation", "bank_transfer", True, "运河边书店", "91330100MA00000X1X", "FP-2026-0142"
)
TRAVEL: Final = BuyerDraft(
    "organisation", "bank_transfer", True, "宁波海棠旅行社有限公司", "91330200MA00000X2X", "FP-2026-0158"
)
SHOP: Final = BuyerDraft("organisation", "bank_transfer", True, "湖滨店门市", "91330100MA00000X3X")
"""Invented buyers; the numbers have no valid check digit."""

PRINTERS: Final = "age1q9298djn85jj7tkhsm7sa8jec8st3ez3hgc78wr2rw7zsh4davaqrp6sd8"
"""A key of invented printers. Nobody has the secret half."""

_ANONYMOUS: Final = Terms(
    currency="CNY",
    faces=(50_00, 100_00, 200_00, 500_00, 1000_00),
    face_limit_minor=1000_00,
    named=False,
    transferable=Transferable.SALE,
    cooling_off_ms=0,
    resale_cap_bp=10_000,
    max_hops=20,
    clearance=(),
    split=True,
    merge=True,
    validity_ms=1096 * DAY_MS,
    hold_limit_ms=60 * DAY_MS,
    rebind_delay_ms=15 * DAY_MS,
)
TERMS: Final = {
    OPENING: {"transferable": Transferable.GIFT, "faces": (100_00, 200_00)},
    SPRING: {},
    AUTUMN: {"transferable": Transferable.GIFT, "faces": (200_00, 500_00, 1000_00), "max_hops": 5},
    FIRM: {
        "named": True,
        "faces": (500_00, 1000_00, 2000_00, 5000_00),
        "face_limit_minor": 5000_00,
        "transferable": Transferable.GIFT,
        "validity_ms": None,
        "max_hops": 3,
    },
}


def set_up(house: House) -> None:
    """The brand, as the first-run page would leave it."""
    Brand.objects.update_or_create(
        id=1,
        defaults={
            "name": "山茶小馆",
            "name_en": "Camellia Kitchen",
            "legal_name": "杭州山茶餐饮管理有限公司",
            "kind": Brand.Kind.BRAND,
            "set_up_ms": now_ms(),
        },
    )
    forget_name()


def define(house: House, name: str) -> None:
    """A product: one member of staff asks, another approves."""
    from msgspec.structs import replace

    draft = products.Draft(name, replace(_ANONYMOUS, **TERMS[name]))
    made = products.define(house.stage.at_browser(house["zhoumin"]), draft)
    approve(house, made, "zhoulan")


def approve(house: House, confirmation: Confirmation, who: str) -> None:
    """A second member of staff agrees, and it is done."""
    person = house[who]
    approving.approve(house.stage.at_browser(person), Staff.objects.get(person=person), confirmation)
    house.stage.do(confirmation)


def deposit(house: House, yuan: int) -> None:
    """The bank's statement of this morning, entered by finance."""
    statement = sha256(f"statement {now_ms()}".encode()).hexdigest()
    said = Statement("CNY", yuan * YUAN, now_ms() - now_ms() % HOUR_MS, statement)
    house.stage.do(attest(house.stage.at_browser(house["sunli"]), said))


def cover(house: House, planned_minor: int) -> None:
    """The same, after the brand has paid in what the law asks for once everything planned is issued, and a little."""
    known = custody_now()
    balance = max(known.last_quarter.counted_fen, known.now.counted_fen + planned_minor)
    enough = required_deposit(known.kind, balance) * (100 + SLACK_PERCENT) // 100
    deposit(house, -(-enough // (1000 * YUAN)) * 1000)


@dataclass(frozen=True, slots=True)
class Lot:
    """A batch of the story.

    second   who approves it where it is more than one person may issue; empty: nobody has yet
    """

    product: str
    yuan: int
    count: int
    buyer: BuyerDraft | None = None
    second: str = ""


def issue(house: House, lot: Lot, *, sold_to: BuyerDraft | None = None) -> Batch:
    """Issue a batch, keep its codes at hand, and activate it where it is paid for."""
    stage, person = house.stage, house["zhoumin"]
    draft = batches.Draft(house.product(lot.product), lot.yuan * YUAN, lot.count, lot.buyer)
    batch = batches.order(stage.at_browser(person), person, draft)
    if batch.issue.approval and not lot.second:
        return batch
    if batch.issue.approval:
        approve(house, batch.issue, lot.second)
    stage.do(batch.issue)
    batch.refresh_from_db()
    if lot.buyer is not None or sold_to is not None:
        activate(house, batch, sold_to, lot.second)
        house.put_on_shelf(batch)
    return batch


def activate(house: House, batch: Batch, buyer: BuyerDraft | None, second: str = "") -> None:
    """Make a batch's cards usable: they are paid for."""
    stage, person = house.stage, house["zhoumin"]
    for first, last in activating.spans_of(batch):
        made = activating.order(stage.at_browser(person), person, first, last, buyer)
        if made.confirmation.approval:
            approve(house, made.confirmation, second or "sunli")
        stage.do(made.confirmation)


def deliver(house: House, batch: Batch) -> None:
    """The codes go to the printers, encrypted to their key; our copy is destroyed."""
    person = house["zhoumin"]
    made = delivery.begin(batch, "age", PRINTERS, person)
    delivery.make(made)
    for _ in delivery.hand_over(made, person, "203.0.113.3"):
        pass
    made.refresh_from_db()
    delivery.destroy(made, person)


OLD_CARDS: Final = (
    ("SC20230001", "482915", "86.50", "100"),
    ("SC20230002", "730184", "100", "100"),
    ("SC20230003", "915527", "12.00", "100"),
    ("SC20230004", "264490", "200", "200"),
    ("SC20230005", "508836", "154.20", "200"),
    ("SC20230006", "371062", "200", "200"),
    ("SC20230007", "649318", "50", "50"),
    ("SC20230008", "127745", "33.80", "50"),
)
"""Paper cards of the years before: number, code, what is left, face."""


def bring_in_old_cards(house: House) -> None:
    """A spreadsheet of the former system comes in."""
    person = house["zhoumin"]
    lines = ["卡号,卡密,余额,面值", *(",".join(row) for row in OLD_CARDS)]
    made = take_in(house.product(SPRING), person, "旧卡清单.csv", "\n".join(lines).encode())
    house.stage.do(imported.order(house.stage.at_browser(person), person, made))


STATEMENTS: Final = (45, 40, 33, 27, 21, 15, 10, 4)
"""When the bank states the deposit, in days ago."""

SLACK_PERCENT: Final = 12
"""What the brand pays in beyond what the law asks for: refunds bring back what was spent."""

LOTS: Final = (
    (38, Lot(AUTUMN, 200, 60, BOOKSHOP)),
    (37, Lot(AUTUMN, 500, 20, TRAVEL)),
    (32, Lot(FIRM, 2000, 6, COMPANY)),
    (28, Lot(AUTUMN, 1000, 12, COMPANY)),
    (24, Lot(SPRING, 200, 40)),
    (20, Lot(AUTUMN, 200, 40, BOOKSHOP)),
    (17, Lot(SPRING, 500, 16)),
    (14, Lot(AUTUMN, 500, 20, TRAVEL)),
    (11, Lot(AUTUMN, 1000, 10, COMPANY)),
    (8, Lot(SPRING, 100, 60)),
    (5, Lot(SPRING, 200, 30)),
)
"""What is issued and sold during the season, by days ago."""


OPENING_STOCK: Final = ((100, 80), (200, 60), (500, 24), (50, 60), (1000, 20))
"""Faces and counts of the season's first stock."""

SHELF: Final = (3, Lot(SPRING, 100, 50))
AWAITED: Final = (1, Lot(AUTUMN, 1000, 60, TRAVEL))
"""On the shelf and not paid for; and one that waits for a second member of staff."""


def agenda(house: House) -> None:
    """Put the brand's own business of the season on the agenda."""
    on = house.stage.on
    for days_ago, next_days_ago in zip(STATEMENTS, (*STATEMENTS[1:], 0), strict=True):
        on(days_ago, 9, 20, partial(cover, house, _planned(days_ago, next_days_ago)))
    on(STATEMENTS[0], 10, 0, lambda: opening(house))
    on(44, 16, 40, lambda: deliver(house, Batch.objects.get(face_minor=1000_00)))
    on(40, 11, 0, lambda: bring_in_old_cards(house))
    for days_ago, lot in LOTS:
        on(days_ago, 10, 25, partial(issue, house, lot, sold_to=SHOP if lot.buyer is None else None))
    on(SHELF[0], 10, 20, lambda: issue(house, SHELF[1]))
    on(AWAITED[0], 16, 10, lambda: issue(house, AWAITED[1]))


def opening(house: House) -> None:
    """The season's first stock, more than one person may issue in a day on their own."""
    for yuan, count in OPENING_STOCK:
        issue(house, Lot(SPRING, yuan, count, second="sunli" if yuan == 1000 else ""), sold_to=SHOP)


def _planned(days_ago: int, next_days_ago: int) -> int:
    """What is to be issued or to come in before the bank's next statement, in minor units."""
    lots = (*LOTS, SHELF, AWAITED)
    yuan = sum(lot.yuan * lot.count for day, lot in lots if next_days_ago < day <= days_ago)
    if days_ago == STATEMENTS[0]:
        yuan += sum(face * count for face, count in OPENING_STOCK)
    if next_days_ago < 40 <= days_ago:
        yuan += sum(int(face) for *_, face in OLD_CARDS)
    return yuan * YUAN
