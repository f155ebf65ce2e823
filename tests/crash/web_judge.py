"""Looks at an installation after crashes, from outside: its database, its mails and the ledger's log have to agree.

Run as a process with the installation's environment: `python -m tests.crash.web_judge ENTRIES PATIENCE_S`, where
ENTRIES is how many the log had before people did anything. Waits until nothing is under way any more, then prints JSON:
what is wrong, in words, and figures.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cardtrail.web.prepare import start_django

start_django()

from django.conf import settings  # noqa: E402
from django.db.models import Q  # noqa: E402

from cardtrail.client.verify import LogEntry, read_entry  # noqa: E402
from cardtrail.web.actions.models import Action  # noqa: E402
from cardtrail.web.cards.models import Gift, Once  # noqa: E402
from cardtrail.web.checkout.models import Attempt, Charge, Payment, Refund  # noqa: E402
from cardtrail.web.ledger.link import client  # noqa: E402
from cardtrail.web.ledger.models import Card, HolderKey, Movement, Position, Totals  # noqa: E402
from cardtrail.web.notices.models import Mail, Notice  # noqa: E402
from cardtrail.web.ui.clock import now_ms  # noqa: E402
from cardtrail.web.webhooks.models import Delivery  # noqa: E402
from cardtrail.wire.cards import HoldKind  # noqa: E402
from cardtrail.wire.commands import (  # noqa: E402
    Hold,
    Merge,
    Redeem,
    Release,
    Return,
    Seal,
    Split,
    Transfer,
    kind_of,
)
from cardtrail.wire.commands import Refund as RefundBody  # noqa: E402
from tests.crash.web_notices import expected_notices  # noqa: E402

SUMS = ("issued", "outstanding", "redeemed", "voided", "inactive", "held", "frozen")
MESSAGE = re.compile(rb"^Message-ID: <notice-(\d+)@", re.MULTILINE | re.IGNORECASE)


def main() -> None:
    """Wait, look, tell."""
    first, patience_s = int(sys.argv[1]), float(sys.argv[2])
    waited = settle(patience_s)
    log = whole_log()
    wrong = [*waited, *problems(log, first)]
    figures = {
        "entries": len(log),
        "kinds": Counter(kind_of(entry.body) for entry in log[first:]),
        "actions": Counter(Action.objects.values_list("state", flat=True)),
        "refused": Counter(Action.objects.filter(state="refused").values_list("reason_code", flat=True)),
        "taken up again": Action.objects.filter(attempts__gt=1).count(),
        "notices": Notice.objects.count(),
        "mails sent": Mail.objects.filter(sent_ms__isnull=False).count(),
        "mails claimed and unsent": Mail.objects.filter(sent_ms__isnull=True).count(),
        "payments": Counter(Payment.objects.values_list("state", flat=True)),
        "gifts": Counter(Gift.objects.values_list("state", flat=True)),
    }
    print(json.dumps({"wrong": wrong, "figures": figures}, ensure_ascii=False))


def problems(log: list[LogEntry], first: int) -> list[str]:
    """Everything that is not as it has to be; before entry `first` the log was filled by nobody's actions."""
    return [
        *cards_differ(),
        *sums_differ(log),
        *actions_differ(log, first),
        *notices_differ(),
        *mails_differ(),
        *gifts_differ(log),
        *payments_differ(log),
        *held_for_nobody(),
    ]


def settle(patience_s: float) -> list[str]:
    """Wait until nothing is under way: what is put off to a gift's end may stay. What still was when patience ended."""
    ends_s = time.monotonic() + patience_s
    while left := under_way():
        if time.monotonic() > ends_s:
            return [f"still under way: {left}"]
        time.sleep(0.2)
    return []


def under_way() -> dict[str, int]:
    """How much is not ended, by sort."""
    now, size = now_ms(), client().ledger().size
    [last] = client().entries(size - 2, 1)
    actions = Action.objects.filter(state__in=("confirmed", "signed"))
    left = {
        "actions": sum(action.parameters.get("from_ms", 0) <= now for action in actions),
        "attempts": Attempt.objects.filter(state__in=("trying", "undoing")).count(),
        "refunds": Refund.objects.filter(state="pending").count(),
        "gifts": Gift.objects.filter(state="preparing").count(),
        "mails": Mail.objects.filter(sent_ms__isnull=True, claimed_ms__isnull=True).count(),
        "deliveries": Delivery.objects.filter(state__in=("pending", "sending", "failed")).count(),
        "entries": size - Position.objects.get(id=1).next_index,
        "seals": int(not isinstance(read_entry(last.index, last.entry).body, Seal)),
    }
    return {name: count for name, count in left.items() if count}


def whole_log() -> list[LogEntry]:
    """Every entry."""
    log: list[LogEntry] = []
    while page := client().entries(len(log) - 1):
        log += [read_entry(item.index, item.entry) for item in page]
    return log


