"""The card's page: a proof that holds is shown to hold, one that does not is refused, and the step is named."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from msgspec.structs import replace as replace_record
from playwright.sync_api import Page, expect

from cardtrail.merkle.hashing import leaf_hash
from cardtrail.signing.keys import SecretKey
from cardtrail.signing.notes import VerifierKey
from cardtrail.web.cards.proofs import CardProof
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import Seal
from cardtrail.wire.entries import encode_entry
from cardtrail.wire.proofs import CARD_STATE_CODEC, CardState
from cardtrail.wire.signed import Signed
from tests.client.paper import NETWORK, NOW_MS, ORIGIN
from tests.web.verify.browser import STATIC, Harness
from tests.web.verify.conftest import MERGED, PARTED, PLAIN, SPENT, RealLedger
from tests.web.verify.pages import (
    PaperShop,
    Shop,
    check,
    document,
    failed,
    open_card,
    paper_ledger,
    press,
    proof_of,
    states,
    verdict,
)
from vectors.make_proofs import Small

STRANGER = VerifierKey(ORIGIN, SecretKey(b"s" * 32).public).encode()
ALL_HOLD = dict.fromkeys(["key", "signature", "seal", "record", "trail", "memory"], "holds")


def shop_of(real: RealLedger, serial: int, language: str = "zh-hans") -> Shop:
    return Shop(real.transport, document(language, proof=real.proof(serial)))


@pytest.mark.parametrize("serial", range(6))
def test_every_card_of_a_real_node_checks_out(real: RealLedger, harness: Harness, serial: int):
    assert harness.cards([{"proof": real.proof(serial).record(), "vkey": real.vkey, "serial": serial}]) == [
        "holds"
    ]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh-hans", "卡 0000 0000 0000 0000 可用，余额 ¥75.00"),
        ("en", "card 0000 0000 0000 0000 is active, with a balance of ¥75.00"),
    ],
)
def test_what_people_are_told(page: Page, real: RealLedger, language: str, said: str):
    open_card(page, shop_of(real, SPENT, language))
    assert press(page) == "good"
    assert states(page) == ALL_HOLD
    expect(page.get_by_role("status")).to_contain_text(said)
    assert not re.search(r"\{\w*\}|undefined|null", page.locator("card-check").inner_text())
    assert not Axe().run(page).response["violations"]


@pytest.mark.parametrize(
    ("language", "chosen", "written"),
    [
        ("zh-hans", "", r"\d{4}年\d+月\d+日 \d\d:\d\d:\d\d（北京时间）"),
        ("en", "", r"\d+ [A-Z][a-z]{2} \d{4}, \d\d:\d\d:\d\d \(Beijing time\)"),
        ("en", "Asia/Dubai", r"\d+ [A-Z][a-z]{2} \d{4}, \d\d:\d\d:\d\d \(UTC\+4\)"),
    ],
)
def test_times_are_written_as_everywhere_and_name_their_zone(
    page: Page, real: RealLedger, language: str, chosen: str, written: str
):
    open_card(page, shop_of(real, SPENT, language))
    page.locator("card-check").evaluate("(check, zone) => { check.dataset.zone = zone; }", chosen)
    assert press(page) == "good"
    time = page.get_by_role("status").locator("time")
    expect(time).to_have_text(re.compile(f"^{written}$"))
    said, stood = time.inner_text(), time.get_attribute("datetime")
    assert stood is not None
    hours = (int(re.findall(r"(\d\d):", said)[0]) - int(stood[11:13])) % 24
    assert hours == (4 if chosen else 8)


def test_a_merged_cards_trail_leads_through_those_it_came_from(page: Page, real: RealLedger):
    open_card(page, shop_of(real, MERGED))
    assert check(page) == "good"
    trail = page.locator("[data-step=trail]")
    expect(trail).to_contain_text("这张卡的变更：1 次")
    trail.get_by_text("逐条列出").click()
    expect(trail.locator("li")).to_have_count(4)
    expect(trail.locator("li").last).to_contain_text("合并")


def test_a_card_that_is_no_more_is_shown_so(page: Page, real: RealLedger):
    open_card(page, shop_of(real, PARTED))
    assert check(page) == "good"
    expect(page.get_by_role("status")).to_contain_text("已拆分，余额 ¥0.00")


def test_the_proof_may_be_fetched_when_asked_for(page: Page, real: RealLedger):
    proof = json.dumps(real.proof(PLAIN).record())
    shop = Shop(real.transport, document(src="/proof.json", serial=PLAIN, vkey=real.vkey), proof)
    site = open_card(page, shop)
    assert "/proof.json" not in site.asked
    site.away.add("/proof.json")
    assert check(page) == "away"
    site.away.clear()
    assert press(page) == "good"


def other_letter(text: str, place: int) -> str:
    return text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]


def test_no_byte_of_a_state_can_be_changed(real: RealLedger, harness: Harness):
    """Not by one bit, whichever byte it is in."""
    raw = real.proof(SPENT).state
    cases = [raw[:at] + bytes([raw[at] ^ 1 << at % 8]) + raw[at + 1 :] for at in range(len(raw))]
    same = {"vkey": real.vkey, "serial": SPENT}
    found = harness.states([{**same, "state": base64.b64encode(case).decode()} for case in cases])
    assert "holds" not in found
    assert set(found) <= set(faults())
    assert {"card state", "checkpoint signature", "seal path", "card path"} <= set(found)


def test_no_letter_of_a_receipt_can_be_changed(real: RealLedger, harness: Harness):
    text = min(real.proof(SPENT).receipts, key=len)
    cases = [other_letter(text, place) for place in range(len(text))]
    found = harness.receipts([{"vkey": real.vkey, "text": case} for case in cases])
    assert set(found) == {"receipt", "inclusion path", "checkpoint signature"}


def test_no_receipt_of_the_trail_can_be_changed(real: RealLedger, harness: Harness):
    proof = real.proof(SPENT)
    cases = [
        [*proof.receipts[:at], other_letter(text, place), *proof.receipts[at + 1 :]]
        for at, text in enumerate(proof.receipts)
        for place in range(at, len(text), 97)
    ]
    same = {"vkey": real.vkey, "serial": SPENT}
    found = harness.cards([{**same, "proof": proof.record() | {"receipts": case}} for case in cases])
    assert set(found) == {"receipt", "inclusion path", "checkpoint signature"}


def test_nothing_of_the_trail_can_be_left_out_or_put_in(real: RealLedger, harness: Harness):
    proof, other = real.proof(SPENT), real.proof(PLAIN)
    own = proof.receipts
    cases = {
        **{f"without {at}": own[:at] + own[at + 1 :] for at in range(len(own))},
        "none": (),
        "twice": (*own, own[-1]),
        "one twice in another's place": (own[0], own[0], *own[2:]),
        "backwards": own[::-1],
        "another card's": (*own[:-1], other.receipts[-1]),
        "one that is not a text": (*own[:-1], 5),
    }
    asked = [
        {"proof": proof.record() | {"receipts": receipts}, "vkey": real.vkey, "serial": SPENT}
        for receipts in cases.values()
    ]
    found = dict(zip(cases, harness.cards(asked), strict=True))
    assert found == dict.fromkeys(cases, "trail") | {"one that is not a text": "receipt"}


@pytest.mark.parametrize(("entry", "answer"), [(0, "holds"), (1, "trail")])
def test_a_record_names_the_entry_that_changed_it_last(harness: Harness, entry: int, answer: str):
    """A log of an issue and its seal, whose register says of the card that something else changed it."""
    ledger = paper_ledger()
    issue = ledger.entries[4]
    card = replace_record(ledger.cards[0], version=0, entry=entry)
    record = encode(card)
    seal = Seal(NETWORK, 1, leaf_hash(record), 1, ())
    sealed = encode_entry(NOW_MS, encode(Signed(encode(seal), (), None)))
    log = Small((issue, sealed))
    state = CardState(record, (), 1, sealed, (leaf_hash(issue),), log.note)
    proof = {"state": base64.b64encode(encode(state)).decode(), "receipts": [log.receipt]}
    assert harness.cards([{"proof": proof, "vkey": ledger.vkey.encode(), "serial": 0}]) == [answer]


def test_receipts_and_state_rest_on_one_checkpoint(harness: Harness):
    """Else a log could show each of them in a history of its own."""
    ledger = paper_ledger(100)
    old = proof_of(ledger)
    ledger.seal()
    new = proof_of(ledger)
    mixed = [
        replace(new, receipts=(*old.receipts[:1], *new.receipts[1:])),
        replace(old, receipts=new.receipts),
    ]
    mixed.append(replace(new, definition=ledger.receipt(3)))
    vkey = ledger.vkey.encode()
    cases = [{"proof": proof.record(), "vkey": vkey, "serial": 0} for proof in mixed]
    cases.append({"proof": new.record() | {"definition": ledger.receipt(4)}, "vkey": vkey, "serial": 0})
    assert harness.cards(cases) == ["receipt checkpoint", "receipt checkpoint", "holds", "product"]


def spoilt(proof: CardProof, part: str) -> CardProof:
    """The proof with this part changed."""
    state = CARD_STATE_CODEC.decode(proof.state)
    if part == "bytes":
        return replace(proof, state=proof.state[:-1])
    if part == "receipts":
        return replace(proof, receipts=proof.receipts[1:])
    value = getattr(state, part)
    if part == "checkpoint":
        changed = value.replace("\n\n", "\n\n— other.example AAAAAAAA\n", 1).replace(
            "cardtrail.test", "cardtrail.tesl"
        )
    elif isinstance(value, bytes):
        changed = value[:-1] + bytes([value[-1] ^ 1])
    else:
        changed = (*value[:-1], bytes(32))
    fields = {name: getattr(state, name) for name in state.__struct_fields__} | {part: changed}
    return replace(proof, state=encode(type(state)(**fields)))


@pytest.mark.parametrize(
    ("part", "step", "name"),
    [
        ("bytes", "signature", "card state"),
        ("checkpoint", "signature", "checkpoint signature"),
        ("seal_entry", "seal", "seal path"),
        ("seal_path", "seal", "seal path"),
        ("record", "record", "card path"),
        ("path", "record", "card path"),
        ("receipts", "trail", "trail"),
    ],
)
def test_a_failure_is_named_where_it_is(page: Page, real: RealLedger, part: str, step: str, name: str):
    open_card(page, Shop(real.transport, document(proof=spoilt(real.proof(SPENT), part))))
    assert check(page) == "bad"
    assert failed(page) == (step, name)
    fault = re.sub(r"\s+", " ", faults()[name])
    expect(page.get_by_role("status")).to_contain_text(fault)
    assert page.evaluate("localStorage.length") == 0


def test_the_page_of_another_card_is_refused(page: Page, real: RealLedger):
    """Whoever has a proof of a full card cannot show it as that of an empty one."""
    open_card(page, Shop(real.transport, document(proof=replace(real.proof(PLAIN), serial=SPENT))))
    assert check(page) == "bad"
    assert failed(page) == ("record", "card serial")


def give_key(page: Page, text: str) -> None:
    if not page.locator(".check-key[open]").count():
        page.get_by_text("用你从别处得到的公钥").click()
    page.get_by_label("验证公钥").fill(text)
    page.get_by_role("button", name="用它核验").click()


def test_a_key_from_elsewhere_decides(page: Page):
    """Not the one that the page offers: the page may be the liar's."""
    ledger = paper_ledger(100)
    shop = PaperShop(ledger)
    open_card(page, shop)
    give_key(page, STRANGER)
    assert verdict(page) == "bad"
    assert failed(page) == ("signature", "checkpoint signature")
    page.reload()
    assert check(page) == "bad"
    give_key(page, f"  {ledger.vkey.encode()}\n")
    expect(page.locator("[data-step=key]")).to_contain_text("由你亲自给出")
    expect(page.get_by_role("status")).to_contain_text("核验通过")
    shop.page = shop.page.replace(ledger.vkey.encode(), STRANGER)
    page.reload()
    assert check(page) == "good"


