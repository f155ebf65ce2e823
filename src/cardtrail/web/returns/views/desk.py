"""The desk's page of returns: what was spent, what is owed, every return, and the same as a file."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cardtrail.pricing.offers import Unit
from cardtrail.web.desk.access import staff_of, staff_only
from cardtrail.web.desk.sections import show
from cardtrail.web.desk.tables import csv_answer, iso
from cardtrail.web.orders import providers
from cardtrail.web.returns import figures, payouts, settling
from cardtrail.web.returns.models import Return
from cardtrail.web.returns.offering import UNITS, amount
from cardtrail.web.returns.words import ANSWER_WORDS, PAYOUT_REFUSED, STATE_WORDS, TONES
from cardtrail.web.ui.pages import page_of, sorting
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number, group_digits

COLUMNS: Final = {"made": "made_ms", "pays": "pays", "balance": "balance_minor", "state": "state"}
TRIED: Final = Text("已重新尝试付款。", "Paying it was tried again.")
SHOWN: Final = tuple(state for state in STATE_WORDS if state != Return.State.LAPSED)


@staff_only("finance", "auditor")
@require_safe
def returns(request: HttpRequest) -> HttpResponse:
    """Sums on top, then all returns; filtered, sorted, in pages."""
    by = sorting(request, COLUMNS, "-made")
    page = page_of(_filtered(request).select_related("person").order_by(*by.order_by, "pk"), request)
    staff = staff_of(request)
    shown = {
        "sums": figures.today(),
        "matters": figures.matters(),
        "page": page,
        "rows": [
            {
                "given": given,
                "number": group_digits(card_number(given.serial)),
                "pays": amount(given.unit, given.pays, given.currency),
                "word": PAYOUT_REFUSED if settling.refused(given) else STATE_WORDS[given.state],
                "tone": "bad" if settling.refused(given) else TONES[given.state],
                "answer": _answer(given),
            }
            for given in page
        ],
        "sorting": by,
        "states": {state: STATE_WORDS[state] for state in SHOWN},
        "units": {str(unit): word for unit, word in UNITS.items()},
        "state": request.GET.get("state", ""),
        "unit": request.GET.get("unit", ""),
        "query": request.GET.urlencode(),
        "may_change": staff is not None and staff.may_change("finance"),
    }
    return show(request, "returns/desk/list.html", shown)


@staff_only("finance", "auditor")
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The same as a file for spreadsheets."""
    head = [
        Text("编号", "Id"), Text("卡号", "Card number"), Text("得到", "For"),
        Text("余额（分）", "Balance (minor units)"),
        Text("付出（分或积分）", "Given (minor units or points)"), Text("币种", "Currency"), Text("条款版本", "Terms"),
        Text("状态", "State"), Text("报价时间", "Quoted"), Text("结束时间", "Ended"), Text("账本条目", "Ledger entry"),
        Text("付款渠道", "Provider"), Text("付款账户", "Account"), Text("付款键", "Payout key"), Text("原因", "Reason"),
        Text("线下付款凭证", "Reference of a payment by hand"),
    ]  # fmt: skip
    rows = (
        [
            given.id.hex,
            group_digits(card_number(given.serial)),  # As a text: a spreadsheet rounds sixteen digits.
            str(UNITS[Unit(given.unit)]),
            given.balance_minor,
            given.pays,
            given.currency,
            given.offer.version,
            str(STATE_WORDS[given.state]),
            iso(given.made_ms),
            iso(given.ended_ms),
            "" if given.entry_index is None else given.entry_index,
            str(providers.name_of(given.provider)) if given.provider else "",
            given.account,
            given.key if given.unit == Unit.MONEY else "",
            given.reason_code or (str(ANSWER_WORDS.get(given.answer, given.answer)) if given.answer else ""),
            "" if given.by_hand is None else given.by_hand.orders[0]["reference"],
        ]
        for given in _filtered(request)
        .select_related("offer", "by_hand")
        .order_by("-made_ms", "pk")
        .iterator(500)
    )
    return csv_answer([str(name) for name in head], rows, "returns.csv")


@staff_only("finance")
@require_POST
def again(request: HttpRequest, return_id: UUID) -> HttpResponse:
    """What kept a payout from being made is seen to: try it now."""
    given = get_object_or_404(Return, pk=return_id)
    if payouts.again(given):
        payouts.run_for(given.pk)
        messages.info(request, str(TRIED))
    back = request.headers.get("Referer", "").endswith(reverse("returns:payout", args=[return_id]))
    return redirect("returns:payout", return_id) if back else redirect("returns:desk")


def _answer(given: Return) -> Text | None:
    """What became of the last attempt to pay what is still owed."""
    if given.state != Return.State.OWED or not given.answer:
        return None
    return ANSWER_WORDS.get(given.answer, Text(given.answer, given.answer))


def _filtered(request: HttpRequest) -> QuerySet[Return]:
    rows = Return.objects.exclude(state=Return.State.LAPSED)
    state, unit = request.GET.get("state", ""), request.GET.get("unit", "")
    if state in SHOWN:
        rows = rows.filter(state=state)
    return rows.filter(unit=unit) if unit in set(Unit) else rows
