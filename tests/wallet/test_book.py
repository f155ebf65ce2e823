"""The wallet's file: private, whole at every moment, and damage is noticed."""

from __future__ import annotations

import os
import stat

import pytest

from cardtrail.wallet.book import Book, Owned, Pending, WalletFile, WalletFileError

ROOT = bytes(range(100, 132))
BOOK = Book(ROOT, bytes(16), (Owned(3, 3, 1, None),), (), (Pending(bytes(32), b"raw", 1, b"envelope"),))


@pytest.fixture
def path(tmp_path):
    WalletFile.create(tmp_path / "wallet", BOOK).close()
    return tmp_path / "wallet"


def test_what_is_saved_is_there_again(path):
    file = WalletFile(path)
    assert file.book == BOOK
    other = Book(ROOT, bytes(16), (), (), ())
    file.save(other)
    file.close()
    file.close()
    assert WalletFile(path).book == other
    assert sorted(each.name for each in path.parent.iterdir()) == ["wallet", "wallet.lock"]


def test_it_is_readable_by_its_owner_only(path):
    for name in ("wallet", "wallet.lock"):
        assert stat.S_IMODE((path.parent / name).stat().st_mode) == 0o600
    path.chmod(0o640)
    with pytest.raises(WalletFileError, match="chmod 600"):
        WalletFile(path)


def test_every_changed_or_missing_byte_is_noticed(path):
    data = path.read_bytes()
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(WalletFileError) as caught:
            WalletFile(path)
        assert ROOT.hex() not in str(caught.value)
    for other in (b"", data[:-1], data + b"\0", data[:30]):
        path.write_bytes(other)
        with pytest.raises(WalletFileError):
            WalletFile(path)
    path.write_bytes(data)
    assert WalletFile(path).book == BOOK


def test_a_later_format_is_told_apart_from_damage(path):
    path.write_bytes(path.read_bytes().replace(b"wallet 1", b"wallet 2", 1))
    with pytest.raises(WalletFileError, match="another version"):
        WalletFile(path)


def test_one_program_at_a_time(path):
    file = WalletFile(path)
    with pytest.raises(WalletFileError, match="open in another program"):
        WalletFile(path)
    file.close()
    WalletFile(path).close()


def test_a_wallet_is_never_replaced_by_a_new_one(path):
    with pytest.raises(WalletFileError, match="already"):
        WalletFile.create(path, Book(bytes(32), bytes(16), (), (), ()))
    assert WalletFile(path).book == BOOK


def test_what_is_not_there_is_told(tmp_path):
    with pytest.raises(WalletFileError, match="no wallet"):
        WalletFile(tmp_path / "wallet")
    with pytest.raises(WalletFileError, match="cannot be opened"):
        WalletFile(tmp_path / "nowhere" / "wallet")


@pytest.mark.parametrize("step", ["open", "fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_book(path, step, monkeypatch):
    """A disk that is full or gone at any step: the old book is whole, and the next save goes through."""
    file = WalletFile(path)
    with monkeypatch.context() as patch:

        def fail(*_args, **_named):
            raise OSError(28, "No space left on device")

        if step == "replace":
            patch.setattr(type(path), "replace", fail)
        else:
            patch.setattr(os, step, fail)
        with pytest.raises(OSError, match="No space"):
            file.save(Book(ROOT, bytes(16), (), (), ()))
    assert file.book == BOOK
    file.close()
    again = WalletFile(path)
    assert again.book == BOOK
    again.save(Book(ROOT, bytes(16), (), (), ()))
    again.close()
    assert WalletFile(path).book.cards == ()


def test_reprs_hide_what_is_secret():
    assert str(ROOT) not in repr(BOOK)
    assert "raw" not in repr(BOOK.pending[0])
