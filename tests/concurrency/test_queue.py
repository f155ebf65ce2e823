"""More comes than the node takes: it says so, at once, and goes on as soon as it can."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Semaphore

from cardtrail.node.store import Store
from cardtrail.wire.answers import Accepted
from tests.concurrency.processes import founded_now, new_node
from tests.ledger_world import key, sign
from tests.node.ledgers import PATIENCE_S

CLIENTS = 64
QUEUE = 12
BATCH = 4
IN_HAND = QUEUE + 3 * BATCH


def test_a_full_queue_answers_503_and_later_all_goes_on(tmp_path):
    """The test holds the database's write lock, so that the engine stands in the middle of a commit.

    At most three batches are then in its hands, and the queue is full: all other clients are told to come again, do,
    and are served in the end.
    """
    world = founded_now(CLIENTS)
    with new_node(tmp_path / "ledger", queue_limit=QUEUE, batch_limit=BATCH) as node:
        for raw in world.take():
            assert node.client().post(raw)[0] == 200
        raws = [
            sign(world.make("redeem", serial=serial, amount_minor=1), [key("ann")])
            for serial in range(CLIENTS)
        ]
        refused, released = Semaphore(0), Event()

        def client(raw: bytes) -> int:
            connection, status = node.client(), 503
            while status == 503:
                status, [answer] = connection.post(raw)
                if status == 503:
                    assert answer.code == "busy"
                    refused.release()
                    assert released.wait(PATIENCE_S)
            assert isinstance(answer, Accepted)
            return status

        lock = Store(node.directory.database)
        with ThreadPoolExecutor(CLIENTS) as threads:
            lock._db.execute("BEGIN IMMEDIATE")
            try:
                waiting = [threads.submit(client, raw) for raw in raws]
                for _ in range(CLIENTS - IN_HAND):
                    assert refused.acquire(timeout=PATIENCE_S)
                assert node.client().json("/healthz")["status"] == "ok", "reading goes on meanwhile"
            finally:
                lock._db.execute("ROLLBACK")
                released.set()
            statuses = [future.result(PATIENCE_S) for future in waiting]
        lock.close()
        assert statuses == [200] * CLIENTS
        [totals] = node.client().json("/v1/totals")["totals"]
        assert totals["redeemed"] == CLIENTS
        assert node.stop()[0] == 0
