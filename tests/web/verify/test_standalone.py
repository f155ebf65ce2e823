"""The file that works alone: opened from a disk without a network, it checks itself; changed, it does not hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from cardtrail.signing.notes import NoteError
from cardtrail.web.cards.standalone import MODULES, bundled_script, file_name, standalone_html
from tests.web.verify.browser import STATIC
from tests.web.verify.conftest import SPENT, RealLedger
from tests.web.verify.pages import failed, states, verdict
from tests.web.verify.test_page import STRANGER


def opened(page: Page, folder: Path, html: bytes) -> list[str]:
    """The file in a browser without a network; what it asked for besides itself."""
    file = folder / "proof.html"
    file.write_bytes(html)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.context.set_offline(True)
    page.goto(file.as_uri())
    return asked


@pytest.mark.parametrize(("language", "said"), [("zh-hans", "核验通过"), ("en", "It checks out")])
def test_it_checks_itself_without_a_network(
    page: Page, real: RealLedger, tmp_path: Path, language: str, said: str
):
    asked = opened(page, tmp_path, standalone_html(real.proof(SPENT), real.vkey, language))
    assert verdict(page) == "good"
    expect(page.get_by_role("status")).to_contain_text(said)
    expect(page.get_by_role("status")).to_contain_text("¥75.00")
    assert states(page) == dict.fromkeys(["key", "signature", "seal", "record", "trail"], "holds")
    assert asked == [page.url]
    if language == "en":
        assert not Axe().run(page).response["violations"]


def test_a_key_of_ones_own_can_be_put_in_place_of_the_files(page: Page, real: RealLedger, tmp_path: Path):
    opened(page, tmp_path, standalone_html(real.proof(SPENT), real.vkey, "en"))
    assert verdict(page) == "good"
    page.get_by_text("Use a key you got elsewhere").click()
    page.get_by_label("Verifier key").fill(STRANGER)
    page.get_by_role("button", name="Check with it").click()
    expect(page.get_by_role("status")).to_contain_text("It does not check out")
    assert failed(page) == ("signature", "checkpoint signature")
    page.get_by_label("Verifier key").fill(real.vkey)
    page.get_by_role("button", name="Check with it").click()
    expect(page.get_by_role("status")).to_contain_text("It checks out")


def test_a_file_whose_proof_was_changed_does_not_hold(page: Page, real: RealLedger, tmp_path: Path):
    html = standalone_html(real.proof(SPENT), real.vkey, "en")
    start = html.index(b'{"state"')
    end = html.index(b"</script>", start)
    for at in range(start, end, (end - start) // 7):
        other = html[:at] + (b"A" if html[at : at + 1] != b"A" else b"B") + html[at + 1 :]
        opened(page, tmp_path, other)
        assert verdict(page) == "bad", html[at - 20 : at + 20]
        assert failed(page)[1]


def test_a_file_whose_program_was_changed_does_not_run(page: Page, real: RealLedger, tmp_path: Path):
    """Whoever changes the program has to change its hash as well, and then it is another program's file."""
    html = standalone_html(real.proof(SPENT), real.vkey, "en")
    honest = b"return arrived && sameBytes(before, oldRoot)"
    assert html.count(honest) == 1
    opened(page, tmp_path, html.replace(honest, honest.replace(b"&&", b"||")))
    assert page.locator("card-check[data-verdict]").count() == 0
    assert page.evaluate("customElements.get('card-check') === undefined")


def test_the_policy_lets_nothing_else_in(page: Page, real: RealLedger, tmp_path: Path):
    html = standalone_html(real.proof(SPENT), real.vkey, "en")
    inserted = b'<img src="https://example.com/x"><script>globalThis.told = 1</script></main>'
    opened(page, tmp_path, html.replace(b"</main>", inserted))
    assert verdict(page) == "good"
    assert page.evaluate("globalThis.told") is None


def test_all_modules_are_in_it_and_none_asks_for_another():
    files = {file.stem for file in (STATIC / "verify").glob("*.js")}
    assert files == set(MODULES)
    script = bundled_script()
    assert not re.search(r"^\s*(import|export)\b|\bimport\(", script, re.MULTILINE)
    assert "</" not in script
    assert "<!--" not in script


def test_modules_come_after_those_they_import_from():
    for at, name in enumerate(MODULES):
        text = (STATIC / "verify" / f"{name}.js").read_text("utf-8")
        assert set(re.findall(r'from "\./([a-z0-9-]+)\.js"', text)) <= set(MODULES[:at])


def test_a_key_that_is_none_makes_no_file(real: RealLedger):
    with pytest.raises(NoteError):
        standalone_html(real.proof(SPENT), "nonsense", "en")


def test_its_name_tells_the_card(real: RealLedger):
    assert file_name(real.proof(SPENT)) == "cardtrail-0000000000000000.html"


def test_nothing_of_the_proof_can_end_its_element(page: Page, real: RealLedger, tmp_path: Path):
    """A receipt is whatever the node says; in the file it stays a text."""
    proof = real.proof(SPENT)
    hostile = type(proof)(
        proof.serial, proof.vkey, proof.state, ("</script><script>globalThis.told = 1</script>",)
    )
    opened(page, tmp_path, standalone_html(hostile, real.vkey, "en"))
    assert verdict(page) == "bad"
    assert failed(page) == ("trail", "receipt")
