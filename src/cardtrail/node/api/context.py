"""What the routes share: the node, a reader of its store, and the way back from the engine's thread."""

from __future__ import annotations

from dataclasses import dataclass

from cardtrail.node.api.limits import Limits
from cardtrail.node.api.problems import Kind, Problem
from cardtrail.node.api.published import PublishedLog
from cardtrail.node.api.wakeups import Mailbox
from cardtrail.node.service import Node
from cardtrail.node.store import Store


@dataclass(slots=True)
class Context:
    """Belongs to the event loop's thread. `store` only reads: what it answers is committed, and durable."""

    node: Node
    limits: Limits
    store: Store
    log: PublishedLog
    mailbox: Mailbox

    async def published(self, size: int) -> None:
        """Wait until a checkpoint covers so many entries. Raises `Problem` if the node stops before."""
        if not await self.mailbox.until(lambda: self.node.publisher.size >= size):
            raise self.stopped()

    def stopped(self) -> Problem:
        """Why the engine takes nothing any more."""
        return Problem(Kind.STOPPING if self.node.failure is None else Kind.ENGINE_FAILED)
