"""What one root derives is fixed for ever, and nothing of it repeats."""

from __future__ import annotations

import pytest

from cardtrail.wallet.derive import Root
from tests.wallet.vectors import load


@pytest.mark.parametrize("vector", load("derive")["derived"])
def test_vectors(vector):
    root = Root(bytes.fromhex(vector["root"]), bytes.fromhex(vector["network"]))
    serial, number = vector["serial"], vector["number"]
    assert root.owner_key(serial, number).public.hex() == vector["owner"]
    assert root.gift_secret(serial, number).hex() == vector["gift"]
    assert root.rebind_key(serial, number).public.hex() == vector["rebind"]


def test_every_purpose_card_and_hop_has_its_own():
    secrets = set()
    for network in (bytes(16), b"x" * 16):
        root = Root(bytes(32), network)
        for serial in (0, 1, 256):
            for number in (0, 1, 256):
                secrets.add(root.owner_key(serial, number).seed)
                secrets.add(root.rebind_key(serial, number).seed)
                secrets.add(root.gift_secret(serial, number))
    assert len(secrets) == 2 * 3 * 3 * 3
    assert len({secret[:16] for secret in secrets}) == len(secrets)


def test_a_root_is_random_and_hidden():
    root = Root.generate(bytes(16))
    assert root.secret != Root.generate(bytes(16)).secret
    assert root.secret.hex() not in repr(root)
    for secret, network in ((bytes(31), bytes(16)), (bytes(32), bytes(15))):
        with pytest.raises(ValueError, match="a root has"):
            Root(secret, network)
