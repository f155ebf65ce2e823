"""Fills an installation for people who will deal through crashes: `python -m tests.crash.order_fill ORDERS`.

Sellers have claimed their cards and listed them, one for each order; buyers have nothing yet. Prints JSON: the buyers'
ids, and of each listed card its serial and the confirmation that set it aside.
"""

from __future__ import annotations

import json
import sys
import time

from cardtrail.web.prepare import start_django

start_django()

from cardtrail.wallet.codes import CardCode, code_key  # noqa: E402
from cardtrail.web.accounts.models import Person  # noqa: E402
from cardtrail.web.actions.confirm import confirm  # noqa: E402
from cardtrail.web.actions.models import Confirmation  # noqa: E402
from cardtrail.web.actions.orders import Order  # noqa: E402
from cardtrail.web.actions.perform import outcomes, perform  # noqa: E402
from cardtrail.web.ledger.follow import catch_up  # noqa: E402
from cardtrail.web.ui.clock import DAY_MS, now_ms  # noqa: E402
from cardtrail.web.ui.texts import Text  # noqa: E402
from tests.web.installation import FACE, Issuing, found_brand, make_people  # noqa: E402
from tests.web.people import witness  # noqa: E402

BUYERS = 6
SELLERS = 4
PRICE = FACE * 9 // 10


def main() -> None:
    """Fill and tell."""
    count = int(sys.argv[1])
    network = found_brand()
    people = make_people(
        [f"买家{place}" for place in range(BUYERS)] + [f"卖家{place}" for place in range(SELLERS)] + ["客服"]
    )
    buyers, sellers, staff = people[:BUYERS], people[BUYERS:-1], people[-1]
    issuing = Issuing(network)
    issuing.define()
    codes = [CardCode.generate() for _ in range(count)]
    for start in range(0, count, 100):
        part = range(start, min(start + 100, count))
        issuing.issue(start, tuple(code_key(codes[serial], network, serial).public for serial in part))
    catch_up()
    listed = [line for place, seller in enumerate(sellers) for line in _list(seller, codes, place)]
    told = {"buyers": [str(person.pk) for person in buyers], "staff": str(staff.pk), "listed": sorted(listed)}
    print(json.dumps(told))


def _list(seller: Person, codes: list[CardCode], place: int) -> list[tuple[int, str]]:
    """A seller claims every fourth card and lists it: one confirmation for each."""
    serials = range(place, len(codes), SELLERS)
    who, text = witness(seller), Text("我同意", "I agree")
    for start in range(0, len(serials), 100):
        part = serials[start : start + 100]
        claims = [Order("claim", serial, secret=codes[serial].secret) for serial in part]
        _do(confirm(who, purpose="claim", text=text, orders=claims))
    held = []
    for serial in serials:
        until_ms = now_ms() + 20 * DAY_MS
        orders = [
            Order("hold_sale", serial, {"until_ms": until_ms, "price_minor": PRICE}),
            Order("end_sale", serial, {"hold": "self"}, waits=True),
        ]
        made = confirm(who, purpose="sell", text=text, orders=orders)
        _do(made)
        held.append((serial, str(made.pk)))
    return held


def _do(made: Confirmation) -> None:
    """What does not wait for something else is done; if the worker was first with some of it, once it has done so."""
    perform(made)
    ends_s = time.monotonic() + 60
    while left := [one for one in outcomes(made) if one.state != "done" and one.action.state != "awaiting"]:
        if time.monotonic() > ends_s or any(one.state == "refused" for one in left):
            raise SystemExit(f"not done: {left}")
        time.sleep(0.05)


if __name__ == "__main__":
    main()
