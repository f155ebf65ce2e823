"""Holders who browse: each with a connection and a session of their own, looking at a page, thinking, going on."""

from __future__ import annotations

import http.client
import random
import re
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

_CARD = re.compile(rb'href="(/cards/\d{16}/)"')
_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')
_UNTIL = re.compile(rb'name="until" value="([^"]+)"')
_FIELD = re.compile(rb'<input type="hidden" name="([a-z_]+)" value="([^"]*)"')


@dataclass
class Figures:
    """How long answers took, in milliseconds by page, and what went wrong."""

    took_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, page: str, took_ms: float) -> None:
        with self.lock:
            self.took_ms[page].append(took_ms)

    def fail(self, what: str) -> None:
        with self.lock:
            self.wrong[what] += 1

    def table(self, seconds: float) -> list[dict[str, object]]:
        rows = []
        for page, took in sorted(self.took_ms.items()):
            ordered = sorted(took)
            rows.append(
                {
                    "page": page,
                    "answers": len(ordered),
                    "per_s": round(len(ordered) / seconds, 1),
                    "p50_ms": round(ordered[len(ordered) // 2], 1),
                    "p99_ms": round(ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)], 1),
                    "max_ms": round(ordered[-1], 1),
                }
            )
        return rows


class Holder:
    """One person at a browser. `think_s` is the mean pause between two pages."""

    def __init__(
        self, host: str, port: int, session: str, figures: Figures, think_s: float, seed: int
    ) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=30)
        self._host = f"localhost:{port}"
        self._cookies = {"cardtrail_session": session}
        self._figures = figures
        self._think_s = think_s
        self._random = random.Random(seed)
        self._cards: list[str] = []

    def browse(self, until_s: float) -> None:
        time.sleep(self._random.random() * self._think_s)
        while time.monotonic() < until_s:
            self._step()
            time.sleep(self._random.uniform(0.5, 1.5) * self._think_s)

    def _step(self) -> None:
        choice = self._random.random()
        if choice < 0.4 or not self._cards:
            body = self._get("wallet", "/")
            self._cards = list(dict.fromkeys(found.decode() for found in _CARD.findall(body)))
        elif choice < 0.8:
            self._get("card", self._random.choice(self._cards))
        elif choice < 0.9:
            self._get("notices", "/notices/")
        elif choice < 0.95:
            self._get("public ledger", "/ledger/")
        else:
            self._give()

    def _give(self) -> None:
        """Set a card aside by link: the form, what it asks to be confirmed, and the confirmation."""
        path = self._random.choice(self._cards) + "give/"
        status, form = self._ask("give: form", "GET", path, b"")
        if status == 302:  # It has been set aside already.
            return
        until = _UNTIL.search(form)
        if until is None:
            self._figures.fail("give: no form")
            return
        wish = {"how": "link", "note": "", "until": until[1].decode(), "step": "check"}
        asked = self._post("give: what will happen", path, form, wish)
        if asked is not None:
            done = self._post("give: done on the ledger", path, asked, {"step": "confirm"})
            if done:  # A page, where there should be the way to the gift's own: risk or the law said no.
                self._figures.fail("give: not done")

    def _get(self, page: str, path: str) -> bytes:
        status, body = self._ask(page, "GET", path, b"")
        if status != 200:
            self._figures.fail(f"{page}: {status}")
        return body

    def _post(self, page: str, path: str, form: bytes, values: dict[str, str]) -> bytes | None:
        token = _TOKEN.search(form)
        if token is None:
            self._figures.fail(f"{page}: no form")
            return None
        hidden = {name.decode(): value.decode() for name, value in _FIELD.findall(form)}
        sent = urlencode({**hidden, **values, "csrfmiddlewaretoken": token[1].decode()}).encode()
        status, body = self._ask(page, "POST", path, sent)
        if status not in (200, 302, 303):
            self._figures.fail(f"{page}: {status}")
            return None
        return body

    def _ask(self, page: str, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        headers = {
            "Host": self._host,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
        }
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = f"http://{self._host}"
        began = time.perf_counter()
        self._connection.request(method, path, body=body or None, headers=headers)
        answer = self._connection.getresponse()
        data = answer.read()
        self._figures.add(page, (time.perf_counter() - began) * 1000)
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self._cookies[key] = rest.partition(";")[0]
        return answer.status, data


def browse(
    host: str, port: int, sessions: Sequence[str], *, holders: int, seconds: float, think_s: float
) -> Figures:
    """`holders` people browsing at once for so long. A short warm-up before is not counted."""
    figures = Figures()
    people = [
        Holder(host, port, sessions[place % len(sessions)], figures, think_s, place)
        for place in range(holders)
    ]
    _all(people, time.monotonic() + min(5.0, seconds / 3))
    figures.took_ms.clear()
    figures.wrong.clear()
    _all(people, time.monotonic() + seconds)
    return figures


def _all(people: Sequence[Holder], until_s: float) -> None:
    threads = [threading.Thread(target=person.browse, args=(until_s,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
