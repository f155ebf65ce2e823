"""A sandbox as its own process, and a shop that it notifies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Self

from cardtrail.payments.clock import clock_ms
from cardtrail.payments.port import Event, Payment, PaymentRequest
from cardtrail.payments.registry import load
from cardtrail.payments.sandbox.client import Sandbox

PATIENCE_S = 20.0
_NUMBERS = count()


def eventually(look: Callable[[], object], *, within_s: float = PATIENCE_S) -> object:
    """What `look` finds, as soon as it finds something."""
    ends_s = time.monotonic() + within_s
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < ends_s, "it never happened"
        time.sleep(0.01)


class Shop:
    """Takes notifications and keeps them: body and headers, in the order in which they came."""

    def __init__(self) -> None:
        self.taken: list[tuple[bytes, dict[str, str]]] = []
        self.refusing = 0
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                if shop.refusing > 0:
                    shop.refusing -= 1
                    self.send_response(500)
                else:
                    shop.taken.append((body, dict(self.headers)))
                    self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}/pay/notify/sandbox/"

    def __enter__(self) -> Shop:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Process:
    """The sandbox's process and its client."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def start(self) -> None:
        """Run it, on the port of last time if there was one."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cardtrail.payments.sandbox", "--dir", self.home],
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self._process.stdout.readline()
        assert line.startswith("sandbox at http://127.0.0.1:"), line
        self.url = line.split()[-1]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Tell it to end, or kill it. Its exit status."""
        os.kill(self._process.pid, number)
        self._process.communicate(timeout=PATIENCE_S)
        return self._process.returncode

    @cached_property
    def provider(self) -> Sandbox:
        """The provider, as the registry makes it."""
        made = load({"CARDTRAIL_PAY_SANDBOX_DIR": str(self.home)})["sandbox"]
        assert isinstance(made, Sandbox)
        return made


class World(Process):
    """The process, and a shop that it notifies."""

    def __init__(self, home: Path, shop: Shop) -> None:
        super().__init__(home)
        self.shop = shop

    def request(self, **changes: object) -> PaymentRequest:
        """A request for a payment of an order of its own."""
        values = {
            "order_id": f"order_{next(_NUMBERS)}_{os.getpid()}",
            "amount_minor": 10_000,
            "currency": "CNY",
            "subject": "礼品卡 ¥120.00",
            "payer": "person_1",
            "payee": "seller_1",
            "expires_ms": clock_ms() + 900_000,
            "notify_url": self.shop.url,
            "return_url": "http://localhost:8000/orders/1/",
            **changes,
        }
        return PaymentRequest(**values)

    def payment(self, **changes: object) -> Payment:
        """A payment that was created and not paid."""
        request = self.request(**changes)
        return payment_of(request, self.provider.create(request).payment_id)

    def events(self, payment: Payment) -> list[Event]:
        """What the shop was told about a payment, in that order, duplicates and all."""
        provider = self.provider
        messages = [message for message in list(self.shop.taken) if payment.order_id.encode() in message[0]]
        told = [provider.parse_notification(*message, clock_ms()) for message in messages]
        return [event for event in told if event.order_id == payment.order_id]

    def await_events(self, payment: Payment, number: int) -> list[Event]:
        """The same, once there are so many."""
        eventually(lambda: len(self.events(payment)) >= number)
        return self.events(payment)


def payment_of(request: PaymentRequest, payment_id: str = "") -> Payment:
    """What an order keeps of a request."""
    return Payment(
        order_id=request.order_id,
        payment_id=payment_id,
        amount_minor=request.amount_minor,
        currency=request.currency,
        payee=request.payee,
    )
