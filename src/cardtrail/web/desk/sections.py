"""The desk's sidebar: what each role finds there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from cardtrail.web.desk.access import staff_of
from cardtrail.web.desk.badges import counts
from cardtrail.web.desk.models import CASE_READERS
from cardtrail.web.ui.texts import Text

SECTIONS: Final = (
    ("home", Text("概览", "Overview"), "desk:home", ()),
    ("check", Text("待批准", "Approvals"), "desk:approvals", ()),
    ("search", Text("查卡", "Find a card"), "desk:search", CASE_READERS),
    ("file", Text("案件", "Cases"), "desk:cases", CASE_READERS),
    ("scale", Text("集市", "Market"), "market:desk", ("support", "risk", "finance", "auditor")),
    ("user", Text("身份核验", "Identity checks"), "desk:identities", ("support", "auditor")),
    ("card", Text("产品", "Products"), "desk:products", ("issuing", "auditor")),
    ("print", Text("发卡批次", "Batches"), "desk:batches", ("issuing", "auditor")),
    ("upload", Text("旧卡导入", "Old cards"), "desk:imports", ("issuing", "auditor")),
    ("bank", Text("资金存管", "Custody"), "desk:custody", ("finance", "auditor")),
    ("shop", Text("回收", "Returns"), "returns:desk", ("finance", "auditor")),
    ("shop", Text("回收条款", "Terms for returns"), "returns:terms", ("admin",)),
    ("pay", Text("收银台", "Till"), "till", ("till",)),
    ("key", Text("API 密钥", "API keys"), "api_keys", ("developer",)),
    ("link", Text("事件推送", "Webhooks"), "webhooks:list", ("developer",)),
    ("chart", Text("报表", "Reports"), "desk:reports", ("finance", "auditor")),
    ("people", Text("人员", "Staff"), "desk:staff", ("admin", "auditor")),
    ("trail", Text("操作日志", "Audit log"), "desk:audit", ("admin", "auditor")),
    ("settings", Text("发行限额", "Limits"), "desk:limits", ("admin",)),
)
"""Icon, title, the page's name, and the roles that see it (none named: all). Pages that do not exist are left out."""


@dataclass(frozen=True, slots=True)
class Section:
    """A line of the sidebar. `active`: it is where they are; `count`: so much of it waits for them."""

    icon: str
    title: Text
    url: str
    active: bool
    count: int


def sections(request: HttpRequest) -> list[Section]:
    """What the sidebar shows this member of staff."""
    staff = staff_of(request)
    if staff is None:
        return []
    waiting = counts(staff)
    found = []
    for icon, title, name, roles in SECTIONS:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        if staff.may(*roles):
            home = name == "desk:home"
            here = request.path == url or (not home and request.path.startswith(url))
            found.append(Section(icon, title, url, here, waiting[name]))
    return found


def show(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """A page of the desk, with its sidebar."""
    return render(request, template, {"desk_sections": sections(request), **(context or {})}, status=status)
