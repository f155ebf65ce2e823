"""Whoever was stopped by a rule has a person look at it: a case for the desk, one for each decision."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import transaction

from cardtrail.risk.port import Act, Outcome
from cardtrail.web.accounts.models import Person
from cardtrail.web.desk import cases
from cardtrail.web.desk.casework import Case
from cardtrail.web.market import refusals, saying, words
from cardtrail.web.market.models import Listing
from cardtrail.web.market.refusals import NotPossible
from cardtrail.web.risks.models import Decision
from cardtrail.web.ui.texts import Text

MOST_OPEN: Final = 5
"""ours: so many open enquiries of one person; more are one matter."""

MOST_CHARS: Final = 1_000

_ASKED: Final = Text(
    "{act}没有通过风控，当事人要求人工复核。当时读到：{reasons} 本人说：“{words}”",
    "{act} did not pass risk, and the person asks that somebody look. What they read: {reasons} What they say: "
    "“{words}”",
)
_LISTING: Final = Text(
    "卖家对尾号 {last} 的卡被下架提出申诉，由另一位工作人员复核。当时读到：{why} 本人说：“{words}”",
    "The seller appeals against taking down the listing of card …{last}; another member of staff has to look. What "
    "they read: {why} What they say: “{words}”",
)
_NONE: Final = Text("（没有写原因）", "(no reason)")
_ENOUGH: Final = Text(
    "你已有 {n} 件申诉在处理，请等待结果。", "{n} matters of yours are being looked at; wait for those first."
)


def appeal(person: Person, decision_id: UUID, raw: str) -> Case:
    """A person is asked to look at a decision; asked twice, it is the same case. Raises `NotPossible`,
    `Decision.DoesNotExist` for a decision about somebody else."""
    decision = Decision.objects.get(pk=decision_id, person=person)
    read = [reason.words for reason in decision.answer.decisive]
    reasons = Text("".join(each.zh for each in read), " ".join(each.en for each in read)) if read else _NONE
    text = _ASKED.format(act=words.ACTS[decision.act], reasons=reasons, words=_words(raw))
    return _case(person, text, decision.serial, decision.pk, _origin(decision))


def appeal_listing(seller: Person, listing_id: UUID, raw: str) -> Case:
    """Another person is asked to look at a listing that was taken down; asked twice, it is the same case. Raises
    `NotPossible`, `Listing.DoesNotExist` for one that is somebody else's or was not taken down."""
    listing = Listing.objects.get(pk=listing_id, seller=seller, stage="delisted")
    why = words.why(listing.why) or _NONE
    text = _LISTING.format(last=listing.last_four, why=why, words=_words(raw))
    return _case(seller, text, listing.serial, listing.pk, f"listing/{listing.pk}")


def made(seller: Person, listing: Listing) -> Case | None:
    """The appeal that was made against taking a listing down."""
    return Case.objects.filter(person=seller, reference=_reference(listing.pk)).first()


def _words(raw: str) -> str:
    said = saying.tidy(raw)[:MOST_CHARS]
    if not said:
        raise NotPossible("empty", refusals.EMPTY, "words")
    return said


def _origin(decision: Decision) -> str:
    """The page of the desk that shows what risk stopped, as `desk.origins` knows it; empty where there is none."""
    if decision.about.startswith("order/"):
        return decision.about
    if decision.act in (Act.GIVE, Act.RETURN):
        return f"held/{decision.pk}" if decision.outcome == Outcome.HOLD else ""
    listing = Listing.objects.filter(decision=decision).values_list("pk", flat=True).first()
    return "" if listing is None else f"listing/{listing}"


def _reference(about: UUID) -> bytes:
    return about.bytes.ljust(32, b"\0")


def _case(person: Person, text: Text, serial: int | None, about: UUID, origin: str) -> Case:
    with transaction.atomic():
        Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        known = Case.objects.filter(person=person, reference=_reference(about)).first()
        if known is not None:
            return known
        waiting = Case.objects.filter(person=person, kind=Case.Kind.ENQUIRY, state__in=Case.OPEN_STATES)
        if waiting.count() >= MOST_OPEN:
            raise NotPossible("too_many_appeals", _ENOUGH.format(n=MOST_OPEN))
        return cases.open_case(
            Case.Kind.ENQUIRY,
            text,
            person=person,
            serial=serial,
            opener=person,
            opened_by="holder",
            reference=_reference(about),
            origin=origin,
        )
