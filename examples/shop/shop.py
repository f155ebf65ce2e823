"""A shop that sells tea and takes gift cards: payment, webhook, refund. The standard library and `standardwebhooks`.

    python shop.py --api http://localhost:8000 --key ct_… [--listen 127.0.0.1:8800]

Orders live in memory: this shows how to talk to Cardtrail, not how to keep a shop.
"""

from __future__ import annotations

import argparse
import html
import json
import sys
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from standardwebhooks import Webhook, WebhookVerificationError

TEAS = {
    "longjing": ("龙井 Longjing", 8_800),
    "puer": ("普洱 Pu'er", 12_800),
    "oolong": ("乌龙 Oolong", 4_600),
}
"""Name and price in fen. Prices are the shop's: a browser never says what something costs."""


class Cardtrail:
    """The few calls of the API that a shop needs."""

    def __init__(self, address: str, key: str) -> None:
        self.address, self.key = address.rstrip("/"), key

    def get(self, path: str) -> Any:
        return self._call("GET", path, None, {})

    def post(self, path: str, body: dict[str, Any], name: str) -> Any:
        """`name` makes the call safe to repeat: sent twice, it takes effect once and is answered the same."""
        return self._call("POST", path, json.dumps(body).encode(), {"Idempotency-Key": name})

    def _call(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Any:
        headers |= {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.address}/api/v1{path}", body, headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)


@dataclass
class Order:
    """What somebody buys. `payment` as the API last told of it."""

    tea: str
    id: str = field(default_factory=lambda: f"tea-{uuid.uuid4().hex[:12]}")
    payment: dict[str, Any] = field(default_factory=dict)


@dataclass
class Shop:
    api: Cardtrail
    address: str
    secret: str = ""
    orders: dict[str, Order] = field(default_factory=dict)  # By the payment's id.
    seen: set[str] = field(default_factory=set)  # Ids of webhooks that were dealt with.

    def listen(self) -> None:
        """Have the events of payments sent to us. The secret comes with the answer, once."""
        wanted = {
            "url": f"{self.address}/events",
            "event_types": ["payment.paid", "payment.refunded", "payment.expired"],
        }
        self.secret = self.api.post("/webhooks", wanted, f"shop-{uuid.uuid4().hex}")["secret"]

    def buy(self, tea: str) -> Order:
        order = Order(tea)
        wanted = {
            "amount_minor": TEAS[tea][1],
            "currency": "CNY",
            "reference": order.id,
            "shop": "一叶茶铺 One Leaf",
            "return_url": f"{self.address}/back",
        }
        order.payment = self.api.post("/payments", wanted, order.id)
        self.orders[order.payment["id"]] = order
        return order

    def refresh(self, payment: str) -> Order:
        """The truth is the API's: neither the address somebody comes back by nor an event's body decides."""
        order = self.orders[payment]
        order.payment = self.api.get(f"/payments/{payment}")
        return order

    def refund(self, payment: str) -> None:
        self.api.post(f"/payments/{payment}/refunds", {"note": "退货"}, f"refund-{payment}")

    def take_event(self, headers: dict[str, str], body: bytes) -> int:
        """The status to answer a webhook with. Verified first, dealt with once."""
        try:
            Webhook(self.secret).verify(body, headers, json_parse=False)
        except WebhookVerificationError:
            return 400
        event = json.loads(body)
        if event["id"] not in self.seen and event.get("data", {}).get("payment") in self.orders:
            order = self.refresh(event["data"]["payment"])
            print(f"{event['type']}: order {order.id} is {order.payment['state']}", flush=True)
        self.seen.add(event["id"])
        return 204


class Page(BaseHTTPRequestHandler):
    shop: Shop

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        payment = parse_qs(where.query).get("payment", [""])[0]
        if where.path == "/back" and payment in self.shop.orders:
            self._show(self._receipt(self.shop.refresh(payment)))
        elif where.path == "/":
            self._show("<h1>一叶茶铺</h1>" + "".join(map(self._tea, TEAS)))
        else:
            self._show("<h1>404</h1>", 404)

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 65_536))
        if self.path == "/events":
            self._end(
                self.shop.take_event({name.lower(): value for name, value in self.headers.items()}, body)
            )
            return
        given = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        try:
            if self.path == "/buy" and given.get("tea") in TEAS:
                self._end(303, self.shop.buy(given["tea"]).payment["pay_url"])
            elif self.path == "/refund" and given.get("payment") in self.shop.orders:
                self.shop.refund(given["payment"])
                self._end(303, f"/back?payment={given['payment']}")
            else:
                self._show("<h1>404</h1>", 404)
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            self._show(f"<h1>没有办成 Not done</h1><p>{html.escape(problem['detail'])}</p>", 502)

    def _tea(self, tea: str) -> str:
        name, price = TEAS[tea]
        button = f'<button name="tea" value="{tea}">用礼品卡买 Buy with a gift card</button>'
        offer = f"<h2>{html.escape(name)}</h2><p>¥{price // 100}.{price % 100:02d} {button}</p>"
        return f'<form method="post" action="/buy">{offer}</form>'

    def _receipt(self, order: Order) -> str:
        payment = order.payment
        lines = [
            f"<h1>订单 {order.id}</h1><p>{html.escape(TEAS[order.tea][0])}: <b>{payment['state']}</b></p>"
        ]
        lines += [f"<p>账本条目 ledger entry {card['entry']}</p>" for card in payment["cards"]]
        if payment["state"] == "paid":
            button = f'<button name="payment" value="{payment["id"]}">退货 Return it</button>'
            lines.append(f'<form method="post" action="/refund">{button}</form>')
        return "".join(lines) + '<p><a href="/">再买 Buy more</a></p>'

    def _show(self, body: str, status: int = 200) -> None:
        head = '<!doctype html><html lang="zh"><meta charset="utf-8"><title>一叶茶铺</title>'
        head += '<meta name="viewport" content="width=device-width">'
        self._end(status, content=f"{head}<main>{body}</main>".encode())

    def _end(self, status: int, location: str = "", content: bytes = b"") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing of every request."""


def main() -> None:
    parser = argparse.ArgumentParser(description="A shop that takes gift cards.")
    parser.add_argument("--api", default="http://localhost:8000", help="address of Cardtrail")
    parser.add_argument(
        "--key",
        required=True,
        help="API key with payments:write, payments:read, refunds:write, webhooks:write",
    )
    parser.add_argument("--listen", default="127.0.0.1:8800", help="HOST:PORT; port 0 takes a free one")
    given = parser.parse_args()
    host, _, port = given.listen.rpartition(":")
    server = ThreadingHTTPServer((host, int(port)), Page)
    shop = Shop(Cardtrail(given.api, given.key), f"http://{host}:{server.server_port}")
    Page.shop = shop
    try:
        shop.listen()
    except urllib.error.URLError as error:
        sys.exit(f"Cardtrail at {given.api} does not take our key or is away: {error}")
    print(f"The shop is open: {shop.address}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
