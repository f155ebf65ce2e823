"""Figures for Prometheus (text format 0.0.4), one registry for each node."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from cardtrail.wire.answers import Accepted, Answer

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


class Metrics:
    """What a node counts about itself. No label ever names a card, a key or a person."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.accepted = Counter(
            "cardtrail_commands_accepted", "Commands that became entries", registry=self.registry
        )
        self.refused = Counter(
            "cardtrail_commands_refused", "Commands refused, by reason", ["reason"], registry=self.registry
        )
        self.batch_size = Histogram(
            "cardtrail_batch_commands", "Commands in a batch", buckets=_SIZES, registry=self.registry
        )
        self.batch_seconds = Histogram(
            "cardtrail_batch_seconds",
            "Applying and committing a batch",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.entries = Gauge("cardtrail_log_entries", "Entries in the log", registry=self.registry)
        self.checkpoint = Gauge(
            "cardtrail_checkpoint_entries", "Entries under the latest checkpoint", registry=self.registry
        )
        self.cards = Gauge("cardtrail_cards", "Cards in the register", registry=self.registry)
        self.queue = Gauge("cardtrail_queue_commands", "Commands that wait", registry=self.registry)

    def observe_batch(self, answers: Sequence[Answer], seconds: float) -> None:
        """Take in a committed batch."""
        refused = Tally(answer.code for answer in answers if not isinstance(answer, Accepted))
        self.accepted.inc(len(answers) - refused.total())
        for code, count in refused.items():
            self.refused.labels(code).inc(count)
        self.batch_size.observe(len(answers))
        self.batch_seconds.observe(seconds)
