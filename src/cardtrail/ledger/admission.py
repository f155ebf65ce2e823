"""From many commands' bytes to requests whose signatures are verified, the verification running in parallel.

A clearance covers many commands; its signatures are verified once and remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Protocol

from cardtrail.ledger.intake import Request, SignatureJob
from cardtrail.wire.reasons import Reason

Reader = Callable[[bytes, bytes | None], Request | Reason]

MAX_REMEMBERED = 4096


class Ticket(Protocol):
    """Verification under way."""

    def result(self) -> list[bool]:
        """One truth value for each job, in order."""


class Verifier(Protocol):
    """Whoever verifies signatures, such as `signing.pool.VerifierPool`."""

    def submit(self, jobs: Sequence[SignatureJob]) -> Ticket:
        """Begin to verify."""


class Admission:
    """Reads commands and has their signatures verified. Pending batches are to be finished in the order of
    their beginning.
    """

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self._remembered: dict[SignatureJob, None] = {}

    def begin(self, raws: Sequence[bytes], network: bytes | None, read: Reader) -> Pending:
        """Read a batch and begin to verify it. `read` is `read_command` or `read_logged`."""
        requests = [read(raw, network) for raw in raws]
        jobs: list[SignatureJob] = []
        clearances: dict[SignatureJob, None] = {}
        for request in requests:
            if isinstance(request, Reason):
                continue
            jobs += request.jobs
            if request.cleared is not None:
                clearances.update(dict.fromkeys(request.cleared.jobs))
        new = [job for job in clearances if job not in self._remembered]
        return Pending(self, requests, new, self._verifier.submit([*jobs, *new]))

    def remember(self, jobs: list[SignatureJob]) -> None:
        """Note clearance signatures as valid; the oldest are forgotten first."""
        self._remembered.update(dict.fromkeys(jobs))
        over = len(self._remembered) - MAX_REMEMBERED
        if over > 0:
            for job in list(islice(self._remembered, over)):
                del self._remembered[job]


class Pending:
    """A batch whose signatures are being verified."""

    def __init__(
        self,
        admission: Admission,
        requests: list[Request | Reason],
        clearances: list[SignatureJob],
        ticket: Ticket,
    ) -> None:
        self._admission = admission
        self._requests = requests
        self._clearances = clearances
        self._ticket = ticket

    def result(self) -> list[Request | Reason]:
        """The requests, with `BAD_SIGNATURE` in place of those of which any signature is not valid."""
        answers = self._ticket.result()
        split = len(answers) - len(self._clearances)
        verdicts = dict(zip(self._clearances, answers[split:], strict=True))
        self._admission.remember([job for job, valid in verdicts.items() if valid])
        valid = iter(answers[:split])
        return [_verified(request, valid, verdicts) for request in self._requests]


def _verified(
    request: Request | Reason, valid: Iterator[bool], verdicts: dict[SignatureJob, bool]
) -> Request | Reason:
    if isinstance(request, Reason):
        return request
    own = [next(valid) for _ in request.jobs]  # All of them: the next request's answers come behind.
    good = all(own)
    if request.cleared is not None:
        # A job that is not among the verdicts was remembered as valid when the batch began.
        good = good and all(verdicts.get(job, True) for job in request.cleared.jobs)
    return request if good else Reason.BAD_SIGNATURE
