"""Who buys cards: written down sealed, found again by keyed hashes, wiped when the law no longer asks for it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from django.db.models import Q

from cardtrail.compliance import purchase as law
from cardtrail.compliance.dates import DAY_MS
from cardtrail.compliance.retention import RecordClass, may_delete
from cardtrail.web.actions.custody import keyring
from cardtrail.web.desk.stock import Purchase
from cardtrail.web.ui.texts import Text

_NAME, _DOCUMENT = b"buyer-name", b"buyer-document"


@dataclass(frozen=True, slots=True)
class BuyerDraft:
    """Who buys, and how it is paid for, before it is written down. The repr hides who.

    name, document   may be empty where the law does not ask for them
    """

    buyer: str
    method: str
    on_premises: bool
    name: str = field(default="", repr=False)
    document: str = field(default="", repr=False)
    invoice: str = ""

    @property
    def identified(self) -> bool:
        """Whether it says who the buyer is, with a document."""
        return bool(_plain(self.name) and _plain(self.document))

    @property
    def words(self) -> Text:
        """The purchase in words that may be kept for ever: no name, no number."""
        return Text(
            "购卡人：{buyer}（{known}）；付款方式：{method}；{where}。",
            "Buyer: {buyer} ({known}); paid by: {method}; {where}.",
        ).format(
            buyer=_BUYERS[self.buyer],
            known=_KNOWN if self.identified else _UNKNOWN,
            method=_METHODS[self.method],
            where=_ON if self.on_premises else _OFF,
        )


_BUYERS = {
    each.value: Text(law.Buyer[each.name].value.zh, law.Buyer[each.name].value.en) for each in Purchase.Buyer
}
_METHODS = {
    each.value: Text(law.Method[each.name].value.zh, law.Method[each.name].value.en)
    for each in Purchase.Method
}
_KNOWN = Text("身份已登记", "identity recorded")
_UNKNOWN = Text("未登记身份", "identity not recorded")
_ON = Text("现场购卡", "bought on the premises")
_OFF = Text("非现场购卡", "bought off the premises")


def as_law_sees(draft: BuyerDraft, *, named: bool, total_minor: int, now_ms: int) -> law.Purchase:
    """The purchase as the checks want it."""
    return law.Purchase(
        buyer=law.Buyer[Purchase.Buyer(draft.buyer).name],
        named_fen=total_minor if named else 0,
        anonymous_fen=0 if named else total_minor,
        method=law.Method[Purchase.Method(draft.method).name],
        on_premises=draft.on_premises,
        identity_recorded=draft.identified,
        time_ms=now_ms,
    )


def others_of_the_day(draft: BuyerDraft, now_ms: int) -> list[law.Purchase]:
    """What the same buyer has bought within a day: by document, and by name where one was given without the other.
    Which of it counts as the same day, the check decides. What was declined does not count."""
    same = Q()
    if draft.document:
        same |= Q(document_hash=_hash(_DOCUMENT, draft.document))
    if draft.name:
        same |= Q(name_hash=_hash(_NAME, draft.name), buyer=draft.buyer)
    if not same:
        return []
    rows = Purchase.objects.filter(same, time_ms__gt=now_ms - DAY_MS, time_ms__lte=now_ms).filter(
        Q(batch__issue__declined_ms__isnull=True), Q(activation__confirmation__declined_ms__isnull=True)
    )
    return [
        law.Purchase(
            buyer=law.Buyer[Purchase.Buyer(row.buyer).name],
            named_fen=row.named_minor,
            anonymous_fen=row.anonymous_minor,
            method=law.Method[Purchase.Method(row.method).name],
            on_premises=row.on_premises,
            identity_recorded=row.identified,
            time_ms=row.time_ms,
        )
        for row in rows
    ]


def write_down(draft: BuyerDraft, *, named: bool, total_minor: int, now_ms: int) -> Purchase:
    """Keep the purchase; name and document sealed for this row alone."""
    row = Purchase(
        buyer=draft.buyer,
        identified=draft.identified,
        method=draft.method,
        on_premises=draft.on_premises,
        invoice=draft.invoice,
        named_minor=total_minor if named else 0,
        anonymous_minor=0 if named else total_minor,
        time_ms=now_ms,
    )
    ring = keyring()
    if draft.name:
        row.name = ring.seal(draft.name.encode(), about(row, "name"))
        row.name_hash = _hash(_NAME, draft.name)
    if draft.document:
        row.document = ring.seal(draft.document.encode(), about(row, "document"))
        row.document_hash = _hash(_DOCUMENT, draft.document)
    row.save(force_insert=True)
    return row


def buyer_name(row: Purchase) -> str:
    """The buyer's name; empty if none was given, or it was wiped."""
    return "" if row.name is None else keyring().open(bytes(row.name), about(row, "name")).decode()


def document_end(row: Purchase) -> str:
    """The document's last four characters, for recognising it."""
    if row.document is None:
        return ""
    return keyring().open(bytes(row.document), about(row, "document")).decode()[-4:]


def wipe_expired(now_ms: int) -> int:
    """Let go of buyers' identities whose time is over. Gives how many were wiped."""
    wiped = 0
    for row in Purchase.objects.filter(Q(name__isnull=False) | Q(document__isnull=False)).order_by("time_ms"):
        if not may_delete(RecordClass.BUYER_IDENTITY, row.time_ms, now_ms):
            break
        Purchase.objects.filter(pk=row.pk).update(
            name=None, document=None, name_hash=None, document_hash=None
        )
        wiped += 1
    return wiped


def about(row: Purchase, part: str) -> bytes:
    """What a sealed part is about."""
    return f"purchase/{row.pk}/{part}".encode()


def _hash(purpose: bytes, text: str) -> bytes:
    return keyring().keyed_hash(purpose, _plain(text).encode())


def _plain(text: str) -> str:
    """A name or number as one and the same however it is typed: width, case, spaces and dashes do not count."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in plain if char.isalnum())
