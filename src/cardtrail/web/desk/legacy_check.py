"""Checking a file of old cards, row by row, before anything comes in: what is right is kept as keyed hashes."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from django.db import transaction

from cardtrail.compliance.faces import check_face
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.custody import keyring
from cardtrail.web.desk.law import text
from cardtrail.web.desk.legacy_file import Problem, Row, read
from cardtrail.web.desk.stock import Import, ImportedCard
from cardtrail.web.ledger.models import Product
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text

_NUMBER, _CODE = b"imported-number", b"imported-code"


def take_in(product: Product, person: Person, file_name: str, content: bytes) -> Import:
    """Check a file and keep what is right in it, as hashes, until it is confirmed. Raises `Unreadable`."""
    terms = product.terms
    rows, problems = read(content, terms.currency)
    cards: list[ImportedCard] = []
    lines: dict[bytes, int] = {}
    taken = _taken([number_hash(row.number) for row in rows])
    for row in rows:
        key = number_hash(row.number)
        face = _face_of(row, terms.faces)
        problem = _problem(row, face, product)
        if key in lines:
            problem = Text("与第 {n} 行是同一张卡。", "This is the same card as in line {n}.").format(
                n=lines[key]
            )
        elif key in taken:
            problem = Text("这张卡已经导入过。", "This card came in already.")
        lines.setdefault(key, row.line)
        if problem is not None or face is None:
            problems.append(Problem(row.line, problem or NO_FACE))
            continue
        cards.append(
            ImportedCard(
                line=row.line,
                number_hash=key,
                code_hash=code_hash(row.number, row.code),
                face_minor=face,
                balance_minor=row.balance_minor,
                expires_ms=row.expires_ms,
            )
        )
    return _keep(product, person, file_name, content, cards, problems)


NO_FACE: Final = Text("该产品没有能容纳它的面值。", "The product has no face value that holds it.")


def _keep(
    product: Product,
    person: Person,
    file_name: str,
    content: bytes,
    cards: list[ImportedCard],
    problems: list[Problem],
) -> Import:
    cards.sort(key=lambda card: (card.face_minor, card.line))
    problems.sort(key=lambda problem: problem.line)
    with transaction.atomic():
        made = Import.objects.create(
            product_id=product.id,
            currency=product.terms.currency,
            made_by=person,
            made_ms=now_ms(),
            file_name=file_name[-120:],
            file_sha256=sha256(content).hexdigest(),
            cards=len(cards),
            face_minor=sum(card.face_minor for card in cards),
            balance_minor=sum(card.balance_minor for card in cards),
            problems=[[problem.line, problem.text.zh, problem.text.en] for problem in problems],
        )
        for place, card in enumerate(cards):
            card.of, card.place = made, place
        ImportedCard.objects.bulk_create(cards, batch_size=500)
    return made


def _face_of(row: Row, faces: tuple[int, ...]) -> int | None:
    """What the card was worth when it was new: as the file says, else the smallest face that holds the balance."""
    if row.face_minor is not None:
        return row.face_minor if row.face_minor in faces else None
    return next((face for face in faces if face >= row.balance_minor), None)


def _problem(row: Row, face: int | None, product: Product) -> Text | None:
    terms, now = product.terms, now_ms()
    if face is None:
        return NO_FACE
    refused = check_face(terms.named, face)
    if refused is not None:
        return text(refused.words)
    if (
        row.expires_ms is not None
        and terms.validity_ms is not None
        and row.expires_ms > now + terms.validity_ms
    ):
        return Text(
            "旧卡有效期比该产品的更长，不能缩短。请选有效期更长的产品。",
            "The old card lasts longer than this product's cards, and nobody may shorten that; choose another product.",
        )
    return None


def _taken(hashes: list[bytes]) -> set[bytes]:
    found: set[bytes] = set()
    for start in range(0, len(hashes), 500):
        part = ImportedCard.objects.filter(live=True, number_hash__in=hashes[start : start + 500])
        found |= {bytes(value) for value in part.values_list("number_hash", flat=True)}
    return found


def number_hash(number: str) -> bytes:
    """Under which an old number (in its normal form) is found again."""
    return keyring().keyed_hash(_NUMBER, number.encode())


def code_hash(number: str, code: str) -> bytes:
    """What is kept of an old code: nobody without the keys can try codes out on it."""
    return keyring().keyed_hash(_CODE, number.encode() + b"\0" + code.encode())
