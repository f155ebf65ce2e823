"""`serve`: real processes. One start for everything that leaves it running, one for the end that nobody can prepare."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cardtrail.cli.serve.run import bound
from cardtrail.node.directory import Directory
from cardtrail.payments.port import Payment
from cardtrail.payments.registry import load
from cardtrail.wallet.custody import KeyRing, read_keyring, write_keyring
from tests.cli.conftest import Ran, run
from tests.cli.serve_process import Serve, environment, until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at processes by /proc"),
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    with Serve(tmp_path_factory.mktemp("serve") / "cards") as serve:
        serve.ready()
        yield serve


def test_ready_means_that_every_part_is(served: Serve) -> None:
    status, parts = served.health()
    assert status == 200
    assert parts == dict.fromkeys(("web", "node", "database", "worker"), "ready")


def test_it_speaks_both_languages_and_little(served: Serve) -> None:
    assert "Ctrl-C stops it" in served.said
    assert "卡迹已就绪" in served.said
    assert "│" not in served.said, "a part said something although nothing was wrong"


def test_only_who_can_read_the_directory_may_set_it_up(served: Serve) -> None:
    code = served.directory / "setup.code"
    assert code.read_text().strip() in served.said
    assert "/setup/" in served.said
    for secret in (
        code,
        served.directory / "kek.keys",
        served.directory / "secret.key",
        served.directory / "web.db",
    ):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600, secret
    assert stat.S_IMODE(served.directory.stat().st_mode) == 0o700


def test_a_second_serve_is_told_where_the_first_one_is(served: Serve) -> None:
    ran = _refused("--dir", served.directory, "--listen", "127.0.0.1:0")
    assert f"is being served already at http://localhost:{served.ready()}" in ran.err


def test_a_port_in_use_is_one_sentence(served: Serve, tmp_path) -> None:
    ran = _refused("--dir", tmp_path / "other", "--listen", f"127.0.0.1:{served.ready()}")
    assert "cannot listen on 127.0.0.1" in ran.err
    assert ran.err.count("\n") == 1


def test_the_other_verbs_find_its_ledger(served: Serve) -> None:
    ran = run("card", served.directory / "ledger", 0)
    assert "there is no card 0 on this ledger, which has 0" in ran.err


def test_check_names_what_is_missing(served: Serve) -> None:
    done = _web(served, "check")
    assert done.returncode == 1
    wrong = [line for line in done.stdout.splitlines() if line.startswith("✗")]
    assert wrong == ["✗ the ledger is not founded yet; open the first-run page"]


def test_the_projection_is_rebuilt_beside_the_running_pages(served: Serve) -> None:
    done = _web(served, "rebuild")
    assert done.returncode == 0, done.stderr
    assert "✓ 0 entries were read again" in done.stdout
    assert served.health()[0] == 200


def test_a_new_key_comes_in_front_and_the_old_one_goes_when_asked(served: Serve) -> None:
    file = served.directory / "kek.keys"
    before = read_keyring(file)
    done = _web(served, "rotate-key")
    assert done.returncode == 0, done.stderr
    between = read_keyring(file)
    assert between.ids == (between.current_id, before.current_id)
    assert f"values are sealed with key {between.current_id}" in done.stdout
    assert f"older keys are kept: {before.current_id}" in done.stdout
    done = _web(served, "rotate-key", "--drop-old")
    assert done.returncode == 0, done.stderr
    after = read_keyring(file)
    assert after.ids == (between.current_id,)
    assert after.is_same_ring(before), "the pepper has to stay"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_web_verbs_say_where_there_is_nothing(tmp_path) -> None:
    done = _web_at(tmp_path, "rebuild")
    assert done.returncode == 2
    assert "there is nothing at" in done.stderr


def test_payments_go_to_play_money_of_its_own(served: Serve) -> None:
    home = served.directory / "sandbox"
    registry = load({"CARDTRAIL_PAY_SANDBOX_DIR": str(home)})
    assert registry.names == ("sandbox",)
    nothing = Payment(order_id="order_1", payment_id="", amount_minor=1, currency="CNY", payee="seller")
    assert registry["sandbox"].query(nothing) is None
    assert (home / "address").read_text().startswith("http://127.0.0.1:")


@pytest.mark.parametrize("name", ["node", "web.server", "web.worker", "payments.sandbox"])
def test_a_part_that_is_killed_comes_back(served: Serve, name: str) -> None:
    before = served.child(name)
    port = served.ready()
    os.kill(before, signal.SIGKILL)
    part = name.rpartition(".")[2].replace("server", "web")
    until(lambda: f"{part} ended unasked (SIGKILL)" in served.said, f"a word about {part}")
    until(lambda: served.health()[0] == 200 and served.child(name) != before, f"a new {name}")
    assert served.ready() == port
    status, _ = served.get("/accounts/login/")
    assert status == 200


def test_sigterm_leaves_nothing_behind(served: Serve) -> None:
    assert len(served.family()) >= 4, "node, web with its process, worker"
    assert served.stop() == 0
    assert served.family() == set()
    assert "stopped; everything is kept in" in served.said
    assert (served.directory / "serve.lock").read_text() == ""
    Directory(served.directory / "ledger").lock().release()


def test_the_second_start_keeps_code_and_keys_and_kill_takes_all_with_it(served: Serve) -> None:
    if served.process.poll() is None:
        served.stop()
    kept = {name: (served.directory / name).read_bytes() for name in ("setup.code", "kek.keys", "secret.key")}
    with Serve(served.directory) as again:
        again.ready()
        assert {name: (again.directory / name).read_bytes() for name in kept} == kept
        assert len(again.family()) >= 4
        assert again.stop(signal.SIGKILL) == -signal.SIGKILL
        until(lambda: again.family() == set(), "the end of every part")


def test_ctrl_c_while_it_starts(tmp_path) -> None:
    with Serve(tmp_path / "cards") as serve:
        until((serve.directory / "ledger" / "lock").exists, "the node")
        assert serve.stop(signal.SIGINT) == 0
        assert serve.family() == set()
        assert "is ready" not in serve.said


def test_a_lost_key_file_is_not_replaced_by_a_new_one(tmp_path) -> None:
    directory = tmp_path / "cards"
    Directory.create(directory / "ledger", "cardtrail.test/ledger")
    ran = _refused("--dir", directory, "--listen", "127.0.0.1:0", code=2)
    assert "kek.keys is missing: without it no holder's card can be moved" in ran.err
    assert not (directory / "kek.keys").exists()


def test_a_directory_of_something_else_is_left_alone(tmp_path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    ran = _refused("--dir", tmp_path, "--listen", "127.0.0.1:0", code=2)
    assert "holds something else" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--public-url", "cards.example.com", "is not an address"),
        ("--database", "mysql://root@localhost/cards", "is not postgresql://"),
        ("--trusted-proxies", "the one in front", "is not a list of networks"),
        ("--listen", "8000", "is not HOST:PORT"),
    ],
)
def test_a_setting_that_cannot_be_used(tmp_path, option, value, says) -> None:
    ran = _refused("--dir", tmp_path / "cards", "--listen", "127.0.0.1:0", option, value, code=2)
    assert says in ran.err
    assert not (tmp_path / "cards").exists()


def test_the_demonstration_needs_a_directory_of_its_own(tmp_path) -> None:
    directory = tmp_path / "cards"
    Directory.create(directory / "ledger", "cardtrail.test/ledger")
    write_keyring(directory / "kek.keys", KeyRing.generate())
    ran = _refused("--dir", directory, "--listen", "127.0.0.1:0", "--demo", code=2)
    assert "in use without the demonstration" in ran.err


def test_an_unfinished_demonstration_is_not_served_as_the_real_thing(tmp_path) -> None:
    directory = tmp_path / "cards"
    directory.mkdir()
    for name in ("serve.lock", "demo.filling"):
        (directory / name).touch()
    ran = _refused("--dir", directory, "--listen", "127.0.0.1:0", code=2)
    assert "was interrupted" in ran.err


def test_nobody_waits_for_a_server_that_does_not_listen_yet(tmp_path) -> None:
    """The address is taken at once, so that two programs never fight for it, and refuses until there is somebody."""
    with bound("127.0.0.1", 0) as listener, socket.socket() as visitor, pytest.raises(ConnectionRefusedError):
        visitor.connect(listener.getsockname())


def _web(served: Serve, *arguments: str) -> subprocess.CompletedProcess[str]:
    return _web_at(served.directory, *arguments)


def _web_at(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cardtrail.cli", "web", *arguments, "--dir", str(directory)]
    return subprocess.run(command, env=environment(), capture_output=True, text=True)


def _refused(*arguments: object, code: int = 3) -> Ran:
    ran = run("serve", *arguments)
    assert ran.code == code, ran.out + ran.err
    assert "Traceback" not in ran.err
    return ran
