"""Pages of lists, and tables that sort."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from cardtrail.web.accounts.models import Person
from cardtrail.web.ui.pages import page_of, sorting
from tests.web.ui.drawing import Elements, draw

ROWS = list(range(95))


@pytest.mark.parametrize(
    ("asked", "number"),
    [("", 1), ("?page=2", 2), ("?page=0", 1), ("?page=-3", 1), ("?page=99", 10), ("?page=x", 1), ("?page=²", 1),
     ("?page=99999999999999999999", 1)],
)  # fmt: skip
def test_a_page_that_does_not_exist_gives_one_that_does(asked: str, number: int) -> None:
    page = page_of(ROWS, RequestFactory().get(f"/list/{asked}"), 10)
    assert page.number == number
    assert list(page) == ROWS[(number - 1) * 10 : number * 10]


def test_an_empty_list_has_one_empty_page() -> None:
    page = page_of([], RequestFactory().get("/?page=3"))
    assert list(page) == []
    assert draw("{% page_links page %}", page=page).strip() == ""


def test_links_keep_the_rest_of_the_query_and_escape_it() -> None:
    page = page_of(ROWS, RequestFactory().get("/", {"page": "3", "q": 'a&b"<', "state": "active"}), 10)
    drawn = Elements(draw("{% page_links page %}", page=page))
    assert drawn.all("a")[0]["href"] == "?q=a%26b%22%3C&state=active&page=2"
    assert [link["href"] for link in drawn.all("a") if "aria-current" in link] == [
        "?q=a%26b%22%3C&state=active&page=3"
    ]
    assert "第 21–30 条，共 95 条" in drawn.text


def test_a_query_without_unique_order_gets_one(db: None) -> None:
    request = RequestFactory().get("/")
    assert page_of(Person.objects.order_by("name"), request).object_list.query.order_by == ("name", "pk")
    assert page_of(Person.objects.all(), request).object_list.query.order_by == ("-pk",)
    assert page_of(Person.objects.order_by("-id"), request).object_list.query.order_by == ("-id",)


def test_only_what_is_allowed_sorts() -> None:
    allowed = {"number": "serial", "balance": "balance_minor"}

    def by(query: str) -> tuple[str, ...]:
        return sorting(RequestFactory().get(f"/{query}"), allowed, "-number").order_by

    assert by("") == ("-serial",)
    assert by("?sort=balance") == ("balance_minor",)
    assert by("?sort=-balance") == ("-balance_minor",)
    assert by("?sort=password") == ("-serial",)
    assert by("?sort=--balance") == ("-serial",)


def test_a_column_sorts_the_other_way_the_second_time_and_says_how() -> None:
    request = RequestFactory().get("/?q=tea&sort=balance&page=4")
    by = sorting(request, {"number": "serial", "balance": "balance_minor"}, "number")
    assert by.link("balance") == "?q=tea&sort=-balance"
    assert by.link("number") == "?q=tea&sort=number"
    assert (by.aria("balance"), by.aria("number")) == ("ascending", "none")
    head = Elements(draw('{% sort_head by "balance" "余额" "Balance" numeric=True %}', by=by))
    assert head.all("th")[0] == {"scope": "col", "aria-sort": "ascending", "class": "num"}
    assert head.text == "余额"
