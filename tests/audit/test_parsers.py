"""Whatever a source answers, an audit ends with a report; whatever text comes in, the parsers refuse it in words."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.audit.source import LogReader, SourceFlaw, open_checkpoint, read_vkey
from cardtrail.merkle.pyramid import TILE_WIDTH
from cardtrail.merkle.tiles import encode_bundle
from cardtrail.signing.notes import NoteError
from tests.audit.ledgers import VKEY, MemorySource, RememberingVerifier, audit_source, every_kind

WORLD = every_kind()
FILES = MemorySource(WORLD.entries).files
VERIFIER = RememberingVerifier()


@given(st.binary(max_size=300))
def test_any_verifier_key(data):
    with contextlib.suppress(NoteError):
        assert read_vkey(data).encode() + "\n" == data.decode()


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300)))
def test_any_checkpoint(note):
    with pytest.raises(NoteError):
        open_checkpoint(note, VKEY)


@given(st.binary(max_size=2000), st.integers(1, TILE_WIDTH + 40))
def test_any_bundle(data, size):
    with contextlib.suppress(SourceFlaw):
        entries = LogReader(_Always(data), size).bundle(0)
        assert encode_bundle(entries) == data
        assert len(entries) == min(size, TILE_WIDTH)


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=20), st.data())
def test_a_bundle_with_one_byte_changed(entries, data):
    bundle = bytearray(encode_bundle(entries))
    bundle[data.draw(st.integers(0, len(bundle) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        read = LogReader(_Always(bytes(bundle)), len(entries)).bundle(0)
    except SourceFlaw as flaw:
        read = list(flaw.readable)
    assert read != entries


@given(st.binary(max_size=400), st.integers(1, 12))
def test_any_tile(data, width):
    reader = LogReader(_Always(data), width)
    if len(data) == 32 * width:
        assert reader.tile(0, 0, width) == data
    else:
        with pytest.raises(SourceFlaw, match=f"^tile/0/000.p/{width}: it has {len(data)} bytes"):
            reader.tile(0, 0, width)


@given(st.sampled_from(sorted(FILES)), st.data())
def test_any_file_replaced_by_anything(path, data):
    """Cut, doubled, replaced: found, and never an exception."""
    good = FILES[path]
    bad = data.draw(
        st.one_of(
            st.none(),
            st.binary(max_size=200),
            st.integers(0, len(good) - 1).map(lambda end: good[:end]),
            st.binary(min_size=1, max_size=40).map(lambda more: good + more),
        )
    )
    files = {name: content for name, content in {**FILES, path: bad}.items() if content is not None}
    assert not audit_source(_Files(files), verifier=VERIFIER).report.sound


@given(st.lists(st.binary(max_size=80), min_size=1, max_size=12))
def test_any_entries(entries):
    assert not audit_source(MemorySource(entries)).report.sound


class _Always:
    def __init__(self, data):
        self._data = data

    def read(self, path):
        return self._data


class _Files:
    def __init__(self, files):
        self._files = files

    def read(self, path):
        return self._files.get(path)
