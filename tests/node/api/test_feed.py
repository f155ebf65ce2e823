"""The live feed: what comes, in which order, after a break, and when nothing or the end comes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from cardtrail.node.api.entry_views import entry_to_json
from cardtrail.node.api.feed import KEPT_EVENTS, Feeds
from cardtrail.node.api.limits import Limits
from cardtrail.node.embedded import EmbeddedTransport
from cardtrail.wire.requests import StreamRefused
from tests.node.api.served import problem


class Event(NamedTuple):
    """One event; a comment has no name."""

    name: str
    id: str
    data: Any


def events(chunks: Iterator[bytes]) -> Iterator[Event]:
    """Server-Sent Events as a browser reads them."""
    text = ""
    for chunk in chunks:
        text += chunk.decode()
        *whole, text = text.split("\n\n")
        for block in whole:
            fields = dict(line.partition(": ")[::2] for line in block.split("\n"))
            data = json.loads(fields["data"]) if "data" in fields else None
            yield Event(fields.get("event", ""), fields.get("id", ""), data)


def until_checkpoint(stream: Iterator[Event], size: int) -> list[Event]:
    seen = []
    for event in stream:
        seen.append(event)
        if event.name == "checkpoint" and event.data["size"] >= size:
            return seen
    raise AssertionError("the feed ended early")


def entries_of(seen: list[Event]) -> list[int]:
    return [event.data["index"] for event in seen if event.name == "entry"]


def test_everything_from_the_first_entry_on(served):
    size = served.checkpoint().size
    with served.transport.stream("/v1/feed") as chunks:
        seen = until_checkpoint(events(chunks), size)
    assert entries_of(seen) == list(range(size))
    views = served.json("/v1/entries?limit=1000")
    assert [event.data for event in seen if event.name == "entry"] == views
    assert all(event.id == str(event.data["index"]) for event in seen if event.name == "entry")
    assert seen[-1].data["checkpoint"] == served.get("/checkpoint").body.decode()
    assert seen[-1].id == "", "a checkpoint must not move the place where a reader goes on"


def test_what_comes_while_the_feed_is_open(served):
    size = served.checkpoint().size
    with served.transport.stream(f"/v1/feed?after={size - 1}") as chunks:
        stream = events(chunks)
        assert entries_of(until_checkpoint(stream, size)) == []
        served.world.pass_on(0, "bob")
        [answer] = served.accept(wait=True)
        seen = until_checkpoint(stream, answer.index + 1)
    assert entries_of(seen)[0] == answer.index == size
    assert seen[0].data["kind"] == "transfer"


def test_a_checkpoint_that_comes_while_another_is_being_sent_is_told_too():
    """Sending waits for the reader, and the next checkpoint does not."""
    published = SimpleNamespace(size=1, note="first")
    node = SimpleNamespace(
        stopped=False,
        engine=SimpleNamespace(state=SimpleNamespace(size=0)),
        publisher=published,
    )

    async def until(done: Any, _: float) -> bool:
        return bool(done())

    context: Any = SimpleNamespace(
        node=node,
        limits=Limits(),
        store=SimpleNamespace(entries=lambda first, end: []),
        log=SimpleNamespace(latest=lambda: SimpleNamespace(size=published.size, note=published.note)),
        mailbox=SimpleNamespace(closing=False, until=until),
    )

    async def told() -> list[Any]:
        feed = Feeds(context)._events(9)
        await anext(feed)
        first = await anext(feed)
        published.size, published.note = 2, "second"
        return [event.data for event in events(iter([first, await anext(feed)]))]

    assert asyncio.run(told()) == [{"size": 1, "checkpoint": "first"}, {"size": 2, "checkpoint": "second"}]


def test_an_entry_is_rendered_once_for_all_feeds(served, monkeypatch):
    rendered = []

    def counted(index: int, entry: bytes) -> Any:
        rendered.append(index)
        return entry_to_json(index, entry)

    monkeypatch.setattr("cardtrail.node.api.feed.entry_to_json", counted)
    size = served.checkpoint().size
    for _ in range(3):
        with served.transport.stream("/v1/feed") as chunks:
            assert entries_of(until_checkpoint(events(chunks), size)) == list(range(size))
    assert rendered == list(range(size))
    for _ in range(KEPT_EVENTS):
        served.world.ok("redeem", serial=1, amount_minor=1)
    end = served.accept(wait=True)[-1].index + 1
    for _ in range(2):
        with served.transport.stream("/v1/feed") as chunks:
            assert entries_of(until_checkpoint(events(chunks), end))[:end] == list(range(end))
    assert rendered.count(0) == 2, "no more are kept than so many"


def test_a_reader_that_was_away_goes_on_where_it_left_off(served):
    """The header a browser sends by itself counts for more than the address it was given once."""
    size = served.checkpoint().size
    for path, headers in (("/v1/feed?after=4", {}), ("/v1/feed?after=0", {"last-event-id": "4"})):
        with served.transport.stream(path, headers=headers) as chunks:
            assert entries_of(until_checkpoint(events(chunks), size)) == list(range(5, size))


def test_a_reader_that_is_ahead_waits(served):
    with served.transport.stream("/v1/feed?after=1000") as chunks:
        seen = until_checkpoint(events(chunks), served.checkpoint().size)
    assert entries_of(seen) == []


def test_a_silent_feed_shows_that_it_lives(serve):
    served = serve(Limits(heartbeat_s=0.01))
    with served.transport.stream("/v1/feed?after=1000") as chunks:
        stream = events(chunks)
        until_checkpoint(stream, 1)
        assert [next(stream).name for _ in range(3)] == ["", "", ""]


def test_a_feed_ends_when_the_node_stops(served):
    size = served.checkpoint().size
    with served.transport.stream("/v1/feed") as chunks:
        stream = events(chunks)
        until_checkpoint(stream, size)
        served.node._orderer.stop()
        assert all(event.name == "" for event in stream)


def test_a_feed_ends_when_the_service_ends(served):
    size = served.checkpoint().size
    with served.transport.stream("/v1/feed") as chunks:
        stream = events(chunks)
        until_checkpoint(stream, size)
        served.transport._loop.call_soon_threadsafe(served.transport._api.end_feeds)
        assert all(event.name == "" for event in stream)
    problem(served.get("/v1/feed"), 503, "stopping")


def test_a_slow_reader_makes_the_node_keep_nothing(served, monkeypatch):
    """The feed reads on only when what it gave was taken: what is in between is a few events, not the log."""
    begin, streams = EmbeddedTransport._begin, []

    async def noted(self: EmbeddedTransport, scope: dict[str, Any]) -> Any:
        streams.append(await begin(self, scope))
        return streams[-1]

    monkeypatch.setattr(EmbeddedTransport, "_begin", noted)
    with served.transport.stream("/v1/feed") as chunks:
        next(chunks)
        for _ in range(60):
            served.world.ok("redeem", serial=1, amount_minor=1)
        answers = served.accept(wait=True)
        assert streams[0].chunks.qsize() <= 4
        taken = entries_of(until_checkpoint(events(chunks), answers[-1].index + 1))
    assert taken == list(range(taken[-1] + 1)), "and yet nothing is missing"


def test_a_mistake_in_the_middle_of_a_feed_is_raised_to_its_reader(served, monkeypatch):
    def mistake(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("cardtrail.node.api.feed.entry_to_json", mistake)
    with served.transport.stream("/v1/feed") as chunks, pytest.raises(ZeroDivisionError):
        list(chunks)


def test_only_so_many_feeds(serve):
    served = serve(Limits(feeds=1))
    with served.transport.stream("/v1/feed") as chunks:
        next(chunks)
        with pytest.raises(StreamRefused, match="503"), served.transport.stream("/v1/feed"):
            pass
        problem(served.get("/v1/feed"), 503, "busy")
    with served.transport.stream("/v1/feed") as chunks:
        next(chunks)


@pytest.mark.parametrize("start", ["-2", "x", "1e400", str(2**70), "\x00", "٣"])
def test_places_where_no_feed_begins(served, start):
    problem(served.get("/v1/feed", last_event_id=start.encode().decode("latin-1")), 400, "bad_parameter")
