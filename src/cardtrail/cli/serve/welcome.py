"""What a person reads once everything runs."""

from __future__ import annotations

import json
from pathlib import Path

from rich.table import Table
from rich.text import Text

from cardtrail.cli import out
from cardtrail.cli.failures import Unavailable


def show_demo(accounts: Path, *, private: bool) -> None:
    """The demonstration's accounts, one password for all. The file is `{"accounts": [{"who": …, "email": …,
    "password": …, "what": {"zh": …, "en": …}}], "unclaimed": [{"number": …, "code": …}]}`."""
    try:
        told = json.loads(accounts.read_text(encoding="utf-8"))
        rows = [_row(row) for row in told["accounts"]]
        passwords = sorted({str(row["password"]) for row in told["accounts"]})
        cards = [(str(card["number"]), str(card["code"])) for card in told.get("unclaimed", ())]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise Unavailable(f"{accounts} cannot be read; begin with a new directory") from error
    table = Table(
        "谁 Who", "邮箱 E-mail", "看什么 What to see", title="演示账号 · Demo accounts", title_style="bold"
    )
    for row in rows:
        table.add_row(*(Text(out.visible(cell)) for cell in row))
    screen = out.console()
    screen.print(table)
    out.print_facts(screen, [("密码 Password", "  ".join(passwords))])
    for number, code in cards[:2]:
        out.print_facts(screen, [("领一张试试 Claim one", f"{number}  {code}")])
    screen.print(Text(f"  ({accounts})", "dim"), soft_wrap=True)
    if not private:
        screen.print(
            "  Whoever reaches this address can use these accounts · 能访问此地址的人都能使用这些账号",
            style="yellow",
            soft_wrap=True,
        )


def _row(row: dict[str, object]) -> tuple[str, str, str]:
    what = row.get("what")
    words = what.get("zh", "") if isinstance(what, dict) else ""
    return str(row["who"]), str(row["email"]), str(words)


def show_first_run(url: str, code: str, directory: Path) -> None:
    """Where the brand is set up, and with which code."""
    screen = out.console()
    screen.print(
        Text("首次使用：打开下面的网页，输入设置码。First run: open this page and type the code.", "bold")
    )
    out.print_facts(screen, [("网页 Page", f"{url}/setup/"), ("设置码 Code", code)])
    screen.print(f"  ({directory / 'setup.code'})", style="dim", soft_wrap=True)


def show_ready(url: str) -> None:
    """The last line. Written at once: somebody may be waiting for it at the other end of a pipe."""
    text = Text.assemble(
        "Cardtrail is ready at ", (url, "bold"), "  ·  Ctrl-C stops it · 卡迹已就绪，按 Ctrl-C 停止"
    )
    out.console().print(text, soft_wrap=True)
    out.flush()
