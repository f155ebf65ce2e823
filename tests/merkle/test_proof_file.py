"""Proof files, and one from its making to its check."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.merkle.checkpoint import Checkpoint
from cardtrail.merkle.proof_file import ProofFile, ProofFileError
from cardtrail.merkle.proofs import inclusion_path, verify_inclusion
from tests.merkle.naive import leaves, mth, subtree, unhex, vectors
from tests.merkle.test_checkpoint import almost

VECTORS = vectors("proof_file.json")
NOTE = VECTORS["files"][0]["note"]

files = st.builds(
    ProofFile,
    extra=st.none() | st.binary(max_size=40),
    index=st.integers(0, 2**63 - 2),
    path=st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple),
    note=st.text().map(lambda text: text + "\n"),
)


@pytest.mark.parametrize("vector", VECTORS["files"])
def test_files(vector):
    extra = None if vector["extra"] is None else bytes.fromhex(vector["extra"])
    proof = ProofFile(extra, vector["index"], tuple(unhex(vector["path"])), vector["note"])
    assert proof.encode() == vector["text"]
    assert ProofFile.parse(vector["text"]) == proof


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda v: v["why"])
def test_other_texts_are_refused(vector):
    with pytest.raises(ProofFileError):
        ProofFile.parse(vector["text"])


@pytest.mark.parametrize(
    ("index", "path", "note"),
    [
        (-1, (), NOTE), (2**63 - 1, (), NOTE), (0, (bytes(31),), NOTE), (0, (bytes(33),), NOTE),
        (0, (bytes(32),) * 64, NOTE), (0, (), ""), (0, (), NOTE[:-1]),
    ],
)  # fmt: skip
def test_values_without_a_text_are_refused(index, path, note):
    with pytest.raises(ProofFileError):
        ProofFile(None, index, path, note)


@given(files)
def test_files_come_back(proof):
    assert ProofFile.parse(proof.encode()) == proof


@given(
    st.one_of(
        st.text(), files.flatmap(lambda proof: almost(proof.encode())), almost(VECTORS["files"][0]["text"])
    )
)
def test_a_text_is_the_one_spelling_or_refused(text):
    try:
        proof = ProofFile.parse(text)
    except ProofFileError:
        return
    assert proof.encode() == text


def test_a_receipt_proves_its_entry():
    log = leaves(20)
    body = Checkpoint("cardtrail.example/ab12cd34", 20, mth(log)).encode()
    made = ProofFile(
        None, 7, tuple(inclusion_path(7, 20, subtree(log))), body + "\n— signed elsewhere\n"
    ).encode()
    read = ProofFile.parse(made)
    checkpoint = Checkpoint.parse(read.note.partition("\n\n")[0] + "\n")
    assert verify_inclusion(log[7], read.index, checkpoint.size, read.path, checkpoint.root)
    assert not verify_inclusion(log[8], read.index, checkpoint.size, read.path, checkpoint.root)
