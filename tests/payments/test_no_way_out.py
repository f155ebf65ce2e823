"""The guard of this folder bites: otherwise it would prove nothing about the adapters."""

from __future__ import annotations

import socket

import pytest

from cardtrail.payments.transport import Http
from tests.payments.conftest import LeftTheMachine


def test_a_socket_to_elsewhere_is_a_failure():
    with socket.socket() as one, pytest.raises(LeftTheMachine):
        one.connect(("203.0.113.1", 443))


def test_a_name_is_not_even_looked_up():
    with pytest.raises(LeftTheMachine):
        Http().send("GET", "https://api.stripe.com/v1/charges", {}, b"")
