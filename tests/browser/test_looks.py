"""What the journeys look for on every page is found where it is wrong."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import check_axe

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ADD = """([kind, style]) => {
  const made = document.createElement(kind);
  made.textContent = "hardly to be read";
  Object.assign(made.style, style);
  document.querySelector("main").append(made);
}"""


@pytest.mark.parametrize(
    ("kind", "style", "says"),
    [
        ("input", {}, "label"),
        ("p", {"color": "#ccc", "background": "#fff"}, "color-contrast"),
        ("p", {"width": "2000px", "maxWidth": "none"}, "too wide"),
    ],
    ids=["label", "contrast", "width"],
)
def test_something_wrong(page_phone: Page, kind: str, style: dict[str, str], says: str) -> None:
    page_phone.goto("/accounts/login/")
    check_axe(page_phone)
    page_phone.evaluate(ADD, [kind, style])
    with pytest.raises(AssertionError, match=says):
        check_axe(page_phone)
