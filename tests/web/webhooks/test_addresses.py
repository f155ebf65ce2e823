from __future__ import annotations

import ipaddress
import socket

import pytest

from cardtrail.web.webhooks import addresses
from cardtrail.web.webhooks.addresses import is_public, parse_url, resolve
from cardtrail.web.webhooks.failures import FAILURES, SendFailed
from cardtrail.web.webhooks.messages import Message
from cardtrail.web.webhooks.post import post


def refusal(url: str) -> str:
    with pytest.raises(SendFailed) as caught:
        resolve(parse_url(url))
    assert caught.value.code in FAILURES
    return caught.value.code


@pytest.fixture
def names(monkeypatch):
    """A resolver that knows what the test tells it, and counts how often it is asked."""
    known: dict[str, list[list[str]]] = {}
    asked: list[str] = []

    def getaddrinfo(host, port, *_, **__):
        asked.append(host)
        if host not in known:
            raise socket.gaierror
        answers = known[host]
        now = answers.pop(0) if len(answers) > 1 else answers[0]
        family = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [
            (family[ipaddress.ip_address(one).version], socket.SOCK_STREAM, 6, "", (one, port)) for one in now
        ]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", getaddrinfo)
    known["asked"] = [asked]
    return known


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.com/", "not_https"),
        ("ftp://example.com/", "not_https"),
        ("file:///etc/passwd", "not_https"),
        ("javascript:alert(1)", "not_https"),
        ("example.com", "not_https"),
        ("https://", "not_an_address"),
        ("https:///x", "not_an_address"),
        ("https://example.com/#x", "not_an_address"),
        ("https://exa mple.com/", "not_an_address"),
        ("https://example.com/\r\nHost: x", "not_an_address"),
        ("https://example.com\\@10.0.0.1/", "not_an_address"),
        ("https://例子.中国/", "not_an_address"),
        ("https://[::1", "not_an_address"),
        ("https://[fe80::1%eth0]/", "not_an_address"),
        ("https://-x.example/", "not_an_address"),
        ("https://example.com:99999/", "not_an_address"),
        ("https://" + "a" * 500 + ".example/", "not_an_address"),
        ("https://user@example.com/", "has_user"),
        ("https://user:pass@example.com/", "has_user"),
        ("https://@example.com/", "has_user"),
        ("https://example.com:22/", "bad_port"),
        ("https://example.com:25/", "bad_port"),
        ("https://example.com:80/", "bad_port"),
        ("https://example.com:0/", "bad_port"),
    ],
)
def test_an_address_of_another_form_is_refused(url, code):
    assert refusal(url) == code


@pytest.mark.parametrize(
    "host",
    [
        *("0177.0.0.1", "127.1", "0x7f.1", "0x7f000001", "2130706433", "017700000001", "127.0.0.01"),
        *("1.2.3.4.5", "256.1.1.1", "example.0x7f", "10.0.0.1.", "0x", "4294967297"),
    ],
)
def test_numbers_that_readers_disagree_about_are_refused(host):
    assert refusal(f"https://{host}/") == "odd_number"


INTERNAL = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.1.2.3", "172.16.0.1", "172.31.255.255"),
    *("192.168.1.1", "169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
    *("198.18.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("::1", "::", "::127.0.0.1", "fe80::1", "fc00::1", "fd00:ec2::254", "fdff::1", "ff02::1", "fec0::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1"),
    *("64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "100::1", "5f00::1", "3fff::1"),
]
PUBLIC = [
    *("1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "223.255.255.254", "169.253.1.1"),
    *("2606:4700:4700::1111", "240e:1::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"),
]


@pytest.mark.parametrize("address", INTERNAL)
def test_an_internal_address_is_refused(address, names):
    assert not is_public(ipaddress.ip_address(address))
    names["hooks.example"] = [[address]]
    assert refusal("https://hooks.example/") == "not_public"
    names[address] = [[address]]
    assert refusal(f"https://[{address}]/" if ":" in address else f"https://{address}/") == "not_public"


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_taken(address, names):
    names["hooks.example"] = [[address]]
    assert resolve(parse_url("https://hooks.example/a?b=c")) == [str(ipaddress.ip_address(address))]


def test_one_internal_address_among_public_ones_refuses_the_name(names):
    names["hooks.example"] = [["1.1.1.1", "10.0.0.1"]]
    assert refusal("https://hooks.example/") == "not_public"


def test_a_name_that_nobody_knows(names):
    assert refusal("https://nowhere.example/") == "unknown_name"


def test_localhost_is_refused_by_where_it_leads():
    assert refusal("https://localhost:8443/") == "not_public"


@pytest.mark.usefixtures("loopback")
def test_where_this_machine_is_allowed_nothing_else_is(names):
    names.update(
        {
            "127.0.0.1": [["127.0.0.1"]],
            "[::1]": [["::1"]],
            "inside": [["10.0.0.1"]],
            "outside": [["1.1.1.1"]],
        }
    )
    assert resolve(parse_url("http://127.0.0.1:8000/")) == ["127.0.0.1"]
    assert refusal("http://inside:8000/") == "not_public"
    assert refusal("https://inside:8000/") == "not_public"
    # Without TLS only to this machine itself.
    assert refusal("http://outside:8000/") == "not_public"


def test_the_address_that_was_checked_is_the_one_connected_to(names, monkeypatch):
    """A name that answers with a public address first and an internal one from then on."""
    names["hooks.example"] = [["1.1.1.1"], ["127.0.0.1"]]
    connected = []

    def create_connection(address, *_, **__):
        connected.append(address)
        raise OSError

    monkeypatch.setattr("urllib3.util.connection.create_connection", create_connection)
    answer = post("https://hooks.example/", Message({}, b"{}"))
    assert connected == [("1.1.1.1", 443)]
    assert answer.error == "no_connection"
    assert names["asked"] == [["hooks.example"]]


def test_an_internal_address_is_refused_at_the_time_of_sending_too(names, monkeypatch):
    """The form's check is not enough: the name may have changed since."""
    names["hooks.example"] = [["127.0.0.1"]]

    def create_connection(*_, **__):
        raise AssertionError("connected")

    monkeypatch.setattr("urllib3.util.connection.create_connection", create_connection)
    assert post("https://hooks.example/", Message({}, b"{}")).error == "not_public"
