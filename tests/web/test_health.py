"""`/healthz`: 200 only when everything that serves people is there."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.urls import path

from cardtrail.client.errors import NodeUnavailable
from cardtrail.web import health

urlpatterns = [path("healthz", health.healthz)]
pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.urls(__name__)]


class Node:
    """A node of which only the health is known."""

    def __init__(self, status: int | None) -> None:
        self.status = status
        self.asked = 0

    @property
    def transport(self) -> Node:
        return self

    def request(self, method: str, where: str) -> SimpleNamespace:
        self.asked += 1
        assert (method, where) == ("GET", "/healthz")
        if self.status is None:
            raise NodeUnavailable("nobody answers")
        return SimpleNamespace(status=self.status)


@pytest.fixture
def node(monkeypatch) -> Node:
    made = Node(200)
    monkeypatch.setattr(health, "client", lambda: made)
    monkeypatch.setattr(health, "_glance", health.Glance())
    cache.delete(health.BEAT)
    return made


def asked(client) -> tuple[int, dict[str, str]]:
    health._glance = health.Glance()
    response = client.get("/healthz")
    body = json.loads(response.content)
    assert body["ready"] is (response.status_code == 200)
    return response.status_code, body["parts"]


def test_not_ready_before_the_worker_is(client, node) -> None:
    assert asked(client) == (503, {"web": "ready", "node": "ready", "database": "ready", "worker": "away"})
    health.beat()
    assert asked(client) == (200, dict.fromkeys(("web", "node", "database", "worker"), "ready"))
    cache.delete(health.BEAT)
    assert asked(client)[0] == 503


@pytest.mark.parametrize("status", [None, 503])
def test_not_ready_without_the_node(client, node, status) -> None:
    health.beat()
    node.status = status
    assert asked(client) == (503, {"web": "ready", "node": "away", "database": "ready", "worker": "ready"})


def test_a_worker_that_fell_silent_is_away(client, node, monkeypatch) -> None:
    health.beat()
    later_ms = health._now_ms() + health.BEAT_LASTS_MS
    monkeypatch.setattr(health, "_now_ms", lambda: later_ms)
    assert asked(client)[1]["worker"] == "away"


def test_not_ready_without_the_database(client, node, monkeypatch) -> None:
    def broken(key: str) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(health.cache, "get", broken)
    assert asked(client) == (503, {"web": "ready", "node": "ready", "database": "away", "worker": "away"})


def test_asking_often_makes_nobody_look_more_often(client, node) -> None:
    for _ in range(20):
        client.get("/healthz")
    assert node.asked <= 2, "the node was asked for (almost) every visitor"


def test_it_is_not_kept_and_not_written_to(client, node) -> None:
    assert "no-store" in client.get("/healthz")["cache-control"]
    assert client.post("/healthz").status_code == 405
