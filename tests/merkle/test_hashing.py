"""The hashes, on the published 8-leaf tree."""

from __future__ import annotations

from itertools import pairwise

from cardtrail.merkle.hashing import EMPTY_ROOT, HASH_SIZE, fold_peaks, leaf_hash, node_hash
from tests.merkle.naive import unhex, vectors

RFC = vectors("rfc6962.json")
NODES = [unhex(row) for row in RFC["nodes"]]


def test_leaves_and_nodes():
    assert [leaf_hash(data) for data in unhex(RFC["leaves"])] == NODES[0]
    for below, row in pairwise(NODES):
        assert [node_hash(*below[2 * i : 2 * i + 2]) for i in range(len(row))] == row


def test_the_empty_tree():
    assert EMPTY_ROOT.hex() == RFC["roots"][0]
    assert fold_peaks([]) == EMPTY_ROOT
    assert len(EMPTY_ROOT) == HASH_SIZE == 32


def test_peaks_fold_to_the_root():
    roots = unhex(RFC["roots"])
    assert fold_peaks([NODES[2][0], NODES[1][2], NODES[0][6]]) == roots[7]
    assert fold_peaks([NODES[2][0], NODES[0][4]]) == roots[5]
    assert fold_peaks([NODES[3][0]]) == roots[8]


def test_two_nodes_do_not_pass_for_the_data_of_a_leaf():
    assert leaf_hash(NODES[0][0] + NODES[0][1]) != node_hash(NODES[0][0], NODES[0][1])
