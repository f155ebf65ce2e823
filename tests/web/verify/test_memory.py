"""Attack 36 as a browser meets it: a log that goes back, or shows another history, is found out on the next visit."""

from __future__ import annotations

import base64
import json

import pytest
from playwright.sync_api import Page, expect

from cardtrail.merkle.checkpoint import Checkpoint
from cardtrail.merkle.log import LogTree
from cardtrail.merkle.tiles import TILE_WIDTH, tile_path, tiles_of
from cardtrail.signing.notes import sign_note
from tests.client.paper import ORIGIN, PaperLedger
from tests.web.verify.browser import Harness
from tests.web.verify.pages import PaperShop, check, failed, open_card, paper_ledger, spend, states

PLACE = "cardtrail:log"


def remembered(page: Page) -> dict:
    return json.loads(page.evaluate("place => localStorage.getItem(place)", PLACE))


def visited(page: Page, ledger: PaperLedger) -> PaperShop:
    """A shop whose card was checked once in this browser."""
    shop = PaperShop(ledger)
    open_card(page, shop)
    assert check(page) == "good"
    expect(page.locator("[data-step=memory]")).to_contain_text("已记住这个检查点")
    assert remembered(page)["note"] == ledger.published[-1][1]
    return shop


def again(page: Page, shop: PaperShop, ledger: PaperLedger) -> str:
    shop.show(ledger)
    page.reload()
    return check(page)


def test_a_log_that_grew_is_followed(page: Page):
    ledger = paper_ledger(100)
    shop = visited(page, ledger)
    before = ledger.published[-1][0]
    for _ in range(3):
        spend(ledger, 1)
    assert again(page, shop, ledger) == "good"
    expect(page.locator("[data-step=memory]")).to_contain_text(
        f"{before} 条原样未动；现在共 {ledger.published[-1][0]} 条"
    )
    assert remembered(page)["note"] == ledger.published[-1][1]
    assert again(page, shop, ledger) == "good"


@pytest.mark.parametrize("amounts", [(), (100, 7), (100, 7, 7, 7), (7, 100, 100), (100, 100)], ids=str)
def test_a_log_that_went_back_or_shows_another_history_is_found_out(page: Page, amounts: tuple[int, ...]):
    """Shorter, as long with another end, longer on another base; each signed with the true key."""
    ledger = paper_ledger(100, 100, 100) if amounts == (100, 100) else paper_ledger(100, 200)
    shop = visited(page, ledger)
    seen = remembered(page)
    other = paper_ledger(*amounts)
    assert again(page, shop, other) == "bad"
    assert failed(page) == ("memory", "consistency")
    assert remembered(page) == seen
    with page.expect_download() as download:
        page.get_by_role("button", name="保存互相矛盾的两份").click()
    assert download.value.path().read_text("utf-8") == f"{seen['note']}\n{other.published[-1][1]}"
    # Honest again, it is taken again: what was seen first still counts.
    assert again(page, shop, ledger) == "good"


def test_a_log_that_goes_back_to_an_earlier_true_state_is_found_out(page: Page):
    """It hides what came since, and every hash of what it shows is right."""
    ledger = paper_ledger(100)
    shop = PaperShop(ledger)
    old_page, old_note = shop.page, ledger.published[-1][1]
    spend(ledger, 900)
    shop.show(ledger)
    open_card(page, shop)
    assert check(page) == "good"
    shop.page, shop.files["/ledger/checkpoint"] = old_page, old_note.encode()
    page.reload()
    assert check(page) == "bad"
    assert failed(page) == ("memory", "consistency")


def test_a_proof_out_of_another_history_than_the_published_one_is_found_out(page: Page):
    shop = PaperShop(paper_ledger(100, 300))
    shop.transport = PaperShop(paper_ledger(100, 200, 200)).transport
    open_card(page, shop)
    assert check(page) == "bad"
    assert failed(page) == ("memory", "consistency")


def test_a_page_opened_before_the_last_visit_is_no_accusation(page: Page):
    """Two tabs: the older one's proof is older than what was seen since, and still part of the same history."""
    ledger = paper_ledger(100)
    shop = PaperShop(ledger)
    open_card(page, shop)
    later = page.context.new_page()
    spend(ledger, 5)
    shop.show(ledger)
    later.goto(page.url)
    assert check(later) == "good"
    assert check(page) == "good"
    assert remembered(page)["note"] == ledger.published[-1][1]


def test_without_the_logs_files_nothing_is_claimed_and_nothing_forgotten(page: Page):
    ledger = paper_ledger(100)
    shop = visited(page, ledger)
    seen = remembered(page)
    site = open_card(page, shop)
    site.away.add("/ledger/")
    assert check(page) == "uncompared"
    assert states(page)["memory"] == "unknown"
    expect(page.get_by_role("status")).to_contain_text("没能与上次所见相比")
    assert remembered(page) == seen


