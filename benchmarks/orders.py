"""How fast orders are opened, and how soon a paid card is in its buyer's wallet.

    python -m benchmarks.orders [--database both|sqlite|postgres] [--orders 1000] [--paid 400] [--rate 20] [--dir DIR]

A ledger's node runs in this process, with its database on a disk. The payment provider is left out (whatever asks it is
answered at once), so that what is measured is ours: the machine, the transactions, the signing, the ledger's commit,
the projection.

opened   orders opened one after the other: the buyer's confirmation, the order, its errand, in one transaction each
latency  from the moment in which a verified notification is handed over until the card is the buyer's, while so many
         notifications a second arrive (each from a thread of its own, as the web server would have it)
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.postgres.server import postgres

THREADS = 8
FACE = 50_000
PRICE = 45_000


def main() -> None:
    """Measure with each database, in a process of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=("both", "sqlite", "postgres"), default="both")
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--paid", type=int, default=400)
    parser.add_argument("--rate", type=float, default=20.0)
    parser.add_argument("--dir", type=Path, help="where everything lies; a real disk, not one in memory")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.here:
        _measure(given.orders, given.paid, given.rate)
        return
    for kind in ("sqlite", "postgres") if given.database == "both" else (given.database,):
        with tempfile.TemporaryDirectory(dir=given.dir) as folder:
            if kind == "sqlite":
                _beside(kind, folder, {}, given)
            else:
                with postgres(as_installed=True) as url:
                    _beside(kind, folder, {"CARDTRAIL_DATABASE": url}, given)


def _beside(kind: str, folder: str, more: Mapping[str, str], given: argparse.Namespace) -> None:
    print(kind, flush=True)
    environment = {
        **os.environ,
        "CARDTRAIL_DIR": folder,
        "DJANGO_SETTINGS_MODULE": "cardtrail.web.settings",
        **more,
    }
    numbers = ["--orders", str(given.orders), "--paid", str(given.paid), "--rate", str(given.rate)]
    subprocess.run(
        [sys.executable, "-m", "benchmarks.orders", "--here", *numbers], env=environment, check=True
    )


def _measure(orders: int, paid: int, rate: float) -> None:
    from cardtrail.web.prepare import start_django

    start_django()
    from django.conf import settings
    from django.core.management import call_command

    from cardtrail.deals.regions import Advice
    from cardtrail.payments.registry import Registry
    from cardtrail.wallet.custody import KeyRing, write_keyring
    from cardtrail.web.orders import gate, providers
    from tests.web.ledgers import ledger_in

    call_command("migrate", run_syncdb=True, verbosity=0)
    call_command("createcachetable", verbosity=0)
    write_keyring(settings.CONFIG.kek_file, KeyRing.generate())
    gate.answered_by(lambda _: (Advice.ALLOW, ()))
    with (
        ledger_in(Path(settings.CONFIG.directory) / "ledger", workers=1) as ledger,
        providers.using(Registry({"sandbox": _provider()})),
    ):
        buyers, offers = _list(ledger, max(orders, paid))
        deals = _open(buyers, offers, orders)
        _deliver(deals[:paid], rate)


def _list(ledger: Any, count: int) -> tuple[list[Any], list[Any]]:
    """Cards of one seller's, all listed; and buyers."""
    from cardtrail.deals.parameters import Risk
    from cardtrail.web.actions.confirm import confirm
    from cardtrail.web.actions.orders import Order
    from cardtrail.web.actions.perform import perform
    from cardtrail.web.orders.opening import Offer
    from cardtrail.web.ui.clock import DAY_MS, now_ms
    from cardtrail.web.ui.texts import Text
    from tests.web.people import People, witness

    people, agreed = People(), Text("我同意", "I agree")
    seller, buyers = people.make("卖家"), [people.make(f"买家{place}") for place in range(20)]
    offers = []
    ledger.define()
    for start in range(0, count, 100):
        serials = ledger.issue(min(100, count - start), FACE)
        claims = [Order("claim", serial, secret=ledger.codes[serial].secret) for serial in serials]
        _done(perform(confirm(witness(seller), purpose="claim", text=agreed, orders=claims)))
        held = {"until_ms": now_ms() + 30 * DAY_MS, "price_minor": PRICE}
        holds = [Order("hold_sale", serial, held) for serial in serials]
        made = confirm(witness(seller), purpose="sell", text=agreed, orders=holds)
        _done(perform(made))
        offers += [
            Offer(
                listing=f"listing-{serial}",
                version=1,
                serial=serial,
                seller=seller,
                hold=made,
                price_minor=PRICE,
                provider="sandbox",
                risk=Risk.LOW,
            )
            for serial in serials
        ]
    return buyers, offers


