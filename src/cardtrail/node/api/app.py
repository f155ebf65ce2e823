"""The ASGI application."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator

import apsw
import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from cardtrail.node.api import cards, commands, entries, feed, health, ledger, log
from cardtrail.node.api.answers import JSON
from cardtrail.node.api.context import Context
from cardtrail.node.api.limits import Limits
from cardtrail.node.api.openapi import DOCUMENT
from cardtrail.node.api.problems import Kind, Problem
from cardtrail.node.api.published import PublishedLog
from cardtrail.node.api.wakeups import Mailbox
from cardtrail.node.service import Node
from cardtrail.node.store import Store

logger = logging.getLogger(__name__)

_OF_STATUS = {404: Kind.UNKNOWN_PATH, 405: Kind.WRONG_METHOD}


class Api:
    """The interface of one node. It belongs to the event loop in which `opened` was entered, or the lifespan began."""

    def __init__(self, node: Node, limits: Limits | None = None) -> None:
        self._node = node
        self.limits = limits or Limits()
        self._mailbox: Mailbox | None = None
        self._commands: commands.Commands | None = None
        self._others = Starlette(lifespan=self._lifespan)

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Answer requests in here."""
        store = Store(self._node.directory.database, readonly=True)
        mailbox = Mailbox(self._node)
        context = Context(self._node, self.limits, store, PublishedLog(self._node, store), mailbox)
        self._mailbox, self._commands = mailbox, commands.Commands(context)
        self._others = _application(context, self._commands)
        try:
            yield
        finally:
            mailbox.disconnect()
            self._commands = None
            store.close()

    def end_feeds(self) -> None:
        """End the live feeds, which else keep their connections open for ever. To be called in the event loop."""
        if self._mailbox is not None:
            self._mailbox.close_feeds()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI: one request, or the lifespan."""
        hot = scope["type"] == "http" and scope["path"] == commands.PATH and scope["method"] == "POST"
        if hot and self._commands is not None:
            await self._commands(scope, receive, send)
        else:
            await self._others(scope, receive, send)

    def begin_quick(self, headers: commands.RawHeaders) -> commands.Quick | None:
        """The short way for a POST to `commands.PATH` with these headers, if it can take it."""
        return None if self._commands is None else self._commands.begin_quick(headers)

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with self.opened():
            yield


def _application(context: Context, submit: commands.Commands) -> Starlette:
    async def openapi(_: Request) -> Response:
        return Response(document, media_type=JSON)

    document = msgspec.json.encode(DOCUMENT)
    routes = [
        Route(commands.PATH, submit, methods=["POST"]),
        *entries.routes(context),
        *cards.routes(context),
        *ledger.routes(context),
        *feed.Feeds(context).routes(),
        *log.routes(context),
        *health.routes(context),
        Route("/openapi.json", openapi),
    ]
    application = Starlette(
        routes=routes,
        exception_handlers={
            Problem: _on_problem,
            HTTPException: _on_http_exception,
            apsw.Error: _on_storage_error,
            Exception: _on_mistake,
        },
    )
    # One address for one thing: with a slash at its end it is another one, which does not exist.
    application.router.redirect_slashes = False
    return application


async def _on_problem(_: Request, error: Exception) -> Response:
    if not isinstance(error, Problem):
        raise error
    return error.response()


async def _on_http_exception(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return Problem(_OF_STATUS.get(error.status_code, Kind.BAD_PARAMETER), headers=error.headers).response()


async def _on_storage_error(_: Request, error: Exception) -> Response:
    logger.error("the ledger's file cannot be read: %s", error)
    return Problem(Kind.STORAGE_FAILED).response()


async def _on_mistake(_: Request, error: Exception) -> Response:
    # Starlette raises it again behind the answer, and the server writes it to its log, without the request's body.
    return Problem(Kind.INTERNAL).response()
