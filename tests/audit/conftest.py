"""One ledger for all of the auditor's tests; each works on its own copy."""

from __future__ import annotations

import shutil

import pytest

from cardtrail.node.directory import Directory
from cardtrail.node.store import Store
from cardtrail.node.tiles import export_tiles
from tests.audit.ledgers import add_transfers, build_directory, every_kind


@pytest.fixture(scope="session")
def small_world():
    """Every kind of command once."""
    return every_kind()


@pytest.fixture(scope="session")
def world():
    """Every kind of command, and enough entries for several tiles."""
    return add_transfers(every_kind(), 560)


@pytest.fixture(scope="session")
def _built(tmp_path_factory, world):
    path = tmp_path_factory.mktemp("built") / "ledger"
    return build_directory(path, world)


@pytest.fixture
def directory(tmp_path, _built):
    """A ledger's directory of one's own."""
    shutil.copytree(_built.path, tmp_path / "ledger")
    return Directory(tmp_path / "ledger")


@pytest.fixture(scope="session")
def _exported(tmp_path_factory, _built):
    out = tmp_path_factory.mktemp("exported") / "log"
    store = Store(_built.database, readonly=True)
    export_tiles(store, out, _built.vkey_file.read_text())
    store.close()
    return out


@pytest.fixture
def export(tmp_path, _exported):
    """The same ledger's log as static files, of one's own."""
    shutil.copytree(_exported, tmp_path / "export")
    return tmp_path / "export"
