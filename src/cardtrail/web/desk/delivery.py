"""Handing over a batch's codes once: a file, made whole on the disk first, sealed, then fetched, then destroyed with
the codes.

If we were to crash

* while the file is made: nobody has it; it is made again, with the same codes;
* while it is fetched: it is fetched again, the same file to the last byte;
* when our copy is destroyed: codes and the mark that they were delivered change in one transaction; the worker takes
  away the sealed file that may be left over.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Q

from cardtrail.wallet.custody import CustodyError
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.custody import keyring
from cardtrail.web.actions.kinds.issuer import codes_of
from cardtrail.web.actions.models import Action
from cardtrail.web.desk.activating import spans_of
from cardtrail.web.desk.batches import about, state_of
from cardtrail.web.desk.brand import Brand
from cardtrail.web.desk.shelf import in_spans
from cardtrail.web.desk.stock import KEPT_AFTER_HANDOVER_MS, Batch, CodeChunk, Delivery, Handover
from cardtrail.web.documents.code_file import code_file, parse_recipients
from cardtrail.web.documents.code_sheets import code_sheets
from cardtrail.web.documents.codes import FreshCard
from cardtrail.web.documents.paper import Issuer
from cardtrail.web.ledger.models import Product
from cardtrail.web.ui.clock import DAY_MS, MINUTE_MS, now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.cards import Status

MOST_ON_SHEETS: Final = 5_000
"""A larger batch is delivered as an encrypted file."""

AT_ONCE: Final = {Delivery.Kind.AGE.value: 1_000, Delivery.Kind.PDF.value: 50}
"""Up to so many cards the file is made while the page waits: drawing a card takes some 30 ms."""

_LEASE_MS: Final = 10 * MINUTE_MS
_PIECE: Final = 64 * 1024


class NotDeliverable(ValueError):  # noqa: N818 - it names what is wrong
    """The codes cannot be handed over now. `text` says why."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def begin(batch: Batch, kind: str, recipients: str, person: Person) -> Delivery:
    """Have the file made; the one under way if there is one. Raises `NotDeliverable`, `BadRecipient`."""
    current = under_way(batch)
    if current is not None:
        return current
    _refuse(batch, kind)
    keys = "\n".join(parse_recipients(recipients)) if kind == Delivery.Kind.AGE else ""
    try:
        with transaction.atomic():
            return Delivery.objects.create(
                batch=batch, kind=kind, recipients=keys, made_by=person, made_ms=now_ms()
            )
    except IntegrityError:  # Somebody else was first: there is one file, and it is theirs.
        return Delivery.objects.get(batch=batch, ended_ms__isnull=True)


def under_way(batch: Batch) -> Delivery | None:
    """The delivery whose file is being made or can be fetched."""
    return batch.deliveries.filter(ended_ms__isnull=True).first()


def make(delivery: Delivery) -> bool:
    """Make the file, if nobody else is at it and it is not there yet. Whether we did."""
    now = now_ms()
    mine = Delivery.objects.filter(pk=delivery.pk, ended_ms__isnull=True, sha256="", lease_ms__lt=now).update(
        lease_ms=now + _LEASE_MS, done=0
    )
    if not mine:
        return False
    content = _content(delivery, lambda done, _: _note(delivery, done))
    _write(path_of(delivery), keyring().seal(content, _about(delivery)))
    cards = sum(chunk.count for chunk in _chunks(delivery.batch))
    Delivery.objects.filter(pk=delivery.pk, ended_ms__isnull=True).update(
        sha256=sha256(content).hexdigest(), size=len(content), done=cards, lease_ms=0
    )
    delivery.refresh_from_db()
    return True


def hand_over(delivery: Delivery, person: Person, address: str) -> Iterator[bytes]:
    """The file, piece by piece; the fetching is written down, and that it went through only after the last piece.

    Raises `NotDeliverable` at once if the file is gone.
    """
    content = _read(delivery)
    row = Handover.objects.create(delivery=delivery, person=person, address=address, started_ms=now_ms())
    return _pieces(content, delivery, row)


