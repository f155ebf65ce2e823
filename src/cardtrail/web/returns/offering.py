"""The terms on which the brand takes cards back: proposed by one member of staff, approved by another, in force from
the moment they name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec
from django.db import transaction
from django.db.models import Max, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from cardtrail.pricing.offers import Rate, Terms, Unit
from cardtrail.web.actions.confirm import NotAwaiting, SamePerson, Witness, declare, yes_to
from cardtrail.web.actions.pairs import by_two
from cardtrail.web.desk.calling import call
from cardtrail.web.returns.models import Offer, Purse
from cardtrail.web.ui.clock import MINUTE_MS, now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.times import length, moment, zone_for
from cardtrail.web.ui.units import percent
from cardtrail.wire.money import format_money

PURPOSE: Final = "return_terms"
APPROVAL: Final = "approve_terms"


@dataclass(frozen=True, slots=True)
class Draft:
    """Terms that somebody wants to set; fields as in `pricing.offers.Terms`."""

    unit: Unit
    currency: str
    from_ms: int
    rates: tuple[Rate, ...]
    least_minor: int
    day_limit: int
    person_limit: int
    person_cards: int
    valid_ms: int

    def terms(self, version: int) -> Terms:
        """The terms as `pricing` has them. Raises `msgspec.ValidationError` for values beyond what it allows."""
        fields = {name: getattr(self, name) for name in Draft.__dataclass_fields__ if name != "unit"}
        return msgspec.convert({**msgspec.to_builtins(fields), "version": version}, Terms)


SECONDS: Final = ("finance", "admin")
"""Of which roles the second member of staff has one."""

_CALLS: Final = Text(
    "工作台：回收条款（{unit}）等待批准。", "The desk: terms for returns ({unit}) wait for approval."
)
_DECLINED: Final = Text(
    "不批准回收条款：{unit}，第 {version} 版。", "Terms for returns not approved: {unit}, version {version}."
)


def in_force(unit: Unit, currency: str, at_ms: int) -> Offer | None:
    """The offer that counts at a moment: of those approved, the one with the latest beginning."""
    rows = Offer.objects.filter(unit=unit, currency=currency, approved__isnull=False, from_ms__lte=at_ms)
    return rows.select_related("proposed", "approved").order_by("-from_ms", "-version").first()


def intact(offer: Offer) -> bool:
    """Whether an offer is what one member of staff proposed and another approved: whoever can write to the database
    alone cannot set a price."""
    said = {"unit": offer.unit, "terms": msgspec.json.decode(offer.raw)}
    return offer.proposed.orders == [said] and by_two(offer.proposed, offer.approved)


def versions() -> QuerySet[Offer]:
    """All that were ever proposed, the newest first."""
    return Offer.objects.select_related("proposed__person", "approved__person").order_by("-pk")


def agreement(draft: Draft) -> Text:
    """What whoever proposes it, and whoever approves it, agrees to."""
    lines = describe(draft)
    return Text(
        "设定回收条款：" + "；".join(f"{title.zh} {value.zh}" for title, value in lines) + "。",
        "Set the terms for returns: " + "; ".join(f"{title.en} {value.en}" for title, value in lines) + ".",
    )


def describe(terms: Draft | Terms, unit: Unit | None = None) -> list[tuple[Text, Text]]:
    """Every term with its name, in plain words."""
    kind = terms.unit if isinstance(terms, Draft) else unit or Unit.MONEY
    return [
        (Text("给什么", "For"), UNITS[kind]),
        (Text("生效", "From"), moment(terms.from_ms, zone_for(None))),
        (Text("比率", "Rates"), _rates(kind, terms)),
        (Text("最低余额", "Smallest balance"), _plain(format_money(terms.least_minor, terms.currency))),
        (Text("每日预算", "Budget a day"), amount(kind, terms.day_limit, terms.currency)),
        (Text("每人每日", "To a person a day"), amount(kind, terms.person_limit, terms.currency)),
        (
            Text("每人每日张数", "Cards of a person a day"),
            Text(f"{terms.person_cards:,} 张", f"{terms.person_cards:,}"),
        ),
        (Text("报价有效", "A quote stands for"), length(terms.valid_ms)),
    ]


def propose(request: HttpRequest | Witness, draft: Draft) -> Offer:
    """Write it down with the confirmation behind it; nothing changes before another member of staff approves it.
    Raises `msgspec.ValidationError`."""
    with transaction.atomic():
        purse = Purse.objects.select_for_update().get_or_create(unit=draft.unit, currency=draft.currency)[0]
        earlier = Offer.objects.filter(unit=purse.unit, currency=purse.currency)
        version = (earlier.aggregate(last=Max("version"))["last"] or 0) + 1
        raw = msgspec.json.encode(draft.terms(version)).decode()
        about = {"unit": str(draft.unit), "terms": msgspec.json.decode(raw)}
        proposed = declare(request, purpose=PURPOSE, text=agreement(draft), about=about)
        offer = Offer.objects.create(
            unit=draft.unit,
            currency=draft.currency,
            version=version,
            from_ms=draft.from_ms,
            raw=raw,
            proposed=proposed,
        )
        call(
            "approvals",
            SECONDS,
            key=f"terms/{offer.pk}",
            text=_CALLS.format(unit=UNITS[draft.unit]),
            url=reverse("returns:terms"),
            but=frozenset({proposed.person_id}),
        )
    return offer


def approve(request: HttpRequest | Witness, offer: Offer) -> Offer:
    """Another member of staff lets it apply: from its moment on, or from now if that is past. Raises `SamePerson`,
    `NotAwaiting`."""
    with transaction.atomic():
        current = _waiting(offer)
        given = declare(request, purpose=APPROVAL, text=approval(current), about=yes_to(current.proposed))
        if given.person_id is None or given.person_id == current.proposed.person_id:
            raise SamePerson("another member of staff has to approve these terms")
        current.approved = given
        current.from_ms = max(current.from_ms, given.at_ms)
        current.save(update_fields=["approved", "from_ms"])
    return current


def decline(request: HttpRequest | Witness, offer: Offer) -> None:
    """Nothing comes of it: another member of staff says no, or whoever proposed it withdraws it. Raises
    `NotAwaiting`."""
    with transaction.atomic():
        current = _waiting(offer)
        text = _DECLINED.format(unit=UNITS[Unit(current.unit)], version=current.version)
        declare(request, purpose="decline_terms", text=text, about={"offer": current.pk})
        current.closed_ms = now_ms()
        current.save(update_fields=["closed_ms"])


def approval(offer: Offer) -> Text:
    """What whoever approves an offer agrees to."""
    said = describe(offer.terms, Unit(offer.unit))
    return Text(
        "我已核对并批准：" + "；".join(f"{title.zh} {value.zh}" for title, value in said) + "。",
        "I have checked and approve: " + "; ".join(f"{title.en} {value.en}" for title, value in said) + ".",
    )


def amount(unit: Unit | str, value: int, currency: str) -> Text:
    """Money or points."""
    if unit == Unit.POINTS:
        return Text(f"{value:,} 积分", f"{value:,} points" if value != 1 else "1 point")
    return _plain(format_money(value, currency))


def draft_of(offer: Offer) -> Draft:
    """The offer as a beginning for the next one, from now on."""
    terms = offer.terms
    fields = {name: getattr(terms, name) for name in Draft.__dataclass_fields__ if name != "unit"}
    return Draft(unit=Unit(offer.unit), **{**fields, "from_ms": now_ms()})


UNITS: Final = {Unit.MONEY: Text("现金", "Money"), Unit.POINTS: Text("积分", "Points")}

VALID_MS: Final = 10 * MINUTE_MS
"""How long a quote stands unless staff say otherwise."""

_NOTHING = Text("不回收", "none: nothing is taken back")


def _waiting(offer: Offer) -> Offer:
    rows = Offer.objects.select_for_update(of=("self",)).select_related("proposed")
    current = rows.get(pk=offer.pk)
    if not current.waits:
        raise NotAwaiting("these terms were dealt with already")
    return current


def _rates(unit: Unit, terms: Draft | Terms) -> Text:
    if not terms.rates:
        return _NOTHING
    each = [_rate(unit, rate, terms.currency) for rate in terms.rates]
    return Text("，".join(text.zh for text in each), ", ".join(text.en for text in each))


def _rate(unit: Unit, rate: Rate, currency: str) -> Text:
    per = format_money(rate.per, currency)
    what = (
        Text(f"每 {per} 得 {rate.pays:,} 积分", f"{rate.pays:,} points for each {per}")
        if unit is Unit.POINTS
        else _plain(percent(rate.pays * 10_000 // rate.per))
    )
    more = []
    if rate.up_to_minor is not None:
        most = format_money(rate.up_to_minor, currency)
        more.append(Text(f"余额至多 {most}", f"up to {most}"))
    if rate.from_age_ms:
        more.append(Text("激活满 {time}", "{time} after activation").format(time=length(rate.from_age_ms)))
    if rate.least_left_ms:
        more.append(
            Text("有效期至少还有 {time}", "valid {time} more").format(time=length(rate.least_left_ms))
        )
    if not more:
        return what
    return Text(
        f"{what.zh}（{'、'.join(text.zh for text in more)}）",
        f"{what.en} ({', '.join(text.en for text in more)})",
    )


def _plain(text: str) -> Text:
    return Text(text, text)
