"""A browser whose person does not give up: what is not answered is sent again, the very same form."""

from __future__ import annotations

import html
import http.client
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

PATIENCE_S = 90.0
"""So long a person keeps trying: a part that was killed often is started again later and later."""

_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_INPUT = re.compile(r"<input\b([^>]*)>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')

Fields = list[tuple[str, str]]


class GaveUpError(AssertionError):
    """No answer came while patience lasted."""


@dataclass(frozen=True)
class Page:
    """An answer."""

    path: str
    status: int
    text: str

    def form(self, holding: str) -> Fields:
        """What the form that contains a text would send as it stands: hidden fields, filled fields, chosen radios."""
        for _, inner in _FORM.findall(self.text):
            if holding in inner:
                return _fields(inner)
        raise LookupError(f"{self.path} ({self.status}) has no form with {holding}")

    def action(self, holding: str) -> str:
        """Where the form that contains a text goes, or whose own address does."""
        for attributes, inner in _FORM.findall(self.text):
            if holding in inner or holding in attributes:
                return dict(_ATTRIBUTE.findall(attributes)).get("action", self.path)
        raise LookupError(f"{self.path} ({self.status}) has no form with {holding}")


class Browser:
    """One person's browser: a session, cookies, one connection."""

    def __init__(self, port: int, session: str) -> None:
        self._port = port
        self._host = f"localhost:{port}"
        self._cookies = {"cardtrail_session": session}
        self._connection: http.client.HTTPConnection | None = None
        self.repeated = 0

    def get(self, path: str) -> Page:
        """A page, where redirects lead to."""
        return self._follow(self._ask("GET", path, None))

    def send(self, path: str, fields: Fields, *, follow: bool = True, **more: str | Sequence[str]) -> Page:
        """Send a form, with other values for some of its fields; `follow` where it leads."""
        named: Mapping[str, Sequence[str]] = {
            name: [value] if isinstance(value, str) else value for name, value in more.items()
        }
        sent = [(name, value) for name, value in fields if name not in named]
        sent += [(name, value) for name, values in named.items() for value in values]
        answered = self._ask("POST", path, urlencode(sent).encode())
        return self._follow(answered) if follow else Page(*answered[:3])

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _follow(self, answered: tuple[str, int, str, str]) -> Page:
        path, status, text, location = answered
        for _ in range(6):
            if status not in {301, 302, 303}:
                return Page(path, status, text)
            parts = urlsplit(location)
            path, status, text, location = self._ask(
                "GET", parts.path + (f"?{parts.query}" if parts.query else ""), None
            )
        raise AssertionError(f"{path} leads round in circles")

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[str, int, str, str]:
        """Ask until there is an answer that is one: whoever meets a broken connection or a fault tries again."""
        ends_s = time.monotonic() + PATIENCE_S
        trouble = ""
        while time.monotonic() < ends_s:
            try:
                status, text, location = self._once(method, path, body)
            except (OSError, http.client.HTTPException) as error:
                trouble = repr(error)
                self.close()
            else:
                if status < 500:
                    return path, status, text, location
                trouble = f"status {status}"
            self.repeated += 1
            time.sleep(0.1)
        raise GaveUpError(f"{method} {path}: {trouble}")

    def _once(self, method: str, path: str, body: bytes | None) -> tuple[int, str, str]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        headers = {
            "Host": self._host,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
        }
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = f"http://{self._host}"
        self._connection.request(method, path, body=body, headers=headers)
        answer = self._connection.getresponse()
        data = answer.read()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self._cookies[key] = rest.partition(";")[0]
        return answer.status, data.decode(errors="replace"), answer.getheader("Location", "")


def _fields(inner: str) -> Fields:
    found: Fields = []
    for attributes in _INPUT.findall(inner):
        named = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(attributes)}
        chosen = named.get("type") not in {"radio", "checkbox"} or re.search(r"\bchecked\b", attributes)
        if "name" in named and chosen:
            found.append((named["name"], named.get("value", "")))
    return found


def choices(inner: str, name: str) -> list[str]:
    """The values that the boxes and buttons of a name offer."""
    found = [dict(_ATTRIBUTE.findall(attributes)) for attributes in _INPUT.findall(inner)]
    return [given["value"] for given in found if given.get("name") == name]
