"""Listings before staff: those that risk holds, and what may be done with any of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.db import transaction
from django.http import HttpRequest

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import Witness, declare
from cardtrail.web.desk.models import Staff
from cardtrail.web.desk.separation import too_near
from cardtrail.web.market import changing, screening
from cardtrail.web.market.desk_kinds import REVIEWERS
from cardtrail.web.market.desk_separation import keep_apart
from cardtrail.web.market.models import Listing
from cardtrail.web.orders.refusals import NotPossible
from cardtrail.web.risks.decisions import NotHeld, OwnDecision
from cardtrail.web.ui.texts import Text, promise

REASONS: Final = {
    "risk": Text("风控没有放行", "Risk control did not let it pass"),
    "rules": Text("不符合集市规则", "Against the rules of the market"),
}
"""Why a listing is turned down or taken down, as its seller reads it."""

_SECOND: Final = Text(
    "这是你下架的；是否恢复，由另一位工作人员决定。",
    "You took it down yourself; whether it is put back is another member of staff's to decide.",
)
_OVER: Final = Text("已有人处理过。", "A colleague has dealt with it already.")


@dataclass(frozen=True, slots=True)
class Act:
    """Something that staff do to a listing. `reasoned`: with a reason of the list, which the seller reads."""

    button: Text
    stages: tuple[str, ...]
    roles: tuple[str, ...]
    do: Callable[[Listing, Person, str, str], object]
    reasoned: bool = False
    danger: bool = False


ACTS: Final[Mapping[str, Act]] = {
    "clear": Act(
        Text("放行上架", "Let it be offered"),
        ("screening",),
        ("risk",),
        lambda listing, by, _, words: screening.clear(listing, by=by, why=words),
    ),
    "refuse": Act(
        Text("不予上架", "Turn it down"),
        ("screening",),
        ("risk",),
        lambda listing, by, reason, _: screening.refuse(listing, by=by, why=reason),
        reasoned=True,
        danger=True,
    ),
    "delist": Act(
        Text("下架", "Take it down"),
        ("listed", "reserved"),
        ("support", "risk"),
        lambda listing, by, reason, _: changing.delist(listing.pk, by=str(by.pk), why=reason),
        reasoned=True,
        danger=True,
    ),
    "overturn": Act(
        Text("撤销下架，恢复出售", "Put it back on sale"),
        ("delisted",),
        ("support", "risk"),
        lambda listing, by, _, words: changing.overturn(listing.pk, by=str(by.pk), why=words),
    ),
}


class ActForm(forms.Form):
    """Why, by the list and in words."""

    reason = forms.ChoiceField(
        label=promise(
            "不予上架或下架的理由（卖家会读到）", "Why it is turned or taken down (the seller reads it)"
        ),
        choices=[("", "—"), *REASONS.items()],
        error_messages={"required": promise("请选一个理由。", "Choose a reason.")},
    )
    words = forms.CharField(
        label=promise("说明（只有工作人员读到）", "In words (only our staff read it)"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
    )

    # The same form has a button that takes no reason; which of them was meant is known afterwards.
    use_required_attribute = False

    def __init__(self, *args: Any, reasoned: bool = True, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["reason"].required = reasoned


def hindrance(listing: Listing, staff: Person) -> Text | None:
    """Why this member of staff decides nothing about it; none if they may."""
    machine = listing.machine
    if listing.stage == "delisted" and machine.delisted_by == str(staff.pk):
        return _SECOND
    return too_near(staff, listing.seller)


def delisted_by(listing: Listing) -> Person | None:
    """Who took it down, or turned it down, while it is so."""
    by = listing.machine.delisted_by if listing.stage == "delisted" else ""
    return Person.objects.filter(pk=by).first() if by else None


def possible(listing: Listing, staff: Staff) -> dict[str, Act]:
    """What this member of staff can do with it now."""
    held = screening.held(listing)
    return {
        name: act
        for name, act in ACTS.items()
        if listing.stage in act.stages
        # Whoever puts back what risk has never let pass lets it pass.
        and staff.may_change(*(REVIEWERS if held else act.roles))
        and (listing.stage != "screening" or held)
    }


def do(request: HttpRequest, listing: Listing, by: Person, name: str, form: ActForm) -> None:
    """Do it; what was said is kept as a confirmation before anything is done. Raises `NotPossible`."""
    keep_apart(by, listing.seller)
    act, words = ACTS[name], form.cleaned_data["words"]
    with transaction.atomic():
        said = Text("{act}（商品 {id}）。{words}", "{act} (listing {id}). {words}")
        declare(
            Witness.of(request),
            purpose="review_listing",
            text=said.format(act=act.button, id=listing.pk, words=words),
            about={"listing": str(listing.pk), "act": name},
        )
    try:
        act.do(listing, by, form.cleaned_data["reason"], words)
    except (NotHeld, OwnDecision):
        raise NotPossible("over", _OVER) from None
