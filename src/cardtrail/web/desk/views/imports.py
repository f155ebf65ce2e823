"""Old cards: the list of imports, checking a file, and bringing its cards in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.cards.once import new_token, once
from cardtrail.web.desk import imported
from cardtrail.web.desk.access import staff_only
from cardtrail.web.desk.batches import needs_approval
from cardtrail.web.desk.issuing_forms import word
from cardtrail.web.desk.law import RefusedByLaw
from cardtrail.web.desk.legacy_check import take_in
from cardtrail.web.desk.legacy_file import MOST_ROWS, Unreadable
from cardtrail.web.desk.sections import show
from cardtrail.web.desk.stock import Import
from cardtrail.web.desk.views.products import may_issue
from cardtrail.web.desk.views.steps import go_on
from cardtrail.web.ledger.models import Product
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.texts import Text, promise

IMPORTED = Text("旧卡已导入，可以用旧卡密领取。", "The old cards are in; their old codes claim them.")
CHANGED = Text(
    "这个文件已经导入，或其中的卡已由别的文件导入。",
    "This file came in already, or some of its cards did by another.",
)
SHOWN_PROBLEMS = 200


class FileForm(forms.Form):
    """A file and the product its cards become."""

    product = forms.ChoiceField(
        label=promise("导入为哪种产品", "Which product they become"),
        help_text=promise(
            "面值须能容纳余额，有效期不得短于旧卡。",
            "Its faces must hold the balances, and it must not end sooner than the old cards.",
        ),
    )
    file = forms.FileField(
        label=promise("CSV 文件", "CSV file"),
        help_text=promise(
            f"表头：卡号、卡密、余额，可加面值、有效期。UTF-8 或 GB18030，最多 {MOST_ROWS:,} 行、1 MB。",
            "Headers: number, code, balance, and if you like face, expires. UTF-8 or GB18030, up to "
            f"{MOST_ROWS:,} rows, 1 MB.",
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        product: Any = self.fields["product"]
        product.choices = [(str(each.id), each.name) for each in Product.objects.order_by("-id")]


@staff_only("issuing", "auditor")
@require_safe
def import_list(request: HttpRequest) -> HttpResponse:
    """All imports, the newest first."""
    page = page_of(Import.objects.select_related("made_by").order_by("-id"), request)
    names = dict(Product.objects.values_list("id", "name"))
    rows = [
        {"made": made, "product": names.get(made.product_id, ""), "state": imported.state_of(made)}
        for made in page
    ]
    values = {"page": page, "rows": rows, "may_issue": may_issue(request), "products": bool(names)}
    return show(request, "desk/imports/list.html", values)


@staff_only("issuing")
@require_http_methods(["GET", "HEAD", "POST"])
def new_import(request: HttpRequest) -> HttpResponse:
    """Choose a file; it is checked whole before anything comes in."""
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        product = Product.objects.get(id=int(form.cleaned_data["product"]))
        try:
            made = take_in(product, person_of(request), file.name, file.read())
        except Unreadable as error:
            form.add_error("file", word(error.text))
        else:
            return redirect("desk:import", made.pk)
    return show(request, "desk/imports/form.html", {"form": form})


@staff_only("issuing", "auditor")
@require_http_methods(["GET", "HEAD", "POST"])
def import_page(request: HttpRequest, import_id: int) -> HttpResponse:
    """What was found in a file; confirming it; how far it is."""
    made = get_object_or_404(Import, pk=import_id)
    values = _shown(request, made)
    if request.method != "POST" or not may_issue(request):
        status = 403 if request.method == "POST" else 200
        return show(request, "desk/imports/detail.html", values, status=status)
    if made.problems and "only_good" not in request.POST:
        return show(request, "desk/imports/detail.html", {**values, "must_choose": True}, status=409)
    try:
        confirmation = once(request, lambda: imported.order(request, person_of(request), made))
    except RefusedByLaw as error:
        return show(request, "desk/imports/detail.html", {**values, "refusals": [error.refused]}, status=409)
    except (imported.TakenMeanwhile, ValueError):
        messages.error(request, str(CHANGED))
        return redirect("desk:import", made.pk)
    return go_on(request, confirmation, reverse("desk:import", args=[made.pk]), IMPORTED)


@staff_only("issuing", "auditor")
@require_safe
def import_progress(request: HttpRequest, import_id: int) -> HttpResponse:
    """How far an import is, for the page that asks again and again."""
    return render(
        request, "desk/imports/progress.html", _shown(request, get_object_or_404(Import, pk=import_id))
    )


@staff_only("issuing")
@require_POST
def import_rest(request: HttpRequest, import_id: int) -> HttpResponse:
    """Finish an import of which the ledger refused a step."""
    made = get_object_or_404(Import, pk=import_id)
    confirmation = imported.order_rest(request, made)
    to = reverse("desk:import", args=[made.pk])
    return redirect(to) if confirmation is None else go_on(request, confirmation, to, IMPORTED)


def _shown(request: HttpRequest, made: Import) -> dict[str, object]:
    product = Product.objects.get(id=made.product_id)
    state = imported.state_of(made)
    approval = state == "checked" and needs_approval(person_of(request), made.balance_minor)
    return {
        "made": made,
        "product": product,
        "state": state,
        "spent": made.face_minor - made.balance_minor,
        "problems": [(line, Text(zh, en)) for line, zh, en in made.problems[:SHOWN_PROBLEMS]],
        "more_problems": max(0, len(made.problems) - SHOWN_PROBLEMS),
        "issued": made.rows.filter(serial__isnull=False).count(),
        "ready": made.rows.filter(ready=True).count(),
        "claimed": made.rows.filter(claimed_ms__isnull=False).count(),
        "can_finish": state == "stopped" and made.rows.filter(ready=False, serial__isnull=False).exists(),
        "lost": made.rows.filter(serial__isnull=True).count() if state == "stopped" else 0,
        "approval": approval,
        "agreement": imported.agreement(made, product, approval),
        "token": new_token(),
        "may_issue": may_issue(request),
    }
