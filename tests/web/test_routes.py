"""Every address, walked as a stranger, as another holder and as every role: what is not theirs is not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from cardtrail.compliance.dates import quarter_at
from cardtrail.deals.regions import Advice
from cardtrail.pricing.offers import Unit
from cardtrail.risk.failure import on_failure
from cardtrail.web.accounts import identity
from cardtrail.web.accounts.models import Person, SignIn
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.api import keys
from cardtrail.web.checkout import paying
from cardtrail.web.desk import appointing, batches, delivery
from cardtrail.web.desk.models import ROLES, Staff
from cardtrail.web.ledger.models import Movement
from cardtrail.web.market import groups
from cardtrail.web.market.models import Listing, Offer
from cardtrail.web.notices.models import Notice
from cardtrail.web.orders import acts, exhibits, gate, matters
from cardtrail.web.orders.models import Account, Picture
from cardtrail.web.returns.models import Return
from cardtrail.web.risks.models import Decision, Penalty
from cardtrail.web.risks.penalties import penalise
from cardtrail.web.ui import errors
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.web.webhooks.emit import emit_test
from cardtrail.web.webhooks.endpoints import add_endpoint
from cardtrail.web.webhooks.models import Delivery
from tests.web.cards.giving import give
from tests.web.cards.test_lost import report
from tests.web.cards.test_share import share
from tests.web.checkout.conftest import Shop
from tests.web.desk.issuers import deposit, draft, found_brand, issue
from tests.web.desk.team import Member, browser
from tests.web.desk.test_approvals import open_case
from tests.web.desk.test_delivery import RECIPIENT
from tests.web.desk.test_imported import check
from tests.web.ledgers import Ledger
from tests.web.market.stalls import no_rules, sell_without_rules
from tests.web.orders.conftest import play
from tests.web.orders.market import Market
from tests.web.orders.play import Play
from tests.web.people import People, claim, sign_in, witness
from tests.web.returns.desk import Brand
from tests.web.routes import RULES, Desk, Key, Own, Public, Route, Rule, SignedIn, routes

__all__ = ["play"]

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

UNREVERSED = {"healthz": "/healthz", "api/^(?P<path>.*)$": "/api/v1/nothing", "claim": "/claim/"}
"""Addresses without a name of their own."""

OPEN_API = frozenset(("api:openapi-json", "api:api-root"))
"""The API's description is for everybody."""

NOT_NOW = frozenset(
    (
        *("object", "collect", "appeal", "reactivate", "split_parts", "merged"),
        *("desk:decide_appeal", "desk:agree_loss"),
        *("desk:refuse_loss", "desk:approval", "desk:approve", "desk:decline"),
    )
)
"""Pages that are there only while a card or case waits for just that, and for those who may decide it."""

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100"
    "c9fe92ef0000000049454e44ae426082"
)
"""A picture of one dot."""

GONE = (403, 404)
NOT_THIS_WAY = 405
"""A page that takes no GET, or no POST: it exists, and gives nothing away."""


@dataclass
class World:
    """One of everything, all of it one holder's, and a browser for everybody.

    values   what an address's parameters are, by its name
    """

    owner: Client
    other: Client
    stranger: Client
    staff: Mapping[str, Client]
    values: dict[str, dict[str, Any]] = field(default_factory=dict)

    def url(self, route: Route) -> str:
        given = {**self.values[""], **self.values.get(route.name, {})}
        chosen = {name: given[name] for name in route.parameters}
        return reverse(route.name, kwargs=chosen)


