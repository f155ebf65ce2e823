"""Products: their terms drafted, held against the law, told in plain words, and summed up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q, Sum
from django.http import HttpRequest
from msgspec import to_builtins

from cardtrail.compliance.refusal import Refused
from cardtrail.compliance.terms import TermsDraft, flaws_of_terms
from cardtrail.web.actions.confirm import Witness, confirm
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.desk.law import RefusedByLaw
from cardtrail.web.ledger.models import Card, Movement, Product
from cardtrail.web.ui.texts import Text, say
from cardtrail.web.ui.times import length
from cardtrail.web.ui.units import percent
from cardtrail.wire.cards import Status
from cardtrail.wire.money import format_money
from cardtrail.wire.products import Terms, Transferable

PURPOSE: Final = "define"
APPROVAL: Final = "define"


@dataclass(frozen=True, slots=True)
class Draft:
    """A product that somebody wants to define.

    reason   why its cards cannot be passed on, where they cannot: such a ban needs one
    """

    name: str
    terms: Terms
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One term in plain words."""

    title: Text
    value: Text


@dataclass(frozen=True, slots=True)
class Sums:
    """What has become of a product's cards, in minor units; counts of cards that are not at their end."""

    issued: int
    outstanding: int
    inactive: int
    spent: int
    cards: int
    waiting: int


def flaws(draft: Draft) -> tuple[Refused, ...]:
    """Every rule of the law that stands against the draft. Lost cards are replaced and refunds made for every product:
    no term of ours takes that away."""
    terms = draft.terms
    return flaws_of_terms(
        TermsDraft(
            currency=terms.currency,
            named=terms.named,
            faces_fen=terms.faces,
            face_limit_fen=terms.face_limit_minor,
            validity_ms=terms.validity_ms,
            assignable=terms.transferable is not Transferable.NO,
            assignment_reason=draft.reason,
            replaces_lost=True,
            refunds=True,
        )
    )


def agreement(draft: Draft) -> Text:
    """What whoever defines it agrees to: every term, word for word."""
    lines = [
        Text(
            "定义产品「{name}」。条款一经生效不可更改。",
            'Define the product "{name}". Its terms never change.',
        )
    ]
    lines += [
        Text(f"{line.title.zh}：{line.value.zh}。", f"{line.title.en}: {line.value.en}.")
        for line in describe(draft.terms)
    ]
    if draft.reason:
        lines.append(
            Text("不可转让的理由：{reason}", "Why it cannot be passed on: {reason}").format(
                reason=draft.reason
            )
        )
    lines.append(
        Text(
            "须由另一位工作人员批准后才会生效。",
            "Nothing happens before a second member of staff approves it.",
        )
    )
    head = lines[0].format(name=draft.name)
    return Text(
        "\n".join([head.zh, *(line.zh for line in lines[1:])]),
        "\n".join([head.en, *(line.en for line in lines[1:])]),
    )


def define(request: HttpRequest | Witness, draft: Draft) -> Confirmation:
    """Confirm the definition; a second member of staff has to approve it. Raises `RefusedByLaw`."""
    found = flaws(draft)
    if found:
        raise RefusedByLaw(found[0])
    values = to_builtins(draft.terms)
    terms = dict(zip(Terms.__struct_fields__, values, strict=True))
    order = Order("define", None, {"name": draft.name, "terms": terms})
    return confirm(request, purpose=PURPOSE, text=agreement(draft), orders=[order], approval=APPROVAL)


