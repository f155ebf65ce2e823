"""Custody: without the key file sealed bytes are noise, with it they open only as what they were sealed as."""

from __future__ import annotations

import os
import stat

import pytest

from cardtrail.wallet import custody
from cardtrail.wallet.custody import CustodyError, KeyRing, read_keyring, write_keyring
from tests.wallet.vectors import load

VECTORS = load("custody")
RING = KeyRing.parse(VECTORS["ring"])
ROOT, ABOUT = bytes(range(32)), b"root/7"


def changed_at(data: bytes, place: int) -> bytes:
    return data[:place] + bytes((data[place] ^ 1,)) + data[place + 1 :]


@pytest.mark.parametrize("vector", VECTORS["sealed"])
def test_vectors_open(vector):
    sealed = bytes.fromhex(vector["sealed"])
    assert RING.open(sealed, bytes.fromhex(vector["about"])).hex() == vector["data"]
    assert sealed[1:5].hex() == vector["key_id"]


@pytest.mark.parametrize("vector", VECTORS["hashes"])
def test_vectors_of_keyed_hashes(vector):
    purpose, data = bytes.fromhex(vector["purpose"]), bytes.fromhex(vector["data"])
    assert RING.keyed_hash(purpose, data).hex() == vector["hash"]


def test_the_vectors_key_file():
    keys = {name: bytes.fromhex(key) for name, key in VECTORS["keys"].items()}
    assert KeyRing((keys["current"], keys["old"]), keys["pepper"]).text == VECTORS["ring"]


def test_what_is_sealed_opens_and_shows_nothing():
    ring = KeyRing.generate()
    sealed = ring.seal(ROOT, ABOUT)
    assert ring.open(sealed, ABOUT) == ROOT
    assert ROOT[:8] not in sealed
    assert len(sealed) == 1 + 4 + 24 + len(ROOT) + 16
    assert sealed[1:5].hex() == ring.current_id


def test_the_same_data_never_look_the_same():
    assert len({RING.seal(ROOT, ABOUT) for _ in range(50)}) == 50


@pytest.mark.parametrize("about", [b"", b"root/8", b"root/77", b"gift/7", ABOUT + b"\x00"])
def test_sealed_bytes_moved_to_another_row_do_not_open(about):
    with pytest.raises(CustodyError, match="belong to something else"):
        RING.open(RING.seal(ROOT, ABOUT), about)


def test_a_flipped_byte_at_any_place_is_noticed():
    sealed = RING.seal(ROOT, ABOUT)
    for place in range(len(sealed)):
        with pytest.raises(CustodyError) as caught:
            RING.open(changed_at(sealed, place), ABOUT)
        assert ROOT.hex() not in str(caught.value)


def test_sealed_bytes_cut_short_or_longer_are_noticed():
    sealed = RING.seal(ROOT, ABOUT)
    for data in (*(sealed[:length] for length in range(len(sealed))), sealed + b"\x00"):
        with pytest.raises(CustodyError):
            RING.open(data, ABOUT)


def test_the_key_id_cannot_be_exchanged():
    """Two ids for one key would let sealed bytes pass for newer than they are."""
    sealed = RING.seal(ROOT, ABOUT)
    keys = RING._keys
    first, second = keys
    keys_swapped = KeyRing((keys[first], keys[second]), bytes(32))
    keys_swapped._keys = {first: keys[second], second: keys[first]}
    with pytest.raises(CustodyError, match="changed"):
        keys_swapped.open(sealed[:1] + second + sealed[5:], ABOUT)


def test_another_ring_names_the_key_that_is_missing():
    sealed = RING.seal(ROOT, ABOUT)
    with pytest.raises(CustodyError, match=RING.current_id):
        KeyRing.generate().open(sealed, ABOUT)


def test_rotation():
    old = KeyRing.generate()
    sealed = old.seal(ROOT, ABOUT)
    new = old.rotated()
    assert new.ids == (new.current_id, old.current_id)
    assert new.open(sealed, ABOUT) == ROOT
    assert old.is_current(sealed)
    assert not new.is_current(sealed)
    resealed = new.reseal(sealed, ABOUT)
    assert new.is_current(resealed)
    last = new.without_old()
    assert last.ids == (new.current_id,)
    assert last.open(resealed, ABOUT) == ROOT
    with pytest.raises(CustodyError, match=old.current_id):
        last.open(sealed, ABOUT)


def test_resealing_needs_to_know_what_it_is_about():
    with pytest.raises(CustodyError):
        RING.rotated().reseal(RING.seal(ROOT, ABOUT), b"root/8")


def test_keyed_hashes_survive_rotation_and_differ_by_purpose_and_ring():
    ring = KeyRing.generate()
    found = ring.keyed_hash(b"legacy-code", b"12345678")
    assert ring.rotated().without_old().keyed_hash(b"legacy-code", b"12345678") == found
    others = {
        ring.keyed_hash(b"legacy-code", b"12345679"),
        ring.keyed_hash(b"other", b"12345678"),
        ring.keyed_hash(b"legacy-code1", b"2345678"),
        KeyRing.generate().keyed_hash(b"legacy-code", b"12345678"),
    }
    assert len(others) == 4
    assert found not in others


