"""The words of the desk's casework: kinds, states, lines of a log, causes."""

from __future__ import annotations

from typing import Final

from cardtrail.web.ui.texts import Text

KIND_WORDS: Final = {
    "not_me": Text("非本人操作", "Not done by the holder"),
    "lost": Text("挂失", "Lost card"),
    "identity": Text("身份核验", "Identity check"),
    "enquiry": Text("咨询", "Enquiry"),
    "appeal": Text("申诉", "Appeal"),
    "court": Text("司法协助", "Court or authority"),
    "error": Text("差错更正", "Mistake to put right"),
    "conduct": Text("违规处理", "Conduct on the market"),
}

STATE_WORDS: Final = {
    "open": Text("处理中", "Open"),
    "waiting": Text("等待持卡人", "Waiting for the holder"),
    "decided": Text("已决定", "Decided"),
    "closed": Text("已关闭", "Closed"),
}

ENTRY_WORDS: Final = {
    "opened": Text("立案", "Opened"),
    "note": Text("备注", "Note"),
    "message": Text("发给持卡人", "To the holder"),
    "assigned": Text("分派", "Assigned"),
    "state": Text("状态变更", "State"),
    "look": Text("查阅", "Looked at"),
    "act": Text("处置", "Act"),
    "ledger": Text("账本", "Ledger"),
    "decision": Text("决定", "Decision"),
}

LOSS_WORDS: Final = {
    "asked": Text("已收到，工作人员正在核实", "Received; our staff are looking into it"),
    "checked": Text("已核实，等待第二位工作人员批准", "Checked; a second member of staff has to agree"),
    "pending": Text("等待期内：现持卡人可以提出异议", "The delay runs: the present holder can object"),
    "collectable": Text("可以领回", "Ready to be collected"),
    "done": Text("已换绑到你名下", "Rebound: the card is yours"),
    "objected": Text("现持卡人提出了异议，换绑已停止", "The present holder objected; nothing was rebound"),
    "refused": Text("未批准", "Not granted"),
}

LOOK_WORDS: Final = {
    "search": Text("按邮箱查找账户", "Found your account by its e-mail address"),
    "account": Text("称呼、邮箱和身份核验状态", "Name, e-mail address, state of the identity check"),
    "identity": Text("身份资料", "Identity document"),
    "cards": Text("名下的卡", "Your cards"),
    "sessions": Text("设备和登录", "Devices and sessions"),
}

CAUSE_WORDS: Final = {
    "request": Text("持卡人要求", "At the holder's request"),
    "loss": Text("卡已报失", "Card reported lost"),
    "fraud": Text("疑似被盗用或欺诈", "Suspected theft or fraud"),
    "chargeback": Text("购卡款被撤回", "Payment for the card was reversed"),
    "court_order": Text("司法机关要求", "Ordered by a court or authority"),
    "compliance": Text("法规要求", "Required by law"),
    "error": Text("更正差错", "To put a mistake right"),
    "cleared": Text("原因已消除", "The cause is gone"),
}

ROLE_WORDS: Final = {
    "issuing": Text("发卡", "Issuing"),
    "support": Text("客服", "Support"),
    "risk": Text("风控", "Risk"),
    "finance": Text("财务", "Finance"),
    "auditor": Text("审计", "Auditor"),
    "till": Text("收银", "Till"),
    "developer": Text("开发", "Developer"),
    "admin": Text("管理员", "Administrator"),
}

ACT_WORDS: Final = {
    "freeze": Text("冻结", "Freeze"),
    "unfreeze": Text("解冻", "Unfreeze"),
    "void": Text("作废", "Void"),
    "rebind": Text("换绑", "Rebind"),
}

EVENT_WORDS: Final = {
    "invited": Text("邀请", "Invited"),
    "withdrawn": Text("撤回邀请", "Invitation withdrawn"),
    "joined": Text("加入", "Joined"),
    "roles": Text("角色变更", "Roles changed"),
    "deactivated": Text("停用", "Deactivated"),
    "returned": Text("恢复", "Came back"),
}
