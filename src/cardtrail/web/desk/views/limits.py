"""The brand's limits for issuing."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from cardtrail.web.desk.access import staff_only
from cardtrail.web.desk.deposit import issuing_settings
from cardtrail.web.desk.issuing_forms import MoneyField
from cardtrail.web.desk.sections import show
from cardtrail.web.desk.stock import IssuingSettings
from cardtrail.web.ui.texts import Text, promise

SAVED = Text("已保存。", "Saved.")


class LimitsForm(forms.Form):
    """What one member of staff may do alone, and what stands in for the deposit."""

    approval_over = MoneyField(
        label=promise("单人每日限额（元）", "What one person may issue or activate in a day alone (yuan)"),
        help_text=promise(
            "超过它须另一位工作人员批准。0 为每次都要批准。",
            "Beyond it a second member of staff approves. 0: always.",
        ),
    )
    cover = MoneyField(
        label=promise("保险或保函（元）", "Insurance or guarantee (yuan)"),
        help_text=promise("可替代存管资金；没有就填 0。", "It stands in for a deposit; 0 if there is none."),
    )


@staff_only("admin")
@require_http_methods(["GET", "HEAD", "POST"])
def limits(request: HttpRequest) -> HttpResponse:
    """See and change them."""
    row = issuing_settings()
    initial = {"approval_over": _yuan(row.approval_over_minor), "cover": _yuan(row.cover_minor)}
    form = LimitsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        IssuingSettings.objects.filter(id=1).update(
            approval_over_minor=form.cleaned_data["approval_over"], cover_minor=form.cleaned_data["cover"]
        )
        messages.success(request, str(SAVED))
        return redirect("desk:limits")
    return show(request, "desk/custody/limits.html", {"form": form})


def _yuan(amount_fen: int) -> str:
    whole, part = divmod(amount_fen, 100)
    return f"{whole}.{part:02}" if part else str(whole)