@pytest.mark.parametrize("text", ["", STRANGER.replace("paper", "papes")])
def test_a_key_that_is_none_is_said_to_be_none(page: Page, text: str):
    open_card(page, PaperShop(paper_ledger()))
    give_key(page, text)
    expect(page.get_by_role("alert")).to_contain_text("这不是完整的验证公钥")
    expect(page.get_by_label("验证公钥")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("验证公钥")).to_be_focused()
    assert page.locator("card-check[data-verdict]").count() == 0


def test_a_page_with_another_key_than_before_is_refused(page: Page):
    ledger = paper_ledger(100)
    shop = PaperShop(ledger)
    open_card(page, shop)
    assert check(page) == "good"
    shop.page = shop.page.replace(ledger.vkey.encode(), STRANGER)
    page.reload()
    assert check(page) == "bad"
    assert failed(page) == ("key", "remembered key")
    page.get_by_text("用你从别处得到的公钥").click()
    page.get_by_role("button", name="忘记已记住的").click()
    expect(page.locator("card-check")).to_have_attribute("data-failed", "checkpoint signature")


@pytest.mark.parametrize(
    "gone",
    ["delete crypto.subtle.__proto__.verify", "Object.defineProperty(crypto, 'subtle', {value: undefined})"],
)
def test_a_browser_that_cannot_says_so(page: Page, gone: str):
    """It does not say that the proof holds, nor that it does not."""
    page.add_init_script(
        "crypto.subtle.importKey = async () => { throw new DOMException('no Ed25519', 'NotSupportedError'); };"
        if "delete" in gone
        else gone
    )
    open_card(page, PaperShop(paper_ledger(100)))
    assert check(page) == "unable"
    expect(page.get_by_role("status")).to_contain_text("浏览器不支持 Ed25519")
    assert set(states(page).values()) <= {"holds", "unknown", "waiting"}


