from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cardtrail.node.api.limits import Limits
from cardtrail.node.embedded import EmbeddedTransport
from cardtrail.node.service import Node
from tests.node.api.served import Served
from tests.node.ledgers import checkpointed, founding, new_directory, quiet

Serve = Callable[..., Served]


@pytest.fixture
def serve(tmp_path) -> Iterator[Serve]:
    """Starts nodes: `limits` of the interface, and `Options` of the node. A checkpoint follows every commit."""
    with contextlib.ExitStack() as stack:

        def start(limits: Limits | None = None, *, cards: int = 3, **options: Any) -> Served:
            world, raws = founding(cards)
            settings = {"checkpoint_interval_ms": 0, **options}
            node = stack.enter_context(Node(new_directory(tmp_path / "ledger"), quiet(**settings)))
            answers = node.submit(raws).result()
            if settings["checkpoint_interval_ms"] == 0:
                assert checkpointed(node, len(answers))
            transport = stack.enter_context(EmbeddedTransport(node, limits))
            served = Served(world, node, transport)
            stack.enter_context(served.threads)
            return served

        yield start


@pytest.fixture
def served(serve) -> Served:
    """A node with three active cards of ann's."""
    return serve()