@pytest.mark.parametrize("width", [0, 32])
def test_a_log_that_does_not_show_its_tiles_proves_nothing(page: Page, width: int):
    ledger = paper_ledger(100)
    shop = visited(page, ledger)
    spend(ledger, 1)
    size = ledger.published[-1][0]
    shop.files[f"/ledger/tile/0/000.p/{size}"] = bytes(width)
    assert again(page, shop, ledger) == "bad"
    assert failed(page) == ("memory", "consistency tiles")


def test_a_tile_that_is_not_there_is_no_contradiction(page: Page):
    """It proves nothing, but it is not two signed histories either."""
    ledger = paper_ledger(100)
    shop = visited(page, ledger)
    spend(ledger, 1)
    shop.missing |= {f"/ledger/tile/0/000.p/{ledger.published[-1][0]}", "/ledger/tile/0/000"}
    assert again(page, shop, ledger) == "bad"
    assert failed(page) == ("memory", "consistency tiles")


def test_a_partial_tile_may_be_gone_once_the_tile_is_full(page: Page):
    ledger = paper_ledger(100)
    shop = visited(page, ledger)
    spend(ledger, 1)
    size = ledger.published[-1][0]
    shop.missing.add(f"/ledger/tile/0/000.p/{size}")
    shop.files["/ledger/tile/0/000"] = ledger.tile(0, 0, size) + bytes(32 * (256 - size))
    assert again(page, shop, ledger) == "good"


def test_a_tile_that_lies_proves_nothing(page: Page):
    ledger = paper_ledger(100)
    shop = visited(page, ledger)
    spend(ledger, 1)
    size = ledger.published[-1][0]
    tile = ledger.tile(0, 0, size)
    shop.files[f"/ledger/tile/0/000.p/{size}"] = tile[:40] + bytes([tile[40] ^ 1]) + tile[41:]
    assert again(page, shop, ledger) == "bad"
    assert failed(page) == ("memory", "consistency")


def test_a_published_checkpoint_without_the_logs_signature_is_refused(page: Page):
    ledger = paper_ledger(100)
    shop = visited(page, ledger)
    size = ledger.published[-1][0]
    text = Checkpoint(ORIGIN, size + 1, bytes(32)).encode()
    shop.files["/ledger/checkpoint"] = sign_note(text, ORIGIN, ledger.issuer).encode()
    page.reload()
    assert check(page) == "bad"
    assert failed(page) == ("memory", "checkpoint signature")


@pytest.mark.parametrize("text", ["", "null", '{"vkey": 5}'])
def test_a_damaged_memory_is_not_taken_for_none(page: Page, text: str):
    """A forger who could make a browser forget by spoiling its memory would be safe again."""
    ledger = paper_ledger(100)
    shop = visited(page, ledger)
    page.evaluate("([place, text]) => localStorage.setItem(place, text)", [PLACE, text])
    assert again(page, shop, ledger) == "bad"
    assert failed(page) == ("key", "memory")
    page.get_by_text("用你从别处得到的公钥").click()
    page.get_by_role("button", name="忘记已记住的").click()
    expect(page.get_by_role("status")).to_contain_text("核验通过")


def test_a_browser_that_keeps_nothing_says_so(page: Page):
    page.add_init_script(
        "Object.defineProperty(globalThis, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }})"
    )
    open_card(page, PaperShop(paper_ledger(100)))
    assert check(page) == "good"
    expect(page.locator("[data-step=memory]")).to_contain_text("下次无从对照")


def test_logs_of_more_than_one_tile_are_compared(harness: Harness):
    """Consistency from tiles of two levels, for sizes on both sides of a tile's edge."""
    size = 700
    leaves = [bytes([at % 251, at // 251]) * 16 for at in range(size)]

    def root_of(count: int) -> str:
        tree = LogTree()
        tree.extend(leaves[:count])
        return tree.root().hex()

    def tile(level: int, n: int, width: int) -> bytes:
        if level == 0:
            return b"".join(leaves[n * TILE_WIDTH : n * TILE_WIDTH + width])
        step = TILE_WIDTH**level
        trees = [LogTree() for _ in range(width)]
        for at, tree in enumerate(trees, n * TILE_WIDTH):
            tree.extend(leaves[at * step : (at + 1) * step])
        return b"".join(tree.root() for tree in trees)

    tiles = {tile_path(*ref): base64.b64encode(tile(*ref)).decode() for ref in tiles_of(size)}
    new = {"size": size, "root": root_of(size)}
    olds = [1, 2, 255, 256, 257, 511, 512, 513, 600, 699, 700]
    cases = [{"one": {"size": old, "root": root_of(old)}, "other": new, "tiles": tiles} for old in olds]
    assert harness.agrees(cases) == [True] * len(olds)
    lies = [{**case, "one": {**case["one"], "root": root_of(case["one"]["size"] - 1)}} for case in cases[1:]]
    assert harness.agrees(lies) == [False] * len(lies)
