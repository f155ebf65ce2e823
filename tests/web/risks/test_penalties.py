"""Attacks 13, 16 and 17: who a penalty follows, and who it does not; who cannot trade with whom."""

from __future__ import annotations

import pytest

from cardtrail.risk.links import Kind
from cardtrail.risk.port import Act, Outcome
from cardtrail.web.accounts import deletion
from cardtrail.web.accounts.identity import check, submit
from cardtrail.web.accounts.models import Person
from cardtrail.web.notices.models import Notice
from cardtrail.web.risks.leaving import wipe
from cardtrail.web.risks.links import are_linked, group_of
from cardtrail.web.risks.models import Penalty, Seen
from cardtrail.web.risks.penalties import lift, penalise
from cardtrail.web.risks.traces import FRESH_MS
from cardtrail.web.risks.upkeep import KEEP_SEEN_MS, forget_old
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.web.ui.texts import Text
from tests.web.risks.scene import asked, codes, settle, share

REASON = Text("多次欺诈", "Repeated fraud")


@pytest.fixture
def fraud(people):
    return people.make("fraud")


@pytest.fixture
def staff(people):
    return people.make("staff")


@pytest.fixture
def penalty(fraud, staff) -> Penalty:
    return penalise(fraud, by=staff, case="case/1", reason=REASON)


def verdict(person, **fields):
    """Of somebody who is nobody's neighbour."""
    here = settle(person, at=f"10.{person.pk.int % 250}.{person.pk.int // 250 % 250}.1")
    return asked(person, here, None, Act.BUY, **{"counterparty": Person(email="stranger")} | fields).verdict


def identify(person, staff, number="11010519491231002X"):
    check(submit(person, "prc_id", "张三", number), staff, True)


def test_it_blocks_the_person(fraud, penalty):
    assert verdict(fraud).outcome is Outcome.BLOCK
    assert str(penalty.reason) == REASON.zh


def test_and_their_next_account_by_its_document(fraud, staff, people):
    identify(fraud, staff)
    verdict(fraud)
    penalise(fraud, by=staff, case="case/1", reason=REASON)
    again = people.make("again")
    identify(again, staff)
    found = asked(again, settle(again), None, Act.BUY)
    assert found.verdict.outcome is Outcome.BLOCK
    assert "under_penalty" in codes(found)


def test_an_identity_that_nobody_checked_accuses_nobody(fraud, staff, people):
    identify(fraud, staff)
    verdict(fraud)
    penalise(fraud, by=staff, case="case/1", reason=REASON)
    other = people.make()
    submit(other, "prc_id", "张三", "11010519491231002X")
    assert verdict(other).outcome is Outcome.ALLOW


def test_and_by_device_and_payer_together(fraud, penalty, people):
    again = people.make()
    share(Kind.DEVICE, fraud, again)
    share(Kind.PAYER, fraud, again)
    assert verdict(again).outcome is Outcome.BLOCK


@pytest.mark.parametrize("kind", [Kind.DEVICE, Kind.PAYER, Kind.ADDRESS, Kind.COUNTERPARTY])
def test_one_thing_shared_blocks_nobody(fraud, penalty, people, kind):
    """Attack 13."""
    neighbour = people.make()
    share(kind, fraud, neighbour)
    found = asked(neighbour, settle(neighbour, at="10.1.1.1"), None, Act.BUY, counterparty=people.make())
    assert found.verdict.outcome is Outcome.ALLOW  # They have just proved who they are.
    assert codes(found) == {"near_penalty"}


def test_without_a_penalty_they_trade(fraud, people):
    again = people.make()
    share(Kind.DEVICE, fraud, again)
    share(Kind.PAYER, fraud, again)
    assert verdict(again).outcome is Outcome.ALLOW


def test_time_does_not_wash_it_off(fraud, penalty, people):
    share(Kind.DEVICE, fraud)
    share(Kind.PAYER, fraud)
    Seen.objects.update(last_ms=now_ms() - 10 * KEEP_SEEN_MS)
    forget_old()
    again = people.make()
    share(Kind.DEVICE, again)
    share(Kind.PAYER, again)
    assert verdict(again).outcome is Outcome.BLOCK


def test_nor_does_deleting_the_account(fraud, penalty):
    share(Kind.DEVICE, fraud)
    assert wipe in deletion.wipers
    wipe(fraud)
    assert Seen.objects.filter(person=fraud).exists()


def test_others_are_forgotten_with_their_account(fraud):
    share(Kind.DEVICE, fraud)
    wipe(fraud)
    assert not Seen.objects.exists()


def test_lifted_it_is_over_at_once(fraud, penalty, staff, people):
    again = people.make()
    share(Kind.DEVICE, fraud, again)
    share(Kind.PAYER, fraud, again)
    assert lift(penalty, staff)
    assert not lift(penalty, staff)
    assert verdict(fraud).outcome is Outcome.ALLOW
    assert verdict(again).outcome is Outcome.ALLOW


def test_it_ends_by_itself(fraud, staff):
    penalty = penalise(fraud, by=staff, case="c", reason=REASON, for_ms=DAY_MS)
    assert verdict(fraud).outcome is Outcome.BLOCK
    Penalty.objects.filter(pk=penalty.pk).update(until_ms=now_ms() - 1)
    assert verdict(fraud).outcome is Outcome.ALLOW


class TestSelfTrade:
    """Attack 16."""

    def test_linked_people_do_not_buy_from_each_other(self, people):
        one, other, stranger = (people.make() for _ in range(3))
        share(Kind.DEVICE, one, other)
        share(Kind.PAYER, one, other)
        assert are_linked(one, other)
        assert not are_linked(one, stranger)
        assert verdict(one, counterparty=other).outcome is Outcome.BLOCK
        assert verdict(one, counterparty=stranger).outcome is Outcome.ALLOW

    def test_nor_with_themselves(self, people):
        one = people.make()
        assert verdict(one, counterparty=one).outcome is Outcome.BLOCK

    def test_one_address_is_no_reason(self, people):
        one, other = people.make(), people.make()
        share(Kind.ADDRESS, one, other)
        assert verdict(one, counterparty=other).outcome is Outcome.ALLOW

    def test_old_traces_link_nobody(self, people):
        one, other = people.make(), people.make()
        share(Kind.DEVICE, one, other)
        share(Kind.PAYER, one, other)
        Seen.objects.update(last_ms=now_ms() - FRESH_MS - 1000)
        assert group_of(one) == {one.pk}

    def test_a_partner_is_one_after_the_deal_and_not_before(self, people):
        buyer, seller = people.make(), people.make()
        verdict(buyer, counterparty=seller)
        assert not Seen.objects.filter(kind=Kind.COUNTERPARTY).exists()
        asked(
            buyer,
            settle(buyer),
            None,
            Act.DELIVER,
            counterparty=seller,
            payer_is_person=True,
            payer="sandbox:7",
        )
        assert set(Seen.objects.values_list("kind", flat=True)) >= {
            "counterparty",
            "payer",
            "device",
            "address",
        }


def test_they_hear_of_it_and_of_its_end(fraud, penalty, staff):
    lift(penalty, staff)
    texts = list(Notice.objects.filter(person=fraud).order_by("id").values_list("zh", flat=True))
    assert len(texts) == 2
    assert "多次欺诈" in texts[0]
    assert "解除" in texts[1]
