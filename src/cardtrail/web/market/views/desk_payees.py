"""Sellers' accounts with payment providers, at the desk: the list, a new one or another, the end of one."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from cardtrail.web.cards.once import new_token, once
from cardtrail.web.cards.refusal import NotNow
from cardtrail.web.desk.access import staff_behind, staff_only
from cardtrail.web.desk.views.steps import ask, step_of
from cardtrail.web.market import desk_payees
from cardtrail.web.market.desk_payees import PayeeRefused
from cardtrail.web.market.desk_tabs import PAYEES, show_tab
from cardtrail.web.orders import providers
from cardtrail.web.orders.models import Account
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.texts import Text, promise

_ASKED: Final = Text(
    "已提交，等另一位工作人员批准；本人已收到通知。",
    "Submitted: it waits for a second member of staff. The person has been told.",
)
_STOPPED: Final = Text(
    "不再付到这个账户，本人会收到通知。", "Nothing new is paid to this account; the person is told."
)


class PayeeForm(forms.Form):
    """Who is paid where."""

    email = forms.EmailField(
        label=promise("卖家的邮箱", "The seller's e-mail address"),
        help_text=promise("已验证的登录邮箱。", "The one they sign in with, verified."),
    )
    provider = forms.ChoiceField(label=promise("支付服务", "Payment provider"), widget=forms.RadioSelect)
    account = forms.CharField(label=promise("账户编号", "Account"), max_length=128)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        ways = desk_payees.ways()
        choice, account = self.fields["provider"], self.fields["account"]
        if isinstance(choice, forms.ChoiceField):
            choice.choices = [(name, providers.name_of(name)) for name in ways]
        told = [
            Text("{p}：{f}", "{p}: {f}").format(p=providers.name_of(n), f=desk_payees.form_of(n))
            for n in ways
        ]
        hint = Text("；".join(each.zh for each in told), "; ".join(each.en for each in told))
        account.help_text = promise(f"{hint.zh}。", f"{hint.en}.")

    @property
    def wanted(self) -> desk_payees.Wanted:
        """What was written."""
        values = self.cleaned_data
        return desk_payees.Wanted(values["email"].strip(), values["provider"], values["account"])


@staff_only(*PAYEES.roles)
@require_safe
def payees(request: HttpRequest) -> HttpResponse:
    """Who is paid where, and what waits for a second member of staff."""
    rows = Account.objects.exclude(provider=providers.SANDBOX).select_related(
        "person", "agreed__person", "agreed__approved_by", "agreed__approval_given"
    )
    page = page_of(rows.order_by("-made_ms", "-pk"), request)
    values = {
        "page": page,
        "rows": [
            (account, providers.name_of(account.provider), providers.agreed_on(account)) for account in page
        ],
        "waiting": desk_payees.waiting()[:50],
        "ways": desk_payees.ways(),
        "may_change": staff_behind(request).may_change("finance"),
    }
    return show_tab(request, PAYEES, "market/desk/payees.html", values)


@staff_only("finance")
@require_http_methods(["GET", "HEAD", "POST"])
def new_payee(request: HttpRequest) -> HttpResponse:
    """Whom, by which provider, where; what that means; then the request to a second member of staff."""
    form = PayeeForm(request.POST or None, initial=_known(request))
    step = step_of(request)
    if step == "form" or not form.is_valid():
        return _form_page(request, form)
    wanted = form.wanted
    if step == "check":
        if (against := desk_payees.hindrance(wanted)) is not None:
            form.add_error(None, str(against))
            return _form_page(request, form)
        return _check_page(request, wanted)
    try:
        once(request, lambda: desk_payees.propose(request, wanted))
    except (PayeeRefused, NotNow) as refusal:
        form.add_error(None, str(refusal.text))
        return _form_page(request, form)
    messages.info(request, str(_ASKED))
    return redirect("market:desk_payees")


@staff_only("finance")
@require_http_methods(["GET", "HEAD", "POST"])
def stop_payee(request: HttpRequest, account_id: int) -> HttpResponse:
    """What it means that an account is not paid to any more; then it is not."""
    account = get_object_or_404(
        Account.objects.exclude(provider=providers.SANDBOX).select_related("person"), pk=account_id
    )
    if step_of(request) != "do":
        if "edit" in request.POST:
            return redirect("market:desk_payees")
        return ask(
            request,
            title=Text("停用收款账户", "Stop paying to an account"),
            agreement=desk_payees.stop_agreement(account),
            facts=[],
            forms=[],
            button=Text("停用", "Stop"),
        )
    try:
        once(request, lambda: desk_payees.stop(request, account))
    except (PayeeRefused, NotNow) as refusal:
        messages.error(request, str(refusal.text))
    else:
        messages.success(request, str(_STOPPED))
    return redirect("market:desk_payees")


def _check_page(request: HttpRequest, wanted: desk_payees.Wanted) -> HttpResponse:
    before = desk_payees.present(wanted)
    return ask(
        request,
        title=Text("更改收款账户", "Change where somebody is paid")
        if before
        else Text("登记收款账户", "Enter where somebody is paid"),
        agreement=desk_payees.agreement(wanted),
        facts=[
            (Text("卖家", "Seller"), wanted.email),
            (Text("支付服务", "Payment provider"), providers.name_of(wanted.provider)),
            *([(Text("原账户", "Account so far"), before)] if before else []),
            (Text("新账户", "New account"), wanted.reference),
        ],
        forms=[PayeeForm(request.POST)],
        button=Text("提交批准", "Submit for approval"),
        approval=True,
    )


def _form_page(request: HttpRequest, form: PayeeForm) -> HttpResponse:
    status = 422 if request.POST and form.errors else 200
    values = {"form": form, "token": new_token(), "ways": desk_payees.ways()}
    return show_tab(request, PAYEES, "market/desk/payee_form.html", values, status)


def _known(request: HttpRequest) -> dict[str, str]:
    """Whose account is to be changed, where the list was asked for that."""
    chosen = request.GET.get("account", "")
    account = (
        Account.objects.filter(pk=chosen).select_related("person").first() if chosen.isdecimal() else None
    )
    if account is None:
        ways = desk_payees.ways()
        return {"provider": ways[0]} if len(ways) == 1 else {}
    return {"email": account.person.email, "provider": account.provider}
