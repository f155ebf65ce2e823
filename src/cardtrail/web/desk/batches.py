"""Issuing in batches: checked against the law, confirmed, then done in chunks that survive any interruption.

The codes of all chunks are made and sealed in the transaction that confirms the batch: from then on each card has
exactly one code, whatever is killed and whenever. A chunk learns its first serial from the very command that the ledger
accepted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import F, Max, Sum
from django.http import HttpRequest

from cardtrail.client.build import SignedCommand
from cardtrail.compliance.issuing import Issue, check_issue
from cardtrail.compliance.refusal import Refused
from cardtrail.wallet.codes import CODE_BYTES, CardCode
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import Witness, confirm
from cardtrail.web.actions.custody import keyring
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import advance
from cardtrail.web.desk.chunks import let_go_after, queue
from cardtrail.web.desk.deposit import custody_now, issuing_settings, lock_issuing
from cardtrail.web.desk.law import RefusedByLaw
from cardtrail.web.desk.purchases import BuyerDraft, as_law_sees, others_of_the_day, write_down
from cardtrail.web.desk.stock import Batch, CodeChunk, Import, Purchase
from cardtrail.web.ledger.models import Product
from cardtrail.web.ui.clock import day_began_ms, now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.commands import Issue as IssueCommand
from cardtrail.wire.money import format_money
from cardtrail.wire.scalars import MAX_CARDS_PER_COMMAND

PURPOSE: Final = "batch"
APPROVAL: Final = "issue"
MOST_CARDS: Final = 100_000
"""The largest batch."""

State = Action.State


@dataclass(frozen=True, slots=True)
class Draft:
    """Cards that somebody wants to issue.

    buyer   who buys them; none for stock
    """

    product: Product
    face_minor: int
    count: int
    buyer: BuyerDraft | None = None

    @property
    def total_minor(self) -> int:
        """All face values together."""
        return self.face_minor * self.count

    @property
    def currency(self) -> str:
        """The product's."""
        return self.product.terms.currency


def check(draft: Draft, at_ms: int) -> Refused | None:
    """The first rule of the law that stands against it."""
    terms, buyer = draft.product.terms, draft.buyer
    purchase = None
    if buyer is not None:
        purchase = as_law_sees(buyer, named=terms.named, total_minor=draft.total_minor, now_ms=at_ms)
    issue = Issue(terms.currency, terms.named, draft.face_minor, draft.count, terms.validity_ms, purchase)
    others = [] if buyer is None else others_of_the_day(buyer, at_ms)
    return check_issue(issue, custody_now(), others)


def needs_approval(person: Person | None, amount_minor: int) -> bool:
    """Whether a second member of staff has to agree: together with what the same person has issued and imported today
    on their own, it is more than the brand allows one person."""
    since_ms = day_began_ms(now_ms())
    batches = Batch.objects.filter(made_by=person, issue__approval="", made_ms__gte=since_ms)
    imports = Import.objects.filter(made_by=person, confirmation__approval="", made_ms__gte=since_ms)
    issued: int = batches.aggregate(sum=Sum(F("face_minor") * F("count")))["sum"] or 0
    imported: int = imports.aggregate(sum=Sum("balance_minor"))["sum"] or 0
    return issued + imported + amount_minor > issuing_settings().approval_over_minor


def agreement(draft: Draft, approval: bool) -> Text:
    """What whoever issues agrees to: the words on the page, and those that are kept."""
    given = draft.product.terms.currency
    text = Text(
        "发行 {count} 张「{product}」，每张面值 {face}，合计 {total}。",
        'Issue {count} cards "{product}", face value {face} each, {total} together.',
    ).format(
        count=f"{draft.count:,}",
        product=draft.product.name,
        face=format_money(draft.face_minor, given),
        total=format_money(draft.total_minor, given),
    )
    parts = [text, STOCK if draft.buyer is None else draft.buyer.words, INACTIVE]
    return joined(*parts, *((TWO,) if approval else ()))


STOCK: Final = Text("备货，暂无购卡人。", "For stock, with no buyer yet.")
INACTIVE: Final = Text(
    "卡须激活后才能使用；激活之前，品牌不因这些卡欠任何人钱。",
    "The cards cannot be used before they are activated; until then the brand owes nobody for them.",
)
TWO: Final = Text(
    "金额超过单人限额，须由另一位工作人员批准后才会执行。",
    "This is more than one person may do alone: nothing happens before a second member of staff approves it.",
)


def joined(*parts: Text) -> Text:
    """Sentences one after the other."""
    return Text("".join(part.zh for part in parts), " ".join(part.en for part in parts))


def order(request: HttpRequest | Witness, person: Person | None, draft: Draft) -> Batch:
    """Confirm a batch; `perform` and the worker then issue it. Raises `RefusedByLaw`, and `ValueError` for a count that
    no batch has."""
    if not 1 <= draft.count <= MOST_CARDS:
        raise ValueError(f"a batch has 1 to {MOST_CARDS} cards")
    with transaction.atomic():
        lock_issuing()
        at_ms = now_ms()
        refused = check(draft, at_ms)
        if refused is not None:
            raise RefusedByLaw(refused)
        approval = needs_approval(person, draft.total_minor)
        codes = [_codes(count) for count in _sizes(draft.count)]
        confirmation = _confirm(request, draft, codes, approval)
        batch = Batch.objects.create(
            product_id=draft.product.id,
            currency=draft.currency,
            face_minor=draft.face_minor,
            count=draft.count,
            purchase=_purchase(draft, at_ms),
            issue=confirmation,
            made_by=person,
            made_ms=at_ms,
        )
        _keep(batch, confirmation, codes, 0)
    return batch


