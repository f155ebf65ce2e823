"""Attacks from outside the rules, each tried twice: it fails, and with its one defence taken away it succeeds.

An attack is a function that is given an empty folder and answers whether it worked. `README.md` lists them all, with
those on the rules themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attacks import flips, forks, gifts, guesses, lost_answers

Attack = Callable[[Path], bool]

DEFENDED: list[tuple[Attack, Callable[[pytest.MonkeyPatch], None]]] = [
    (lost_answers.lose_every_answer, lost_answers.take_silence_for_a_refusal),
    (lost_answers.answer_the_second_attempt_with_a_refusal, lost_answers.take_any_refusal_at_its_word),
    (guesses.try_every_short_code, guesses.make_short_codes),
    (guesses.read_refusals, guesses.look_at_the_card_before_the_signer),
    (gifts.read_the_servers_log, gifts.send_the_secret_along),
    (gifts.open_without_the_key, gifts.let_anybody_release),
    (gifts.claim_a_forwarded_link, gifts.keep_the_hold),
    (gifts.claim_while_it_is_taken_back, gifts.keep_the_hold),
    (gifts.use_a_link_taken_back_on_the_next_gift, gifts.make_one_link_for_each_card),
    (flips.flip_a_time, flips.ignore_the_tree),
    (flips.flip_a_tile, flips.ignore_tiles),
    (flips.flip_a_signature, flips.ignore_the_signature),
    (flips.flip_a_page, flips.ignore_page_checksums),
    (forks.show_another_history, forks.compare_nothing),
    (forks.show_a_longer_history, forks.remember_nothing),
    (forks.show_the_log_of_yesterday, forks.take_any_earlier_checkpoint),
]
EACH = pytest.mark.parametrize(
    ("attack", "without_defence"), DEFENDED, ids=[attack.__name__ for attack, _ in DEFENDED]
)


@EACH
def test_the_attack_fails(attack, without_defence, tmp_path):
    assert not attack(tmp_path)


@EACH
def test_without_its_defence_it_succeeds(attack, without_defence, tmp_path, monkeypatch):
    without_defence(monkeypatch)
    assert attack(tmp_path)
