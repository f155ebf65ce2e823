"""`serve --demo`, as a visitor meets it: real processes, every printed account, every way that the pages offer."""

from __future__ import annotations

import http.client
import json
import re
import stat
from collections.abc import Iterator
from html import unescape
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

from tests.cli.serve_process import Serve, until
from tests.node.ledgers import PATIENCE_S

pytestmark = pytest.mark.slow

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_LINK = re.compile(r'<a\b[^>]*\bhref="(/[^"#]*)')
_ORDER = re.compile(r'href="(/market/orders/[0-9a-f]{32}/)"')
_PAY = re.compile(r'href="(http://[^"/]+)(/pay/play_[0-9a-f]+\?language=zh)"')
_THING = re.compile(r"/(?:[0-9a-f]{8}[0-9a-f-]*|\d[\d-]*)/")
_LEAVES = re.compile(r"/accounts/logout/|/static/|\.(csv|json|pdf|html|age)$|/export")


class Visitor:
    """A browser, as far as cookies and forms go."""

    def __init__(self, port: int, host: str = "localhost") -> None:
        self._port = port
        self._host = host
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> tuple[int, str]:
        return self._exchange("GET", path, None)[::2]

    def post(self, path: str, **values: str) -> tuple[int, str]:
        """Send a form of a page. The status and where it leads."""
        token = _TOKEN.search(self.get(path)[1])
        assert token is not None, path
        status, location, _ = self._exchange("POST", path, {**values, "csrfmiddlewaretoken": token[1]})
        return status, location

    def send(self, path: str, **values: str) -> int:
        """Send a form that has no token. The status."""
        return self._exchange("POST", path, values)[0]

    def _exchange(self, method: str, path: str, values: dict[str, str] | None) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_S)
        headers = {
            "Host": f"{self._host}:{self._port}",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            connection.request(method, path, urlencode(values) if values else None, headers)
            answer = connection.getresponse()
            for cookie in answer.headers.get_all("Set-Cookie") or ():
                for name, morsel in SimpleCookie(cookie).items():
                    self._cookies[name] = morsel.value
            return answer.status, answer.headers.get("Location", ""), answer.read().decode(errors="replace")
        finally:
            connection.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    with Serve(tmp_path_factory.mktemp("demo") / "cards", ("--demo",)) as serve:
        serve.ready()
        yield serve


@pytest.fixture(scope="module")
def told(served: Serve) -> Any:
    return json.loads((served.directory / "demo-accounts.json").read_text(encoding="utf-8"))


def test_everything_runs_and_the_accounts_are_shown(served: Serve, told: Any) -> None:
    assert served.health()[0] == 200
    assert "Traceback" not in served.said
    for account in told["accounts"]:
        assert account["email"] in served.said
    assert told["accounts"][0]["password"] in served.said
    assert stat.S_IMODE((served.directory / "demo-accounts.json").stat().st_mode) == 0o600
    assert not (served.directory / "demo.filling").exists()


def test_it_tells_everything_that_a_visitor_needs(served: Serve, told: Any) -> None:
    assert told["address"] == f"http://localhost:{served.ready()}"
    assert {account["role"] for account in told["accounts"]} == {
        *("holder", "admin", "issuing", "support", "risk", "finance", "auditor", "developer", "till")
    }
    assert len(told["unclaimed"]) == 6
    assert told["api_key"].startswith("ct_")


def test_an_order_that_waits_for_its_payment_can_be_paid(served: Serve, told: Any) -> None:
    """Its story was played before the provider ran. Now the page names the provider's, which shows what is to be paid,
    and after that the card is there: by the same files, told by the provider, and taken by the shop."""
    buyer = next(account for account in told["accounts"] if account["email"].startswith("xiahe@"))
    visitor = _signed_in(served, buyer)
    orders = dict.fromkeys(_ORDER.findall(visitor.get("/market/orders/")[1]))

    def waiting() -> tuple[str, str, str] | None:
        for order in orders:
            if found := _PAY.search(visitor.get(order)[1]):
                return order, found[1], found[2]
        return None

    order, provider, page = until(waiting, "an order with a way to pay")
    host, _, port = provider.removeprefix("http://").partition(":")
    payer = Visitor(int(port), host)
    status, shown = payer.get(page)
    assert status == 200
    assert buyer["payer"] in shown
    assert payer.send(page, do="pay", account=buyer["payer"]) == 303
    until(lambda: not _PAY.search(visitor.get(order)[1]), "the order hears that it is paid")


def test_every_account_opens_and_every_way_leads_somewhere(served: Serve, told: Any) -> None:
    """Everybody's own pages, and where they lead, each once for everybody; a thing that several people of one role are
    led to is looked at by the first of them."""
    seen: set[tuple[str, str]] = set()
    for account in told["accounts"]:
        visitor = _signed_in(served, account)
        begins = ["/", "/me/"] + ([] if account["role"] == "holder" else ["/desk/"])
        if "payer" in account:
            begins += ["/market/", "/market/orders/", "/market/mine/", "/market/talks/", "/market/groups/"]
        for path in begins:
            status, page = visitor.get(path)
            assert status == 200, (account["email"], path, status)
            for link in map(unescape, _LINK.findall(page)):
                who = account["role"] if _THING.search(link) else account["email"]
                if _LEAVES.search(link) or (who, link) in seen:
                    continue
                seen.add((who, link))
                assert visitor.get(link)[0] in {200, 302}, (account["email"], path, link)


def test_the_api_key_works(served: Serve, told: Any) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.ready(), timeout=PATIENCE_S)
    try:
        headers = {"Host": "localhost", "Authorization": f"Bearer {told['api_key']}"}
        connection.request("GET", "/api/v1/totals", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
    finally:
        connection.close()


def test_the_ledger_holds_to_the_last_rule(served: Serve) -> None:
    """An auditor replays the whole ledger: a season played in one go is as good as one that took 45 days."""
    from tests.cli.conftest import run

    ran = run("audit", served.directory / "ledger")
    assert ran.code == 0, ran.out + ran.err


def _signed_in(served: Serve, account: Any) -> Visitor:
    visitor = Visitor(served.ready())
    status, location = visitor.post("/accounts/login/", login=account["email"], password=account["password"])
    assert status == 302, account["email"]
    if "totp_secret" in account:
        assert "authenticate" in location
        counter = next(iter(yield_hotp_counters_from_time()))
        code = format_hotp_value(hotp_value(account["totp_secret"], counter))
        status, _ = visitor.post(location, code=code)
        assert status == 302
    return visitor
