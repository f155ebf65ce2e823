"""Play money from the brand to people: once for each key, and only where a provider does that at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from cardtrail.payments.payouts import NotOffered, Payout, PaysOut, payer
from cardtrail.payments.port import Progress, ProviderAway, ProviderRefused
from cardtrail.payments.sandbox.faults import Faults
from tests.web.orders.play import Play

PAYOUT = Payout(
    key="return_1", account="person_1", amount_minor=41_000, currency="CNY", subject="card return"
)


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Play]:
    made = Play(tmp_path)
    yield made
    made.close()


def test_once_for_each_key(play: Play) -> None:
    assert play.provider.paid_out("return_1") is None
    assert play.provider.pay_out(PAYOUT) is Progress.DONE
    assert play.provider.pay_out(PAYOUT) is Progress.DONE
    found = play.provider.paid_out("return_1")
    assert found is not None
    assert (found.account, found.amount_minor, found.currency) == ("person_1", 41_000, "CNY")
    with play._store.reading() as db:
        assert db.execute("SELECT COUNT(*) FROM payouts").fetchone()[0] == 1


@pytest.mark.parametrize(
    "change", [{"amount_minor": 1}, {"account": "other"}, {"currency": "USD"}, {"subject": "x"}]
)
def test_another_payout_under_the_key_is_refused(play: Play, change: dict[str, object]) -> None:
    play.provider.pay_out(PAYOUT)
    with pytest.raises(ProviderRefused) as refused:
        play.provider.pay_out(replace(PAYOUT, **change))
    assert refused.value.code == "key_reused"


def test_an_answer_that_was_lost(play: Play) -> None:
    play.provider.set_faults(Faults(answers="lost"))
    with pytest.raises(ProviderAway):
        play.provider.pay_out(PAYOUT)
    play.provider.set_faults(Faults())
    assert play.provider.pay_out(PAYOUT) is Progress.DONE


def test_nothing_is_paid_to_an_account_that_is_closed(play: Play) -> None:
    play.provider.close_account("person_1")
    with pytest.raises(ProviderRefused) as refused:
        play.provider.pay_out(PAYOUT)
    assert refused.value.code == "closed"
    assert play.provider.paid_out("return_1") is None
    assert play.provider.pay_out(replace(PAYOUT, key="return_2", account="person_2")) is Progress.DONE
    play.provider.open_account("person_1")
    assert play.provider.pay_out(PAYOUT) is Progress.DONE
    play.provider.close_account("person_1")
    assert play.provider.pay_out(PAYOUT) is Progress.DONE, "what was paid stays paid"


def test_accounts_are_closed_whatever_else_goes_wrong(play: Play) -> None:
    play.provider.set_faults(Faults(answers="error"))
    play.provider.close_account("person_1")
    play.provider.set_faults(Faults())
    with pytest.raises(ProviderRefused):
        play.provider.pay_out(PAYOUT)


def test_a_payout_stays_as_it_was(play: Play) -> None:
    play.provider.pay_out(PAYOUT)
    for change in ("UPDATE payouts SET amount_minor = 1", "DELETE FROM payouts"):
        with pytest.raises(Exception, match="a payout"), play._store.transaction() as db:
            db.execute(change)


@pytest.mark.parametrize(
    "wrong", [{"amount_minor": 0}, {"key": "a b"}, {"account": ""}, {"currency": "yuan"}, {"subject": ""}]
)
def test_values_that_nobody_could_take(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"key|amount|account|currency|subject"):
        replace(PAYOUT, **wrong)


def test_a_provider_that_does_not_pay_people(play: Play) -> None:
    from cardtrail.payments.wechat.provider import WeChat

    assert not issubclass(WeChat, PaysOut)
    assert payer(play.provider, "CNY") is play.provider
    with pytest.raises(NotOffered):
        payer(play.provider, "XXX")
