"""Opening cases, and what is written into them. A case's log only grows."""

from __future__ import annotations

import secrets
from typing import Final

from django.db import transaction
from django.db.models import F
from django.urls import reverse

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.desk.calling import call
from cardtrail.web.desk.casework import Case, CaseEntry, CaseYear
from cardtrail.web.desk.words import STATE_WORDS
from cardtrail.web.ledger.models import Card
from cardtrail.web.notices.tell import notify
from cardtrail.web.ui.clock import DAY_MS, day_of, now_ms
from cardtrail.web.ui.texts import Text

Kind = Case.Kind
State = Case.State

DAYS: Final = {
    Kind.NOT_ME: 1,
    Kind.LOST: 3,
    Kind.IDENTITY: 3,
    Kind.ENQUIRY: 5,
    Kind.APPEAL: 5,
    Kind.COURT: 5,
    Kind.ERROR: 3,
    Kind.CONDUCT: 5,
}
"""Within so many days a case of each kind is decided. Ours, not the law's."""

NOTE_MOST: Final = 2_000

WORKERS: Final = ("support", "risk")
"""Roles that deal with cases."""

_CALLS: Final = Text("工作台：新案件 {number}（{kind}）。", "The desk: a new case, {number} ({kind}).")


class CaseClosed(ValueError):  # noqa: N818 - it names what is wrong
    """Nothing is added to a closed case."""

    text: Final = Text("案件已关闭，不能再修改。请另立新案。", "The case is closed. Open a new one instead.")


def open_case(
    kind: str,
    text: Text,
    *,
    person: Person | None = None,
    serial: int | None = None,
    opener: Person | None = None,
    opened_by: str = "staff",
    reference: bytes | None = None,
    origin: str = "",
) -> Case:
    """A new case with the first line of its log. Part of the caller's transaction or one of its own.

    reference   what the ledger's commands already carry; a new one otherwise
    origin      where it began, as `origins` knows it
    """
    at_ms = now_ms()
    with transaction.atomic():
        case = Case.objects.create(
            number=_next_number(at_ms),
            kind=kind,
            person=person,
            serial=serial,
            opened_by=opened_by,
            opener=opener,
            assignee=opener if opened_by == "staff" else None,
            reference=secrets.token_bytes(32) if reference is None else reference,
            origin=origin,
            opened_ms=at_ms,
            changed_ms=at_ms,
            due_ms=at_ms + DAYS[Kind(kind)] * DAY_MS,
        )
        add(case, "opened", text, author=opener)
        if opened_by != "staff":
            _call(case, opener)
    return case


def _call(case: Case, opener: Person | None) -> None:
    """Whoever deals with such cases hears that a holder, or the system, has opened one."""
    call(
        "appeals" if case.kind == Kind.APPEAL else "cases",
        WORKERS,
        key=f"case/{case.pk}",
        text=_CALLS.format(kind=case.kind_text, number=case.number),
        url=reverse("desk:case", args=[case.number]),
        but=frozenset({case.person_id, None if opener is None else opener.pk}),
    )


def add(
    case: Case,
    kind: str,
    text: Text,
    *,
    author: Person | None = None,
    shown: bool = False,
    confirmation: Confirmation | None = None,
) -> CaseEntry:
    """One more line in a case's log."""
    at_ms = now_ms()
    Case.objects.filter(pk=case.pk).update(changed_ms=at_ms)
    case.changed_ms = at_ms
    return CaseEntry.objects.create(
        case=case,
        at_ms=at_ms,
        author=author,
        kind=kind,
        zh=text.zh,
        en=text.en,
        shown=shown,
        confirmation=confirmation,
    )


def note(case: Case, author: Person, words: str) -> CaseEntry:
    """A note among staff. Raises `CaseClosed`."""
    with transaction.atomic():
        _lock_open(case)
        return add(case, "note", Text(words, words), author=author)


def write_to_holder(case: Case, author: Person, words: str) -> CaseEntry:
    """A message to the person a case is about: in the pages and by mail. The case waits for them.

    Raises `CaseClosed`, `ValueError` for a case about nobody."""
    if case.person is None:
        raise ValueError("the case is about nobody")
    with transaction.atomic():
        _lock_open(case)
        entry = add(case, "message", Text(words, words), author=author, shown=True)
        _move(case, State.WAITING)
        text = Text("关于案件 {number}：{words}", "About case {number}: {words}").format(
            number=case.number, words=short(Text(words, words))
        )
        notify(case.person, "cases.message", key=f"case-entry/{entry.pk}", text=text, url=holder_page(case))
    return entry


