"""`issue`, `activate`, `define`: a brand's batch file, its codes, its mistakes."""

from __future__ import annotations

import contextlib
import csv
import stat

import pytest

from cardtrail.cli import batch_issue, issuing
from cardtrail.cli.session import Session
from cardtrail.client.errors import BadAnswer, NodeUnavailable, Undecided
from cardtrail.wallet.codes import CardCode
from tests.cli.conftest import NAMED, run


def write(world, text, name="more.csv"):
    file = world.path / name
    file.write_text(text, encoding="utf-8")
    return file


def cards_of(world):
    return run("audit", world.ledger, "--json").json["checked"]["cards"]


def test_issue_writes_one_code_for_each_card_where_only_its_owner_reads(world):
    assert stat.S_IMODE(world.codes.stat().st_mode) == 0o600
    with world.codes.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 20
    assert len({row["code"] for row in rows}) == 20
    for serial, row in enumerate(rows):
        CardCode.parse(row["code"])
        assert int(row["number"][:-1]) == serial
    assert rows[0]["face"] == "¥100.00"
    assert rows[NAMED]["product"] == "贵宾卡"


def test_issue_reports_as_json(world):
    file = write(world, "product,face,count,kind\nSpring,1000,2,anonymous\nAutumn,100,1,不记名\n")
    ran = world.ok("issue", file, "--codes", world.path / "c2", "--json")
    assert ran.json["cards"] == 3
    assert ran.json["defined"] == ["Autumn"]
    assert ran.json["ranges"] == [
        {"product": "Spring", "face_minor": 100_000, "first_serial": 20, "count": 2},
        {"product": "Autumn", "face_minor": 10_000, "first_serial": 22, "count": 1},
    ]
    assert [entry["index"] for entry in ran.json["entries"]] == sorted(
        entry["index"] for entry in ran.json["entries"]
    )


def test_more_than_a_thousand_cards_go_in_several_commands(world):
    file = write(world, "product,face,count,kind\nSpring,100,2100,anonymous\n")
    ran = world.ok("issue", file, "--codes", world.path / "c2", "--json")
    assert len(ran.json["entries"]) == 3
    ran = world.ok("activate", 20, "--count", 2100)
    assert "2,100 cards activated" in ran.out
    assert world.card(2119)["status"] == "active"


def test_every_bad_line_is_named_and_nothing_issued(world):
    file = write(
        world,
        "product,face,count,kind\n"
        "Good,100,1,anonymous\n"
        "Dear,2000,1,anonymous\n"
        "Odd,99.999,1,anonymous\n"
        "Kind,100,1,secret\n"
        "None,100,0,anonymous\n"
        "Short,100\n"
        ",100,1,named\n"
        "Spring,100,1,named\n"
        "Spring,700,1,anonymous\n"
        "Good,100,1,named\n",
    )
    before = cards_of(world)
    error = world.fails(2, "issue", file, "--codes", world.path / "c2")
    for line, what in (
        (3, "at most ¥1,000.00"),
        (4, "decimals"),
        (5, "named or anonymous"),
        (6, "whole number"),
        (7, "2 columns"),
        (8, "name"),
        (11, "another kind in line 2"),
    ):
        assert any(f"line {line}:" in row and what in row for row in error.splitlines()), (line, error)
    assert "line 2:" not in error
    assert not (world.path / "c2").exists()
    assert cards_of(world) == before


def test_lines_that_do_not_fit_a_product_of_the_ledger(world):
    file = write(world, "product,face,count,kind\nSpring,100,1,named\n贵宾卡,800,1,named\n")
    error = world.fails(2, "issue", file, "--codes", world.path / "c2")
    assert "line 2: the ledger has Spring as anonymous" in error
    assert "line 3: 贵宾卡 has only the faces ¥100.00, ¥500.00, ¥1,000.00" in error
    assert not (world.path / "c2").exists()


@pytest.mark.parametrize(
    ("text", "what"),
    [("a,b\n", "first line must be"), ("product,face,count,kind\n", "no cards"), ("", "first line must be")],
)
def test_a_file_that_is_no_batch(world, text, what):
    assert what in world.fails(2, "issue", write(world, text), "--codes", world.path / "c2")


def test_a_file_that_is_not_text(world):
    file = world.path / "x.csv"
    file.write_bytes(b"product,face\xff\xfe")
    assert "UTF-8" in world.fails(2, "issue", file, "--codes", world.path / "c2")


def test_codes_are_never_overwritten(world):
    before = world.codes.read_bytes()
    error = world.fails(2, "issue", world.path / "batch.csv", "--codes", world.codes)
    assert "never overwritten" in error
    assert world.codes.read_bytes() == before
    assert cards_of(world) == 20


def test_codes_are_on_the_disk_before_the_first_card_is_issued(world, monkeypatch):
    """If the process dies at the first command, no card exists whose code nobody has."""
    file = world.path / "c2"

    def die(self, command):
        assert len(file.read_text(encoding="utf-8").splitlines()) == 21
        raise KeyboardInterrupt

    monkeypatch.setattr(Session, "submit", die)
    ran = run("issue", world.ledger, world.path / "batch.csv", "--codes", file)
    assert ran.code == 130
    assert "No card is issued for certain" in ran.err
    assert f"Keep {file}" in ran.err
    monkeypatch.undo()
    assert cards_of(world) == 20