def cards_differ() -> Iterable[str]:
    """(1) Each row is the ledger's own record, and whoever the row says holds it has its key."""
    rows = {card.serial: card for card in Card.objects.all()}
    keys = {bytes(key.public): key.person_id for key in HolderKey.objects.all()}
    count = client().ledger().cards
    if rows.keys() != set(range(count)):
        yield f"{len(rows)} cards are projected of {count}"
    for serial, row in rows.items():
        if row.record != client().card(serial):
            yield f"card {serial} is not as the ledger has it"
        if row.holder_id != keys.get(bytes(row.owner)):
            yield f"card {serial} is shown as somebody else's"
        if row.holder_id is None and row.hop > 0:
            yield f"card {serial} has an owner whom nobody knows"


def sums_differ(log: list[LogEntry]) -> Iterable[str]:
    """(2) The sums are the seal's and the ledger's, they add up, and every card's balance is in them."""
    seals = [entry.body for entry in log if isinstance(entry.body, Seal)]
    stated = {totals.currency: totals for totals in client().totals().totals}
    for totals in Totals.objects.all():
        ours = {name: getattr(totals, name) for name in SUMS}
        theirs = {name: getattr(stated[totals.currency], name) for name in SUMS}
        if ours != theirs:
            yield f"the sums are {ours}, the ledger's {theirs}"
        if totals.issued != totals.outstanding + totals.redeemed + totals.voided:
            yield f"money is missing: {ours}"
        balances = sum(Card.objects.filter(currency=totals.currency).values_list("balance_minor", flat=True))
        if balances != totals.outstanding:
            yield f"the cards have {balances} on them, outstanding are {totals.outstanding}"
        if seals:
            sealed = {each.currency: each for each in seals[-1].totals}[totals.currency]
            stated_there = {name: getattr(sealed, name) for name in SUMS}
            if ours != stated_there:
                yield f"the sums are {ours}, the last seal's {stated_there}"
    if not seals:
        yield "the log was never sealed"


def actions_differ(log: list[LogEntry], first: int) -> Iterable[str]:
    """(3) What was confirmed happened once or, where it was refused, not at all; and nothing else happened."""
    ids = Counter(entry.id for entry in log)
    yield from (f"command {id.hex()} is in the log {times} times" for id, times in ids.items() if times > 1)
    explained: set[int] = set()
    for action in Action.objects.all():
        id = None if action.command_id is None else bytes(action.command_id)
        if action.state == Action.State.DONE:
            at = action.entry_index
            if at is None or not 0 <= at < len(log) or log[at].id != id or log[at].time_ms != action.time_ms:
                yield f"{action.kind} {action.id} is done, and entry {at} is not its command"
            elif at in explained:
                yield f"entry {at} counts for two actions"
            else:
                explained.add(at)
            if action.sealed is not None:
                yield f"{action.kind} {action.id} has ended and keeps its secret"
        elif id is not None and id in ids:
            yield f"{action.kind} {action.id} is {action.state}, and its command is in the log"
    for entry in log[first:]:
        if not isinstance(entry.body, Seal) and entry.index not in explained:
            yield f"entry {entry.index} ({kind_of(entry.body)}) belongs to no action"
    forms = Counter(Once.objects.values_list("confirmation_id", flat=True))
    yield from (f"confirmation {id} was made by {times} forms" for id, times in forms.items() if times > 1)
    yield from _doubled(log)


def _doubled(log: list[LogEntry]) -> Iterable[str]:
    """What carries the mark of one confirmation is in the log once for each of its orders."""
    marks: Counter[tuple[str, bytes, int]] = Counter()
    for entry in log:
        if isinstance(entry.body, Hold):
            marks["hold", entry.body.reference, entry.body.serial] += 1
        elif isinstance(entry.body, Transfer | Release):
            marks["taking", entry.body.envelope, entry.body.serial] += 1
    for (what, _, serial), times in marks.items():
        if times > 1:
            yield f"{what} of card {serial} happened {times} times by one confirmation"
    spent = Counter(entry.body.order for entry in log if isinstance(entry.body, Redeem))
    meant: Counter[bytes] = Counter()
    for charge in Charge.objects.filter(action__state="done").select_related("attempt__payment"):
        meant[bytes(charge.attempt.payment.order)] += 1
    if spent != meant:
        yield f"redeemed for orders: {len(spent - meant)} too often, {len(meant - spent)} too rarely"
    for kind, ended in ((Split, "split"), (Merge, "merge")):
        count = sum(isinstance(entry.body, kind) for entry in log)
        asked = Action.objects.filter(kind=ended, state="done").count()
        if count != asked:
            yield f"{count} entries for {asked} times {ended}"


def notices_differ() -> Iterable[str]:
    """(4) Everybody was told of each change to their cards, once."""
    movements = Movement.objects.order_by("index", "serial")
    should = expected_notices(
        (row.index, row.serial, row.kind, row.holder_before_id, row.holder_after_id) for row in movements
    )
    told = Counter(
        (notice.person_id, notice.kind, notice.entry, notice.serial)
        for notice in Notice.objects.filter(entry__isnull=False)
    )
    yield from (f"not told, or too rarely: {what}" for what in (should - told))
    yield from (f"told too often: {what}" for what in (told - should))
    failed = Counter(
        f"payment/{each.payment_id}/attempt/{each.pk}" for each in Attempt.objects.filter(state="failed")
    )
    heard = Counter(Notice.objects.filter(kind="payments.failed").values_list("key", flat=True))
    if failed != heard:
        yield f"failed payments told wrongly: {failed - heard} missing, {heard - failed} too many"


