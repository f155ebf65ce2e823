"""How fast orders are opened, and how soon a paid card is in its buyer's wallet.

    python -m benchmarks.orders [--database both|sqlite|postgres] [--orders 1000] [--paid 400] [--rate 20] [--dir DIR]

A real ledger's node, with its database on a disk. The payment provider is left out (whatever asks it is
answered at once), so that what is measured is ours: the machine, the transactions, the signing, the ledger's commit,
the projection.

opened   orders opened one after the other: the buyer's confirmation, the order, its errand, in one transaction each;
         then half as many from four processes at once, as many as the web server has on two cores
latency  from the moment in which a verified notification is due until the card is the buyer's, while so many
         notifications a second arrive, taken by four processes of two threads each, as the web server has them; risk is
         asked by its own rules, none of which has a consequence here, and the ledger's node is a process of its own
page     meanwhile a buyer looks at order pages, ten a second: all of it, from the request to the page drawn, by an
         application that was loaded once, as the web server's is

What one costs is told, too: statements, counted on one that nothing else runs beside, and the processor's time in the
processes that do it. Until the latency is measured the node runs in this one.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from tests.postgres.server import postgres

THREADS = 2
BUYERS = 400
EACH = 10
ISSUED = 500
PROCESSES = 4
CHECKPOINTS_MS = 1_000
LOOKS_S = 0.1
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

    from cardtrail.payments.registry import Registry
    from cardtrail.wallet.custody import KeyRing, write_keyring
    from cardtrail.web.desk.brand import Brand
    from cardtrail.web.orders import deciding, providers
    from cardtrail.web.risks import standing
    from cardtrail.web.server import SWITCH_S
    from cardtrail.web.ui.clock import now_ms
    from tests.web.ledgers import ledger_in

    sys.setswitchinterval(SWITCH_S)
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]  # Nobody signs in with one here.
    call_command("migrate", run_syncdb=True, verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    write_keyring(settings.CONFIG.kek_file, KeyRing.generate())
    standing.FIRST_RULES = _allowing()  # type: ignore[misc]  # Asked as ever; and nobody here buys as people do.
    Brand.objects.create(name="山野茶铺", legal_name="山野茶铺有限公司", set_up_ms=now_ms())
    with (
        ledger_in(
            Path(settings.CONFIG.directory) / "ledger", workers=1, checkpoint_interval_ms=CHECKPOINTS_MS
        ) as ledger,
        providers.using(Registry({"sandbox": _provider()})),
    ):
        # One of each beforehand: what is done once is not measured, and it is counted.
        warm = THREADS * PROCESSES
        count = max(orders, paid) + 2 + warm + orders // 2
        buyers, offers = _list(ledger, count)
        _deliver_one(_open_one(buyers[0], offers[0]))
        alone = _open_one(buyers[0], offers[1], tell=True)
        _deliver_one(alone, tell=True)
        _open_at_once(buyers, offers[-(orders // 2) :])
        first = [_open_one(buyers[0], offer) for offer in offers[2 : 2 + warm]]
        deals = [deciding.go(taken) for taken in _open(buyers, offers[2 + warm :], orders)[:paid]]
    with (
        _node(Path(settings.CONFIG.directory) / "ledger"),
        providers.using(Registry({"sandbox": _provider()})),
    ):
        _deliver(first, deals, rate)


@contextmanager
def _node(path: Path) -> Iterator[None]:
    """The same ledger, served by a process of its own, as always; linked until the block ends."""
    from cardtrail.client.client import Client
    from cardtrail.client.transport import HttpTransport
    from cardtrail.node.directory import Directory
    from cardtrail.web.ledger.link import Link, linked

    command = [sys.executable, "-m", "cardtrail.cli", "node", str(path), "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            said = next(line for line in process.stderr if "http://" in line)
            transport = HttpTransport(re.findall(r"http://[0-9.:]+", said)[0])
            with linked(Link(Client(transport, Directory(path).vkey()), path / "keys")):
                yield
        finally:
            process.terminate()


def _allowing() -> Any:
    """Risk's own rules, every one of them asked and counted, none with a consequence."""
    from cardtrail.risk.first_rules import FIRST_RULES
    from cardtrail.risk.port import Outcome

    allowing = {"then": Outcome.ALLOW, "unknown": Outcome.ALLOW}
    return replace(FIRST_RULES, rules=tuple(replace(rule, **allowing) for rule in FIRST_RULES.rules))


