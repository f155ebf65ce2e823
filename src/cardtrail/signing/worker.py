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
    while len(header := requests.read(LENGTH_BYTES)) == LENGTH_BYTES:
        size = int.from_bytes(header, "big")
        body = requests.read(size)
        if len(body) < size:
            return  # The parent was killed in the middle of a request.
        answers.write(bytes(verify(*job) for job in decoder.decode(body)))
        answers.flush()


if __name__ == "__main__":
    # Ctrl-C is the parent's to handle, and closes our input when it is done. A parent that was killed does not
    # wait for the answer: then writing it ends us, without a word.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    serve(sys.stdin.buffer, sys.stdout.buffer)
