"""A verification worker: `python -m cardtrail.signing.worker`. Reads jobs from standard input until it
closes.

A request is a 4-byte big-endian length and a msgpack list of `[key, message, signature]`; the answer is one
byte for each, 1 for valid. The process keeps nothing, and ends by itself when its parent is gone, however
that happened, because then its standard input closes."""

from __future__ import annotations

import signal
import sys
from typing import BinaryIO

import msgspec

from cardtrail.signing.keys import verify

Job = tuple[bytes, bytes, bytes]
"""Public key, message, signature."""

LENGTH_BYTES = 4


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    decoder = msgspec.msgpack.Decoder(list[Job])
    while header := requests.read(LENGTH_BYTES):
        jobs = decoder.decode(requests.read(int.from_bytes(header, "big")))
        answers.write(bytes(verify(*job) for job in jobs))
        answers.flush()


if __name__ == "__main__":
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C is the parent's to handle; it closes our input when it is done.
    serve(sys.stdin.buffer, sys.stdout.buffer)