def order_again(request: HttpRequest | Witness, person: Person | None, batch: Batch) -> Confirmation | None:
    """Ask anew for those cards of a batch that the ledger refused: they were never made, and get new codes. None if
    there are no such cards. Raises `RefusedByLaw`."""
    with transaction.atomic():
        lock_issuing()
        refused = list(batch.chunks.select_for_update().filter(action__state=State.REFUSED))
        if not refused:
            return None
        product = Product.objects.get(id=batch.product_id)
        draft = Draft(product, batch.face_minor, sum(chunk.count for chunk in refused))
        reason = check(draft, now_ms())
        if reason is not None:
            raise RefusedByLaw(reason)
        codes = [_codes(chunk.count) for chunk in refused]
        confirmation = _confirm(request, draft, codes, bool(batch.issue.approval))
        top = batch.chunks.aggregate(top=Max("place"))["top"]
        batch.chunks.filter(pk__in=[chunk.pk for chunk in refused]).delete()
        _keep(batch, confirmation, codes, top + 1)
    return confirmation


def state_of(batch: Batch) -> str:
    """Where a batch stands: `awaiting`, `declined`, `issuing`, `stopped` (some cards were refused), `issued`."""
    states = set(batch.chunks.values_list("action__state", flat=True))
    if State.AWAITING in states:
        return "awaiting"
    if states & {State.CONFIRMED, State.SIGNED}:
        return "issuing"
    if State.REFUSED in states:
        return "stopped"
    return "declined" if State.DECLINED in states else "issued"


def confirmations_of(batch: Batch) -> list[Confirmation]:
    """What was confirmed for its cards: once, and again for what was refused."""
    return list(Confirmation.objects.filter(actions__in=batch.chunks.values("action")).distinct())


def run_due(limit: int = 20) -> int:
    """Go on with batches, activations and imports that are under way. Gives how many steps were done."""
    done = 0
    waiting = Action.objects.filter(
        kind__in=("issue", "activate", "issue_imported", "spend_imported"),
        state__in=(State.CONFIRMED, State.SIGNED),
        next_try_ms__lte=now_ms(),
        lease_ms__lt=now_ms(),
    )
    while done < limit:
        action = waiting.select_related("confirmation").order_by("next_try_ms").first()
        if action is None:
            break
        advance(action.confirmation)
        done += 1
    return done


def on_issued(action: Action) -> None:
    """Hook: a chunk has ended."""
    let_go_after(action)
    chunk = CodeChunk.objects.filter(action=action).first()
    if chunk is None:
        return
    if action.state == State.DONE:
        CodeChunk.objects.filter(pk=chunk.pk).update(first_serial=first_serial_of(action))
        Batch.objects.filter(pk=chunk.batch_id).update(issued=F("issued") + chunk.count)
    else:
        # These cards were never made; their codes open nothing.
        CodeChunk.objects.filter(pk=chunk.pk).update(sealed=None)


def first_serial_of(action: Action) -> int:
    """From which serial on a command made its cards. Raises `LookupError` if it made none."""
    body = None if action.raw is None else SignedCommand.parse(bytes(action.raw)).body
    if not isinstance(body, IssueCommand):
        raise LookupError(f"action {action.pk} issues no cards")
    return body.first_serial


def about(chunk: CodeChunk) -> bytes:
    """What a chunk's sealed codes are about."""
    return f"codes/{chunk.batch_id}/{chunk.place}".encode()


def _purchase(draft: Draft, at_ms: int) -> Purchase | None:
    if draft.buyer is None:
        return None
    named = draft.product.terms.named
    return write_down(draft.buyer, named=named, total_minor=draft.total_minor, now_ms=at_ms)


def _sizes(count: int) -> list[int]:
    whole, rest = divmod(count, MAX_CARDS_PER_COMMAND)
    return [MAX_CARDS_PER_COMMAND] * whole + ([rest] if rest else [])


def _codes(count: int) -> bytes:
    return b"".join(CardCode.generate().secret for _ in range(count))


def _confirm(
    request: HttpRequest | Witness, draft: Draft, codes: list[bytes], approval: bool
) -> Confirmation:
    parameters = {"product": draft.product.id, "face_minor": draft.face_minor}
    confirmation = confirm(
        request,
        purpose=PURPOSE,
        text=agreement(draft, approval),
        orders=[Order("issue", None, parameters, secret) for secret in codes],
        approval=APPROVAL if approval else "",
    )
    queue(confirmation)
    return confirmation


def _keep(batch: Batch, confirmation: Confirmation, codes: list[bytes], first_place: int) -> None:
    ring = keyring()
    actions = confirmation.actions.order_by("place")
    chunks = []
    for place, (action, secret) in enumerate(zip(actions, codes, strict=True), first_place):
        chunk = CodeChunk(batch=batch, place=place, count=len(secret) // CODE_BYTES, action=action)
        chunk.sealed = ring.seal(secret, about(chunk))
        chunks.append(chunk)
    CodeChunk.objects.bulk_create(chunks, batch_size=100)
