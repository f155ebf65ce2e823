"""What risk decided from, as staff read it."""

from __future__ import annotations

from cardtrail.risk.signals import Signals
from cardtrail.web.market.desk_values import NAMES, in_words
from cardtrail.web.ui.clock import DAY_MS


def test_every_signal_has_its_words() -> None:
    assert set(NAMES) == set(Signals.__struct_fields__) - {"currency"}


def test_values_and_limits_stand_together_with_their_units() -> None:
    found = in_words(
        {
            "currency": "CNY",
            "value_minor": 100_000,
            "new_device.value_minor.device_age_ms": 20_000,
            "new_device.value_minor.address_age_ms": 20_000,
            "young_card.value_minor.card_age_ms": 2_245_823,
            "card_age_ms": 27 * DAY_MS,
            "cards_moved": 1,
            "many_cards.cards_moved": 3,
            "payer_is_person": 0,
            "new_factor.account_age_ms": 7 * DAY_MS,
        }
    )
    told = {
        known.name.en: (known.value.en, [(limit.en, rule) for limit, rule in known.limits]) for known in found
    }
    assert told == {
        "Value at stake": ("¥1,000.00", [("¥200.00", "new_device"), ("¥22,458.23", "young_card")]),
        "Since the card's activation": ("27 days", []),
        "Since they signed up": ("Not known", [("7 days", "new_factor")]),
        "Cards passed on in 72 hours": ("1", [("3", "many_cards")]),
        "Paid from their own account": ("No", []),
    }
    assert [known.value.zh for known in found] == ["¥1,000.00", "27 天", "不知道", "1", "否"]


def test_what_has_no_name_yet_is_shown_as_it_is() -> None:
    [known] = in_words({"velocity": "high"})
    assert (str(known.name), str(known.value), list(known.limits)) == ("velocity", "high", [])
