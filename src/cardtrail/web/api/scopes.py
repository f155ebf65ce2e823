"""What a key may be allowed to do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cardtrail.web.desk.models import Staff
from cardtrail.web.ui.texts import Text

SCOPES: Final = {
    "payments:write": Text("建立和取消付款请求", "Ask for payments and cancel them"),
    "payments:read": Text("查看付款请求", "See payments"),
    "refunds:write": Text("退款", "Refund payments"),
    "cards:read": Text(
        "查看卡的状态和余额（每次查询都有记录）", "See a card's state and balance (every look-up is logged)"
    ),
    "batches:read": Text("查看产品和批次", "See products and batches"),
    "batches:write": Text("发行批次", "Issue batches"),
    "activate:write": Text("激活卡", "Activate cards"),
    "points:read": Text(
        "查看积分记录和余额（只有账户编号，没有姓名）",
        "See points and their postings (by account id, nobody's name)",
    ),
    "totals:read": Text("查看总额和账本检查点", "See totals and the ledger's checkpoint"),
    "webhooks:write": Text("管理事件推送", "Manage webhook endpoints"),
}
"""Every scope with its meaning."""

NEEDS_ROLE: Final = {"batches:write": "issuing", "activate:write": "issuing"}
"""What a key may do only while whoever made it has another role than `developer`: a program does no more than its
maker."""


def grantable(staff: Staff | None, scopes: Iterable[str]) -> list[str]:
    """Of these scopes, those that this member of staff may give to a key, or still stands for."""
    if staff is None or not staff.may("developer"):
        return []
    return [
        scope for scope in SCOPES if scope in set(scopes) and staff.may(NEEDS_ROLE.get(scope, "developer"))
    ]
