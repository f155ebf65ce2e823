"""How gunicorn is set up: whose word it takes, and what stops it at the start."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import clear_url_caches, set_urlconf

from cardtrail.web.config import load
from cardtrail.web.server import Server


def server(tmp_path: Path, **environment: str) -> Server:
    return Server("127.0.0.1:0", 2, load({"CARDTRAIL_DIR": str(tmp_path), **environment}))


def test_nobody_is_believed_who_was_not_named(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--forwarded-allow-ips=* --workers=9")
    cfg = server(tmp_path).cfg
    assert cfg.forwarded_allow_ips == []
    assert cfg.forwarder_headers == []
    assert cfg.workers == 2
    named = server(tmp_path, CARDTRAIL_TRUSTED_PROXIES="10.0.0.0/8, 192.0.2.7").cfg
    assert named.forwarded_allow_ips == ["10.0.0.0/8", "192.0.2.7/32"]


def test_there_is_no_way_in_beside_the_pages(tmp_path) -> None:
    cfg = server(tmp_path).cfg
    assert cfg.control_socket_disable is True
    assert cfg.address == [("127.0.0.1", 0)]


def test_requests_have_bounds(tmp_path) -> None:
    cfg = server(tmp_path).cfg
    assert 0 < cfg.limit_request_line <= 8190
    assert 0 < cfg.limit_request_fields <= 100
    assert 0 < cfg.timeout <= 60
    assert cfg.worker_class_str == "gthread"


def test_pages_that_cannot_be_loaded_stop_the_start(tmp_path, settings) -> None:
    settings.ROOT_URLCONF = "tests.web.no_such_pages"
    clear_url_caches()
    set_urlconf(None)
    try:
        with pytest.raises(ModuleNotFoundError, match="no_such_pages"):
            server(tmp_path).load()
    finally:
        clear_url_caches()