def test_nothing_shows_the_keys():
    ring = KeyRing.generate().rotated()
    secrets = [line.split()[-1] for line in ring.text.splitlines() if not line.startswith("#")]
    assert len(secrets) == 3
    assert not any(secret in f"{ring!r}{ring!s}{ring.ids}" for secret in secrets)


def test_a_text_with_comments_white_space_and_semicolons():
    lines = RING.text.splitlines()[1:]
    assert KeyRing.parse("; ".join(lines)).text == RING.text
    spaced = "\r\n\r\n".join(f"  {line}\t # since; May" for line in lines)
    assert KeyRing.parse(spaced).text == RING.text


def test_every_changed_character_of_a_text_is_noticed():
    text = "\n".join(RING.text.splitlines()[1:])
    for place, char in enumerate(text):
        for other in {"A", "0", "b", "_", ";", "é"} - {char}:
            if {char, other} == {"\n", ";"}:
                continue
            with pytest.raises(CustodyError) as caught:
                KeyRing.parse(text[:place] + other + text[place + 1 :])
            assert not any(word in str(caught.value) for word in text.split() if len(word) > 8)


def test_texts_that_are_no_ring():
    _, current, old, pepper = RING.text.splitlines()
    for lines in (
        [],
        ["# nothing"],
        [current],
        [pepper],
        [current, pepper, pepper],
        [current, current, pepper],
        [current, old, pepper.removeprefix("pepper ")],
        [current, pepper.removeprefix("pepper "), pepper],
        [current.upper(), pepper],
        [current + "=", pepper],
        [current + " " + old, pepper],
        ["key " + current, pepper],
    ):
        with pytest.raises(CustodyError):
            KeyRing.parse("\n".join(lines))


def test_keys_of_another_length_or_too_many():
    for keys, pepper in (((bytes(31),), ROOT), ((ROOT,), bytes(16)), ((), ROOT)):
        with pytest.raises(CustodyError):
            KeyRing(keys, pepper)
    many = tuple(n.to_bytes(32, "big") for n in range(101))
    assert len(KeyRing(many[:100], ROOT).ids) == 100
    with pytest.raises(CustodyError):
        KeyRing(many, ROOT)


@pytest.fixture
def path(tmp_path):
    write_keyring(tmp_path / "custody.keys", RING)
    return tmp_path / "custody.keys"


def test_what_is_written_is_read(path):
    assert read_keyring(path).text == RING.text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_the_longest_ring_can_be_read(tmp_path):
    ring = KeyRing(tuple(n.to_bytes(32, "big") for n in range(100)), ROOT)
    write_keyring(tmp_path / "long", ring)
    assert read_keyring(tmp_path / "long").text == ring.text


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o610])
def test_a_file_that_others_can_read_is_refused_and_not_replaced(path, mode):
    path.chmod(mode)
    with pytest.raises(CustodyError, match="chmod 600"):
        read_keyring(path)
    with pytest.raises(CustodyError, match="chmod 600"):
        write_keyring(path, RING.rotated())
    assert path.read_text("ascii") == RING.text


def test_rotation_replaces_the_file(path):
    new = RING.rotated()
    write_keyring(path, new)
    assert read_keyring(path).text == new.text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    write_keyring(path, new.without_old())
    assert read_keyring(path).ids == (new.current_id,)


def test_another_ring_is_never_replaced(path):
    with pytest.raises(CustodyError, match="other custody keys"):
        write_keyring(path, KeyRing.generate())
    path.write_text("damaged")
    with pytest.raises(CustodyError, match="damaged"):
        write_keyring(path, RING)
    assert path.read_text() == "damaged"


def test_a_crash_while_writing_leaves_the_old_file_and_does_not_stop_the_next(path, monkeypatch):
    def crash(_descriptor: int) -> None:
        raise OSError("no power")

    with monkeypatch.context() as patch:
        patch.setattr(custody.os, "fsync", crash)
        with pytest.raises(OSError, match="no power"):
            write_keyring(path, RING.rotated())
    assert read_keyring(path).text == RING.text
    new = RING.rotated()
    write_keyring(path, new)
    assert read_keyring(path).text == new.text


def test_there_is_none(tmp_path):
    with pytest.raises(CustodyError, match="no custody key file"):
        read_keyring(tmp_path / "none")


def test_a_folder_a_link_and_a_long_file_are_none(path, tmp_path):
    (tmp_path / "link").symlink_to(path)
    for unusable in (tmp_path, tmp_path / "link"):
        with pytest.raises(CustodyError, match="cannot be read"):
            read_keyring(unusable)
    path.write_text(RING.text + "#" * 20_000)
    with pytest.raises(CustodyError, match="too long"):
        read_keyring(path)


@pytest.mark.timeout(60)
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(CustodyError):
        read_keyring(tmp_path / "pipe")
