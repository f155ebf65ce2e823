"""What can go wrong, as one sentence and an exit code.

0   done
1   the ledger refused, there is no such thing, or a check found a flaw
2   the command line, a key or an input file is not right
3   the node, the ledger's directory or the disk cannot be used now
4   the ledger accepted the command, but something after that failed: it must not be done again
"""

from __future__ import annotations

import click

REFUSED = 1
MISUSED = 2
UNAVAILABLE = 3
ACCEPTED_BUT = 4

_ACCEPTED = "cardtrail.accepted"


class Failure(click.ClickException):
    """The ledger refused, or a check found a flaw."""

    exit_code = REFUSED


class Misuse(click.ClickException):
    """Something the person gave is not right: a key, a file, a code."""

    exit_code = MISUSED


class Unavailable(click.ClickException):
    """The node or the disk does not do its part; the same command may work later."""

    exit_code = UNAVAILABLE


class AcceptedBut(click.ClickException):
    """The command took effect, and then something failed: whoever sends it again does it twice."""

    exit_code = ACCEPTED_BUT

    def __init__(self, index: int, what: str) -> None:
        super().__init__(f"accepted as entry {index}, but {what}. It is done: do not do it again.")


def note_accepted(index: int | None) -> None:
    """Remember that what this run was to do was accepted; none: that it was not."""
    context = click.get_current_context(silent=True)
    if context is not None:
        context.meta[_ACCEPTED] = index


def accepted_in(context: click.Context) -> int | None:
    """The entry of the command that was accepted in this run, if one was."""
    index: int | None = context.meta.get(_ACCEPTED)
    return index


class RefusedByLedger(Failure):
    """A command that the rules refused. `code` is the reason's name, `id` the command's where its bytes were right."""

    def __init__(self, code: str, text: str, id: bytes | None) -> None:
        super().__init__(f"refused ({code}): {text}")
        self.code = code
        self.text = text
        self.id = id

    def to_json(self) -> dict[str, str | None]:
        """The refusal as an answer."""
        return {
            "status": "refused",
            "id": None if self.id is None else self.id.hex(),
            "reason": self.code,
            "detail": self.text,
        }


def failure_of(error: Exception) -> click.ClickException | None:
    """The one sentence for an error that the rooms raise on purpose; none for what can only be a bug."""
    from cardtrail.audit.trail import TrailError
    from cardtrail.client import errors as client
    from cardtrail.node.directory import DirectoryBusy
    from cardtrail.node.orderer import QueueFull, Stopping
    from cardtrail.node.store import StoreError
    from cardtrail.signing.keyfile import KeyFileError
    from cardtrail.signing.notes import NoteError
    from cardtrail.wallet.book import WalletFileError
    from cardtrail.wallet.codes import CodeError
    from cardtrail.wallet.holdings import NotOurs
    from cardtrail.wallet.links import LinkError
    from cardtrail.wire.codec import Malformed

    if isinstance(error, client.NodeUnavailable | client.BadAnswer | StoreError | QueueFull | Stopping):
        return Unavailable(str(error))
    if isinstance(error, DirectoryBusy):
        return Unavailable(f"{error}; wait for it to finish, or give its address instead of the directory")
    if isinstance(error, client.ProofError):
        return Failure(f"not proved: {error}")
    if isinstance(error, client.Problem | NotOurs | TrailError):
        return Failure(str(error))
    if isinstance(error, KeyFileError | NoteError | CodeError | LinkError | WalletFileError):
        return Misuse(str(error))
    if isinstance(error, Malformed):
        return Misuse(f"something given is longer or larger than the ledger takes: {error}")
    if isinstance(error, BrokenPipeError):
        return Unavailable("nobody reads its output any more")
    if isinstance(error, UnicodeEncodeError):
        return Misuse("something given is not text: it has bytes that are no UTF-8")
    if isinstance(error, OSError):
        return Unavailable(f"{error.filename or 'the disk'}: {error.strerror or error}")
    return None
