"""Key files: only their owner reads them, they are never overwritten, and a damaged one is noticed before it signs."""

from __future__ import annotations

import os
import stat

import pytest

from cardtrail.signing.keyfile import KeyFileError, read_key, write_key
from cardtrail.signing.keys import SecretKey

KEY = SecretKey(bytes(range(32)))


@pytest.fixture
def path(tmp_path):
    write_key(tmp_path / "issuer.key", KEY)
    return tmp_path / "issuer.key"


def test_what_is_written_is_read(path):
    assert read_key(path).seed == KEY.seed
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_is_never_overwritten(path):
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        write_key(path, SecretKey(bytes(32)))
    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o610])
def test_a_key_that_others_can_read_is_refused(path, mode):
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="chmod 600"):
        read_key(path)


def test_there_is_none(tmp_path):
    with pytest.raises(KeyFileError, match="no key file"):
        read_key(tmp_path / "none.key")


def test_a_folder_is_none(tmp_path):
    with pytest.raises(KeyFileError, match="cannot be read"):
        read_key(tmp_path)


def test_a_link_is_not_followed(path, tmp_path):
    """Who may write the folder could otherwise point us at any file."""
    link = tmp_path / "link.key"
    link.symlink_to(path)
    with pytest.raises(KeyFileError, match="cannot be read"):
        read_key(link)


@pytest.mark.timeout(60)
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.key", 0o600)
    with pytest.raises(KeyFileError):
        read_key(tmp_path / "pipe.key")


@pytest.mark.parametrize("look", ["stat", "fstat"])
def test_what_was_looked_at_is_what_is_read(path, tmp_path, monkeypatch, look):
    """Another file put in its place after its mode was seen is not the one that is used."""
    other = tmp_path / "other.key"
    write_key(other, SecretKey(bytes(32)))
    real = getattr(os, look)

    def look_and_exchange(*args, **kwargs):
        seen = real(*args, **kwargs)
        if other.exists():
            other.rename(path)
        return seen

    with monkeypatch.context() as patch:
        patch.setattr(os, look, look_and_exchange)
        key = read_key(path)
    assert key.seed == KEY.seed


def test_every_changed_byte_is_noticed(path):
    """And the message does not repeat the secret."""
    good = path.read_bytes()
    for place in range(len(good)):
        path.write_bytes(good[:place] + bytes((good[place] ^ 1,)) + good[place + 1 :])
        with pytest.raises(KeyFileError) as caught:
            read_key(path)
        assert KEY.seed.hex() not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\n", b"cardtrail secret key\n", b"\xff\xfe", b"seed 00\n" * 5])
def test_other_files_are_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(KeyFileError):
        read_key(path)
