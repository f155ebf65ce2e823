"""From the engine's thread to the event loop: answers to requests, and word that something was committed.

Waking the loop from another thread costs about as much as everything else a request does. So whatever the engine has to
say between two turns of the loop is said with one wake-up.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable

from cardtrail.node.service import Node
from cardtrail.wire.answers import Answer

logger = logging.getLogger(__name__)

Outcome = list[Answer] | BaseException


class Pigeonhole:
    """Where the engine leaves the answers to one request (an `orderer.Reply`). The loop calls `deliver` with them."""

    __slots__ = ("_deliver", "_mailbox")

    def __init__(self, mailbox: Mailbox, deliver: Callable[[Outcome], None]) -> None:
        self._mailbox = mailbox
        self._deliver = deliver

    def set_result(self, result: list[Answer]) -> None:
        """The answers."""
        self._mailbox.post(self._deliver, result)

    def set_exception(self, exception: BaseException) -> None:
        """Why there are none."""
        self._mailbox.post(self._deliver, exception)


class Mailbox:
    """Belongs to one event loop. `post` and `stir` are called by other threads, everything else by the loop's own."""

    def __init__(self, node: Node) -> None:
        self._loop = asyncio.get_running_loop()
        self._node = node
        self._posted: deque[tuple[Callable[[Outcome], None], Outcome]] = deque()
        self._watchers: set[asyncio.Future[None]] = set()
        self._called = False
        self._stirred = False
        self.closing = False
        """Whether feeds are to end. Other waits go on: what was taken is finished first."""
        self._unlisten = node.listen(self.stir)

    def post(self, deliver: Callable[[Outcome], None], outcome: Outcome) -> None:
        """Have something called with an outcome, in the event loop."""
        self._posted.append((deliver, outcome))
        self._call()

    def stir(self) -> None:
        """Something was committed or published, or the engine has stopped."""
        self._stirred = True
        self._call()

    async def until(self, done: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Wait for what a commit or a checkpoint brings about. False if the time is over, or none will come.

        No commit is missed: between a look and the beginning of the wait the loop does nothing else.
        """
        end = None if timeout_s is None else self._loop.time() + timeout_s
        while not done():
            if self._node.stopped:
                return done()
            if not await self._next(None if end is None else end - self._loop.time()):
                return done()
        return True

    def close_feeds(self) -> None:
        """Have everybody who waits look again, and see that feeds are to end."""
        self.closing = True
        self._wake_watchers()

    def disconnect(self) -> None:
        """Hear no more of the node."""
        self._unlisten()

    def _call(self) -> None:
        # The flag is cleared before the post is emptied: what is posted after that calls again, and nothing is left.
        if not self._called:
            self._called = True
            # The engine may outlive the loop, and must not stumble over answers that nobody waits for any more.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._called = False
        posted = self._posted
        while posted:
            deliver, outcome = posted.popleft()
            try:
                deliver(outcome)
            except Exception:
                # One caller's trouble must not keep the others from their answers.
                logger.exception("an answer could not be delivered")
        if self._stirred:
            self._stirred = False
            self._wake_watchers()

    def _wake_watchers(self) -> None:
        watchers, self._watchers = self._watchers, set()
        for watcher in watchers:
            if not watcher.done():
                watcher.set_result(None)

    async def _next(self, timeout_s: float | None) -> bool:
        watcher: asyncio.Future[None] = self._loop.create_future()
        self._watchers.add(watcher)
        try:
            await asyncio.wait_for(watcher, timeout_s)
        except TimeoutError:
            return False
        finally:
            self._watchers.discard(watcher)
        return True
