"""Attack 14: addresses written in other ways, and forwarding headers that somebody made up."""

from __future__ import annotations

import ipaddress

import pytest
from django.conf import settings
from django.test import Client, RequestFactory

from cardtrail.web.accounts import address
from cardtrail.web.accounts.address import client_address, parse_address, shortened
from tests.web.accounts.flows import LOGIN

PROXIES = tuple(ipaddress.ip_network(text) for text in ("10.0.0.0/8", "2001:db8:f::/48"))


@pytest.fixture
def behind_proxies(monkeypatch):
    monkeypatch.setattr(settings, "CONFIG", _with_proxies(PROXIES))


def _with_proxies(networks):
    class Changed(type(settings.CONFIG)):
        trusted_proxies = networks

        def __init__(self):
            pass

        def __getattr__(self, name):
            raise AttributeError(name)

    return Changed()


def seen(peer: str, forwarded: str | None = None) -> str:
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return str(client_address(RequestFactory().get("/", REMOTE_ADDR=peer, **headers)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:c000:0201", "192.0.2.1"),
        ("0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"),
        ("2001:DB8::0001", "2001:db8::1"),
    ],
)
def test_one_spelling_for_one_address(text, expected):
    assert str(parse_address(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "010.0.0.1", "192.000.002.001", "0x7f.0.0.1", "127.1", "2130706433", "192.0.2.1:80", "[2001:db8::1]",
        "fe80::1%eth0", "192.0.2.1 ", " 192.0.2.1", "", "unknown", "１９２.0.2.1", "1" * 5000, "192.0.2.256",
        "::ffff:010.0.0.1",
    ],
)  # fmt: skip
def test_odd_spellings_are_no_addresses(text):
    assert parse_address(text) is None


def test_nobody_is_believed_unless_the_operator_says_so():
    assert seen("198.51.100.7", "192.0.2.1") == "198.51.100.7"
    assert seen("10.0.0.1", "192.0.2.1") == "10.0.0.1"


@pytest.mark.usefixtures("behind_proxies")
@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("203.0.113.9, 192.0.2.1", "192.0.2.1"),  # The client wrote the left one itself.
        ("10.9.9.9, 192.0.2.1", "192.0.2.1"),
        ("203.0.113.9, 192.0.2.1, 10.0.0.2, 2001:db8:f::5", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("192.0.2.1, ::ffff:10.0.0.2", "192.0.2.1"),
        ("192.0.2.1, nonsense", "10.0.0.1"),
        ("192.0.2.1, 010.0.0.2", "10.0.0.1"),
        ("192.0.2.1, ", "10.0.0.1"),
        ("", "10.0.0.1"),
        (", ".join(["192.0.2.1", *["10.0.0.2"] * 5000]), "10.0.0.2"),
    ],
)
def test_a_chain_is_walked_from_the_right(forwarded, expected):
    assert seen("10.0.0.1", forwarded) == expected


@pytest.mark.usefixtures("behind_proxies")
def test_a_stranger_cannot_use_the_proxies_header():
    assert seen("198.51.100.7", "192.0.2.1") == "198.51.100.7"


def test_a_local_socket_is_this_machine():
    assert seen("") == "127.0.0.1"


def test_a_server_that_gives_nonsense_is_noticed():
    with pytest.raises(ValueError, match="nobody knows"):
        seen("somewhere")


@pytest.mark.parametrize(
    ("text", "expected"), [("192.0.2.77", "192.0.2.*"), ("2001:db8:7:1:2:3:4:5", "2001:db8:7::*")]
)
def test_a_shortened_address_names_nobody(text, expected):
    assert shortened(ipaddress.ip_address(text)) == expected


def tries(names: list[dict[str, str]]) -> list[int]:
    """The answers to sign-ins with a wrong password, under many names of one client, for one person each."""
    return [
        Client()
        .post(LOGIN, {"login": f"x{number}@example.com", "password": "wrong"}, **name)
        .content.count("太多次".encode())
        for number, name in enumerate(names)
    ]


LIMITS = {"login_failed": "20/m/ip"}
"""The real limit of an address is far higher; what counts as one address is the same."""

FORWARDED = [{"REMOTE_ADDR": "198.51.100.7", "HTTP_X_FORWARDED_FOR": f"192.0.2.{n}"} for n in range(24)]
MAPPED = [{"REMOTE_ADDR": ("::ffff:" if n % 2 else "") + "198.51.100.7"} for n in range(24)]


@pytest.mark.parametrize("names", [FORWARDED, MAPPED], ids=["spoof_the_header", "map_the_address"])
def test_attack_14_another_name_for_oneself_does_not_lift_the_limit(names, settings):
    settings.ACCOUNT_RATE_LIMITS = LIMITS
    answers = tries(names)
    assert not any(answers[:20])
    assert all(answers[20:])


def test_attack_14_without_the_list_of_proxies_a_made_up_header_lifts_it(monkeypatch, settings):
    settings.ACCOUNT_RATE_LIMITS = LIMITS
    monkeypatch.setattr(address, "is_trusted", lambda peer, networks: str(peer) == "198.51.100.7")
    assert not any(tries(FORWARDED))


def test_attack_14_without_normalising_a_client_counts_twice(monkeypatch, settings):
    settings.ACCOUNT_RATE_LIMITS = LIMITS
    monkeypatch.setattr(address, "normal", lambda found: found)
    assert not any(tries(MAPPED))
