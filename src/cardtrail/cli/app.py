"""`cardtrail`: the verbs in their sections, each loaded when it is asked for, and errors turned into one sentence."""

from __future__ import annotations

import io
import sys
from importlib import import_module
from typing import Any

import click

from cardtrail import __version__
from cardtrail.cli import out
from cardtrail.cli.failures import AcceptedBut, RefusedByLedger, accepted_in, failure_of
from cardtrail.cli.options import AS_JSON

SECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "Everything 全套": {
        "serve": ("serve.verb:serve", "Start the pages, the ledger's node and the worker as one"),
        "web": ("web:web", "Look after the pages' database and keys"),
    },
    "See it work 先看一遍": {
        "tour": ("tour.verb:tour", "Play a whole life of gift cards, step by step"),
        "demo": ("demo:demo", "Fill a ledger with thousands of believable moves"),
    },
    "A ledger 账本": {
        "init": ("founding:init", "Make a new ledger and appoint its authorities"),
        "node": ("serving:node", "Serve a ledger over HTTP"),
        "export": ("keeping:export", "Write the log as static files any web server can serve"),
        "backup": ("keeping:backup", "Copy a ledger while it runs"),
        "restore": ("keeping:restore", "Make a ledger from a backup"),
        "bench": ("bench:bench", "Measure this machine against what we claim"),
    },
    "Cards, by their brand 发卡方": {
        "issue": ("issuing:issue", "Issue a batch of cards from a CSV file"),
        "activate": ("issuing:activate", "Make a range of paid cards usable"),
        "define": ("issuing:define", "Define a product and its terms"),
        "refund": ("authority:refund", "Put money of an order back onto a card"),
        "freeze": ("authority:freeze", "Stop a card where it is"),
        "unfreeze": ("authority:unfreeze", "Let a stopped card go on"),
        "void": ("authority:void", "End a card for good"),
        "rebind": ("authority:rebind", "Set a lost card aside for its holder's new key"),
        "appoint": ("authority:appoint", "Change the keys of a role"),
        "attest": ("authority:attest", "State the deposit, as its custodian"),
    },
    "Cards, by their holders 持卡人": {
        "wallet": ("wallets:wallet", "Make a wallet, see what it owns"),
        "claim": ("holding:claim", "Make a card yours, by its code or a gift link"),
        "give": ("holding:give", "Give a card away, by a link or to a key"),
        "hold": ("holding:hold", "Set a card aside, for a sale or for a key"),
        "release": ("holding:release", "Hand a card that is set aside to its next owner"),
        "return": ("holding:give_back", "End a hold: the card stays its owner's"),
        "redeem": ("spending:redeem", "Pay with a card"),
        "split": ("spending:split", "Turn one card into several"),
        "merge": ("spending:merge", "Turn several cards into one"),
    },
    "Look and check 查验": {
        "card": ("looking:card", "Show a card as it stands, with its proof"),
        "trail": ("looking:trail", "Draw where a card has been"),
        "receipt": ("looking:receipt", "Fetch the proof that an entry is in the log"),
        "verify": ("checking:verify", "Check a receipt, without asking anybody"),
        "audit": ("checking:audit", "Replay the whole log and check everything"),
    },
}

_EPILOG = """
\b
Exit codes: 0 done; 1 refused, unknown, or a flaw found;
2 the command line, a key or an input file is not right;
3 the node or the disk cannot be used now;
4 the ledger accepted it, but something after that failed: do not do it again;
130 interrupted.
"""


INTERRUPTED = 130
NO_READER = 141
"""As a shell says it of a program whose output nobody reads any more."""


class Verbs(click.Group):
    """The verbs, grouped for reading and imported one by one, so that `--help` answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every verb, in the order of the sections."""
        return [verb for verbs in SECTIONS.values() for verb in verbs]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A verb, imported now."""
        for verbs in SECTIONS.values():
            if cmd_name in verbs:
                module, _, name = verbs[cmd_name][0].partition(":")
                command: click.Command = getattr(import_module(f"cardtrail.cli.{module}"), name)
                return command
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The sections, without importing any verb."""
        for title, verbs in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(verb, text) for verb, (_, text) in verbs.items()], col_max=12)

    def main(self, *args: Any, **extra: Any) -> Any:
        """Begin. A character that the terminal's encoding has not must not stop a verb halfway."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        return super().main(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb. What the rooms refuse becomes a sentence and an exit code; a bug stays a traceback."""
        try:
            result = super().invoke(ctx)
            out.flush()
            return result
        except RefusedByLedger as refused:
            if ctx.meta.get(AS_JSON):
                out.print_json(refused.to_json())
            raise
        except click.exceptions.Exit:
            raise
        except (KeyboardInterrupt, click.Abort):
            raise _after(ctx, "it was interrupted") or click.exceptions.Exit(INTERRUPTED) from None
        except Exception as error:
            raise _told(ctx, error) from error


def _told(ctx: click.Context, error: Exception) -> Exception:
    """What a person is told of an error: the error itself where it can only be a bug."""
    out.drop_unwritable()
    failure = error if isinstance(error, click.ClickException) else failure_of(error)
    if failure is None:
        return error
    after = _after(ctx, failure.format_message().rstrip("."))
    if after is None and isinstance(error, BrokenPipeError):
        return click.exceptions.Exit(NO_READER)
    return after or failure


def _after(ctx: click.Context, what: str) -> AcceptedBut | None:
    index = accepted_in(ctx)
    return None if index is None else AcceptedBut(index, what)


@click.group("cardtrail", cls=Verbs, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cardtrail", message="%(prog)s %(version)s")
def main() -> None:
    """Cardtrail (卡迹): gift cards that can be passed on, on a ledger that anybody can check.

    \b
    Begin with:  cardtrail serve --dir demo --demo
    Or without pages:  cardtrail tour

    LEDGER is a ledger's directory or the address of its node, whichever you have. A CARD is its printed
    number or its serial. `cardtrail VERB --help` teaches each verb with an example.
    """
