"""Who works for the brand: the list, inviting, roles, letting go; and taking an invitation up."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.desk import appointing
from cardtrail.web.desk.access import staff_only
from cardtrail.web.desk.case_forms import choices
from cardtrail.web.desk.models import ROLES, Staff
from cardtrail.web.desk.sections import show
from cardtrail.web.desk.team import StaffEvent, StaffInvitation
from cardtrail.web.desk.words import EVENT_WORDS, ROLE_WORDS
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.texts import Text, promise


class RolesForm(forms.Form):
    """What somebody may do: at least one thing."""

    roles = forms.MultipleChoiceField(
        label=promise("角色", "Roles"),
        choices=choices(ROLE_WORDS, ROLES),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": promise("请至少选择一个角色。", "Choose at least one role.")},
    )


class InviteForm(RolesForm):
    """Whom to invite, and as what."""

    email = forms.EmailField(label=promise("邮箱", "E-mail address"))
    field_order = ("email", "roles")


@staff_only("admin", "auditor")
@require_safe
def staff_list(request: HttpRequest) -> HttpResponse:
    """Everybody, who was invited, and what was changed."""
    return _page(request, InviteForm())


@staff_only("admin")
@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    """Appoint somebody, or send a link."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        made = appointing.invite(person_of(request), form.cleaned_data["email"], form.cleaned_data["roles"])
    except appointing.NotAppointed as refusal:
        form.add_error("email", str(refusal.text))
        return _page(request, form, status=422)
    except OSError:
        form.add_error(
            None,
            promise(
                "邮件服务器没有接受邀请邮件，请稍后再试。",
                "The mail server did not take the invitation; please try again later.",
            ),
        )
        return _page(request, form, status=503)
    said = (
        Text("已任命，对方会收到通知。", "Appointed; they are told.")
        if isinstance(made, Staff)
        else Text("邀请邮件已发出，三天内有效。", "The invitation is on its way and works for three days.")
    )
    messages.success(request, str(said))
    return redirect("desk:staff")


@staff_only("admin", "auditor")
@require_safe
def staff_member(request: HttpRequest, staff_id: int) -> HttpResponse:
    """One member of staff: roles, and what was changed."""
    found = _member(staff_id)
    return show(request, "desk/staff/member.html", _shown(found, RolesForm(initial={"roles": found.roles})))


@staff_only("admin")
@require_POST
def change_roles(request: HttpRequest, staff_id: int) -> HttpResponse:
    """Other roles."""
    found, form = _member(staff_id), RolesForm(request.POST)
    if not form.is_valid():
        return show(request, "desk/staff/member.html", _shown(found, form), status=422)
    try:
        appointing.set_roles(person_of(request), found, form.cleaned_data["roles"])
    except appointing.NotAppointed as refusal:
        form.add_error("roles", str(refusal.text))
        return show(request, "desk/staff/member.html", _shown(found, form), status=409)
    messages.success(request, str(Text("角色已更新。", "The roles are changed.")))
    stays = found.person_id != request.user.pk or "admin" in form.cleaned_data["roles"]
    return redirect("desk:staff_member", staff_id) if stays else redirect("desk:home")


@staff_only("admin")
@require_POST
def let_go(request: HttpRequest, staff_id: int) -> HttpResponse:
    """Somebody leaves, or with `back` works here again."""
    found = _member(staff_id)
    try:
        if "back" in request.POST:
            appointing.bring_back(person_of(request), found)
            messages.success(request, str(Text("已恢复。", "Back again.")))
        else:
            appointing.deactivate(person_of(request), found)
            messages.success(
                request, str(Text("已停用，其所有登录已结束。", "Deactivated and signed out everywhere."))
            )
    except appointing.NotAppointed as refusal:
        messages.error(request, str(refusal.text))
    return redirect("desk:staff_member", staff_id)


@staff_only("admin")
@require_POST
def withdraw(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """An invitation no longer works."""
    appointing.withdraw(person_of(request), get_object_or_404(StaffInvitation, pk=invitation_id))
    messages.success(request, str(Text("邀请已撤回。", "The invitation is withdrawn.")))
    return redirect("desk:staff")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def join(request: HttpRequest, word: str) -> HttpResponse:
    """Take an invitation up. Opening the link changes nothing; a click does."""
    try:
        if request.method == "POST":
            appointing.join(person_of(request), word)
            messages.success(request, str(Text("欢迎加入。", "Welcome.")))
            return redirect("desk:home")
        invitation = appointing.invitation_of(word)
    except appointing.NotAppointed as refusal:
        return render(request, "desk/staff/join.html", {"refusal": refusal.text}, status=409)
    shown = {"invitation": invitation, "roles": appointing.listed(invitation.roles), "refusal": None}
    return render(request, "desk/staff/join.html", shown)


def _member(staff_id: int) -> Staff:
    found: Staff = get_object_or_404(Staff.objects.select_related("person"), pk=staff_id)
    return found


def _shown(found: Staff, form: RolesForm) -> dict[str, Any]:
    events = StaffEvent.objects.filter(person=found.person).select_related("by").order_by("-at_ms", "-pk")
    return {"member": found, "form": form, "events": [_event(row) for row in events[:50]]}


def _page(request: HttpRequest, form: InviteForm, status: int = 200) -> HttpResponse:
    members = Staff.objects.select_related("person").order_by("-active", "person__name", "pk")
    open_ones = StaffInvitation.objects.filter(used_ms=None, withdrawn_ms=None, ends_ms__gt=now_ms())
    events = StaffEvent.objects.select_related("by", "person").order_by("-at_ms", "-pk")
    page = page_of(members, request)
    shown = {
        "page": page,
        "rows": [(row, appointing.listed(row.roles)) for row in page],
        "form": form,
        "invitations": [(row, appointing.listed(row.roles)) for row in open_ones.order_by("-made_ms")],
        "events": [_event(row) for row in events[:20]],
        "may_change": "admin" in Staff.objects.get(person=person_of(request)).roles,
        "words": ROLE_WORDS,
    }
    return show(request, "desk/staff/list.html", shown, status=status)


def _event(row: StaffEvent) -> dict[str, Any]:
    return {
        "row": row,
        "what": EVENT_WORDS[row.what],
        "before": appointing.listed(row.before),
        "after": appointing.listed(row.after),
    }
