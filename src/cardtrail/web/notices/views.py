"""The pages of notices."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cardtrail.web.accounts.activity import end_all
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.perform import perform
from cardtrail.web.notices.models import Notice
from cardtrail.web.notices.not_me import concerns, last_fours, stop
from cardtrail.web.notices.tell import looked
from cardtrail.web.notices.titles import title_of
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.texts import Text

PER_PAGE = 30
_NOTHING = Text(
    "没有可以再冻结的卡：它已停用、冻结或不在你名下。其他设备已退出登录。",
    "There is no card left to freeze: it is frozen, at its end or not yours. You are signed out everywhere else.",
)


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """All notices, the latest first; those shown count as read from then on."""
    person = person_of(request)
    rows = Notice.objects.filter(person=person).order_by("-at_ms", "-id")
    page = page_of(rows, request, PER_PAGE)
    for notice in page:
        notice.text = Text(notice.zh, notice.en)
    response = render(request, "notices/index.html", {"page": page})
    looked(person, list(page))
    return response


@login_required
def detail(request: HttpRequest, id: int) -> HttpResponse:
    """One notice, and the way to say that it was not oneself."""
    person = person_of(request)
    notice = get_object_or_404(Notice, id=id, person=person)
    looked(person, [notice])
    cards = concerns(notice)
    values = {
        "notice": notice,
        "title": title_of(notice.kind),
        "text": Text(notice.zh, notice.en),
        "cards": cards,
        "last": last_fours(cards),
    }
    return render(request, "notices/detail.html", values)


@login_required
@require_POST
def not_me(request: HttpRequest, id: int) -> HttpResponse:
    """Freeze the card or what became of it, and in any case sign out everywhere else: whoever did it may still be
    signed in."""
    notice = get_object_or_404(Notice, id=id, person=person_of(request))
    end_all(notice.person, but=request.session.session_key)
    cards = concerns(notice)
    if not cards:
        messages.info(request, str(_NOTHING))
        return redirect("notices:detail", id=id)
    outcomes = perform(stop(request, notice, cards))
    messages.success(request, str(_words({str(outcome.state) for outcome in outcomes})))
    return redirect("notices:detail", id=id)


def _words(states: set[str]) -> Text:
    if states == {"done"}:
        return Text(
            "卡已冻结，其他设备已退出登录。工作人员会尽快查看并联系你。",
            "The card is frozen and you are signed out everywhere else. Our staff will look at it and write to you.",
        )
    if "waiting" in states:
        return Text(
            "已记下。账本恢复连接后会立即冻结；其他设备已退出登录。",
            "Noted. The card is frozen as soon as the ledger answers; you are signed out everywhere else.",
        )
    return _NOTHING
