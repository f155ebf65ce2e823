"""Custody: what lies with the bank, what it has to bear, and the bank's next statement."""

from __future__ import annotations

import datetime
import re
from hashlib import sha256
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from cardtrail.compliance.custody import check_custody, most_issuable, ratio_bp, required_deposit
from cardtrail.web.cards.once import new_token, once
from cardtrail.web.desk.access import staff_of, staff_only
from cardtrail.web.desk.deposit import custody_now
from cardtrail.web.desk.issuing_forms import YUAN, MoneyField
from cardtrail.web.desk.sections import show
from cardtrail.web.desk.statements import Statement, agreement, attest
from cardtrail.web.desk.views.steps import ask, go_on, step_of
from cardtrail.web.ledger.models import Totals
from cardtrail.web.ui.clock import SHANGHAI, now_ms
from cardtrail.web.ui.texts import Text, promise
from cardtrail.wire.money import format_money

STATED = Text("已登记到账本。", "Entered into the ledger.")
MOST_BYTES: Final = 10 * 1024 * 1024
_HASH = re.compile(r"[0-9a-f]{64}")


class StatementForm(forms.Form):
    """The bank's statement."""

    deposit = MoneyField(
        label=promise("存管资金（元）", "In custody (yuan)"),
        help_text=promise("以银行对账单为准。", "As the bank's statement says."),
    )
    as_of = forms.DateTimeField(
        label=promise("截至（北京时间）", "As of (Beijing time)"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    file = forms.FileField(
        label=promise("对账单文件", "The statement's file"),
        help_text=promise(
            "只计算它的 SHA-256，不保存文件。原件请自行留存。",
            "Only its SHA-256 is taken; the file is not kept here. Keep the original.",
        ),
        required=False,
    )
    sha256 = forms.CharField(
        label=promise("或粘贴 SHA-256", "Or paste its SHA-256"),
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_as_of(self) -> int:
        """The moment in ms; not in the future."""
        given: datetime.datetime = self.cleaned_data["as_of"]
        as_of_ms = int(given.replace(tzinfo=SHANGHAI).timestamp() * 1000)
        if as_of_ms > now_ms():
            raise ValidationError(promise("不能晚于现在。", "It cannot be later than now."))
        return as_of_ms

    def clean(self) -> dict[str, Any]:
        """A hash, taken from the file where there is one."""
        values = super().clean() or {}
        file, given = values.get("file"), values.get("sha256", "").strip().lower()
        if file is not None and file.size > MOST_BYTES:
            self.add_error(
                "file", ValidationError(promise("文件不能超过 10 MB。", "The file may have 10 MB at most."))
            )
        elif file is not None:
            given = sha256(file.read()).hexdigest()
        if not _HASH.fullmatch(given) and "file" not in self.errors:
            missing = promise(
                "请选择对账单文件，或粘贴 64 位 SHA-256。",
                "Choose the file, or paste its SHA-256 of 64 digits.",
            )
            self.add_error("sha256" if given else "file", ValidationError(missing))
        values["sha256"] = given
        return values

    @property
    def statement(self) -> Statement:
        """What a valid form says."""
        given = self.cleaned_data
        return Statement(YUAN, given["deposit"], given["as_of"], given["sha256"])


class KeptForm(forms.Form):
    """The statement on its way through the confirmation: the file itself is not carried along."""

    deposit = MoneyField()
    as_of = forms.CharField(max_length=30)
    sha256 = forms.CharField(max_length=64)


@staff_only("finance", "auditor")
@require_http_methods(["GET", "HEAD", "POST"])
def custody(request: HttpRequest) -> HttpResponse:
    """The page and, for finance, the form."""
    staff = staff_of(request)
    may_state = staff is not None and staff.may("finance")
    step = step_of(request)
    form = StatementForm(request.POST or None, request.FILES or None)
    if request.method != "POST" or not may_state or step == "form" or not form.is_valid():
        return _page(
            request, form if may_state else None, 403 if request.method == "POST" and not may_state else 200
        )
    statement = form.statement
    if step == "check":
        kept = {name: request.POST[name] for name in ("deposit", "as_of")}
        return ask(
            request,
            title=Text("确认存管资金", "Confirm the deposit"),
            agreement=agreement(statement),
            facts=[
                (Text("存管资金", "In custody"), format_money(statement.deposit_minor, YUAN)),
                (Text("对账单 SHA-256", "SHA-256 of the statement"), statement.statement_sha256),
            ],
            forms=[KeptForm({**kept, "sha256": statement.statement_sha256})],
            button=Text("登记", "Enter it"),
        )
    confirmation = once(request, lambda: attest(request, statement))
    return go_on(request, confirmation, reverse("desk:custody"), STATED)


def _page(request: HttpRequest, form: StatementForm | None, status: int) -> HttpResponse:
    known = custody_now()
    counted, refused = known.now.counted_fen, check_custody(known)
    values = {
        "form": form,
        "token": new_token(),
        "totals": Totals.objects.filter(currency=YUAN).first(),
        "custody": known,
        "kind": Text(known.kind.value.zh, known.kind.value.en),
        "counted": counted,
        "required": required_deposit(known.kind, max(counted, known.last_quarter.counted_fen)),
        "ratio": ratio_bp(known.secured_fen, counted),
        "target": known.kind.percent * 100,
        "most": most_issuable(known),
        "refusals": [refused] if refused else [],
    }
    return show(request, "desk/custody/page.html", values, status=status)
