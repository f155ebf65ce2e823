"""`/healthz` and `/metrics`: how the node fares, for whoever runs it."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cardtrail.node.api import params
from cardtrail.node.api.answers import json_answer
from cardtrail.node.api.context import Context


def routes(context: Context) -> list[Route]:
    """The routes for operators."""
    node = context.node

    async def health(request: Request) -> Response:
        params.query(request)
        if node.stopped:
            raise context.stopped()
        return json_answer(
            {"status": "ok", "size": node.engine.state.size, "checkpoint_size": context.log.size}
        )

    async def metrics(request: Request) -> Response:
        params.query(request)
        figures, state = node.metrics, node.engine.state
        figures.entries.set(state.size)
        figures.cards.set(state.card_count)
        figures.checkpoint.set(context.log.size)
        figures.queue.set(node.queue_depth)
        # Named with its type and charset, lest the framework adds a second charset.
        headers = {"content-type": CONTENT_TYPE_PLAIN_0_0_4, "cache-control": "no-store"}
        return Response(generate_latest(figures.registry), headers=headers)

    return [Route("/healthz", health), Route("/metrics", metrics)]