@pytest.fixture
def world(ledger: Ledger, people: People, play: Play, settings: Any) -> World:
    settings.WEBHOOKS_LOOPBACK = True
    cache.clear()
    found_brand()
    ledger.define()
    deposit(100_000_000)
    owner, other = people.make("小满"), people.make("阿强")
    team = {role: people.make(role) for role in ROLES}
    for role, person in team.items():
        Staff.objects.create(person=person, roles=[role])
    made = World(
        browser(owner), browser(other), Client(), {role: browser(person) for role, person in team.items()}
    )
    serials = ledger.issue(6)
    claim(owner, ledger, serials)
    made.values[""] = {"serial": serials[0]}
    no_rules(owner)  # Risk is not what is walked here.
    _holders_things(made, owner, serials)
    _payments(made, people, owner, serials)
    _desks_things(made, team, owner, serials)
    _lost(made, ledger, owner, other)
    _orders(made, ledger, people, play, owner)
    _returns(made, Brand(ledger, people, play), owner)
    _stall(made, ledger, owner)
    penalty = penalise(
        owner,
        by=team["risk"],
        case=made.values[""]["number"],
        reason=Text("一", "one"),
        kind=Penalty.Kind.SELL,
    )
    made.values[""] |= {"penalty_id": penalty.pk, "side": "seller"}
    return made


def _holders_things(made: World, owner: Person, serials: list[int]) -> None:
    gift = give(made.owner, serials[1])
    shared, link, _ = share(made.owner, serials[2:4])
    identity.submit(owner, "prc_id", "王强", "11010519491231002X")
    found = identity.identity_of(owner)
    assert found is not None
    first = Movement.objects.filter(serial=serials[0], kind="transfer").get()
    sign_in(Client(), owner)
    notice = Notice.objects.filter(person=owner, serial=serials[0]).earliest("id")
    claimed = Confirmation.objects.filter(person=owner).earliest("at_ms")
    made.values[""] |= {
        "gift_id": gift.id,
        "share_id": shared.id,
        "confirmation_id": claimed.id,
        "id": notice.pk,
        "entry": first.index,
        "session_id": SignIn.objects.filter(person=owner).earliest("id").pk,
        "identity_id": found.pk,
        "public": link.rpartition("/")[2],
        "person_id": owner.pk,
        "what": "account",
        "path": "0/000",
        "word": "nobody-invited",
        "provider": "sandbox",
        "account": owner.pk.hex,
    }


def _payments(made: World, people: People, owner: Person, serials: list[int]) -> None:
    till = people.make("收银")
    Staff.objects.create(person=till, roles=["till"])
    payment = Shop(till).ask(500)
    paying.take_up(payment, owner)
    made.values[""] |= {"payment_id": payment.id}
    made.values["pay"] = {"serial": serials[5]}


def _desks_things(made: World, team: Mapping[str, Person], owner: Person, serials: list[int]) -> None:
    batch = issue(team["issuing"], draft(3))
    codes = delivery.begin(batch, "age", RECIPIENT, team["issuing"])
    old = check(team["issuing"], "卡号,卡密,余额,面值,有效期\n8800123456,4321,50.00,50.00,2099-12-31\n")
    endpoint, _ = add_endpoint(
        url="http://localhost:8999/hook",
        description="收银系统",
        event_types=["card.claimed"],
        created_by=team["developer"],
        now_ms=now_ms(),
    )
    emit_test(endpoint, key="routes", now_ms=now_ms())
    key, _ = keys.make_key(team["developer"], "收银", ["payments:read"], [])
    support = Staff.objects.get(person=team["support"])
    case = open_case(Member(support, made.staff["support"]), serials[0])
    invitation = appointing.invite(team["admin"], "new@example.com", ["support"])
    paid_to = Account.objects.create(person=owner, provider="alipay", reference="2088000000000001", made_ms=1)
    awaiting = batches.order(witness(team["issuing"]), team["issuing"], draft(1_000, 50_000))
    made.values[""] |= {
        "batch_id": batch.pk,
        "delivery_id": codes.pk,
        "import_id": old.pk,
        "product_id": 0,
        "pk": endpoint.pk,
        "prefix": key.prefix,
        "number": case.number,
        "staff_id": support.pk,
        "invitation_id": invitation.pk,
        "refund_id": "ref_1",
        "activation_id": uuid4(),
        "endpoint_id": endpoint.pk,
        "account_id": paid_to.pk,
    }
    for name in ("webhooks:delivery", "webhooks:delivery_resend"):
        made.values[name] = {"pk": Delivery.objects.get().pk}
    [waiting] = batches.confirmations_of(awaiting)
    for name in ("desk:approval", "desk:approve", "desk:decline"):
        made.values[name] = {"confirmation_id": waiting.id}
    now = quarter_at(now_ms())
    made.values["desk:report"] = {"year": now.year, "number": now.number}


