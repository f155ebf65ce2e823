"""What holders do, in the words of the story: claim, pay, give, take, share, split, merge."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cardtrail.risk.port import Outcome
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.cards import claiming, giving, merging, sharing, splitting, taking
from cardtrail.web.cards.asking import Stopped
from cardtrail.web.cards.models import Gift, Share
from cardtrail.web.checkout import asking, paying, refunding
from cardtrail.web.checkout.models import Payment
from cardtrail.web.demo.house import Fresh, House
from cardtrail.web.demo.stage import Unplayable
from cardtrail.web.ledger.models import Card
from cardtrail.web.market import desk_held
from cardtrail.web.ui.clock import DAY_MS, now_ms

Doing = Callable[[Confirmation], object]
"""`Stage.do`, or `Stage.soon` where nobody waits for it."""


def claim(house: House, person: Person, fresh: Fresh, do: Doing | None = None) -> int:
    """Claim a card with its code. Gives the serial."""
    order = Order("claim", fresh.serial, secret=fresh.code.secret)
    (do or house.stage.do)(claiming.claim(house.stage.at_browser(person), order))
    return fresh.serial


def claim_old(house: House, person: Person, number: str, code: str) -> None:
    """Claim a card of the former system."""
    for reader in claiming.old_cards:
        order = reader(number, code)
        if order is not None:
            house.stage.do(claiming.claim(house.stage.at_browser(person), order))
            return
    raise Unplayable(f"the old card {number} cannot be claimed")


def give(
    house: House, person: Person, serial: int, *, to: str, note: str, days: float, do: Doing | None = None
) -> Gift:
    """Give a card, by link or to an address."""
    choice = giving.Choice(to, note, now_ms() + int(days * DAY_MS))
    request = house.stage.at_browser(person)
    confirmation = _given(house, person, lambda: giving.give(request, house.card(serial), choice))
    (do or house.stage.do)(confirmation)
    return Gift.objects.get(action__confirmation=confirmation)


def _given(house: House, person: Person, give: Callable[[], Confirmation]) -> Confirmation:
    """Give, as often as risk wants something first: a proof of who it is, or a look by a member of staff."""
    for _ in range(2):
        try:
            return give()
        except Stopped as stopped:
            if stopped.asked.verdict.outcome is Outcome.STEP_UP:
                proof = {"method": "mfa", "type": "totp", "at": now_ms() / 1000}
                house.stage.at_browser(person).session["account_authentication_methods"] = [proof]
            else:
                by = house["zhenglan"]
                words = "本人领取的卡，送给同事。"
                desk_held.decide(house.stage.at_browser(by), stopped.asked.decision, by, words, allow=True)
                house.stage.at_browser(person)  # Pages speak the giver's language again.
    return give()


def take(house: House, person: Person, gift: Gift, do: Doing | None = None) -> int:
    """Take a gift."""
    gift.refresh_from_db()
    (do or house.stage.do)(taking.take(house.stage.at_browser(person), gift))
    return gift.serial


def take_back(house: House, gift: Gift) -> None:
    """Its giver has a gift back."""
    gift.refresh_from_db()
    house.stage.do(giving.take_back(house.stage.at_browser(gift.giver), gift))


def share(house: House, person: Person, serials: Sequence[int], note: str, days: float = 3) -> Share:
    """Cards for a group."""
    choice = giving.Choice("", note, now_ms() + int(days * DAY_MS))
    request = house.stage.at_browser(person)
    confirmation = _given(house, person, lambda: sharing.make(request, serials, choice))
    house.stage.do(confirmation)
    return Share.objects.get(confirmation=confirmation)


def take_of(house: House, person: Person, share: Share) -> None:
    """Somebody of the group takes a card."""
    request = house.stage.at_browser(person)
    sharing.note_visit(share, person)
    house.stage.do(sharing.take(request, share))


def split(house: House, person: Person, serial: int, *amounts_minor: int) -> list[int]:
    """Split a card. Gives the serials of its parts."""
    house.stage.do(splitting.split(house.stage.at_browser(person), house.card(serial), amounts_minor))
    return [part.serial for part in splitting.parts_of(house.card(serial))]


def merge(house: House, person: Person, *serials: int) -> int:
    """Merge cards. Gives the serial of what comes of it."""
    house.stage.do(merging.merge(house.stage.at_browser(person), house.card(serials[0]), serials))
    made = merging.result_of(house.card(serials[0]))
    if made is None:
        raise Unplayable("nothing came of a merge")
    return made


def pay(
    house: House, person: Person, parts: dict[int, int], shop: str, reference: str, do: Doing | None = None
) -> Payment:
    """Pay at a till: so much of each card."""
    asked = asking.ask(
        asking.Ask(
            Payment.Kind.TILL, sum(parts.values()), asking.CURRENCY, reference, shop, house["xiaofeng"]
        )
    )
    request = house.stage.at_browser(person)
    paying.take_up(asked, person)
    attempt = paying.pay(request, person, asked, parts)
    (do or house.stage.do)(attempt.confirmation)
    asked.refresh_from_db()
    return asked


def refund(house: House, payment: Payment, amount_minor: int, note: str = "") -> None:
    """The till gives something back."""
    person = house["xiaofeng"]
    made = refunding.refund(house.stage.at_browser(person), person, payment, amount_minor, note=note)
    house.stage.do(made.confirmation)


def usable(person: Person) -> list[Card]:
    """A person's cards that can be paid with now, the fullest first."""
    cards = Card.objects.filter(holder=person, balance_minor__gt=0).select_related("product")
    return sorted((card for card in cards if card.state == "active"), key=lambda card: -card.balance_minor)