def test_a_batch_that_is_overtaken_says_which_codes_count(world, monkeypatch):
    """Somebody else issues between our reading the next serial and our commands."""
    other = write(world, "product,face,count,kind\nSpring,100,1,anonymous\n")
    real = batch_issue.write_codes

    def slow(file, ranges, codes):
        real(file, ranges, codes)
        if file.name == "c2":
            row = batch_issue.Row(2, "Spring", 10_000, 1, False)
            issue(opened[0], issuer[0], [row], world.path / "c3", lambda done, of: None)

    opened, issuer = [], []
    issue = batch_issue.issue_batch

    def remember(session, keys, rows, codes_file, tick):
        opened.append(session)
        issuer.append(keys)
        return issue(session, keys, rows, codes_file, tick)

    monkeypatch.setattr(batch_issue, "write_codes", slow)
    monkeypatch.setattr(batch_issue, "issue_batch", remember)
    error = world.fails(1, "issue", other, "--codes", world.path / "c2")
    assert "wrong_sequence" in error
    assert "the first 0 were issued" in error


def test_activate_twice_is_refused(world):
    assert "card_already_active" in world.fails(1, "activate", 0)


def test_a_refusal_as_json(world):
    ran = run("activate", world.ledger, 0, "--json")
    assert ran.code == 1
    assert ran.json["status"] == "refused"
    assert ran.json["reason"] == "card_already_active"
    assert set(ran.json) == {"status", "id", "reason", "detail"}


@pytest.mark.parametrize("count", [6, 10**15])
def test_activate_past_the_end_builds_nothing(world, monkeypatch, count):
    """A slip of the finger must not sign commands until the memory is full."""
    monkeypatch.setattr(issuing, "_activate", None)
    error = world.fails(1, "activate", 15, "--count", count)
    assert "the ledger has 20 in all" in error


def test_an_activation_that_is_overtaken_says_how_far_it_came(world, monkeypatch):
    monkeypatch.setattr("cardtrail.wire.scalars.MAX_CARDS_PER_COMMAND", 2)
    world.ok("issue", world.path / "batch.csv", "--codes", world.path / "c2")
    world.ok("activate", 24)
    error = world.fails(1, "activate", 20, "--count", 8)
    assert "card_already_active" in error
    assert "The 4 cards from 20 on are active." in error


@pytest.mark.parametrize(
    "lost", [NodeUnavailable("gone"), Undecided(bytes(32), "no answer"), BadAnswer("odd")]
)
def test_a_batch_that_is_cut_off_says_which_cards_are_issued_for_certain(world, monkeypatch, lost):
    real = Session.submit
    codes = world.path / "c2"

    def submit(self, command):
        if len(calls) == 2:
            raise lost
        calls.append(command)
        return real(self, command)

    calls = []
    monkeypatch.setattr(Session, "submit", submit)
    error = world.fails(3, "issue", world.path / "batch.csv", "--codes", codes)
    assert "Cards 0000 0000 0000 0208 to 0000 0000 0000 0356 are issued for certain" in error
    assert "whether 0000 0000 0000 0364 to 0000 0000 0000 0398 are" in error
    assert f"Keep {codes}" in error
    assert len(codes.read_text(encoding="utf-8").splitlines()) == 21
    monkeypatch.undo()
    assert cards_of(world) == 36


def test_progress_is_told_as_cards_are_issued(world, monkeypatch):
    """Most of the time goes into sending, so that is what the bar must show."""
    told = []

    @contextlib.contextmanager
    def progress(what):
        yield lambda done, total: told.append((done, total, len(sent)))

    real, sent = Session.submit, []
    monkeypatch.setattr(Session, "submit", lambda self, command: (sent.append(1), real(self, command))[1])
    monkeypatch.setattr("cardtrail.cli.out.progress", progress)
    world.ok("issue", world.path / "batch.csv", "--codes", world.path / "c2")
    assert told == [(12, 20, 1), (16, 20, 2), (20, 20, 3)]


def test_a_card_is_named_by_its_printed_number_too(world):
    assert world.ok("card", "0000 0000 0000 0034", "--json").json["card"]["serial"] == 3
    error = world.fails(2, "card", "0000 0000 0000 0035")
    assert "one digit is mistyped" in error


def test_define_and_its_mistakes(world):
    ran = world.ok("define", "Tea", "--face", "100", "--face", "50.5", "--transferable", "gift", "--json")
    assert ran.json["product"] == 2
    assert "no space at its ends" in world.fails(2, "define", " Tea", "--face", "100")
    assert "1 to 80 characters" in world.fails(2, "define", "", "--face", "100")
    assert "a formula" in world.fails(2, "define", "=1+1", "--face", "100")
    assert "has a product named Tea already" in world.fails(2, "define", "Tea", "--face", "200")
    assert "an anonymous card bears at most" in world.fails(2, "define", "Dear", "--face", "2000")
    assert "at most 1,000 yuan" in world.fails(2, "define", "Dear", "--face", "1001")
    assert "no verb 'issue'" in world.fails(2, "define", "X", "--face", "1", "--clearance", "issue")
    assert "length of time" in world.fails(2, "define", "X", "--face", "1", "--hold-limit", "soon")


def test_somebody_elses_keys_are_not_enough(world, tmp_path):
    assert run("init", tmp_path / "other").code == 0
    error = world.fails(1, "activate", 15, "--keys", tmp_path / "other" / "keys")
    assert "the issuer needs 1 of 1 keys to sign" in error
    assert "no key file of the issuer" in world.fails(2, "activate", 15, "--keys", tmp_path)


def test_a_key_file_that_others_can_read_is_not_used(world):
    (world.ledger / "keys" / "issuer.key").chmod(0o644)
    assert "chmod 600" in world.fails(2, "activate", 15)


def test_what_is_too_large_for_the_ledger_is_said_in_a_sentence(world):
    assert "1 to 80 characters" in world.fails(2, "define", "x" * 100, "--face", "100")
    assert "larger than the ledger takes" in world.fails(
        2, "define", "X", "--face", "1", "--cooling-off", "99999d"
    )
    assert "all of them visible" in world.fails(2, "define", "a\udc80", "--face", "100")