def _list(ledger: Any, count: int) -> tuple[list[Any], list[Any]]:
    """Cards of sellers with ten each, in no order, each listed by a confirmation of its own; and buyers."""
    from cardtrail.deals.parameters import Risk
    from cardtrail.web.actions.confirm import confirm
    from cardtrail.web.actions.orders import Order
    from cardtrail.web.orders.opening import Offer
    from cardtrail.web.ui.clock import DAY_MS, now_ms
    from cardtrail.web.ui.texts import Text
    from tests.web.people import People, witness

    people, agreed = People(), Text("我同意", "I agree")
    buyers = [people.make(f"买家{place}") for place in range(BUYERS)]
    sellers = [people.make(f"卖家{place}") for place in range(-(-count // EACH))]
    ledger.define()
    serials = [
        serial
        for start in range(0, count, ISSUED)
        for serial in ledger.issue(min(ISSUED, count - start), FACE)
    ]
    shares = list(zip(sellers, (serials[at : at + EACH] for at in range(0, count, EACH)), strict=True))
    claims = []
    for seller, own in shares:
        orders = [Order("claim", serial, secret=ledger.codes[serial].secret) for serial in own]
        claims.append(confirm(witness(seller), purpose="claim", text=agreed, orders=orders))
    _do_all(claims)
    held = {"until_ms": now_ms() + 30 * DAY_MS, "price_minor": PRICE}
    offers = []
    for seller, own in shares:
        for serial in own:
            orders = [Order("hold_sale", serial, held)]
            hold = confirm(witness(seller), purpose="sell", text=agreed, orders=orders)
            offers.append(
                Offer(
                    listing=f"listing-{serial}",
                    version=1,
                    serial=serial,
                    seller=seller,
                    hold=hold,
                    price_minor=PRICE,
                    provider="sandbox",
                    risk=Risk.LOW,
                )
            )
    _do_all([offer.hold for offer in offers])
    random.Random(1).shuffle(offers)
    return buyers, offers


def _do_all(confirmations: Sequence[Any]) -> None:
    """What was confirmed, many at a time."""
    from cardtrail.web.actions.models import Action
    from cardtrail.web.actions.perform import run_due

    while run_due():
        pass
    left = Action.objects.filter(confirmation__in=confirmations).exclude(state="done")
    reasons = left.values_list("state", "reason_code")[:3]
    if reasons:
        raise SystemExit(f"not done: {list(reasons)}")


def _open_one(buyer: Any, offer: Any, *, tell: bool = False) -> Any:
    from cardtrail.web.orders.deciding import go
    from cardtrail.web.orders.opening import open_deal
    from tests.web.people import witness

    seen = witness(buyer)
    taken, statements = _counted(lambda: open_deal(seen, buyer, offer))
    if tell:
        print(f"  an order is opened with {statements} statements", flush=True)
    return go(taken)


def _open(buyers: Sequence[Any], offers: Sequence[Any], count: int) -> list[Any]:
    from cardtrail.web.orders.opening import open_deal
    from tests.web.people import witness

    who = [(buyer, witness(buyer)) for buyer in buyers]
    taken = []
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    for place, offer in enumerate(offers[:count]):
        buyer, seen = who[place % len(who)]
        taken.append(open_deal(seen, buyer, offer))
    took_s, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
    print(
        f"  opened: {count / took_s:,.0f} orders/s ({count} one after the other), {cpu_s / count * 1000:.1f} ms of "
        "the processor each",
        flush=True,
    )
    return taken


def _open_at_once(buyers: Sequence[Any], offers: Sequence[Any]) -> None:
    from django.db import connections

    from cardtrail.web.orders.opening import open_deal
    from tests.web.people import witness

    who = [(buyer, witness(buyer)) for buyer in buyers]
    context = multiprocessing.get_context("fork")
    ready = context.Barrier(PROCESSES + 1)

    def open_part(part: int) -> None:
        buyer, seen = who[part]
        buyer.refresh_from_db()  # The connection is made before it counts.
        ready.wait()
        for offer in offers[part::PROCESSES]:
            open_deal(seen, buyer, offer)

    connections.close_all()  # None may be shared.
    gc.freeze()  # As the web server does before it forks.
    processes = [context.Process(target=open_part, args=(part,)) for part in range(PROCESSES)]
    for process in processes:
        process.start()
    ready.wait()
    began_s = time.perf_counter()
    for process in processes:
        process.join()
    took_s = time.perf_counter() - began_s
    if any(process.exitcode for process in processes):
        raise SystemExit("an order could not be opened")
    print(
        f"  opened: {len(offers) / took_s:,.0f} orders/s ({len(offers)} from {PROCESSES} processes at once)",
        flush=True,
    )


def _arrive(deal: Any) -> None:
    """A notification that the order is paid."""
    from cardtrail.payments import port
    from cardtrail.web.orders import incoming
    from cardtrail.web.orders.deciding import do
    from cardtrail.web.ui.clock import now_ms

    event = port.Paid(
        event_id=f"paid-{deal.number}",
        payment_id=deal.payment_id,
        order_id=deal.number,
        at_ms=now_ms(),
        amount_minor=PRICE,
        currency="CNY",
        payer=f"person_{deal.buyer_id.hex}",
        method=port.Method.BALANCE,
    )
    taken = incoming.receive("sandbox", event, b"{}", {})
    if taken is not None:
        do(taken)


def _is_there(deal: Any) -> bool:
    """Whether the card is in its buyer's wallet."""
    from cardtrail.web.ledger.models import Card

    return Card.objects.filter(serial=deal.serial, holder_id=deal.buyer_id).exists()


def _deliver_one(deal: Any, *, tell: bool = False) -> None:
    _, statements = _counted(lambda: _arrive(deal))
    if not _is_there(deal):
        raise SystemExit("a card did not come")
    if tell:
        print(f"  one is delivered with {statements} statements", flush=True)


def _deliver(first: Sequence[Any], deals: Sequence[Any], rate: float) -> None:
    from django.db import connections

    context = multiprocessing.get_context("fork")
    ready, began, results = context.Barrier(PROCESSES + 1), context.Value("d"), context.SimpleQueue()

    def arrive(deal: Any, due_s: float) -> float:
        _arrive(deal)
        while not _is_there(deal):
            time.sleep(0.005)
        return time.perf_counter() - due_s

    def deliver_part(part: int) -> None:
        with ThreadPoolExecutor(THREADS) as threads:
            list(
                threads.map(_arrive, first[part::PROCESSES])
            )  # What is done once in a process is not measured.
            ready.wait()
            ready.wait()
            began_cpu_s, waiting = time.process_time(), []
            for place in range(part, len(deals), PROCESSES):
                due_s = began.value + place / rate
                time.sleep(max(0.0, due_s - time.perf_counter()))
                # Counted from when it was to arrive, also where no thread was free: waiting is part of it.
                waiting.append(threads.submit(arrive, deals[place], due_s))
            took = [each.result() * 1000 for each in waiting]
            results.put((took, time.process_time() - began_cpu_s))

    connections.close_all()  # None may be shared.
    gc.freeze()  # As the web server does before it forks.
    looker = _Looker(deals)
    processes = [context.Process(target=deliver_part, args=(part,)) for part in range(PROCESSES)]
    for process in processes:
        process.start()
    ready.wait()
    with looker:
        began.value = time.perf_counter()
        ready.wait()
        parts = [results.get() for _ in processes]
    for process in processes:
        process.join()
    took = sorted(each for part, _ in parts for each in part)
    cpu_s = sum(part_s for _, part_s in parts)
    print(
        f"  notification to card in wallet at {rate:g}/s: {_spread(took)} ({len(took)} orders), "
        f"{cpu_s / len(took) * 1000:.1f} ms of the processor each, without the node's",
        flush=True,
    )
    print(f"  order page meanwhile: {_spread(sorted(looker.took))} ({len(looker.took)} pages)", flush=True)


def _spread(took: Sequence[float]) -> str:
    p50, p99 = took[len(took) // 2], took[-(-len(took) * 99 // 100) - 1]
    return f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, max {took[-1]:.0f} ms"


class _Looker:
    """Buyers who look at their orders while a block runs: answered by a process of its own, as the web server has
    several."""

    def __init__(self, deals: Sequence[Any]) -> None:
        from django.db import connections
        from django.urls import reverse

        from tests.web.installation import sign_in

        self.took: list[float] = []
        sessions = {buyer.pk: sign_in(buyer) for buyer in {deal.buyer for deal in deals}}
        self._pages = [
            (sessions[deal.buyer_id], reverse("market:order", args=[deal.number])) for deal in deals
        ]
        context = multiprocessing.get_context("fork")
        self._ready, self._over, self._found = context.Event(), context.Event(), context.SimpleQueue()
        connections.close_all()  # None may be shared.
        gc.freeze()  # As the web server does before it forks.
        self._process = context.Process(target=self._run, daemon=True)
        self._process.start()
        if not self._ready.wait(60):
            raise SystemExit("no order's page was shown")

    def __enter__(self) -> None:
        """Look from now on."""

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.took = self._found.get()
        self._process.join()

    def _run(self) -> None:
        from django.test import Client

        self._client = Client(HTTP_HOST="localhost:8000")
        for place in range(len(self._pages)):
            # The application is loaded and templates are read once; a session's first page writes who came from where.
            self._look(place)
        self._ready.set()
        took: list[float] = []
        try:
            while not self._over.wait(LOOKS_S):
                took.append(self._look(len(took)))
        finally:
            self._found.put(took)

    def _look(self, place: int) -> float:
        session, path = self._pages[place % len(self._pages)]
        self._client.cookies.clear()
        self._client.cookies["cardtrail_session"] = session
        began_s = time.perf_counter()
        answer = self._client.get(path)
        took_ms = (time.perf_counter() - began_s) * 1000
        if answer.status_code != 200:
            raise SystemExit(f"an order's page answers {answer.status_code}")
        return took_ms


def _counted(act: Callable[[], Any]) -> tuple[Any, int]:
    """What an act gives, and how many statements it sends; begin, commit and savepoints apart."""
    from django.db import connection

    sent: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        if not sql.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")):
            sent.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        given = act()
    return given, len(sent)


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


if __name__ == "__main__":
    main()