def mails_differ() -> Iterable[str]:
    """(5) Each notice has at most one mail in the mailbox; what is not there was claimed by a process that died."""
    sent: Counter[int] = Counter()
    folder = Path(settings.CONFIG.directory) / "mail"
    for file in folder.iterdir() if folder.exists() else ():
        sent.update(int(number) for number in MESSAGE.findall(file.read_bytes()))
    yield from (f"the mail of notice {id} went out {times} times" for id, times in sent.items() if times > 1)
    mails = {mail.notice_id: mail for mail in Mail.objects.all()}
    yield from (f"a mail went out for notice {id}, which has none" for id in sent.keys() - mails.keys())
    for id, mail in mails.items():
        if mail.sent_ms is not None and not sent[id]:
            yield f"the mail of notice {id} is said to be sent"
        if mail.sent_ms is None and (mail.claimed_ms is None or mail.attempts != 1):
            yield f"the mail of notice {id} is unsent, and no process died over it"
    without = Notice.objects.filter(entry__isnull=False).exclude(id__in=mails.keys()).count()
    if without:
        yield f"{without} notices have no mail"


def gifts_differ(log: list[LogEntry]) -> Iterable[str]:
    """(6) Each gift stands as its hold does in the log."""
    ends: dict[tuple[int, bytes], LogEntry | None] = {}
    open_hold: dict[int, bytes] = {}
    for entry in log:
        body = entry.body
        if isinstance(body, Hold):
            ends[body.serial, body.reference] = None
            open_hold[body.serial] = body.reference
        elif isinstance(body, Release | Return) and body.serial in open_hold:
            ends[body.serial, open_hold.pop(body.serial)] = entry
    keys = {bytes(key.public): key.person_id for key in HolderKey.objects.all()}
    gifts = {(gift.serial, bytes(gift.reference)): gift for gift in Gift.objects.all()}
    for name, gift in gifts.items():
        end = ends.get(name)
        if name not in ends:
            state, taker = "failed", None
        elif end is None:
            state, taker = "offered", None
        elif isinstance(end.body, Release):
            state, taker = "taken", keys.get(end.body.owner)
        else:
            state, taker = "returned", None
        if (gift.state, gift.taken_by_id) != (state, taker):
            yield f"gift {gift.id} is {gift.state} for {gift.taken_by_id}, by the log {state} for {taker}"
    yield from (
        f"card {serial} was set aside and there is no gift" for serial, _ in ends.keys() - gifts.keys()
    )


def payments_differ(log: list[LogEntry]) -> Iterable[str]:
    """(6) What a payment says was taken and came back is what the log has for its order."""
    spent: defaultdict[bytes, int] = defaultdict(int)
    back: defaultdict[bytes, int] = defaultdict(int)
    for entry in log:
        if isinstance(entry.body, Redeem):
            spent[entry.body.order] += entry.body.amount_minor
        elif isinstance(entry.body, RefundBody):
            back[entry.body.order] += entry.body.amount_minor
    orders = set()
    for payment in Payment.objects.all():
        order = bytes(payment.order)
        orders.add(order)
        kept = spent[order] - back[order]
        should = payment.amount_minor - payment.refunded_minor if payment.state == "paid" else 0
        if kept != should:
            yield f"payment {payment.id} is {payment.state}: {kept} was kept, {should} should be"
        if payment.attempts.filter(state="paid").count() != (payment.state == "paid"):
            yield f"payment {payment.id} is {payment.state} by several attempts or none"
        done = sum(payment.refunds.values_list("done_minor", flat=True))
        if done != payment.refunded_minor:
            yield f"payment {payment.id} says {payment.refunded_minor} came back, its refunds {done}"
    yield from (
        f"somebody paid for order {order.hex()}, which no payment has" for order in spent.keys() - orders
    )


def held_for_nobody() -> Iterable[str]:
    """(7) Whatever is set aside can still be taken, and comes back by itself if nobody does."""
    for card in Card.objects.filter(hold_kind__isnull=False):
        found: list[Any] = list(
            Gift.objects.filter(
                serial=card.serial, state="offered", reference=card.hold_reference, release=card.hold_release
            )
        )
        if card.hold_kind != HoldKind.GIFT or len(found) != 1:
            yield f"card {card.serial} is held for nobody"
            continue
        returning = Action.objects.filter(
            Q(state="confirmed"),
            confirmation=found[0].action.confirmation,
            kind="take_back",
            serial=card.serial,
        )
        if not returning.exists():
            yield f"card {card.serial} would never come back"


if __name__ == "__main__":
    main()
