"""Sales on the ledger with one defence taken away: the attack then succeeds, and with the defence it does not."""

from __future__ import annotations

import pytest

from cardtrail.web.actions.kinds import settler
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.perform import perform
from cardtrail.web.actions.waiting import let_go
from cardtrail.web.ledger.follow import catch_up
from cardtrail.web.ledger.models import Card
from cardtrail.wire.cards import Card as OnLedger
from cardtrail.wire.cards import Held
from tests.web.actions.sales import PRICE, action_of, deliver_to, offer
from tests.web.ledgers import Ledger
from tests.web.people import People, claim

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("defended", [True, False], ids=["with", "without"])
def test_a_cheap_order_from_before_does_not_take_the_card_that_is_listed_for_more(
    ledger: Ledger, people: People, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    """Each order names the confirmation that set its card aside; a later listing of the same card is another."""

    def whichever(action: Action, card: OnLedger) -> tuple[Action, Held]:
        assert card.hold is not None
        return Action.objects.get(confirmation_id=action.parameters["hold"], kind="hold_sale"), card.hold

    if not defended:
        monkeypatch.setattr(settler, "sale_hold", whichever)
    seller, buyer = people.make("小满"), people.make("阿强")
    [serial] = ledger.issue()
    claim(seller, ledger, [serial])
    cheap = offer(seller, serial, PRICE - 10_000)
    deliver = deliver_to(buyer, cheap, serial, price_minor=PRICE - 10_000)
    let_go(action_of(cheap, "end_sale").id)
    perform(cheap)
    offer(seller, serial, PRICE)
    let_go(deliver.id)
    perform(deliver.confirmation)
    catch_up()
    assert Card.objects.get(serial=serial).holder == (seller if defended else buyer)
