"""One request to a receiver, bounded in every direction. Knows no database, so it may run in any thread."""

from __future__ import annotations

import contextlib
import email.utils
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from http.client import HTTPException
from types import TracebackType

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError
from urllib3.util.ssl_match_hostname import CertificateError

from cardtrail.web.webhooks.addresses import Url, parse_url, resolve
from cardtrail.web.webhooks.failures import SendFailed
from cardtrail.web.webhooks.messages import Message

STEP_TIMEOUT_S = 10.0
TOTAL_TIMEOUT_S = 20.0
MAX_RESPONSE_BYTES = 2048

# A connection used without a pool lets through what http.client and the sockets raise.
_TROUBLE = (HTTPError, HTTPException, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request.

    status         HTTP status, none if no whole answer came
    response       the beginning of its body
    retry_after_s  the receiver's wish in seconds, none if it has none
    error          key of `failures.FAILURES`, empty if it was taken
    """

    status: int | None
    response: str
    retry_after_s: int | None
    duration_ms: int
    error: str


def post(url: str, message: Message, *, total_s: float = TOTAL_TIMEOUT_S) -> Answer:
    """Post a message once: no repeat, no redirect. Never raises for what the receiver does."""
    begun = time.monotonic()
    try:
        target = parse_url(url)
        status, retry_after_s, response = _exchange(target, resolve(target), message, begun + total_s)
    except SendFailed as failure:
        return Answer(None, "", None, _since(begun), failure.code)
    return Answer(status, response, retry_after_s, _since(begun), _verdict(status))


def _verdict(status: int) -> str:
    if 200 <= status < 300:
        return ""
    if status == 410:
        return "gone"
    return "redirect" if 300 <= status < 400 else "status"


def _exchange(url: Url, addresses: list[str], message: Message, end: float) -> tuple[int, int | None, str]:
    headers = {
        **message.headers,
        "host": url.host_field,
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "close",
    }
    connection = _connect(url, addresses, end)
    with contextlib.closing(connection), _Deadline(connection, end) as deadline:
        try:
            connection.request(
                "POST",
                url.path,
                body=message.body,
                headers=headers,
                preload_content=False,
                decode_content=False,
            )
            answer = connection.getresponse()
        except _TROUBLE as error:
            raise SendFailed(deadline.code or _code(error)) from None
        if deadline.code:
            # http.client takes a head that was cut off for one that is whole.
            raise SendFailed(deadline.code)
        with contextlib.closing(answer):
            return answer.status, _retry_after_s(answer.headers.get("retry-after", "")), _beginning(answer)


def _connect(url: Url, addresses: list[str], end: float) -> HTTPConnection:
    """A connection to the first address that takes one."""
    code = "no_connection"
    for address in addresses:
        left = end - time.monotonic()
        if left <= 0:
            raise SendFailed("timeout")
        connection = _connection(url, address, min(STEP_TIMEOUT_S, left))
        with _Deadline(connection, end) as deadline:
            try:
                connection.connect()
            except _TROUBLE as error:
                connection.close()
                code = deadline.code or _code(error)
            else:
                return connection
    raise SendFailed(code)


def _connection(url: Url, address: str, timeout_s: float) -> HTTPConnection:
    """To the very address that was checked. The certificate has to be the name's."""
    if not url.secure:
        return HTTPConnection(address, url.port, timeout=timeout_s)
    return HTTPSConnection(
        address,
        url.port,
        timeout=timeout_s,
        cert_reqs="CERT_REQUIRED",
        server_hostname=url.host,
        assert_hostname=url.host,
    )


class _Deadline:
    """Cuts a connection off when its time is over: a receiver that sends one byte now and then would otherwise
    begin every timeout anew.
    """

    def __init__(self, connection: HTTPConnection, end: float) -> None:
        self._connection = connection
        # http.client forgets the socket as soon as it knows that an answer is the last one on it.
        self._held = connection.sock
        self._timer = threading.Timer(max(0.0, end - time.monotonic()), self._cut)
        self._timer.daemon = True
        self.code = ""

    def _cut(self) -> None:
        self.code = "timeout"
        held = self._held or self._connection.sock
        if held is not None:
            with contextlib.suppress(OSError):
                # Past TLS's own shutdown, which would pull the session away from the thread that reads.
                socket.socket.shutdown(held, socket.SHUT_RDWR)

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()


def _beginning(answer: urllib3.BaseHTTPResponse) -> str:
    """The first bytes of a body. The status has been told by then, so one that breaks off changes nothing."""
    data = bytearray()
    with contextlib.suppress(*_TROUBLE):
        while len(data) < MAX_RESPONSE_BYTES and (chunk := answer.read1(MAX_RESPONSE_BYTES - len(data))):
            data += chunk
    # PostgreSQL's texts cannot hold NUL.
    return bytes(data[:MAX_RESPONSE_BYTES]).decode(errors="replace").replace("\0", "�")


def _code(error: Exception) -> str:
    if isinstance(error, (ssl.SSLCertVerificationError, CertificateError)):
        return "bad_certificate"
    if isinstance(error, NewConnectionError):  # For urllib3 this is a kind of timeout.
        return "no_connection"
    if isinstance(error, (ConnectTimeoutError, ReadTimeoutError, TimeoutError)):
        return "timeout"
    return "broken"


def _retry_after_s(text: str) -> int | None:
    """RFC 9110, 10.2.3: seconds or a date."""
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return int(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0, round(moment.timestamp() - time.time()))


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
