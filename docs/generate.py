"""Writes the reference pages that follow from the code: `python docs/generate.py`. A test compares them."""

from __future__ import annotations

from pathlib import Path

import click

from cardtrail.wire.reasons import Reason

REFERENCE = Path(__file__).parent / "reference"
WIDTH = 100


def refusals() -> str:
    """Every reason for refusal, in the order of the checks."""
    rows = [f"| {place} | `{reason.code}` | {reason.value} |" for place, reason in enumerate(Reason, 1)]
    head = [
        "# Reasons for refusal",
        "",
        "In the order of the checks: where several things are wrong, the answer names the first.",
        "",
        "| # | reason | what it says |",
        "|---|---|---|",
    ]
    return "\n".join([*head, *rows]) + "\n"


def command_line() -> str:
    """The help text of every verb."""
    from cardtrail.cli import main as cli  # Heavy; the table of refusals does not need it.

    pages = ["# The command line", "", "What `cardtrail VERB --help` says, for every verb."]
    with click.Context(cli, info_name="cardtrail", **cli.context_settings) as top:
        for name in sorted(cli.list_commands(top)):
            command = cli.get_command(top, name)
            if command is None or command.hidden:
                continue
            with click.Context(command, info_name=name, parent=top, max_content_width=WIDTH) as context:
                context.terminal_width = WIDTH
                text = "\n".join(line.rstrip() for line in command.get_help(context).split("\n"))
            pages += ["", f"## cardtrail {name}", "", "```text", text, "```"]
    return "\n".join(pages) + "\n"


def orders() -> str:
    """The machines of the market."""
    from cardtrail.deals.diagram import page  # Walks over everything that can happen; the others need not.

    return page()


def risk() -> str:
    """The rules of risk."""
    from cardtrail.risk.page import page

    return page()


PAGES = {"refusals.md": refusals, "cli.md": command_line, "orders.md": orders, "risk.md": risk}


def main() -> None:
    """Write all pages."""
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
