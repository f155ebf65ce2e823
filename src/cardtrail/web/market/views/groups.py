"""Closed groups: make one, hand its link on, join, remove people and cards."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cardtrail.web.accounts.second_factor import open_without_second_factor
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.cards.secret_text import secret_of
from cardtrail.web.market import access, browsing
from cardtrail.web.market import groups as closed
from cardtrail.web.market.forms import NameForm
from cardtrail.web.market.refusals import NotPossible
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.texts import Text

_JOINED = Text("你已加入。", "You are in.")
_LEFT = Text("已退出。", "You have left.")
_DONE = {
    "remove": Text("已移除。对方看不到这个群了。", "Removed. They do not see this group any more."),
    "take-out": Text("已移出群，卖家会收到通知。", "Taken out of the group; the seller is told."),
    "close": Text("群已关闭。", "The group is closed."),
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def groups(request: HttpRequest) -> HttpResponse:
    """The groups of this person; with a POST a new one."""
    person = person_of(request)
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("market:group", closed.make(person, form.cleaned_data["name"]).pk)
        except NotPossible as refusal:
            form.add_error("name", str(refusal.text))
    rows = closed.of(person).order_by("name", "pk")
    status = 422 if form.errors else 200
    shown = {"form": form, "rows": rows[: 10 * closed.MOST_GROUPS], "me": person.pk}
    return render(request, "market/groups.html", shown, status=status)


@never_cache
@require_safe
@login_required
def group(request: HttpRequest, group_id: UUID) -> HttpResponse:
    """One group: what is offered in it; for its owner also its link and its members."""
    own = access.own_group(request, group_id)
    person = person_of(request)
    owner = own.owner_id == person.pk
    rows = browsing.on_offer(person).filter(group=own).order_by("-opened_ms", "pk")
    page = page_of(rows, request, browsing.PER_PAGE)
    found = list(page.object_list)
    sold = browsing.sold_by([listing.seller_id for listing in found])
    members = own.members.filter(removed_ms__isnull=True).select_related("person").order_by("joined_ms")
    shown = {
        "group": own,
        "owner": owner,
        "page": page,
        "rows": [(listing, sold.get(listing.seller_id, 0)) for listing in found],
        "link": closed.link_of(own) if owner else "",
        "members": members[: closed.MOST_MEMBERS] if owner else [],
        "count": members.count(),
        "me": person.pk,
    }
    return render(request, "market/group.html", shown)


@require_POST
@login_required
def change(request: HttpRequest, group_id: UUID, act: str) -> HttpResponse:
    """The owner removes somebody or a card, or closes the group; a member leaves."""
    own = access.own_group(request, group_id)
    person = person_of(request)
    if act == "leave" and own.owner_id != person.pk:
        closed.remove(own, person.pk, person)
        messages.success(request, str(_LEFT))
        return redirect("market:groups")
    if own.owner_id != person.pk:
        raise Http404
    try:
        match act:
            case "remove":
                closed.remove(own, UUID(request.POST.get("person", "")), person)
            case "take-out":
                closed.take_out(own, UUID(request.POST.get("listing", "")))
            case "close":
                closed.close(own)
            case _:
                raise Http404
    except ValueError:
        raise Http404 from None
    messages.success(request, str(_DONE[act]))
    return redirect("market:groups") if act == "close" else redirect("market:group", own.pk)


@open_without_second_factor
@never_cache
@require_safe
def landing(request: HttpRequest, public: str) -> HttpResponse:
    """What a group's link opens: the same page for everybody, whatever stands behind the #; a preview joins nothing."""
    return render(request, "market/join.html", {"public": public[:16]})


@never_cache
@sensitive_post_parameters("secret")
@require_POST
@login_required
def join(request: HttpRequest, public: str) -> HttpResponse:
    """The click by which somebody with the link joins."""
    try:
        found = closed.find(public, secret_of(request))
        closed.join(person_of(request), found)
    except NotPossible as refusal:
        messages.warning(request, str(refusal.text))
        return redirect("market:groups")
    messages.success(request, str(_JOINED))
    return redirect("market:group", found.pk)