def _orders(made: World, ledger: Ledger, people: People, play: Play, owner: Person) -> None:
    """The owner's order, in dispute, with a picture."""
    before = gate.answered_by(lambda _: (Advice.ALLOW, ()))
    market = Market(ledger, people, play)
    market.buyer = owner
    deal = market.bought()
    gate.answered_by(before)
    acts.open_dispute(witness(owner), deal, "unusable", exhibits.read("用不了", [PNG]))
    matter = matters.find("routes", "money_differs", origin="reconcile", deal=deal)
    assert matter is not None
    given = {
        "number": deal.pk,
        "act": "drop",
        "side": "seller",
        "picture": Picture.objects.get().pk,
        "matter": matter.pk,
    }
    for route in routes():
        if route.name.startswith("market:") and {"number", "matter"} & set(route.parameters):
            made.values[route.name] = given


def _returns(made: World, brand: Brand, owner: Person) -> None:
    brand.offer(Unit.POINTS)
    waiting = brand.offer(approved=False)
    given = brand.quoted(brand.card(owner), owner, Unit.POINTS)
    made.values[""] |= {"return_id": given.pk}
    money = Return(**{field.attname: getattr(given, field.attname) for field in Return._meta.concrete_fields})
    money.pk, money.unit, money.state = uuid4(), "money", "lapsed"
    money.save(force_insert=True)
    for name in ("returns:payout", "returns:by_hand", "returns:redirect"):
        made.values[name] = {"return_id": money.pk}
    for name in ("returns:approve_terms", "returns:decline_terms"):
        made.values[name] = {"offer_id": waiting.pk}


def _stall(made: World, ledger: Ledger, owner: Person) -> None:
    """A card of the owner's that is on offer, in a group of theirs, with an offer of somebody who does not visit."""
    [serial] = ledger.issue()
    claim(owner, ledger, [serial])
    group = groups.make(owner, "财务部")
    sell_without_rules(made.owner, serial, group)
    listing = Listing.objects.get(serial=serial)
    asker = browser(Person.objects.get(name="老周"))
    given = {"price": "400", "version": listing.shown_version}
    assert asker.post(reverse("market:ask", args=[listing.pk]), given).status_code == 302
    offer = Offer.objects.get(listing=listing)
    ids = {"listing_id": listing.pk, "talk_id": offer.talk_id, "offer_id": offer.pk, "group_id": group.pk}
    made.values[""] |= ids
    for name in ("market:join_link", "market:join"):
        made.values[name] = {"public": group.public}
    made.values["market:of_card"] = {"serial": serial}
    made.values["market:answer"] = {**ids, "act": "reject"}
    made.values["market:change_group"] = {**ids, "act": "remove"}
    made.values["market:desk_listing_act"] = {**ids, "act": "delist"}
    made.values["market:desk_held"] = made.values["market:desk_held_act"] = {"decision": _held_gift(owner)}


def _held_gift(owner: Person) -> UUID:
    """A gift of the owner's that risk holds."""
    verdict = msgspec.json.encode(on_failure(1, "CNY")).decode()
    made = Decision.objects.create(
        person=owner,
        act="give",
        serial=None,
        about="gift/1",
        at_ms=now_ms(),
        outcome="hold",
        verdict=verdict,
        rules=0,
    )
    return made.pk


def _lost(made: World, ledger: Ledger, owner: Person, other: Person) -> None:
    [serial] = ledger.issue()
    claim(other, ledger, [serial])
    lost = report(made.owner, serial)
    made.values["loss"] = made.values["collect"] = made.values["withdraw_loss"] = {"claim_id": lost.id}
    made.values["my_case"] = {"number": lost.case.number}


