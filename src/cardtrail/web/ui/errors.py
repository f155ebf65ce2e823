"""Pages for what went wrong: plain words, what to do next, and no database, for that may be what is broken."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.html import escape

from cardtrail.web.ui.site import PRODUCT, Site
from cardtrail.web.ui.texts import Text

logger = logging.getLogger(__name__)


START: Final = Text("回到首页", "Go to the start")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a page about an error says: what happened, what to do, an icon, and where to go on."""

    title: Text
    advice: Text
    icon: str = "warning"
    again: bool = False
    start: str = "/"
    start_title: Text = START


class Forbidden(PermissionDenied):
    """Somebody may not do this, and it is said why: `trouble` is the page they get instead of the general one."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.advice.en)
        self.trouble = trouble


TROUBLES: Final = {
    400: Trouble(
        Text("这个请求无法处理", "That request cannot be used"),
        Text("地址或内容不完整。请返回上一页，再试一次。", "Part of it is missing or wrong. Go back and try again."),
    ),
    403: Trouble(
        Text("你没有权限打开这一页", "This page is not open to you"),
        Text("如果你认为应该可以，请换一个账号登录，或联系品牌客服。",
             "If you think it should be, sign in with another account or ask the brand's support."),
        icon="lock",
    ),
    404: Trouble(
        Text("没有找到这一页", "There is no such page"),
        Text("请检查地址是否完整。链接可能已经失效，也可能属于另一个账号。",
             "Check the address. The link may have ended, or belong to another account."),
        icon="search",
    ),
    405: Trouble(
        Text("这个地址不能这样使用", "That address does not work this way"),
        Text("请返回上一页，用页面上的按钮操作。", "Go back and use the buttons on the page."),
    ),
    429: Trouble(
        Text("操作太频繁，请稍候", "Too many attempts: please wait"),
        Text("为了保护你的账户，我们暂停了一会儿。几分钟后再试。",
             "To protect your account we have paused for a while. Try again in a few minutes."),
        icon="clock",
    ),
    500: Trouble(
        Text("我们这边出错了", "Something broke on our side"),
        Text("你的卡和钱都在账本里，没有变化。请稍后再试；问题已记录。",
             "Your cards are safe in the ledger, unchanged. Try again later; the fault has been logged."),
        again=True,
    ),
    503: Trouble(
        Text("服务暂时不可用", "Out of service for a moment"),
        Text("系统正在恢复，你的卡不受影响。请一分钟后再试。",
             "We are coming back; your cards are not affected. Try again in a minute."),
        icon="clock",
        again=True,
    ),
}  # fmt: skip
"""By HTTP status."""

STALE_FORM: Final = Trouble(
    Text("页面放得太久了", "This page was open for too long"),
    Text("为了安全，这次提交没有执行。请返回上一页，刷新后重新提交。",
         "For safety nothing was done. Go back, reload the page and send it again."),
    icon="clock",
)  # fmt: skip


def trouble_page(
    request: HttpRequest | None, status: int, trouble: Trouble | None = None, retry_after_s: int | None = None
) -> HttpResponse:
    """The page about an error. It reads neither session nor database."""
    shown = trouble or TROUBLES[status]
    context = {"site": Site(None), "trouble": shown, "status": status, "path": _again(request)}
    try:
        body: str = render_to_string("ui/trouble.html", context)
    except Exception:  # Whatever broke the templates, people still get an answer; the log says what.
        logger.exception("the page about error %s cannot be drawn", status)
        body = _BARE.format(title=escape(shown.title), advice=escape(shown.advice), name=escape(PRODUCT))
    response = HttpResponse(body, status=status)
    if retry_after_s is not None:
        response["Retry-After"] = str(retry_after_s)
    response["Cache-Control"] = "no-store"
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """`handler400`."""
    return trouble_page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """`handler403`."""
    return trouble_page(request, 403, exception.trouble if isinstance(exception, Forbidden) else None)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """`handler404`."""
    return trouble_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """`handler500`."""
    return trouble_page(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """`CSRF_FAILURE_VIEW`: most often a page that was open while the person signed in or out elsewhere."""
    return trouble_page(request, 403, STALE_FORM)


def too_many(request: HttpRequest, retry_after_s: int | None = None) -> HttpResponse:
    """The answer to somebody who asks too often."""
    return trouble_page(request, 429, retry_after_s=retry_after_s)


def unavailable(request: HttpRequest, retry_after_s: int | None = 60) -> HttpResponse:
    """The answer while a part that is needed is away."""
    return trouble_page(request, 503, retry_after_s=retry_after_s)


def _again(request: HttpRequest | None) -> str:
    """Where "try again" leads: this page, if it was only looked at."""
    return request.get_full_path() if request is not None and request.method == "GET" else ""


_BARE: Final = (
    '<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><title>{title} · {name}</title>'
    "<h1>{title}</h1><p>{advice}</p>"
)