def destroy(delivery: Delivery, person: Person | None) -> bool:
    """Destroy our copy of the codes: sealed codes and the mark of delivery in one transaction, then the file. Whether
    it was us. Without a person it is the worker, a day after the file was handed over whole.

    Raises `NotDeliverable` while nobody has fetched the whole file.
    """
    with transaction.atomic():
        current = Delivery.objects.select_for_update().get(pk=delivery.pk)
        if current.ended_ms is not None:
            return False
        if current.handed_ms is None:
            raise NotDeliverable(
                Text(
                    "还没有人完整下载过这个文件，现在销毁就再也拿不到卡密了。",
                    "Nobody has fetched the whole file yet: the codes would be lost for good.",
                )
            )
        now = now_ms()
        Delivery.objects.filter(pk=current.pk).update(ended_ms=now, ended_by=person, destroyed=True)
        CodeChunk.objects.filter(batch_id=current.batch_id).update(sealed=None)
        Batch.objects.filter(pk=current.batch_id).update(delivered_ms=now)
    path_of(delivery).unlink(missing_ok=True)
    return True


def give_up(delivery: Delivery) -> bool:
    """Take away a file that nobody has fetched whole; the codes stay sealed and can be delivered anew. Whether it was
    us."""
    ended = Delivery.objects.filter(pk=delivery.pk, ended_ms__isnull=True, handed_ms__isnull=True)
    if not ended.update(ended_ms=now_ms()):
        return False
    path_of(delivery).unlink(missing_ok=True)
    return True


def run_due(now_ms: int) -> int:
    """Make files that are waited for, destroy what has been delivered for a day, give up what nobody fetched, and take
    away what a crash left over. Gives how many deliveries were touched."""
    touched = 0
    for waiting in Delivery.objects.filter(ended_ms__isnull=True, sha256="", lease_ms__lt=now_ms):
        touched += make(waiting)
    open_ones = Delivery.objects.filter(ended_ms__isnull=True)
    for delivered in open_ones.filter(handed_ms__lte=now_ms - KEPT_AFTER_HANDOVER_MS):
        touched += destroy(delivered, None)
    for unfetched in open_ones.filter(handed_ms__isnull=True, made_ms__lte=now_ms - DAY_MS):
        touched += give_up(unfetched)
    _sweep()
    return touched


def path_of(delivery: Delivery) -> Path:
    """Where the sealed file lies."""
    return outbox() / f"{delivery.pk}.sealed"


def outbox() -> Path:
    """The directory for files with codes, closed to everybody else."""
    directory = Path(settings.CONFIG.directory) / "outbox"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


def all_expired(batch: Batch) -> bool:
    """Whether every card of a batch that is not at its end has expired: its codes would open nothing that can be used.

    Cards that were not activated yet have not begun to expire."""
    cards = in_spans(spans_of(batch)).exclude(status__in=(Status.VOID, Status.SPLIT, Status.MERGED))
    last = cards.aggregate(
        cards=Count("pk"), last=Max("expires_ms"), endless=Count("pk", filter=Q(expires_ms__isnull=True))
    )
    return last["cards"] > 0 and not last["endless"] and now_ms() > last["last"]


EXPIRED: Final = Text(
    "这批卡已全部到期，用卡密领到的卡不能使用，所以不再交付。请先重新激活要用的卡。",
    "All cards of this batch have expired, so that whoever claims one could not use it: the codes are not delivered. "
    "Re-activate the cards that are still wanted first.",
)


def _refuse(batch: Batch, kind: str) -> None:
    if batch.delivered_ms is not None:
        raise NotDeliverable(
            Text(
                "这批卡密已经交付，我们没有留存。", "The codes were delivered; we have kept no copy of them."
            )
        )
    if state_of(batch) != "issued":
        raise NotDeliverable(
            Text("全部发行完成后才能交付卡密。", "Codes are delivered once every card is issued.")
        )
    if all_expired(batch):
        raise NotDeliverable(EXPIRED)
    if kind == Delivery.Kind.PDF and batch.count > MOST_ON_SHEETS:
        raise NotDeliverable(
            Text(
                "PDF 最多 {most} 张，请改用加密文件。",
                "Sheets are for up to {most} cards; choose the encrypted file.",
            ).format(most=f"{MOST_ON_SHEETS:,}")
        )


