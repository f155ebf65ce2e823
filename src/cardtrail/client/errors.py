"""What can go wrong between a client and a node. A refused command is not among it: that is an answer."""

from __future__ import annotations


class ClientError(Exception):
    """The base of this room's errors. No message holds a secret or the bytes of a command."""


class NodeUnavailable(ClientError):  # noqa: N818 - it names the node's condition
    """No whole answer came. Whether the node received the request is not known; asking again is safe."""


class Undecided(NodeUnavailable):
    """A command was sent, perhaps more than once, and its outcome is not known.

    Keep the signed bytes. Submitting the same bytes later, or asking for `id`, tells what became of it;
    signing another command in its place could do the thing twice.
    """

    def __init__(self, id: bytes, cause: str) -> None:
        super().__init__(f"the outcome of command {id.hex()} is not known ({cause}); ask for it by its id")
        self.id = id


class BadAnswer(ClientError):  # noqa: N818 - it names the answer
    """The node answered, but not in the way its API promises."""


class Problem(ClientError):  # noqa: N818 - RFC 9457 calls it that
    """The node said why it cannot answer a question (RFC 9457): HTTP status, a code for programs, a text for
    people.
    """

    def __init__(self, status: int, code: str, title: str) -> None:
        super().__init__(f"{title} ({code})" if title else code)
        self.status = status
        self.code = code


class NotFound(Problem):
    """There is no such card, entry or command."""


class NotPublished(Problem):
    """No checkpoint covers it yet; one follows within a second or so."""


class ProofError(ClientError):
    """Something a node showed does not prove what it should. `part` names the piece that did not fit."""

    def __init__(self, part: str, text: str) -> None:
        super().__init__(f"{part}: {text}")
        self.part = part


class LogForked(ProofError):  # noqa: N818 - it names what happened
    """A node signed a history that does not extend the one it showed before: shorter, or another.

    `remembered` and `shown` are the two signed checkpoints. Both bear the log's own signature, so together they are
    evidence against its operator; they are also kept by the `Memory` that noticed.
    """

    def __init__(self, text: str, remembered: str, shown: str) -> None:
        super().__init__("consistency", text)
        self.remembered = remembered
        self.shown = shown