def faults() -> dict[str, str]:
    """The faults that the page has words for, by part."""
    texts = document(src="/", serial=0, vkey="")
    return dict(re.findall(r'<template data-text="fault ([^"]+)">([^<]*)</template>', texts))


def test_every_fault_and_kind_has_its_words():
    scripts = "\n".join(file.read_text("utf-8") for file in sorted(Path(STATIC / "verify").glob("*.js")))
    parts = set(re.findall(r'ProofError\("([^"]+)"\)|super\("([a-z ]+)"\)|decodeOr\("([^"]+)"', scripts))
    named = {part for group in parts for part in group if part}
    assert len(named) > 20
    # What was asked for by index or id is a question of programs, not of this page.
    assert named - set(faults()) == {"index", "command id"}
    texts = document(src="/", serial=0, vkey="")
    told = set(re.findall(r'data-text="kind ([^"]+)"', texts))
    kinds = set(re.findall(r"^  (\w+): ", scripts[scripts.index("BODY = tagged") :], re.MULTILINE))
    assert told == kinds - {"define", "appoint", "attest", "seal"}


def test_the_page_works_under_the_sites_policy(page: Page):
    """With its modules one by one and the site's look, nothing is refused by the browser."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    shop = PaperShop(paper_ledger(100))
    site = open_card(page, shop, modules=True)
    assert check(page) == "good"
    assert errors == []
    assert "/static/cards/verify/msgpack.js" in site.asked
