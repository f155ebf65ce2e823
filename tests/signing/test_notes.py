"""Signed notes and verifier keys. Vectors: the tests and examples of golang.org/x/mod/sumdb/note (BSD 3-clause)."""

from __future__ import annotations

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.signing.keys import SecretKey
from cardtrail.signing.notes import NoteError, VerifierKey, is_valid_name, open_note, sign_note, split_note

PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
BY_PETER = (
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
BY_ENOCH = (
    "— EnochRoot "
    "rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)


def test_other_peoples_keys_are_read():
    for text in (PETER, ENOCH):
        assert VerifierKey.parse(text).encode() == text
        assert VerifierKey.parse(f" {text}\n").encode() == text


def test_other_peoples_notes_are_opened():
    """With one signature, with two in either order, and by either key."""
    for tail in (BY_PETER + BY_ENOCH, BY_ENOCH + BY_PETER):
        assert open_note(f"{TEXT}\n{tail}", VerifierKey.parse(PETER)) == TEXT
        assert open_note(f"{TEXT}\n{tail}", VerifierKey.parse(ENOCH)) == TEXT
    assert open_note(f"{TEXT}\n{BY_PETER}", VerifierKey.parse(PETER)) == TEXT


def test_we_sign_as_others_do():
    assert sign_note(TEXT, "PeterNeumann", SecretKey(PETER_SEED)) == f"{TEXT}\n{BY_PETER}"


def test_no_part_of_a_key_stands_for_the_whole():
    for start in range(len(PETER)):
        for end in range(start + 1, len(PETER) + 1):
            if end - start < len(PETER):
                with pytest.raises(NoteError):
                    VerifierKey.parse(PETER[start:end])


def test_no_character_of_a_key_can_change():
    for place, char in enumerate(PETER):
        with pytest.raises(NoteError):
            VerifierKey.parse(PETER[:place] + chr(ord(char) + 1) + PETER[place + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
    ids=["a longer key under a hash that fits", "an unknown algorithm under a hash that fits"],
)
def test_keys_of_other_forms(text):
    with pytest.raises(NoteError):
        VerifierKey.parse(text)


def test_no_character_of_a_note_can_change():
    note = f"{TEXT}\n{BY_PETER}"
    key = VerifierKey.parse(PETER)
    for place, char in enumerate(note):
        with pytest.raises(NoteError):
            open_note(note[:place] + chr(ord(char) ^ 1) + note[place + 1 :], key)


def test_stray_bits_of_base64_are_refused():
    """The last character before = has two bits that mean nothing; a note has one spelling all the same."""
    key = VerifierKey.parse(PETER)
    with pytest.raises(NoteError):
        open_note(f"{TEXT}\n{BY_PETER}".replace("nAM=", "nAN="), key)


@pytest.mark.parametrize(
    "note",
    [
        "",
        TEXT,
        TEXT + BY_PETER,
        f"{TEXT}\n",
        f"{TEXT}\n{BY_PETER}"[:-1],
        f"{TEXT}\n{BY_PETER}\n",
        f"{TEXT}\n{BY_PETER}x",
        f"{TEXT}\n{BY_PETER.replace('—', '-')}",
        f"{TEXT}\n— PeterNeumann\n",
        f"{TEXT}\n— PeterNeumann AAAA\n",
        f"{TEXT}\r\n{BY_PETER}",
        f"{TEXT}\x00\n\n{BY_PETER}",
        f"{TEXT}\n{BY_PETER * 101}",
        "x" * 1_000_001,
    ],
)
def test_what_is_no_note(note):
    with pytest.raises(NoteError, match=r"not a|malformed"):
        split_note(note)


def test_a_note_by_somebody_else():
    with pytest.raises(NoteError, match="not signed by EnochRoot"):
        open_note(f"{TEXT}\n{BY_PETER}", VerifierKey.parse(ENOCH))


def test_two_signatures_of_one_key_are_refused():
    """One of them might be good; a note that needs luck to be read is not a note."""
    with pytest.raises(NoteError, match="not valid"):
        open_note(f"{TEXT}\n{BY_PETER}{BY_PETER}", VerifierKey.parse(PETER))


def test_a_text_without_a_last_newline_is_not_signed():
    with pytest.raises(NoteError, match="ends in a newline"):
        sign_note("text", "log", SecretKey(bytes(32)))


@pytest.mark.parametrize(
    "name", ["", "a b", "a+b", "a\tb", "a\nb", "a\u00a0b", "a\u200bb", "a\x7f", "日志", "é"]
)
def test_names_that_are_none(name):
    assert not is_valid_name(name)
    with pytest.raises(NoteError):
        VerifierKey(name, bytes(32))


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="+"), min_size=1))
def test_names_of_plain_ascii(name):
    assert is_valid_name(name)
    key = VerifierKey(name, SecretKey(bytes(32)).public)
    assert VerifierKey.parse(key.encode()) == key


@given(st.text())
def test_any_text_is_a_note_or_is_refused(text):
    """Nothing but `NoteError` comes out of a hostile note or key."""
    for read in (split_note, VerifierKey.parse):
        with suppress(NoteError):
            read(text)


@given(st.lists(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=20), min_size=1))
def test_what_is_signed_can_be_opened(lines):
    key = SecretKey(bytes(range(32)))
    text = "\n".join(lines) + "\n"
    assert open_note(sign_note(text, "log.example", key), VerifierKey("log.example", key.public)) == text
