"""V: what a machine can do in a second if it does nothing but verify signatures, with one thread of PyNaCl.

Every accepted command needs one verification, and no tuning of ours makes that cheaper. So a rate as a share of V says
how much the rest of the ledger costs, and says it on a fast machine as on a slow or a busy one, if V was taken at the
same time. Here it is taken right before and right after every round of a work.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from cardtrail.cli.benching.figures import BenchError, Timed, percentile_ms
from cardtrail.client.build import sign
from cardtrail.signing.keys import SecretKey, verify
from cardtrail.wire.commands import Transfer
from cardtrail.wire.scalars import NETWORK_BYTES
from cardtrail.wire.signed import SIGNED_CODEC, command_message

SAMPLE_S = 0.4
"""How long V is measured each time."""

_DISTINCT = 64


@dataclass(frozen=True, slots=True)
class Measured:
    """The round in the middle, by its ratio to V.

    count     of all rounds together
    each_s    how long one took, of all rounds together
    """

    count: int
    rate_per_s: float
    ratio_to_v: float
    each_s: tuple[float, ...]

    @property
    def p50_ms(self) -> float | None:
        """The median of how long one took."""
        return percentile_ms(self.each_s, 50)

    @property
    def p99_ms(self) -> float | None:
        """How long the slowest of a hundred took."""
        return percentile_ms(self.each_s, 99)


class Yardstick:
    """Measures V, over messages as long as a transfer's."""

    def __init__(self) -> None:
        self._jobs = [_job(place) for place in range(_DISTINCT)]

    def sample(self) -> float:
        """V now, in signatures a second."""
        count = 0
        began = time.perf_counter()
        while (seconds := time.perf_counter() - began) < SAMPLE_S:
            if not all(verify(*job) for job in self._jobs):
                raise BenchError("a good signature did not verify: the crypto library is not to be trusted")
            count += len(self._jobs)
        return count / seconds

    def compare(self, rounds: int, work: Callable[[int], Timed]) -> Measured:
        """Do a work some rounds, V before and after each. `work` is given the number of the round, from 0."""
        before = self.sample()
        results: list[tuple[float, Timed]] = []
        for number in range(rounds):
            timed = work(number)
            after = self.sample()
            results.append((timed.rate_per_s / statistics.mean((before, after)), timed))
            before = after
        ratio, middle = sorted(results, key=lambda result: result[0])[rounds // 2]
        each_s = tuple(seconds for _, timed in results for seconds in timed.each_s)
        return Measured(sum(timed.count for _, timed in results), middle.rate_per_s, ratio, each_s)


def _job(place: int) -> tuple[bytes, bytes, bytes]:
    key = SecretKey.generate()
    body = Transfer(bytes(NETWORK_BYTES), 2**41, 50_000 + place, 1, key.public, key.public)
    signed = SIGNED_CODEC.trusted(sign(body, key).raw)
    return key.public, command_message(signed.body), signed.signatures[0].signature
