"""The page's text and mark-up, Chinese first, English beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from cardtrail.payments.port import PaymentRequest
from cardtrail.payments.sandbox.desk import STRANGER
from cardtrail.payments.sandbox.faults import Faults

LANGUAGES = ("zh", "en")
_SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$"}
_WITHOUT_CENTS = frozenset({"JPY", "KRW"})

_KINDS = {
    "paid": ("已付款", "Paid"),
    "released": ("已放款给卖家", "Released to the seller"),
    "refunded": ("已退款", "Refunded"),
    "charged_back": ("银行撤回", "Taken back by the bank"),
    "won_back": ("银行退还", "Given back by the bank"),
    "chargeback_ended": ("银行已作决定", "The bank has decided"),
    "closed": ("已关闭", "Closed"),
    "refund_failed": ("退款失败", "Refund failed"),
}
_STATES = {
    "pending": ("待付款", "To be paid"),
    "paid": ("付款成功", "Paid"),
    "closed": ("已关闭，不能再付款", "Closed: it cannot be paid any more"),
}
_REFUSALS = {
    "already_paid": ("已经付过款了，不会重复扣款。", "This is paid already. Nothing was taken twice."),
    "closed": ("付款时间已过，没有扣款。", "The time for paying is over. Nothing was taken."),
    "not_enough": ("没有可以撤回的钱了。", "There is nothing left to take back."),
    "not_contested": ("银行没有待决定的撤回。", "There is nothing for the bank to decide."),
}
_OTHER_REFUSAL = ("没有完成，也没有扣款。", "This was not done, and nothing was taken.")


@dataclass(frozen=True, slots=True)
class Line:
    """One posting."""

    kind: str
    source: str
    target: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class News:
    """One notification: lost by a switch, taken by the shop, tried so often, or waiting for its time by a switch."""

    kind: str
    lost: bool
    taken: bool
    attempts: int
    later: bool


@dataclass(frozen=True, slots=True)
class View:
    """What a page shows."""

    request: PaymentRequest
    payment_id: str
    state: str
    currency: str
    payer: str
    faults: Faults
    lines: list[Line]
    news: list[News]
    minutes_left: int
    refusal: str
    chargeback: str


def money(amount_minor: int, currency: str) -> str:
    """An amount for people."""
    whole, part = divmod(amount_minor, 1 if currency in _WITHOUT_CENTS else 100)
    number = f"{whole:,}" + ("" if currency in _WITHOUT_CENTS else f".{part:02d}")
    sign = _SIGNS.get(currency)
    return f"{sign}{number}" if sign else f"{currency} {number}"


def accounts(expected: str) -> list[tuple[str, tuple[str, str]]]:
    """The play accounts that may pay: the one the shop expects first, and then others."""
    own = [(expected, ("我的演示账户", "My play account"))] if expected else []
    return [
        *own,
        ("play_xiaoman", ("小满的演示账户", "Xiaoman's play account")),
        (STRANGER, ("别人的账户", "Somebody else's account")),
    ]


def page(view: View, language: str) -> str:
    """The whole page."""
    say = _say(language)
    amount = money(view.request.amount_minor, view.request.currency)
    title = say("演练支付收银台", "Play Money checkout")
    parts = [
        f'<p class="subject">{escape(view.request.subject)}</p>',
        f'<p class="amount">{escape(amount)}</p>',
        f'<p class="state {view.state}">{say(*_STATES[view.state])}</p>',
    ]
    if view.refusal:
        parts.insert(
            0, f'<p class="refusal" role="alert">{say(*_REFUSALS.get(view.refusal, _OTHER_REFUSAL))}</p>'
        )
    if view.state == "pending":
        parts.append(_pay_form(view, language))
    else:
        parts.append(_back(view, language, primary=True))
        parts.append(_happened(view, language))
        if view.state == "paid":
            parts.append(_bank(view.chargeback, language))
    return _frame(title, "".join(parts), language)


def missing(language: str) -> str:
    """The page for an address that leads to no payment."""
    say = _say(language)
    text = say(
        "没有这笔付款。请回到商家页面重新付款。",
        "There is no such payment. Go back to the shop and pay from there.",
    )
    return _frame(say("演练支付收银台", "Play Money checkout"), f"<p>{text}</p>", language)


def _say(language: str) -> Callable[[str, str], str]:
    return (lambda _, en: en) if language == "en" else (lambda zh, _: zh)


def _frame(title: str, content: str, language: str) -> str:
    say = _say(language)
    other, name = ("zh", "中文") if language == "en" else ("en", "English")
    return (
        f'<!doctype html><html lang="{"en" if language == "en" else "zh-Hans"}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{title}</title><link rel="stylesheet" href="/style.css"></head><body>'
        f'<header><strong>{title}</strong><a href="?language={other}" lang="{other}">{name}</a></header>'
        f'<p class="play">{say("演示环境：这里的钱都不是真钱。", "For trying out: no money here is real.")}</p>'
        f"<main><h1>{title}</h1>{content}</main></body></html>"
    )


def _pay_form(view: View, language: str) -> str:
    say = _say(language)
    choices = "".join(
        f'<label class="choice"><input type="radio" name="account" value="{escape(name)}"{" checked" * (not n)}>'
        f"<span>{say(*label)}</span></label>"
        for n, (name, label) in enumerate(accounts(view.request.payer))
    )
    left = say(f"请在 {view.minutes_left} 分钟内付款。", f"To be paid within {view.minutes_left} minutes.")
    amount = escape(money(view.request.amount_minor, view.request.currency))
    return (
        '<form method="post"><fieldset>'
        f"<legend>{say('用哪个账户付款', 'Pay from')}</legend>{choices}</fieldset>"
        f'<p class="hint">{left}</p>'
        f'<button name="do" value="pay">{say("付款", "Pay")} {amount}</button>'
        f"{_switches(view.faults, language)}</form>{_back(view, language, primary=False)}"
    )


def _switches(faults: Faults, language: str) -> str:
    """Closed unless asked for: somebody who only pays need not read them."""
    say = _say(language)

    def choice(
        name: str, label: tuple[str, str], options: list[tuple[str, tuple[str, str]]], chosen: str
    ) -> str:
        items = "".join(
            f'<option value="{value}"{" selected" * (value == chosen)}>{say(*text)}</option>'
            for value, text in options
        )
        return f'<label>{say(*label)}<select name="{name}">{items}</select></label>'

    def switch(name: str, label: tuple[str, str], on: bool) -> str:
        box = f'<input type="checkbox" name="{name}"{" checked" * on}>'
        return f'<label class="choice">{box}<span>{say(*label)}</span></label>'

    news = (
        "late" if faults.late_ms else "twice" if faults.duplicates
        else "reordered" if faults.reordered else "lost" if faults.lost else ""
    )  # fmt: skip
    return (
        f"<details><summary>{say('演示：让它出点状况', 'For demonstrations: let something go wrong')}</summary>"
        + choice(
            "amount", ("付款金额", "Amount paid"),
            [("exact", ("正好", "Exact")), ("short", ("少付一成", "A tenth too little")),
             ("over", ("多付一成", "A tenth too much"))],
            faults.amount,
        )
        + choice(
            "news", ("付款通知", "Notification"),
            [("", ("马上送达", "At once")), ("late", ("晚 20 秒", "20 seconds late")),
             ("twice", ("重复三次", "Three times")), ("reordered", ("次序颠倒", "In the wrong order")),
             ("lost", ("丢失", "Lost"))],
            news,
        )
        + choice(
            "refund", ("退款", "Refunds"),
            [("works", ("正常", "Work")), ("slow", ("慢 5 秒", "Take 5 seconds")),
             ("refuse", ("拒绝", "Are refused")), ("fail", ("先受理后失败", "Are accepted, then fail"))],
            faults.refund,
        )
        + switch("wrong_currency", ("用另一种货币付款", "Pay in another currency"), faults.wrong_currency)
        + switch("wrong_payer", ("实际由别人付款", "Somebody else really pays"), faults.wrong_payer)
        + switch("charged_back", ("20 秒后银行撤回", "Taken back by the bank 20 seconds later"), faults.charged_back)
        + "</details>"
    )  # fmt: skip


def _back(view: View, language: str, *, primary: bool) -> str:
    kind = "button" if primary else "quiet"
    return (
        f'<p><a class="{kind}" href="{escape(view.request.return_url)}">'
        f"{_say(language)('返回商家', 'Back to the shop')}</a></p>"
    )


def _happened(view: View, language: str) -> str:
    say, payer = _say(language), view.request.payer
    rows = "".join(
        f"<tr><td>{say(*_KINDS[line.kind])}</td>"
        f"<td>{_place(line.source, payer, language)} → {_place(line.target, payer, language)}</td>"
        f'<td class="number">{escape(money(line.amount_minor, view.currency))}</td></tr>'
        for line in view.lines
    )
    news = "".join(
        f"<li>{say(*_KINDS[item.kind])}{say('：', ': ')}{fate(item, language)}</li>" for item in view.news
    )
    return (
        f"<section><h2>{say('钱在哪里', 'Where the money is')}</h2>"
        f'<div class="scroll"><table><tbody>{rows}</tbody></table></div>'
        f"<h2>{say('发给商家的通知', 'Notifications to the shop')}</h2><ul>{news}</ul></section>"
    )


def fate(item: News, language: str) -> str:
    """What became of a notification, in words."""
    say = _say(language)
    if item.lost:
        return say("按设置丢失", "lost, as asked")
    if item.taken:
        return say("已送达", "taken")
    if not item.attempts:
        return (
            say("按设置稍后发送", "to be sent later, as asked")
            if item.later
            else say("正在送达", "being sent")
        )
    times = "once" if item.attempts == 1 else f"{item.attempts} times"
    return say(f"未送达，已试 {item.attempts} 次", f"not taken yet, tried {times}")


def _place(place: str, payer: str, language: str) -> str:
    """Where money is, in words: an account's reference says nothing to people, and a payment has one seller."""
    say = _say(language)
    kind, _, name = place.partition(":")
    if kind == "payer":
        return say(*dict(accounts(payer)).get(name, ("付款人", "The payer")))
    return say("演练支付代管", "held by Play Money") if place == "held" else say("卖家", "The seller")


def _bank(chargeback: str, language: str) -> str:
    """What the payer's bank can still do: take the payment back, once, and then decide."""
    say = _say(language)
    if chargeback in ("won", "lost"):
        return ""
    acts = {
        "": [("charge_back", "danger", ("银行撤回这笔钱", "Let the bank take it back"))],
        "open": [
            (
                "bank_won",
                "quiet",
                ("银行认定付款有效，退还", "Let the bank find for the seller, and give it back"),
            ),
            ("bank_lost", "danger", ("银行认定撤回成立", "Let the bank keep it for the payer")),
        ],
    }[chargeback]
    buttons = "".join(
        f'<button class="{kind}" name="do" value="{do}">{say(*text)}</button>' for do, kind, text in acts
    )
    return (
        f"<details><summary>{say('演示：拒付', 'For demonstrations: a chargeback')}</summary>"
        f'<form method="post">{buttons}</form></details>'
    )
