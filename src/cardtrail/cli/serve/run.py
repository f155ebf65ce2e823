"""What `serve` does, from the first file to the last signal."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from cardtrail.cli import out
from cardtrail.cli.failures import Misuse, Unavailable
from cardtrail.cli.serve import paying
from cardtrail.cli.serve.lines import Lines
from cardtrail.cli.serve.part import Part, how
from cardtrail.cli.serve.place import Place, node_url, taken
from cardtrail.cli.serve.welcome import show_demo, show_first_run, show_ready

TICK_S = 0.05
HEALTH_EVERY_S = 0.25
PATIENT_STARTS = 4
"""A part that ends so often before everything is ready will not become ready by itself."""

GRACE_S = {"web": 9.0, "worker": 6.0, "sandbox": 8.0, "node": 20.0}
"""How long each part may take to end, in the order in which they are told to."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the person asked for."""

    directory: Path
    host: str
    port: int
    demo: bool
    database: str | None
    public_url: str | None
    trusted_proxies: str | None
    processes: int | None
    verbose: bool

    @property
    def private(self) -> bool:
        """Whether only programs of this machine reach us."""
        return self.host in {"127.0.0.1", "::1", "localhost"}

    @property
    def sandbox(self) -> Path:
        """The directory of the payment provider with play money."""
        return self.directory / "sandbox"

    def url(self, port: int) -> str:
        """What people type. Passkeys need a name, so that this machine is called `localhost`."""
        if self.public_url:
            return self.public_url.rstrip("/")
        if self.private or self.host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not listened on
            return f"http://localhost:{port}"
        return f"http://[{self.host}]:{port}" if ":" in self.host else f"http://{self.host}:{port}"

    def environment(self, port: int, node_url: str) -> dict[str, str]:
        """The settings of the web application. An option that was not given leaves the variable as it is."""
        given = {
            "CARDTRAIL_DIR": str(self.directory.resolve()),
            "CARDTRAIL_NODE": node_url,
            paying.DIRECTORY: str(self.sandbox.resolve()) if paying.wanted(os.environ) else None,
            "CARDTRAIL_PUBLIC_URL": self.url(port),
            "CARDTRAIL_DATABASE": self.database,
            "CARDTRAIL_TRUSTED_PROXIES": self.trusted_proxies,
        }
        return {name: value for name, value in given.items() if value}

    def check(self, environment: Mapping[str, str]) -> None:
        """Raises `ConfigError` for a setting that the web application could not use."""
        from cardtrail.web.config import database_settings, load, mail_settings

        config = load({**environment, **self.environment(self.port or 1, "http://127.0.0.1:1")})
        database_settings(config)
        mail_settings(config)


class _Stop:
    """SIGTERM and SIGINT: the first asks everything to end, another one, a moment later, ends it at once."""

    def __init__(self) -> None:
        self.asked = False
        self.hurry = False
        self._asked_s = 0.0

    def note(self, _: int, __: FrameType | None) -> None:
        """Called by the system."""
        if not self.asked:
            self.asked, self._asked_s = True, time.monotonic()
        elif time.monotonic() - self._asked_s > 0.5:
            self.hurry = True


class _Asked(Exception):  # noqa: N818 - it names what happened
    """Told to stop while something was awaited."""


def run(plan: Plan) -> None:
    """Serve until told to stop. Raises `Misuse`, `Unavailable` and what the rooms raise."""
    stop = _Stop()
    with ExitStack() as held:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            held.callback(signal.signal, number, signal.signal(number, stop.note))
        place = held.enter_context(taken(plan.directory))
        listener = held.enter_context(bound(plan.host, plan.port))
        port: int = listener.getsockname()[1]
        serving = Serving(plan, place, listener, port, stop)
        try:
            serving.start()
            serving.keep()
        except _Asked:
            pass
        finally:
            serving.end()
    out.note(f"stopped; everything is kept in {plan.directory} · 已停止，数据都在该目录")


