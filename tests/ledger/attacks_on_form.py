"""Attacks with bytes: odd numbers, spellings and signatures; and what each meets taken away. See `test_attacks`."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from cardtrail.ledger import checks, intake
from cardtrail.ledger.change import Change
from cardtrail.ledger.intake import Request, read_command
from cardtrail.signing.keys import verify
from cardtrail.wire import codec
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import BODY_CODEC, Redeem
from cardtrail.wire.roles import Role
from cardtrail.wire.signed import SIGNED_CODEC, Signed, SignedBy
from tests import ledger_world
from tests.ledger_world import World, key, sign

GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
"""L of RFC 8032, section 5.1."""


def worked(answer: object) -> bool:
    return isinstance(answer, Change)


def redeem_a_negative_amount(world: World) -> bool:
    """30: paying minus five fills the card. The bytes are what a program without our types would send."""
    world.card(world.define())
    world.ok("redeem", serial=0, amount_minor=5)
    body = world.make("redeem", serial=0, amount_minor=-5)
    read = intake.read_command(sign(body, [key("ann")]), world.network)
    return isinstance(read, Request) and worked(world.apply(read))


class Unbounded:
    """A decoder that takes the numbers of a payment as they come."""

    def decode(self, data: bytes, **_: Any) -> Any:
        tag, *rest = msgspec.msgpack.decode(data)
        return Redeem(*rest) if tag == "redeem" else BODY_CODEC.decode(data)


def take_any_number(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(intake, "BODY_CODEC", Unbounded())


def spell_a_number_longer(world: World) -> bool:
    """30: the same command in other bytes has another id, so it could be in the log beside itself."""
    world.card(world.define())
    body = encode(world.make("redeem", serial=0, amount_minor=7)).replace(b"\x07", b"\xcc\x07", 1)
    message = intake.command_message(body)
    raw = encode(Signed(body, (SignedBy(key("ann").public, key("ann").sign(message)),), None))
    return worked(world.submit(raw))


def skip_canonical(patch: pytest.MonkeyPatch) -> None:
    plain = codec.Codec.decode
    patch.setattr(
        codec.Codec, "decode", lambda self, data, canonical=False: plain(self, data, canonical=False)
    )


def add_a_field(world: World) -> bool:
    """31: somebody on the way adds a field to a signed command: other bytes in the log, the same signature."""
    world.card(world.define())
    raw = sign(world.make("redeem", serial=0), [key("ann")])
    return worked(world.submit(b"\x94" + raw[1:] + b"\x2a"))


def add_a_byte(world: World) -> bool:
    """31: bytes behind the command."""
    world.card(world.define())
    return worked(world.submit(sign(world.make("redeem", serial=0), [key("ann")]) + b"\x2a"))


class Forgiving:
    """A decoder that reads what it knows and overlooks the rest."""

    def decode(self, data: bytes, **_: Any) -> Any:
        inner = data[1:]
        for end in range(len(data), 0, -1):
            try:
                return SIGNED_CODEC.decode(b"\x93" + inner[: end - 1])
            except codec.Malformed:
                continue
        raise codec.Malformed


def overlook(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(intake, "SIGNED_CODEC", Forgiving())


def sign_twice_with_one_key(world: World) -> bool:
    """31: of a role that needs two signatures, one officer signs twice."""
    world.appoint(Role.CUSTODIAN, ("cu1", "cu2"), 2, by=Role.CUSTODIAN)
    good = SIGNED_CODEC.decode(sign(world.make("attest"), [key("cu1")]))
    return worked(world.submit(encode(Signed(good.body, good.signatures * 2, None))))


def allow_repeats(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(intake, "_signers", lambda signatures: tuple(by.key for by in signatures))


def use_a_command_of_another_network(world: World) -> bool:
    """31: the same keys run a test ledger; a command from there is sent here."""
    world.card(world.define())
    other = World.open(network=bytes(range(16)))
    other.card(other.define())
    return worked(world.submit(sign(other.make("redeem", serial=0), [key("ann")])))


def ignore_networks(patch: pytest.MonkeyPatch) -> None:
    def read(self: World, raw: bytes, reader: Any = read_command) -> Any:
        request = reader(raw, None)
        return request._replace(body=replace(request.body, network=self.network))

    patch.setattr(World, "read", read)


def reuse_a_signature_of_another_purpose(world: World) -> bool:
    """31: somebody was made to sign bytes for another purpose, and those bytes are a command."""
    world.card(world.define())
    body = encode(world.make("redeem", serial=0))
    by = SignedBy(key("ann").public, key("ann").sign(body))
    return worked(world.submit(encode(Signed(body, (by,), None))))


def drop_the_domain(patch: pytest.MonkeyPatch) -> None:
    for module in (intake, ledger_world):
        patch.setattr(module, "command_message", lambda body: body)


def make_the_decoder_work(world: World) -> bool:
    """31: megabytes of nonsense reach the decoder."""
    seen = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intake.SIGNED_CODEC, "_decoder", type("Spy", (), {"decode": seen.append})())
        try:
            world.submit(bytes(1_000_000))
        except AttributeError:
            return bool(seen)  # The spy's answer is no command.
    return bool(seen)


def allow_any_size(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(intake, "MAX_SIGNED_BYTES", 10_000_000)


def change_a_signature_without_the_key(world: World) -> bool:
    """32: S + L fits the same equation as S: another spelling of a signature, made by a stranger."""
    world.card(world.define())
    good = SIGNED_CODEC.decode(sign(world.make("redeem", serial=0), [key("ann")]))
    by = good.signatures[0]
    larger = int.from_bytes(by.signature[32:], "little") + GROUP_ORDER
    other = by.signature[:32] + larger.to_bytes(32, "little")
    return worked(world.submit(encode(Signed(good.body, (SignedBy(by.key, other),), None))))


def reduce_scalars(patch: pytest.MonkeyPatch) -> None:
    class Lax:
        def submit(self, jobs: Any) -> Any:
            valid = []
            for public, message, signature in jobs:
                scalar = int.from_bytes(signature[32:], "little") % GROUP_ORDER
                valid.append(verify(public, message, signature[:32] + scalar.to_bytes(32, "little")))
            return type("Ticket", (), {"result": lambda self: valid})()

    read = World.read

    def lax(self: World, *arguments: Any) -> Any:
        self.admission._verifier = Lax()
        return read(self, *arguments)

    patch.setattr(World, "read", lax)


def give_to_a_key_of_small_order(world: World) -> bool:
    """32: a key for which a lax verifier takes anybody's signature becomes an owner."""
    small = bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")
    return worked(world.try_("transfer", serial=world.card(world.define()), owner=small))


def take_any_key(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(checks, "is_usable_key", lambda key: True)
