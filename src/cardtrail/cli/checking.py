"""`audit` and `verify`: trusting nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.text import Text

from cardtrail.cli import out
from cardtrail.cli.failures import Failure, Misuse
from cardtrail.cli.options import EXISTING_FILE, json_option, vkey_option

UNPINNED = (
    "with the key that lay beside the receipt; whoever made one can make both: give one you trust with --vkey"
)


@click.command()
@click.argument("place", metavar="PLACE")
@click.option(
    "--since",
    "older_files",
    multiple=True,
    type=EXISTING_FILE,
    help="A checkpoint kept from an earlier time, which the log must still contain. Repeatable.",
)
@vkey_option
@json_option
def audit(place: str, older_files: tuple[Path, ...], vkey_file: Path | None, as_json: bool) -> None:
    """Replay a whole log and check everything: signatures, rules, sums, register, seals, tiles, checkpoints.

    PLACE is a ledger's directory, a node's address, or a log exported as files, in a folder or on a web
    server. Works beside a running node. Exit code 1 and the exact place if anything does not fit.

    \b
    Example:
      cardtrail audit spring-ledger --since checkpoint-of-last-month
    """
    from cardtrail.cli.auditing import audit_place, place_of

    older = [(str(file), file.read_bytes()) for file in older_files]
    with out.progress("audit 审计") as tick, place_of(place, vkey_file, tick) as found:
        report = audit_place(found, older, tick)
    for remark in found.remarks:
        out.note(remark)
    if as_json:
        out.print_json(report.to_json())
    else:
        print_report(report)
    if not report.sound:
        raise Failure("the audit found flaws; each is named above · 审计发现问题")


@click.command()
@click.argument("receipt", metavar="RECEIPT", type=EXISTING_FILE)
@click.option(
    "--vkey",
    "vkey_file",
    type=EXISTING_FILE,
    help="The log's verifier key, got from somebody you trust (default: log.vkey beside the receipt).",
)
@json_option
def verify(receipt: Path, vkey_file: Path | None, as_json: bool) -> None:
    """Check a receipt without asking anybody: the command's signatures, its place in the log, the checkpoint.

    The one thing taken for granted is the log's verifier key: get it from somebody you trust.

    \b
    Example:
      cardtrail verify card-12.receipt --vkey log.vkey
    """
    from cardtrail.cli.session import read_vkey_file
    from cardtrail.client.verify import verify_receipt
    from cardtrail.wire.views import command_to_json

    file = vkey_file or receipt.with_name("log.vkey")
    if not file.exists():
        raise Misuse(f"there is no log.vkey beside {receipt}; name the log's verifier key with --vkey FILE")
    vkey = read_vkey_file(file)
    try:
        text = receipt.read_bytes().decode()
    except UnicodeDecodeError:
        raise Failure(f"{receipt} is not a receipt: it is not text") from None
    proved = verify_receipt(text, vkey)
    entry = proved.entry
    document = {
        "verified": True,
        "key_pinned": vkey_file is not None,
        "log": vkey.name,
        "index": entry.index,
        "time_ms": entry.time_ms,
        "id": entry.id.hex(),
        "command": command_to_json(entry.body),
        "signers": [key.hex() for key in entry.signers],
        "checkpoint": {"size": proved.checkpoint.size, "root": proved.checkpoint.root.hex()},
    }
    if as_json:
        out.print_json(document)
    else:
        _print_proved(document, entry.time_ms)


def print_report(report: Any) -> None:
    """An audit's report; what matters of it in colour."""
    screen = out.console()
    *lines, last = report.lines() if report.sound else [*report.lines(), ""]
    for line in lines:
        out.print_hanging(screen, line, "bold red" if line.startswith("NOT SOUND") else "")
    if report.sound:
        out.print_done(screen, f"{last} 账实相符，未发现问题。")


def _print_proved(document: dict[str, Any], time_ms: int) -> None:
    from cardtrail.cli.results import number_of

    command = document["command"]
    screen = out.console()
    screen.print(Text.assemble(("✓ verified", "bold green"), " · 验证通过"))
    rows = [
        ("log 日志", document["log"]),
        ("entry 条目", f"{document['index']:,} of {document['checkpoint']['size']:,}"),
        ("time 时间", out.local_time(time_ms, seconds=True)),
        ("command 指令", command["kind"]),
    ]
    if "serial" in command:
        rows.append(("card 卡号", number_of(command["serial"])))
    rows += [("signed by 签名", key) for key in document["signers"]]
    rows.append(("root 根", document["checkpoint"]["root"]))
    out.print_facts(screen, rows)
    if not document["key_pinned"]:
        screen.print(f"  ({UNPINNED})", style="yellow", soft_wrap=True)
