"""A real ledger for the web application's tests: a node in this process, founded, with the link pointed at it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cardtrail.client.build import sign
from cardtrail.client.client import Client
from cardtrail.client.errors import NodeUnavailable
from cardtrail.client.exchange import Patience
from cardtrail.node.directory import Directory
from cardtrail.node.embedded import EmbeddedTransport
from cardtrail.node.service import Node, Options
from cardtrail.wallet.codes import CardCode, code_key
from cardtrail.web.ledger.follow import catch_up
from cardtrail.web.ledger.founding import found
from cardtrail.web.ledger.link import Link, linked
from cardtrail.web.ui.clock import DAY_MS, HOUR_MS, now_ms
from cardtrail.wire.answers import Accepted
from cardtrail.wire.commands import Activate, Body, Define, Issue
from cardtrail.wire.products import Terms, Transferable
from cardtrail.wire.roles import Role

TERMS = Terms(
    currency="CNY",
    faces=(5_000, 10_000, 50_000, 100_000),
    face_limit_minor=100_000,
    named=False,
    transferable=Transferable.SALE,
    cooling_off_ms=0,
    resale_cap_bp=10_000,
    max_hops=20,
    clearance=(),
    split=True,
    merge=True,
    validity_ms=3 * 366 * DAY_MS,
    hold_limit_ms=60 * DAY_MS,
    rebind_delay_ms=0,
)


class Wire:
    """The way to the node, which a test can cut."""

    def __init__(self, inner: EmbeddedTransport) -> None:
        self._inner = inner
        self.cut = False

    def request(self, *args: Any, **kwargs: Any) -> Any:
        if self.cut:
            raise NodeUnavailable("the test has cut the wire")
        return self._inner.request(*args, **kwargs)

    def stream(self, *args: Any, **kwargs: Any) -> Any:
        if self.cut:
            raise NodeUnavailable("the test has cut the wire")
        return self._inner.stream(*args, **kwargs)


@dataclass
class Ledger:
    """A founded ledger behind the link, and short ways to put cards on it.

    offset_ms   how far the node's clock is ahead of ours; a test moves it
    """

    link: Link
    wire: Wire
    node: Node
    clock: dict[str, int]
    codes: dict[int, CardCode] = field(default_factory=dict)

    def define(self, name: str = "春日礼品卡", **terms: Any) -> int:
        """A product; gives its number."""
        from msgspec.structs import replace

        info = self.link.client.ledger()
        number = len(info.products)
        self.submit(Define(*self._sequenced(), number, name, replace(TERMS, **terms)), Role.ISSUER)
        return number

    def issue(
        self, count: int = 1, face: int = 50_000, product: int = 0, *, active: bool = True
    ) -> list[int]:
        """Cards with codes (`codes[serial]`); gives their serials."""
        info = self.link.client.ledger()
        if not info.products:
            self.define()
        first = info.cards
        codes = [CardCode.generate() for _ in range(count)]
        network = self.link.network
        owners = tuple(code_key(code, network, first + place).public for place, code in enumerate(codes))
        self.submit(Issue(*self._sequenced(), product, face, first, owners), Role.ISSUER)
        if active:
            self.submit(Activate(*self._sequenced(), first, count), Role.ISSUER)
        serials = list(range(first, first + count))
        self.codes |= dict(zip(serials, codes, strict=True))
        catch_up()
        return serials

    def submit(self, body: Body, *roles: Role) -> Accepted:
        answer = self.link.client.submit(sign(body, *(self.link.authority(role) for role in roles)))
        assert isinstance(answer, Accepted), answer
        return answer

    def later(self, ms: int) -> None:
        """The ledger's clock moves on."""
        self.clock["offset_ms"] += ms

    def _sequenced(self) -> tuple[bytes, int, int]:
        info = self.link.client.ledger()
        return self.link.network, now_ms() + self.clock["offset_ms"] + HOUR_MS, info.sequence(Role.ISSUER)


@contextmanager
def ledger_in(path: Path, *, workers: int = 0, checkpoint_interval_ms: int = 50) -> Iterator[Ledger]:
    """A ledger in a new directory, founded and linked, until the block ends."""
    directory = Directory.create(path, "cardtrail.test/web")
    clock = {"offset_ms": 0}
    options = Options(
        workers=workers,
        checkpoint_interval_ms=checkpoint_interval_ms,
        clock=lambda: now_ms() + clock["offset_ms"],
    )
    with Node(directory, options) as node, EmbeddedTransport(node) as transport:
        wire = Wire(transport)
        patience = Patience(attempts=2, first_s=0.01, most_s=0.02, total_s=1.0)
        link = Link(Client(wire, directory.vkey(), patience=patience), path / "keys")
        with linked(link):
            found(link)
            yield Ledger(link, wire, node, clock)


def text_codes(ledger: Ledger, serials: Sequence[int]) -> list[str]:
    """The codes as people type them."""
    return [ledger.codes[serial].grouped for serial in serials]