def _open(buyers: Sequence[Any], offers: Sequence[Any], count: int) -> list[Any]:
    from cardtrail.web.orders.opening import open_deal
    from tests.web.people import witness

    who = [(buyer, witness(buyer)) for buyer in buyers]
    deals = []
    began_s = time.perf_counter()
    for place, offer in enumerate(offers[:count]):
        buyer, seen = who[place % len(who)]
        deals.append(open_deal(seen, buyer, offer).deal)
    took_s = time.perf_counter() - began_s
    print(f"  opened: {count / took_s:,.0f} orders/s ({count} one after the other)", flush=True)
    return deals


def _deliver(deals: Sequence[Any], rate: float) -> None:
    from django.db import connections

    from cardtrail.payments import port
    from cardtrail.web.ledger.models import Card
    from cardtrail.web.orders import incoming
    from cardtrail.web.orders.deciding import go
    from cardtrail.web.ui.clock import now_ms

    def arrive(deal: Any, due_s: float) -> float:
        event = port.Paid(
            event_id=f"paid-{deal.number}",
            payment_id=f"play_{deal.number}",
            order_id=deal.number,
            at_ms=now_ms(),
            amount_minor=PRICE,
            currency="CNY",
            payer=f"person_{deal.buyer_id.hex}",
            method=port.Method.BALANCE,
        )
        taken = incoming.receive("sandbox", event, b"{}", {})
        if taken is not None:
            go(taken)
        while Card.objects.get(serial=deal.serial).holder_id != deal.buyer_id:
            time.sleep(0.005)
        return time.perf_counter() - due_s

    with ThreadPoolExecutor(THREADS) as threads:
        began_s, waiting = time.perf_counter(), []
        for place, deal in enumerate(deals):
            due_s = began_s + place / rate
            time.sleep(max(0.0, due_s - time.perf_counter()))
            # Counted from when it was to arrive, also where no thread was free: waiting is part of it.
            waiting.append(threads.submit(arrive, deal, due_s))
        took = sorted(each.result() * 1000 for each in waiting)
        list(threads.map(lambda _: connections.close_all(), range(THREADS)))
    p50, p99 = took[len(took) // 2], took[int(len(took) * 0.99) - 1]
    print(
        f"  notification to card in wallet at {rate:g}/s: p50 {p50:.0f} ms, p99 {p99:.0f} ms, max {took[-1]:.0f} ms"
        f" ({len(took)} orders)",
        flush=True,
    )


def _provider() -> Any:
    """A provider that does at once whatever it is asked."""
    from cardtrail.payments.port import PayWay, Progress, Standing, Terms

    class Instant:
        name = "sandbox"
        terms = Terms(
            currencies=frozenset({"CNY"}),
            held_by="nobody",
            longest_hold_ms=10**10,
            then="nothing",
            calls_back=False,
            source="this benchmark",
        )

        def create(self, request: Any) -> PayWay:
            return PayWay(payment_id=f"play_{request.order_id}", url="http://localhost/pay")

        def close(self, payment: Any) -> None:
            return None

        def release(self, payment: Any, amount_minor: int, key: str) -> Progress:
            return Progress.DONE

        refund = release

        def query(self, payment: Any, **_: Any) -> Standing | None:
            return None

    return Instant()


def _done(outcomes: Sequence[Any]) -> None:
    if any(outcome.state != "done" for outcome in outcomes):
        raise SystemExit(
            f"not done: {[outcome.reason for outcome in outcomes if outcome.state != 'done'][:3]}"
        )


if __name__ == "__main__":
    main()
