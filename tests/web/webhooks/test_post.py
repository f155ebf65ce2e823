from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from cardtrail.web.webhooks.messages import Message
from cardtrail.web.webhooks.post import MAX_RESPONSE_BYTES, post
from tests.web.webhooks.receiver import Endless, receiving

MESSAGE = Message({"content-type": "application/json"}, b'{"a": 1}')

pytestmark = pytest.mark.usefixtures("loopback")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        *((200, ""), (201, ""), (202, ""), (204, ""), (299, "")),
        *((301, "redirect"), (304, "redirect"), (400, "status"), (404, "status"), (410, "gone")),
        *((429, "status"), (500, "status"), (503, "status")),
    ],
)
def test_only_2xx_counts_as_taken(status, error):
    with receiving(status) as receiver:
        answer = post(receiver.url, MESSAGE)
    assert (answer.status, answer.error) == (status, error)
    assert [(one.path, one.body) for one in receiver.got] == [("/events", b'{"a": 1}')]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status):
    with receiving(204) as aim, receiving((status, {"Location": aim.url}, b"")) as receiver:
        assert post(receiver.url, MESSAGE).error == "redirect"
    assert (len(receiver.got), aim.got) == (1, [])


def test_of_a_big_answer_only_the_beginning_is_read():
    endless = Endless(1 << 28)
    with receiving(endless) as receiver:
        answer = post(receiver.url, MESSAGE)
        assert endless.over.wait(30)
    assert (answer.status, answer.error) == (200, "")
    assert answer.response == "x" * MAX_RESPONSE_BYTES
    assert endless.sent < endless.size


def test_a_compressed_answer_is_not_unpacked():
    with receiving((200, {"Content-Encoding": "gzip"}, b"\x1f\x8bnot gzip\0")) as receiver:
        answer = post(receiver.url, MESSAGE)
    assert answer.error == ""
    assert answer.response.endswith("not gzip�")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("7", 7), ("0", 0), ("", None), ("soon", None), ("-5", None), ("1" * 10, None), ("٧", None)),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
    ],
)
def test_retry_after_is_read(text, seconds):
    with receiving((503, {"Retry-After": text.encode().decode("latin-1")}, b"")) as receiver:
        assert post(receiver.url, MESSAGE).retry_after_s == seconds


def test_a_later_date_is_a_wish_too():
    then = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=3)
    with receiving((503, {"Retry-After": f"{then:%a, %d %b %Y %H:%M:%S} GMT"}, b"")) as receiver:
        wish = post(receiver.url, MESSAGE).retry_after_s
    assert wish is not None
    assert 2 * 3600 < wish <= 3 * 3600


@pytest.mark.parametrize(
    "said", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: 1"]
)
def test_what_is_no_http_is_a_failure_not_an_accident(said):
    with Raw(said) as url:
        answer = post(url, MESSAGE)
    # A head that breaks off ends like one that is whole: http.client takes it, and so may we.
    assert (answer.status, answer.error) in {(None, "broken"), (200, "")}
    assert (answer.error == "") == said.startswith(b"HTTP/1.1 200")


def test_a_head_without_end_is_refused():
    with Raw(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"a" * 70_000) as url:
        assert post(url, MESSAGE).error == "broken"


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nA: b"])
def test_an_answer_that_does_not_end_is_cut_off(said):
    with Raw(said, stay=True) as url:
        answer = post(url, MESSAGE, total_s=0.2)
    assert (answer.status, answer.error) == (None, "timeout")


def test_an_answer_that_comes_in_drops_is_cut_off():
    """Each byte would begin a timeout anew."""
    drops = b"HTTP/1.1 200 OK\r\nX: " + b"a" * 500 + b"\r\n\r\n"
    server = Raw(drops, drops=True)
    with server as url:
        answer = post(url, MESSAGE, total_s=0.3)
    assert (answer.status, answer.error) == (None, "timeout")
    assert server.dropped < len(drops)


def test_an_event_that_was_taken_stays_taken_if_the_answers_text_never_ends():
    with Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nth", stay=True) as url:
        answer = post(url, MESSAGE, total_s=0.2)
    assert (answer.status, answer.error, answer.response) == (200, "", "th")


def test_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert post(f"http://127.0.0.1:{port}/", MESSAGE).error == "no_connection"


def test_the_certificate_has_to_be_the_names(tmp_path, monkeypatch):
    """The connection goes to an address, the certificate is still checked against the name."""
    for name, error in (("localhost", ""), ("other.example", "bad_certificate")):
        server, authority = certificate(name, tmp_path)
        asked_for: list[str | None] = []
        server.sni_callback = lambda _socket, asked, _context, seen=asked_for: seen.append(asked)
        monkeypatch.setenv("SSL_CERT_FILE", authority)
        with receiving(204, tls=server) as receiver:
            answer = post(f"https://localhost:{receiver.port}/", MESSAGE)
        assert (name, answer.error, asked_for) == (name, error, ["localhost"])
        assert len(receiver.got) == (0 if error else 1)


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path):
    server, _ = certificate("localhost", tmp_path)
    with receiving(204, tls=server) as receiver:
        assert post(f"https://localhost:{receiver.port}/", MESSAGE).error == "bad_certificate"
    assert receiver.got == []


class Raw:
    """A server that reads a request and says these bytes: at once or in drops; with `stay` it keeps the line open
    afterwards.
    """

    def __init__(self, said: bytes, *, stay: bool = False, drops: bool = False) -> None:
        self._said = said
        self._stay = stay
        self._drops = drops
        self.dropped = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = Thread(target=self._serve)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/"

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        line, _ = self._socket.accept()
        with line:
            seen = b""
            while not seen.endswith(MESSAGE.body):
                seen += line.recv(65536)
            if self._drops:
                with contextlib.suppress(ConnectionError):
                    line.settimeout(0.02)
                    for byte in self._said:
                        line.sendall(bytes([byte]))
                        self.dropped += 1
                        with contextlib.suppress(TimeoutError):
                            line.recv(1)
            else:
                line.sendall(self._said)
            if self._stay:
                line.recv(1)  # Until the other side goes.


def certificate(name: str, where) -> tuple[ssl.SSLContext, str]:
    """A self-made certificate for a name, to serve with, and the file by which to trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = where / f"{name}.crt", where / f"{name}.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, str(public)
