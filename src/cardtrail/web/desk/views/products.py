"""Products: the list, one product's terms and sums, and defining a new one."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from cardtrail.web.cards.once import new_token, once
from cardtrail.web.desk.access import staff_of, staff_only
from cardtrail.web.desk.issuing_forms import ProductForm
from cardtrail.web.desk.law import RefusedByLaw
from cardtrail.web.desk.products import agreement, define, describe, flaws, sums_of, waiting_definitions
from cardtrail.web.desk.sections import show
from cardtrail.web.desk.stock import Batch
from cardtrail.web.desk.views.steps import ask, go_on, step_of
from cardtrail.web.ledger.models import Product
from cardtrail.web.ui.texts import Text

DEFINED = Text("产品已定义，可以发行了。", "The product is defined; cards of it can be issued.")


@staff_only("issuing", "auditor")
@require_safe
def products(request: HttpRequest) -> HttpResponse:
    """All products with their sums."""
    rows = [{"product": product, "sums": sums_of(product)} for product in Product.objects.order_by("-id")]
    values = {"rows": rows, "waiting": waiting_definitions(), "may_issue": may_issue(request)}
    return show(request, "desk/products/list.html", values)


@staff_only("issuing", "auditor")
@require_safe
def product(request: HttpRequest, product_id: int) -> HttpResponse:
    """One product."""
    found = product_or_404(product_id)
    values = {
        "product": found,
        "lines": describe(found.terms),
        "sums": sums_of(found),
        "currency": found.terms.currency,
        "batches": Batch.objects.filter(product_id=found.id).order_by("-id")[:5],
        "may_issue": may_issue(request),
    }
    return show(request, "desk/products/detail.html", values)


@staff_only("issuing")
@require_http_methods(["GET", "HEAD", "POST"])
def new_product(request: HttpRequest) -> HttpResponse:
    """Define a product: the form, what it would mean, and the deed, which a second person approves."""
    form = ProductForm(request.POST or None)
    step = step_of(request)
    if step == "form" or not form.is_valid():
        return show(request, "desk/products/form.html", {"form": form, "token": new_token()})
    draft = form.draft
    against = flaws(draft)
    if against:
        return show(request, "desk/products/form.html", {"form": form, "refusals": against}, status=409)
    if step == "check":
        return ask(
            request,
            title=Text("确认产品条款", "Confirm the product's terms"),
            agreement=agreement(draft),
            facts=[
                (Text("名称", "Name"), draft.name),
                *((line.title, line.value) for line in describe(draft.terms)),
            ],
            forms=[form],
            button=Text("提交批准", "Submit for approval"),
            approval=True,
            extra={"long": True},
        )
    try:
        confirmation = once(request, lambda: define(request, draft))
    except RefusedByLaw as error:
        return show(
            request, "desk/products/form.html", {"form": form, "refusals": [error.refused]}, status=409
        )
    return go_on(request, confirmation, reverse("desk:products"), DEFINED)


def product_or_404(product_id: int) -> Product:
    """A product by its number."""
    found = Product.objects.filter(id=product_id).first()
    if found is None:
        raise Http404
    return found


def may_issue(request: HttpRequest) -> bool:
    """Whether the member of staff may do more here than look."""
    staff = staff_of(request)
    return staff is not None and staff.may("issuing")
