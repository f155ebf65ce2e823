"""The brand's house during the season: who is in it, which cards lie in stock with their codes, and the products."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from cardtrail.wallet.codes import CardCode
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.custody import keyring
from cardtrail.web.actions.kinds.issuer import codes_of
from cardtrail.web.demo.cast import HOLDERS, PASSWORD, STAFF, Part
from cardtrail.web.demo.play_money import PlayMoney
from cardtrail.web.demo.stage import DESKTOP, Stage
from cardtrail.web.desk.batches import about
from cardtrail.web.desk.models import Staff
from cardtrail.web.desk.stock import Batch
from cardtrail.web.ledger.models import Card, Product
from cardtrail.web.ui.clock import moment, now_ms

SPRING: Final = "春日礼品卡"
AUTUMN: Final = "中秋团圆卡"
FIRM: Final = "企业福利卡"
OPENING: Final = "开业纪念卡"


@dataclass(frozen=True, slots=True)
class Fresh:
    """A card that nobody has claimed, and its code."""

    serial: int
    code: CardCode = field(repr=False)


@dataclass(slots=True)
class House:
    """Everything that the scenes share."""

    stage: Stage
    people: dict[str, Person] = field(default_factory=dict)
    stock: dict[tuple[str, int], list[Fresh]] = field(default_factory=lambda: defaultdict(list))
    secrets: dict[str, str] = field(default_factory=dict)
    """What visitors are told once everything is there: an API key, a webhook's secret, an authenticator's."""

    money: PlayMoney | None = None
    """Where orders are paid; none: there is no market in this demonstration."""

    def __getitem__(self, key: str) -> Person:
        return self.people[key]

    def move_in(self, parts: tuple[Part, ...]) -> None:
        """Make people. Only those that visitors sign in as have a password, hashed once: it is one and the same."""
        hashed = make_password(PASSWORD)
        for part in parts:
            person = Person(
                email=part.email, name=part.name, language=part.language, time_zone=part.time_zone
            )
            if part.printed:
                person.password = hashed
            else:
                person.set_unusable_password()
            person.save()
            Person.objects.filter(pk=person.pk).update(joined=moment(now_ms()))
            EmailAddress.objects.create(user=person, email=part.email, primary=True, verified=True)
            if part.roles:
                Staff.objects.create(person=person, roles=list(part.roles))
                self.stage.at_browser(person, DESKTOP)
            self.people[part.key] = person

    @property
    def bank(self) -> PlayMoney:
        """Where orders are paid. Raises `LookupError` where there is no market."""
        if self.money is None:
            raise LookupError("this demonstration is played without a market")
        return self.money

    @property
    def staff(self) -> list[Person]:
        """Everybody who works here."""
        return [self.people[part.key] for part in STAFF]

    @property
    def holders(self) -> list[Person]:
        """Everybody who holds cards."""
        return [self.people[part.key] for part in HOLDERS]

    def put_on_shelf(self, batch: Batch) -> None:
        """Keep the codes of a batch at hand, before our copy is destroyed: so that people of the story can claim."""
        name = Product.objects.get(id=batch.product_id).name
        ring = keyring()
        for chunk in batch.chunks.order_by("place"):
            if chunk.sealed is None or chunk.first_serial is None:
                raise LookupError(f"batch {batch.pk} is not issued, or its codes are gone")
            codes = codes_of(ring.open(bytes(chunk.sealed), about(chunk)))
            self.stock[name, batch.face_minor] += [
                Fresh(serial, code) for serial, code in enumerate(codes, chunk.first_serial)
            ]

    def take(self, product: str, face_minor: int, place: int = 0) -> Fresh:
        """A card of a kind, the one issued first unless said otherwise. Raises `IndexError` if there is none."""
        return self.stock[product, face_minor].pop(place)

    def product(self, name: str) -> Product:
        """A product by its name."""
        return Product.objects.get(name=name)

    def card(self, serial: int) -> Card:
        """A card as it stands now."""
        return Card.objects.select_related("product").get(serial=serial)