def describe(terms: Terms) -> list[Line]:
    """Every term in words that a holder understands."""
    return [
        Line(Text("面值", "Face values"), _faces(terms)),
        Line(
            Text("单卡上限（含合并后）", "The most one card may bear, merged ones too"),
            _money(terms.face_limit_minor, terms),
        ),
        Line(Text("记名", "Named"), _NAMED if terms.named else _ANONYMOUS),
        Line(Text("有效期", "Validity"), _validity(terms)),
        Line(Text("转让", "Passing on"), _PASSING[terms.transferable]),
        Line(
            Text("最多换手次数（首次领取算一次）", "Changes of holder at most (the first claim is one)"),
            say(f"{terms.max_hops:,} 次", f"{terms.max_hops:,}"),
        ),
        Line(Text("激活后多久可转让", "Can be passed on after activation"), _after(terms.cooling_off_ms)),
        Line(Text("转售价上限", "Highest asking price"), _resale(terms)),
        Line(Text("拆分", "Splitting"), _MAY if terms.split else _MAY_NOT),
        Line(Text("合并", "Merging"), _MAY if terms.merge else _MAY_NOT),
        Line(Text("赠送、出售时最长锁定", "Set aside for somebody for at most"), length(terms.hold_limit_ms)),
        Line(Text("挂失换绑等待期", "Wait before a lost card is rebound"), _after(terms.rebind_delay_ms)),
        Line(Text("须风控放行的操作", "What needs a clearance"), _clearance(terms)),
    ]


def sums_of(product: Product) -> Sums:
    """The product's sums, from the projection."""
    issued = (
        Movement.objects.filter(kind="issue", product_id=product.id).aggregate(sum=Sum("amount_minor"))["sum"]
        or 0
    )
    live = Q(status__lt=Status.VOID)
    waiting = Q(status=Status.INACTIVE)
    found = Card.objects.filter(product_id=product.id).aggregate(
        outstanding=Sum("balance_minor", filter=live),
        inactive=Sum("balance_minor", filter=waiting),
        cards=Count("pk", filter=live),
        waiting=Count("pk", filter=waiting),
    )
    outstanding = found["outstanding"] or 0
    return Sums(
        issued,
        outstanding,
        found["inactive"] or 0,
        issued - outstanding,
        found["cards"] or 0,
        found["waiting"] or 0,
    )


def waiting_definitions() -> list[Confirmation]:
    """Definitions that nobody has approved or declined yet."""
    rows = Confirmation.objects.filter(purpose=PURPOSE, approved_ms__isnull=True, declined_ms__isnull=True)
    return list(rows.select_related("person").order_by("-at_ms"))


_NAMED = Text("记名卡：持卡人须完成身份核验", "named: a holder's identity is checked")
_ANONYMOUS = Text("不记名卡", "anonymous")
_MAY = Text("可以", "allowed")
_MAY_NOT = Text("不可以", "not allowed")
_PASSING = {
    Transferable.NO: Text("不可转让（首次领取除外）", "not at all, but for the first claim"),
    Transferable.GIFT: Text("可以赠送，不可出售", "may be given, not sold"),
    Transferable.SALE: Text("可以赠送和出售", "may be given and sold"),
}
_CLEARABLE = {
    "hold": Text("锁定", "setting aside"),
    "merge": Text("合并", "merging"),
    "redeem": Text("消费", "paying"),
    "release": Text("交付", "handing over"),
    "return": Text("收回", "taking back"),
    "split": Text("拆分", "splitting"),
    "transfer": Text("转让", "passing on"),
}
CLEARABLE: Final = _CLEARABLE


def _money(amount_minor: int, terms: Terms) -> Text:
    written = format_money(amount_minor, terms.currency)
    return Text(written, written)


def _faces(terms: Terms) -> Text:
    written = " · ".join(format_money(face, terms.currency) for face in terms.faces)
    return Text(written, written)


def _validity(terms: Terms) -> Text:
    if terms.validity_ms is None:
        return Text("长期有效", "no end")
    return Text("激活起 {time}", "{time} from activation").format(time=length(terms.validity_ms))


def _after(duration_ms: int) -> Text:
    return length(duration_ms) if duration_ms else Text("立即", "at once")


def _resale(terms: Terms) -> Text:
    share = percent(terms.resale_cap_bp)
    return Text(f"余额的 {share}", f"{share} of the balance")


def _clearance(terms: Terms) -> Text:
    if not terms.clearance:
        return Text("无", "nothing")
    each = [_CLEARABLE[kind] for kind in terms.clearance]
    return Text("、".join(text.zh for text in each), ", ".join(text.en for text in each))