class Serving:
    """Everything that runs for one `serve`."""

    def __init__(self, plan: Plan, place: Place, listener: socket.socket, port: int, stop: _Stop) -> None:
        self._plan = plan
        self._place = place
        self._listener = listener
        self._port = port
        self._stop = stop
        self._screen = out.aside()
        self._parts: dict[str, Part] = {}
        self._node_url = ""
        self._looked_s = 0.0

    def start(self) -> None:
        """Bring everything up, one after the other, and say where it is."""
        with self._doing("preparing the directory · 正在准备目录"):
            fresh = self._make_place()
        self._place.free_ledger()
        with self._doing("preparing the database · 正在准备数据库"):
            self._step("prepare", "cardtrail.web.prepare", quiet=True)
        if fresh:
            # Before node and sandbox: a season lies in the past, which only who opens their files can write.
            self._step("season", "cardtrail.cli.serve.season", quiet=False)
            self._place.filled()
        self._start_sandbox()
        self._start_node()
        code = None if self._place.accounts.exists() else self._setup_code()
        self._start_web_and_worker()
        url = self._plan.url(self._port)
        self._place.announce(url)
        if self._place.accounts.exists():
            show_demo(self._place.accounts, private=self._plan.private)
        if code is not None:
            show_first_run(url, code, self._place.path)
        show_ready(url)

    def keep(self) -> None:
        """Look after every part until told to stop."""
        while not self._stop.asked:
            self._look_after()
            time.sleep(TICK_S)

    def end(self) -> None:
        """End web, worker, sandbox and node, in this order: nobody asks a part that is gone."""
        for name, grace_s in GRACE_S.items():
            part = self._parts.get(name)
            if part is not None:
                part.ask_to_end()
                part.wait(grace_s, lambda: self._stop.hurry)

    def _make_place(self) -> bool:
        """Whether a demonstration is to be filled."""
        place, plan = self._place, self._plan
        if place.half_filled:
            if plan.database or not plan.demo:
                raise Misuse(
                    f"filling the demonstration in {plan.directory} was interrupted; begin with a new directory"
                    + (" and an empty database" if plan.database else ", or give --demo again")
                )
            out.note("the demonstration was not finished last time; it is begun anew · 上次未完成，重新生成")
            place.empty()
        new = not (place.ledger / "ledger.db").exists()
        if plan.demo and not new and not place.accounts.exists():
            raise Misuse(
                f"{plan.directory} is in use without the demonstration; name another directory for --demo"
            )
        if plan.demo and new:
            place.begin_filling()
        place.furnish(plan.url(self._port), os.environ)
        return plan.demo and new

    def _start_sandbox(self) -> None:
        if not paying.wanted(os.environ):
            return
        plan, place = self._plan, self._plan.sandbox.resolve()
        command = paying.command(place, plan.host, plan.url(self._port), private=plan.private)
        sandbox = self._add("sandbox", lambda: command)
        with self._doing("starting the payment sandbox · 正在启动演练支付"):
            self._await(lambda: paying.answers(place), sandbox)

    def _start_node(self) -> None:
        node = self._add("node", self._node_command)
        with self._doing("starting the ledger's node · 正在启动账本节点"):
            self._await(lambda: bool(node_url(self._place.path)), node)
        self._node_url = node_url(self._place.path)

    def _node_command(self) -> list[str]:
        # The port that the system chose stays the same: the other parts know it.
        address = self._node_url.removeprefix("http://") or "127.0.0.1:0"
        return ["cardtrail.cli", "node", str(self._place.ledger), "--listen", address]

    def _start_web_and_worker(self) -> None:
        command = ["cardtrail.web.server", "--socket", str(self._listener.fileno())]
        if self._plan.processes is not None:
            command += ["--processes", str(self._plan.processes)]
        web = self._add("web", lambda: command, self._listener.fileno())
        worker = self._add("worker", lambda: ["cardtrail.web.worker"])
        with self._doing("starting the pages and the worker · 正在启动网页和后台任务"):
            self._await(self._healthy, web, worker)

    def _add(self, name: str, command: Callable[[], Sequence[str]], *descriptors: int) -> Part:
        lines = Lines(name, self._screen, everything=self._plan.verbose)
        environment = self._plan.environment(self._port, self._node_url)
        part = self._parts[name] = Part(name, command, environment, lines, descriptors)
        part.start()
        return part

    def _step(self, name: str, module: str, *, quiet: bool) -> None:
        """Run something that ends by itself. Raises `Unavailable` if it fails."""
        lines = Lines(name, self._screen, everything=self._plan.verbose) if quiet else None
        step = Part(name, lambda: [module], self._plan.environment(self._port, self._node_url), lines)
        step.start()
        try:
            self._await(lambda: step.ended() is not None)
            status = step.ended()
        finally:
            step.ask_to_end()
            step.wait(GRACE_S["worker"], lambda: self._stop.hurry)
        if status != 0:
            step.tell_rest()
            raise Unavailable(f"{name} did not succeed ({how(status or 0)}) · 未能完成")

    def _await(self, ready: Callable[[], bool], *parts: Part) -> None:
        """Wait, and look after every part meanwhile. Raises `Unavailable` if one of these keeps ending."""
        while not ready():
            if self._stop.asked:
                raise _Asked
            self._look_after()
            for part in parts:
                if part.failures >= PATIENT_STARTS:
                    raise Unavailable(
                        f"{part.name} does not start; the lines above say why · 无法启动，原因见上"
                    )
            time.sleep(TICK_S)
        if self._stop.asked:
            raise _Asked

    def _look_after(self) -> None:
        for part in self._parts.values():
            part.look_after()

    def _healthy(self) -> bool:
        """Whether `/healthz` says so, asked a few times a second."""
        if time.monotonic() - self._looked_s < HEALTH_EVERY_S:
            return False
        self._looked_s = time.monotonic()
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._plan.host, self._plan.host)  # noqa: S104
        connection = http.client.HTTPConnection(host, self._port, timeout=2)
        try:
            connection.request("GET", "/healthz", headers={"Host": "localhost"})
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _setup_code(self) -> str | None:
        """The code of the first-run page, while the brand is not set up."""
        from cardtrail.client.client import Client
        from cardtrail.client.transport import HttpTransport
        from cardtrail.web import setup_code

        if Client(HttpTransport(self._node_url)).ledger().network is None:
            return setup_code.make(self._place.path)
        return setup_code.read(self._place.path)

    @contextmanager
    def _doing(self, what: str) -> Iterator[None]:
        if not (self._screen.is_terminal and sys.stderr.isatty()):
            yield
            return
        with self._screen.status(what):
            yield


@contextmanager
def bound(host: str, port: int) -> Iterator[socket.socket]:
    """The public address, ours from now on; it takes no connections before the web server listens."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise Unavailable(
                f"cannot listen on {host}:{port}: {error.strerror or error}; choose another with --listen"
                " · 该地址或端口不可用"
            ) from error
        yield listener
