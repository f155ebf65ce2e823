"""Circumstances of a request, and where a step-up sends people."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from django.test import RequestFactory

from cardtrail.web.actions.confirm import Witness, confirm
from cardtrail.web.actions.orders import Order
from cardtrail.web.risks.presence import Presence
from cardtrail.web.risks.step_up import step_up_url
from cardtrail.web.ui.texts import Text
from tests.web.people import agree, secured


@pytest.fixture
def person(people):
    return people.make()


@pytest.fixture
def request_of(person, settings):
    def make(*methods):
        request = RequestFactory().get("/", REMOTE_ADDR="::ffff:192.0.2.9")
        request.user = person
        request.session = {"account_authentication_methods": list(methods)}
        return request

    return make


def test_the_device_and_the_address_in_its_one_spelling(request_of):
    found = Presence.of(request_of())
    assert found.address == "192.0.2.9"
    assert found.device_id is not None
    assert found.proved_ms is None


def test_the_last_proof_by_passkey_or_app_counts(request_of):
    records = (
        {"method": "mfa", "type": "totp", "at": 100.5},
        {"method": "mfa", "type": "webauthn", "at": 200.25},
        {"method": "mfa", "type": "recovery_codes", "at": 900.0},
        {"method": "password", "at": 901.0},
        {"method": "mfa", "type": "totp"},
    )
    assert Presence.of(request_of(*records)).proved_ms == 200_250


def test_in_a_demonstration_the_password_has_to_do(request_of, person, settings):
    password = {"method": "password", "at": 100.0}
    settings.CONFIG = SimpleNamespace(demo=True, trusted_proxies=())
    assert Presence.of(request_of(password)).proved_ms == 100_000
    Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data={})
    assert Presence.of(request_of(password)).proved_ms is None


def test_circumstances_of_what_was_confirmed(person, request_of):
    device = Presence.of(request_of()).device_id
    witness = Witness(person, "en", bytes(32), str(device), "192.0.2.1", "x", "mfa")
    made = confirm(witness, purpose="buy", text=Text("买", "Buy"), orders=[Order("deliver", 1, {})])
    assert Presence.of_confirmation(made) == Presence(device, "192.0.2.1", None)


def test_a_program_has_no_device(person):
    assert Presence.of_confirmation(agree(person, Order("hold", 1, {}))).device_id is None


def test_where_a_step_up_sends_people(request_of, person, settings):
    def path():
        return step_up_url(request_of(), "/sell/7/?x=1")

    assert path() == "/accounts/2fa/?next=%2Fsell%2F7%2F%3Fx%3D1"
    Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data={})
    assert path().startswith("/accounts/2fa/webauthn/reauthenticate/?")
    secured(person)
    assert path().startswith("/accounts/2fa/reauthenticate/?")


def test_in_a_demonstration_it_is_the_password(request_of, settings):
    settings.CONFIG = SimpleNamespace(demo=True, trusted_proxies=())
    assert step_up_url(request_of(), "/").startswith("/accounts/reauthenticate/?")
