"""The last chapter: an audit, one card's trail, a receipt, and what is left behind."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from cardtrail.audit.report import Report
from cardtrail.audit.trail_picture import trail_svg
from cardtrail.cli.auditing import audit_place, place_of
from cardtrail.cli.checking import print_report
from cardtrail.cli.failures import Failure
from cardtrail.cli.out import program, progress
from cardtrail.cli.tour.stage import Stage
from cardtrail.cli.tour.voice import Voice
from cardtrail.cli.trail_view import print_trail
from cardtrail.cli.trails import fetch_trail, namer
from cardtrail.client.verify import verify_receipt
from cardtrail.node.directory import Directory
from cardtrail.node.store import Store
from cardtrail.node.tiles import export_tiles
from cardtrail.signing.notes import VerifierKey


def show_trail(stage: Stage, serial: int) -> None:
    """One card's life, drawn here and kept as a picture; one receipt, kept and checked."""
    voice = stage.voice
    voice.chapter("一张卡的轨迹", "One card's trail", stage.clock.now_ms)
    voice.tell(
        "拆分、合并也断不了线。you 是小静自己；✓ 表示这一站在日志中的位置已验证。",
        "Splitting and merging do not break the line. “you” is Jing; ✓: this stop's place in the log was verified.",
    )
    client = stage.session.client
    client.wait_for_checkpoint(client.ledger().size)
    trail, proved = fetch_trail(stage.session, serial)
    stage.must(proved == {stop.index for stop in trail.stops}, "every stop of the trail should be proved")
    jing = stage.person("jing")
    jing.close()
    voice.screen.print()
    print_trail(voice.screen, trail, proved, namer(trail, stage.path / "wallets" / "jing.wallet"))
    (stage.path / "trail.svg").write_text(trail_svg(trail), encoding="utf-8")
    receipt = stage.path / "trail.receipt"
    receipt.write_text(client.receipt_text(trail.stops[-1].index, wait=True), encoding="utf-8")


def check_receipt(voice: Voice, path: Path, vkey: VerifierKey) -> None:
    """What anybody can do with the receipt, without asking anybody."""
    proved = verify_receipt((path / "trail.receipt").read_text(encoding="utf-8"), vkey)
    voice.done(
        f"回执离线验证通过：第 {proved.entry.index} 条，在 {proved.checkpoint.size} 条之中",
        "its receipt, verified offline",
    )


def audit(voice: Voice, ledger: Path, time_ms: int) -> Report:
    """The whole log replayed. Raises `Failure` if anything is not as it must be."""
    voice.chapter("审计", "Audit", time_ms)
    voice.tell(
        "不相信任何人：从第一条起重放全部条目，签名、规则、金额、树根、检查点逐一核对。",
        "Trusting nobody: every entry is replayed from the first, with its signatures, rules, sums and roots.",
    )
    with place_of(str(ledger), ledger / "log.vkey") as place, progress(voice.pick("审计", "audit")) as tick:
        report = audit_place(place, [], tick)
    print_report(report)
    if not report.sound:
        raise Failure("the tour did not go as told: the audit found flaws")
    return report


def export(path: Path, directory: Directory) -> None:
    """The log as files, for anybody's own tools."""
    store = Store(directory.database, readonly=True)
    try:
        export_tiles(store, path / "tiles", directory.vkey().encode() + "\n")
    finally:
        store.close()


def leave(voice: Voice, path: Path, serial: int) -> None:
    """Where everything is, and what to try next."""
    screen = voice.screen
    screen.print()
    screen.print(voice.pick("留下了什么", "What it left behind"), style="bold")
    width = len(str(path)) + len("/trail.receipt")
    for name, zh, en in (
        ("ledger/", "账本，密钥在 keys/", "the ledger, its keys in keys/"),
        ("codes.csv", "卡密（保密）", "the codes (secret)"),
        ("wallets/", "各人的钱包（保密）", "the holders' wallets (secret)"),
        ("tiles/", "静态日志，谁都能审计", "the log as files, open to audit"),
        ("trail.svg", "轨迹图", "the trail as a picture"),
        ("trail.receipt", "离线回执", "a receipt"),
    ):
        file = f"  {path.joinpath(name).as_posix():<{width}}"
        screen.print(Text.assemble((file, "cyan"), f"  {voice.pick(zh, en)}"), soft_wrap=True)
    screen.print(voice.pick("接下来试试", "Try next"), style="bold")
    cardtrail = program()
    ledger, wallet = path / "ledger", path / "wallets" / "jing.wallet"
    for command in (
        f"{cardtrail} wallet show {ledger} --wallet {wallet}",
        f"{cardtrail} trail {ledger} {serial} --wallet {wallet}",
        f"{cardtrail} redeem {ledger} {serial} 10 --order tea --wallet {wallet}",
        f"{cardtrail} verify {path / 'trail.receipt'} --vkey {ledger / 'log.vkey'}",
        f"{cardtrail} audit {path / 'tiles'}",
        f"{cardtrail} node {ledger} --listen 127.0.0.1:8080",
    ):
        screen.print(f"  {command}", soft_wrap=True)