def _chunks(batch: Batch) -> list[CodeChunk]:
    done = batch.chunks.filter(
        action__state=Action.State.DONE, first_serial__isnull=False, sealed__isnull=False
    )
    return list(done.order_by("first_serial"))


def _cards(batch: Batch) -> list[FreshCard]:
    product = Product.objects.get(id=batch.product_id)
    validity_ms, ring = product.terms.validity_ms, keyring()
    return [
        FreshCard(serial, code, product.name, batch.face_minor, batch.currency, validity_ms=validity_ms)
        for chunk in _chunks(batch)
        for serial, code in enumerate(
            codes_of(ring.open(bytes(chunk.sealed or b""), about(chunk))), chunk.first_serial or 0
        )
    ]


def _content(delivery: Delivery, progress: Callable[[int, int], None]) -> bytes:
    base = settings.CONFIG.public_url
    cards = _cards(delivery.batch)
    if delivery.kind == Delivery.Kind.AGE:
        return code_file(cards, delivery.recipients.split("\n"), base=base)
    brand = Brand.objects.first()
    issuer = Issuer(brand.name, brand.legal_name) if brand is not None else Issuer("Cardtrail")
    name = f"#{delivery.batch_id}"
    return code_sheets(
        cards, issuer=issuer, base=base, batch=name, made_ms=delivery.made_ms, progress=progress
    )


def _note(delivery: Delivery, done: int) -> None:
    """Say how far it is, now and then, and that we are still at it."""
    if done % 100 == 0:
        Delivery.objects.filter(pk=delivery.pk).update(done=done, lease_ms=now_ms() + _LEASE_MS)


def _write(path: Path, content: bytes) -> None:
    """A file of ours alone, whole or not at all."""
    new = path.with_suffix(".new")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _read(delivery: Delivery) -> bytes:
    """The file. If it cannot be read any more, it is made anew from the codes, which are still there."""
    if delivery.ended_ms is not None or not delivery.sha256:
        raise NotDeliverable(Text("文件已不在。", "The file is not there any more."))
    try:
        content = keyring().open(path_of(delivery).read_bytes(), _about(delivery))
        if sha256(content).hexdigest() == delivery.sha256:
            return content
    except (FileNotFoundError, CustodyError):
        pass
    Delivery.objects.filter(pk=delivery.pk, ended_ms__isnull=True).update(sha256="", lease_ms=0)
    raise NotDeliverable(
        Text(
            "文件损坏，正在用同样的卡密重新生成。",
            "The file was damaged; it is being made again with the same codes.",
        )
    )


def _pieces(content: bytes, delivery: Delivery, row: Handover) -> Iterator[bytes]:
    for start in range(0, len(content), _PIECE):
        yield content[start : start + _PIECE]
    now = now_ms()
    with transaction.atomic():
        Handover.objects.filter(pk=row.pk).update(finished_ms=now)
        Delivery.objects.filter(pk=delivery.pk, handed_ms__isnull=True).update(handed_ms=now)


def _sweep() -> None:
    """Files of deliveries that have ended, and codes of cards that nobody let us issue."""
    declined = Action.objects.filter(kind="issue", state=Action.State.DECLINED)
    CodeChunk.objects.filter(action__in=declined, sealed__isnull=False).update(sealed=None)
    for path in outbox().glob("*.sealed"):
        if Delivery.objects.filter(Q(pk=path.stem) & Q(ended_ms__isnull=False)).exists():
            path.unlink(missing_ok=True)


def _about(delivery: Delivery) -> bytes:
    return f"delivery/{delivery.pk}/{delivery.kind}".encode()
