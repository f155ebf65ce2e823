"""The vectors that the Python code is held to, and the same answers from the browser."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from cardtrail.merkle.proofs import consistency_path
from tests.web.verify.browser import Harness

VECTORS = Path(__file__).resolve().parents[3] / "vectors"


def vectors(name: str) -> dict:
    return json.loads((VECTORS / name).read_text("utf-8"))


@pytest.mark.parametrize("name", ["rfc8032", "speccheck", "edge_points"])
def test_signatures(harness: Harness, name: str):
    """Also where implementations part: what a browser takes by itself is more than the one strict rule."""
    cases = vectors(f"ed25519/{name}.json")["vectors"]
    if name == "edge_points":  # Their messages are texts.
        cases = [{**case, "message": case["message"].encode().hex()} for case in cases]
    assert harness.signatures(cases) == [case.get("valid", True) for case in cases]


def test_the_reference_trees_proofs(harness: Harness):
    tree = vectors("merkle/rfc6962.json")
    roots, leaves = tree["roots"], tree["nodes"][0]
    inclusions = [
        {**one, "leaf": leaves[one["index"]], "root": roots[one["size"]]} for one in tree["inclusion"]
    ]
    assert harness.inclusions(inclusions) == [True] * len(inclusions)
    consistencies = [consistency(roots, one["old"], one["new"], one["path"]) for one in tree["consistency"]]
    assert harness.consistencies(consistencies) == [True] * len(consistencies)


def test_every_pair_of_sizes(harness: Harness):
    """The path made from subtrees is the one of the Python code, and holds for its pair of sizes alone."""
    tree = vectors("merkle/rfc6962.json")
    roots = tree["roots"]
    nodes = {
        f"{level}/{index}": node for level, row in enumerate(tree["nodes"]) for index, node in enumerate(row)
    }
    pairs = [(old, new) for new in range(1, 9) for old in range(1, new)]
    paths = [
        [
            node.hex()
            for node in consistency_path(old, new, lambda *at: bytes.fromhex(nodes[f"{at[0]}/{at[1]}"]))
        ]
        for old, new in pairs
    ]
    asked = [{"old_size": old, "new_size": new, "nodes": nodes} for old, new in pairs]
    assert harness.consistencyPaths(asked) == paths
    cases = [
        consistency(roots, old, new, path) for path in paths for new in range(9) for old in range(new + 1)
    ]
    own = dict(zip(pairs, paths, strict=True))
    expected = [case["path"] == own.get((case["old_size"], case["new_size"])) for case in cases]
    assert harness.consistencies(cases) == expected
    assert harness.consistencies([consistency(roots, 0, 5, []), consistency(roots, 3, 3, [])]) == [True, True]


def test_a_path_is_as_long_as_its_tree_is_high_and_made_of_hashes(harness: Harness):
    """Also where the hashes fit: a smaller tree's path in a larger tree's name, and bytes cut in another place."""
    tree = vectors("merkle/rfc6962.json")
    roots, (left, right, *_) = tree["roots"], tree["nodes"][0]
    true = {"leaf": left, "index": 0, "size": 2, "path": [right], "root": roots[2]}
    lies = [{"size": 3}, {"size": 4}, {"size": 1}, {"index": 1}, {"index": 2}, {"index": -2}, {"index": -1}]
    lies += [{"path": []}, {"path": [right, right]}, {"leaf": left + right[:2], "path": [right[2:]]}]
    assert harness.inclusions([true, *[true | lie for lie in lies]]) == [True] + [False] * len(lies)
    true = consistency(roots, 1, 2, [right])
    lies = [{"new_size": 3}, {"new_size": 4}, {"old_size": 2}, {"old_size": -1}, {"path": []}]
    lies += [{"path": [right, right]}, {"old_root": left + right[:2], "path": [right[2:]]}]
    assert harness.consistencies([true, *[true | lie for lie in lies]]) == [True] + [False] * len(lies)


def consistency(roots: list[str], old: int, new: int, path: list[str]) -> dict:
    return {"old_size": old, "old_root": roots[old], "new_size": new, "new_root": roots[new], "path": path}


def test_checkpoints(harness: Harness):
    data = vectors("merkle/checkpoint.json")
    expected = [[one["origin"], str(one["size"]), one["root"]] for one in data["checkpoints"]]
    assert harness.checkpoints([one["text"] for one in data["checkpoints"]]) == expected
    refused = [one["text"] for one in data["refused"]]
    assert harness.checkpoints(refused) == ["checkpoint"] * len(refused)


def test_proof_files(harness: Harness):
    data = vectors("merkle/proof_file.json")
    expected = [[one["extra"], str(one["index"]), one["path"], one["note"]] for one in data["files"]]
    assert harness.proofFiles([one["text"] for one in data["files"]]) == expected
    refused = [one["text"] for one in data["refused"]]
    assert harness.proofFiles(refused) == ["receipt"] * len(refused)


def test_tile_paths(harness: Harness):
    tiles = [one for one in vectors("merkle/tile_paths.json")["paths"] if one["level"] != "entries"]
    asked = [[one["level"], one["n"], one["width"]] for one in tiles]
    assert harness.tilePaths(asked) == [one["path"] for one in tiles]


@pytest.mark.parametrize("name", ["cards", "receipts"])
def test_proofs(harness: Harness, name: str):
    """State proofs and receipts, forged in every way that the log's own signature does not stop."""
    data = vectors(f"proofs/{name}.json")
    check = harness.states if name == "cards" else harness.receipts
    same = {"vkey": data["vkey"], "network": data["network"], "serial": data.get("serial")}
    answers = check([{**same, **case} for case in data["cases"]])
    assert dict(zip([case["why"] for case in data["cases"]], answers, strict=True)) == {
        case["why"]: case["answer"] for case in data["cases"]
    }


def test_every_kind_of_command_and_entry(harness: Harness):
    data = vectors("encoding.json")["commands"]
    for shape, field in (("BODY", "body"), ("SIGNED", "signed"), ("ENTRY", "entry")):
        assert harness.records(shape, [one[field] for one in data]) == [True] * len(data)
    assert [sha256(b"\x00" + bytes.fromhex(one["entry"])).hexdigest() for one in data] == [
        one["leaf_hash"] for one in data
    ]
