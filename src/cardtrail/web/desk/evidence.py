"""What was confirmed about a card or in a case, and whether it still says what was confirmed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.pairs import verified
from cardtrail.web.desk.casework import Case
from cardtrail.web.ui.texts import Text

MOST: Final = 50

PURPOSE_WORDS: Final = {
    "card_act": Text("工作人员处置", "Act by staff"),
    "rebind": Text("换绑", "Rebind"),
    "loss_stop": Text("挂失冻结", "Stopped as lost"),
    "not_me": Text("持卡人否认操作", "“This was not me”"),
    "approve": Text("批准", "Approval"),
    "claim": Text("领取", "Claim"),
    "give": Text("赠送", "Gift"),
    "share": Text("群分享", "Shared gift"),
    "accept": Text("收下", "Accepted"),
    "pay": Text("付款", "Payment"),
    "split": Text("拆分", "Split"),
    "merge": Text("合并", "Merge"),
    "object": Text("异议", "Objection"),
    "collect": Text("领回", "Collected"),
    "define": Text("定义产品", "Product defined"),
    "batch": Text("发行", "Issue"),
    "activate": Text("激活", "Activation"),
    "import": Text("旧卡导入", "Old cards"),
    "appeal": Text("申诉决定", "Decision on an appeal"),
    "attest": Text("登记存管资金", "Deposit stated"),
    "refund": Text("退款", "Refund"),
    "revive": Text("重新激活", "Re-activation"),
    "pay_put_back": Text("付款未成，退回", "Payment put back"),
    "stop_share": Text("停止群分享", "Sharing stopped"),
    "take_back": Text("收回", "Taken back"),
    "return": Text("交回品牌", "Returned to the brand"),
    "return_terms": Text("回收条款", "Terms for returns"),
    "approve_terms": Text("批准回收条款", "Terms for returns approved"),
    "decline_terms": Text("不批准回收条款", "Terms for returns not approved"),
    "sell": Text("挂牌出售", "Offered for sale"),
    "buy": Text("购买", "Bought"),
    "receipt": Text("确认收货", "Receipt confirmed"),
    "cancel_order": Text("取消订单", "Order cancelled"),
    "dispute": Text("发起争议", "Dispute opened"),
    "evidence": Text("提交证据", "Evidence shown"),
    "evidence_done": Text("举证完毕", "All evidence shown"),
    "drop_dispute": Text("撤回争议", "Dispute taken back"),
    "concede": Text("同意退款", "Agreed to refund"),
    "propose_split": Text("提议分款", "Offered a split"),
    "accept_split": Text("接受分款", "Accepted a split"),
    "accept_ruling": Text("接受裁决", "Decision accepted"),
    "appeal_ruling": Text("不服裁决，申诉", "Appeal against a decision"),
    "ruling": Text("争议裁决", "Dispute decided"),
    "ruling_on_appeal": Text("申诉裁决", "Appeal decided"),
    "review_risk": Text("风控审核", "Risk review"),
    "review_listing": Text("上架审核", "Listing reviewed"),
    "penalise": Text("处罚", "Penalty"),
    "lift_penalty": Text("解除处罚", "Penalty lifted"),
    "settle_payout": Text("回收款线下付清", "Return paid by hand"),
    "redirect_payout": Text("回收款改付账户", "Return paid to another account"),
    "payee": Text("登记收款账户", "Account to be paid to"),
    "stop_payee": Text("停用收款账户", "Account not paid to any more"),
    "close_matter": Text("集市事项了结", "Matter of the market closed"),
}
"""What confirmations are about, in words; others show their own."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A confirmation with its hash, whether hash and seal still fit, and where it is in the log."""

    confirmation: Confirmation
    kinds: str
    sha256: str
    verified: bool
    entries: tuple[int, ...]

    @property
    def purpose(self) -> Text | str:
        """What it is about."""
        return PURPOSE_WORDS.get(self.confirmation.purpose, self.confirmation.purpose)


def evidence_of(case: Case) -> list[Evidence]:
    """What was confirmed in a case, and the latest of what was confirmed about its card. The latest first."""
    ids = set(case.entries.exclude(confirmation=None).values_list("confirmation_id", flat=True))
    if case.serial is not None:
        rows = Action.objects.filter(serial=case.serial).order_by("-confirmation__at_ms")
        ids |= set(rows.values_list("confirmation_id", flat=True)[:MOST])
    found = Confirmation.objects.filter(pk__in=ids).prefetch_related("actions").order_by("-at_ms")
    return [_one(each) for each in found[:MOST]]


def _one(confirmation: Confirmation) -> Evidence:
    actions: Iterable[Action] = confirmation.actions.all()
    return Evidence(
        confirmation,
        ", ".join(dict.fromkeys(action.kind for action in actions)),
        bytes(confirmation.evidence).hex(),
        verified(confirmation),
        tuple(action.entry_index for action in actions if action.entry_index is not None),
    )
