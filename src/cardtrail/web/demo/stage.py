"""The stage that a demonstration is played on: a clock that jumps, people at their browsers, an agenda in the order of
time. What happens on it goes through the same functions as the pages do."""

from __future__ import annotations

import heapq
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from cardtrail.web.accounts.devices import COOKIE, device_of, send_cookie
from cardtrail.web.accounts.models import Person
from cardtrail.web.accounts.sessions import SessionStore
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.perform import perform, run_due
from cardtrail.web.cards import reminders
from cardtrail.web.checkout import timers
from cardtrail.web.desk import loss_following
from cardtrail.web.ui.clock import DAY_MS, HOUR_MS, MINUTE_MS, SHANGHAI, moment, now_ms, set_ahead

PHONE: Final = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)
ANDROID: Final = (
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/138.0.0.0 Mobile Safari/537.36"
)
DESKTOP: Final = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/138.0.0.0 Safari/537.36"
)

Scene = Callable[[], object]
Progress = Callable[[int, int], None]


class Unplayable(RuntimeError):  # noqa: N818 - it names what happened
    """The ledger refused something that the story takes for granted: a mistake in the story."""


@dataclass(slots=True)
class Stage:
    """Where the season is played.

    ends_ms   the present: the season's last day is today
    seed      of everything that is drawn by lot, but for codes and keys
    """

    ends_ms: int
    seed: int = 2026
    chance: Random = field(init=False)
    busy: set[object] = field(default_factory=set)
    """Who has something under way that is not done yet."""

    besides: list[Scene] = field(default_factory=list)
    """What else the worker would do at every tick."""

    _agenda: list[tuple[int, int, Scene, bool]] = field(default_factory=list)
    _open: list[Confirmation] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)
    _browsers: dict[object, HttpRequest] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)  # noqa: S311 - a story, not a secret

    # The clock

    def moment_of(self, days_ago: int, hour: int, minute: int = 0) -> int:
        """A civil time in Shanghai, so many days before the last one."""
        today = moment(self.ends_ms).astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
        return int(today.timestamp() * 1000) - days_ago * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS

    def go_to(self, at_ms: int) -> None:
        """From now on it is this moment, unless it is later already."""
        if at_ms > now_ms():
            set_ahead(at_ms - time.time_ns() // 1_000_000)

    # The agenda

    def at(self, at_ms: int, scene: Scene, *, light: bool = False) -> None:
        """Put something on the agenda. What would come after the present is left out.

        light   it only confirms (`soon`); what is confirmed within a minute is done together
        """
        if at_ms < self.ends_ms:
            heapq.heappush(self._agenda, (at_ms, next(self._numbers), scene, light))

    def on(self, days_ago: int, hour: int, minute: int, scene: Scene) -> None:
        """The same by day and time of day."""
        self.at(self.moment_of(days_ago, hour, minute), scene)

    def play(self, progress: Progress) -> None:
        """Play everything on the agenda, and what that adds to it."""
        done = 0
        while self._agenda:
            at_ms, _, scene, light = heapq.heappop(self._agenda)
            if self._open and (not light or at_ms - now_ms() > MINUTE_MS):
                self.finish()
            self.go_to(at_ms)
            scene()
            done += 1
            progress(done, done + len(self._agenda))
        self.finish()

    def tick(self) -> None:
        """What the worker would do by itself meanwhile: gifts come back, payments expire, delays end."""
        while run_due():
            pass
        timers.run_due(now_ms())
        loss_following.ripen(now_ms())
        for scene in self.besides:
            scene()

    def remind(self) -> None:
        """What the worker looks for once a day: what ends soon."""
        reminders.run_due(now_ms())

    # People

    def at_browser(self, person: Person, agent: str = "") -> HttpRequest:
        """The person, signed in at their own browser, which they have used all season; pages speak their language."""
        translation.activate(person.language)
        known = self._browsers.get(person.pk)
        if known is None:
            known = self._browsers[person.pk] = self._sit_down(
                person, agent or self.chance.choice((PHONE, PHONE, ANDROID))
            )
        return known

    def _sit_down(self, person: Person, agent: str) -> HttpRequest:
        request = HttpRequest()
        request.method = "POST"
        # An address that documentation may use and nobody has.
        place = f"203.0.113.{len(self._browsers) % 250 + 2}"
        request.META |= {
            "HTTP_USER_AGENT": agent,
            "REMOTE_ADDR": place,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
        }
        session = SessionStore()
        session["account_authentication_methods"] = [{"method": "password"}]
        session._session_key = secrets.token_hex(16)
        request.session = session
        request.user = person
        device_of(request)
        answer = HttpResponse()
        send_cookie(request, answer)
        request.COOKIES[COOKIE] = answer.cookies[COOKIE].value
        return request

    # Doing

    def do(self, confirmation: Confirmation) -> list[Action]:
        """Do what was confirmed, all of it that is due. Raises `Unplayable` for a refusal."""
        outcomes = perform(confirmation)
        while any(self._due(outcome.action) for outcome in outcomes):
            outcomes = perform(confirmation)
        for outcome in outcomes:
            if outcome.state == Action.State.REFUSED:
                raise Unplayable(
                    f"{outcome.action.kind} on {outcome.action.serial}: {outcome.action.reason_code}"
                )
        return [outcome.action for outcome in outcomes]

    def soon(self, confirmation: Confirmation) -> None:
        """Do it together with what others confirm in this minute."""
        self._open.append(confirmation)
        self.busy.add(confirmation.person_id)

    def finish(self) -> None:
        """Do all of that. Raises `Unplayable` for a refusal."""
        opened, self._open = self._open, []
        self.busy.clear()
        while opened and run_due():
            pass
        refused = Action.objects.filter(confirmation__in=opened, state=Action.State.REFUSED).first()
        if refused is not None:
            raise Unplayable(f"{refused.kind} on {refused.serial}: {refused.reason_code}")

    @staticmethod
    def _due(action: Action) -> bool:
        return (
            action.state in (Action.State.CONFIRMED, Action.State.SIGNED) and action.next_try_ms <= now_ms()
        )