@pytest.fixture(autouse=True)
def _bare_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that says no is not drawn: thousands of times it would be the same one."""
    monkeypatch.setattr(errors, "render_to_string", lambda *_: "")


def visit(client: Client, url: str) -> list[int]:
    """What somebody gets who looks at an address, and who sends it a form."""
    return [client.get(url).status_code, client.post(url).status_code]


def kept_out(answers: list[int], *also: int) -> bool:
    return all(answer in (*GONE, NOT_THIS_WAY, *also) for answer in answers) and answers != [NOT_THIS_WAY] * 2


def test_every_address_has_somebody_who_may_go_there() -> None:
    names = {route.name for route in routes()}
    assert not [route for route in routes() if route.rule is None], (
        "give these their line in tests/web/routes.py"
    )
    assert not set(RULES) - names, "these addresses are gone"


def test_what_is_not_theirs_is_not_there(world: World) -> None:
    """The one walk: every address, everybody, looking and sending."""
    before = Confirmation.objects.count(), Movement.objects.count()
    wrong = []
    for route in routes():
        for problem in _problems(world, route, route.rule):
            wrong.append(f"{route.name} {route.pattern}: {problem}")
    assert not wrong, "\n".join(wrong)
    assert (Confirmation.objects.count(), Movement.objects.count()) == before, (
        "somebody changed what was not theirs"
    )


def _problems(world: World, route: Route, rule: Rule | None) -> Iterator[str]:
    url = world.url(route) if route.name not in UNREVERSED else UNREVERSED[route.name]
    others = {"another holder": world.other, **world.staff}
    match rule:
        case Key():
            developer = world.staff["developer"]
            for who, client in (
                ("a stranger", world.stranger),
                ("the owner", world.owner),
                ("staff", developer),
            ):
                answers = visit(client, url)
                if (
                    not all(answer in (401, 404, NOT_THIS_WAY) for answer in answers)
                    and route.name not in OPEN_API
                ):
                    yield f"{who} without a key got {answers}"
        case Public():
            if world.stranger.get(url).status_code == 500:
                yield "a stranger got an error"
        case SignedIn():
            yield from _sent_to_sign_in(world, url)
            if world.other.get(url).status_code not in (200, 302, NOT_THIS_WAY):
                yield f"somebody signed in got {world.other.get(url).status_code}"
        case Own():
            yield from _sent_to_sign_in(world, url)
            for who, client in others.items():
                if not kept_out(answers := visit(client, url)):
                    yield f"{who} got {answers}"
            if world.owner.get(url).status_code in GONE and route.name not in NOT_NOW:
                yield f"its own holder got {world.owner.get(url).status_code}"
        case Desk(roles):
            yield from _sent_to_sign_in(world, url)
            yield from _desk_problems(world, route, url, roles)


def _desk_problems(world: World, route: Route, url: str, roles: tuple[str, ...]) -> Iterator[str]:
    for who, client in (("a holder", world.owner), ("another holder", world.other)):
        if set(answers := visit(client, url)) - {NOT_THIS_WAY} != {404}:
            yield f"{who} got {answers}"
    for role, client in world.staff.items():
        if role in roles:
            if client.get(url).status_code in GONE and route.name not in NOT_NOW:
                yield f"{role}, who may, got {client.get(url).status_code}"
        elif set(answers := visit(client, url)) - {NOT_THIS_WAY} != {403}:
            yield f"{role} got {answers}"


def _sent_to_sign_in(world: World, url: str) -> Iterator[str]:
    answers = [world.stranger.get(url), world.stranger.post(url)]
    for answer in answers:
        led = answer.status_code == 302 and answer.headers["Location"].startswith("/accounts/login/")
        if not led and answer.status_code not in (*GONE, NOT_THIS_WAY):
            yield f"a stranger got {answer.status_code}"


def test_the_walk_notices_an_open_door(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same walk over a rule that allows less than the page does: it finds who gets in."""
    [home] = [route for route in routes() if route.name == "desk:home"]
    assert list(_problems(world, home, Desk(("risk",))))
    [card] = [route for route in routes() if route.name == "gifts"]
    assert list(_problems(world, card, Own()))