def assign(case: Case, by: Person, to: Person | None) -> None:
    """Somebody takes a case, or gives it back. Raises `CaseClosed`."""
    with transaction.atomic():
        _lock_open(case)
        Case.objects.filter(pk=case.pk).update(assignee=to)
        case.assignee = to
        text = (
            Text("无人负责", "Nobody has it now")
            if to is None
            else Text("由 {who} 负责", "{who} has it now").format(who=to.name or to.email)
        )
        add(case, "assigned", text, author=by)


def move(case: Case, by: Person | None, state: str) -> None:
    """Set where a case stands. Raises `CaseClosed` for one that is closed."""
    with transaction.atomic():
        _lock_open(case, closed_too=state == State.CLOSED)
        if case.state == state:
            return
        _move(case, state)
        add(case, "state", STATE_WORDS[state], author=by)


def set_due(case: Case, due_ms: int | None) -> None:
    """When a case should be decided, now that something has happened that it waited for or begins to."""
    Case.objects.filter(pk=case.pk).update(due_ms=due_ms)
    case.due_ms = due_ms


def decided(case: Case, by: Person | None, text: Text, confirmation: Confirmation | None = None) -> None:
    """A case has come to its decision, which its person may read."""
    with transaction.atomic():
        _move(case, State.DECIDED)
        add(case, "decision", text, author=by, shown=True, confirmation=confirmation)


def tell_decision(case: Case, text: Text) -> None:
    """Tell the person a case is about what was decided. Once for each time it is decided."""
    if case.person is None:
        return
    number = case.entries.filter(kind="decision").count()
    words = Text("案件 {number} 已有决定：{text}", "Case {number} was decided: {text}").format(
        number=case.number, text=short(text)
    )
    notify(
        case.person,
        "cases.decided",
        key=f"case/{case.pk}/decided/{number}",
        text=words,
        url=holder_page(case),
    )


def holder_page(case: Case) -> str:
    """Where the person a case is about reads it."""
    return reverse("my_case", args=[case.number])


def short(text: Text, most: int = 300) -> Text:
    """A text that fits into a notice."""
    return Text(*(words if len(words) <= most else f"{words[: most - 1]}…" for words in (text.zh, text.en)))


def case_of_reference(reference: bytes | memoryview | None) -> Case | None:
    """The case behind a hash in the ledger, if it is one of ours."""
    if reference is None:
        return None
    return Case.objects.select_related("person").filter(reference=bytes(reference)).first()


def on_not_me(action: Action) -> None:
    """Hook: a holder said that something was not theirs, and the freeze they asked for was done or refused."""
    reference = bytes.fromhex(action.parameters["case"])
    if action.person is None:
        return
    known = Case.objects.filter(reference=reference).first()
    if known is not None and known.serial == action.serial:
        return
    card = None if action.serial is None else Card.objects.filter(serial=action.serial).first()
    case = known or open_case(
        Kind.NOT_ME,
        Text(action.confirmation.text, action.confirmation.text),
        person=action.person,
        serial=action.serial,
        opener=action.person,
        opened_by="holder",
        reference=reference,
    )
    done = action.state == Action.State.DONE
    last = "" if card is None else card.last_four
    stopped = Text(
        "尾号 {last} 的卡已冻结（账本第 {n} 条）。", "Card …{last} was frozen (ledger entry {n})."
    ).format(last=last, n=action.entry_index)
    refused = Text(
        "账本没有接受冻结尾号 {last} 的卡：{reason}",
        "The ledger did not accept the freeze of card …{last}: {reason}",
    ).format(last=last, reason=action.reason or "")
    said = stopped if done else refused
    if case.entries.filter(kind="ledger", zh=said.zh).exists():
        return
    add(case, "ledger", said, confirmation=action.confirmation)
    if card is not None and card.holder_id not in {None, action.person_id}:
        add(case, "ledger", Text("卡已在他人名下。", "The card belongs to somebody else by now."))


def _next_number(at_ms: int) -> str:
    year = day_of(at_ms).year
    CaseYear.objects.get_or_create(year=year)
    CaseYear.objects.filter(year=year).update(last=F("last") + 1)
    return f"{year}-{CaseYear.objects.get(year=year).last:06}"


def _lock_open(case: Case, *, closed_too: bool = False) -> None:
    current = Case.objects.select_for_update().get(pk=case.pk)
    case.state = current.state
    if current.state == State.CLOSED and not closed_too:
        raise CaseClosed


def _move(case: Case, state: str) -> None:
    Case.objects.filter(pk=case.pk).update(state=state, changed_ms=now_ms())
    case.state = state
