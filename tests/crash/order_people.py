"""Buyers and sellers who deal while everything is being killed: `python -m tests.crash.order_people`, what `order_fill`
printed on its standard input. Prints JSON: what they did.

They use the functions that pages call, in a process of their own, and try again what is not answered; the provider has
a fault of its own in store for every order.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from cardtrail.web.prepare import start_django

start_django()

from django.db import DatabaseError, connections  # noqa: E402
from msgspec import structs  # noqa: E402

from cardtrail.client.errors import NodeUnavailable  # noqa: E402
from cardtrail.deals.parameters import Risk  # noqa: E402
from cardtrail.payments.port import ProviderAway, ProviderRefused  # noqa: E402
from cardtrail.payments.sandbox.faults import Faults  # noqa: E402
from cardtrail.web.accounts.models import Person  # noqa: E402
from cardtrail.web.actions.confirm import confirm  # noqa: E402
from cardtrail.web.actions.models import Confirmation  # noqa: E402
from cardtrail.web.actions.orders import Order  # noqa: E402
from cardtrail.web.actions.perform import perform  # noqa: E402
from cardtrail.web.orders import acts, exhibits, providers  # noqa: E402
from cardtrail.web.orders.deciding import go  # noqa: E402
from cardtrail.web.orders.models import Deal  # noqa: E402
from cardtrail.web.orders.opening import Offer, open_deal  # noqa: E402
from cardtrail.web.orders.refusals import NotPossible  # noqa: E402
from cardtrail.web.ui.texts import Text  # noqa: E402
from tests.web.people import witness  # noqa: E402

AT_ONCE = 8
PATIENCE_S = 90.0
HEARD_S = 25.0
"""So long a buyer looks for the card before going away; the worker goes on."""

FAULTS = (
    {},
    {},
    {"duplicates": 3},
    {"late_ms": 1_500},
    {"reordered": True},
    {"lost": True},
    {"answers": "lost", "percent": 40},
    {"answers": "error", "percent": 40},
    {"amount": "short"},
    {"amount": "over"},
    {"wrong_currency": True},
    {"refund": "slow", "amount": "short"},
)
FATES = ("confirm", "confirm", "confirm", "leave", "spend", "concede", "drop", "split", "cancel")
AWAITED = ("awaiting_payment", "payment_pending", "funded", "delivering")
AGREED = Text("我同意", "I agree")


class Dealer:
    """One order from its opening to where its buyer leaves it."""

    def __init__(self, place: int, buyer: Person, staff: Person, serial: int, listing: str) -> None:
        self.buyer, self.staff, self.serial = buyer, staff, serial
        self.held = Confirmation.objects.select_related("person").get(pk=listing)
        self.faults = FAULTS[place % len(FAULTS)]
        self.fate = FATES[place % len(FATES)]

    def live(self) -> str:
        """Order, pay, and do what fate wants. What became of it, as far as the buyer saw."""
        deal = self._order()
        if self.fate == "cancel":
            again(lambda: acts.cancel(witness(self.buyer), deal))
            return "cancelled"
        until(lambda: Deal.objects.filter(pk=deal.pk).exclude(pay_url="").exists(), PATIENCE_S)
        sandbox: Any = providers.registry()["sandbox"]
        again(lambda: sandbox.set_faults(Faults(**self.faults), deal.number))
        again(lambda: sandbox.pay(deal.number, f"person_{self.buyer.pk.hex}"))
        until(lambda: self._arrived(deal), 3.0 if "lost" in self.faults else HEARD_S)
        deal.refresh_from_db()
        if deal.stage == "funded":
            self._let_pass(deal)
        if deal.stage != "delivered":
            return f"seen {deal.stage}"
        self._act(deal)
        return self.fate

    def _arrived(self, deal: Deal) -> bool:
        now = Deal.objects.get(pk=deal.pk)
        asked = now.gate in {"hold", "step_up"}
        return now.stage not in AWAITED or asked or bool(now.order.strays)

    def _order(self) -> Deal:
        # A payment that no bank takes back is paid out at once; waiting hours for it would test nothing here.
        sandbox: Any = providers.registry()["sandbox"]
        sandbox.terms = structs.replace(sandbox.terms, calls_back=False)
        seller = self.held.person
        offer = Offer(
            listing=f"listing-{self.serial}",
            version=1,
            serial=self.serial,
            seller=seller,
            hold=self.held,
            price_minor=self.held.orders[0]["parameters"]["price_minor"],
            provider="sandbox",
            risk=Risk.LOW,
        )
        again(lambda: go(open_deal(witness(self.buyer), self.buyer, offer)))
        return Deal.objects.get(serial=self.serial)

    def _act(self, deal: Deal) -> None:
        buyer, seller = witness(self.buyer), witness(self.held.person)
        match self.fate:
            case "confirm":
                again(lambda: acts.confirm_receipt(buyer, deal))
            case "spend":
                self._spend()
            case "concede" | "drop" | "split":
                shown = exhibits.read("卡打不开", [])
                again(lambda: acts.open_dispute(buyer, deal, "not_as_described", shown))
                if self.fate == "concede":
                    again(lambda: acts.concede(seller, deal))
                elif self.fate == "drop":
                    again(lambda: acts.drop_dispute(buyer, deal))
                else:
                    again(lambda: acts.propose_split(seller, deal, 1_000))
                    again(lambda: acts.accept_split(buyer, deal, 1_000))

    def _let_pass(self, deal: Deal) -> None:
        """What risk wants to know is shown to it: these are people of whom it knows nothing."""
        if deal.gate == "step_up":
            again(lambda: acts.step_up_passed(witness(self.buyer), deal))
        elif deal.gate == "hold":
            again(lambda: acts.review(witness(self.staff), deal, "认识", allow=True))
        until(lambda: Deal.objects.get(pk=deal.pk).stage not in AWAITED, HEARD_S)
        deal.refresh_from_db()

    def _spend(self) -> None:
        order = Order("redeem", self.serial, {"amount_minor": 1, "order": "ab" * 32})
        made = again(lambda: confirm(witness(self.buyer), purpose="test", text=AGREED, orders=[order]))
        again(lambda: perform(made))


def again(act: Callable[[], Any]) -> Any:
    """Until it is answered; what is refused was done before, by an answer that was lost."""
    ends_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            return act()
        except (NotPossible, ProviderRefused) as refusal:
            return refusal
        except (ProviderAway, NodeUnavailable, DatabaseError, LookupError, OSError):
            if time.monotonic() > ends_s:
                raise
            connections.close_all()
            time.sleep(0.2)


def until(come_true: Callable[[], bool], patience_s: float) -> bool:
    """Wait for something to be so, for a while."""
    ends_s = time.monotonic() + patience_s
    while time.monotonic() < ends_s:
        if come_true():
            return True
        time.sleep(0.1)
    return False


def main() -> None:
    """Deal and tell."""
    told = json.load(sys.stdin)
    buyers = [Person.objects.get(pk=UUID(id)) for id in told["buyers"]]
    staff = Person.objects.get(pk=UUID(told["staff"]))
    dealers = [
        Dealer(place, random.choice(buyers), staff, serial, listing)
        for place, (serial, listing) in enumerate(told["listed"])
    ]

    def live(dealer: Dealer) -> str:
        try:
            return dealer.live()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        done = Counter(threads.map(live, dealers))
    print(json.dumps({"done": done}))
    sys.stdout.flush()
    os._exit(0)  # Nothing of ours is still to be done: whatever follows is the worker's.


if __name__ == "__main__":
    main()
