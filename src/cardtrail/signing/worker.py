"""A verification worker: `python -m cardtrail.signing.worker`. Reads jobs from standard input until it
closes.

A request is a 4-byte big-endian length and a msgpack list of `[key, message, signature]`, in which nil stands
for the message of the job before: a command that sixteen keys signed is sent once. The answer is one byte for
each job, 1 for valid. The process keeps nothing, and ends by itself when its parent is gone, however that
happened, because then its standard input closes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import msgspec

from cardtrail.signing.keys import verify

Job = tuple[bytes, bytes, bytes]
"""Public key, message, signature."""

SentJob = tuple[bytes, bytes | None, bytes]
"""The same on its way to a worker; no message: that of the job before."""

LENGTH_BYTES = 4


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    decoder = msgspec.msgpack.Decoder(list[SentJob])
    while len(header := requests.read(LENGTH_BYTES)) == LENGTH_BYTES:
        size = int.from_bytes(header, "big")
        body = requests.read(size)
        if len(body) < size:
            return  # The parent was killed in the middle of a request.
        answers.write(bytes(_verdicts(decoder.decode(body))))
        answers.flush()


def _verdicts(jobs: Sequence[SentJob]) -> Iterator[bool]:
    last = b""
    for key, message, signature in jobs:
        last = last if message is None else message
        yield verify(key, last, signature)


if __name__ == "__main__":
    # When to stop is the parent's to say, by closing our input: Ctrl-C, a hang-up, and a service manager that
    # tells every process of a service to end reach us too, while the parent still wants its last batch verified.
    # A parent that was killed does not wait for the answer: then writing it ends us, without a word.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    serve(sys.stdin.buffer, sys.stdout.buffer)
